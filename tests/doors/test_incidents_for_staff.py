"""What staff see of incidents at the command line, in the shipped workflows (law 10)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.diaries.bugs import bug_in, mend
from tests.doors.conftest import Cli, Ran
from workflows.ip_complaint import silence_speaks_against_the_complainant, the_complaint

APPEAL = ("--by", "respondent", "--facts", json.dumps({"grounds": "we are licensed"}))
UPHOLD = ("--by", "staff", "--facts", json.dumps({"lane": "general"}))
SAID = "ZeroDivisionError: planted in the_complaint"


def appeals(cli: Cli, *more: str, case: str = "A", now: str = "2025-03-07 23:59") -> Ran:
    return cli("inject", case, "appeal", *APPEAL, *more, now=now)


@pytest.fixture
def upheld(busy: Cli) -> Iterator[Cli]:
    """Complaints A of shop-1 and B of shop-2, upheld on Tuesday 4 March: to be appealed by the 7th."""
    busy.files("B", "shop-2")
    for case in "AB":
        assert busy("inject", case, "uphold", *UPHOLD, now="2025-03-04 10:00").code == 0
    yield busy
    mend()


@pytest.fixture
def stopped(upheld: Cli) -> Cli:
    """The appeal in A met a bug in the last minute; it is the next morning."""
    with bug_in(the_complaint):
        assert appeals(upheld, "--idempotency-key", "a1").code == 0
    upheld.now = "2025-03-08 09:00"
    return upheld


WORDS = "received, decided after incident 1"


# -- what the party is told -------------------------------------------------------------------


def test_who_appeals_is_told_that_it_was_received_and_that_is_no_error(upheld: Cli) -> None:
    with bug_in(the_complaint):
        ran = appeals(upheld)

    assert (ran.code, ran.out.strip()) == (0, WORDS)


def test_what_is_sent_to_a_stopped_docket_is_received_and_told_so_again(stopped: Cli) -> None:
    withdraws = ("inject", "A", "withdraw", "--by", "complainant")

    first = stopped(*withdraws, "--idempotency-key", "w1", "-o", "json")
    again = stopped(*withdraws, "--idempotency-key", "w1", "-o", "json")

    assert (first.code, first.json["held"], first.json["reason"]) == (0, 1, WORDS)
    assert (first.json["refused"], first.json["state"]) == (False, None)
    assert again.json == {**first.json, "repeated": True}


def test_a_preview_in_a_stopped_docket_says_so_and_writes_nothing(stopped: Cli) -> None:
    before = stopped.everything()

    ran = stopped("inject", "A", "withdraw", "--by", "complainant", "--dry-run")

    assert (ran.code, ran.out.strip()) == (0, f"preview, nothing is written: {WORDS}")
    assert stopped.everything() == before


# -- what staff look at -----------------------------------------------------------------------


def test_the_list_has_each_stopped_docket_with_what_is_held(stopped: Cli) -> None:
    with bug_in(the_complaint, "shop-2"):
        appeals(stopped, case="B", now="2025-03-07 23:59:30")

    listed = stopped("incident", "list", "-o", "json").json
    lines = stopped("incident", "list").out.splitlines()

    assert listed["blocked"] == []
    assert listed["incidents"] == [
        {
            "incident": number,
            "docket": docket,
            "opened_at": opened,
            "error": SAID,
            "held": 1,
            "closed_at": None,
        }
        for number, docket, opened in (
            (1, "shop-1", "2025-03-07T23:59:00+08:00"),
            (2, "shop-2", "2025-03-07T23:59:30+08:00"),
        )
    ]
    assert [line.split() for line in lines] == [
        ["incident", "docket", "opened", "error", "held", "settled"],
        ["1", "shop-1", "Fri", "2025-03-07", "23:59:00", "+08:00", *SAID.split(), "1", "–"],
        ["2", "shop-2", "Fri", "2025-03-07", "23:59:30", "+08:00", *SAID.split(), "1", "–"],
    ]


def test_one_incident_is_shown_with_its_traceback_and_what_is_held(stopped: Cli) -> None:
    text = stopped("incident", "show", "1").out
    shown = stopped("incident", "show", "1", "-o", "json").json

    first, second, *_ = text.splitlines()
    assert first == "incident 1: docket shop-1 at Fri 2025-03-07 23:59:00 +08:00"
    assert second == "stopped until `orchestrator incident retry 1`, once it is mended"
    assert f"\n{SAID}\n" in text
    assert text.splitlines()[-1].split()[4:] == [
        "inject",
        "A",
        "appeal",
        "respondent",
        "shop-1",
        "–",
    ]
    assert shown["traceback"].endswith(f"{SAID}\n")
    assert shown["held"][0]["given"] == {"grounds": "we are licensed"}


@pytest.mark.parametrize("verb", ["show", "retry"])
@pytest.mark.parametrize("number", ["0", "9", "-1", "99999999999999999999"])
def test_an_unknown_number_is_not_found(stopped: Cli, verb: str, number: str) -> None:
    ran = stopped("incident", verb, "--", number)

    assert (ran.code, ran.out) == (3, "")
    assert ran.said.replace("open ", "") == f"error: no incident {number}"


def test_case_deadlines_and_forecast_of_a_stopped_docket_name_its_incident(stopped: Cli) -> None:
    case = stopped("case", "show", "A").out
    due = stopped("deadlines").out.splitlines()
    ahead = stopped("forecast", "A").out

    sentence = "stopped by incident 1: nothing acts and what is sent is held until it is settled"
    assert sentence in case
    assert "A: ip_complaint of docket shop-1: appeal_window" in case
    assert [line.endswith("stopped by incident 1") for line in map(str.rstrip, due)] == [
        "shop-1" in line for line in due
    ]
    assert sentence in ahead
    assert "nothing happens by itself" in ahead
    assert "in the end A is appeal_window" in ahead


def test_the_same_in_json(stopped: Cli) -> None:
    case = stopped("case", "show", "A", "-o", "json").json
    due = stopped("deadlines", "-o", "json").json
    ahead = stopped("forecast", "A", "-o", "json").json

    assert (case["incident"], [d["incident"] for d in case["deadlines"]]) == (1, [1])
    assert {(d["docket"], d["incident"]) for d in due} == {("shop-1", 1), ("shop-2", None)}
    assert (ahead["incident"], ahead["steps"], ahead["end"]["state"]) == (1, [], "appeal_window")


def test_a_forecast_that_runs_into_a_bug_says_where_and_changes_nothing(upheld: Cli) -> None:
    appeals(upheld)
    before = upheld.everything()

    with bug_in(silence_speaks_against_the_complainant):
        ran = upheld("forecast", "A")

    assert (ran.code, ran.out) == (5, "")
    assert "docket shop-1 would be stopped on the way: ZeroDivisionError" in ran.said
    assert upheld.everything() == before


def test_an_advance_neither_counts_nor_moves_what_is_stopped(stopped: Cli) -> None:
    preview = stopped("advance", "--dry-run")
    done = stopped("advance")

    assert preview.out.strip() == "preview, nothing is written: 1 timer is due"
    assert done.out.startswith("1 timer acted in 1 docket; ")
    assert stopped("advance", "--dry-run").out.strip().endswith("0 timers are due")


def test_a_blocked_deadline_is_listed_with_the_year_that_it_waits_for(upheld: Cli) -> None:
    upheld.now = "2026-12-30 10:00"
    upheld.files("C", "shop-3")
    upheld.now = "2027-01-07 10:00"

    listed = upheld("incident", "list")
    blocked = upheld("incident", "list", "-o", "json").json["blocked"]

    assert listed.out.splitlines() == [
        "no incident",
        "blocked: review_target of case C (docket shop-3) waits for calendar cn to announce 2027",
    ]
    assert [(b["name"], b["case"], b["missing"]) for b in blocked] == [
        ("review_target", "C", [2027])
    ]


# -- the retry --------------------------------------------------------------------------------


def test_a_retry_while_the_bug_is_there_says_so_and_keeps_the_docket_stopped(stopped: Cli) -> None:
    with bug_in(the_complaint):
        tried = stopped("incident", "retry", "1", "--dry-run")
        text = stopped("incident", "retry", "1")
        done = stopped("incident", "retry", "1", "-o", "json")

    assert (text.code, text.out.strip()) == (1, f"incident 1 is not settled: {SAID}")
    assert (tried.code, tried.out.splitlines()) == (
        1,
        ["preview, nothing is written; a retry would say:", text.out.strip()],
    )
    assert (done.code, done.json["settled"], done.json["error"]) == (1, False, SAID)
    assert stopped("incident", "list", "-o", "json").json["incidents"][0]["held"] == 1


def test_a_previewed_retry_says_what_the_retry_then_does(stopped: Cli) -> None:
    before = stopped.everything()

    tried = stopped("incident", "retry", "1", "--dry-run")
    unchanged = stopped.everything()
    done = stopped("incident", "retry", "1")

    assert unchanged == before
    assert (tried.code, done.code) == (0, 0)
    head, *rest = tried.out.splitlines()
    assert head == "preview, nothing is written; a retry would say:"
    assert rest == done.out.splitlines()
    assert rest[:3] == [
        "incident 1 is settled: docket shop-1 goes on, 1 held input decided, 0 timers acted",
        "Fri 2025-03-07 23:59:00 +08:00: appeal by respondent about case A",
        "case A of docket shop-1 is awaiting_complainant",
    ]


def test_a_settled_incident_is_history(stopped: Cli) -> None:
    settled = stopped("incident", "retry", "1", "-o", "json").json
    again = stopped("incident", "retry", "1")
    shown = stopped("incident", "show", "1").out
    everything = stopped("incident", "list", "--all", "-o", "json").json["incidents"]

    (told,) = settled["decided"]
    assert (told["at"], told["name"], told["by"], told["state"]) == (
        "2025-03-07T23:59:00+08:00",
        "appeal",
        "respondent",
        "awaiting_complainant",
    )
    assert (again.code, again.said) == (3, "error: no open incident 1")
    assert stopped("incident", "list").out.strip() == "no incident"
    assert "settled at Sat 2025-03-08 09:00:00 +08:00" in shown
    assert [(i["held"], i["closed_at"]) for i in everything] == [(0, "2025-03-08T09:00:00+08:00")]
    assert stopped("journal", "verify").code == 0


def test_of_two_incidents_each_is_settled_by_itself(stopped: Cli) -> None:
    with bug_in(the_complaint, "shop-2"):
        appeals(stopped, case="B", now="2025-03-07 23:59:30")
        one = stopped("incident", "retry", "1", now="2025-03-08 09:00")
        two = stopped("incident", "retry", "2")

    assert (one.code, two.code) == (0, 1)
    assert [i["docket"] for i in stopped("incident", "list", "-o", "json").json["incidents"]] == [
        "shop-2"
    ]
