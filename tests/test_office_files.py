"""Office hours in a calendar's file: strict, and nothing new where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.calendars import edition_from, read_calendar, with_year
from orchestrator.errors import BadConfig
from tests.doors.house import CONFIG

HEAD = 'zone = "Europe/Rome"\nweekend = ["sat", "sun"]\nannounced = "always"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    to = tmp_path / "rome"
    to.mkdir()
    return to


def reads(folder: Path, office: str) -> str:
    (folder / "calendar.toml").write_text(f"{HEAD}{office}\n", "utf-8")
    return read_calendar(folder)


WRONG = [
    ('office = "08:30"', "office: a list, got '08:30'"),
    ('office = { from = "08:30", to = "17:00" }', "office: a list, got {'from': '08:30'"),
    ('office = ["08:30"]', "office.0: a table, got '08:30'"),
    ('office = [{ from = "08:30" }]', "office.0.to: required, and missing"),
    (
        'office = [{ from = "8:30", to = "17:00" }]',
        "office.0.from: a clock time such as 08:30, got",
    ),
    ('office = [{ from = "08:30", to = "24:01" }]', "office.0.to: a clock time such as 08:30, got"),
    ('office = [{ from = "08:60", to = "17:00" }]', "office.0.from: a clock time such as 08:30"),
    ("office = [{ from = 08:30:00, to = 17 }]", "office.0.from: a text, got datetime.time(8, 30)"),
    (
        'office = [{ from = "08:30", to = "17:00", day = "mon" }]',
        "office.0.day: unknown; got 'mon'",
    ),
    (
        'office = [{ from = "17:00", to = "08:30" }]',
        "office: clock times, each later than the one before, got 17:00, 08:30",
    ),
    (
        'office = [{ from = "08:30", to = "13:00" }, { from = "12:00", to = "17:00" }]',
        "office: clock times, each later than the one before, got 08:30, 13:00, 12:00, 17:00",
    ),
    (
        'office = [{ from = "08:30", to = "12:00" }, { from = "12:00", to = "17:00" }]',
        "office: clock times, each later than the one before, got 08:30, 12:00, 12:00, 17:00",
    ),
    (
        'office = [{ from = "08:30", to = "08:50" }, { from = "09:00", to = "09:39" }]',
        "office: at least 60 minutes a day in all, got 59",
    ),
]


@pytest.mark.parametrize(("office", "words"), WRONG)
def test_an_error_in_office_hours_is_told_by_its_place(
    folder: Path, office: str, words: str
) -> None:
    with pytest.raises(BadConfig) as raised:
        reads(folder, office)

    assert raised.value.errors[0].startswith(f"{folder / 'calendar.toml'}: {words}")


def test_office_hours_are_read_and_kept_when_a_year_is_announced(folder: Path) -> None:
    text = reads(
        folder, 'office = [{ from = "00:00", to = "12:30" }, { from = "13:30", to = "24:00" }]'
    )
    later = with_year(text, 2027, [{"name": "feast", "date": "2027-01-04", "isOffDay": True}])

    told = [{"from": "00:00", "to": "12:30"}, {"from": "13:30", "to": "24:00"}]
    assert [hours.as_data() for hours in edition_from(later).hours] == told
    assert json.loads(text)["office"] == told


@pytest.mark.parametrize("office", ["", "office = []"])
def test_a_calendar_without_office_hours_says_what_it_always_said(
    folder: Path, office: str
) -> None:
    text = reads(folder, office)

    assert json.loads(text).keys() == {
        *("name", "zone", "weekend", "fixed", "announced", "source", "licence", "years")
    }
    assert edition_from(text).office is None


def test_the_shipped_calendars_have_none() -> None:
    shipped = [read_calendar(path.parent) for path in CONFIG.glob("calendars/*/calendar.toml")]

    assert [text for text in shipped if "office" in json.loads(text)] == []
