"""The service requests of a city: a workflow of a user's own that lives by office hours."""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import holidays
import pytest

from orchestrator.calendars import edition_from
from orchestrator.core.diagram import mermaid
from orchestrator.core.instants import micros, parse_instant
from orchestrator.core.spans import end, parse_span
from orchestrator.replay import Rejected, Replay
from orchestrator.scenario import read_scenario, simulate
from orchestrator.settings import read_settings
from tests.city import CONFIG, EXAMPLE, ROME, a_city, its_registry, its_shelf, journal
from tests.core.drawings import unchanged
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import ROOT, quiet

SCENARIOS = sorted((EXAMPLE / "scenarios").glob("*.toml"))
HISTORY = (EXAMPLE / "history.jsonl").read_text("utf-8").splitlines()
PAGE = (ROOT / "docs/how-to/count-office-hours.md").read_text("utf-8")
END = "2025-06-06T12:00:00+02:00"


# -- stories ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_of_the_city_holds(path: Path) -> None:
    with quiet():
        report = simulate(read_scenario(path), its_shelf(), its_registry(), read_settings(CONFIG))

    assert report.unmet == []


def test_the_history_is_replayed_whole_and_comes_to_what_the_page_says() -> None:
    rejected: list[Rejected] = []
    with quiet(), a_city() as city:
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
    with quiet(), a_city() as city, a_city() as slow:
        Replay(city).run(HISTORY, parse_instant(END))
        for n in range(0, len(HISTORY), 3):
            Replay(slow).run(HISTORY[n : n + 3])
        slow.engine.advance(parse_instant(END))

        assert journal(slow) == journal(city)


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
