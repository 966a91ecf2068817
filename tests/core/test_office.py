"""Spans in office hours: one row per example, pauses, unannounced years, clocks that change."""

from __future__ import annotations

import pytest

from orchestrator.core.calendar import Edition, SpecialDay
from orchestrator.core.instants import Zone, parse_instant
from orchestrator.core.spans import BadSpan, Pause, Span, end, explain, parse_span
from tests.core.builders import CN, at, day, hours, span, wall, with_hours

OFFICE = with_hours(CN, "08:30-17:00")
BREAK = with_hours(CN, "08:30-12:30", "13:30-17:00")
NIGHT_AND_DAY = with_hours(CN, "00:00-24:00")


def due(start, counted, *pauses, edition=OFFICE):
    return end(counted, edition.zone.local_day(at(start)), at(start), pauses, edition)


def pause(frozen, resumed):
    return Pause(at(frozen), at(resumed), CN.zone.local_day(at(resumed)))


def in_york(*texts, weekend=(5, 6)):
    zone = Zone("America/New_York")
    return Edition(
        "york",
        zone,
        weekend=frozenset(weekend),
        fixed={},
        always=True,
        years={},
        hours=hours(*texts),
    )


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


# -- years that nobody has announced ----------------------------------------------------------

ONLY_2026 = Edition(
    "only",
    CN.zone,
    weekend=frozenset({5, 6}),
    fixed={(1, 1): "New Year"},
    always=False,
    years={2026: (SpecialDay(day("2026-10-01"), "feast", off=True),)},
    hours=hours("08:30-17:00"),
)


@pytest.mark.parametrize(
    ("start", "counted", "ends", "missing"),
    [
        ("Thu 2026-12-31 10:00", span(working_hours=7), "2026-12-31 17:00", ()),
        ("Thu 2026-12-31 10:00", span(working_hours=8), "2027-01-04 09:30", (2027,)),
        ("Thu 2026-12-31 18:00", span(working_hours=1), "2027-01-04 09:30", (2027,)),
        ("Wed 2025-12-31 16:30", span(working_hours=1), "2026-01-02 09:00", (2025,)),
        ("Wed 2025-12-31 17:00", span(working_hours=1), "2026-01-02 09:30", ()),
        ("Thu 2026-12-31 10:00", span(working_hours=2_235), "2028-01-05 09:30", (2027, 2028)),
        ("Wed 2026-12-30 10:00", span(working_days=1, office=True), "2026-12-31 10:00", ()),
        ("Wed 2026-12-30 08:30", span(working_days=1, office=True), "2026-12-31 08:30", ()),
        ("Thu 2026-12-31 10:00", span(working_days=1, office=True), "2027-01-04 10:00", (2027,)),
        ("Wed 2026-12-30 18:00", span(working_days=1, office=True), "2027-01-04 08:30", (2027,)),
        ("Wed 2025-12-31 10:00", span(working_days=1, office=True), "2026-01-02 10:00", (2025,)),
        ("Wed 2025-12-31 17:00", span(working_days=1, office=True), "2026-01-05 08:30", ()),
    ],
)
def test_a_count_asks_about_its_days_the_one_of_its_start_included(start, counted, ends, missing):
    found = due(start, counted, edition=ONLY_2026)

    assert (wall(found.at), found.missing, found.provisional) == (ends, missing, bool(missing))


@pytest.mark.parametrize(
    ("counted", "frozen", "resumed", "ends", "missing"),
    [
        (span(working_hours=10), "Wed 2025-12-31 16:00", "Fri 2026-01-02 09:00", "2026-01-02 10:30", (2025,)),
        (span(working_hours=2), "Wed 2025-12-31 08:00", "Fri 2026-01-02 09:00", "2026-01-02 10:00", (2025,)),
        (span(working_hours=1), "Wed 2025-12-31 18:00", "Fri 2026-01-02 09:00", "2026-01-02 09:00", (2025,)),
        (span(working_days=2, office=True), "Wed 2025-12-31 16:00", "Fri 2026-01-02 09:00", "2026-01-05 09:00", (2025,)),
        (span(working_days=1, office=True), "Wed 2025-12-31 16:00", "Thu 2026-12-31 18:00", "2027-01-04 08:30", (2025, 2027)),
    ],
)  # fmt: skip
def test_what_was_used_up_in_an_unannounced_year_makes_it_provisional_too(
    counted, frozen, resumed, ends, missing
):
    """Each starts on Tue 2025-12-30 at 16:00."""
    found = due("Tue 2025-12-30 16:00", counted, pause(frozen, resumed), edition=ONLY_2026)

    assert (wall(found.at), found.missing) == (ends, missing)


def test_a_freeze_before_the_first_opening_asked_about_no_day():
    frozen = pause("Tue 2025-12-30 18:00", "Fri 2026-01-02 09:00")

    found = due("Tue 2025-12-30 17:30", span(working_hours=1), frozen, edition=ONLY_2026)

    assert (wall(found.at), found.missing) == ("2026-01-02 10:00", ())


# -- zones whose clocks change ----------------------------------------------------------------

DAY_SHIFT = in_york("08:30-17:00")
NIGHT_SHIFT = in_york("00:00-08:00", weekend=())


@pytest.mark.parametrize(
    ("edition", "start", "counted", "ends"),
    [
        # By day only the offset changes.
        (DAY_SHIFT, "2025-03-07T16:30-05:00", span(working_hours=1), "2025-03-10T09:00-04:00"),
        (DAY_SHIFT, "2025-10-31T16:30-04:00", span(working_hours=1), "2025-11-03T09:00-05:00"),
        (DAY_SHIFT, "2025-03-07T10:00-05:00", span(working_days=1, office=True), "2025-03-10T10:00-04:00"),
        (DAY_SHIFT, "2025-10-31T10:00-04:00", span(working_days=1, office=True), "2025-11-03T10:00-05:00"),
        # A night shift has seven hours in March, so that the eighth is on Monday; nine in November.
        (NIGHT_SHIFT, "2025-03-08T08:00-05:00", span(working_hours=7), "2025-03-09T08:00-04:00"),
        (NIGHT_SHIFT, "2025-03-08T08:00-05:00", span(working_hours=8), "2025-03-10T01:00-04:00"),
        (NIGHT_SHIFT, "2025-11-01T08:00-04:00", span(working_hours=8), "2025-11-02T07:00-05:00"),
        (NIGHT_SHIFT, "2025-11-01T08:00-04:00", span(working_hours=9), "2025-11-02T08:00-05:00"),
        # 02:30 does not exist on 9 March: the jump from 02:00 to 03:00.
        (NIGHT_SHIFT, "2025-03-08T02:30-05:00", span(working_days=1, office=True), "2025-03-09T03:00-04:00"),
        # 01:30 comes twice on 2 November: the first; from the second on, Monday's.
        (NIGHT_SHIFT, "2025-11-01T01:30-04:00", span(working_days=1, office=True), "2025-11-02T01:30-04:00"),
        (NIGHT_SHIFT, "2025-11-02T01:30-05:00", span(working_days=1, office=True), "2025-11-03T01:30-05:00"),
    ],
)  # fmt: skip
def test_office_hours_are_those_on_the_wall_and_what_passes_is_time(edition, start, counted, ends):
    moment = parse_instant(start)

    found = end(counted, edition.zone.local_day(moment), moment, (), edition)

    assert edition.zone.text(found.at) == edition.zone.text(parse_instant(ends))


def test_an_opening_that_the_clock_jumps_over_is_the_jump():
    early = in_york("02:30-08:00", weekend=())
    start = parse_instant("2025-03-08T12:00-05:00")

    found = end(Span("working_hours", 5), 0, start, (), early)

    assert found.at == parse_instant("2025-03-09T08:00-04:00")


def test_hours_that_the_clock_jumps_over_whole_are_none():
    short = in_york("02:10-02:50", "09:00-10:00", weekend=())
    start = parse_instant("2025-03-08T12:00-05:00")

    found = end(Span("working_hours", 1), 0, start, (), short)

    assert found.at == parse_instant("2025-03-09T10:00-04:00")


def test_a_day_that_a_zone_left_out_has_no_office_hours():
    """On Samoa there was no Friday 30 December 2011."""
    apia = Edition(
        "apia",
        Zone("Pacific/Apia"),
        weekend=frozenset(),
        fixed={},
        always=True,
        years={},
        hours=hours("08:30-17:00"),
    )
    start = parse_instant("2011-12-29T16:00:00-10:00")

    found = end(Span("working_hours", 2), 0, start, (), apia)

    assert found.at == parse_instant("2011-12-31T09:30:00+14:00")


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
