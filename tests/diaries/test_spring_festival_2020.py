"""The Spring Festival of 2020: made longer by a notice of 27 January, while deadlines were running.

The first notice, of 21 November 2019, gave 24 to 30 January off, for which Sunday 19 January and
Saturday 1 February were to be worked. The second one made the holiday last until 2 February, and
work began again on Monday 3 February. So two days that were to be worked, 31 January and 1
February, were days off all at once: staff have two working days more, and so has every window of a
party that had rolled to 31 January. What had ended before stays ended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from orchestrator.calendars import edition_from, read_calendar, with_year
from orchestrator.yearfiles import read_year
from tests.diaries.deeds import (
    about,
    appeals,
    asks_for_more,
    becomes_known,
    dismisses,
    files,
    power_cut,
    publishes,
    quiet,
    refused,
    responds,
    supplies,
    together,
    upholds,
)
from tests.diaries.words import (
    CALLED_IN,
    FINAL,
    FORWARDED,
    KNOWN,
    LATE,
    LATE_DECISION,
    RECEIVED,
    TAKEN_DOWN,
    TOLD,
    VERY_LATE,
)
from tests.diaries.world import CONFIG, the_deadlines

_, AMENDED = read_year(CONFIG / "calendars" / "cn" / "2020.json")
ADDED = ("2020-01-31", "2020-02-02", "2020-02-03")  # what only the second notice speaks of


def as_first_announced(day: dict[str, Any]) -> dict[str, Any]:
    return {**day, "isOffDay": False} if day["date"] == "2020-02-01" else day


FIRST = [as_first_announced(day) for day in AMENDED if day["date"] not in ADDED]

KNOWN_SINCE = ("Mon 2019-11-18 10:00", becomes_known(), "not there", *KNOWN)
FIRST_NOTICE = ("Thu 2019-11-21 15:00", publishes(2020, FIRST), "not there")
SECOND_NOTICE = together(publishes(2020, AMENDED), power_cut)
WHEN = "Mon 2020-01-27 02:00"

FILED = (
    "Mon 2020-01-20 10:00",
    files,
    "under_review, review_target Fri 2020-01-24 00:00, review_limit Sat 2020-02-08 00:00",
    *RECEIVED,
)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, KNOWN_SINCE, FIRST_NOTICE, subject="complaint-1", in_words=the_deadlines)


def test_the_second_notice_made_just_two_days_of_work_days_off() -> None:
    text = read_calendar(CONFIG / "calendars" / "cn")
    before, after = (edition_from(with_year(text, 2020, days)) for days in (FIRST, AMENDED))
    days = [date(2020, 1, 1) + timedelta(n) for n in range(366)]

    changed = [
        d for d in days if before.is_working(d.toordinal()) != after.is_working(d.toordinal())
    ]

    assert [f"{d:%a %Y-%m-%d}" for d in changed] == ["Fri 2020-01-31", "Sat 2020-02-01"]
    assert [before.is_working(d.toordinal()) for d in changed] == [True, True]


# -- windows of a party -----------------------------------------------------------------------


@pytest.mark.fault(62)
def test_the_shop_has_until_3_february_to_appeal(diary):
    diary(
        FILED,
        (
            "Tue 2020-01-21 10:00",
            upholds("general"),
            "appeal_window, appeal_window Sat 2020-02-01 00:00",
            *TAKEN_DOWN,
            *TOLD,
        ),
        (WHEN, SECOND_NOTICE, "appeal_window, appeal_window Tue 2020-02-04 00:00"),
        ("Sat 2020-02-01 00:00", quiet, "appeal_window, appeal_window Tue 2020-02-04 00:00"),
        (
            "Mon 2020-02-03 23:59:59.999999",
            appeals,
            "awaiting_complainant, response_window Fri 2020-02-07 00:00",
            *FORWARDED,
        ),
    )


def test_a_window_that_ended_before_the_holiday_is_not_opened_again(diary):
    diary(
        (
            "Mon 2020-01-20 10:00",
            together(files, upholds("general")),
            "appeal_window, appeal_window Fri 2020-01-24 00:00",
            *RECEIVED,
            *TAKEN_DOWN,
            *TOLD,
        ),
        ("Thu 2020-01-23 23:59", quiet, "appeal_window, appeal_window Fri 2020-01-24 00:00"),
        ("Fri 2020-01-24 00:00", quiet, "final_upheld", *FINAL),
        (WHEN, SECOND_NOTICE, "final_upheld"),
        ("Mon 2020-02-03 10:00", refused(appeals, "final_upheld"), "final_upheld"),
    )


# -- limits and targets of staff --------------------------------------------------------------


@pytest.mark.fault(62)
def test_the_limit_of_staff_ends_with_the_first_working_day_after_the_longer_holiday(diary):
    diary(
        (
            "Mon 2020-01-13 10:00",
            files,
            "under_review, review_target Fri 2020-01-17 00:00, review_limit Sat 2020-02-01 00:00",
            *RECEIVED,
        ),
        (
            "Fri 2020-01-17 00:00",
            quiet,
            "under_review, review_limit Sat 2020-02-01 00:00",
            "staff: review_target",
        ),
        (WHEN, SECOND_NOTICE, "under_review, review_limit Tue 2020-02-04 00:00"),
        ("Mon 2020-02-03 23:59", quiet, "under_review, review_limit Tue 2020-02-04 00:00"),
        (
            "Tue 2020-02-04 00:00",
            quiet,
            "under_review, overdue, review_limit_level_2 Thu 2020-02-06 00:00",
            *LATE,
        ),
        ("Thu 2020-02-06 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


def test_a_target_that_had_counted_both_days_reminds_two_working_days_later(diary):
    diary(
        (
            "Wed 2020-01-22 10:00",
            files,
            "under_review, review_target Sun 2020-02-02 00:00, review_limit Wed 2020-02-12 00:00",
            *RECEIVED,
        ),
        (
            WHEN,
            SECOND_NOTICE,
            "under_review, review_target Wed 2020-02-05 00:00, review_limit Fri 2020-02-14 00:00",
        ),
        (
            "Tue 2020-02-04 23:59",
            quiet,
            "under_review, review_target Wed 2020-02-05 00:00, review_limit Fri 2020-02-14 00:00",
        ),
        (
            "Wed 2020-02-05 00:00",
            quiet,
            "under_review, review_limit Fri 2020-02-14 00:00",
            "staff: review_target",
        ),
    )


def test_a_decision_after_an_appeal_waits_too(diary):
    diary(
        (
            "Fri 2020-01-17 10:00",
            together(files, upholds("general"), appeals, responds),
            "staff_intervention, decision_limit Thu 2020-01-23 00:00",
            *RECEIVED,
            *TAKEN_DOWN,
            *TOLD,
            *FORWARDED,
            *CALLED_IN,
        ),
        (
            "Thu 2020-01-23 00:00",
            quiet,
            "staff_intervention, overdue, decision_limit_level_2 Sat 2020-02-01 00:00",
            *LATE_DECISION,
        ),
        (
            WHEN,
            SECOND_NOTICE,
            "staff_intervention, overdue, decision_limit_level_2 Tue 2020-02-04 00:00",
        ),
        ("Mon 2020-02-03 17:00", dismisses, "final_upheld", *FINAL),
    )


# -- a clock that stands still ----------------------------------------------------------------


@pytest.mark.fault(62)
def test_a_supplement_may_come_on_3_february_and_the_frozen_review_goes_on_from_there(diary):
    frozen = "review_limit frozen, review_target frozen"

    diary(
        FILED,
        (
            "Wed 2020-01-22 10:00",  # Tuesday was consumed
            asks_for_more,
            f"supplement_requested, supplement_window Sat 2020-02-01 00:00, {frozen}",
            "complainant: supplement_requested",
        ),
        (
            WHEN,
            SECOND_NOTICE,
            f"supplement_requested, supplement_window Tue 2020-02-04 00:00, {frozen}",
        ),
        (
            "Mon 2020-02-03 23:59",
            supplies,
            "under_review, review_target Thu 2020-02-06 00:00, review_limit Sat 2020-02-15 00:00",
            "staff: supplemented",
        ),
        (
            "Thu 2020-02-06 00:00",
            quiet,
            "under_review, review_limit Sat 2020-02-15 00:00",
            "staff: review_target",
        ),
    )


# -- all at once ------------------------------------------------------------------------------


def test_all_deadlines_of_an_account_are_moved_by_one_entry_and_end_with_3_february(diary):
    reviewed = about("complaint-2", files)
    asked = about("complaint-3", files, asks_for_more)

    world = diary(
        (
            "Tue 2020-01-21 10:00",
            together(files, upholds("general"), reviewed, asked),
            "appeal_window, appeal_window Sat 2020-02-01 00:00",
            *RECEIVED,
            *TAKEN_DOWN,
            *TOLD,
            *RECEIVED,
            *RECEIVED,
            "complainant: supplement_requested",
        ),
        (WHEN, SECOND_NOTICE, "appeal_window, appeal_window Tue 2020-02-04 00:00"),
        ("Mon 2020-02-03 23:59", quiet, "appeal_window, appeal_window Tue 2020-02-04 00:00"),
        (
            "Tue 2020-02-04 00:00",
            refused(appeals, "appeal_window"),
            "final_upheld",
            *FINAL,
            "staff: review_target",  # complaint-2
            "complainant: closed_incomplete",  # complaint-3
        ),
    )

    (entry,) = [
        e
        for e in world.journal()
        if e["kind"] == "calendar_changed" and e["effective_at"].startswith("2020-01-27")
    ]
    moved = {
        (m["case"], m["name"]): (m["from"][:10], m["due_at"][:10])
        for m in entry["content"]["moved"]
    }
    assert moved == {
        ("complaint-1", "appeal_window"): ("2020-02-01", "2020-02-04"),
        ("complaint-2", "review_target"): ("2020-02-01", "2020-02-04"),
        ("complaint-2", "review_limit"): ("2020-02-11", "2020-02-13"),
        ("complaint-3", "supplement_window"): ("2020-02-01", "2020-02-04"),
    }
