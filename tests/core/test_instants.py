"""Instants are whole microseconds UTC; a zone turns them into days and back (RULES 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.instants import BadInstant, Zone, micros, parse_instant, told_instant

ZONES = ["Asia/Shanghai", "Europe/Berlin", "Europe/Rome", "America/New_York", "America/Havana"]
DAYS = st.integers(date(1980, 1, 1).toordinal(), date(2100, 12, 31).toordinal())


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2025-03-08T00:00:00+08:00", "2025-03-07T16:00:00Z"),
        ("2025-03-08t00:00:00z", "2025-03-08T00:00:00+00:00"),
        ("2025-03-08 00:00Z", "2025-03-08T00:00:00-00:00"),
        ("2025-03-08T00:00:00.5Z", "2025-03-08T00:00:00.500000Z"),
        ("2024-02-29T23:59:59.999999+08:00", "2024-02-29T15:59:59.999999Z"),
    ],
)
def test_an_instant_is_the_same_however_it_is_written(text, same):
    assert parse_instant(text) == parse_instant(same)


def test_an_instant_keeps_its_microsecond():
    assert parse_instant("1970-01-01T00:00:00.000001Z") == 1


def test_an_instant_before_1970_is_negative():
    assert parse_instant("1969-12-31T23:59:59.999999Z") == -1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-03-08",
        "2025-03-08T00:00:00.1234567Z",  # finer than a microsecond
        "2025-03-08T24:00:00Z",
        "2025-03-08T23:59:60Z",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-03-08T00:00:00+24:00",
        "2025-03-08T00:00:00+0800",
        " 2025-03-08T00:00:00Z",
        "2025-03-08T00:00:00Z\n",
        "٢٠٢٥-03-08T00:00:00Z",  # digits, but not these
        "1741392000",
    ],
)
def test_what_is_no_instant_is_refused_with_what_was_wanted_and_what_came(text):
    with pytest.raises(BadInstant, match=r"^an instant such as 2025-03-08T00:00:00\+08:00, got '"):
        parse_instant(text)


@pytest.mark.fault(37)
@pytest.mark.parametrize("text", ["2025-03-08T00:00:00", "2025-03-08 00:00"])
def test_a_naive_instant_is_refused_because_its_offset_is_missing(text):
    with pytest.raises(BadInstant, match="its offset is missing"):
        parse_instant(text)


@pytest.mark.fault(43)
@pytest.mark.parametrize("text", ["1899-12-31T23:59:59Z", "9001-01-01T00:00:00Z"])
def test_an_instant_outside_1900_to_9000_is_refused(text):
    with pytest.raises(BadInstant, match="a year from 1900 to 9000"):
        parse_instant(text)


@pytest.mark.fault(37)
def test_a_naive_datetime_is_refused():
    with pytest.raises(BadInstant, match="without one"):
        micros(datetime(2025, 3, 8))  # noqa: DTZ001  being naive is the point


@given(st.datetimes(datetime(1900, 1, 2), datetime(8999, 12, 30)))  # noqa: DTZ001
def test_microseconds_lose_nothing(moment):
    aware = moment.replace(tzinfo=UTC)

    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros(aware)) == aware


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Asia/Shanghai", "2025-03-08", "2025-03-08T00:00:00+08:00"),
        ("Asia/Shanghai", "1986-05-05", "1986-05-05T00:00:00+09:00"),  # summer time, 1986 to 1991
        ("Asia/Shanghai", "1991-09-15", "1991-09-15T00:00:00+09:00"),
        ("Asia/Shanghai", "1991-09-16", "1991-09-16T00:00:00+08:00"),
        ("Europe/Berlin", "2025-03-30", "2025-03-30T00:00:00+01:00"),
        ("Europe/Berlin", "2025-03-31", "2025-03-31T00:00:00+02:00"),
        ("Europe/Rome", "2025-10-26", "2025-10-26T00:00:00+02:00"),
        ("Europe/Rome", "2025-10-27", "2025-10-27T00:00:00+01:00"),
        ("America/New_York", "2025-03-10", "2025-03-10T00:00:00-04:00"),
        ("America/New_York", "2025-11-03", "2025-11-03T00:00:00-05:00"),
        ("America/Havana", "2025-11-02", "2025-11-02T00:00:00-04:00"),  # 00:00 comes twice
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"),  # 00:00 never comes
        ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"),  # the day never comes
    ],
)
@pytest.mark.fault(39)
def test_a_day_begins_at_its_first_instant_whatever_the_clocks_do(zone, day, begins):
    assert Zone(zone).midnight(date.fromisoformat(day).toordinal()) == parse_instant(begins)


@given(st.sampled_from(ZONES), DAYS)
def test_midnight_and_local_day_are_each_others_inverse(zone, day):
    there = Zone(zone)
    begins, ends = there.midnight(day), there.midnight(day + 1)

    assert [there.local_day(begins), there.local_day(ends - 1)] == [day, day]
    assert begins < ends


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000_000_000))
def test_an_instant_written_in_any_zone_is_read_back_the_same(zone, at):
    assert parse_instant(Zone(zone).text(at)) == at


def test_an_instant_is_written_without_a_fraction_when_it_is_zero_else_with_six_digits():
    beijing, whole = Zone("Asia/Shanghai"), parse_instant("2025-03-08T00:00:00+08:00")

    assert beijing.text(whole) == "2025-03-08T00:00:00+08:00"
    assert beijing.text(whole + 500) == "2025-03-08T00:00:00.000500+08:00"


def test_zones_are_equal_by_name():
    assert Zone("Europe/Rome") == Zone("Europe/Rome")
    assert Zone("Europe/Rome") != Zone("Europe/Berlin")
    assert Zone("Europe/Rome") != "Europe/Rome"
    assert len({Zone("Europe/Rome"), Zone("Europe/Rome")}) == 1
    assert repr(Zone("Europe/Rome")) == "Zone('Europe/Rome')"


def test_a_zone_that_is_not_there_is_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        Zone("Asia/Nowhere")


def test_a_text_longer_than_any_instant_is_not_repeated():
    with pytest.raises(BadInstant, match="got 10000 characters"):
        parse_instant("2" * 10_000)


def test_an_instant_is_said_in_utc_and_one_beyond_all_calendars_as_a_number():
    assert told_instant(0) == "1970-01-01T00:00:00+00:00"
    assert told_instant(2**62) == f"microsecond {2**62}"


# -- clock times ------------------------------------------------------------------------------

HOUR, MINUTE = 3_600_000_000, 60_000_000


@pytest.mark.parametrize(
    ("zone", "text", "past", "first"),
    [
        ("Asia/Shanghai", "2025-03-03", 8 * HOUR + 30 * MINUTE, "2025-03-03T08:30:00+08:00"),
        ("Asia/Shanghai", "2025-03-03", 1, "2025-03-03T00:00:00.000001+08:00"),
        ("Asia/Shanghai", "2025-03-03", 24 * HOUR, "2025-03-04T00:00:00+08:00"),
        ("America/New_York", "2025-03-09", 2 * HOUR - 1, "2025-03-09T01:59:59.999999-05:00"),
        ("America/New_York", "2025-03-09", 2 * HOUR, "2025-03-09T03:00:00-04:00"),
        ("America/New_York", "2025-03-09", 2 * HOUR + 1, "2025-03-09T03:00:00-04:00"),
        ("America/New_York", "2025-03-09", 3 * HOUR - 1, "2025-03-09T03:00:00-04:00"),
        ("America/New_York", "2025-03-09", 3 * HOUR + 1, "2025-03-09T03:00:00.000001-04:00"),
        ("America/New_York", "2025-11-02", HOUR, "2025-11-02T01:00:00-04:00"),
        ("America/New_York", "2025-11-02", 2 * HOUR - 1, "2025-11-02T01:59:59.999999-04:00"),
        ("America/New_York", "2025-11-02", 2 * HOUR, "2025-11-02T02:00:00-05:00"),
        ("America/Havana", "2025-03-09", 30 * MINUTE, "2025-03-09T01:00:00-04:00"),
        ("Australia/Lord_Howe", "2025-10-05", 2 * HOUR + MINUTE, "2025-10-05T02:30:00+11:00"),
        ("Pacific/Apia", "2011-12-30", 10 * HOUR, "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_clock_time_is_the_first_instant_of_its_day_that_shows_it_or_a_later_one(
    zone, text, past, first
):
    there = Zone(zone)

    assert there.text(there.clock(date.fromisoformat(text).toordinal(), past)) == first


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 24 * HOUR), st.integers(0, HOUR))
def test_a_later_clock_time_never_comes_earlier(name, there, past, more):
    zone = Zone(name)

    assert zone.clock(there, past) <= zone.clock(there, min(past + more, 24 * HOUR))
    assert zone.midnight(there) <= zone.clock(there, past) <= zone.midnight(there + 1)


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 24 * HOUR - 1))
def test_what_a_clock_shows_is_no_earlier_than_the_time_that_was_asked_for(name, there, past):
    zone = Zone(name)
    at = zone.clock(there, past)

    if zone.local_day(at) == there:
        assert zone.past_midnight(at) >= past
