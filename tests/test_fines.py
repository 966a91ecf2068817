"""The fines example: a workflow of one's own, a hundred real cases, the log's very days."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.replay import Rejected, Replay, Replayed
from tests.doors.house import ROOT, quiet

FINES = ROOT / "examples/fines"
END = "2013-12-31T00:00:00+01:00"


def module(name: str) -> ModuleType:
    """A script of the example, which is no package."""
    spec = importlib.util.spec_from_file_location(f"fines_{name}", FINES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


CONVERT, COMPARE = module("convert"), module("compare")
LOG = CONVERT.rows(FINES / "fines_public_100_cases.csv")
LINES = list(CONVERT.lines(LOG))


@pytest.fixture
def fines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Orchestrator]:
    """The example's own config, on an empty database."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    with quiet(), _orchestrator() as found:
        yield found


def _orchestrator() -> Orchestrator:
    clock = VirtualClock(parse_instant("2014-01-01T00:00:00Z"))
    return Orchestrator.from_config(FINES / "config", database="sqlite://", clock=clock)


def replayed(fines: Orchestrator, *, between: bool = False) -> tuple[Replayed, list[Rejected]]:
    rejected: list[Rejected] = []
    if not between:
        return Replay(fines, reject=rejected.append).run(LINES, parse_instant(END)), rejected
    for start in range(0, len(LINES), 10):
        done = Replay(fines, reject=rejected.append).run(LINES[start : start + 10])
    fines.engine.advance(parse_instant(END))
    return done, rejected


def journal(fines: Orchestrator) -> list[dict[str, Any]]:
    entries = fines.queries.journal()
    return [{k: v for k, v in entry.items() if k != "recorded_at"} for entry in entries]


def test_every_penalty_of_the_log_is_found_on_its_very_day(fines: Orchestrator) -> None:
    replayed(fines)

    ours = COMPARE.last_counted_days(fines.queries.journal())
    found = COMPARE.compare(ours, CONVERT.penalty_days(LOG))
    assert (found.agree, found.differ) == (57, [])


def test_every_line_of_the_log_is_applied_and_none_is_refused(fines: Orchestrator) -> None:
    done, rejected = replayed(fines)

    assert rejected == []
    assert (done.lines, done.applied, done.refused) == (len(LINES), len(LINES), 0)
    assert fines.verify() == []


def test_one_advance_at_the_end_gives_the_journal_of_advances_between(
    fines: Orchestrator,
) -> None:
    replayed(fines)

    with _orchestrator() as other:
        replayed(other, between=True)

        assert journal(other) == journal(fines)


def test_nothing_of_this_is_ever_provisional(fines: Orchestrator) -> None:
    replayed(fines)

    assert fines.queries.blocked() == []
    assert [d for d in fines.deadlines(limit=1_000) if d["provisional"]] == []


def test_a_file_of_converted_lines_is_what_the_lines_are(tmp_path: Path) -> None:
    CONVERT.main(str(FINES / "fines_public_100_cases.csv"), str(tmp_path / "fines.jsonl"))

    assert (tmp_path / "fines.jsonl").read_text("utf-8").splitlines() == LINES


def test_the_workflow_is_written_against_the_core_alone() -> None:
    tree = ast.parse((FINES / "fines/fine.py").read_text("utf-8"))
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]

    strange = [name for name in named if not name.startswith("orchestrator.core")]
    assert set(strange) <= {"__future__", "decimal"}
