"""A docket run to an instant: what happens in which order, and what one input comes to (laws 1-3)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from orchestrator.core.docket import (
    MAX_CHAIN,
    Docket,
    Run,
    TimerKey,
    docket_born,
)
from orchestrator.core.journal import verify_chain
from orchestrator.core.values import (
    SYSTEM,
    ChainTooLong,
    Effect,
    Event,
    Message,
    Missing,
    Query,
    Refusal,
)
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    after,
    always,
    at,
    command,
    elsewhere,
    final,
    hears,
    notify,
    on,
    opens,
    send,
    state,
)
from tests.core.builders import CN, Told, almanac, merged, small, world_of
from tests.core.builders import at as instant

HOUR = 3_600_000_000


# -- the order of firing ----------------------------------------------------------------------

QUEUE, QUEUE_RULES = small(
    state(
        "open",
        after("last", "small.three", priority=1),
        after("second", "small.three"),
        after("third", "small.three"),
        after("first", "small.three", priority=-1),
        after("before_all", "small.two", priority=9),
        on("note", "buyer"),
    ),
    spans={"three": {"days": 3}, "two": {"days": 2}},
)


def test_timers_fire_by_instant_then_priority_then_arming_order():
    told = Told(world_of(QUEUE, books=[QUEUE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")

    told.passes("Fri 2025-03-07 00:00")

    assert told.fired() == ["A.before_all", "A.first", "A.second", "A.third", "A.last"]


def test_among_cases_too_the_lower_priority_goes_first_and_then_the_one_armed_earlier():
    told = Told(world_of(QUEUE, books=[QUEUE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small", case="Z")
    told.opens("Mon 2025-03-03 11:00", "small", case="B")

    told.passes("Fri 2025-03-07 00:00")

    assert told.fired()[2:] == [
        "Z.first",
        "B.first",
        "Z.second",
        "Z.third",
        "B.second",
        "B.third",
        "Z.last",
        "B.last",
    ]


@pytest.mark.fault(19)
def test_the_order_is_the_same_whatever_way_the_docket_was_loaded():
    told = Told(world_of(QUEUE, books=[QUEUE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small", case="Z")
    told.opens("Mon 2025-03-03 11:00", "small", case="B")
    run = told.run
    backwards = told.reloaded(
        timers={c: dict(reversed(run.timers[c].items())) for c in reversed(run.timers)}
    )

    told.passes("Fri 2025-03-07 00:00")
    backwards.passes("Fri 2025-03-07 00:00")

    assert backwards.run.head == told.run.head


RACE, RACE_RULES = small(
    state(
        "open",
        after("window", "small.three", to="silent", do=[notify("buyer", "silent")]),
        after("other", "small.three", to="never"),
        on("answer", "buyer", to="answered"),
    ),
    state("silent", on("complain", "buyer", to="never"), open_ended=True),
    final("answered", "never"),
    spans={"three": {"days": 3}},
)


@pytest.fixture
def race():
    told = Told(world_of(RACE, books=[RACE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    return told


def test_after_each_firing_it_is_looked_again_what_is_due(race):
    race.passes("Fri 2025-03-07 00:00")

    assert (race.state(), race.fired()) == ("silent", ["A.window"])


def test_an_event_a_microsecond_before_the_due_instant_is_in_time(race):
    answered = race.says("Thu 2025-03-06 23:59:59.999999", "answer")

    assert (answered.refusal, race.state()) == (None, "answered")
    race.passes("Mon 2025-03-10 00:00")
    assert race.fired() == []


def test_at_one_instant_timers_go_before_events(race):
    answered = race.says("Fri 2025-03-07 00:00", "answer")

    assert answered.refusal == Refusal(
        "state",
        "case A is silent since 2025-03-07T00:00:00+08:00, when its window ended; "
        "possible there: complain (buyer)",
    )
    assert [e.kind for e in race.run.entries] == ["opened", "timer", "refused"]


def test_what_was_due_happens_at_its_own_instant_however_late_it_is_noticed(race):
    race.says("Mon 2025-06-02 09:00", "complain")

    assert [e.effective_at for e in race.run.entries][1:] == [
        instant("Fri 2025-03-07 00:00"),
        instant("Mon 2025-06-02 09:00"),
    ]


def test_the_journal_is_the_same_whenever_a_process_wakes_up(race):
    lazy = race.reloaded()
    for hour in range(0, 24 * 5, 7):
        race.run.to(instant("Mon 2025-03-03 10:00") + hour * HOUR)
    race.says("Sat 2025-03-08 10:00", "complain")
    lazy.says("Sat 2025-03-08 10:00", "complain")

    assert lazy.run.head == race.run.head
    assert lazy.run.outgoing == race.run.outgoing


def test_a_wake_up_alone_writes_nothing_and_moves_no_clock(race):
    entries, clock = len(race.run.entries), race.run.clock

    assert race.passes("Wed 2025-03-05 10:00")

    assert (len(race.run.entries), race.run.clock) == (entries, clock)


def test_the_timer_that_fires_next_is_known(race):
    assert race.run.next_due() is race.run.timers["A"]["window"]

    race.says("Wed 2025-03-05 10:00", "answer")

    assert race.run.next_due() is None


def test_the_journal_of_a_run_is_chained_from_what_was_loaded(race):
    race.passes("Wed 2025-03-05 10:00")
    again = race.reloaded()
    again.passes("Fri 2025-03-07 00:00")

    entries = [*race.run.entries, *again.run.entries]

    assert list(verify_chain("shop-1", entries, again.run.seq, again.run.head)) == []


# -- messages ---------------------------------------------------------------------------------


class Start(FactsModel):
    to: tuple[str, ...] = ()
    left: int = 0


class Ping(FactsModel):
    back: str
    left: int


def pass_on(case, event, view):
    """To each case named; a ping that has some left goes back to whoever sent it."""
    for name in event.facts.to:
        yield Message(name, "ping", {"back": case.id, "left": event.facts.left})


def back(case, event, view):
    if event.facts.left:
        yield Message(event.facts.back, "ping", {"back": case.id, "left": event.facts.left - 1})


def heard(case, event, view):
    return {"heard": case.data.get("heard", 0) + 1}


def at_once(case, view):
    """An instant long past, once something was heard."""
    return 0 if case.data.get("heard") else None


CHAT, CHAT_RULES = small(
    state(
        "talking",
        at("woken", at_once),
        on("start", "buyer", needs=Start, do=[pass_on]),
        on("start_wrong", "buyer", do=[lambda c, e, v: [Message("B", "ping", {"back": 5})]]),
        on("start_strange", "buyer", do=[lambda c, e, v: [Message("B", "whisper", {})]]),
        on("end", "buyer", to="over"),
        hears("ping", needs=Ping, fold=heard, do=[back]),
        open_ended=True,
    ),
    final("over"),
    opening=opens("buyer", Start, do=[pass_on]),
)


def nameless(made):
    """The linter wants names for functions; what it refuses is tested in test_lint."""
    for rule in made.states[0].ways:
        for do in rule.do:
            if getattr(do, "__name__", "") == "<lambda>":
                do.__name__ = rule.event
    return made


@pytest.fixture
def chat():
    told = Told(world_of(nameless(CHAT), books=[CHAT_RULES]))
    for name in "ABC":
        told.opens("Mon 2025-03-03 10:00", "small", case=name)
    told.run.entries.clear()
    return told


def happened(told):
    return [f"{e.case}.{e.name}" for e in told.run.entries]


def test_messages_are_handled_first_in_first_out(chat):
    chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B", "C"), "left": 1})

    # B and C hear first; what they send back comes after both. Then the timers they armed.
    assert happened(chat)[:5] == ["A.start", "B.ping", "C.ping", "A.ping", "A.ping"]


def test_messages_go_before_timers_that_are_due_at_the_same_instant(chat):
    chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",), "left": 1})

    assert happened(chat) == ["A.start", "B.ping", "A.ping", "B.woken", "A.woken"]
    assert {e.effective_at for e in chat.run.entries} == {instant("Mon 2025-03-03 11:00")}


def test_a_message_is_an_entry_of_the_system_with_what_it_said(chat):
    chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",)})

    entry = chat.run.entries[1]
    assert (entry.kind, entry.by, entry.from_state, entry.to_state) == (
        "message",
        SYSTEM,
        "talking",
        "talking",
    )
    assert json.loads(entry.content)["facts"] == {"back": "A", "left": 0}
    assert json.loads(entry.content)["data"] == {"heard": 1}


def test_an_opening_sends_messages_too(chat):
    chat.opens("Mon 2025-03-03 11:00", "small", facts={"to": ("A", "B")}, case="D")

    assert happened(chat)[:3] == ["D.small", "A.ping", "B.ping"]


def test_a_message_to_a_case_that_ended_is_noted_and_moves_nothing(chat):
    chat.says("Mon 2025-03-03 11:00", "end", case="B")
    chat.says("Mon 2025-03-03 12:00", "start", facts={"to": ("B",), "left": 5})

    assert happened(chat) == ["B.end", "A.start", "B.ping"]
    assert chat.data("B") == {}
    assert (chat.state("B"), chat.run.cases["B"].seq) == ("over", chat.run.seq)


def test_a_message_that_nobody_there_hears_raises(chat):
    with pytest.raises(LookupError, match=r"case B was sent whisper by A: small has no event"):
        chat.says("Mon 2025-03-03 11:00", "start_strange")


def test_a_message_whose_facts_do_not_fit_raises(chat):
    with pytest.raises(ValidationError, match="left"):
        chat.says("Mon 2025-03-03 11:00", "start_wrong")


def test_a_message_to_a_case_that_was_not_loaded_is_missing(chat):
    part = chat.reloaded(cases={"A": chat.run.cases["A"]}, whole=frozenset())

    with pytest.raises(Missing) as missing:
        part.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",)})

    assert missing.value.queries == (Query("shop-1", "case", "B"),)


def test_a_chain_of_a_hundred_messages_is_honest(chat):
    chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",), "left": MAX_CHAIN - 1})

    assert sum(e.kind == "message" for e in chat.run.entries) == MAX_CHAIN == 100


@pytest.mark.fault(48)
def test_a_chain_of_more_is_an_incident(chat):
    with pytest.raises(ChainTooLong, match="docket shop-1: 100 causes at one instant"):
        chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",), "left": MAX_CHAIN})


def test_five_hundred_messages_of_one_cause_are_no_chain(chat):
    chat.says("Mon 2025-03-03 11:00", "start", facts={"to": ("B",) * 500})

    assert chat.data("B") == {"heard": 500}


class Count(FactsModel):
    left: int


def begins(case, event, view):
    return {"left": event.facts.left, "next": 0}


def counts_down(case, event, view):
    return {"left": case.data["left"] - 1, "next": case.data["next"] + 1}


def past(case, view):
    return case.data["next"] if case.data.get("left") else None


LOOP, LOOP_RULES = small(
    state(
        "open",
        at("again", past, fold=counts_down),
        on("begin", "buyer", needs=Count, fold=begins),
    )
)


def test_a_chain_of_a_hundred_firings_at_one_instant_is_honest():
    told = Told(world_of(LOOP, books=[LOOP_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")

    told.says("Mon 2025-03-03 10:00", "begin", facts={"left": 100})

    assert len(told.fired()) == 100


@pytest.mark.fault(48)
def test_a_chain_of_more_firings_is_an_incident_though_a_process_wakes_up_in_between():
    told = Told(world_of(LOOP, books=[LOOP_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    event = Event("begin", "buyer", Count(left=101), {"left": 101})
    told.run.handle("A", event, instant("Mon 2025-03-03 10:00"))
    assert not told.run.to(instant("Mon 2025-03-03 10:00"), most=60)

    again = told.reloaded()

    with pytest.raises(ChainTooLong):
        again.passes("Mon 2025-03-03 10:00")


def each_hour(case, view):
    return (view.at // HOUR + 1) * HOUR


def test_what_is_armed_for_a_later_instant_begins_a_new_chain():
    one, rules = small(state("open", at("tick", each_hour)))
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")

    told.passes("Mon 2025-03-31 10:00")

    assert len(told.fired()) == 28 * 24


# -- breadth and backlog ----------------------------------------------------------------------


def many(number):
    """A docket with so many cases, each with windows that end at one midnight."""
    told = Told(world_of(QUEUE, books=[QUEUE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    case = told.run.cases["A"]
    timer = told.run.timers["A"]["second"]
    cases = {f"c{n}": case._replace(id=f"c{n}", opened_seq=n) for n in range(number)}
    timers = {
        name: {"second": timer._replace(case=name, armed_seq=n)} for n, name in enumerate(cases)
    }
    return told.reloaded(cases=cases, timers=timers)


@pytest.mark.fault(49)
def test_ten_thousand_windows_that_end_at_one_midnight_are_honest():
    told = many(10_000)
    midnight = instant("Fri 2025-03-07 00:00")

    commits = 1
    while not told.run.to(midnight):
        commits += 1

    assert (len(told.run.entries), commits) == (10_000, 10)
    assert told.run.next_due() is None


@pytest.mark.fault(49)
def test_a_backlog_goes_on_in_the_next_commit():
    told = many(10)

    assert not told.run.to(instant("Fri 2025-03-07 00:00"), most=4)
    assert told.fired() == ["c0.second", "c1.second", "c2.second", "c3.second"]

    assert told.run.to(instant("Fri 2025-03-07 00:00"), most=6)
    assert len(told.fired()) == 10


def test_a_run_that_has_just_as_much_to_do_as_it_may_is_done():
    assert many(4).run.to(instant("Fri 2025-03-07 00:00"), most=4)


def test_a_timer_beyond_the_horizon_waits_for_those_that_were_not_loaded():
    told = many(10)
    partly = told.reloaded(horizon=TimerKey(instant("Fri 2025-03-07 00:00"), 0, 4, 9))

    assert not partly.passes("Fri 2025-03-07 00:00")

    assert [f.partition(".")[0] for f in partly.fired()] == ["c0", "c1", "c2", "c3", "c4"]


def test_when_what_was_loaded_runs_out_before_the_horizon_a_backlog_is_left():
    told = many(5)
    partly = told.reloaded(horizon=TimerKey(instant("Fri 2025-03-07 00:00"), 0, 4, 9))

    assert not partly.passes("Fri 2025-03-07 00:00")


# -- what an input comes to -------------------------------------------------------------------


class Saying(FactsModel):
    what: str


def remembered(case, event, view):
    return {"said": [*case.data.get("said", []), event.facts.what]}


def is_not_rude(case, event, view):
    return f"{event.facts.what} is rude" if event.facts.what == "fie" else None


def is_explosive(case, event, view):
    raise ZeroDivisionError


def what_was_said(case, event, view):
    return {"what": event.facts.what}


def who_is_here(case, event, view):
    yield Effect("command:count", {"accounts": len(view.cases("account"))})


SHOP, SHOP_RULES = small(
    state(
        "open",
        after("window", "shop.day", to="silent"),
        on(
            "say",
            "buyer",
            needs=Saying,
            when=[is_not_rude],
            do=[notify("buyer", "said"), command("act"), send("account", "told", what_was_said)],
        ),
        on("shout", "buyer", needs=Saying, when=[is_not_rude], to="silent", fold=remembered),
        on("burst", "buyer", when=[is_explosive]),
        on("count", "buyer", do=[who_is_here]),
        on("end", "buyer", to="done", do=[command("tidy")]),
    ),
    state("silent", open_ended=True),
    final("done"),
    name="shop",
    spans={"day": {"days": 1}},
    opening=opens("buyer", do=[notify(OPENER, "received")]),
)
ACCOUNT, ACCOUNT_RULES = small(
    state("good", open_ended=True),
    always(
        hears("told", needs=Saying, fold=remembered, do=[notify("seller", "told"), command("book")])
    ),
    name="account",
    singleton=True,
    opening=opens(SYSTEM),
)
SHOPPING = world_of(SHOP, ACCOUNT, books=[merged(SHOP_RULES, ACCOUNT_RULES)])


@pytest.fixture
def shop():
    told = Told(SHOPPING)
    told.opens("Mon 2025-03-03 10:00", "shop")
    told.sent()
    return told


def say(told, when, what):
    return told.says(when, "say", facts={"what": what})


def test_a_refusal_writes_one_entry_and_changes_nothing_else(shop):
    run = shop.run
    cases, timers, outgoing, touched = dict(run.cases), dict(run.timers), len(run.outgoing), 1
    before = run.seq

    answered = say(shop, "Mon 2025-03-03 11:00", "fie")

    assert answered.refusal == Refusal("rule", "fie is rude", "is_not_rude")
    assert (answered.seq, run.seq) == (before + 1, before + 1)
    assert (run.cases, run.timers, len(run.outgoing)) == (cases, timers, outgoing)
    assert (len(run.touched), run.clock) == (touched, instant("Mon 2025-03-03 11:00"))
    entry = run.entries[-1]
    assert (entry.kind, entry.name, entry.by, entry.case) == ("refused", "say", "buyer", "A")
    assert (entry.from_state, entry.to_state) == ("open", "open")
    assert json.loads(entry.content) == {
        "code": "rule",
        "reason": "fie is rude",
        "rule": "is_not_rude",
        "facts": {"what": "fie"},
        "rulebook": run.cases["A"].rulebook,
        "source": "the tests",
    }


def test_a_refusal_without_rule_or_facts_says_neither(shop):
    shop.says("Mon 2025-03-03 11:00", "dance")

    told = json.loads(shop.run.entries[-1].content)

    assert set(told) == {"code", "reason", "rulebook", "source"}


def test_an_event_is_an_entry_with_its_facts_what_changed_and_its_timers(shop):
    answered = shop.says("Mon 2025-03-03 11:00", "shout", facts={"what": "hm"})

    entry = shop.run.entries[-1]
    assert (answered.case, answered.refusal, answered.seq) == ("A", None, entry.seq)
    assert (entry.kind, entry.from_state, entry.to_state) == ("event", "open", "silent")
    assert json.loads(entry.content) == {
        "facts": {"what": "hm"},
        "data": {"said": ["hm"]},
        "cancelled": ["window"],
    }
    case = shop.run.cases["A"]
    assert (case.since, case.moved_by, case.seq) == (entry.effective_at, None, entry.seq)


def test_a_firing_says_which_timer_led_there(shop):
    shop.passes("Wed 2025-03-05 00:00")

    assert shop.run.cases["A"].moved_by == "window"


def test_an_opening_is_an_entry_with_rulebook_and_definition(shop):
    entry = shop.run.entries[0]

    told = json.loads(entry.content)
    assert (entry.kind, entry.name, entry.by, entry.case) == ("opened", "shop", "buyer", "A")
    assert (entry.from_state, entry.to_state) == (None, "open")
    assert told["rulebook"] == shop.run.cases["A"].rulebook
    assert told["definition"] == shop.run.cases["A"].definition
    assert [timer["name"] for timer in told["armed"]] == ["window"]


def test_a_case_that_nobody_named_is_named_after_its_docket_and_entry(shop):
    answered = shop.opens("Mon 2025-03-03 11:00", "shop", case=None)

    assert answered.case == "shop-1.2"
    assert shop.run.touched["shop-1.2"] is None


def test_a_case_that_was_loaded_is_remembered_as_it_was(shop):
    again = shop.reloaded()
    before = again.run.cases["A"]

    say(again, "Mon 2025-03-03 11:00", "a")
    say(again, "Mon 2025-03-03 12:00", "b")

    assert again.run.touched["A"] is before


def test_the_one_case_of_a_workflow_is_opened_by_its_first_message_under_the_senders_rulebook(shop):
    say(shop, "Mon 2025-03-03 11:00", "a")
    say(shop, "Mon 2025-03-03 12:00", "b")

    (account,) = shop.run.cases_of("account")
    assert (account.id, account.data) == ("shop-1.3", {"said": ["a", "b"]})
    assert account.rulebook == shop.run.cases["A"].rulebook
    assert [(e.kind, e.case, e.by) for e in shop.run.entries] == [
        ("opened", "A", "buyer"),
        ("event", "A", "buyer"),
        ("opened", "shop-1.3", SYSTEM),
        ("message", "shop-1.3", SYSTEM),
        ("event", "A", "buyer"),
        ("message", "shop-1.3", SYSTEM),
    ]


def test_in_one_cause_commands_come_before_notices_each_in_the_order_they_were_raised(shop):
    say(shop, "Mon 2025-03-03 11:00", "a")

    cause = shop.run.outgoing[1:]
    assert [(out.name, out.case) for out in cause] == [
        ("command:act", "A"),
        ("command:book", "shop-1.3"),
        ("notify:buyer:said", "A"),
        ("notify:seller:told", "shop-1.3"),
    ]
    assert [out.n for out in cause] == [0, 1, 2, 3]
    assert {(out.docket, out.seq, out.at) for out in cause} == {
        ("shop-1", 2, instant("Mon 2025-03-03 11:00"))
    }


def test_in_one_cause_the_effects_of_a_higher_turn_come_last():
    later = replace(SHOP, turn=1)
    shop = Told(world_of(later, ACCOUNT, books=[merged(SHOP_RULES, ACCOUNT_RULES)]))
    shop.opens("Mon 2025-03-03 10:00", "shop")
    shop.sent()

    say(shop, "Mon 2025-03-03 11:00", "a")

    assert shop.sent() == [
        "command:book",
        "command:act",
        "notify:seller:told",
        "notify:buyer:said",
    ]


def test_a_notice_tells_the_deadlines_and_a_command_does_not(shop):
    say(shop, "Mon 2025-03-03 11:00", "a")

    act, _, said, told = (json.loads(out.content) for out in shop.run.outgoing[1:])
    assert "deadlines" not in act
    assert said["deadlines"] == {"window": "2025-03-05T00:00:00+08:00"}
    assert "deadlines" not in told  # the account has none


def test_every_effect_tells_who_or_what_made_it_and_by_which_rulebook(shop):
    say(shop, "Mon 2025-03-03 11:00", "a")
    received, act, _, _, told = (json.loads(out.content) for out in shop.run.outgoing)

    assert received["because"] == {"opened": "shop", "by": "buyer"}
    assert act == {
        "workflow": "shop",
        "state": "open",
        "rulebook": shop.run.cases["A"].rulebook,
        "source": "the tests",
        "because": {"event": "say", "by": "buyer", "facts": {"what": "a"}},
    }
    assert told["because"] == act["because"]  # the message has the reason of its cause


def test_an_effect_of_a_timer_says_that_no_person_made_it(race):
    race.passes("Fri 2025-03-07 00:00")

    assert json.loads(race.run.outgoing[-1].content)["because"] == {"timer": "window"}


def test_a_case_is_moved_to_another_definition_by_an_entry_and_nothing_else(shop):
    before = shop.run.cases["A"]
    again = shop.reloaded()

    again.run.migrate({"shop": "shop@2:abc", "strange": "strange@1:0"})
    again.run.migrate({"shop": "shop@2:abc"})  # it is there already

    after = again.run.cases["A"]
    assert after == before._replace(definition="shop@2:abc", seq=2)
    assert again.run.touched == {"A": before}
    (entry,) = again.run.entries
    assert (entry.kind, entry.name, entry.by) == ("migrated", "shop@2:abc", SYSTEM)
    assert entry.effective_at == instant("Mon 2025-03-03 10:00")
    assert json.loads(entry.content) == {"from": before.definition, "to": "shop@2:abc"}


def test_an_answer_tells_where_its_own_effects_begin(shop):
    shop.opens("Mon 2025-03-03 10:30", "shop", case="B")
    own = shop.says("Mon 2025-03-03 11:00", "end")

    assert [out.name for out in shop.run.outgoing[own.first :]] == ["command:tidy"]


def test_a_guard_that_raises_is_not_caught_here(shop):
    with pytest.raises(ZeroDivisionError):
        shop.says("Mon 2025-03-03 11:00", "burst")


def test_an_event_for_a_case_that_is_not_here_raises(shop):
    with pytest.raises(KeyError, match="Z"):
        shop.run.handle("Z", Event("say", "buyer", None, {}), instant("Mon 2025-03-03 11:00"))


# -- what was not loaded ----------------------------------------------------------------------


def test_a_view_of_a_workflow_that_was_not_loaded_is_missing(shop):
    part = shop.reloaded(whole=frozenset({"shop"}))

    with pytest.raises(Missing) as missing:
        part.says("Mon 2025-03-03 11:00", "count")

    assert missing.value.queries == (Query("shop-1", "workflow", "account"),)


def test_a_first_message_asks_whether_the_one_case_is_there(shop):
    part = shop.reloaded(whole=frozenset())

    with pytest.raises(Missing) as missing:
        say(part, "Mon 2025-03-03 11:00", "a")

    assert missing.value.queries == (Query("shop-1", "workflow", "account"),)


def test_loaded_with_what_was_missing_the_run_is_the_same(shop):
    say(shop, "Mon 2025-03-03 11:00", "a")
    part = shop.reloaded(whole=frozenset({"account"}))

    part.says("Mon 2025-03-03 12:00", "count")
    shop.says("Mon 2025-03-03 12:00", "count")

    assert part.run.head == shop.run.head
    assert json.loads(part.run.outgoing[-1].content)["accounts"] == 1


def test_cases_are_shown_in_the_order_in_which_they_were_opened(shop):
    for name in ("Z", "B", "M"):
        shop.opens("Mon 2025-03-03 11:00", "shop", case=name)

    view = shop.run.view(shop.run.cases["A"], instant("Mon 2025-03-03 12:00"))

    assert [case.id for case in view.cases("shop")] == ["A", "Z", "B", "M"]
    assert view.one("shop").id == "M"
    assert view.one("account") is None
    assert (view.at, view.day) == (instant("Mon 2025-03-03 12:00"), CN.zone.local_day(view.at))
    assert view.zone is CN.zone


# -- openings ---------------------------------------------------------------------------------


class Filing(FactsModel):
    holder: str
    what: str = "x"


@elsewhere
def holder_is_known(case, event, view):
    there = view.elsewhere("member")
    return None if there else f"{event.facts.holder} is not known"


def is_sensible(case, event, view):
    return "this makes no sense" if event.facts.what == "nonsense" else None


def with_a_number(case, event, view):
    return {"number": 7}


FILING, FILING_RULES = small(
    state("filed", open_ended=True),
    name="filing",
    opening=opens(
        "buyer", Filing, reads="holder", when=[holder_is_known, is_sensible], fold=with_a_number
    ),
)
MEMBER, MEMBER_RULES = small(state("in", open_ended=True), name="member")
FILINGS = world_of(FILING, MEMBER, books=[merged(FILING_RULES, MEMBER_RULES)])
FILED = instant("Mon 2025-03-03 11:00")


def file(other=None, *, by="buyer", what="x", assume=False, itself=False, docket=None):
    born = docket or docket_born("shop-1", FILED, FILINGS.almanac)
    run = Run(born, FILINGS, reads_itself=itself)
    if other is not None:
        run.reads(other)
    (book,) = [b for (d, _), b in FILINGS.books.items() if d.startswith("filing@")]
    facts = Filing(holder="holder-1", what=what)
    event = Event("filing", by, facts, {"holder": "holder-1", "what": what})
    return run, run.open(book, "F", event, FILED, assume=assume)


def holder(*, known=True):
    told = Told(FILINGS, key="holder-1")
    if known:
        told.opens("Mon 2025-03-03 10:00", "member", case="M")
    return told.run


def test_an_opening_may_look_at_another_docket_and_keeps_what_it_was_shown():
    run, answered = file(holder())

    assert answered == ("F", None, 1, 0)
    assert run.cases["F"].data == {"holder": "holder-1", "what": "x", "number": 7}
    told = json.loads(run.entries[0].content)
    assert told["read"] == {
        "holder-1": [{"case": "M", "workflow": "member", "state": "in", "data": {}}]
    }
    assert told["data"] == {"number": 7}
    assert "assumed" not in told


def test_a_guard_that_looks_elsewhere_refuses():
    run, answered = file(holder(known=False))

    assert answered.refusal == Refusal("rule", "holder-1 is not known", "holder_is_known")
    assert (answered.case, run.cases) == ("F", {})
    entry = run.entries[0]
    assert (entry.kind, entry.case, entry.from_state, entry.to_state) == (
        "refused",
        "F",
        None,
        None,
    )
    told = json.loads(entry.content)
    assert told.pop("rulebook").startswith("book@1:")
    assert told.pop("definition").startswith("filing@1:")
    assert told == {
        "code": "rule",
        "source": "the tests",
        "read": {"holder-1": []},
        "reason": "holder-1 is not known",
        "rule": "holder_is_known",
        "facts": {"holder": "holder-1", "what": "x"},
        "open": "filing",
    }


def test_to_assume_skips_only_the_guards_that_look_elsewhere_and_is_recorded():
    run, answered = file(assume=True)
    assert answered.refusal is None
    assert json.loads(run.entries[0].content)["assumed"] is True

    _, refused = file(assume=True, what="nonsense")
    assert refused.refusal == Refusal("rule", "this makes no sense", "is_sensible")


def test_the_wrong_role_opens_nothing_and_no_guard_is_asked():
    run, answered = file(None, by="seller")

    assert answered.refusal == Refusal("role", "filing is opened by buyer, not by seller")
    assert (run.cases, len(run.entries)) == ({}, 1)


def test_a_docket_may_read_itself():
    told = Told(FILINGS)
    told.opens("Mon 2025-03-03 10:00", "member", case="M")
    run, answered = file(docket=told.reloaded().run.docket, itself=True)

    assert answered.refusal is None
    assert list(json.loads(run.entries[0].content)["read"]) == ["shop-1"]


def test_a_guard_that_looks_elsewhere_where_nothing_was_read_raises():
    with pytest.raises(LookupError, match="this view has no other docket"):
        file(None)


def test_another_docket_that_was_not_wholly_loaded_is_missing_there():
    part = holder().docket._replace(whole=frozenset(), new=False)

    with pytest.raises(Missing) as missing:
        file(Run(part, FILINGS))

    assert missing.value.queries == (Query("holder-1", "workflow", "member"),)


def test_a_view_reads_the_rules_that_another_case_is_pinned_to():
    run = holder()
    view = run.view(run.cases["M"], FILED)

    assert view.rules_of(view.rulebook, "filing") is FILING_RULES.sections["filing"]
    assert isinstance(view, View)


def test_a_docket_that_nobody_has_heard_of_is_empty_and_whole():
    born = docket_born("shop-9", FILED, almanac())

    assert born == Docket("shop-9", None, 0, "", 1, whole=frozenset({"*"}), new=True)


def test_a_case_that_speaks_twice_in_one_cause_is_told_as_it_stood_each_time():
    """A reply moved it in between: the second notice must not repeat the text of the first."""
    asks, asks_rules = small(
        state(
            "calm",
            on("go", "buyer", to="asking", do=[notify("buyer", "asked"), send("echo", "ping")]),
            open_ended=True,
        ),
        state("asking", open_ended=True),
        state("told", open_ended=True),
        always(hears("pong", to="told", do=[notify("buyer", "told")])),
        name="asks",
        singleton=True,
    )
    echo, echo_rules = small(
        state("idle", open_ended=True),
        always(hears("ping", do=[send("asks", "pong")])),
        name="echo",
        singleton=True,
        opening=opens(SYSTEM),
    )
    told = Told(world_of(asks, echo, books=[merged(asks_rules, echo_rules)]))
    told.opens("Mon 2025-03-03 10:00", "asks")
    told.says("Mon 2025-03-03 11:00", "go")

    found = [(out.name, json.loads(out.content)["state"]) for out in told.run.outgoing]
    assert found == [("notify:buyer:asked", "asking"), ("notify:buyer:told", "told")]
