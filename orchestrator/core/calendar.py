"""Working days: what the announced years say, and what is assumed past them.

An `Edition` is one calendar as it was known at one moment: year files merged into an index of
working days, made a year at a time. A year is announced when its file lists at least one day;
a count that asks about any other year is provisional (RULES 2). The `Almanac` numbers editions:
edition n is everything that was announced up to the n-th announcement.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from orchestrator.core.instants import Zone
from orchestrator.core.office import Hours, Office

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SpecialDay(NamedTuple):
    """A day that a year file names: off, or worked although it looks like a day of rest."""

    day: int
    name: str
    off: bool


class Edition:
    """One calendar at one moment.

    name      such as `cn`
    zone      in which its days begin and end
    weekend   weekday numbers, Monday is 0
    fixed     (month, day) of holidays that need no announcement
    always    True: every year counts as announced (`announced = "always"`)
    years     year → the days its file lists; a later file wins where two name one day
    hours     in which the office is open on a working day; none where that is not counted
    """

    def __init__(
        self,
        name: str,
        zone: Zone,
        *,
        weekend: frozenset[int],
        fixed: Mapping[tuple[int, int], str],
        always: bool,
        years: Mapping[int, tuple[SpecialDay, ...]],
        hours: tuple[Hours, ...] = (),
    ) -> None:
        self.name = name
        self.zone = zone
        self.weekend = weekend
        self.fixed = dict(fixed)
        self.always = always
        self.years = dict(sorted(years.items()))
        self._special = {special.day: special for days in self.years.values() for special in days}
        self._working: dict[int, array[int]] = {}
        self.hours = hours
        self.office = Office(hours, zone, self._working_days) if hours else None

    def announced(self, year: int) -> bool:
        """Whether the days of a year are known, not assumed."""
        return self.always or bool(self.years.get(year))

    def unannounced(self, first: int, last: int) -> tuple[int, ...]:
        """The years from one day to another (both included) that nobody has announced."""
        span = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        return tuple(year for year in span if not self.announced(year))

    def is_working(self, day: int) -> bool:
        special = self._special.get(day)
        if special is not None:
            return not special.off
        there = date.fromordinal(day)
        return there.weekday() not in self.weekend and (there.month, there.day) not in self.fixed

    def kind(self, day: int) -> str:
        """`worked`, `rest` (of a weekend), `holiday`, or `make_up`: worked though it looks like one."""
        there = date.fromordinal(day)
        is_fixed = (there.month, there.day) in self.fixed
        if self.is_working(day):
            return "make_up" if is_fixed or there.weekday() in self.weekend else "worked"
        return "holiday" if is_fixed or day in self._special else "rest"

    def name_of(self, day: int) -> str:
        """Why a day is what it is: the holiday's or make-up day's name, or the weekday."""
        special = self._special.get(day)
        if special is not None:
            return special.name if special.off else f"{special.name}, make-up working day"
        there = date.fromordinal(day)
        fixed = self.fixed.get((there.month, there.day))
        return fixed or there.strftime("%A")

    def nth_working_day(self, start: int, n: int) -> int:
        """The n-th working day after a day (n ≥ 1); the day itself is not counted."""
        year = date.fromordinal(start).year
        days = self._working_days(year)
        at = bisect_right(days, start) + n - 1
        while at >= len(days):
            at -= len(days)
            year += 1
            days = self._working_days(year)
        return days[at]

    def count_working(self, first: int, last: int) -> int:
        """How many working days there are from one day to another, both included."""
        if last < first:
            return 0
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        return sum(
            bisect_right(days, last) - bisect_left(days, first)
            for days in map(self._working_days, years)
        )

    def _working_days(self, year: int) -> array[int]:
        days = self._working.get(year)
        if days is None:
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            days = array("l", (d for d in range(first, last + 1) if self.is_working(d)))
            self._working[year] = days
        return days


class Announcement(NamedTuple):
    """The moment from which an edition of one calendar holds."""

    number: int
    announced_at: int
    edition: Edition


class Almanac:
    """All announcements, in order. Edition n of a calendar is its latest one up to number n."""

    def __init__(self, announcements: tuple[Announcement, ...]) -> None:
        self.announcements = tuple(sorted(announcements))
        self.latest = self.announcements[-1].number if self.announcements else 0
        self._found: dict[tuple[str, int], Edition] = {}

    def edition(self, calendar: str, number: int) -> Edition:
        """raises   KeyError: that calendar had no edition yet"""
        key = (calendar, number)
        found = self._found.get(key)
        if found is None:
            for announcement in self.announcements:
                if announcement.number > number:
                    break
                if announcement.edition.name == calendar:
                    found = announcement.edition
            if found is None:
                raise KeyError(calendar)
            self._found[key] = found
        return found

    def number_at(self, at: int) -> int:
        """The edition that a docket born at an instant begins with."""
        known = [a.number for a in self.announcements if a.announced_at <= at]
        return max(known, default=0)

    def in_force(self, at: int) -> int:
        """The latest edition that every docket can have applied: no earlier one is still to come."""
        number = 0
        for announcement in self.announcements:
            if announcement.announced_at > at:
                break
            number = announcement.number
        return number

    def after(self, number: int) -> tuple[Announcement, ...]:
        """What a docket that has applied `number` has not seen yet, in order."""
        if number >= self.latest:
            return ()
        return tuple(a for a in self.announcements if a.number > number)
