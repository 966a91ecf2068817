"""Spans in office hours in words: explained day by day, and as a rulebook writes them."""

from __future__ import annotations

import pytest

from orchestrator.core.spans import BadSpan, Pause, Span, explain, parse_span
from tests.core.builders import CN, at, hours, span
from tests.core.office import OFFICE, due, pause

# -- explained --------------------------------------------------------------------------------


def explained(start, counted, *pauses, edition=OFFICE):
    moment = at(start)
    lines = explain(counted, edition.zone.local_day(moment), pauses, edition, moment)
    return [f"{line.day:%m-%d} {line.what}: {line.why}" for line in lines]


def test_every_day_of_working_hours_is_explained():
    assert explained("Fri 2025-03-07 15:00", span(working_hours=11)) == [
        "03-07 start: Friday, 15:00",
        "03-07 counted: Friday, 2:00 hours, 9:00 hours left",
        "03-08 skipped: Saturday",
        "03-09 skipped: Sunday",
        "03-10 counted: Monday, 8:30 hours, 0:30 hours left",
        "03-11 counted: Tuesday, 0:30 hours, 0:00 hours left",
    ]


def test_a_start_after_closing_and_an_end_at_a_closing_are_explained():
    assert explained("Mon 2025-03-03 18:00:30", span(working_hours=17)) == [
        "03-03 start: Monday, 18:00:30",
        "03-04 counted: Tuesday, 8:30 hours, 8:30 hours left",
        "03-05 counted: Wednesday, 8:30 hours, 0:00 hours left",
    ]


def test_a_pause_of_working_hours_is_explained():
    frozen = pause("Mon 2025-03-03 12:00:30", "Sat 2025-03-08 20:00")

    assert explained("Mon 2025-03-03 12:00", span(working_hours=1), frozen) == [
        "03-03 start: Monday, 12:00",
        "03-03 counted: Monday, 0:00:30 hours, 0:59:30 hours left",
        "03-08 start: frozen on 2025-03-03, resumed here at 20:00, 0:59:30 hours left",
        "03-09 skipped: Sunday",
        "03-10 counted: Monday, 0:59:30 hours, 0:00 hours left",
    ]


def test_working_hours_that_stand_still_are_explained_up_to_the_freeze():
    frozen = Pause(at("Sun 2025-03-09 10:00"))

    assert explained("Fri 2025-03-07 16:00", span(working_hours=8), frozen) == [
        "03-07 start: Friday, 16:00",
        "03-07 counted: Friday, 1:00 hours, 7:00 hours left",
        "03-08 skipped: Saturday",
        "03-09 frozen: 7:00 hours left",
    ]


def test_every_day_in_office_hours_is_explained():
    assert explained("Fri 2025-03-07 18:00", span(working_days=2, office=True)) == [
        "03-07 start: Friday, 18:00",
        "03-08 skipped: Saturday",
        "03-09 skipped: Sunday",
        "03-10 start: Monday, the office opens at 08:30",
        "03-11 counted: Tuesday",
        "03-12 counted: Wednesday",
    ]


def test_a_pause_of_days_in_office_hours_is_explained():
    frozen = pause("Tue 2025-03-04 12:00", "Fri 2025-03-07 14:00")

    assert explained("Mon 2025-03-03 10:00", span(working_days=2, office=True), frozen) == [
        "03-03 start: Monday, 10:00",
        "03-04 counted: Tuesday",
        "03-07 start: frozen on 2025-03-04, resumed here at 14:00, 1 day left",
        "03-08 skipped: Saturday",
        "03-09 skipped: Sunday",
        "03-10 counted: Monday",
    ]


def test_days_frozen_before_they_began_are_explained_up_to_the_freeze():
    frozen = Pause(at("Mon 2025-03-10 06:00"))

    assert explained("Fri 2025-03-07 18:00", span(working_days=2, office=True), frozen) == [
        "03-07 start: Friday, 18:00",
        "03-08 skipped: Saturday",
        "03-09 skipped: Sunday",
        "03-10 frozen: 2 days left",
    ]


def test_an_end_where_nothing_was_left_is_explained():
    frozen = pause("Wed 2025-03-05 12:00", "Fri 2025-03-07 18:00")

    assert explained("Mon 2025-03-03 10:00", span(working_days=1, office=True), frozen)[-4:] == [
        "03-07 start: frozen on 2025-03-05, resumed here at 18:00, 0 days left",
        "03-08 skipped: Saturday",
        "03-09 skipped: Sunday",
        "03-10 start: Monday, the office opens at 08:30",
    ]


# -- written in a rulebook --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "parsed", "words", "data"),
    [
        ({"working_hours": 16}, Span("working_hours", 16), "16 working hours", None),
        ({"working_hours": 1}, Span("working_hours", 1), "1 working hour", None),
        ({"working_hours": 3_660}, Span("working_hours", 3_660), "3660 working hours", None),
        (
            {"working_days": 5, "office": True},
            Span("working_days", 5, office=True),
            "5 working days, in office hours",
            None,
        ),
        (
            {"working_days": 1, "office": False},
            Span("working_days", 1),
            "1 working day",
            {"working_days": 1},
        ),
    ],
)
def test_a_span_in_office_hours_is_read_from_its_table(table, parsed, words, data):
    assert parse_span(table) == parsed
    assert (str(parsed), parsed.as_data()) == (words, data or table)
    assert (parsed.by_calendar, parsed.in_office) == (True, data is None)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"working_hours": 0}, "working_hours: a whole number from 1 to 3660, got 0"),
        ({"working_hours": 1.5}, "working_hours: a whole number from 1 to 3660, got 1.5"),
        ({"working_hours": True}, "working_hours: a whole number from 1 to 3660, got True"),
        ({"working_hours": 3_661}, "working_hours: a whole number from 1 to 3660, got 3661"),
        ({"working_hours": 8, "roll": True}, "roll: true or false, and only beside days"),
        ({"working_hours": 8, "office": True}, "office: true or false, and only beside working_"),
        ({"days": 8, "office": True}, "office: true or false, and only beside working_days, got {"),
        ({"working_days": 8, "office": 1}, "office: true or false, and only beside working_days"),
        ({"working_days": 8, "working_hours": 8}, "a span such as { working_days = 3 }"),
        ({"office": True}, "a span such as { working_days = 3 }"),
    ],
)
def test_what_is_no_span_in_office_hours_is_refused(table, said):
    with pytest.raises(BadSpan) as refused:
        parse_span(table)

    assert said in str(refused.value)


@pytest.mark.parametrize("counted", [span(working_hours=1), span(working_days=1, office=True)])
def test_a_calendar_without_office_hours_cannot_count_them(counted):
    with pytest.raises(LookupError, match="calendar cn has no office hours"):
        due("Mon 2025-03-03 10:00", counted, edition=CN)


def test_office_hours_are_told_as_a_calendar_writes_them():
    assert [told.as_data() for told in hours("08:30-12:05", "13:00-24:00")] == [
        {"from": "08:30", "to": "12:05"},
        {"from": "13:00", "to": "24:00"},
    ]
