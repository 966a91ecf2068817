"""The kinds of span, and the exclusive instant at which each of them ends (RULES 2).

| span                       | meaning                                                          |
| `{ working_days = 4 }`     | the start day is not counted; ends at 24:00 of the 4th           |
| `{ days = 3 }`             | calendar days, counted the same way                              |
| `{ days = 3, roll = true }`| the same; rolled to the next working day when the 3rd is not one |
| `{ hours = 168 }`          | elapsed time, no calendar                                        |
| `{ working_hours = 16 }`   | time in which the office is open (`counting`)                    |
| `{ working_days = 5, office = true }` | from one opening on, by clock time (`counting`)       |

24:00 of a day is stored as 00:00 of the next one, local time. While a span is frozen nothing is
consumed: the day of the freeze is not, and on resumption the days left are counted from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from orchestrator.core.calendar import Edition
from orchestrator.core.counting import ByDays, ByHours, Counting
from orchestrator.core.instants import MICROS_PER_HOUR

UNITS = ("working_days", "days", "hours", "working_hours")
MOST = {"working_days": 3_660, "days": 3_660, "hours": 87_840, "working_hours": 3_660}


class BadSpan(ValueError):
    """Not a span; the message says what was wanted and what came."""


class Span(NamedTuple):
    unit: str
    number: int
    roll: bool = False
    office: bool = False  # of working days: from an opening on, by clock time

    @property
    def by_calendar(self) -> bool:
        """Whether an amended calendar can move its end."""
        return self.unit in ("working_days", "working_hours") or self.roll

    @property
    def in_office(self) -> bool:
        """Whether it can only be counted where the calendar has office hours."""
        return self.office or self.unit == "working_hours"

    def as_data(self) -> dict[str, Any]:
        """The span as a rulebook writes it."""
        more = {"roll": self.roll, "office": self.office}
        return {self.unit: self.number, **{key: True for key, said in more.items() if said}}

    def __str__(self) -> str:
        words = f"{self.number} {self.unit.replace('_', ' ')}"
        words = words[:-1] if self.number == 1 else words
        return words + ", rolled" * self.roll + ", in office hours" * self.office


class Pause(NamedTuple):
    """A freeze. `resumed_at` and the day that is not counted are None while it lasts."""

    frozen_at: int
    resumed_at: int | None = None
    resumed_day: int | None = None


class Due(NamedTuple):
    """Where a span ends. `missing` names the unannounced years that had to be asked about."""

    at: int  # exclusive, microseconds UTC
    last_day: int | None  # the last day counted; None for elapsed hours
    missing: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        return bool(self.missing)


def parse_span(table: object) -> Span:
    """A span from a rulebook's table.

    raises   BadSpan: unknown or several units, not a whole number, zero, negative, too long,
             or `roll` with anything but days, `office` with anything but working days
    """
    wanted = "a span such as { working_days = 3 }, { days = 3, roll = true } or { hours = 24 }"
    if isinstance(table, Span):
        return table
    if not isinstance(table, Mapping):
        raise BadSpan(f"{wanted}, got {table!r}")
    units = [key for key in table if key not in ("roll", "office")]
    if len(units) != 1 or units[0] not in UNITS:
        raise BadSpan(f"{wanted}, got {dict(table)!r}")
    unit, count, roll = units[0], table[units[0]], table.get("roll", False)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST[unit]:
        raise BadSpan(f"{unit}: a whole number from 1 to {MOST[unit]}, got {count!r}")
    if not isinstance(roll, bool) or (roll and unit != "days"):
        raise BadSpan(f"roll: true or false, and only beside days, got {dict(table)!r}")
    office = table.get("office", False)
    if not isinstance(office, bool) or (office and unit != "working_days"):
        raise BadSpan(f"office: true or false, and only beside working_days, got {dict(table)!r}")
    return Span(unit, count, roll, office)


@lru_cache(maxsize=16_384)
def end(
    span: Span, start_day: int, start_at: int, pauses: tuple[Pause, ...], edition: Edition
) -> Due:
    """The exclusive instant at which a span ends (RULES 2, worked examples).

    start_day   local ordinal that is not counted
    start_at    instant from which hours run, and days in office hours
    pauses      finished freezes, in order
    """
    if span.unit == "hours":
        waited = sum((p.resumed_at or p.frozen_at) - p.frozen_at for p in pauses)
        return Due(start_at + span.number * MICROS_PER_HOUR + waited, None)
    if span.in_office:
        at, last, days = _counting(span, edition).end(span.number, start_at, pauses)
        return Due(at, last, _missing(days, edition))
    left, day, asked = span.number, start_day, []
    for pause in pauses:
        before = edition.zone.local_day(pause.frozen_at) - 1  # the last day consumed
        if before > day:
            if span.unit == "working_days":
                left -= edition.count_working(day + 1, before)
                asked.append((day + 1, before))
            else:
                left -= before - day
            left = max(left, 0)
        assert pause.resumed_day is not None
        day = pause.resumed_day
    last = _last_day(span, day, left, edition)
    if span.roll:
        asked.append((day + left, last))
    elif span.unit == "working_days" and left:
        asked.append((day + 1, last))
    return Due(edition.zone.midnight(last + 1), last, _missing(asked, edition))


def _counting(span: Span, edition: Edition) -> Counting:
    """raises   LookupError: the calendar has no office hours, which no rulebook passes by"""
    if edition.office is None:
        raise LookupError(f"{span}: calendar {edition.name} has no office hours")
    return (ByDays if span.office else ByHours)(edition, edition.office)


def _missing(asked: list[tuple[int, int]], edition: Edition) -> tuple[int, ...]:
    """The unannounced years among the days that were asked about, each from one to another."""
    if not asked:
        return ()
    spans = [(first, last) for first, last in asked if first <= last]
    years = {year for first, last in spans for year in edition.unannounced(first, last)}
    return tuple(sorted(years))


def _last_day(span: Span, day: int, left: int, edition: Edition) -> int:
    if span.unit == "working_days":
        return edition.nth_working_day(day, left) if left else day
    last = day + left
    if span.roll and not edition.is_working(last):
        return edition.nth_working_day(last, 1)
    return last


class DayOfCount(NamedTuple):
    """One day on the way to a deadline."""

    day: date
    what: str  # start, counted, skipped, frozen; rolled over, and the last one it rolled to
    why: str


def explain(
    span: Span,
    start_day: int,
    pauses: tuple[Pause, ...],
    edition: Edition,
    start_at: int | None = None,
) -> Iterator[DayOfCount]:
    """Every day from the start to the end of a counted span, and what was done with it.

    start_at   needed where the span is in office hours
    """
    if span.unit == "hours":
        return
    if span.in_office:
        yield from _in_office(span, start_at, pauses, edition)
        return
    day, left = start_day, span.number
    yield _told(day, "start", edition)
    for pause in pauses:
        frozen_day = edition.zone.local_day(pause.frozen_at)
        while day + 1 < frozen_day:
            day += 1
            counts = left > 0 and (span.unit == "days" or edition.is_working(day))
            left -= counts
            yield _told(day, "counted" if counts else "skipped", edition)
        if pause.resumed_day is None:
            yield DayOfCount(date.fromordinal(frozen_day), "frozen", f"{left} left")
            return
        day = pause.resumed_day
        yield DayOfCount(
            date.fromordinal(day),
            "start",
            f"frozen on {date.fromordinal(frozen_day)}, resumed here, {left} left",
        )
    last = _last_day(span, day, left, edition)
    counted_until = day + left if span.unit == "days" else last
    while day < last:
        day += 1
        if day > counted_until:
            yield _told(day, "last" if day == last else "rolled", edition)
        elif span.unit == "days" or edition.is_working(day):
            yield _told(day, "counted", edition)
        else:
            yield _told(day, "skipped", edition)


def _in_office(
    span: Span, start_at: int | None, pauses: tuple[Pause, ...], edition: Edition
) -> Iterator[DayOfCount]:
    assert start_at is not None, f"{span} starts at an instant"
    for day, what, why in _counting(span, edition).explain(span.number, start_at, pauses):
        yield DayOfCount(date.fromordinal(day), what, why)


def _told(day: int, what: str, edition: Edition) -> DayOfCount:
    return DayOfCount(date.fromordinal(day), what, edition.name_of(day))
