"""When a span ends (RULES 2): one row per worked example, pauses, unannounced years, odd zones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from orchestrator.core.calendar import Edition
from orchestrator.core.instants import MICROS_PER_HOUR, Zone, parse_instant
from orchestrator.core.spanfield import SpanField
from orchestrator.core.spans import BadSpan, Due, Pause, Span, end, explain, parse_span
from tests.core.builders import CN, ROME, announced, at, day, span, wall

STARTS = st.integers(date(1980, 1, 1).toordinal(), date(2100, 12, 31).toordinal())
COUNTS = st.integers(1, 90)
BY_DAYS = st.one_of(
    COUNTS.map(lambda n: Span("working_days", n)),
    COUNTS.map(lambda n: Span("days", n)),
    COUNTS.map(lambda n: Span("days", n, roll=True)),
)


def in_zone(name):
    return Edition(name, Zone(name), weekend=frozenset({5, 6}), fixed={}, always=True, years={})


def due(start, counted, *pauses, edition=CN):
    return end(counted, edition.zone.local_day(at(start)), at(start), pauses, edition)


def pause(frozen, resumed):
    """A freeze and a resumption, each by a person's event."""
    return Pause(at(frozen), at(resumed), CN.zone.local_day(at(resumed)))


def by_timers(frozen, resumed):
    """A freeze and a resumption by timers: their day is the last of the expired period."""
    return Pause(at(frozen), at(resumed), CN.zone.local_day(at(resumed) - 1))


# -- worked examples --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "counted", "ends"),
    [
        ("Fri 2025-04-25 18:00", span(working_days=2), "2025-04-29 00:00"),  # make-up Sunday
        ("Fri 2025-09-26 16:00", span(working_days=5), "2025-10-11 00:00"),
        ("Fri 2026-09-18 10:00", span(working_days=10), "2026-10-10 00:00"),
        ("Thu 2025-03-06 23:59:59", span(working_days=2), "2025-03-11 00:00"),
        ("Mon 2025-03-03 10:00", span(days=3, roll=True), "2025-03-07 00:00"),
        ("Mon 2025-09-29 09:00", span(days=3, roll=True), "2025-10-10 00:00"),
        ("Wed 2025-10-08 20:00", span(days=3, roll=True), "2025-10-12 00:00"),  # make-up Saturday
    ],
)
def test_the_worked_examples_of_the_rules_hold(start, counted, ends):
    assert (wall(due(start, counted).at), due(start, counted).missing) == (ends, ())


@pytest.mark.parametrize(
    ("start", "counted", "ends"),
    [
        ("Mon 2025-03-03 10:00", span(days=3), "2025-03-07 00:00"),
        ("Fri 2025-03-07 00:00", span(days=1), "2025-03-09 00:00"),
        ("Mon 2025-03-03 10:00", span(hours=168), "2025-03-10 10:00"),
        ("Mon 2025-03-03 10:00", span(hours=1), "2025-03-03 11:00"),
        ("Wed 2024-02-28 10:00", span(days=1), "2024-03-01 00:00"),  # a leap year
        ("Tue 2023-02-28 10:00", span(days=1), "2023-03-02 00:00"),
        ("Thu 2024-02-29 10:00", span(days=365), "2025-03-01 00:00"),
        ("Fri 2025-01-31 10:00", span(days=28), "2025-03-01 00:00"),
        ("Wed 2025-12-31 10:00", span(working_days=1), "2026-01-05 00:00"),  # make-up 4 January
        ("Sat 2025-03-01 10:00", span(working_days=1), "2025-03-04 00:00"),
        ("Wed 2025-03-05 10:00", span(days=3, roll=True), "2025-03-11 00:00"),
    ],
)
def test_a_span_ends_at_24_00_of_its_last_day(start, counted, ends):
    assert wall(due(start, counted).at) == ends


@pytest.mark.fault(38)
@given(STARTS, COUNTS)
def test_days_are_counted_over_29_february_and_month_ends_alike(start, n):
    ends = end(Span("days", n), start, 0, (), CN)

    assert ends == Due(CN.zone.midnight(start + n + 1), start + n)


@given(STARTS, COUNTS)
def test_working_days_end_on_the_nth_working_day(start, n):
    last = end(Span("working_days", n), start, 0, (), CN).last_day

    assert CN.is_working(last)
    assert CN.count_working(start + 1, last) == n


@given(STARTS, COUNTS)
def test_a_rolled_span_ends_on_the_first_working_day_from_the_nth_on(start, n):
    last = end(Span("days", n, roll=True), start, 0, (), CN).last_day

    assert last >= start + n
    assert CN.is_working(last)
    assert CN.count_working(start + n, last) == 1


@given(STARTS, BY_DAYS)
def test_a_later_start_never_ends_earlier(start, counted):
    assert end(counted, start, 0, (), CN).at <= end(counted, start + 1, 0, (), CN).at


# -- standing still ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "pauses", "ends"),
    [
        # Tuesday was consumed, Wednesday the 5th was not: nine days from the 10th.
        (
            span(working_days=10),
            [pause("Wed 2025-03-05 15:00", "Mon 2025-03-10 09:00")],
            "2025-03-22 00:00",
        ),
        # Frozen on the start day: nothing was consumed.
        (
            span(working_days=2),
            [pause("Mon 2025-03-03 16:00", "Tue 2025-03-04 09:00")],
            "2025-03-07 00:00",
        ),
        # Frozen and resumed on one day: it is not consumed, and not counted again.
        (
            span(working_days=2),
            [pause("Tue 2025-03-04 10:00", "Tue 2025-03-04 15:00")],
            "2025-03-07 00:00",
        ),
        # Several pauses: 1 + 2 days consumed, seven left from the 17th.
        (
            span(working_days=10),
            [
                pause("Wed 2025-03-05 15:00", "Mon 2025-03-10 09:00"),
                pause("Thu 2025-03-13 10:00", "Mon 2025-03-17 18:00"),
            ],
            "2025-03-27 00:00",
        ),
        # Frozen again on the day of resumption: nothing consumed in between.
        (
            span(working_days=2),
            [
                pause("Tue 2025-03-04 10:00", "Wed 2025-03-05 09:00"),
                pause("Wed 2025-03-05 11:00", "Thu 2025-03-06 09:00"),
            ],
            "2025-03-11 00:00",
        ),
        # By a timer at 00:00 of Wednesday: Tuesday was consumed. By another at 00:00 of Saturday:
        # counted from Friday.
        (
            span(working_days=2),
            [by_timers("Wed 2025-03-05 00:00", "Sat 2025-03-08 00:00")],
            "2025-03-11 00:00",
        ),
        # Frozen on a weekend, resumed on the next.
        (
            span(working_days=5),
            [pause("Sat 2025-03-08 10:00", "Sun 2025-03-16 10:00")],
            "2025-03-18 00:00",
        ),
        (span(days=3), [pause("Wed 2025-03-05 12:00", "Fri 2025-03-07 12:00")], "2025-03-10 00:00"),
        # The same, rolled: its last day would be a Sunday.
        (
            span(days=3, roll=True),
            [pause("Wed 2025-03-05 12:00", "Fri 2025-03-07 12:00")],
            "2025-03-11 00:00",
        ),
        # Hours keep the exact remainder.
        (
            span(hours=48),
            [pause("Tue 2025-03-04 10:00", "Thu 2025-03-06 12:30")],
            "2025-03-07 12:30",
        ),
        (
            span(hours=48),
            [
                pause("Mon 2025-03-03 11:00", "Mon 2025-03-03 11:15"),
                pause("Tue 2025-03-04 11:00", "Wed 2025-03-05 11:00:01"),
            ],
            "2025-03-06 10:15:01",
        ),
    ],
)
def test_what_was_left_is_counted_from_the_day_of_resumption(counted, pauses, ends):
    """Each starts on Mon 2025-03-03 at 10:00."""
    assert wall(due("Mon 2025-03-03 10:00", counted, *pauses).at) == ends


@pytest.mark.parametrize(
    ("counted", "resumed", "ends"),
    [
        # Day 3 was 2 October, a holiday: it was waiting to roll when it was frozen on the 4th.
        (span(days=3, roll=True), "Sun 2025-10-05 10:00", "2025-10-10 00:00"),
        (span(days=3, roll=True), "Fri 2025-10-10 10:00", "2025-10-11 00:00"),
        (span(days=3, roll=True), "Sat 2025-10-11 10:00", "2025-10-12 00:00"),  # make-up day
        # A provisional one is blocked, not over: it can be frozen after all of its days.
        (span(days=3), "Sun 2025-10-05 10:00", "2025-10-06 00:00"),
        (span(working_days=1), "Sun 2025-10-05 10:00", "2025-10-06 00:00"),
    ],
)
def test_with_nothing_left_it_ends_with_the_day_of_resumption(counted, resumed, ends):
    frozen = pause("Sat 2025-10-04 10:00", resumed)

    assert wall(due("Mon 2025-09-29 09:00", counted, frozen).at) == ends


@st.composite
def frozen_spans(draw):
    """A start day, a span, and pauses that each began before the end as it then was."""
    counted, start, pauses = draw(BY_DAYS), draw(STARTS), ()
    moment = CN.zone.midnight(start) + draw(st.integers(0, 86_399)) * 1_000_000
    for _ in range(draw(st.integers(0, 3))):
        ends = end(counted, start, 0, pauses, CN).at
        moment = draw(st.integers(moment, ends - 1))
        resumed = moment + draw(st.integers(0, 20 * 24)) * MICROS_PER_HOUR
        pauses = (*pauses, Pause(moment, resumed, CN.zone.local_day(resumed)))
        moment = resumed
    return counted, start, pauses


@given(frozen_spans())
def test_the_explanation_ends_on_the_last_day_and_counts_as_many_days_as_the_span(drawn):
    counted, start, pauses = drawn

    told = list(explain(counted, start, pauses, CN))

    assert told[-1].day.toordinal() == end(counted, start, 0, pauses, CN).last_day
    assert sum(line.what == "counted" for line in told) == counted.number
    assert [line.day for line in told] == sorted(line.day for line in told)


@given(frozen_spans())
def test_standing_still_never_brings_an_end_forward(drawn):
    counted, start, pauses = drawn

    ends = [end(counted, start, 0, pauses[:n], CN).at for n in range(len(pauses) + 1)]

    assert ends == sorted(ends)


def explained(start, counted, *pauses):
    lines = explain(counted, day(start), pauses, CN)
    return [f"{line.day:%m-%d} {line.what}: {line.why}" for line in lines]


def test_every_day_is_explained():
    assert explained("2025-09-29", span(working_days=2)) == [
        "09-29 start: Monday",
        "09-30 counted: Tuesday",
        *[f"10-0{n} skipped: 国庆节、中秋节" for n in range(1, 9)],
        "10-09 counted: Thursday",
    ]


def test_days_over_which_a_span_rolls_are_explained():
    assert explained("2025-03-05", span(days=3, roll=True)) == [
        "03-05 start: Wednesday",
        "03-06 counted: Thursday",
        "03-07 counted: Friday",
        "03-08 counted: Saturday",
        "03-09 rolled: Sunday",
        "03-10 last: Monday",
    ]


def test_a_pause_is_explained():
    paused = pause("Thu 2025-03-06 10:00", "Mon 2025-03-10 09:00")

    assert explained("2025-03-03", span(working_days=3), paused) == [
        "03-03 start: Monday",
        "03-04 counted: Tuesday",
        "03-05 counted: Wednesday",
        "03-10 start: frozen on 2025-03-06, resumed here, 1 left",
        "03-11 counted: Tuesday",
    ]


def test_a_span_that_stands_still_is_explained_up_to_the_freeze():
    frozen = Pause(at("Sun 2025-03-09 10:00"))

    assert explained("2025-03-07", span(working_days=3), frozen) == [
        "03-07 start: Friday",
        "03-08 skipped: Saturday",
        "03-09 frozen: 3 left",
    ]


def test_hours_need_no_explanation():
    assert explained("2025-03-07", span(hours=24)) == []


# -- years that nobody has announced ----------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "counted", "ends", "missing"),
    [
        ("Tue 2026-12-29 10:00", span(working_days=2), "2027-01-01 00:00", ()),
        ("Wed 2026-12-30 10:00", span(working_days=2), "2027-01-05 00:00", (2027,)),
        ("Thu 2026-12-31 10:00", span(working_days=1), "2027-01-05 00:00", (2027,)),
        ("Tue 2026-12-01 10:00", span(working_days=300), "2028-01-27 00:00", (2027, 2028)),
        ("Mon 2026-12-28 10:00", span(days=3, roll=True), "2027-01-01 00:00", ()),
        ("Tue 2026-12-29 10:00", span(days=3, roll=True), "2027-01-05 00:00", (2027,)),
        # Only where to roll is asked about, not the days on the way.
        ("Tue 2026-12-01 10:00", span(days=400, roll=True), "2028-01-06 00:00", (2028,)),
        ("Wed 2026-12-30 10:00", span(days=3), "2027-01-03 00:00", ()),
        ("Wed 2026-12-30 10:00", span(hours=72), "2027-01-02 10:00", ()),
        ("Mon 2035-01-01 10:00", span(days=3_000), "2043-03-21 00:00", ()),
    ],
)
def test_what_asks_about_an_unannounced_year_is_provisional(start, counted, ends, missing):
    found = due(start, counted)

    assert (wall(found.at), found.missing, found.provisional) == (ends, missing, bool(missing))


def test_a_provisional_end_is_computed_with_weekends_and_the_first_of_january():
    # 2027-01-01 is a Friday, so the first working days assumed are Monday and Tuesday.
    assert wall(due("Thu 2026-12-31 10:00", span(working_days=2)).at) == "2027-01-06 00:00"


def test_once_the_year_is_announced_the_end_is_computed_from_its_days():
    told = announced(CN, 2027, {"2027-01-01": True, "2027-01-02": False, "2027-01-04": True})

    found = due("Thu 2026-12-31 10:00", span(working_days=2), edition=told)

    assert (wall(found.at), found.missing) == ("2027-01-06 00:00", ())
    assert found.last_day == day("2027-01-05")  # Saturday the 2nd, then Tuesday the 5th


def test_consumed_days_of_an_unannounced_year_make_an_end_provisional_too():
    frozen = pause("Mon 2027-01-11 10:00", "Tue 2027-01-12 10:00")

    assert due("Tue 2026-12-29 10:00", span(working_days=20), frozen).missing == (2027,)


def test_with_nothing_left_only_the_consumed_days_were_asked_about():
    frozen = pause("Fri 2027-01-08 10:00", "Mon 2028-01-10 10:00")

    found = due("Thu 2026-12-31 10:00", span(working_days=2), frozen)

    assert (wall(found.at), found.missing) == ("2028-01-11 00:00", (2027,))


def test_a_calendar_that_is_always_announced_is_never_provisional():
    assert due("Thu 2026-12-31 10:00", span(working_days=200), edition=ROME).missing == ()


@given(STARTS, COUNTS)
def test_days_without_roll_and_hours_are_never_provisional(start, n):
    assert not end(Span("days", n), start, 0, (), CN).provisional
    assert not end(Span("hours", n), start, 0, (), CN).provisional


@given(STARTS, COUNTS)
def test_working_days_are_provisional_when_a_year_they_pass_through_is_not_announced(start, n):
    found = end(Span("working_days", n), start, 0, (), CN)

    passed = range(date.fromordinal(start + 1).year, date.fromordinal(found.last_day).year + 1)
    assert found.missing == tuple(year for year in passed if not 2007 <= year <= 2026)


# -- zones whose clocks change ----------------------------------------------------------------


@pytest.mark.fault(39)
@pytest.mark.parametrize(
    ("zone", "start", "counted", "ends"),
    [
        ("Europe/Berlin", "2025-03-28T12:00+01:00", span(days=3), "2025-04-01T00:00+02:00"),
        ("Europe/Berlin", "2025-03-28T12:00+01:00", span(hours=72), "2025-03-31T13:00+02:00"),
        ("Europe/Berlin", "2025-10-24T12:00+02:00", span(hours=72), "2025-10-27T11:00+01:00"),
        ("Europe/Rome", "2025-10-24T23:59+02:00", span(working_days=1), "2025-10-28T00:00+01:00"),
        ("Europe/Rome", "2025-03-29T10:00+01:00", span(days=1), "2025-03-31T00:00+02:00"),
        ("Asia/Shanghai", "1986-05-02T10:00+08:00", span(days=3), "1986-05-06T00:00+09:00"),
        ("Asia/Shanghai", "1991-09-13T10:00+09:00", span(days=2), "1991-09-16T00:00+08:00"),
        ("Asia/Shanghai", "1988-07-01T23:30+09:00", span(working_days=1), "1988-07-05T00:00+09:00"),
        ("America/New_York", "2025-11-01T10:00-04:00", span(days=1), "2025-11-03T00:00-05:00"),
        ("America/New_York", "2025-03-07T23:30-05:00", span(days=2, roll=True), "2025-03-11T00:00-04:00"),
    ],
)  # fmt: skip
def test_a_day_ends_at_local_midnight_though_it_has_23_or_25_hours(zone, start, counted, ends):
    edition, moment = in_zone(zone), parse_instant(start)

    found = end(counted, edition.zone.local_day(moment), moment, (), edition)

    assert found.at == parse_instant(ends)


@pytest.mark.fault(39)
@given(st.sampled_from(["Europe/Berlin", "Europe/Rome", "America/New_York"]), STARTS, BY_DAYS)
def test_in_every_zone_a_day_counted_span_ends_at_a_local_midnight(zone, start, counted):
    edition = in_zone(zone)

    found = end(counted, start, 0, (), edition)

    assert edition.zone.local(found.at).timetz().replace(tzinfo=None).isoformat() == "00:00:00"
    assert edition.zone.local_day(found.at - 1) == found.last_day


@given(STARTS, st.integers(1, 200), st.integers(0, 500))
def test_hours_keep_the_exact_remainder_over_any_pause(start, n, paused):
    began = CN.zone.midnight(start)
    frozen = Pause(began, began + paused * 7, start)

    ends = end(Span("hours", n), start, began, (frozen,), CN)

    assert ends == Due(began + n * MICROS_PER_HOUR + paused * 7, None)


# -- written in a rulebook --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "parsed", "words", "by_calendar"),
    [
        ({"working_days": 4}, Span("working_days", 4), "4 working days", True),
        ({"days": 3}, Span("days", 3), "3 days", False),
        ({"days": 3, "roll": True}, Span("days", 3, roll=True), "3 days, rolled", True),
        ({"days": 3, "roll": False}, Span("days", 3), "3 days", False),
        ({"hours": 168}, Span("hours", 168), "168 hours", False),
        ({"hours": 1}, Span("hours", 1), "1 hour", False),
        ({"working_days": 3_660}, Span("working_days", 3_660), "3660 working days", True),
        ({"hours": 87_840}, Span("hours", 87_840), "87840 hours", False),
    ],
)
def test_a_span_is_read_from_its_table(table, parsed, words, by_calendar):
    assert parse_span(table) == parsed
    assert (str(parsed), parsed.by_calendar) == (words, by_calendar)
    assert parse_span(parsed.as_data()) == parse_span(parsed) == parsed


def test_one_rolled_day_is_told_as_such():
    assert str(Span("days", 1, roll=True)) == "1 day, rolled"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("3 days", "a span such as { working_days = 3 }"),
        (3, "a span such as"),
        (None, "a span such as"),
        ({}, "a span such as"),
        ({"roll": True}, "a span such as"),
        ({"weeks": 2}, "got {'weeks': 2}"),
        ({"days": 2, "hours": 3}, "got {'days': 2, 'hours': 3}"),
        ({"days": 0}, "days: a whole number from 1 to 3660, got 0"),
        ({"days": -1}, "days: a whole number from 1 to 3660, got -1"),
        ({"days": 3_661}, "days: a whole number from 1 to 3660, got 3661"),
        ({"working_days": 3_661}, "working_days: a whole number from 1 to 3660, got 3661"),
        ({"hours": 87_841}, "hours: a whole number from 1 to 87840, got 87841"),
        ({"days": True}, "days: a whole number from 1 to 3660, got True"),
        ({"days": 1.0}, "days: a whole number from 1 to 3660, got 1.0"),
        ({"days": "3"}, "days: a whole number from 1 to 3660, got '3'"),
        ({"days": 3, "roll": 1}, "roll: true or false, and only beside days"),
        ({"hours": 3, "roll": True}, "roll: true or false, and only beside days"),
        ({"working_days": 3, "roll": True}, "roll: true or false, and only beside days"),
    ],
)
@pytest.mark.fault(43)
def test_what_is_no_span_is_refused_with_what_was_wanted_and_what_came(table, said):
    with pytest.raises(BadSpan) as refused:
        parse_span(table)

    assert said in str(refused.value)


class Section(BaseModel):
    window: SpanField


def test_a_span_is_a_field_of_a_rulebooks_section():
    assert Section.model_validate({"window": {"days": 3}}).window == Span("days", 3)
    with pytest.raises(ValidationError, match="days: a whole number"):
        Section.model_validate({"window": {"days": 0}})


def test_editors_are_told_what_a_span_may_be():
    shapes = Section.model_json_schema()["properties"]["window"]["oneOf"]

    assert [(shape["required"], sorted(shape["properties"])) for shape in shapes] == [
        (["working_days"], ["office", "working_days"]),
        (["days"], ["days", "roll"]),
        (["hours"], ["hours"]),
        (["working_hours"], ["working_hours"]),
    ]
    assert shapes[1]["properties"]["days"] == {"type": "integer", "minimum": 1, "maximum": 3_660}


@pytest.mark.fault(43)
def test_the_longest_span_from_the_last_day_of_a_century_has_an_end():
    longest = Span("working_days", 3_660)

    found = end(longest, date(2100, 12, 31).toordinal(), 0, (), CN)

    assert date.fromordinal(found.last_day) - date(2100, 12, 31) > timedelta(days=5_000)
