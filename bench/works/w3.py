"""W3, lateness: timers due at a steady rate, a daemon running; how late is each?

Ours is `orchestrator daemon`, the floor a plain loop that writes the identical rows; both are
watched from outside (`bench.watch`): late is the time from the due instant until another process
could see the commit. Peers say it of themselves, by their clock after the commit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.contestants import Contestant, Failed, Figures, House
from bench.goals import Goal, Work

RATES = (100, 500)
PARTS = {rate: f"W3 lateness at {rate}/s" for rate in RATES}
ORCHESTRATOR = Path(sys.executable).with_name("orchestrator")


class Sizes(NamedTuple):
    """How long timers fall due, how long seeding may take for each of them, and with DBOS or not."""

    seconds: float
    lead_each_s: float
    dbos: bool


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    for rate, part in PARTS.items():
        for who in ("ours", "floor"):
            yield Contestant(part, who, partial(watched, house, sizes, rate, who))
        yield Contestant(part, "users", partial(users, house, sizes, rate))
    if sizes.dbos and "DBOS" in house.peers:
        yield Contestant(PARTS[RATES[0]], "DBOS", partial(dbos, house, sizes, RATES[0]))


def watched(house: House, sizes: Sizes, rate: int, who: str) -> Figures:
    """Seeded anew each time, for the instants are those of the wall clock."""
    path, n = house.cleared(), round(rate * sizes.seconds)
    lead = 5 + n * sizes.lead_each_s
    house.run(
        "bench.seeds.lateness",
        *(path, "--rate", rate, "--seconds", sizes.seconds, "--lead", lead),
    )
    daemon = [ORCHESTRATOR, "--database", f"sqlite:///{path}", "daemon"]
    loop = [sys.executable, "-m", "bench.floors.loop", path, path.with_suffix(".tape")]
    ours = who == "ours"
    command = daemon if ours else loop
    figures = house.run("bench.watch", "lateness", path, "--n", n, "--", *command)
    must_be_as_rehearsed(house, path, ours=ours)
    return figures


def must_be_as_rehearsed(house: House, path: Path, *, ours: bool) -> None:
    """raises   Failed: other rows than one advance at the end would have written"""
    end = path.with_suffix(".end.db")
    checks = ["--before", end, "--delivered"]
    found = house.run("bench.check", path, *checks, *(["--ours"] if ours else []))
    if found != house.run("bench.check", end, *checks):
        raise Failed("W3: not the rows that one advance at the end writes")


def users(house: House, sizes: Sizes, rate: int) -> Figures:
    n = round(rate * sizes.seconds)
    words = ("lateness", house.cleared(), "--n", n, "--rate", rate)
    return house.run("bench.peers.users_jobs", *words)


def dbos(house: House, sizes: Sizes, rate: int) -> Figures:
    n = round(rate * sizes.seconds)
    words = ("lateness", house.cleared(), "--n", n, "--rate", rate)
    return house.peer("DBOS", "dbos_timers", *words)


WORK = Work(
    "w3",
    "lateness of a running daemon",
    (
        Goal(PARTS[100], "p50_ms", "p50, ms"),
        Goal(PARTS[100], "p99_ms", "p99, ms"),
        Goal(PARTS[500], "p50_ms", "p50, ms", at_most=5),
        Goal(PARTS[500], "p99_ms", "p99, ms", at_most=50),
        Goal(PARTS[500], "growth_ms", "last quarter - first, ms", at_most=5),
    ),
    {
        "full": Sizes(20, 0.004, dbos=True),
        "quick": Sizes(1.5, 0.004, dbos=False),
        "tiny": Sizes(0.1, 0.004, dbos=False),
    },
    contestants,
)
