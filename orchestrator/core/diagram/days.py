"""The days of a timeline: where each begins on the paper, which are off, and how they are named.

All lengths in pixels, days as local ordinals, instants in microseconds UTC.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

from orchestrator.core.calendar import WEEKDAYS, Edition
from orchestrator.core.diagram.layout import MARGIN, SMALL, TEXT, width
from orchestrator.core.instants import MICROS_PER_HOUR, MICROS_PER_SECOND, Zone

WIDE = 900
RIGHT = WIDE - MARGIN
GAP = 12  # between two labels of one row
A_DAY = 24 * MICROS_PER_HOUR
A_MINUTE = 60 * MICROS_PER_SECOND
LAST_DAY = date(9900, 1, 1).toordinal()  # so that the days past a story are days at all
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Days:
    """The local days from the one a story begins on to the right edge of the paper.

    end    up to where there is something to draw
    scale  pixels of a microsecond
    """

    def __init__(
        self, zone: Zone, edition: Edition | None, first: int, end: int, scale: float
    ) -> None:
        self.zone, self.edition, self.first, self.scale = zone, edition, first, scale
        self.start = zone.midnight(first)
        if scale:
            end = max(end, self.start + int((RIGHT - MARGIN) / scale) - 1)
        last = zone.local_day(min(end, zone.midnight(LAST_DAY)))
        self.range = range(first, last + 1)

    def x(self, at: int) -> float:
        return MARGIN + (at - self.start) * self.scale

    @property
    def width(self) -> float:
        """Of a day."""
        return A_DAY * self.scale

    def span(self, first: int, last: int) -> tuple[float, float]:
        """From where a day begins to where another one ends, on the paper."""
        left, right = self.zone.midnight(first), self.zone.midnight(last + 1)
        return self.x(left), min(self.x(right), RIGHT)

    @cached_property
    def rests(self) -> list[tuple[int, int, str]]:
        """Runs of days off (first, last, name), where a day is wide enough to be seen."""
        runs: list[tuple[int, int, str]] = []
        if self.edition is None or self.width < 2:
            return runs
        for day in self.range:
            if self.edition.is_working(day):
                continue
            name = _feast(self.edition, day)
            if runs and runs[-1][1:] == (day - 1, name):
                runs[-1] = (runs[-1][0], day, name)
            else:
                runs.append((day, day, name))
        return runs

    @cached_property
    def feasts(self) -> list[tuple[float, str]]:
        """Names of holidays (x, name), those that fit above their days."""
        placed = [(*self.span(first, last), name) for first, last, name in self.rests if name]
        return [(left, name) for left, right, name in placed if width(name, SMALL) <= right - left]

    @cached_property
    def make_ups(self) -> frozenset[int]:
        """Days that look like days of rest and are worked."""
        if self.edition is None or self.width < 2:
            return frozenset()
        weekend, works = self.edition.weekend, self.edition.is_working
        return frozenset(
            day for day in self.range if date.fromordinal(day).weekday() in weekend and works(day)
        )

    @cached_property
    def labels(self) -> list[tuple[float, int, str]]:
        """(x, day, words): each day with its name, or its number, or each Monday alone."""
        named = self.width >= width("Wed 30", SMALL) + 6
        narrow = self.width < width("30", SMALL) + 4
        if 7 * self.width < width("30", SMALL) + 4:
            return []
        found = []
        for day in self.range:
            there = date.fromordinal(day)
            words = day_name(there) if named else str(there.day)
            x = self.span(day, day)[0] + 3
            if x + width(words, SMALL) <= RIGHT and not (narrow and there.weekday()):
                found.append((x, day, words))
        return found

    @cached_property
    def months(self) -> list[tuple[float, str]]:
        """(x, words) where a month begins; of two that would meet the later one stands."""
        found: list[tuple[float, str]] = []
        room: float = RIGHT
        for day in reversed((self.first, *self._firsts())):
            there = date.fromordinal(day)
            x, words = self.span(day, day)[0] + 3, f"{MONTHS[there.month - 1]} {there.year}"
            if x + width(words, TEXT) <= room:
                found.append((x, words))
                room = x - GAP
        return found[::-1]

    def _firsts(self) -> list[int]:
        """The first day of each month that begins here; of each year where months have no room."""
        years = range(
            *(date.fromordinal(day).year for day in (self.range[0], self.range[-1] + 366))
        )
        roomy = 31 * self.width > width("Jan 2025", TEXT)
        months = range(1, 13 if roomy else 2)
        firsts = [date(year, month, 1).toordinal() for year in years for month in months]
        return [day for day in firsts if day > self.first and day in self.range]

    # -- instants in words ------------------------------------------------------------------

    def when(self, at: int, *, far: bool = False) -> str:
        """`Tue 4, 10:00` on the local clock; finer where it is finer, with its month when far."""
        there = self.zone.local(at)
        clock = f"{there.hour:02}:{there.minute:02}"
        clock += f":{there.second:02}" if at % A_MINUTE else ""
        clock += f".{there.microsecond:06}" if at % MICROS_PER_SECOND else ""
        month = f" {MONTHS[there.month - 1]} {there.year}" if far else ""
        return f"{day_name(there.date())}{month}, {clock}"

    def ended(self, due: int, *, far: bool = False) -> str:
        """The same for the end of a span: midnight is 24:00 of the day that ends there."""
        if self.zone.midnight(self.zone.local_day(due)) == due:
            return self.when(due - 1, far=far).partition(", ")[0] + ", 24:00"
        return self.when(due, far=far)


def day_name(day: date) -> str:
    """`Mon 3`, in no language but this one."""
    return f"{WEEKDAYS[day.weekday()].capitalize()} {day.day}"


def _feast(edition: Edition, day: int) -> str:
    """The holiday's name; nothing for a mere weekend."""
    name = edition.name_of(day)
    return "" if name.lower()[:3] in WEEKDAYS else name
