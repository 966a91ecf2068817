"""`calendar show` and `due`: what a reader sees of a year, and of a count."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.cli import yeargrid
from orchestrator.core.calendar import Edition
from orchestrator.core.instants import Zone
from tests.core.builders import CN
from tests.doors.conftest import Cli
from tests.doors.house import year_file


def words(text: str) -> list[str]:
    """The lines of a table, each with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines()]


# -- show ---------------------------------------------------------------------------------------


def test_a_year_is_drawn_so_that_no_colour_is_needed(cli: Cli) -> None:
    ran = cli("calendar", "show", "cn", "--year", "2025")

    lines = words(ran.out)
    assert "calendar cn, Asia/Shanghai: 2007 to 2026 are announced" in lines
    assert any("September 2025 October 2025" in line for line in lines)
    assert any("27· 28+ 20 21" in line for line in lines)  # a Sunday that is worked; October beside
    assert any("1* 2* 3* 4* 5*" in line for line in lines)
    assert any("6* 7* 8* 9 10 11+ 12·" in line for line in lines)
    assert "12 a working day 12· weekend 12* holiday 12+ make-up working day" in lines
    assert "国庆节、中秋节 2025-10-01 to 2025-10-08 2025-09-28, 2025-10-11" in lines


def test_without_a_year_the_present_one_is_drawn(cli: Cli) -> None:
    assert "March 2025" in cli("calendar", "show", now="2025-03-03 10:00").out
    assert "March 2026" in cli("calendar", "show", now="2026-01-01 00:00").out


def test_a_year_as_data_adds_up(cli: Cli) -> None:
    found = cli("calendar", "show", "cn", "--year", "2025", "-o", "json").json

    assert sum(month["working"] + month["off"] for month in found["months"]) == 365
    assert found["working_days"] == CN.count_working(
        date(2025, 1, 1).toordinal(), date(2025, 12, 31).toordinal()
    )
    assert {"day": "2025-10-11", "name": "国庆节、中秋节", "off": False} in found["days"]
    assert (found["is_announced"], found["weekend"]) == (True, ["sat", "sun"])
    assert found["file"].endswith("calendars/cn/2025.json")


def test_a_year_that_nobody_has_announced_says_so(cli: Cli) -> None:
    ran = cli("calendar", "show", "cn", "--year", "2027")
    found = cli("calendar", "show", "cn", "--year", "2027", "-o", "json").json

    assert "cn has not announced 2027: weekends and fixed days alone are off" in ran.out
    assert "1 January, every year 2027-01-01 –" in words(ran.out)
    assert (found["is_announced"], found["told"], found["file"]) == (False, [], None)


def test_who_announced_a_year_and_who_amended_it_is_told(waiting: Cli) -> None:
    waiting("calendar", "add", "2027.json")
    year_file(waiting.folder, "2027-01-01")
    waiting("calendar", "add", "2027.json", now="2026-12-31 09:00")

    ran = waiting("calendar", "show", "cn", "--year", "2027")
    told = waiting("calendar", "show", "cn", "--year", "2027", "-o", "json").json["told"]

    assert [at["announced_at"] for at in told] == [
        "2026-12-30T17:00:00+08:00",
        "2026-12-31T09:00:00+08:00",
    ]
    assert f"announced by edition {told[0]['edition']}, Wed 2026-12-30 17:00:00 +08:00" in ran.out
    assert f"amended by edition {told[1]['edition']}, Thu 2026-12-31 09:00:00 +08:00" in ran.out


def test_a_calendar_that_is_always_announced_says_so(cli: Cli) -> None:
    ran = cli("calendar", "show", "rome", "--year", "2090")

    assert "calendar rome, Europe/Rome: every year counts as announced" in ran.out
    assert "no day is off or worked for a reason of its own" in ran.out


@pytest.mark.parametrize("year", ["1899", "9001", "next"])
def test_a_year_that_is_none_is_a_wrong_command_line(cli: Cli, year: str) -> None:
    assert cli("calendar", "show", "cn", "--year", year).code == 2


def test_without_a_database_config_is_shown(cli: Cli) -> None:
    nowhere = f"sqlite:///{cli.folder / 'none.db'}"

    found = cli("calendar", "show", "-o", "json", database=nowhere).json

    assert (found["edition"], found["told"]) == (None, [])
    assert found["announced"][-1]["year"] == 2026
    assert not (cli.folder / "none.db").exists()


def friday_and_saturday() -> Edition:
    return Edition(
        "sa", Zone("Asia/Riyadh"), weekend=frozenset({4, 5}), fixed={}, always=True, years={}
    )


def test_a_week_ends_with_its_weekend(monkeypatch: pytest.MonkeyPatch) -> None:
    block = yeargrid._month(friday_and_saturday(), 2025, 3).plain.splitlines()

    assert words("\n".join(block))[1:3] == ["Su Mo Tu We Th Fr Sa", "1·"]
    assert words("\n".join(block))[3] == "2 3 4 5 6 7· 8·"


@pytest.mark.parametrize(("width", "in_a_row"), [(30, 1), (80, 2), (100, 3), (160, 4), (500, 4)])
def test_as_many_months_stand_in_a_row_as_there_is_room_for(width: int, in_a_row: int) -> None:
    assert len(yeargrid.grid(CN, 2025, width).columns) == in_a_row


# -- due ----------------------------------------------------------------------------------------


def due(cli: Cli, start: str, span: str, *more: str) -> list[str]:
    ran = cli("calendar", "due", start, span, *more)

    assert ran.code == 0
    return words(ran.out)


def test_each_day_says_its_place_in_the_count(cli: Cli) -> None:
    lines = due(cli, "2025-09-26T16:00:00+08:00", "{ working_days = 5 }")

    assert "Fri 2025-09-26 start Friday not counted" in lines
    assert "Sat 2025-09-27 skipped Saturday weekend" in lines
    assert "Sun 2025-09-28 counted 国庆节、中秋节, make-up working day working day 1 of 5" in lines
    assert "Wed 2025-10-01 skipped 国庆节、中秋节 holiday" in lines
    assert "Fri 2025-10-10 counted Friday working day 5 of 5" in lines
    assert any(line.endswith(": 5 days counted, 9 days passed over") for line in lines)


def test_a_rolled_count_says_which_day_it_rolled_to(cli: Cli) -> None:
    lines = due(cli, "2025-09-29T09:00:00+08:00", "{ days = 3, roll = true }")

    assert "Thu 2025-10-02 counted 国庆节、中秋节 day 3 of 3" in lines
    assert "Fri 2025-10-03 rolled 国庆节、中秋节 holiday" in lines
    assert "Thu 2025-10-09 last Thursday the next working day" in lines


def test_days_of_a_year_that_is_not_announced_are_marked(cli: Cli) -> None:
    start, span = "2026-12-30T10:00:00+08:00", "{ working_days = 3 }"
    lines = due(cli, start, span)
    found = cli("calendar", "due", start, span, "-o", "json").json

    assumed = "assumed: 2027 is not announced"
    assert "Thu 2026-12-31 counted Thursday working day 1 of 3" in lines
    assert f"Fri 2027-01-01 skipped 1 January, every year holiday; {assumed}" in lines
    assert f"Mon 2027-01-04 counted Monday working day 2 of 3; {assumed}" in lines
    marked = [day["day"] for day in found["days"] if day["provisional"]]
    assert marked[0] == "2027-01-01"
    assert marked[-1] == "2027-01-05"


def test_days_that_roll_ask_only_about_where_to(cli: Cli) -> None:
    found = cli(
        *("calendar", "due", "2026-12-30T10:00:00+08:00", "{ days = 3, roll = true }"),
        *("-o", "json"),
    ).json

    marked = [day["day"] for day in found["days"] if day["provisional"]]
    assert marked == ["2027-01-02", "2027-01-03", "2027-01-04"]  # day 3, and on from there


def test_hours_have_no_days(cli: Cli) -> None:
    lines = due(cli, "2025-09-26T16:00:00+08:00", "{ hours = 168 }")

    assert lines[0] == "hours run on"
    assert "due Fri 2025-10-03 16:00:00 +08:00" in lines[-1]


LONG = ("2025-01-02T10:00:00+08:00", "{ working_days = 200 }")


def test_the_middle_of_a_long_count_is_told_by_month_and_adds_up(cli: Cli) -> None:
    lines = due(cli, *LONG)
    found = cli("calendar", "due", *LONG, "-o", "json").json
    in_may = [d for d in found["days"] if d["day"].startswith("2025-05")]
    numbers = [day["n"] for day in in_may if day["n"]]

    assert len(lines) < 50
    assert (
        f"2025-05-01 to 31 {len(numbers)} counted, {31 - len(numbers)} skipped"
        f" 劳动节; 端午节 working days {numbers[0]} to {numbers[-1]} of 200"
    ) in lines
    ones = [line for line in lines if " counted " in line and " to " not in line]
    months = [int(line.split()[3]) for line in lines if "counted, " in line and " to " in line]
    assert sum(months) + len([line for line in ones if "working day " in line]) == 200


def test_a_long_count_is_told_day_by_day_on_wish(cli: Cli) -> None:
    lines = due(cli, *LONG, "--every-day")
    found = cli("calendar", "due", *LONG, "-o", "json").json

    assert len([line for line in lines if line[:3] in "MonTueWedThuFriSatSun"]) == len(
        found["days"]
    )
