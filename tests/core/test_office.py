"""Spans in office hours: one row per example, pauses, unannounced years, clocks that change."""

from __future__ import annotations

import pytest

from orchestrator.core.spans import Span
from tests.core.builders import CN, day, span, wall, with_hours
from tests.core.office import due, pause

BREAK = with_hours(CN, "08:30-12:30", "13:30-17:00")
NIGHT_AND_DAY = with_hours(CN, "00:00-24:00")


# -- working hours ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "number", "ends"),
    [
        ("Mon 2025-03-03 10:00", 4, "2025-03-03 14:00"),
        ("Mon 2025-03-03 08:30", 1, "2025-03-03 09:30"),
        ("Mon 2025-03-03 16:59", 1, "2025-03-04 09:29"),
        ("Mon 2025-03-03 10:00", 16, "2025-03-05 09:00"),
        ("Mon 2025-03-03 10:00", 50, "2025-03-11 09:00"),  # 7:00, five times 8:30, 0:30
        ("Mon 2025-03-03 03:00", 1, "2025-03-03 09:30"),
        ("Mon 2025-03-03 20:00", 1, "2025-03-04 09:30"),
        ("Sat 2025-03-08 10:00", 1, "2025-03-10 09:30"),
        ("Tue 2025-09-30 16:00", 2, "2025-10-09 09:30"),  # National Day
        ("Sat 2025-10-11 16:30", 1, "2025-10-13 09:00"),  # a make-up day
        ("Mon 2025-03-03 10:00:00.000001", 1, "2025-03-03 11:00:00.000001"),
    ],
)
def test_working_hours_end_when_the_last_of_them_has_passed(start, number, ends):
    assert wall(due(start, span(working_hours=number)).at) == ends


@pytest.mark.parametrize(
    ("start", "number", "ends"),
    [
        ("Mon 2025-03-03 10:00", 7, "2025-03-03 17:00"),
        ("Mon 2025-03-03 16:00", 1, "2025-03-03 17:00"),
        ("Fri 2025-03-07 16:00", 1, "2025-03-07 17:00"),
        ("Mon 2025-03-03 16:00", 18, "2025-03-05 17:00"),
    ],
)
def test_hours_that_are_over_at_a_closing_end_at_that_closing(start, number, ends):
    assert wall(due(start, span(working_hours=number)).at) == ends


def test_the_instant_of_a_closing_is_outside_and_that_of_an_opening_is_inside():
    one = span(working_hours=1)

    assert wall(due("Mon 2025-03-03 17:00", one).at) == "2025-03-04 09:30"
    assert wall(due("Mon 2025-03-03 16:59:59.999999", one).at) == "2025-03-04 09:29:59.999999"


@pytest.mark.parametrize(
    ("start", "counted", "ends"),
    [
        ("Mon 2025-03-03 12:00", span(working_hours=1), "2025-03-03 14:00"),
        ("Mon 2025-03-03 08:30", span(working_hours=4), "2025-03-03 12:30"),
        ("Mon 2025-03-03 12:30", span(working_hours=1), "2025-03-03 14:30"),
        ("Mon 2025-03-03 12:45", span(working_hours=1), "2025-03-03 14:30"),
        ("Mon 2025-03-03 12:45", span(working_days=1, office=True), "2025-03-04 13:30"),
        ("Mon 2025-03-03 12:29", span(working_days=1, office=True), "2025-03-04 12:29"),
    ],
)
def test_in_a_break_nobody_works(start, counted, ends):
    assert wall(due(start, counted, edition=BREAK).at) == ends


def test_an_office_may_be_open_all_day_and_its_last_hour_ends_the_day():
    found = due("Fri 2025-03-07 23:00", span(working_hours=1), edition=NIGHT_AND_DAY)
    more = due("Fri 2025-03-07 23:00", span(working_hours=2), edition=NIGHT_AND_DAY)

    assert (wall(found.at), found.last_day) == ("2025-03-08 00:00", day("2025-03-07"))
    assert (wall(more.at), more.last_day) == ("2025-03-10 01:00", day("2025-03-10"))


def test_the_most_hours_that_there_are_end_in_our_lifetimes():
    found = due("Mon 2025-03-03 10:00", Span("working_hours", 3_660))

    assert wall(found.at).startswith("2026-")


# -- days in office hours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "number", "ends"),
    [
        ("Mon 2025-03-03 10:00", 5, "2025-03-10 10:00"),
        ("Mon 2025-03-03 08:30", 1, "2025-03-04 08:30"),
        ("Mon 2025-03-03 16:59:59.999999", 1, "2025-03-04 16:59:59.999999"),
        ("Mon 2025-03-03 17:00", 1, "2025-03-05 08:30"),  # Tuesday is its first day
        ("Mon 2025-03-03 06:00", 1, "2025-03-04 08:30"),  # Monday is
        ("Fri 2025-03-07 18:00", 1, "2025-03-11 08:30"),
        ("Sat 2025-03-08 12:00", 5, "2025-03-17 08:30"),
        ("Tue 2025-09-30 10:00", 2, "2025-10-10 10:00"),  # National Day
        ("Fri 2025-10-10 10:00", 1, "2025-10-11 10:00"),  # a make-up Saturday
    ],
)
def test_days_in_office_hours_keep_the_clock_time_of_their_start(start, number, ends):
    assert wall(due(start, span(working_days=number, office=True)).at) == ends


def test_without_office_hours_a_working_day_still_ends_at_midnight():
    assert wall(due("Mon 2025-03-03 10:00", span(working_days=1)).at) == "2025-03-05 00:00"
    assert wall(due("Mon 2025-03-03 10:00", span(hours=24)).at) == "2025-03-04 10:00"


# -- standing still ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "ends"),
    [
        ([pause("Mon 2025-03-03 12:00", "Mon 2025-03-03 14:00")], "2025-03-04 11:30"),
        # Seven hours were used at closing, whenever it was frozen after that.
        ([pause("Mon 2025-03-03 18:00", "Tue 2025-03-04 20:00")], "2025-03-05 09:30"),
        ([pause("Mon 2025-03-03 17:00", "Sat 2025-03-08 10:00")], "2025-03-10 09:30"),
        # To the microsecond.
        ([pause("Mon 2025-03-03 10:00:00.000001", "Mon 2025-03-03 11:00")],
         "2025-03-04 10:29:59.999999"),
        # Twice: 2:00, then 1:30 more.
        (
            [
                pause("Mon 2025-03-03 12:00", "Mon 2025-03-03 15:30"),
                pause("Tue 2025-03-04 07:00", "Wed 2025-03-05 16:00"),
            ],
            "2025-03-06 12:00",
        ),
    ],
)  # fmt: skip
def test_frozen_working_hours_keep_the_exact_remainder(pauses, ends):
    """Eight hours from Mon 2025-03-03 10:00."""
    assert wall(due("Mon 2025-03-03 10:00", span(working_hours=8), *pauses).at) == ends


@pytest.mark.parametrize(
    ("pauses", "ends"),
    [
        # Monday 10:00 to Tuesday 10:00 was whole; what came after it on Tuesday is given back.
        ([pause("Tue 2025-03-04 16:00", "Tue 2025-03-04 16:30")], "2025-03-06 16:30"),
        ([pause("Tue 2025-03-04 10:00", "Tue 2025-03-04 16:30")], "2025-03-06 16:30"),
        ([pause("Tue 2025-03-04 09:59", "Tue 2025-03-04 11:00")], "2025-03-07 11:00"),
        # Resumed at night: from the next opening on, and it keeps that clock time.
        ([pause("Tue 2025-03-04 10:00", "Wed 2025-03-05 20:00")], "2025-03-10 08:30"),
        (
            [
                pause("Tue 2025-03-04 16:00", "Tue 2025-03-04 16:30"),
                pause("Wed 2025-03-05 16:30", "Thu 2025-03-06 09:00"),
            ],
            "2025-03-07 09:00",
        ),
    ],
)
def test_of_frozen_days_in_office_hours_the_whole_ones_are_used_up(pauses, ends):
    """Three days from Mon 2025-03-03 10:00."""
    three = span(working_days=3, office=True)

    assert wall(due("Mon 2025-03-03 10:00", three, *pauses).at) == ends


def test_what_was_frozen_before_the_office_opened_has_used_nothing():
    frozen = pause("Sun 2025-03-09 12:00", "Tue 2025-03-11 09:00")

    assert wall(due("Sat 2025-03-08 12:00", span(working_days=3, office=True), frozen).at) == (
        "2025-03-14 09:00"
    )
    assert wall(due("Sat 2025-03-08 12:00", span(working_hours=3), frozen).at) == "2025-03-11 12:00"


@pytest.mark.parametrize("counted", [span(working_hours=1), span(working_days=1, office=True)])
@pytest.mark.parametrize(
    ("resumed", "ends"),
    [
        ("Thu 2025-03-06 15:00", "2025-03-06 15:00"),
        ("Thu 2025-03-06 17:00", "2025-03-07 08:30"),
        ("Sat 2025-03-08 10:00", "2025-03-10 08:30"),
    ],
)
def test_with_nothing_left_it_ends_where_it_would_have_gone_on(counted, resumed, ends):
    frozen = pause("Wed 2025-03-05 12:00", resumed)

    found = due("Mon 2025-03-03 10:00", counted, frozen)

    assert (wall(found.at), found.last_day) == (ends, day(ends[:10]))
