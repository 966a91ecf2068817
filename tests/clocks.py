"""Whether a clock that a test has frozen is frozen still (FAULTS, row 44)."""

from __future__ import annotations

import time

from orchestrator.clock import WallClock


def off_s() -> float:
    """How far our clocks, wall and monotonic, are from those of the kernel; nobody freezes these."""
    wall = WallClock().now() / 1e6 - time.clock_gettime(time.CLOCK_REALTIME)
    steady = time.monotonic() - time.clock_gettime(time.CLOCK_MONOTONIC)
    return max(abs(wall), abs(steady))
