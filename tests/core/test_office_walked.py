"""Spans in office hours, against a clerk who walks through every minute and looks at the clock.

The clerk knows no index, no remainder and no zone arithmetic: he asks at every minute what the
clock on the wall has shown so far that day, and whether the office is open at that.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.calendar import Edition, SpecialDay
from orchestrator.core.instants import MICROS_PER_HOUR, MICROS_PER_MINUTE, Zone
from orchestrator.core.spans import Pause, Span, end, explain
from tests.core.builders import day, hours

CHANGES = {  # the days on which the clocks change, each a Sunday
    "America/New_York": ("2025-03-09", "2025-11-02"),
    "America/Havana": ("2025-03-09", "2025-11-02"),  # at midnight
    "Europe/Rome": ("2025-03-30", "2025-10-26"),
    "Australia/Lord_Howe": ("2025-04-06", "2025-10-05"),  # by half an hour
    "Asia/Shanghai": ("2025-03-09", "2025-11-02"),  # never, these days
}
OPEN = (
    ("08:30-17:00",),
    ("08:30-12:30", "13:30-17:00"),
    ("00:00-24:00",),
    ("00:00-00:30", "01:15-02:15", "02:20-09:00"),
)


def edition(zone, open_at, weekend):
    """The Sunday of each change is worked, the Monday after it is a feast."""
    special = [
        SpecialDay(day(change) + more, "special", off)
        for change in CHANGES[zone]
        for more, off in ((0, False), (1, True))
    ]
    return Edition(
        zone,
        Zone(zone),
        weekend=frozenset(weekend),
        fixed={},
        always=False,
        years={2025: tuple(special)},
        hours=hours(*open_at),
    )


EDITIONS = [
    edition(zone, open_at, weekend)
    for zone in CHANGES
    for open_at in OPEN
    for weekend in ((5, 6), ())
]


# -- the clerk --------------------------------------------------------------------------------


@cache
def shown(zone, there):
    """Each minute of a day, with the latest time that the clock has shown by then."""
    found, latest = [], 0
    for at in range(zone.midnight(there), zone.midnight(there + 1), MICROS_PER_MINUTE):
        wall = zone.local(at)
        latest = max(latest, (wall.hour * 60 + wall.minute) * MICROS_PER_MINUTE)
        found.append((at, latest))
    return found


def is_open(calendar, clock):
    return any(part.opens <= clock < part.closes for part in calendar.hours)


@cache
def minutes_of_work(calendar, there):
    if not calendar.is_working(there):
        return []
    return [at for at, clock in shown(calendar.zone, there) if is_open(calendar, clock)]


def minutes_from(calendar, start):
    """Every minute of work from an instant on."""
    there = calendar.zone.local_day(start)
    while True:
        yield from (at for at in minutes_of_work(calendar, there) if at >= start)
        there += 1


def at_clock(zone, there, clock):
    """The first minute of a day at which its clock has shown a time."""
    return next(
        (at for at, latest in shown(zone, there) if latest >= clock), zone.midnight(there + 1)
    )


def walked_hours(calendar, start, number, pauses):
    left = number * 60
    for at in minutes_from(calendar, start):
        left -= not any(p.frozen_at <= at < p.resumed_at for p in pauses)
        if left == 0:
            return at + MICROS_PER_MINUTE
    raise AssertionError


def walked_days(calendar, start, number, pauses):
    zone, left = calendar.zone, number
    for pause in (*pauses, None):
        begun = next(minutes_from(calendar, start))
        wall = zone.local(begun)
        clock = (wall.hour * 60 + wall.minute) * MICROS_PER_MINUTE
        there, ends = zone.local_day(begun), begun
        while left:
            there += 1
            if calendar.is_working(there):
                ends = at_clock(zone, there, clock)
                if pause is not None and ends > pause.frozen_at:
                    break
                left -= 1
        if pause is not None:
            start = pause.resumed_at
    return ends


# -- what is drawn ----------------------------------------------------------------------------


@st.composite
def starts(draw):
    """A calendar, and a minute in the days around one of its changes of the clock."""
    calendar = draw(st.sampled_from(EDITIONS))
    change = day(draw(st.sampled_from(CHANGES[calendar.name])))
    first = calendar.zone.midnight(change - 3)
    return calendar, first + draw(st.integers(0, 6 * 24 * 60)) * MICROS_PER_MINUTE


SPANS = st.one_of(
    st.integers(1, 20).map(lambda n: Span("working_hours", n)),
    st.integers(1, 4).map(lambda n: Span("working_days", n, office=True)),
)


@st.composite
def frozen(draw):
    """A start, a span, and pauses that each began before the end as it then was."""
    calendar, start = draw(starts())
    counted, pauses, moment = draw(SPANS), (), start
    for _ in range(draw(st.integers(0, 3))):
        ends = end(counted, 0, start, pauses, calendar).at
        minutes = (ends - 1 - moment) // MICROS_PER_MINUTE
        moment += draw(st.integers(0, minutes)) * MICROS_PER_MINUTE
        resumed = moment + draw(st.integers(0, 3 * 24 * 60)) * MICROS_PER_MINUTE
        pauses = (*pauses, Pause(moment, resumed, calendar.zone.local_day(resumed)))
        moment = resumed
    return calendar, start, counted, pauses


# -- the proofs -------------------------------------------------------------------------------


@settings(deadline=None)
@given(frozen())
def test_a_span_ends_where_one_comes_to_by_walking(drawn):
    calendar, start, counted, pauses = drawn
    walked = walked_days if counted.office else walked_hours

    found = end(counted, 0, start, pauses, calendar)

    assert found.at == walked(calendar, start, counted.number, pauses)


@settings(deadline=None)
@given(frozen())
def test_standing_still_never_brings_an_end_forward(drawn):
    calendar, start, counted, pauses = drawn

    ends = [end(counted, 0, start, pauses[:n], calendar).at for n in range(len(pauses) + 1)]

    assert ends == sorted(ends)


@settings(deadline=None)
@given(starts(), SPANS, st.integers(0, 2 * MICROS_PER_HOUR))
def test_a_later_start_never_ends_earlier(drawn, counted, more):
    calendar, start = drawn

    assert end(counted, 0, start, (), calendar).at <= end(counted, 0, start + more, (), calendar).at


@settings(deadline=None)
@given(starts(), st.integers(1, 60), st.integers(0, MICROS_PER_MINUTE - 1))
def test_so_many_hours_and_not_a_microsecond_less_are_worked_by_the_end(drawn, number, more):
    calendar, minute = drawn
    start = minute + more

    found = end(Span("working_hours", number), 0, start, (), calendar)

    worked = calendar.office.worked
    assert worked(start, found.at) == number * MICROS_PER_HOUR
    assert worked(start, found.at - 1) < number * MICROS_PER_HOUR
    assert calendar.zone.local_day(found.at - 1) == found.last_day


@settings(deadline=None)
@given(starts(), st.integers(1, 250))
def test_it_is_provisional_when_a_day_that_counts_is_of_another_year(drawn, number):
    """Only 2025 is announced, and no start here is after the last closing of its year."""
    calendar, start = drawn

    for counted in (Span("working_hours", number), Span("working_days", number, office=True)):
        found = end(counted, 0, start, (), calendar)

        last = found.at - (counted.unit == "working_hours")  # of an instant, the day it is in
        passed = range(2026, calendar.zone.local(last).year + 1)
        assert found.missing == tuple(passed)


@settings(deadline=None)
@given(frozen())
def test_the_explanation_counts_all_of_the_span_and_ends_on_its_last_day(drawn):
    calendar, start, counted, pauses = drawn
    found = end(counted, 0, start, pauses, calendar)

    told = list(explain(counted, 0, pauses, calendar, start))

    lines = [line for line in told if line.what == "counted"]
    assert [line.day for line in told] == sorted(line.day for line in told)
    assert told[-1].day.toordinal() == found.last_day
    if counted.office:
        assert len(lines) == counted.number
    else:
        assert lines[-1].why.endswith(", 0:00 hours left")


@pytest.mark.parametrize("calendar", EDITIONS[:4], ids=lambda calendar: str(calendar.hours))
def test_a_year_has_as_many_minutes_of_work_as_the_clerk_finds(calendar):
    first, last = day("2025-02-20"), day("2025-04-10")
    zone = calendar.zone

    walked = sum(len(minutes_of_work(calendar, there)) for there in range(first, last))

    assert calendar.office.worked(zone.midnight(first), zone.midnight(last)) == (
        walked * MICROS_PER_MINUTE
    )
