"""A docket that makes its process die is found by halving, and costs nobody a deadline (law 10).

Nothing can be caught of such a death, so each of these daemons is a child process that really ends:
in a fold that calls `os._exit`, or by a kill from outside.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.engine.tries import MOST_DEATHS
from tests.children import dies_in_a_child
from tests.doors import shaky
from tests.doors.house import House, empty_database, house
from tests.doors.shaky import CLAIM, PLEA, RULES

DOCKETS = 20
KILLER = "shop-13"
DUE = "2025-03-07T00:00:00+08:00"  # 24:00 of the third day


@contextmanager
def court(path: Path, when: str = "2025-03-20 10:00") -> Iterator[House]:
    """Twenty pleas filed on Monday 2025-03-03; their windows have long passed."""
    with house(when, path=path, workflows=(PLEA, CLAIM), rulebook=RULES) as there:
        there.orchestrator.engine.batch = 16
        yield there


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = empty_database(tmp_path / "k.db")
    with court(path, "2025-03-03 10:00") as there:
        for n in range(DOCKETS):
            there.orchestrator.open(
                "plea", docket=f"shop-{n:02}", by="complainant", case=f"plea-{n:02}"
            )
    return path


def deadly(what: str) -> None:
    """In place of a fold that raises: the process ends, and no handler sees it."""
    if what == f"fold of {KILLER}":
        os._exit(9)


def in_a_child(path: Path, act: Callable[[House], object]) -> bool:
    """Let a process of its own act; True: it died."""

    def acts() -> None:
        shaky._raise_if = deadly
        with court(path) as there:
            act(there)

    return dies_in_a_child(acts)


def advances(there: House) -> object:
    return there.orchestrator.advance()


def deaths_until_it_lives(path: Path) -> int:
    for deaths in range(30):
        if not in_a_child(path, advances):
            return deaths
    raise AssertionError("it never came to an end")


@pytest.mark.fault(47)
def test_the_docket_that_kills_is_found_by_halving_and_stopped(path: Path) -> None:
    deaths = deaths_until_it_lives(path)

    with court(path) as there:
        (incident,) = there.orchestrator.incidents.all()
        assert incident["docket"] == KILLER
        assert incident["error"] == (
            f"Killer: {MOST_DEATHS} processes died while each ran this docket alone"
        )
    assert deaths == 4 + MOST_DEATHS  # 16, 8, 4, 2, then alone


@pytest.mark.fault(47)
def test_every_other_docket_has_acted_at_its_own_instant(path: Path) -> None:
    deaths_until_it_lives(path)

    with court(path) as there:
        cases = {case["docket"]: case["state"] for case in there.orchestrator.cases(limit=100)}
        acted = [e for e in there.journal() if e["kind"] == "timer"]

        assert {docket for docket, state in cases.items() if state != "closed"} == {KILLER}
        assert {entry["effective_at"] for entry in acted} == {DUE}
        assert there.orchestrator.verify() == []
        assert there.rows("SELECT * FROM tries") == []


@pytest.mark.fault(47)
def test_mended_and_retried_it_acts_at_its_own_instant_too(path: Path) -> None:
    deaths_until_it_lives(path)

    with court(path) as there:
        settled = there.orchestrator.incidents.retry(1)
        (last,) = [e for e in there.journal() if e["docket"] == KILLER][1:]

        assert settled.settled
        assert (last["name"], last["effective_at"]) == ("window", DUE)


def test_what_a_person_sends_to_it_meanwhile_is_held_with_its_stamp(path: Path) -> None:
    deaths_until_it_lives(path)

    with court(path) as there:
        answer = there.orchestrator.inject("plea-13", "withdraw", by="complainant")

        assert answer.held == 1
        assert there.orchestrator.incidents.show(1)["held"][0]["at"] == "2025-03-20T10:00:00+08:00"


def kills_itself(there: House) -> object:
    """From outside, as an operator or a power cut would, in the middle of a batch."""

    def dies(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    there.orchestrator.engine.store.write = dies  # type: ignore[method-assign]
    return there.orchestrator.advance()


def stops_in_the_middle(there: House) -> object:
    there.orchestrator.engine.advance_batch()  # of 20, 16 are done and it is said that 4 are next
    return kills_itself(there)


@pytest.mark.fault(1, 47)
def test_a_kill_from_outside_makes_no_suspects(path: Path) -> None:
    for _ in range(2 * MOST_DEATHS):
        assert in_a_child(path, stops_in_the_middle)

    with court(path) as there:
        there.orchestrator.advance()

        assert there.orchestrator.incidents.all() == []
        assert {case["state"] for case in there.orchestrator.cases(limit=100)} == {"closed"}


def test_a_process_that_ends_in_peace_takes_back_what_it_said(path: Path) -> None:
    with court(path) as there:
        there.orchestrator.engine.advance_batch()
        assert len(there.rows("SELECT * FROM tries")) == 1

    with court(path) as there:
        assert there.rows("SELECT * FROM tries") == []
    assert not list(path.parent.glob("*.alive-*"))


def test_what_a_living_process_is_at_is_left_alone(path: Path) -> None:
    with court(path) as first, court(path) as second:
        first.orchestrator.engine.advance_batch()
        second.orchestrator.advance()

        assert [row[1] for row in first.rows("SELECT * FROM tries")] == [
            first.orchestrator.store.living.me
        ]
        assert second.orchestrator.incidents.all() == []


def test_files_of_the_dead_are_cleared_away(path: Path) -> None:
    deaths_until_it_lives(path)

    with court(path) as there:
        there.orchestrator.advance()

        assert not [
            file
            for file in path.parent.glob("*.alive-*")
            if not file.name.endswith(there.orchestrator.store.living.me)
        ]
