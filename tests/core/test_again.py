"""A docket lived again from its recorded inputs: whatever does not follow is named (law 7)."""

from dataclasses import replace

import pytest

from orchestrator.core.again import Stored, Unknown, as_it_stood, lived_again
from orchestrator.core.docket import Docket
from orchestrator.core.facts import Text
from orchestrator.core.values import Message
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    after,
    always,
    elsewhere,
    final,
    hears,
    limit,
    notify,
    on,
    opens,
    send,
    state,
)
from tests.core.builders import CN, Told, almanac, announced, at, merged, small, world_of


class Answer(FactsModel):
    words: Text


class Loan(FactsModel):
    lender: Text


@elsewhere
def lender_waits(case, event, view):
    found = view.elsewhere("small")
    return None if found and found[-1].closed_at is None else "the lender has nothing that waits"


def rings_nobody(case, event, view):
    return [Message("nobody", "ring", {})]


SMALL, RULES = small(
    state(
        "waiting",
        after("window", span="small.two", to="done", do=[notify(OPENER, "closed")]),
        limit("review_limit", "small.five", level_2="small.two"),
        on("answer", "buyer", needs=Answer, to="answered"),
        on("drop", "buyer", to="done"),
    ),
    state("answered", on("drop", "buyer", to="done"), open_ended=True),
    final("done"),
    spans={"two": {"working_days": 2}, "five": {"working_days": 5}},
    opening=opens("buyer", do=[notify(OPENER, "received")]),
)
LOAN, LOAN_RULES = small(
    state("lent", open_ended=True),
    name="loan",
    opening=opens("buyer", Loan, reads="lender", when=[lender_waits]),
)
NEWS = almanac(("Tue 2025-03-11 09:30", announced(CN, 2025, {"2025-03-12": True})))
PING, PING_RULES = small(
    state("waits", on("hit", "buyer", do=[send("pong", "ball")]), open_ended=True), name="ping"
)
CALL, CALL_RULES = small(
    state("waits", on("ring", "buyer", do=[rings_nobody]), open_ended=True), name="call"
)
PONG, PONG_RULES = small(
    state("waits", open_ended=True),
    always(hears("ball")),
    name="pong",
    opening=opens("system"),
    singleton=True,
)
WORLD = world_of(SMALL, LOAN, books=[merged(RULES, LOAN_RULES)], when=NEWS)
WORKFLOWS = {definition: book.terms.workflow for (definition, _), book in WORLD.books.items()}


@pytest.fixture
def told():
    """Opened, answered, refused, re-anchored, timed out, filed on a reading and refused on one."""
    told = Told(WORLD)
    told.opens("Mon 2025-03-10 09:00", "small")
    told.says("Mon 2025-03-10 10:00", "answer", facts={"words": "here"})
    told.opens("Mon 2025-03-10 11:00", "small", case=None)
    told.says("Mon 2025-03-10 12:00", "dance")
    told.passes("Fri 2025-03-14 00:00")
    told.opens("Fri 2025-03-14 09:00", "small", case="B")
    reads(told, "Fri 2025-03-14 10:00", "shop-1")  # itself
    reads(told, "Fri 2025-03-14 11:00", "shop-2")
    reads(told, "Fri 2025-03-14 12:00", "shop-3")  # nothing there: refused
    return told


def reads(told, when, lender):
    """A loan, with the lender's docket as it then stands."""
    if lender == "shop-1":
        other = told.run
    else:
        there = Told(WORLD, key=lender)
        if lender == "shop-2":
            there.opens("Fri 2025-03-14 08:00", "small", case="L")
            there.opens("Fri 2025-03-14 08:00", "small", case="M")
            there.says("Fri 2025-03-14 08:30", "drop", case="L")
        other = there.run
    told.run.read = None
    told.run.reads(other)
    told.opens(when, "loan", facts={"lender": lender}, case=f"loan of {lender}")
    told.run.reads(None)


def stored(told, **changes):
    run = told.run
    docket = Docket(
        "shop-1", run.clock, run.seq, run.head, run.edition, run.cases, run.timers, frozenset("*")
    )
    found = Stored(docket, list(run.entries), list(run.outgoing))
    return found._replace(**changes)


def faults(found, world=WORLD, workflows=WORKFLOWS):
    return [str(fault) for fault in lived_again(found, world, workflows)]


def entry_of(told, kind):
    return next(n for n, entry in enumerate(told.run.entries) if entry.kind == kind)


def test_what_was_lived_is_lived_again(told):
    kinds = {entry.kind for entry in told.run.entries}

    assert kinds == {"opened", "event", "refused", "calendar_changed", "timer"}
    assert told.state("loan of shop-2") == "lent"
    assert "loan of shop-3" not in told.run.cases
    assert faults(stored(told)) == []


def test_a_docket_without_an_entry_has_no_fault():
    assert faults(Stored(Docket("shop-1", None, 0, "", 1), [], [])) == []


def test_a_docket_that_was_read_before_its_first_entry_has_seen_an_older_edition():
    older = Told(WORLD)
    older.opens("Wed 2025-03-12 09:00", "small")

    assert older.run.entries[0].kind == "calendar_changed"
    assert faults(stored(older)) == []


def cut(told, n, **changes):
    """The entries up to the n-th, which was changed."""
    entries = told.run.entries
    return [*entries[:n], entries[n]._replace(**changes), *entries[n + 1 :]]


def test_an_entry_that_says_something_else_is_named(told):
    (said,) = faults(stored(told, entries=cut(told, 1, by="staff")))

    assert said.startswith("docket shop-1, entry 2: found event answer of case A")
    assert "wanted refused answer of case A" in said


def test_a_timer_that_acted_early_is_named(told):
    n = entry_of(told, "timer")

    (said,) = faults(stored(told, entries=cut(told, n, effective_at=at("Wed 2025-03-12 00:00"))))

    assert f"entry {n + 1}: found timer window" in said
    assert "wanted no timer: none was due by" in said


def test_an_entry_before_which_a_timer_should_have_acted_is_named(told):
    n = entry_of(told, "timer")
    entries = told.run.entries[:n] + told.run.entries[n + 1 :]

    (said,) = faults(stored(told, entries=entries))

    assert "wanted timer window of case shop-1.3, due at" in said


def test_an_edition_that_nobody_announced_is_named(told):
    n = entry_of(told, "calendar_changed")
    entries = [*told.run.entries[: n + 1], told.run.entries[n]]

    (said,) = faults(stored(told, entries=entries))

    assert "wanted no edition that this docket has not seen" in said


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"kind": "message"}, "the cause of this message before it"),
        ({"case": "Z"}, "an entry that can be lived again (KeyError('Z'))"),
        ({"content": '{"facts":{"words":7}}'}, "an entry that can be lived again (1 validation"),
        ({"content": "{"}, "an entry that can be lived again (JSONDecodeError"),
    ],
)
def test_an_entry_that_no_input_can_have_caused_is_named(told, change, wanted):
    (said,) = faults(stored(told, entries=cut(told, 1, **change)))

    assert f"wanted {wanted}" in said


def test_a_journal_that_ends_in_the_middle_of_a_cause_is_named():
    told = Told(world_of(PING, PONG, books=[merged(PING_RULES, PONG_RULES)]))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    workflows = {d: book.terms.workflow for (d, _), book in told.world.books.items()}
    whole = faults(stored(told), told.world, workflows)

    (said,) = faults(stored(told, entries=told.run.entries[:-1]), told.world, workflows)

    assert whole == []
    assert "found no entry, wanted message ball" in said


def test_a_word_to_a_case_that_was_never_opened_is_named():
    told = Told(world_of(CALL, books=[CALL_RULES]))
    told.opens("Mon 2025-03-10 09:00", "call")
    workflows = {d: book.terms.workflow for (d, _), book in told.world.books.items()}
    (opened,) = told.run.entries
    rung = opened._replace(seq=2, kind="event", name="ring", content="{}")

    (said,) = faults(stored(told, entries=[opened, rung]), told.world, workflows)

    assert "wanted a journal in which nobody was opened before" in said


def test_rows_that_are_not_what_the_entries_come_to_are_named(told):
    cases = dict(told.run.cases)
    cases["A"] = cases["A"]._replace(state="done", overdue=True)
    del cases["B"]
    cases["Z"] = cases["A"]._replace(id="Z")

    said = faults(stored(told, docket=stored(told).docket._replace(cases=cases)))

    assert said == [
        "docket shop-1, entry 2: found state done of case A, wanted state answered",
        "docket shop-1, entry 2: found overdue True of case A, wanted overdue False",
        "docket shop-1, entry 7: found no row of B, wanted a row of B",
        "docket shop-1, entry 2: found a row of Z, wanted no row of Z",
    ]


def test_timers_that_are_not_what_the_entries_come_to_are_named(told):
    timers = dict(told.run.timers)
    armed = dict(timers["B"])
    early = armed["window"].due_at - 1
    timers["B"] = {
        "window": armed["window"]._replace(due_at=early),
        "strange": armed["window"]._replace(name="strange"),
    }

    said = faults(stored(told, docket=stored(told).docket._replace(timers=timers)))

    assert said == [
        f"docket shop-1, entry 7: found {found}, wanted {wanted}"
        for found, wanted in (
            ("no row of timer review_limit of case B", "a row of timer review_limit of case B"),
            ("a row of timer strange of case B", "no row of timer strange of case B"),
            (f"due_at {early} of timer window of case B", f"due_at {early + 1}"),
        )
    ]


def test_effects_that_are_not_what_the_entries_wish_are_named(told):
    out = list(told.run.outgoing)
    wrong = [out[0]._replace(name="notify:buyer:nothing"), *out[2:], out[0]._replace(seq=99)]

    said = faults(stored(told, outbox=wrong))

    assert [line.partition(" of case")[0] for line in said] == [
        "docket shop-1, entry 1: found effect 0 notify:buyer:nothing",
        f"docket shop-1, entry {out[1].seq}: found no effect 0, wanted effect 0 {out[1].name}",
        "docket shop-1, entry 99: found effect 0 notify:buyer:received",
    ]


def test_a_definition_that_is_not_known_proves_nothing(told):
    elsewhere_known = world_of(LOAN, books=[merged(RULES, LOAN_RULES)], when=NEWS)

    with pytest.raises(Unknown, match="small@1"):
        faults(stored(told), elsewhere_known)


def test_a_workflow_that_was_only_shown_must_be_known_too(told):
    known = {d: workflow for d, workflow in WORKFLOWS.items() if workflow.name == "loan"}
    lone = Told(WORLD)
    reads(lone, "Fri 2025-03-14 11:00", "shop-2")

    with pytest.raises(Unknown, match="small"):
        faults(stored(lone), WORLD, known)


def test_a_recorded_move_to_another_definition_is_lived_again():
    second = replace(SMALL, version=2)
    world = world_of(SMALL, second, books=[RULES])
    told = Told(world)
    told.opens("Mon 2025-03-10 09:00", "small", case="Z")
    told.opens("Mon 2025-03-10 09:00", "small", case="A")
    latest = next(d for d, _ in world.books if d.startswith("small@2"))
    told.run.migrate({"small": latest})
    workflows = {d: book.terms.workflow for (d, _), book in world.books.items()}
    assert faults(stored(told), world, workflows) == []
    told.says("Mon 2025-03-10 10:00", "answer", facts={"words": "here"})

    assert [(e.kind, e.case) for e in told.run.entries[2:4]] == [
        ("migrated", "Z"),
        ("migrated", "A"),
    ]
    assert faults(stored(told), world, workflows) == []


def stood(told, when):
    found = stored(told)
    return as_it_stood(found.docket, found.entries, WORLD, WORKFLOWS, at(when))


def test_a_docket_is_shown_as_it_stood_at_an_instant_that_it_has_left(told):
    before, then, now = (
        stood(told, when)
        for when in ("Mon 2025-03-10 09:30", "Mon 2025-03-10 10:00", "Sun 2025-03-30 00:00")
    )

    assert [run.cases["A"].state for run in (before, then, now)] == [
        "waiting",
        "answered",
        "answered",
    ]
    assert (len(before.cases), now.head) == (1, told.run.head)


def test_a_docket_that_cannot_be_lived_again_does_not_show_how_it_stood(told):
    found = stored(told, entries=cut(told, 1, case="Z"))

    with pytest.raises(Unknown, match="an entry that can be lived again"):
        as_it_stood(found.docket, found.entries, WORLD, WORKFLOWS, at("Sun 2025-03-30 00:00"))


def test_a_row_whose_clock_or_edition_is_not_that_of_its_entries_is_named(told):
    docket = stored(told).docket

    behind = faults(stored(told, docket=docket._replace(clock=docket.clock - 1)))
    other = faults(stored(told, docket=docket._replace(edition=7)))

    last = f"docket shop-1, entry {docket.seq}: found"
    assert behind == [f"{last} clock {docket.clock - 1}, wanted {docket.clock} or later"]
    assert other == [f"{last} edition 7, wanted {docket.edition}"]


def test_an_entry_that_says_it_was_moved_and_moves_nothing_is_named(told):
    (said,) = faults(stored(told, entries=cut(told, 1, kind="migrated", case=None)))

    assert "wanted an entry that moves something" in said


def test_what_a_cause_raised_stood_with_it():
    told = Told(world_of(PING, PONG, books=[merged(PING_RULES, PONG_RULES)]))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    workflows = {d: book.terms.workflow for (d, _), book in told.world.books.items()}
    found = stored(told)

    run = as_it_stood(
        found.docket, found.entries, told.world, workflows, at("Mon 2025-03-10 10:00")
    )

    assert run.cases == told.run.cases
