"""Working days of the announced years, what is assumed past them, and who announced what when."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.calendar import Almanac, Announcement, Edition
from orchestrator.core.instants import Zone
from tests.core.builders import CN, ROME, almanac, announced, at, day

DAYS = st.integers(date(1980, 1, 1).toordinal(), date(2100, 12, 31).toordinal())


def days_of(year):
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", range(2018, 2027))
def test_the_shipped_years_agree_with_chinese_calendar_on_every_day(year):
    ours = {there: CN.is_working(there.toordinal()) for there in days_of(year)}

    assert ours == {there: chinese_calendar.is_workday(there) for there in ours}


@pytest.mark.parametrize("year", range(2018, 2027))
def test_the_shipped_years_agree_with_holidays_on_every_day(year):
    witness = holidays.country_holidays("CN", years=[year - 1, year, year + 1])

    ours = {there: CN.is_working(there.toordinal()) for there in days_of(year)}

    assert ours == {there: witness.is_working_day(there) for there in ours}


@pytest.mark.parametrize(
    ("text", "working", "name"),
    [
        ("2025-04-27", True, "劳动节, make-up working day"),
        ("2025-10-01", False, "国庆节、中秋节"),
        ("2025-03-08", False, "Saturday"),
        ("2025-03-10", True, "Monday"),
        ("2030-01-01", False, "1 January, every year"),  # fixed: needs no announcement
        ("2030-01-02", True, "Wednesday"),
    ],
)
def test_every_day_says_whether_it_is_worked_and_why(text, working, name):
    assert (CN.is_working(day(text)), CN.name_of(day(text))) == (working, name)


def test_a_year_is_announced_when_its_file_lists_at_least_one_day():
    assert CN.announced(2026)
    assert not CN.announced(2027)
    assert not announced(CN, 2027, {}).announced(2027)
    assert announced(CN, 2027, {"2027-10-01": True}).announced(2027)


def test_a_calendar_that_is_always_announced_knows_every_year():
    assert ROME.announced(2090)
    assert ROME.unannounced(day("2025-01-01"), day("2090-01-01")) == ()


def test_unannounced_years_are_those_from_one_day_to_another():
    assert CN.unannounced(day("2026-12-31"), day("2026-12-31")) == ()
    assert CN.unannounced(day("2026-12-31"), day("2027-01-01")) == (2027,)
    assert CN.unannounced(day("2006-12-31"), day("2028-01-01")) == (2006, 2027, 2028)


@given(DAYS, st.integers(1, 600))
def test_the_nth_working_day_is_found_as_by_counting(start, n):
    found = CN.nth_working_day(start, n)

    assert CN.is_working(found)
    assert CN.count_working(start + 1, found) == n


@given(DAYS, st.integers(0, 800))
def test_working_days_are_counted_as_one_by_one(first, more):
    one_by_one = sum(CN.is_working(there) for there in range(first, first + more + 1))

    assert CN.count_working(first, first + more) == one_by_one


def test_no_working_day_lies_in_a_range_that_ends_before_it_begins():
    assert CN.count_working(day("2025-03-04"), day("2025-03-03")) == 0


# -- announcements ----------------------------------------------------------------------------

LATER = announced(CN, 2027, {"2027-10-01": True})
NEWS = almanac(("2026-11-04 12:00", LATER))


def test_an_edition_holds_from_its_announcement_on():
    assert NEWS.number_at(at("2026-11-04 11:59")) == 1
    assert NEWS.number_at(at("2026-11-04 12:00")) == 2
    assert NEWS.number_at(at("1999-01-01 00:00")) == 0
    assert NEWS.in_force(at("2026-11-04 11:59")) == 1
    assert NEWS.in_force(at("2026-11-04 12:00")) >= 2


def test_an_edition_of_a_calendar_is_its_latest_up_to_a_number():
    two = Almanac((*NEWS.announcements, Announcement(3, at("2026-11-05 00:00"), ROME)))

    assert two.edition("cn", 1) is CN
    assert two.edition("cn", 3) is LATER
    assert two.edition("cn", 3) is LATER  # remembered
    assert two.edition("rome", 3) is ROME


def test_a_calendar_without_an_edition_yet_is_not_there():
    with pytest.raises(KeyError, match="rome"):
        NEWS.edition("rome", 2)


def test_what_a_docket_has_not_seen_comes_in_order():
    assert [news.number for news in NEWS.after(0)] == [1, 2]
    assert [news.number for news in NEWS.after(1)] == [2]
    assert NEWS.after(2) == ()


def test_an_almanac_may_be_empty():
    empty = Almanac(())

    assert (empty.latest, empty.number_at(0), empty.after(0)) == (0, 0, ())


def test_a_weekend_may_be_any_days():
    riyadh = Edition(
        "sa", Zone("Asia/Riyadh"), weekend=frozenset({4, 5}), fixed={}, always=True, years={}
    )

    worked = [riyadh.is_working(day(f"2025-03-0{n}")) for n in range(6, 10)]  # Thursday to Sunday

    assert worked == [True, False, False, True]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2025-03-10", "worked"),  # a Monday
        ("2025-03-08", "rest"),
        ("2025-10-01", "holiday"),
        ("2025-10-04", "holiday"),  # a Saturday that the notice names
        ("2025-10-11", "make_up"),
        ("2020-02-03", "worked"),  # a Monday that the notice names: work begins again
        ("2030-01-01", "holiday"),  # fixed
    ],
)
def test_every_day_is_one_of_four_kinds(text, kind):
    assert CN.kind(day(text)) == kind


def test_a_fixed_holiday_that_a_notice_makes_a_working_day_is_a_make_up_day():
    worked = announced(CN, 2030, {"2030-01-01": False})

    assert worked.kind(day("2030-01-01")) == "make_up"
