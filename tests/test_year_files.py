"""Year files: every error at once, each by its line and its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import BadConfig
from orchestrator.yearfiles import Lines, read_year
from tests.doors.house import CONFIG

GOOD = """{
  "year": 2027,
  "papers": ["https://www.gov.cn/2027"],
  "days": [
    {
      "name": "元旦",
      "date": "2027-01-01",
      "isOffDay": true
    },
    { "name": "元旦", "date": "2027-01-02", "isOffDay": false }
  ]
}
"""


def errors_of(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is said of a file, without its path."""
    path = tmp_path / "2027.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadConfig) as raised:
        read_year(path)

    assert all(error.startswith(str(path)) for error in raised.value.errors)
    return [
        error.removeprefix(f"{path}, ").removeprefix(f"{path}: ") for error in raised.value.errors
    ]


def test_a_year_is_read(tmp_path: Path) -> None:
    path = tmp_path / "next year.json"
    path.write_text(GOOD, "utf-8")

    assert read_year(path) == (
        2027,
        [
            {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
            {"name": "元旦", "date": "2027-01-02", "isOffDay": False},
        ],
    )


@pytest.mark.parametrize(
    "text", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()]
)
def test_what_another_editor_adds_to_a_file_is_no_error(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "2027.json"
    path.write_bytes(text)

    assert read_year(path)[0] == 2027


WRONG = [
    (
        "2027-01-01",
        "2027-02-30",
        "line 7: days.0.date: a date such as 2026-10-01, got '2027-02-30'",
    ),
    ("2027-01-01", "2029-01-01", "line 7: days.0.date: a day in or next to 2027, got 2029-01-01"),
    ("2027-01-01", "2026-11-30", "line 7: days.0.date: a day in or next to 2027, got 2026-11-30"),
    ("2027-01-01", "2027-01-02", "line 10: days.1.date: 2027-01-02 stands at line 7 too"),
    ('"2027-01-01"', "20270101", "line 7: days.0.date: a date such as 2026-10-01, got 20270101"),
    (
        '{ "name": "元旦", "date": "2027-01-02", "isOffDay": false }',
        "3",
        "line 10: days.1: a table, got 3",
    ),
    ("true", '"yes"', "line 8: days.0.isOffDay: true or false, got 'yes'"),
    ("true", "1", "line 8: days.0.isOffDay: true or false, got 1"),
    ('"isOffDay": true', '"isOffDay": true, "colour": 3', "line 8: days.0.colour: unknown; got 3"),
    ('"元旦",\n', '"",\n', "line 6: days.0.name: at least 1 character, got ''"),
    ('      "name": "元旦",\n', "", "line 5: days.0.name: required, and missing"),
    ("2027,", '"2027",', "line 2: year: a whole number, got '2027'"),
    ("2027,", "99999,", "line 2: year: at most 9000, got 99999"),
    ('"year": 2027,', '"years": 2027,', "line 1: year: required, and missing"),
    ('["https', '[7, "https', "line 3: papers.0: a text, got 7"),
    (
        "2027,",
        "2026,",
        "line 2: year: the year of its days, got 2026, and none is of that year (2027-01-01 …)",
    ),
    ('"year": 2027,', '"year": 2027,\n"year": 2027,', "line 3: year: the key stands at line 2 too"),
    (
        '"isOffDay": true',
        '"isOffDay": true,\n"isOffDay": false',
        "line 9: days.0.isOffDay: the key stands at line 8 too",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_an_error_is_told_by_its_line_and_its_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    found = errors_of(tmp_path, GOOD.replace(old, new, 1))

    assert said in found
    assert [error for error in found if error != said and "years: unknown" not in error] == []


def test_all_errors_of_a_file_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("2027,", '"x",').replace("2027-01-02", "2027-13-02").replace("true", "null")

    assert [error.partition(":")[0] for error in errors_of(tmp_path, text)] == [
        "line 2",
        "line 8",
        "line 10",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "year": 2027,\n  "days": [}\n', "line 3, column 12: not JSON (Expecting value)"),
        ("", "line 1, column 1: not JSON (Expecting value)"),
        (
            '["2027"]',
            (
                "not a calendar year: an object with year and days, in the form of holiday-cn,"
                ' got ["2027"]'
            ),
        ),
        (
            '{"name": "x", "version": 1}',
            (
                "not a calendar year: an object with year and days, in the form of holiday-cn,"
                " got one with name, version"
            ),
        ),
        (
            "{}",
            (
                "not a calendar year: an object with year and days, in the form of holiday-cn,"
                " got one with nothing"
            ),
        ),
        (
            GOOD.encode("gbk"),
            "line 6: text in UTF-8, got the byte 0xb5: save the file as UTF-8",
        ),
        (
            GOOD.encode("utf-16"),
            "line 1: text in UTF-8, got the byte 0xff: save the file as UTF-8",
        ),
    ],
)
def test_a_file_that_is_no_calendar_year_is_told_as_such(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    assert errors_of(tmp_path, text) == [said]


def test_a_long_file_of_something_else_is_not_repeated(tmp_path: Path) -> None:
    (said,) = errors_of(tmp_path, f"[{'1, ' * 500}1]")

    assert said.endswith("1, 1…")
    assert len(said) < 200


def test_a_number_beyond_all_digits_is_told(tmp_path: Path) -> None:
    (said,) = errors_of(tmp_path, f'{{"year": {"9" * 5_000}}}')

    assert said.startswith("not a readable JSON file (")


def test_a_folder_is_no_year_file(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        read_year(tmp_path)


@pytest.mark.parametrize("day", ["2026-12-01", "2026-12-31", "2028-01-31"])
def test_a_notice_may_name_days_next_to_its_year(tmp_path: Path, day: str) -> None:
    path = tmp_path / "2027.json"
    path.write_text(GOOD.replace("2027-01-02", day), "utf-8")

    assert read_year(path)[1][1]["date"] == day


def test_every_day_of_a_shipped_year_is_found_at_its_line() -> None:
    text = (CONFIG / "calendars/cn/2020.json").read_text("utf-8")
    lines, shown = Lines(text), text.splitlines()
    _, days = read_year(CONFIG / "calendars/cn/2020.json")

    for n, day in enumerate(days):
        assert day["date"] in shown[lines.of(("days", n, "date")) - 1]
