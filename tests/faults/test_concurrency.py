"""Concurrency (rows 11 to 22): several processes on one file, each with its own connections."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator import daemon as daemon_module
from orchestrator.clock import WallClock
from orchestrator.daemon import Daemon
from orchestrator.errors import Conflict
from tests.daemon import herd
from tests.doors.house import (
    FILING,
    REGISTRATION,
    House,
    empty_database,
    files_a_complaint,
    house,
)
from tests.faults.processes import Voice, children, says_what_it_logs, together
from tests.test_replay import RIGHT

WHEN, MAY = "2025-03-03 10:00", "2025-05-01 00:00"
EACH = 6  # acts of each process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_database(tmp_path / "shared.db")


def in_order(path: Path) -> None:
    """Nothing is wrong with what several processes have written."""
    with house(WHEN, path=path) as there:
        assert there.orchestrator.verify() == []
        assert there.orchestrator.incidents.all() == []


# -- daemons ------------------------------------------------------------------------------------


def stands_by(path: Path, voice: Voice) -> None:
    """A daemon that tells what it logs, and asks without rest whether the first one is gone."""
    daemon_module.STAND_BY_S = 0.01  # type: ignore[assignment]
    with house(WHEN, path=path) as there:
        there.clock.move_to(WallClock().now())
        says_what_it_logs(voice)
        Daemon(there.orchestrator, accept_clock=True).run()


@pytest.mark.fault(9, 11)
def test_the_second_daemon_says_that_it_stands_by_and_takes_over_when_the_first_is_killed(
    path: Path,
) -> None:
    def daemon(voice: Voice) -> None:
        stands_by(path, voice)

    with children(daemon) as (first,):
        first.hears_until("ready")
        with children(daemon) as (second,), house(WHEN, path=path) as there:
            said = second.hears()
            beside = files_a_complaint(there)
            first.gets(signal.SIGKILL)
            second.hears_until("ready")

            assert said == "another daemon has this file: standing by"
            assert not beside.refused


@pytest.mark.fault(11)
def test_nobody_beside_a_daemon_that_works_is_ever_told_that_the_file_is_locked(
    path: Path,
) -> None:
    def files(process: str) -> Callable[[House], Any]:
        return lambda there: [
            files_a_complaint(there, f"{process}{n}", f"shop-{n}").refused for n in range(EACH)
        ]

    with children(lambda voice: stands_by(path, voice)) as (daemon,):
        daemon.hears_until("ready")
        results = together(path, WHEN, *map(files, "ABCD"))
    assert results == [[False] * EACH] * 4
    in_order(path)


@pytest.mark.fault(13)
def test_four_processes_that_wake_for_the_same_dockets_take_each_step_once(
    tmp_path: Path,
) -> None:
    waiting = herd.make(tmp_path / "herd.db", 40)
    calm = Path(shutil.copy(waiting, tmp_path / "calm.db"))

    def wakes(there: House) -> int:
        there.orchestrator.engine.batch = 3
        return there.orchestrator.advance().firings

    firings = together(waiting, MAY, *[wakes] * 4)
    with house(MAY, path=calm) as there:
        alone = there.orchestrator.advance().firings
        wanted = herd.history(there.orchestrator)
    with house(MAY, path=waiting) as there:
        assert sum(firings) == alone
        assert herd.history(there.orchestrator) == wanted


# -- at once ------------------------------------------------------------------------------------


def says(there: House, case: str, event_: str, by: str, **facts: Any) -> list[Any]:
    """What came of an event: refused, why, and where the case then stood."""
    answer = there.orchestrator.inject(case, event_, by=by, facts=facts)
    return [answer.refused, answer.reason, answer.state]


@pytest.mark.fault(17)
def test_of_two_events_that_cannot_both_be_the_later_one_is_refused_with_what_is_allowed(
    path: Path,
) -> None:
    cases = [f"A{n}" for n in range(EACH)]
    with house(WHEN, path=path) as there:
        for case in cases:
            files_a_complaint(there, case)
            says(there, case, "uphold", "staff", lane="minor")
            says(there, case, "appeal", "respondent", grounds="a licence")
            says(there, case, "respond", "complainant", statement="it is ours")

    def withdraws(there: House) -> Any:
        return [says(there, case, "withdraw", "complainant") for case in cases]

    def grants(there: House) -> Any:
        return [says(there, case, "grant_appeal", "staff", reason="shown") for case in cases]

    both = together(path, WHEN, withdraws, grants)
    with house(WHEN, path=path) as there:
        for case, *two in zip(cases, *both, strict=True):
            (won,), (lost,) = ([t for t in two if t[0] is refused] for refused in (False, True))

            assert won[2] == there.orchestrator.case(case)["state"]
            assert f"case {case} is {won[2]} since " in lost[1]
    in_order(path)


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    ("lane", "shown"), [("minor", (2, 0, "good")), ("severe", (0, 6, "closed"))]
)
def test_a_cap_and_a_threshold_hold_when_they_are_passed_from_two_processes_at_once(
    path: Path, lane: str, shown: tuple[int, int, str]
) -> None:
    with house(WHEN, path=path) as there:
        for case in ("A0", "A1", "A2", "B0", "B1", "B2"):
            files_a_complaint(there, case)

    def upholds(process: str) -> Callable[[House], Any]:
        return lambda there: [
            says(there, f"{process}{n}", "uphold", "staff", lane=lane)[0] for n in range(3)
        ]

    results = together(path, WHEN, upholds("A"), upholds("B"))
    with house(WHEN, path=path) as there:
        standing = there.orchestrator.standing("shop-1")

    assert results == [[False] * 3] * 2
    assert (standing["points"], standing["strikes"], standing["state"]) == shown
    in_order(path)


@pytest.mark.fault(20)
def test_filings_that_read_each_others_dockets_at_once_wait_for_each_other_and_both_are_filed(
    path: Path,
) -> None:
    one, other = "a-shop", "z-shop"
    with house(WHEN, path=path) as there:
        for docket in (one, other):
            given = {"docket": docket, "by": "complainant"}
            opened = there.orchestrator.open
            opened("complainant_registration", facts=REGISTRATION, case=f"R-{docket}", **given)
            says(there, f"R-{docket}", "approve", "staff")
            opened("rights_registration", facts=RIGHT, case=f"T-{docket}", **given)
            says(there, f"T-{docket}", "confirm", "staff")

    def files(docket: str, holder: str) -> Callable[[House], Any]:
        facts = {**FILING, "complainant": holder}
        given = {"docket": docket, "by": "complainant", "facts": facts}
        return lambda there: [
            there.orchestrator.open("ip_complaint", **given).refused for _ in range(EACH)
        ]

    assert together(path, WHEN, files(one, other), files(other, one)) == [[False] * EACH] * 2
    in_order(path)


@pytest.mark.fault(52)
def test_one_key_that_is_used_by_three_processes_at_once_acts_once(path: Path) -> None:
    with house(WHEN, path=path) as there:
        files_a_complaint(there)

    def under_the_key(name: str, **facts: Any) -> Callable[[House], Any]:
        def does(there: House) -> Any:
            try:
                return there.orchestrator.inject(
                    "A", name, by="staff", facts=facts, key="k"
                ).as_data()
            except Conflict as conflict:
                return str(conflict)

        return does

    uphold, reject = under_the_key("uphold", lane="minor"), under_the_key("reject", reason="none")
    told = together(path, WHEN, uphold, uphold, reject)
    with house(WHEN, path=path) as there:
        (decided,) = [e["name"] for e in there.journal() if e["kind"] == "event"]
    same = told[:2] if decided == "uphold" else told[2:]
    others = [said for said in told if said not in same]

    assert sorted(answer.pop("repeated") for answer in same) == [False, True][: len(same)]
    assert same == same[:1] * len(same)
    assert set(others) == {"idempotency key 'k' of staff was used for something else"}
    in_order(path)


@pytest.mark.fault(22)
def test_an_act_that_races_a_daemon_at_the_due_instant_finds_that_time_has_passed(
    path: Path,
) -> None:
    due = "2025-03-07 00:00"
    with house(WHEN, path=path) as there:
        for n in range(EACH):
            files_a_complaint(there, f"A{n}", f"shop-{n}")
            says(there, f"A{n}", "uphold", "staff", lane="minor")

    def wakes(there: House) -> int:
        there.orchestrator.engine.batch = 1
        return there.orchestrator.advance().firings

    def appeals_too(there: House) -> Any:
        return [says(there, f"A{n}", "appeal", "respondent", grounds="x")[::2] for n in range(EACH)]

    _, told = together(path, due, wakes, appeals_too)

    assert told == [[True, "final_upheld"]] * EACH
    in_order(path)
