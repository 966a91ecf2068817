"""Office hours: when somebody is there to work, as a line of instants on which one can measure.

Hours are a wall clock's, on working days, from an opening up to, not including, a closing. What
passes between the two is time that really passes: in a night in which the clocks change a shift
may be an hour shorter or longer than it says. `Zone.clock` tells which instant a clock time means
on the day of a change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from orchestrator.core.instants import MICROS_PER_MINUTE, Zone


class Hours(NamedTuple):
    """From an opening up to a closing, both in microseconds past midnight by the wall clock."""

    opens: int
    closes: int

    def as_data(self) -> dict[str, str]:
        """As a calendar writes them."""
        opens, closes = (divmod(past // MICROS_PER_MINUTE, 60) for past in self)
        return {"from": "{:02}:{:02}".format(*opens), "to": "{:02}:{:02}".format(*closes)}


class _Year(NamedTuple):
    """The hours of a year's working days: when each begins and ends, and what passed before it."""

    opens: array[int]
    closes: array[int]
    before: array[int]  # one more than there are hours: the last is all of the year's


class Office:
    """The office hours of one edition of a calendar, made a year at a time.

    hours          of a working day, in order, at least one
    working_days   year -> its working days in order, by that edition
    """

    def __init__(
        self,
        hours: Sequence[Hours],
        zone: Zone,
        working_days: Callable[[int], Sequence[int]],
    ) -> None:
        self.hours = hours
        self.zone = zone
        self._working_days = working_days
        self._years: dict[int, _Year] = {}

    def worked(self, start: int, until: int) -> int:
        """How long the office was open from one instant to a later one, in microseconds."""
        (first, before), (last, passed) = self._passed(start), self._passed(until)
        return passed - before + sum(self._year(year).before[-1] for year in range(first, last))

    def after(self, start: int, wanted: int) -> int:
        """The first instant by which the office was open for so long (at least 1) since another."""
        year, passed = self._passed(start)
        wanted += passed
        while wanted > self._year(year).before[-1]:
            wanted -= self._year(year).before[-1]
            year += 1
        opens, _, before = self._year(year)
        n = bisect_left(before, wanted) - 1
        return opens[n] + wanted - before[n]

    def next_open(self, at: int) -> int:
        """The instant itself inside office hours, else the next opening."""
        return self.after(at, 1) - 1  # a microsecond of work begins where the office is open

    def days(self, start: int, until: int) -> tuple[int, int]:
        """The first and the last day that can have office time between two instants.

        Whether they are worked is what a count over that time must ask.
        """
        first, last = self.zone.local_day(start), self.zone.local_day(until)
        first += start >= self.zone.clock(first, self.hours[-1].closes)
        last -= until <= self.zone.clock(last, self.hours[0].opens)
        return first, last

    def _passed(self, at: int) -> tuple[int, int]:
        """A local year, and how long the office was open in it by an instant."""
        year = date.fromordinal(self.zone.local_day(at)).year
        opens, closes, before = self._year(year)
        n = bisect_right(closes, at)
        return year, before[n] + (max(0, at - opens[n]) if n < len(closes) else 0)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = _Year(array("q"), array("q"), array("q", [0]))
            for day in self._working_days(year):
                for part in self.hours:
                    opens, closes = (self.zone.clock(day, past) for past in part)
                    found.opens.append(opens)
                    found.closes.append(closes)  # at once, where the clock jumps over all of it
                    found.before.append(found.before[-1] + closes - opens)
            self._years[year] = found
        return found
