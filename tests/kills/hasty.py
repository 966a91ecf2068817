"""A clock that all processes share and that runs through days in seconds, so that deadlines pass."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

import orchestrator.daemon
import orchestrator.outbox
from orchestrator.clock import WallClock
from orchestrator.core.instants import EPOCH
from tests.doors.house import beijing
from tests.laws.stories import DAY

BASE = beijing("2026-11-16 09:00")  # five weeks before the end of the last year that config knows
DAYS_A_SECOND = 5
LEASE_S = 0.3  # of real time, for what is being delivered
STAND_BY_S = 0.1


class Hasty(NamedTuple):
    """The same instant in every process at the same moment; it never goes back."""

    wall: int  # the real time when it began, in microseconds UTC
    began: float  # the same moment by the monotonic clock
    rate: float

    def now(self) -> int:
        return BASE + round((monotonic() - self.began) * self.rate * 1e6)

    def moment(self, at: int) -> datetime:
        """When it really is, for whoever waits: the scheduler beats real time."""
        return EPOCH + timedelta(microseconds=self.wall + (at - BASE) / self.rate)


def hasty(days_a_second: float = DAYS_A_SECOND) -> Hasty:
    """It begins now."""
    return Hasty(WallClock().now(), monotonic(), days_a_second * DAY / 1e6)


def hurry(clock: Hasty) -> None:
    """From now on this process goes by that clock, whatever command it runs."""
    WallClock.now = lambda _: clock.now()  # type: ignore[method-assign]
    orchestrator.daemon._moment = clock.moment
    orchestrator.daemon.STAND_BY_S = STAND_BY_S  # type: ignore[assignment]
    orchestrator.outbox.LEASE_US = round(LEASE_S * clock.rate * 1e6)
    orchestrator.outbox.RETRY_US = orchestrator.outbox.LEASE_US
