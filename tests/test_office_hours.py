"""Office hours at the doors: in a calendar's file, in a rulebook's check, on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, ROOT

EXAMPLE = ROOT / "examples/service_requests"
HEAD = 'zone = "Europe/Rome"\nweekend = ["sat", "sun"]\nannounced = "always"\n'
OFFICE = 'office = [{ from = "08:30", to = "17:00" }]'
REPORT = json.dumps({"kind": "pothole", "where": "right lane"})
NONE = "whose calendar.toml has no `office`"


@pytest.fixture
def city(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:  # noqa: F811
    """The program with a copy of the city's config, on a database that is not there yet."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    shutil.copytree(EXAMPLE / "config", cli.folder / "config")
    cli.config = cli.folder / "config"
    cli.path.unlink()
    return cli


# -- a rulebook that needs them -----------------------------------------------------------------


def shut(city: Cli) -> Path:
    """The city's calendar loses its hours."""
    calendar = city.config / "calendars/rome/calendar.toml"
    text = calendar.read_text("utf-8")
    assert OFFICE in text
    calendar.write_text(text.replace(OFFICE, ""), "utf-8")
    return city.config / "rulebooks/city-charter.toml"


NAMED = [
    "city-charter: service_request.triage_target: a calendar with office hours, got rome",
    "city-charter: service_request.triage_limit: a calendar with office hours, got rome",
    "city-charter: service_request.inspection_target: a calendar with office hours, got rome",
    "city-charter: service_request.inspection_limit: a calendar with office hours, got rome",
    "city-charter: service_request.level_2: a calendar with office hours, got rome",
]


def test_rulebook_check_names_every_span_that_the_calendar_cannot_count(city: Cli) -> None:
    file = shut(city)

    ran = city("rulebook", "check", str(file), "-o", "json")

    assert ran.code == 1
    assert ran.json["errors"] == [f"{file}: {said}, {NONE}" for said in NAMED]


@pytest.mark.parametrize("verb", [("workflow", "lint"), ("deadlines",), ("rulebook", "list")])
def test_nothing_starts_with_spans_that_the_calendar_cannot_count(
    city: Cli, verb: tuple[str, ...]
) -> None:
    file = shut(city)

    ran = city(*verb)

    assert (ran.code, ran.out, city.path.exists()) == (1, "", False)
    assert [said for said in NAMED if f"{file}: {said}, {NONE}" not in ran.said] == []


def test_with_its_hours_the_rulebook_passes(city: Cli) -> None:
    ran = city("rulebook", "check", str(city.config / "rulebooks/city-charter.toml"))

    assert (ran.code, ran.err) == (0, "")


def test_a_span_deep_in_a_list_is_found_too(city: Cli) -> None:
    """Of the marketplace's rulebook, whose calendar has no office hours."""
    book = CONFIG / "rulebooks/marketplace-practice.toml"
    text = book.read_text("utf-8")
    assert "window = { working_days = 3 }" in text
    copy = city.folder / "practice.toml"
    copy.write_text(text.replace("{ working_days = 3 }", "{ working_hours = 3 }"), "utf-8")
    city.config = CONFIG

    ran = city("rulebook", "check", str(copy), "-o", "json")

    assert ran.code == 1
    assert f"{copy}: marketplace-practice: supplement.window: a calendar with office hours," in (
        " ".join(ran.json["errors"])
    )
    assert len(ran.json["errors"]) == text.count("{ working_days = 3 }")


def test_windows_of_the_ledger_ask_no_calendar_and_so_no_office_hours(city: Cli) -> None:
    text = (CONFIG / "rulebooks/seed-2022.toml").read_text("utf-8")
    copy = city.folder / "seed.toml"
    copy.write_text(
        text.replace("free_window = { days = 5 }", "free_window = { working_hours = 5 }")
    )
    city.config = CONFIG

    ran = city("rulebook", "check", str(copy), "-o", "json")

    (error,) = ran.json["errors"]
    assert error == (
        f"{copy}: account_standing.general.free_window: calendar days or hours such as"
        " { days = 5 }, without roll, got {'working_hours': 5}"
    )


def test_a_scenario_cannot_put_it_under_a_calendar_without_hours(city: Cli) -> None:
    folder = city.config / "calendars/plain"
    folder.mkdir()
    (folder / "calendar.toml").write_text(HEAD, "utf-8")
    scenario = (EXAMPLE / "scenarios/too_late_to_reopen.toml").read_text("utf-8")
    (city.folder / "s.toml").write_text(f'calendar = "plain"\n{scenario}', "utf-8")

    ran = city("simulate", "s.toml")

    assert (ran.code, ran.out) == (1, "")
    assert "triage_target: a calendar with office hours, got plain, whose calendar.toml" in ran.said


def test_another_rulebook_may_be_put_under_a_calendar_without_hours(city: Cli) -> None:
    folder = city.config / "calendars/plain"
    folder.mkdir()
    (folder / "calendar.toml").write_text(HEAD, "utf-8")
    text = (city.config / "rulebooks/city-charter.toml").read_text("utf-8")
    text = text.replace("city-charter", "by-days").replace("working_hours", "hours")
    text = text.replace(", office = true", "")
    (city.config / "rulebooks/by-days.toml").write_text(text, "utf-8")
    scenario = (EXAMPLE / "scenarios/too_late_to_reopen.toml").read_text("utf-8")
    head = 'calendar = "plain"\nrulebook = "by-days"\n'
    (city.folder / "s.toml").write_text(f"{head}{scenario}", "utf-8")

    ran = city("simulate", "s.toml")

    assert (ran.code, ran.err) == (0, "")


def test_a_calendar_keeps_the_hours_with_which_it_came_into_use(city: Cli) -> None:
    """The database was made by the marketplace's config, whose rome has no office hours."""
    theirs, city.config = city.config, CONFIG
    assert city("case", "list").code == 0
    city.config = theirs

    ran = city("case", "list")

    assert (ran.code, ran.out) == (1, "")
    assert (
        "rulebook city-charter: service_request.triage_limit: a calendar with office hours, got"
        " rome, which came into use without: give the one with hours a new name"
    ) in ran.said


def test_a_draft_is_not_rehearsed_by_hours_that_its_calendar_came_into_use_without(
    city: Cli,
) -> None:
    book = city.config / "rulebooks/city-charter.toml"
    draft, text = city.folder / "draft.toml", book.read_text("utf-8")
    draft.write_text(text.replace("version = 1", "version = 2").replace("2025-", "2026-"), "utf-8")
    shut(city)
    text = text.replace("working_hours", "hours").replace(", office = true", "")
    book.write_text(text, "utf-8")
    opening = ("open", "service_request", "--docket", "via-appia-12", "--by", "citizen")
    assert city(*opening, "--facts", REPORT).code == 0
    calendar = city.config / "calendars/rome/calendar.toml"
    calendar.write_text(f"{HEAD}{OFFICE}\n", "utf-8")

    ran = city("rulebook", "rehearse", str(draft))

    assert (ran.code, ran.out) == (1, "")
    assert (
        "city-charter@2: service_request.triage_limit: a calendar with office hours, got rome,"
        " which came into use without"
    ) in ran.said


# -- on the command line ------------------------------------------------------------------------

START = "2025-04-24T15:30:00+02:00"


def test_calendar_due_counts_office_hours_day_by_day(city: Cli) -> None:
    ran = city("calendar", "due", START, "{ working_hours = 16 }", "-o", "json")

    assert ran.code == 0
    assert ran.json["due_at"] == "2025-04-29T14:30:00+02:00"
    assert [(line["day"][5:], line["what"]) for line in ran.json["days"]] == [
        ("04-24", "start"),
        ("04-24", "counted"),
        ("04-25", "skipped"),
        ("04-26", "skipped"),
        ("04-27", "skipped"),
        ("04-28", "counted"),
        ("04-29", "counted"),
    ]


def test_calendar_due_keeps_the_clock_time_of_days_in_office_hours(city: Cli) -> None:
    ran = city("calendar", "due", START, "{ working_days = 2, office = true }", "-o", "json")

    assert ran.json["due_at"] == "2025-04-29T15:30:00+02:00"
    assert ran.json["span"] == {"working_days": 2, "office": True}


@pytest.mark.parametrize("span", ["{ working_hours = 1 }", "{ working_days = 1, office = true }"])
def test_calendar_due_wants_a_calendar_with_office_hours(city: Cli, span: str) -> None:
    city.config = CONFIG

    ran = city("calendar", "due", START, span)

    assert (ran.code, ran.out) == (2, "")
    assert f"SPAN: a calendar with office hours, got cn, {NONE}" in ran.said


def test_calendar_show_tells_the_hours(city: Cli) -> None:
    assert "office hours 08:30 to 17:00" in city("calendar", "show").out
    assert city("calendar", "show", "-o", "json").json["office"] == [
        {"from": "08:30", "to": "17:00"}
    ]


def test_a_calendar_without_hours_is_shown_as_it_was(city: Cli) -> None:
    city.config = CONFIG

    assert "office" not in city("calendar", "show").out
    assert "office" not in city("calendar", "show", "-o", "json").json


def test_a_case_tells_how_its_office_hours_were_counted(city: Cli) -> None:
    opening = ("open", "service_request", "--docket", "via-appia-12", "--by", "citizen")
    assert city(*opening, "--case", "R", "--facts", REPORT, now="2025-03-03 16:00").code == 0

    said = " ".join(city("case", "show", "R").out.split())

    assert (  # 16:00 in Beijing is 09:00 in Rome
        "triage_target: city-charter: service_request.triage_target, working_hours = 4;"
        " start 2025-03-03 (Monday, 09:00);"
        " counted 2025-03-03 (Monday, 4:00 hours, 0:00 hours left); calendar rome, edition"
    ) in said
    assert "is not counted" not in said
