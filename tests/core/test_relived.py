"""A docket lived again, entry by entry: how far it agrees, and what stands on both sides then."""

from dataclasses import replace

import pytest

from orchestrator.core.again import Unknown, as_it_stood, relived
from orchestrator.core.docket import Docket
from orchestrator.core.journal import GENESIS, chained
from orchestrator.core.workflow import OPENER, after, final, notify, on, opens, state
from tests.core.builders import CN, Told, almanac, announced, at, merged, small, world_of
from tests.core.test_again import PING, PING_RULES, PONG, PONG_RULES, faults, stored


def breaks_on_friday(case, event, view):
    """What became of a deadline is a line of code too."""
    if FRIDAY:
        raise ZeroDivisionError
    return {"ended": True}


FRIDAY: list[str] = []
PLAIN, RULES = small(
    state(
        "waiting",
        after(
            "window",
            span="small.two",
            to="done",
            fold=breaks_on_friday,
            do=[notify(OPENER, "closed")],
        ),
        on("answer", "buyer", to="answered"),
        on("drop", "buyer", to="done"),
    ),
    state("answered", on("drop", "buyer", to="done"), open_ended=True),
    final("done"),
    spans={"two": {"working_days": 2}},
    opening=opens("buyer"),
)
WORLD = world_of(PLAIN, books=[RULES])


def workflows_of(world):
    return {definition: book.terms.workflow for (definition, _), book in world.books.items()}


WORKFLOWS = workflows_of(WORLD)


@pytest.fixture
def told():
    """Opened on Monday, over when two working days have passed; a second one that was answered."""
    told = Told(WORLD)
    told.opens("Mon 2025-03-10 09:00", "small")
    told.opens("Mon 2025-03-10 10:00", "small", case="B")
    told.says("Tue 2025-03-11 10:00", "answer", case="B")
    told.passes("Thu 2025-03-13 00:00")
    told.says("Thu 2025-03-13 09:00", "drop", case="B")
    return told


def rechained(entries):
    """The same entries as somebody would leave them who knows how they are sealed."""
    sealed, head = [], GENESIS
    for seq, entry in enumerate(entries, 1):
        head = chained(head, entry.docket, seq, *entry[2:-1])
        sealed.append(entry._replace(seq=seq, hash=head))
    return sealed


def lived(told, entries, progress=lambda _: None):
    return relived(stored(told, entries=entries), WORLD, WORKFLOWS, progress)[1]


def test_a_docket_that_is_what_its_inputs_come_to_agrees_to_the_end(told):
    agreed = []

    odd = lived(told, told.run.entries, agreed.append)

    assert (odd, agreed) == (None, [1, 2, 3, 4, 5])


def test_the_first_entry_that_differs_stands_beside_what_it_should_be(told):
    third = told.run.entries[2]._replace(by="staff")
    entries = rechained([*told.run.entries[:2], third, *told.run.entries[3:]])

    odd = lived(told, entries)

    assert (odd.agreed, odd.said) == (2, None)
    assert (odd.found.kind, odd.found.by) == ("event", "staff")
    assert (odd.wanted.kind, odd.wanted.by) == ("refused", "staff")


def test_a_timer_that_was_taken_out_stands_there_as_it_should_have_acted(told):
    entries = [entry for entry in told.run.entries if entry.kind != "timer"]

    odd = lived(told, rechained(entries))

    assert odd.agreed == 3
    assert odd.said == "timer window of case A, due at 2025-03-12T16:00:00+00:00"
    assert odd.wanted == told.run.entries[3]


def test_a_timer_that_cannot_act_any_more_is_still_named(told):
    entries = [entry for entry in told.run.entries if entry.kind != "timer"]
    FRIDAY.append("today")
    try:
        odd = lived(told, rechained(entries))
    finally:
        FRIDAY.clear()

    assert odd.wanted is None
    assert odd.said.startswith("timer window of case A")


def test_an_entry_that_is_missing_at_the_end_of_a_cause_has_nothing_beside_it():
    told = Told(world_of(PING, PONG, books=[merged(PING_RULES, PONG_RULES)]))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    found = stored(told, entries=told.run.entries[:-1])

    _, odd = relived(found, told.world, workflows_of(told.world))

    assert (odd.found, odd.wanted) == (None, told.run.entries[-1])


@pytest.mark.parametrize("content", ["", "[]", '{"definition":7}', '{"definition":"x"}'])
def test_an_opening_by_a_message_that_somebody_made_unreadable_is_named(content):
    told = Told(world_of(PING, PONG, books=[merged(PING_RULES, PONG_RULES)]))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    n = next(n for n, entry in enumerate(told.run.entries) if entry.name == "pong")
    entries = list(told.run.entries)
    entries[n] = entries[n]._replace(content=content)

    (said,) = faults(stored(told, entries=entries), told.world, workflows_of(told.world))

    assert said.startswith(f"docket shop-1, entry {n + 1}: found opened pong")


def test_a_singleton_of_a_definition_that_is_not_known_proves_nothing():
    books = [merged(PING_RULES, PONG_RULES)]
    told = Told(world_of(PING, PONG, books=books))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    later = world_of(PING, replace(PONG, version=2), books=books)

    with pytest.raises(Unknown, match="pong@1"):
        faults(stored(told), later, workflows_of(later))


@pytest.mark.parametrize("content", ["{", '{"edition":"two"}'])
def test_an_announcement_that_somebody_made_unreadable_is_no_ground_for_what_came_before(content):
    """Which edition the docket began with is not known then; the chain names the entry itself."""
    news = almanac(("Tue 2025-03-11 09:30", announced(CN, 2025, {"2025-03-12": True})))
    world = world_of(PLAIN, books=[RULES], when=news)
    told = Told(world)
    told.opens("Mon 2025-03-10 09:00", "small")
    told.passes("Tue 2025-03-11 10:00")
    entries = [told.run.entries[0], told.run.entries[1]._replace(content=content)]

    (said,) = faults(stored(told, entries=entries), world, workflows_of(world))

    assert said.startswith("docket shop-1, entry 1: found opened small of case A")


def test_a_row_that_says_true_for_one_is_named(told):
    cases = dict(told.run.cases)
    assert cases["A"].data == {"ended": True}
    cases["A"] = cases["A"]._replace(data={"ended": 1})
    docket = stored(told).docket._replace(cases=cases)

    (said,) = faults(stored(told, docket=docket), WORLD, WORKFLOWS)

    assert 'found data {"ended":1} of case A, wanted data {"ended":true}' in said


# -- as it stood when only so much was known ----------------------------------------------------


def stood(told, when, known):
    docket = stored(told).docket
    return as_it_stood(docket, told.run.entries, WORLD, WORKFLOWS, at(when), known)


@pytest.mark.parametrize(
    ("known", "states"),
    [
        (0, {}),
        (1, {"A": "waiting"}),
        (3, {"A": "waiting", "B": "answered"}),
        (4, {"A": "done", "B": "answered"}),
        (5, {"A": "done", "B": "done"}),
        (None, {"A": "done", "B": "done"}),
    ],
)
def test_what_had_not_been_written_down_yet_does_not_count(told, known, states):
    run = stood(told, "Thu 2025-03-13 09:00", known)

    assert {case.id: case.state for case in run.cases.values()} == states


def test_what_was_known_of_an_earlier_instant_stops_at_both(told):
    assert stood(told, "Wed 2025-03-12 23:59", 5).cases["A"].state == "waiting"
    assert stood(told, "Thu 2025-03-13 00:00", 5).cases["A"].state == "done"
    assert stood(told, "Thu 2025-03-13 00:00", 3).cases["A"].state == "waiting"


def test_which_edition_a_docket_began_with_is_read_from_what_was_not_known_yet():
    news = almanac(("Tue 2025-03-11 09:30", announced(CN, 2025, {"2025-03-12": True})))
    world = world_of(PLAIN, books=[RULES], when=news)
    told = Told(world)
    told.opens("Mon 2025-03-10 09:00", "small")
    told.passes("Tue 2025-03-11 10:00")
    run = told.run
    docket = Docket("shop-1", run.clock, run.seq, run.head, run.edition, run.cases, run.timers)

    first = as_it_stood(
        docket, run.entries, world, workflows_of(world), at("Tue 2025-03-11 10:00"), 1
    )

    assert (run.edition, first.edition) == (2, 1)
    assert first.timers["A"]["window"].due_at == at("Thu 2025-03-13 00:00")
    assert run.timers["A"]["window"].due_at == at("Fri 2025-03-14 00:00")
