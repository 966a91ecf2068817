"""Several versions of one rulebook: which of them a case gets, and which are refused together."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.db.library import Shelf
from orchestrator.errors import BadConfig
from orchestrator.replay import Replay
from orchestrator.rulebook import in_force
from tests.books import changed, shipped
from tests.doors.house import CONFIG, beijing, empty_database, house, parts, quiet
from tests.test_replay import opens, sends

SHIPPED = "seed-2022.toml"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's config with one rulebook, to be edited."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    to = tmp_path / "config"
    shutil.copytree(CONFIG, to)
    for other in (to / "rulebooks").glob("*.toml"):
        if other.name != SHIPPED:
            other.unlink()
    return to


def version(config: Path, number: int, day: str, file: str | None = None) -> None:
    """The shipped rulebook as another version, beside it or in its place."""
    text = (CONFIG / "rulebooks" / SHIPPED).read_text("utf-8")
    text = text.replace("version = 1", f"version = {number}").replace("2022-12-12", day)
    assert f"version = {number}" in text
    (config / "rulebooks" / (file or f"v{number}.toml")).write_text(text, "utf-8")


def started(config: Path, database: Path) -> Orchestrator:
    clock = VirtualClock(beijing("2025-03-03 10:00"))
    with quiet():
        return Orchestrator.from_config(config, database=f"sqlite:///{database}", clock=clock)


def errors_of(config: Path, database: Path) -> list[str]:
    with pytest.raises(BadConfig) as raised:
        started(config, database)
    return raised.value.errors


SAID = "rulebook seed-2022: effective_from: a later day for a later version, got"


def said(first: str, second: str) -> str:
    return f"{SAID} {first} and {second}"


def test_two_versions_with_one_first_day_are_refused_by_name(config: Path, tmp_path: Path) -> None:
    version(config, 2, "2022-12-12")

    wanted = said("2022-12-12 for version 1", "2022-12-12 for version 2")
    path = config / "rulebooks/v2.toml"
    assert errors_of(config, tmp_path / "x.db") == [f"{path}: {wanted}"]


def test_a_version_number_that_goes_back_is_refused_by_name(config: Path, tmp_path: Path) -> None:
    version(config, 3, "2024-01-01")
    version(config, 2, "2025-01-01")

    wanted = said("2025-01-01 for version 2", "2024-01-01 for version 3")
    path = config / "rulebooks/v3.toml"
    assert errors_of(config, tmp_path / "x.db") == [f"{path}: {wanted}"]


@pytest.mark.parametrize(
    ("number", "day", "first", "second"),
    [
        (3, "2024-01-01", "2024-01-01 for version 2", "2024-01-01 for version 3"),
        (1, "2025-01-01", "2025-01-01 for version 1", "2024-01-01 for version 2"),
    ],
    ids=["the same day", "a number that goes back"],
)
def test_a_version_that_does_not_fit_those_of_the_database_is_refused_by_name(
    config: Path, tmp_path: Path, number: int, day: str, first: str, second: str
) -> None:
    """Also when the file of the other version is gone: the database keeps it."""
    version(config, 2, "2024-01-01", SHIPPED)
    started(config, tmp_path / "x.db").close()
    version(config, number, day, SHIPPED)

    assert errors_of(config, tmp_path / "x.db") == [said(first, second)]


def test_what_an_older_program_let_in_does_not_stop_this_one(config: Path, tmp_path: Path) -> None:
    """Two versions of one day that are in the database already."""
    started(config, tmp_path / "x.db").close()
    twin, text = changed({}, version=2)
    with house(path=tmp_path / "x.db") as there, there.orchestrator.store.write() as tx:
        tx.one(
            "INSERT INTO rulebooks (name, version, hash, content, recorded_at)"
            " VALUES (?, ?, ?, ?, 0)",
            *(twin.name, twin.version, twin.hash, text),
        )
    version(config, 3, "2025-03-04")

    started(config, tmp_path / "x.db").close()


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("2000-01-01", 1),
        ("2022-12-12", 1),
        ("2025-03-04", 1),
        ("2025-03-05", 2),
        ("2025-03-06", 3),
        ("9000-01-01", 3),
    ],
)
def test_the_version_in_force_is_the_latest_whose_day_has_come(when: str, number: int) -> None:
    days = {1: "2022-12-12", 2: "2025-03-05", 3: "2025-03-06"}
    books = [changed({}, version=n, effective_from=day)[0] for n, day in reversed(days.items())]
    other = shipped("marketplace-practice")[0]

    found = in_force([other, *books], "seed-2022", date.fromisoformat(when))

    assert found is not None
    assert found.version == number


# -- a history across the boundary --------------------------------------------------------------

LONGER = {"ip_complaint.appeal_window": {"days": 10}}
STORY = [
    opens("2025-03-04 23:59:59.999999", "A", "shop-1"),
    opens("2025-03-05 00:00", "B", "shop-1"),
    sends("2025-03-05 10:00", "A", "uphold", "staff", lane="minor"),
    sends("2025-03-05 11:00", "B", "uphold", "staff", lane="minor"),
    sends("2025-03-11 10:00", "A", "appeal", "respondent", grounds="too late"),
    sends("2025-03-11 11:00", "B", "appeal", "respondent", grounds="in time"),
]


def test_a_replay_across_the_boundary_gives_each_case_the_version_of_its_opening(
    tmp_path: Path,
) -> None:
    second = changed(LONGER, version=2, effective_from="2025-03-05")
    shelf = Shelf((*parts().shelf.rulebooks, second), parts().shelf.calendars)
    with house("2026-01-01 00:00", path=empty_database(tmp_path / "r.db"), shelf=shelf) as there:
        done = Replay(there.orchestrator).run([json.dumps(line) for line in STORY])
        cases = {case: there.orchestrator.case(case) for case in "AB"}

        assert there.orchestrator.verify() == []
    assert (done.applied, done.refused) == (6, 1)
    assert {name: case["state"] for name, case in cases.items()} == {
        "A": "final_upheld",
        "B": "staff_intervention",
    }
    assert {name: case["rulebook"][:11] for name, case in cases.items()} == {
        "A": "seed-2022@1",
        "B": "seed-2022@2",
    }
