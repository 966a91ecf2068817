"""`case show --at` and `--known-at` at the command line, also of dockets that an incident stopped."""

from __future__ import annotations

import json
import sqlite3

import pytest

from tests.diaries.bugs import bug_in, mend
from tests.doors.conftest import Cli
from workflows.ip_complaint import the_complaint

MONDAY, TUESDAY, MIDNIGHT, LATE = (
    "2025-03-03T12:00:00+08:00",
    "2025-03-04T10:00:00+08:00",
    "2025-03-08T00:00:00+08:00",
    "2025-03-08T09:30:00+08:00",
)
UPHOLD = ("--by", "staff", "--facts", json.dumps({"lane": "severe"}))
SHOW = ("case", "show", "A")


@pytest.fixture
def late(busy: Cli) -> Cli:
    """Upheld on Tuesday, its window over on Friday at 24:00, which was noticed on Saturday at 09:30."""
    assert busy("inject", "A", "uphold", *UPHOLD, now="2025-03-04 10:00").code == 0
    assert busy("advance", now="2025-03-08 09:30").code == 0
    busy.now = "2025-03-08 10:00"
    return busy


def test_people_are_told_which_moment_they_see(late: Cli) -> None:
    was = late(*SHOW, "--at", MIDNIGHT).out.splitlines()
    known = late(*SHOW, "--known-at", "2025-03-08T00:00:00Z").out
    both = late(*SHOW, "--at", MIDNIGHT, "--known-at", LATE).out

    assert was[:2] == [
        "as it was at Sat 2025-03-08 00:00:00 +08:00 (24:00 of Fri 7 March):",
        "A: ip_complaint of docket shop-1: final_upheld",
    ]
    assert "as it had been recorded by Sat 2025-03-08 08:00:00 +08:00:" in known
    assert "A: ip_complaint of docket shop-1: appeal_window" in known
    assert "passed: it acts when its docket is next locked" in known
    assert "recorded by Sat 2025-03-08 09:30:00 +08:00, of what counts by Sat 2025-03-08" in both
    assert "event  by" in " ".join(was).replace("   ", " ") or any("then" in line for line in was)


def test_programs_are_given_the_shape_of_case_show(late: Cli) -> None:
    now = late(*SHOW, "-o", "json").json
    was = late(*SHOW, "--at", TUESDAY, "-o", "json").json

    assert list(was) == list(now)
    assert (was["state"], was["standing"]["strikes"]) == ("appeal_window", 1)
    assert late(*SHOW, "--at", LATE, "-o", "json").json == now
    assert late(*SHOW, "--known-at", LATE, "-o", "json").json == now


def test_looking_back_writes_nothing(late: Cli) -> None:
    before = late.everything()

    late(*SHOW, "--at", MONDAY)
    late(*SHOW, "--known-at", MIDNIGHT)

    assert late.everything() == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--at", "2025-03-03T09:59:59+08:00"), 3, "case 'A' was not open yet at 2025-03-03T09:"),
        (("--known-at", "2025-03-03T09:59:59+08:00"), 3, "case 'A' was not known yet"),
        (("--at", "2025-04-01T00:00:00+08:00"), 4, "`orchestrator forecast` looks beyond now"),
        (("--known-at", "2025-04-01T00:00:00+08:00"), 4, "known_at: an instant that has come"),
        (("--at", LATE, "--known-at", MIDNIGHT), 4, "at: an instant up to the one of known_at"),
        (("--at", "yesterday"), 2, "--at: an instant such as 2025-03-08T00:00:00+08:00, got"),
        (("--known-at", "2025-03-08T00:00:00"), 2, "--known-at: an instant such as"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value)[:9],
)
def test_what_cannot_be_shown_is_told(
    late: Cli, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = late(*SHOW, *words)

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.said


def test_a_past_that_does_not_follow_from_its_inputs_is_not_shown(late: Cli) -> None:
    with sqlite3.connect(late.path) as file:
        file.execute("UPDATE journal SET content = replace(content, 'severe', 'minor')")
    file.close()

    ran = late(*SHOW, "--at", TUESDAY)

    assert ran.code == 1
    assert (
        "entry 2 is not what its inputs come to: `orchestrator journal replay shop-1`" in ran.said
    )


# -- stopped dockets ----------------------------------------------------------------------------


@pytest.fixture
def stopped(late: Cli) -> Cli:
    """Staff's withdrawal on Saturday at 11:00 met a bug; it is noon."""
    with bug_in(the_complaint):
        ran = late("inject", "A", "withdraw", "--by", "complainant", now="2025-03-08 11:00")
    assert "decided after incident 1" in ran.out
    late.now = "2025-03-08 12:00"
    return late


def incident_of(cli: Cli, *words: str) -> int | None:
    shown: int | None = cli(*SHOW, *words, "-o", "json").json["incident"]
    return shown


def test_that_a_docket_stood_still_is_told_of_the_time_in_which_it_did(stopped: Cli) -> None:
    assert incident_of(stopped) == 1
    assert incident_of(stopped, "--known-at", "2025-03-08T10:59:59+08:00") is None
    assert incident_of(stopped, "--known-at", "2025-03-08T11:00:00+08:00") == 1
    assert incident_of(stopped, "--at", TUESDAY) is None

    mend()
    assert stopped("incident", "retry", "1", now="2025-03-08 13:00").code == 0

    assert incident_of(stopped, "--known-at", "2025-03-08T12:59:59+08:00") == 1
    assert incident_of(stopped, "--known-at", "2025-03-08T13:00:00+08:00") is None
    assert incident_of(stopped, "--at", "2025-03-08T11:30:00+08:00") is None


def test_what_was_held_counts_from_its_receipt_and_was_known_only_after_the_retry(
    stopped: Cli,
) -> None:
    mend()
    stopped("incident", "retry", "1", now="2025-03-08 13:00")

    def state(*words: str) -> str:
        shown: str = stopped(*SHOW, *words, "-o", "json").json["state"]
        return shown

    assert state("--at", "2025-03-08T11:00:00+08:00") == "withdrawn"
    assert state("--at", "2025-03-08T10:59:59+08:00") == "final_upheld"
    assert state("--known-at", "2025-03-08T12:59:59+08:00") == "final_upheld"
    assert state("--known-at", "2025-03-08T13:00:00+08:00") == "withdrawn"
