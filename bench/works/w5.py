"""W5, deciding: what follows from an event, in memory alone.

The goals are of the decision. A whole step (message, timers, canonical entries, chain, effects) is
shown beside it. The floor is a table; peers move a state by `transitions` and do nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench.contestants import Contestant, House
from bench.goals import Goal, Work

PARTS = {
    "way": "W5 deciding, no guards",
    "guards": "W5 deciding, with guards",
    "step": "W5 a whole step",
}
UNIT = "steps/s"


class Sizes(NamedTuple):
    n: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    n = ("--n", sizes.n)
    few = ("--n", max(1, sizes.n // 10))
    for what, part in PARTS.items():
        many = few if what == "step" else n
        yield Contestant(part, "ours", partial(house.run, "bench.ours.deciding", what, *many))
    way, machines = PARTS["way"], "bench.peers.machines"
    yield Contestant(way, "floor", partial(house.run, "bench.floors.deciding", *n))
    yield Contestant(way, "transitions, shared", partial(house.run, machines, "shared", *n))
    yield Contestant(way, "transitions, one each", partial(house.run, machines, "each", *few))


WORK = Work(
    "w5",
    "deciding in memory",
    (
        Goal(PARTS["way"], "per_s", UNIT, at_least=60_000),
        Goal(PARTS["guards"], "per_s", UNIT, at_least=20_000),
        Goal(PARTS["step"], "per_s", UNIT),
    ),
    {"full": Sizes(200_000), "quick": Sizes(20_000), "tiny": Sizes(20)},
    contestants,
)
