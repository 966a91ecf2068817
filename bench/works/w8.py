"""W8, lists: a page of each list of a desk, at a million cases.

Half of the pages begin at the start of a list, half somewhere in its middle. The floor is the
plainest SQL over the same rows and indices; both must find the identical rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench.contestants import Contestant, Figures, House
from bench.goals import Goal, Work

PART = "W8 pages of lists"
WHATS = (
    "all",
    "state",
    "closed",
    "docket",
    "overdue",
    "points",
    "due",
    "due soon",
    "a rare word",
    "a common word",
    "Chinese",
    "words in a state",
    "deadlines",
    "deadlines of staff",
    "case",
)


class Sizes(NamedTuple):
    """Cases that there are, and how many pages of each list ours and the floor are asked for."""

    cases: int
    ours: int
    floor: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    ours = partial(looks, house, sizes.cases, "bench.ours.lists", sizes.ours)
    floor = partial(looks, house, sizes.cases, "bench.floors.lists", sizes.floor)
    yield Contestant(PART, "ours", ours)
    yield Contestant(PART, "floor", floor, once=True)  # it reads every text there is


def looks(house: House, cases: int, module: str, n: int) -> Figures:
    return house.run(module, house.seeded("desk", cases=cases), "--n", n)


WORK = Work(
    "w8",
    "pages of lists",
    tuple(Goal(PART, what, f"{what}, p95 ms", at_most=200) for what in (*WHATS, "worst")),
    {"full": Sizes(1_000_000, 60, 4), "quick": Sizes(20_000, 20, 8), "tiny": Sizes(320, 6, 6)},
    contestants,
)
