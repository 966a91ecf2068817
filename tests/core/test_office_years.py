"""Spans in office hours over years that nobody has announced, and over clocks that change."""

from __future__ import annotations

import pytest

from orchestrator.core.calendar import Edition, SpecialDay
from orchestrator.core.instants import Zone, parse_instant
from orchestrator.core.spans import Span, end
from tests.core.builders import CN, day, hours, span, wall
from tests.core.office import due, in_york, pause

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
