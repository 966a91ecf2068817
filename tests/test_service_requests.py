"""The service requests of a city: a workflow of a user's own that lives by office hours."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.calendars import edition_from
from orchestrator.clock import VirtualClock
from orchestrator.core.diagram import mermaid
from orchestrator.core.instants import micros, parse_instant
from orchestrator.core.spans import end, parse_span
from orchestrator.db.library import Shelf
from orchestrator.registry import Registry, load
from orchestrator.replay import Rejected, Replay
from orchestrator.scenario import read_scenario, simulate
from orchestrator.settings import read_settings
from tests.core.drawings import unchanged
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import ROOT, quiet

EXAMPLE = ROOT / "examples/service_requests"
CONFIG = EXAMPLE / "config"
SCENARIOS = sorted((EXAMPLE / "scenarios").glob("*.toml"))
HISTORY = (EXAMPLE / "history.jsonl").read_text("utf-8").splitlines()
PAGE = (ROOT / "docs/how-to/count-office-hours.md").read_text("utf-8")
ROME = ZoneInfo("Europe/Rome")
END = "2025-06-06T12:00:00+02:00"


@cache
def its_registry() -> Registry:
    before = list(sys.path)
    try:
        return load(["service_requests"], beside=EXAMPLE)
    finally:
        sys.path[:] = before


@cache
def its_shelf() -> Shelf:
    return read_shelf(CONFIG, its_registry())


def orchestrator(when: str = "2025-12-31T00:00:00+01:00") -> Orchestrator:
    clock = VirtualClock(parse_instant(when))
    return Orchestrator.from_config(
        CONFIG, database="sqlite://", clock=clock, registry=its_registry()
    )


def journal(there: Orchestrator) -> list[dict[str, Any]]:
    entries = there.queries.journal()
    return [{k: v for k, v in entry.items() if k != "recorded_at"} for entry in entries]


# -- stories ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_of_the_city_holds(path: Path) -> None:
    with quiet():
        report = simulate(read_scenario(path), its_shelf(), its_registry(), read_settings(CONFIG))

    assert report.unmet == []


def test_the_history_is_replayed_whole_and_comes_to_what_the_page_says() -> None:
    rejected: list[Rejected] = []
    with quiet(), orchestrator() as city:
        done = Replay(city, reject=rejected.append).run(HISTORY, parse_instant(END))
        cases = {case["case"]: (case["state"], case["overdue"]) for case in city.cases()}

        assert (rejected, done.applied, done.refused) == ([], len(HISTORY), 0)
        assert city.verify() == []
    assert cases == {
        "R1": ("closed", False),
        "R2": ("closed", False),
        "R3": ("unanswered", False),
        "R4": ("received", True),
    }


def test_one_advance_at_the_end_gives_the_journal_of_advances_between() -> None:
    with quiet(), orchestrator() as city, orchestrator() as slow:
        Replay(city).run(HISTORY, parse_instant(END))
        for n in range(0, len(HISTORY), 3):
            Replay(slow).run(HISTORY[n : n + 3])
        slow.engine.advance(parse_instant(END))

        assert journal(slow) == journal(city)


# -- any story ----------------------------------------------------------------------------------

ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "triage": ("staff", {"department": "roads", "danger": False}),
    "ask": ("staff", {"question": "where?"}),
    "answer": ("citizen", {"answer": "there"}),
    "make_safe": ("department", {}),
    "inspect": ("inspector", {"finding": "deep"}),
    "resolve": ("department", {"finding": "filled"}),
    "decline": ("department", {"reason": "private ground"}),
    "reopen": ("citizen", {"reason": "again"}),
    "withdraw": ("citizen", {}),
    "accept": ("citizen", {}),
}
LIKELY = st.sampled_from([*ACTS, "triage", "ask", "answer", "inspect", "resolve", "reopen"])
GAPS = st.one_of(
    st.integers(0, 600), st.integers(0, 4 * 24 * 60), st.just(24 * 60), st.integers(0, 30 * 24 * 60)
)
MOVES = st.lists(st.tuples(GAPS, LIKELY, st.booleans(), st.booleans()), max_size=12)
STARTS = st.sampled_from(
    [
        "2025-03-28T16:00:00+01:00",  # the clocks go forward
        "2025-04-17T16:30:00+02:00",  # Easter, then 25 April and 1 May
        "2025-10-24T16:59:00+02:00",  # the clocks go back
        "2026-12-28T10:00:00+01:00",  # the next year is not announced
    ]
)
REPORT = {"kind": "pothole", "where": "right lane"}


def lives(city: Orchestrator, start: str, moves: list[Any], *, awake: bool) -> None:
    """A request, and what is done with it; a daemon wakes up where the move says so, or never."""
    now = parse_instant(start)
    city.clock.move_to(now)
    city.open("service_request", docket="via-appia-12", by="citizen", facts=REPORT, case="R")
    for gap, event, danger, wakes in moves:
        now += gap * 60_000_000
        city.clock.move_to(now)
        if wakes and awake:
            city.engine.advance()
        by, facts = ACTS[event]
        facts = {**facts, "danger": danger} if event == "triage" else facts
        city.inject("R", event, by=by, facts=facts)
    city.clock.move_to(now + 40 * 86_400_000_000)
    city.engine.advance()


@settings(deadline=None, max_examples=25)
@given(STARTS, MOVES)
def test_whoever_wakes_up_when_the_city_comes_to_the_same_history(start, moves):
    with quiet(), orchestrator(start) as city, orchestrator(start) as alone:
        lives(city, start, moves, awake=True)
        lives(alone, start, moves, awake=False)

        assert journal(alone) == journal(city)
        assert city.verify() == []
        every_deadline_is_found_by_walking(journal(city))


def every_deadline_is_found_by_walking(entries: list[dict[str, Any]]) -> None:
    """What was armed, unless it was past when it was."""
    for entry in entries:
        for told in entry["content"].get("armed", ()):
            if "working_hours" in told["span"] or "office" in told["span"]:
                walked = walk(entry["effective_at"], told["span"])
                assert told["due_at"] == walked.isoformat(), (entry, told)


FEASTS = {
    day["date"]
    for year in (2025, 2026)
    for day in json.loads((CONFIG / f"calendars/rome/{year}.json").read_text("utf-8"))["days"]
}


def walk(start: str, span: dict[str, Any]) -> datetime:
    """To the end of a span a minute at a time, by the clock on the wall; starts are whole minutes."""
    now = datetime.fromisoformat(start).astimezone(ROME).replace(tzinfo=None)  # none is at night
    while not works(now):
        now += timedelta(minutes=1)
    left = span["working_hours"] * 60 if "working_hours" in span else span["working_days"]
    step = timedelta(minutes=1) if "working_hours" in span else timedelta(days=1)
    while left:
        left -= works(now) if "working_hours" in span else works(now + step)
        now += step
    return now.replace(tzinfo=ROME)


def works(wall: datetime) -> bool:
    feast = f"{wall:%Y-%m-%d}" in FEASTS or (wall.month, wall.day) == (1, 1)
    return wall.weekday() < 5 and not feast and "08:30" <= f"{wall:%H:%M}" < "17:00"


# -- what it is made of -------------------------------------------------------------------------


def test_its_definition_is_sound_and_the_one_that_is_locked(cli: Cli) -> None:  # noqa: F811
    cli.config = CONFIG

    ran = cli("workflow", "lint", "-o", "json")

    assert (ran.code, ran.json) == (0, {"flaws": []})


def test_its_drawing_is_the_committed_one() -> None:
    path = ROOT / "tests/golden/service_request.mmd"

    unchanged(
        mermaid(its_registry().workflow("service_request")), path, "tests/test_service_requests.py"
    )


def test_the_workflow_is_written_against_the_core_alone() -> None:
    tree = ast.parse((EXAMPLE / "service_requests/request.py").read_text("utf-8"))
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]

    strange = [name for name in named if not name.startswith("orchestrator.core")]
    assert set(strange) <= {"__future__", "typing", "pydantic"}


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_holidays_of_the_city_agree_with_a_witness_on_every_day(
    year: int,
) -> None:
    edition = edition_from(its_shelf().calendars["rome"])
    witness = holidays.country_holidays("IT", subdiv="RM", years=year)

    days = [date(year, 1, 1) + timedelta(n) for n in range(365)]
    assert {d for d in days if not edition.is_working(d.toordinal())} == {
        d for d in days if d in witness or d.weekday() >= 5
    }


# -- the page -----------------------------------------------------------------------------------

ROWS = re.findall(
    r"^\| (\w{3} [\d-]+ [\d:]+) \| `([^`]+)` \| (\w{3} [\d-]+ [\d:]+) \|", PAGE, re.MULTILINE
)


def in_rome(when: str) -> int:
    """`Mon 2025-03-03 10:00` in Rome; the weekday must be true."""
    there = datetime.fromisoformat(when[4:]).replace(tzinfo=ROME)
    assert f"{there:%a}" == when[:3]
    return micros(there)


@pytest.mark.parametrize(("start", "span", "ends"), ROWS)
def test_a_worked_example_of_the_page_holds(start: str, span: str, ends: str) -> None:
    edition = edition_from(its_shelf().calendars["rome"])
    counted = parse_span(tomllib.loads(f"span = {span}")["span"])

    found = end(counted, 0, in_rome(start), (), edition)

    assert found.at == in_rome(ends)


def test_the_page_has_worked_examples_of_both_kinds() -> None:
    assert {"office" in span for _, span, _ in ROWS} == {True, False}
    assert len(ROWS) >= 12
