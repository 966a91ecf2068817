"""W4, a standing stock: a million pending timers, none due; what does a daemon cost that waits?

From the start of the process until it says it is ready; memory and processor while it idles; and
from the commit of a complaint whose deadlines are past (another process puts it in) to its firings.
Each against the same daemon on an empty database.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench.contestants import Contestant, Figures, House
from bench.goals import MORE, Goal, Work
from bench.works.w3 import ORCHESTRATOR

STOCK, EMPTY = "W4 a stock of timers", "W4 empty"


class Sizes(NamedTuple):
    """Pending timers, and seconds of idling."""

    timers: int
    idle_s: float


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    for part, timers in ((STOCK, sizes.timers), (EMPTY, 0)):
        for who in ("ours", "floor"):
            yield Contestant(part, who, partial(watched, house, timers, sizes.idle_s, who))


def watched(house: House, timers: int, idle_s: float, who: str) -> Figures:
    seeded = house.seeded("stock", timers=timers)
    path = house.taken(seeded)
    tape, since = (seeded.with_suffix(end) for end in (".tape", ".since.json"))
    path.with_suffix(".since.json").write_bytes(since.read_bytes())
    daemon = [ORCHESTRATOR, "--database", f"sqlite:///{path}", "daemon"]
    loop = [sys.executable, "-m", "bench.floors.loop", path, tape]
    command = daemon if who == "ours" else loop
    return house.run("bench.watch", "stock", path, "--idle", idle_s, "--", *command)


WORK = Work(
    "w4",
    "a standing stock of timers",
    (
        Goal(STOCK, "ready_ms", "ready, ms", (EMPTY, "ours"), MORE, at_most=100),
        Goal(STOCK, "rss_mb", "idle, MB", (EMPTY, "ours"), MORE, at_most=5),
        Goal(STOCK, "cpu_pct", "idle, % of a core", at_most=0.2),
        Goal(STOCK, "fire_ms", "put in to fired, ms", at_most=20),
    ),
    {
        "full": Sizes(1_000_000, 10),
        "quick": Sizes(20_000, 2),
        "tiny": Sizes(200, 0.2),
    },
    contestants,
)
