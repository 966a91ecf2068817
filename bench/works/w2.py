"""W2, events: N events to N/10 cases in closed loops, acknowledged after their commit.

Ours takes them by the Python door, eight injectors being eight threads on one Orchestrator. The
floor writes the identical rows, one transaction an event; eight are eight threads with a connection
each. Of a peer that accepts an event durably and applies it later, the applied ones are counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contestants import Contestant, Figures, House
from bench.goals import FLOOR, Goal, Work

PARTS = {1: "W2 events, one injector", 8: "W2 events, eight injectors"}
UNIT, EVENTS = "events/s", 10  # to each case


class Sizes(NamedTuple):
    """Cases: of ours and the floor, of users, of DBOS."""

    cases: int
    users: int
    dbos: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    for injectors, part in PARTS.items():
        yield from measured(house, part, injectors, cases=sizes.cases)
        yield users(house, part, injectors, sizes.users)
        if "DBOS" in house.peers:
            yield dbos(house, part, injectors, sizes.dbos)


def measured(house: House, part: str, injectors: int, **seed: int) -> Iterator[Contestant]:
    """Ours and its floor, on the same acts."""
    many = ("--injectors", injectors)

    def ours() -> Figures:
        seeded = house.seeded("events", **seed)
        path = house.taken(seeded)
        figures = house.run("bench.ours.events", path, acts_of(seeded), *many)
        return figures | checked(house, seeded, path, "--ours")

    def floor() -> Figures:
        seeded = house.seeded("events", **seed)
        tape, path = taped(house, seeded), house.taken(seeded)
        figures = house.run("bench.floors.events", path, acts_of(seeded), tape, *many)
        return figures | checked(house, seeded, path)

    yield Contestant(part, "ours", ours)
    yield Contestant(part, "floor", floor)


def acts_of(seeded: Path) -> Path:
    return seeded.with_suffix(".acts.json")


def taped(house: House, seeded: Path) -> Path:
    """What ours writes, recorded once."""
    tape = seeded.with_suffix(".tape")
    if not tape.exists():
        house.run("bench.ours.events", house.taken(seeded), acts_of(seeded), "--tape", tape)
    return tape


def checked(house: House, seeded: Path, path: Path, *more: str) -> Figures:
    acts = len(json.loads(acts_of(seeded).read_text("utf-8")))
    wanted = ("--before", seeded, "--kind", "event", "--count", acts)
    return house.run("bench.check", path, *wanted, *more)


def users(house: House, part: str, injectors: int, cases: int) -> Contestant:
    def run() -> Figures:
        sizes = ("--cases", cases, "--injectors", injectors)
        return house.run("bench.peers.users_events", house.cleared(), *sizes)

    return Contestant(part, "users", run)


def dbos(house: House, part: str, injectors: int, cases: int) -> Contestant:
    def run() -> Figures:
        sizes = ("--cases", cases, "--injectors", injectors)
        return house.peer("DBOS", "dbos_events", house.cleared(), *sizes)

    return Contestant(part, "DBOS", run)


WORK = Work(
    "w2",
    "events in closed loops",
    (
        Goal(PARTS[1], "per_s", UNIT, FLOOR, at_least=0.5),
        Goal(PARTS[1], "per_s", UNIT, "users"),
        Goal(PARTS[1], "p99_ms", "p99, ms"),
        Goal(PARTS[8], "per_s", UNIT, FLOOR, at_least=3),
        Goal(PARTS[8], "per_s", UNIT, "users"),
        Goal(PARTS[8], "p99_ms", "p99, ms", at_most=5),
    ),
    {
        "full": Sizes(1_000, 200, 100),
        "quick": Sizes(60, 10, 5),
        "tiny": Sizes(8, 3, 0),
    },
    contestants,
)
