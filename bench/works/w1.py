"""W1, the herd: windows that end at midnight, all at once. W1b: the same, ten to a docket.

Each worker starts cold in a process of its own on its own copy of the same database; the figure is
firings a second from the first read to the last commit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contestants import ROOT, Contestant, Figures, House
from bench.goals import BEST_PEER, FLOOR, Goal, Work

ALONE, FAMILIES = "W1 herd", "W1b herd, ten to a docket"
FEW, MANY = "W1 few due", "W1 many due"
UNIT = "firings/s"


class Sizes(NamedTuple):
    """How many are due: for ours and the floor, for each peer, and for the peak of memory."""

    n: int
    users: int
    peers: int
    few: int
    many: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    batch = shipped_batch()
    for part, family in ((ALONE, 1), (FAMILIES, 10)):
        yield from herd(house, part, sizes.n, family, batch)
    yield Contestant(ALONE, "users", lambda: users(house, sizes.users))
    for name, module in (("huey", "huey_herd"), ("SpiffWorkflow", "spiff_herd")):
        yield from peer(house, name, sizes.peers, module)
    yield from peer(house, "DBOS", sizes.peers, "dbos_timers", "herd")
    for part, n in ((FEW, sizes.few), (MANY, sizes.many)):
        yield from list(herd(house, part, n, 1, batch))[:1]


def shipped_batch() -> int:
    """How many dockets there are in one commit, as shipped."""
    with (ROOT / "config" / "orchestrator.toml").open("rb") as file:
        return int(tomllib.load(file)["daemon"]["batch"])


def herd(house: House, part: str, n: int, family: int, batch: int) -> Iterator[Contestant]:
    def seeded() -> Path:
        return house.seeded("herd", n=n, family=family)

    def ours() -> Figures:
        path = house.taken(seeded())
        figures = house.run("bench.ours.herd", path, ORCHESTRATOR_DAEMON__BATCH=str(batch))
        return figures | house.run("bench.check", path, "--before", seeded(), "--herd", "--ours")

    def floor() -> Figures:
        path = house.taken(seeded())
        figures = house.run("bench.floors.herd", path, seeded().with_suffix(".json"), batch)
        return figures | house.run("bench.check", path, "--before", seeded(), "--herd")

    yield Contestant(part, "ours", ours, once=part in (FEW, MANY))
    yield Contestant(part, "floor", floor)


def users(house: House, n: int) -> Figures:
    return house.run("bench.peers.users_jobs", "herd", house.cleared(), "--n", n)


def peer(house: House, name: str, n: int, module: str, *words: str) -> Iterator[Contestant]:
    def run() -> Figures:
        return house.peer(name, module, *words, house.cleared(), "--n", n)

    if name in house.peers:
        yield Contestant(ALONE, name, run)


WORK = Work(
    "w1",
    "a herd: windows that end at midnight",
    (
        Goal(ALONE, "per_s", UNIT, FLOOR, at_least=0.5),
        Goal(ALONE, "per_s", UNIT, BEST_PEER, at_least=15),
        Goal(ALONE, "per_s", UNIT, "users", at_least=50),
        Goal(FAMILIES, "per_s", UNIT, FLOOR, at_least=0.5),
        Goal(MANY, "rss_mb", "MB", (FEW, "ours"), at_most=1.2),
    ),
    {
        "full": Sizes(20_000, 2_000, 3_000, 10_000, 1_000_000),
        "quick": Sizes(4_000, 100, 200, 1_000, 10_000),
        "tiny": Sizes(40, 10, 0, 10, 20),
    },
    contestants,
)
