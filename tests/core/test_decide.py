"""One decision: where a way leads, which guard refuses and with which words, what is possible."""

from __future__ import annotations

from dataclasses import replace

import pytest
from transitions import Machine

from orchestrator.core import decide
from orchestrator.core.decide import OPEN_FACTS, Book, FactsAreOpen, Option, options, prove, wishes
from orchestrator.core.terms import Terms
from orchestrator.core.values import SYSTEM, Effect, Message, Missing, Refusal
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    after,
    always,
    both,
    choose,
    command,
    final,
    hears,
    limit,
    notify,
    on,
    opens,
    send,
    state,
)
from tests.core.builders import a_case, a_view, an_event, at, small

SPANS = {"window": {"days": 3}, "limit": {"working_days": 2}}


class Amount(FactsModel):
    amount: int


def has_no_debt(case, event, view):
    return f"case {case.id} owes {case.data['debt']}" if case.data.get("debt") else None


def is_small(case, event, view):
    most = 100
    return f"{event.facts.amount} is more than {most}" if event.facts.amount > most else None


def is_refused(case, event, view):
    return "no, whatever is said"


def pays(case, event, view):
    return {"paid": event.given["amount"]}


def by_amount(case, event, view):
    return case.data["goes_to"]


def receipt(case, event, view):
    return [
        Effect("notify:buyer:receipt", {"state": case.state, "paid": case.data["paid"]}),
        Message("ledger", "paid", {"case": case.id}),
    ]


def what_was_paid(case, event, view):
    return {"amount": case.data["paid"]}


SHOP, RULES = small(
    state(
        "basket",
        after("window", "small.window", to="gone", fold=lambda c, e, v: {"late": e.name}),
        limit("review", "small.limit", level_2="small.window"),
        on(
            "pay",
            "buyer",
            needs=Amount,
            when=[has_no_debt, is_small],
            to="paid",
            fold=pays,
            do=[receipt, notify(OPENER, "thanks"), command("ship"), send("ledger", "told", what_was_paid)],
        ),
        on("note", ("buyer", "seller")),
        on("never", "buyer", when=[has_no_debt, is_refused]),
        on("sort", "staff", to=choose(by_amount, "paid", "gone")),
    ),
    state("paid", on("return", "buyer", to="basket"), hears("ping", to="gone"), open_ended=True),
    final("gone"),
    always(on("ask", "staff", do=[*both("buyer", "seller", "asked"), send("ledger", "asked")]), hears("pong")),
    spans=SPANS,
)  # fmt: skip
BOOK = Book(Terms(SHOP, "small@1:0", RULES), prove(SHOP))
BASKET = a_case(SHOP)


def decided(case, name, by="buyer", facts=None, **given):
    return BOOK.decide(case, an_event(name, by, facts, **given), a_view())


def pay(case, amount, by="buyer"):
    return decided(case, "pay", by, Amount(amount=amount), amount=amount)


# -- routes -----------------------------------------------------------------------------------


def test_every_way_of_every_state_is_asked_of_transitions_once_and_remembered():
    assert prove(SHOP) == {
        ("basket", "window", "gone"): "gone",
        ("basket", "review", None): "basket",
        ("basket", "review_level_2", None): "basket",
        ("basket", "pay", "paid"): "paid",
        ("basket", "note", None): "basket",
        ("basket", "never", None): "basket",
        ("basket", "sort", "paid"): "paid",
        ("basket", "sort", "gone"): "gone",
        ("basket", "ask", None): "basket",
        ("basket", "pong", None): "basket",
        ("paid", "return", "basket"): "basket",
        ("paid", "ping", "gone"): "gone",
        ("paid", "ask", None): "paid",
        ("paid", "pong", None): "paid",
    }


def test_a_destination_that_is_no_state_raises():
    wrong, _ = small(state("a", on("go", "buyer", to="nowhere")))

    with pytest.raises(ValueError, match="nowhere"):
        prove(wrong)


@pytest.mark.fault(58)
def test_once_proven_no_decision_asks_transitions_again(monkeypatch):
    """A callback on the machine could change an answer while it is asked, but not later."""
    machines = []

    class Meddling(Machine):
        def __init__(self, **given):
            super().__init__(**given, after_state_change=machines.append)

    monkeypatch.setattr(decide, "Machine", Meddling)
    book = Book(BOOK.terms, prove(SHOP))
    asked = len(machines)
    for moved in machines:
        moved.machine.states.clear()
        moved.model.state = "gone"

    found = book.decide(BASKET, an_event("pay", facts=Amount(amount=1), amount=1), a_view())

    assert found.to == "paid"
    assert book.routes == BOOK.routes
    assert len(machines) == asked


def test_a_question_that_moves_nothing_raises(monkeypatch):
    class Deaf(Machine):
        def add_transition(self, trigger, source, dest, **_):
            super().add_transition(trigger, source, dest, conditions=lambda asked: False)

    monkeypatch.setattr(decide, "Machine", Deaf)

    with pytest.raises(ValueError, match=r"^small: \w+ leads nowhere from basket$"):
        prove(SHOP)


# -- what an event does -----------------------------------------------------------------------


def test_a_way_folds_the_data_moves_the_case_and_wishes_in_order():
    found = pay(BASKET, 30)

    assert (found.to, found.data) == ("paid", {"paid": 30})
    assert found.effects == [
        Effect("notify:buyer:receipt", {"state": "paid", "paid": 30}),  # a wish sees what will be
        Effect("notify:buyer:thanks", {}),  # the opener
        Effect("command:ship", {}),
    ]
    assert found.messages == [
        Message("ledger", "paid", {"case": "A"}),
        Message("ledger", "told", {"amount": 30}, to_the_one=True),
    ]


def test_a_fold_keeps_what_it_does_not_name():
    assert pay(BASKET._replace(data={"colour": "red"}), 5).data == {"colour": "red", "paid": 5}


def test_a_decision_changes_nothing_itself():
    case = BASKET._replace(data={"colour": "red"})

    pay(case, 5)

    assert case == BASKET._replace(data={"colour": "red"})


def test_a_way_without_a_destination_stays():
    found = decided(BASKET, "note", "seller")

    assert (found.to, found.data, found.effects, found.messages) == ("basket", {}, [], [])
    assert found.data is BASKET.data


def test_a_way_of_every_state_is_taken_in_each():
    found = decided(BASKET, "ask", "staff")

    assert [effect.name for effect in found.effects] == [
        "notify:buyer:asked",
        "notify:seller:asked",
    ]
    assert found.messages == [Message("ledger", "asked", {}, to_the_one=True)]


@pytest.mark.parametrize("to", ["paid", "gone"])
def test_a_choice_leads_where_it_picks(to):
    case = BASKET._replace(data={"goes_to": to})

    assert decided(case, "sort", "staff").to == to


@pytest.mark.parametrize("to", ["basket", "nowhere", None])
def test_a_choice_that_picks_what_it_did_not_declare_raises(to):
    case = BASKET._replace(data={"goes_to": to})

    with pytest.raises(ValueError, match=rf"by_amount picked {to!r}, wanted one of paid, gone"):
        decided(case, "sort", "staff")


def test_a_message_is_heard_from_the_system():
    case = BASKET._replace(state="paid")
    heard = BOOK.decide(case, an_event("ping", SYSTEM), a_view(), message=True)

    assert heard.to == "gone"


def test_a_message_that_is_not_heard_where_the_case_is_says_so():
    heard = BOOK.decide(BASKET, an_event("ping", SYSTEM), a_view(), message=True)

    assert heard.code == "state"


DOOR, DOOR_RULES = small(
    state(
        "open",
        on("close", "staff", to="locked"),
        hears("close", to="shut"),
        open_ended=True,
    ),
    final("locked", "shut"),
)
DOORS = Book(Terms(DOOR, "small@1:0", DOOR_RULES), prove(DOOR))


def test_a_word_of_a_person_and_one_between_cases_may_have_the_same_name():
    case = a_case(DOOR)

    said = DOORS.decide(case, an_event("close", "staff"), a_view())
    heard = DOORS.decide(case, an_event("close", SYSTEM), a_view(), message=True)
    feigned = DOORS.decide(case, an_event("close", SYSTEM), a_view())

    assert (said.to, heard.to) == ("locked", "shut")
    assert (feigned.code, feigned.reason) == (
        "role",
        "case A: close is for staff, it came from system",
    )


def test_a_timer_follows_its_rule():
    found = BOOK.fire(BASKET, BOOK.terms.timers["window"], a_view())

    assert (found.to, found.data) == ("gone", {"late": "window"})


def test_wishes_of_an_opening_know_who_opens():
    made = replace(SHOP, opens=opens("seller"))

    effects, _ = wishes((notify(OPENER, "received"),), BASKET, an_event("x"), a_view(), made)

    assert [effect.name for effect in effects] == ["notify:seller:received"]


# -- refusals ---------------------------------------------------------------------------------


def test_the_first_guard_that_refuses_says_why():
    case = BASKET._replace(data={"debt": 7})

    assert pay(case, 500) == Refusal("rule", "case A owes 7", "has_no_debt")
    assert pay(BASKET, 500) == Refusal("rule", "500 is more than 100", "is_small")


def test_a_refusal_by_a_rule_comes_before_any_fold():
    assert pay(BASKET._replace(data={}), 101) == Refusal("rule", "101 is more than 100", "is_small")


@pytest.mark.parametrize(
    ("case", "name", "by", "refusal"),
    [
        (
            BASKET,
            "dance",
            "buyer",
            (
                "unknown_event",
                "small has no event 'dance'; it knows ask, never, note, pay, return, sort",
            ),
        ),
        (BASKET, "window", "buyer", ("timer", "window is a timer of small; timers act by themselves")),
        (BASKET, "window", SYSTEM, ("timer", "window is a timer of small; timers act by themselves")),
        (
            BASKET,
            "review_level_2",
            "staff",
            ("timer", "review_level_2 is a timer of small; timers act by themselves"),
        ),
        (
            BASKET._replace(state="paid"),
            "ping",
            "buyer",
            ("message", "ping is a message between cases; nobody may send it"),
        ),
        (BASKET, "pong", "admin", ("message", "pong is a message between cases; nobody may send it")),
        (BASKET, "pay", "seller", ("role", "case A: pay is for buyer, it came from seller")),
        (BASKET, "note", "staff", ("role", "case A: note is for buyer or seller, it came from staff")),
        # The wrong role is told before the wrong state.
        (
            BASKET._replace(state="paid"),
            "note",
            "admin",
            ("role", "case A: note is for buyer or seller, it came from admin"),
        ),
        (
            BASKET._replace(state="paid"),
            "pay",
            "buyer",
            (
                "state",
                ("case A is paid since 2025-03-03T10:00:00+08:00; "
                "possible there: ask (staff), return (buyer)"),
            ),
        ),
        (
            BASKET._replace(state="gone", moved_by="window", since=at("2025-03-07 00:00")),
            "pay",
            "buyer",
            (
                "state",
                ("case A is gone since 2025-03-07T00:00:00+08:00, when its window ended; "
                "possible there: nothing"),
            ),
        ),
        (
            BASKET,
            "ping",
            SYSTEM,
            ("message", "ping is a message between cases; nobody may send it"),
        ),
    ],
)  # fmt: skip
def test_an_event_that_has_no_way_is_refused_in_a_sentence(case, name, by, refusal):
    assert decided(case, name, by) == Refusal(*refusal)


def test_a_final_state_has_no_way_of_every_state_either():
    assert decided(BASKET._replace(state="gone"), "ask", "staff").code == "state"


# -- what would be allowed --------------------------------------------------------------------


def test_every_event_is_allowed_now_or_says_why_not():
    assert list(options(BOOK, BASKET, a_view())) == [
        Option("pay", ("buyer",), allowed=True, why="depends on its facts"),
        Option("note", ("buyer", "seller"), allowed=True, why=None),
        Option("never", ("buyer",), allowed=False, why="no, whatever is said"),
        Option("sort", ("staff",), allowed=True, why=None),
        Option("ask", ("staff",), allowed=True, why=None),
        Option("return", ("buyer",), allowed=False, why="only in paid"),
    ]


def test_a_guard_that_looks_at_the_case_alone_says_why_not_before_anything_is_said():
    case = BASKET._replace(data={"debt": 7})

    assert next(options(BOOK, case, a_view())) == Option(
        "pay", ("buyer",), allowed=False, why="case A owes 7"
    )


def test_in_a_final_state_nothing_is_possible():
    found = {o.event: o.why for o in options(BOOK, BASKET._replace(state="gone"), a_view())}

    assert found == {
        "pay": "only in basket",
        "note": "only in basket",
        "never": "only in basket",
        "sort": "only in basket",
        "ask": "only in basket or paid",
        "return": "only in paid",
    }


def test_facts_that_nobody_has_said_yet_are_open():
    with pytest.raises(FactsAreOpen, match="amount"):
        _ = OPEN_FACTS.amount


def test_an_event_whose_guard_is_broken_says_so_when_it_is_asked_about():
    def breaks(case, event, view):
        raise ZeroDivisionError("no rounds")

    def lacks(case, event, view):
        raise Missing

    broken, lacking = (
        Book(Terms(made, "small@1:0", rules), prove(made))
        for made, rules in (
            small(
                state("a", on("go", "buyer", when=[guard], to="done"), open_ended=True),
                final("done"),
            )
            for guard in (breaks, lacks)
        )
    )
    (option,) = options(broken, a_case(broken.terms.workflow), a_view())

    assert (option.allowed, option.why) == (
        False,
        "its guard raises ZeroDivisionError('no rounds')",
    )
    with pytest.raises(Missing):
        list(options(lacking, a_case(lacking.terms.workflow), a_view()))
