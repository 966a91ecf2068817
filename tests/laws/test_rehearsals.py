"""A rehearsal is what happens: the same version differs in nothing, and another one comes to what
an empty database comes to that has it and is given the same inputs.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.rules import Rulebook
from orchestrator.core.values import Entry
from orchestrator.db import library
from orchestrator.db.library import Shelf
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.inputs import may_be_given
from orchestrator.rehearsal import Difference, Rehearsal, Wish
from orchestrator.rehearsal.played import Played
from orchestrator.rehearsal.stage import set_up
from tests.books import Text, changed
from tests.laws.deeds import MONDAY, files, says
from tests.laws.stories import DAY, HOUR, stories
from tests.laws.told import told
from tests.laws.world import Act, World, parts

NEXT = "next"
GENERAL = {"scope": "complainant_and_right", "first": 3, "later": 5, "free_window": {"days": 2}}
BOOKS: dict[str, Text] = {
    name: changed(values, name=NEXT)
    for name, values in {
        "shorter windows": {
            "ip_complaint.appeal_window": {"days": 1},
            "ip_complaint.response_window": {"hours": 30},
            "ip_complaint.review_limit": {"working_days": 2},
        },
        "longer windows": {
            "ip_complaint.appeal_window": {"working_days": 9},
            "ip_complaint.response_window": {"days": 8, "roll": True},
            "ip_complaint.second_appeal_window": {"working_days": 2},
        },
        "other points": {
            "account_standing.general": GENERAL,
            "account_standing.severe": {"restrictions": [{"hours": 12}], "valid": {"hours": 99}},
            "account_standing.points_valid": {"hours": 48},
            "account_standing.thresholds": [
                {"points": 3, "does": "warn"},
                {"points": 8, "does": "close"},
            ],
        },
    }.items()
}


def with_the_next(world: World, book: Text) -> World:
    """The same with one more rulebook, which every opening is then under."""
    with world.orchestrator.store.write() as tx:
        library.seed(tx, Shelf((book,), {}), parts().registry, world.clock.now())
    return world


def lived(world: World, inputs: list[tuple[int, Act]], end: int) -> list[tuple[int, Act]]:
    """Hand the inputs in, and let time pass; gives those that were received."""
    received = []
    for at, act in inputs:
        world.move_to(at)
        if world.act(act).trouble is None:
            received.append((at, act))
    world.move_to(end)
    world.wake()
    return received


def rehearsed(world: World, new: Rulebook, **more: Any) -> tuple[list[Difference], Rehearsal]:
    before = world.everything()
    found: list[Difference] = []
    wish = Wish(new, world.clock.now(), **more)
    rehearsal = Rehearsal(world.orchestrator.store, parts().registry, wish)
    rehearsal.run(lambda difference, _: found.append(difference))

    assert world.everything() == before
    return found, rehearsal


def to_act(inputs: tuple[tuple[int, Act], ...]) -> list[tuple[int, Act]]:
    """Those whose ids are their callers', once each: what is made here is named by its entry."""
    return [
        (at, act._replace(key=None))
        for at, act in inputs
        if act.what != "inject" or may_be_given(act.target)
    ]


# -- the very same version ----------------------------------------------------------------------


@given(stories())
def test_the_very_same_versions_differ_in_nothing(story):
    with World() as world:
        told(story, world, tail=0)
        for book, _ in parts().shelf.rulebooks:
            found, rehearsal = rehearsed(world, book, instead_of=book.name)

            assert found == []
            assert rehearsal.totals.skipped == 0
        dockets = world.one(
            "SELECT count(DISTINCT docket) FROM journal WHERE kind IN ('event', 'refused')"
            " OR (kind = 'opened' AND by <> 'system')"
        )
        assert rehearsal.totals.dockets == dockets


# -- another one, and what really happens under it ----------------------------------------------


def played(tx: ReadTx, wish: Wish) -> dict[str, Played]:
    """Every docket as it would be."""
    stage = set_up(tx, parts().registry, wish)
    keys = [row[0] for row in tx.rows("SELECT key FROM dockets WHERE seq > 0 ORDER BY key")]
    found = {}
    for key, docket in tx.load({key: Wanted(everything=True) for key in keys}, 0).items():
        columns = 'docket, seq, "case", effective_at, kind, name, by, "from", "to", content, hash'
        text = f"SELECT {columns} FROM journal WHERE docket = ? ORDER BY seq"
        entries = [Entry(*row) for row in tx.rows(text, key)]
        more = (parts().registry.versions, stage.pinning, stage.known_at)
        found[key] = Played(docket, entries, stage.world, *more)
        found[key].plays(wish.now)
    return found


def as_rehearsed(dockets: dict[str, Played]) -> dict[str, Any]:
    """Cases, timers, and what fired; a case that a message opened by the name of its workflow."""
    cases = {case.id: case for docket in dockets.values() for case in docket.cases.values()}
    names = {id_: _named(id_, case.docket, case.workflow) for id_, case in cases.items()}
    return {
        "cases": sorted(
            (names[i], c.rulebook, c.state, c.overdue, c.data, c.since, c.closed_at, c.moved_by)
            for i, c in cases.items()
        ),
        "timers": sorted(
            (names[timer.case], timer.name, timer.due_at or 0, timer.computed_at or 0, timer.provisional)
            for docket in dockets.values()
            for armed in docket.timers.values()
            for timer in armed.values()
        ),
        "fired": sorted(
            (names[entry.case], entry.name, entry.effective_at, entry.from_state, entry.to_state)
            for docket in dockets.values()
            for entry in docket.entries
            if entry.kind == "timer"
        ),
    }  # fmt: skip


def as_it_really_is(world: World) -> dict[str, Any]:
    """The same of a database, read from its rows."""
    with world._store.read() as tx:
        keys = [row[0] for row in tx.rows("SELECT key FROM dockets")]
        loaded = tx.load({key: Wanted(everything=True) for key in keys}, 0)
    cases = {case.id: case for docket in loaded.values() for case in docket.cases.values()}
    names = {id_: _named(id_, case.docket, case.workflow) for id_, case in cases.items()}
    return {
        "cases": sorted(
            (names[i], c.rulebook, c.state, c.overdue, c.data, c.since, c.closed_at, c.moved_by)
            for i, c in cases.items()
        ),
        "timers": sorted(
            (names[timer.case], timer.name, timer.due_at or 0, timer.computed_at or 0, timer.provisional)
            for docket in loaded.values()
            for armed in docket.timers.values()
            for timer in armed.values()
        ),
        "fired": sorted(
            (names[line.case], line.name, line.effective_at, line.from_state, line.to_state)
            for line in world.journal()
            if line.kind == "timer"
        ),
    }  # fmt: skip


def _named(case: str, docket: str, workflow: str) -> str:
    return case if may_be_given(case) else f"{docket}: {workflow}"


def comes_to_what_really_happens(inputs: list[tuple[int, Act]], end: int, book: Text) -> None:
    with World() as world:
        received = lived(world, inputs, end)
        with world._store.read() as tx:
            found = as_rehearsed(played(tx, Wish(book[0], end)))
    with World() as real:
        under_it = [
            (at, act._replace(rulebook=NEXT) if act.what == "open" else act) for at, act in received
        ]
        lived(with_the_next(real, book), under_it, end)
        wanted = as_it_really_is(real)
    for what, rows in wanted.items():
        assert found[what] == rows, what


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_a_rehearsal_of_a_violation_comes_to_what_really_happens(book):
    inputs = [
        (MONDAY, files("shop-1", "A")),
        (MONDAY + HOUR, says("A", "uphold", lane="general")),
        (MONDAY + 2 * DAY, files("shop-1", "B")),
        (MONDAY + 2 * DAY, says("B", "uphold", lane="severe")),
        (MONDAY + 3 * DAY, says("A", "appeal", grounds="not mine")),
    ]

    comes_to_what_really_happens(inputs, MONDAY + 20 * DAY, book)


@given(stories(), st.sampled_from(list(BOOKS)))
def test_a_rehearsal_comes_to_what_an_empty_database_under_it_comes_to(story, name):
    with World() as world:
        plan = told(story, world, tail=0, named=True)

    comes_to_what_really_happens(to_act(plan.inputs), plan.end, BOOKS[name])
