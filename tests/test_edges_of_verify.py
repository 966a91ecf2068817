"""Findings of a review of `verify` and of incidents: each shows a fault, until it is mended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import Unavailable
from orchestrator.replay import history
from tests.core.builders import Told, merged, world_of
from tests.core.test_again import PING, PING_RULES, PONG, PONG_RULES, RULES, SMALL, faults, stored
from tests.doors.house import House
from tests.doors.shaky import CLAIM, MENDED, PLEA, broken, second_version
from tests.test_edges_of_replay import LATER, plea, texts
from tests.test_edges_of_taking import court
from tests.test_incidents import appeals, claims, pleads, states
from tests.test_replay import sends
from tests.test_replay_resumed import interrupted, replays


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.db"


# -- alarms that are false ----------------------------------------------------------------------


def workflows_of(world: Any) -> dict[str, Any]:
    return {definition: book.terms.workflow for (definition, _), book in world.books.items()}


def test_a_singleton_that_began_under_an_older_version_is_lived_again_under_it() -> None:
    books = [merged(PING_RULES, PONG_RULES)]
    told = Told(world_of(PING, PONG, books=books))
    told.opens("Mon 2025-03-10 09:00", "ping")
    told.says("Mon 2025-03-10 10:00", "hit")
    now = world_of(PING, PONG, replace(PONG, version=2), books=books)

    assert faults(stored(told), now, workflows_of(now)) == []


def not_any_more(case: Any, event: Any, view: Any) -> str:
    return "not any more"


def test_an_opening_that_an_older_version_refused_is_no_fault(path: Path) -> None:
    stricter = replace(CLAIM, version=2, opens=replace(CLAIM.opens, when=(not_any_more,)))
    with court(path) as there:
        assert claims(there).refused

    with court(path, workflows=(PLEA, CLAIM, stricter)) as there:
        assert there.orchestrator.verify() == []


def test_a_docket_that_was_read_and_then_moved_is_no_fault(path: Path) -> None:
    with court(path) as there:
        pleads(there, "H", "holder-1")
        there.move_to("2025-03-04 10:00")
        claims(there)
        with broken("guard"):
            appeals(there, "H")

    with court(path, "2025-03-05 11:00", second_version()) as there:
        assert there.orchestrator.incidents.retry(1).settled
        assert there.orchestrator.verify() == []


def test_two_moves_on_end_are_lived_again_one_by_one() -> None:
    world = world_of(SMALL, *(replace(SMALL, version=n) for n in (2, 3)), books=[RULES])
    told = Told(world)
    told.opens("Mon 2025-03-10 09:00", "small")
    for version in ("small@2", "small@3"):
        told.run.migrate({"small": next(d for d, _ in world.books if d.startswith(version))})

    assert faults(stored(told), world, workflows_of(world)) == []


def test_a_guard_that_raises_is_a_fault_of_its_docket_alone(path: Path) -> None:
    with court(path) as there:
        pleads(there, "A", "shop-1")
        pleads(there, "B", "shop-2")
        appeals(there)
        with broken("guard"):
            found = there.orchestrator.verify()

        assert [one.docket for one in found] == ["shop-1"]


# -- what it does not see -----------------------------------------------------------------------

COPY = "INSERT INTO cases SELECT 'Z', 'holder-1', {} FROM cases WHERE id = 'A'"
TAMPERED = {
    "a clock that is behind its last entry": "UPDATE dockets SET clock = clock - 1",
    "an edition that was never applied": "UPDATE dockets SET edition = edition + 7",
    "stopped by an incident that is not there": "UPDATE dockets SET incident = 99",
    "owned by a replay that is not there": "UPDATE dockets SET replay = '99'",
    "a timer that no new edition finds": "UPDATE timers SET by_calendar = 1 - by_calendar",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_verify_finds(path: Path, what: str) -> None:
    with court(path) as there:
        pleads(there, "A", "shop-1")
        with there.orchestrator.store.write() as tx:
            tx.one(TAMPERED[what])

        assert there.orchestrator.verify() != []


def test_verify_finds_a_case_in_a_docket_without_an_entry(path: Path) -> None:
    with court(path) as there:
        pleads(there, "A", "shop-1")
        claims(there)  # reads holder-1
        columns = [row[1] for row in there.rows("PRAGMA table_info(cases)")]
        with there.orchestrator.store.write() as tx:
            tx.one(COPY.format(", ".join(f'"{name}"' for name in columns[2:])))

        assert columns[:2] == ["id", "docket"]
        assert there.orchestrator.verify() != []


# -- incidents ----------------------------------------------------------------------------------

Bug = Callable[[], AbstractContextManager[Any]]


def same_as_without_a_bug(path: Path, story: Callable[[House, Bug], None]) -> None:
    """A story with a bug that is mended later comes to the same as without one."""
    with court(path) as there:
        story(there, lambda: broken("guard"))
        for incident in there.orchestrator.incidents.all():
            there.orchestrator.incidents.retry(incident["incident"])
        found = states(there), there.journal()
    with court(path.with_name("calm.db")) as there:
        story(there, nullcontext)

        assert found == (states(there), there.journal())


def claims_of(there: House, holder: str) -> None:
    facts = {"holder": holder}
    there.orchestrator.open("claim", docket="shop-9", by="complainant", facts=facts, case="C")


def test_a_held_opening_that_reads_its_own_docket_sees_what_came_before_it(
    path: Path,
) -> None:
    def story(there: House, bug: Bug) -> None:
        pleads(there, "H", "shop-9")
        with bug():
            appeals(there, "H")
        there.move_to("2025-03-03 11:00")
        there.orchestrator.inject("H", "withdraw", by="complainant")
        there.move_to("2025-03-03 12:00")
        claims_of(there, "shop-9")

    same_as_without_a_bug(path, story)


def test_a_held_opening_waits_for_both_of_its_dockets(path: Path) -> None:
    def story(there: House, bug: Bug) -> None:
        pleads(there, "H", "zz-holder")
        pleads(there, "A", "shop-9")
        with bug():
            appeals(there, "A")
            appeals(there, "H")
        there.move_to("2025-03-03 11:00")
        there.orchestrator.inject("H", "withdraw", by="complainant")
        there.move_to("2025-03-03 12:00")
        claims_of(there, "zz-holder")

    same_as_without_a_bug(path, story)


def test_held_inputs_are_decided_in_the_order_of_their_receipt(path: Path) -> None:
    with court(path) as there:
        pleads(there, "A", "shop-1")
        there.move_to("2025-03-03 12:00")
        with broken("guard"):
            appeals(there)
        there.clock._at -= 3_600_000_000
        there.orchestrator.inject("A", "withdraw", by="complainant")

        done = there.orchestrator.incidents.retry(1)

        assert [answer["state"] for answer in done.decided] == ["appealed", "withdrawn"]


def test_a_retry_in_the_middle_of_a_replay_costs_no_line(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "SLICE", 3)
    lines = texts(
        plea("2025-03-03 10:00", "A"),
        plea("2025-03-03 10:00", "B"),
        sends("2025-03-03 11:00", "A", "appeal", "respondent", grounds="x"),
        sends("2025-03-04 12:00", "B", "withdraw", "complainant"),
    )
    with court(path, LATER) as there:
        with broken("guard"):
            interrupted(there, lines)
        with suppress(Unavailable):
            there.orchestrator.incidents.retry(1)
        _, rejected = replays(there, lines)

        assert rejected == []


def test_a_process_that_does_not_know_a_definition_does_not_retry(path: Path) -> None:
    with court(path, workflows=(PLEA, MENDED, CLAIM)) as there:
        pleads(there, "A", "shop-1")
        with broken("guard"):
            appeals(there)

    with court(path) as there:
        with suppress(Unavailable):
            there.orchestrator.incidents.retry(1)

        assert [entry["kind"] for entry in there.journal()] == ["opened"]
