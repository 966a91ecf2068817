"""Calendar files: strict, every error at once; a year that is announced moves what hung on it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.api import Orchestrator
from orchestrator.calendars import edition_from, read_calendar
from orchestrator.clock import VirtualClock
from orchestrator.errors import BadConfig, NotFound
from orchestrator.yearfiles import read_year
from tests.doors.house import CONFIG, House, beijing, files_a_complaint, quiet

NEW_YEAR = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
REST = [{"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": True} for n in (1, 4, 5, 6)]
HEAD = 'zone = "Asia/Shanghai"\nweekend = ["sat", "sun"]\nannounced = "by_year"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    to = tmp_path / "cn"
    to.mkdir()
    (to / "calendar.toml").write_text(HEAD, "utf-8")
    return to


def year_file(folder: Path, *days: Any, year: Any = 2027, name: str = "2027", **more: Any) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"year": year, "days": days, **more}, ensure_ascii=False), "utf-8")
    return path


def errors_of(folder: Path) -> list[str]:
    with pytest.raises(BadConfig) as raised:
        read_calendar(folder)

    return [error.replace(f"{folder}/", "") for error in raised.value.errors]


# -- calendar.toml ------------------------------------------------------------------------------

WRONG = [
    ("colour = 3", "calendar.toml: colour: unknown; got 3"),
    ('fixed = ["1-1"]', "calendar.toml: fixed.0: a month and a day"),
    ("fixed = [1]", "calendar.toml: fixed.0: a text, got 1"),
    ('fixed = ["13-01"]', "calendar.toml: fixed.0: a month and a day"),
    ('fixed = ["02-30"]', "calendar.toml: fixed.0: a month and a day"),
    ('zone = "x"', "calendar.toml: not a readable TOML file (Cannot overwrite a value"),
    ("[", "calendar.toml: not a readable TOML file ("),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_an_error_in_the_settings_of_a_calendar_is_told(
    folder: Path, text: str, words: str
) -> None:
    (folder / "calendar.toml").write_text(f"{HEAD}{text}\n", "utf-8")

    (error,) = errors_of(folder)

    assert error.startswith(words)


CHANGED = [
    ("Asia/Shanghai", "Asia/Nowhere", "calendar.toml: zone: an IANA time zone such as"),
    ('"sat", "sun"', '"sat", "dom"', "calendar.toml: weekend.1: one of 'mon', 'tue'"),
    (
        '"sat", "sun"',
        '"mon","tue","wed","thu","fri","sat","sun"',
        "calendar.toml: weekend: at most 6 items, got 7",
    ),
    ("by_year", "sometimes", "calendar.toml: announced: one of 'by_year' or 'always'"),
    ('zone = "Asia/Shanghai"', "zone = 8", "calendar.toml: zone: a text"),
    ('zone = "Asia/Shanghai"\n', "", "calendar.toml: zone: required, and missing"),
]


@pytest.mark.parametrize(("old", "new", "words"), CHANGED)
def test_a_wrong_value_is_told_with_what_was_wanted(
    folder: Path, old: str, new: str, words: str
) -> None:
    (folder / "calendar.toml").write_text(HEAD.replace(old, new), "utf-8")

    (error,) = errors_of(folder)

    assert error.startswith(words)


@pytest.mark.parametrize(
    ("text", "got"),
    [
        (HEAD.replace("Asia/Shanghai", "Asia/Nowhere"), "got 'Asia/Nowhere'"),
        (f'{HEAD}fixed = ["02-30"]\n', "got '02-30'"),
    ],
)
def test_what_came_is_repeated(folder: Path, text: str, got: str) -> None:
    (folder / "calendar.toml").write_text(text, "utf-8")

    assert got in errors_of(folder)[0]


@pytest.mark.parametrize("zone", ["", "..", "/etc/passwd", "Asia", "a\\u0000b"])
def test_a_zone_that_is_a_strange_path_is_told_as_the_zone(folder: Path, zone: str) -> None:
    (folder / "calendar.toml").write_text(HEAD.replace("Asia/Shanghai", zone), "utf-8")

    assert errors_of(folder)[0].startswith("calendar.toml: zone: ")


def test_zone_and_fixed_days_are_told_at_once(folder: Path) -> None:
    text = HEAD.replace("Asia/Shanghai", "Asia/Nowhere") + 'fixed = ["02-30"]\n'
    (folder / "calendar.toml").write_text(text, "utf-8")

    assert len(errors_of(folder)) == 2


def test_a_leap_day_may_be_a_holiday_every_year(folder: Path) -> None:
    (folder / "calendar.toml").write_text(f'{HEAD}fixed = ["02-29"]\n', "utf-8")

    assert edition_from(read_calendar(folder)).fixed[2, 29] == "29 February, every year"


# -- year files ---------------------------------------------------------------------------------


def test_bottomless_nesting_is_told(folder: Path) -> None:
    (folder / "2027.json").write_text("[" * 100_000, "utf-8")

    assert errors_of(folder)[0].startswith("2027.json: not a readable JSON file")


def test_a_year_under_another_years_name_is_told(folder: Path) -> None:
    year_file(folder, NEW_YEAR, name="2026")

    assert errors_of(folder) == ["2026.json, line 1: year: 2026 as the file is named, got 2027"]


def test_the_errors_of_every_file_are_told_at_once(folder: Path) -> None:
    (folder / "calendar.toml").write_text(f"{HEAD}colour = 3\n", "utf-8")
    year_file(folder, 3, name="2027")
    year_file(folder, NEW_YEAR, name="2026")

    assert [error.partition(":")[0] for error in errors_of(folder)] == [
        "calendar.toml",
        "2026.json, line 1",
        "2027.json, line 1",
    ]


def test_every_shipped_year_is_read() -> None:
    for path in sorted((CONFIG / "calendars/cn").glob("*.json")):
        year, days = read_year(path)

        assert str(year) == path.stem
        assert days


# -- in the database ----------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's config whose last announced year is 2026."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    to = tmp_path / "config"
    shutil.copytree(CONFIG, to)
    for path in (to / "calendars/cn").glob("*.json"):
        if int(path.stem) > 2026:
            path.unlink()
    return to


@pytest.fixture
def there(config: Path, tmp_path: Path) -> Iterator[House]:
    """A complaint filed on Friday 2026-12-25, whose review limit runs into 2027."""
    clock = VirtualClock(beijing("2026-12-25 10:00"))
    with quiet(), started(config, tmp_path / "x.db", clock) as orchestrator:
        house = House(orchestrator, clock)
        files_a_complaint(house)
        yield house


def started(config: Path, path: Path, clock: VirtualClock | None = None) -> Orchestrator:
    clock = clock or VirtualClock(beijing("2026-12-25 10:00"))
    return Orchestrator.from_config(config, database=f"sqlite:///{path}", clock=clock)


def limit_of(there: House) -> tuple[str, bool]:
    (limit,) = [d for d in there.orchestrator.deadlines() if d["name"] == "review_limit"]
    return limit["due_at"][:10], limit["provisional"]


def test_a_calendar_that_differs_warns_and_names_the_command(
    there: House, config: Path, tmp_path: Path
) -> None:
    year_file(config / "calendars/cn", NEW_YEAR)

    with started(config, tmp_path / "x.db") as again:
        (warning,) = again.warnings
        assert warning == (
            "calendar cn in config differs from the database, which counts:"
            " announce a year with `orchestrator calendar add FILE`"
        )
        assert again.edition("cn").years.keys() == there.orchestrator.edition("cn").years.keys()
        assert 2027 not in again.edition("cn").years


def test_the_same_calendar_warns_of_nothing(there: House, config: Path, tmp_path: Path) -> None:
    assert there.orchestrator.warnings == []
    with started(config, tmp_path / "x.db") as again:
        assert again.warnings == []


def test_after_the_announcement_the_file_and_the_database_agree(
    there: House, config: Path, tmp_path: Path
) -> None:
    path = year_file(config / "calendars/cn", NEW_YEAR)

    there.orchestrator.announce("cn", path)

    with started(config, tmp_path / "x.db") as again:
        assert again.warnings == []


def test_a_new_year_moves_provisional_deadlines_when_their_docket_is_next_locked(
    there: House, tmp_path: Path
) -> None:
    path = year_file(tmp_path, *REST)
    before = limit_of(there)

    done = there.orchestrator.announce("cn", path)
    announced = limit_of(there)
    there.orchestrator.advance()
    advanced = limit_of(there)

    assert (done["year"], done["pending"]) == (2027, 2)
    assert before == announced == ("2027-01-12", True)
    assert advanced == ("2027-01-15", False)
    changed = there.journal()[-1]
    assert (changed["kind"], changed["name"]) == ("calendar_changed", "cn")
    assert [moved["name"] for moved in changed["content"]["moved"]] == ["review_limit"]
    assert there.orchestrator.verify() == []


def test_an_event_finds_the_new_year_without_an_advance(there: House, tmp_path: Path) -> None:
    there.orchestrator.announce("cn", year_file(tmp_path, *REST))
    wanted = {"wanted": "papers"}
    there.orchestrator.inject("A", "request_supplement", by="staff", facts=wanted)

    kinds = [entry["kind"] for entry in there.journal()]
    assert kinds == ["opened", "calendar_changed", "event"]


def test_a_new_year_without_a_day_that_counts_only_makes_it_sure(
    there: House, tmp_path: Path
) -> None:
    there.orchestrator.announce("cn", year_file(tmp_path, NEW_YEAR))
    there.orchestrator.advance()

    assert limit_of(there) == ("2027-01-12", False)


def test_a_blocked_deadline_acts_at_the_instant_of_the_announcement(
    there: House, tmp_path: Path
) -> None:
    there.move_to("2027-03-01 09:00")
    there.orchestrator.advance()
    (blocked,) = there.orchestrator.queries.blocked()

    there.orchestrator.announce("cn", year_file(tmp_path, NEW_YEAR))
    there.orchestrator.advance()

    assert (blocked["name"], blocked["missing"]) == ("review_limit", [2027])
    assert there.orchestrator.queries.blocked() == []
    (fired,) = [e for e in there.journal() if e["name"] == "review_limit"]
    assert fired["effective_at"] == "2027-03-01T09:00:00+08:00"


def test_the_same_file_twice_says_nothing_new(there: House, tmp_path: Path) -> None:
    path = year_file(tmp_path, NEW_YEAR)
    first = there.orchestrator.announce("cn", path)
    there.orchestrator.advance()
    editions = there.rows("SELECT * FROM calendar_editions")
    journal = there.journal()

    again = there.orchestrator.announce("cn", path)
    there.orchestrator.advance()

    assert (first["edition"] is None, again["edition"]) == (False, None)
    assert there.rows("SELECT * FROM calendar_editions") == editions
    assert there.journal() == journal


def test_an_amended_year_is_a_new_edition(there: House, tmp_path: Path) -> None:
    first = there.orchestrator.announce("cn", year_file(tmp_path, NEW_YEAR))
    second = there.orchestrator.announce("cn", year_file(tmp_path, *REST))
    there.orchestrator.advance()

    assert second["edition"] == first["edition"] + 1
    assert limit_of(there) == ("2027-01-15", False)


def test_a_year_without_a_day_announces_nothing(there: House, tmp_path: Path) -> None:
    path = year_file(tmp_path)

    with pytest.raises(BadConfig) as raised:
        there.orchestrator.announce("cn", path)

    assert raised.value.errors == [
        f"{path}: days: at least one, for a year is announced by its days"
    ]


def test_a_calendar_that_is_not_there_is_named_with_those_that_are(
    there: House, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no calendar 'mars'; there are cn, rome"):
        there.orchestrator.announce("mars", year_file(tmp_path, NEW_YEAR))


def test_a_bad_file_announces_nothing(there: House, tmp_path: Path) -> None:
    editions = there.rows("SELECT * FROM calendar_editions")

    with pytest.raises(BadConfig):
        there.orchestrator.announce("cn", year_file(tmp_path, NEW_YEAR, NEW_YEAR))

    assert there.rows("SELECT * FROM calendar_editions") == editions


def test_a_year_that_was_announced_beside_config_is_no_difference(tmp_path: Path) -> None:
    shutil.copytree("config", tmp_path / "config")
    url = f"sqlite:///{tmp_path / 'case.db'}"
    year = tmp_path / "2027.json"
    year.write_text(json.dumps({"year": 2027, "papers": [], "days": [NEW_YEAR]}), "utf-8")
    with Orchestrator.from_config(tmp_path / "config", database=url) as first:
        first.announce("cn", year)
    with Orchestrator.from_config(tmp_path / "config", database=url) as second:
        assert second.warnings == []

    (tmp_path / "config" / "calendars" / "cn" / "2027.json").write_text(
        json.dumps({"year": 2027, "papers": [], "days": [{**NEW_YEAR, "name": "other"}]}), "utf-8"
    )
    with Orchestrator.from_config(tmp_path / "config", database=url) as third:
        assert "calendar add" in third.warnings[0]
