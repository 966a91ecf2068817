"""Instants are whole microseconds UTC; local days are proleptic ordinals (`date.toordinal`).

Nothing here asks what time it is. A zone turns an instant into the local day on which it falls,
and a day into the instant at which it begins; a day ends where the next one begins (RULES 2).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MICROS_PER_SECOND = 1_000_000
MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND
MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_TEXT = 40
EARLIEST, LATEST = 1900, 9000  # years of an instant that comes from outside

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class BadInstant(ValueError):
    """A text that is not an instant; the message says what was wanted and what came."""


def micros(moment: datetime) -> int:
    """An aware datetime as whole microseconds UTC; a naive one is refused."""
    if moment.tzinfo is None:
        msg = f"an instant with its offset, got {moment.isoformat()} without one"
        raise BadInstant(msg)
    passed = moment - EPOCH
    return (passed.days * 86_400 + passed.seconds) * MICROS_PER_SECOND + passed.microseconds


def parse_instant(text: str) -> int:
    """Microseconds UTC of an RFC 3339 instant such as `2025-03-08T00:00:00+08:00`.

    raises   BadInstant: naive, malformed, finer than a microsecond, or outside 1900 to 9000
    """
    wanted = "an instant such as 2025-03-08T00:00:00+08:00"
    if len(text) > MOST_TEXT:
        raise BadInstant(f"{wanted}, got {len(text)} characters")
    if not _RFC3339.fullmatch(text):
        naive = " (its offset is missing)" if _RFC3339.fullmatch(text + "Z") else ""
        msg = f"{wanted}, got {text!r}{naive}"
        raise BadInstant(msg)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        msg = f"{wanted}, got {text!r} ({error})"
        raise BadInstant(msg) from None
    if not EARLIEST <= moment.year <= LATEST:
        msg = f"a year from {EARLIEST} to {LATEST}, got {text!r}"
        raise BadInstant(msg)
    return micros(moment)


def told_instant(at: int) -> str:
    """An instant in UTC for a sentence; one that no calendar has stays a number."""
    try:
        return (EPOCH + timedelta(microseconds=at)).isoformat()
    except OverflowError:
        return f"microsecond {at}"


class Zone:
    """A time zone by its IANA name. `local_day` and `midnight` are each other's inverse."""

    __slots__ = ("_info", "name")

    def __init__(self, name: str) -> None:
        """raises   ZoneInfoNotFoundError or ValueError: no such zone"""
        self.name = name
        self._info = ZoneInfo(name)

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Zone) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def local(self, at: int) -> datetime:
        """The wall clock of this zone at an instant."""
        return _local(self._info, at)

    def local_day(self, at: int) -> int:
        """The ordinal of the local day on which an instant falls."""
        return _local_day(self._info, at)

    def midnight(self, day: int) -> int:
        """The instant at which a local day begins, which is where the day before it ends."""
        return _midnight(self._info, day)

    def clock(self, day: int, past: int) -> int:
        """The first instant of a local day at which its clock shows a time, or a later one.

        past   microseconds past midnight, 24:00 at most

        Of a time that comes twice it is the first; of one that the clock jumps over, the jump.
        """
        return _clock(self._info, day, past)

    def past_midnight(self, at: int) -> int:
        """What the wall clock shows at an instant, in microseconds past midnight."""
        shown = self.local(at).time()
        passed = (shown.hour * 60 + shown.minute) * 60 + shown.second
        return passed * MICROS_PER_SECOND + shown.microsecond

    def text(self, at: int) -> str:
        """RFC 3339 in this zone; without a fraction when it is zero, else with six digits."""
        return _text(self._info, at)


@lru_cache(maxsize=65_536)
def _local_day(zone: ZoneInfo, at: int) -> int:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone).toordinal()


@lru_cache(maxsize=65_536)
def _midnight(zone: ZoneInfo, day: int) -> int:
    first = date.fromordinal(day)
    return micros(datetime(first.year, first.month, first.day, tzinfo=zone))


def _clock(zone: ZoneInfo, day: int, past: int) -> int:
    wall = datetime.fromordinal(day) + timedelta(microseconds=past)
    at = micros(wall.replace(tzinfo=zone))
    if _local(zone, at).replace(tzinfo=None, fold=0) == wall:
        return at
    # In a gap `fold` says from which side: as if the clock had not jumped, or had before.
    late = wall.replace(tzinfo=zone, fold=1)
    seconds = range(micros(late) // MICROS_PER_SECOND, at // MICROS_PER_SECOND + 1)
    jump = bisect_left(seconds, True, key=lambda s: _has_jumped(zone, s, late))
    return seconds[jump] * MICROS_PER_SECOND


def _has_jumped(zone: ZoneInfo, second: int, late: datetime) -> bool:
    return _local(zone, second * MICROS_PER_SECOND).utcoffset() == late.utcoffset()


def _local(zone: ZoneInfo, at: int) -> datetime:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone)


@lru_cache(maxsize=65_536)
def _text(zone: ZoneInfo, at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone).isoformat()
