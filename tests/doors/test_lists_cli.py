"""Lists at the command line: filters, pages, days, files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from icalendar import Calendar

from orchestrator.db.store import Store
from tests.doors.conftest import Cli


@pytest.fixture
def desk(cli: Cli) -> Cli:
    """Complaints A to E of two shops, filed on Monday 2025-03-03 at 10:00; B is upheld."""
    for case in "ABCDE":
        cli.files(case, f"shop-{'ABCDE'.index(case) % 2}")
    cli("inject", "B", "uphold", "--by", "staff", "--facts", '{"lane": "general"}')
    return cli


def ids(cli: Cli, *words: str) -> list[str]:
    return [case["case"] for case in cli("case", "list", *words, "-o", "json").json]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), "ABCDE"),
        (("--state", "appeal_window"), "B"),
        (("--state", "appeal_window", "--state", "under_review", "--docket", "shop-1"), "BD"),
        (("--points-from", "8", "--workflow", "ip_complaint"), "BD"),
        (("--due-before", "2025-03-07T00:00:01+08:00", "--docket", "shop-0"), "ACE"),
        (("--opened-before", "2025-03-03T10:00:00+08:00"), ""),
        (("--opened-since", "2025-03-03T10:00:00+08:00", "--text", "counterfeit TM-1"), "ABCDE"),
        (("--text", "nothing like it"), ""),
        (("--overdue",), ""),
        (("--stopped",), ""),
    ],
    ids=" ".join,
)
def test_filters_are_joined_by_and(desk: Cli, words: tuple[str, ...], found: str) -> None:
    assert ids(desk, "--workflow", "ip_complaint", *words) == list(found)


def test_pages_are_read_one_after_the_other(desk: Cli) -> None:
    words = ("case", "list", "--workflow", "ip_complaint", "--limit", "2")
    first = desk(*words, "-o", "json").json
    second = desk(*words, "--after", first["next"], "-o", "json").json
    last = desk(*words, "--after", second["next"], "-o", "json").json

    pages = [[case["case"] for case in page["cases"]] for page in (first, second, last)]
    assert pages == [["A", "B"], ["C", "D"], ["E"]]
    assert last["next"] is None


def test_a_table_says_on_stderr_how_it_goes_on(desk: Cli) -> None:
    words = ("case", "list", "--workflow", "ip_complaint", "--limit", "4")
    ran = desk(*words)
    after = ran.said.removeprefix("there is more: --after ")

    assert "--after" not in ran.out
    rest = desk(*words, "--after", after)
    assert (rest.out.splitlines()[1].split()[0], rest.err) == ("E", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("case", "list", "--after", "x"), "after: what the page before gave as `next`, got 'x'"),
        (("case", "list", "--sort", "id"), "order: opened or due, got 'id'"),
        (("case", "list", "--text", " "), "text: words of 1 to 1000 characters"),
        (("case", "list", "--due-before", "2025"), "--due-before: an instant such as"),
        (("case", "list", "--opened-since", "2025"), "--opened-since: an instant such as"),
        (("case", "list", "--opened-before", "2025"), "--opened-before: an instant such as"),
        (("deadlines", "--after", "x"), "after: what the page before gave as `next`, got 'x'"),
        (("deadlines", "--until", "2025-02-30"), "--until: an instant such as"),
        (("deadlines", "--ical", "a.ics", "--frozen"), "--ical: all that are pending"),
        (("deadlines", "--ical", "-", "-o", "json"), "--ical: a file beside -o json, got -"),
        (("deadlines", "--ical", "no/such/folder/a.ics"), "a.ics cannot be written"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_cannot_be_read_is_a_usage_error(desk: Cli, words: tuple[str, ...], said: str) -> None:
    ran = desk(*words)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.said


def test_misspelt_names_are_not_found_and_told_what_there_is(desk: Cli) -> None:
    state = desk("case", "list", "--state", "review")
    role = desk("deadlines", "--role", "boss")

    assert (state.code, role.code) == (3, 3)
    assert "no state 'review'; there are appeal_window," in state.said
    assert "no role 'boss'; there are " in role.said


def test_deadlines_stand_under_the_day_on_which_they_end(desk: Cli) -> None:
    ran = desk("deadlines", "--docket", "shop-1", now="2025-03-05 09:00")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]

    assert [line for line in lines if "day" in line.split(",")[-1] and "from" in line] == [
        "Thu 2025-03-06, working day 1 from today",
        "Mon 2025-03-17, working day 8 from today",
    ]
    at = lines.index("Thu 2025-03-06, working day 1 from today")
    assert lines[at + 1].startswith("Fri 2025-03-07 00:00:00 +08:00 (24:00 of Thu 6 March)")
    assert "complainant, respondent" in next(line for line in lines if "appeal_window" in line)


def test_what_is_due_already_comes_first_and_what_stands_still_is_told(desk: Cli) -> None:
    desk("inject", "A", "request_supplement", "--by", "staff", "--facts", '{"wanted": "x"}')
    ran = desk("deadlines", now="2025-03-07 10:00")
    still = desk("deadlines", "--frozen")

    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[1] == "due already"
    assert "left out: 2 deadlines that stand still; `orchestrator deadlines --frozen`" in ran.said
    assert [line.split()[:3] for line in still.out.splitlines()[2:]] == [
        ["frozen", "review_limit", "A"],
        ["frozen", "review_target", "A"],
    ]


def test_until_a_day_reaches_to_its_end(desk: Cli) -> None:
    found = [
        {d["name"] for d in desk("deadlines", "--until", until, "-o", "json").json}
        for until in ("2025-03-05", "2025-03-06", "2025-03-06T23:59:59+08:00")
    ]

    assert found == [set(), {"review_target", "appeal_window"}, set()]


def test_a_calendar_file_holds_all_of_them_and_stdout_will_do(desk: Cli, tmp_path: Path) -> None:
    told = desk("deadlines", "--ical", "all.ics", "--limit", "1")
    shown = desk("deadlines", "--ical", "-")
    asked = desk("deadlines", "--ical", "more.ics", "-o", "json").json
    count = len(desk("deadlines", "-o", "json").json)

    written = (tmp_path / "all.ics").read_bytes()
    assert len(list(Calendar.from_ical(written).walk("VEVENT"))) == count
    assert shown.out.encode() == written
    assert " ".join(told.out.split()) == f"all.ics: {count} deadlines"
    assert asked == {"file": "more.ics", "deadlines": count}


def test_a_stopped_case_is_marked_with_its_incident(desk: Cli) -> None:
    store = Store(f"sqlite:///{desk.path}")
    with store.write() as tx:
        tx.open_incident("shop-1", 0, "Boom", "traceback", None)
    store.dispose()
    lines = desk("case", "list", "--stopped").out.splitlines()[1:]

    assert [line.split()[0] for line in lines if "ip_complaint" in line] == ["B", "D"]
    assert all(line.rstrip().endswith("stopped by incident 1") for line in lines)


def test_reindex_makes_anew_what_verify_found_wrong(desk: Cli) -> None:
    connection = sqlite3.connect(desk.path)
    connection.execute("DELETE FROM texts WHERE \"case\" = 'A'")
    connection.commit()
    connection.close()
    spoilt = desk("journal", "verify")
    tried = desk("db", "reindex", "--dry-run", "-o", "json").json
    still = desk("journal", "verify")
    done = desk("db", "reindex")

    assert (spoilt.code, still.code) == (1, 1)
    assert tried == {"texts": 5, "written": False}
    assert "5 texts and the points of all dockets were made anew" in " ".join(done.out.split())
    assert desk("journal", "verify").code == 0
    assert "A" in ids(desk, "--text", "counterfeit")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no deadline is pending"),
        (("--frozen",), "no deadline stands still"),
        (("--docket", "shop-0"), "no such deadline is pending"),
        (("--role", "staff", "--days", "2"), "no such deadline is pending"),
        (("--workflow", "ip_complaint", "--frozen"), "no such deadline stands still"),
    ],
    ids=["none at all", "none stands still", "of a docket", "of a role soon", "of a workflow"],
)
def test_where_one_was_asked_for_the_answer_does_not_say_that_there_is_none_at_all(
    cli: Cli, words: tuple[str, ...], said: str
) -> None:
    assert cli("deadlines", *words).out.strip() == said
