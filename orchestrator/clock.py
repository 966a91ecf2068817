"""The only place that asks what time it is. Everything else is told."""

from __future__ import annotations

import datetime as dt
import time as _time
from typing import Protocol

from orchestrator.core.instants import micros

CLOCK_JUMP_S = 3_600  # wall clock and boot clock may drift apart this far in one life (law 8)


class Clock(Protocol):
    """Says what time it is, in whole microseconds UTC."""

    def now(self) -> int: ...


class WallClock:
    """The time of this machine. Looked up late, so that a frozen clock in tests is seen."""

    def now(self) -> int:
        return micros(dt.datetime.now(dt.UTC))  # noqa: TID251  the one place


class VirtualClock:
    """A clock that is moved by hand; it refuses to go back."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        return self._at

    def move_to(self, at: int) -> None:
        """raises   ValueError: an earlier instant than the present one"""
        if at < self._at:
            msg = f"time does not go back: it is {self._at}, asked for {at}"
            raise ValueError(msg)
        self._at = at


def stopwatch() -> float:
    """Seconds that only go forward, for how long something took; no instant of any case."""
    return _time.monotonic()


def seconds_since_boot() -> float:
    """CLOCK_BOOTTIME: it goes on through suspension and no one can set it."""
    return _time.clock_gettime(_time.CLOCK_BOOTTIME)


class JumpGuard:
    """Tells when the wall clock has jumped against the boot clock within this process's life."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._difference()

    def jump_s(self) -> float:
        """How far the wall clock has moved away from the boot clock since the start, in seconds."""
        return self._difference() - self._offset

    def jumped(self) -> bool:
        return abs(self.jump_s()) > CLOCK_JUMP_S

    def _difference(self) -> float:
        return self._clock.now() / 1e6 - seconds_since_boot()
