"""W6, a big docket: one event into a docket with 10,000 open cases, against one with ten.

The same event (`request_supplement`) to each of so many cases, one injector; the figure is its p50.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bench.contestants import Contestant, House
from bench.goals import FLOOR, Goal, Work
from bench.works.w2 import measured

BIG, SMALL = "W6 event into a big docket", "W6 into a docket of ten"


class Sizes(NamedTuple):
    """Open cases of the big docket, and how many get an event."""

    cases: int
    events: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    one_each = {"acts": 1, "some": sizes.events}
    yield from measured(house, BIG, 1, cases=sizes.cases, family=sizes.cases, **one_each)
    yield from measured(house, SMALL, 1, cases=sizes.events, family=10, **one_each)


WORK = Work(
    "w6",
    "an event into a big docket",
    (
        Goal(BIG, "p50_ms", "p50, ms", (SMALL, "ours"), at_most=2),
        Goal(BIG, "p50_ms", "p50, ms", FLOOR),
    ),
    {
        "full": Sizes(10_000, 1_000),
        "quick": Sizes(2_000, 200),
        "tiny": Sizes(30, 10),
    },
    contestants,
)
