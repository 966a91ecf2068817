"""W9, looks: the forecast of one live case, and the preview of an event to it.

The floor reads the rows of the same docket.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench.contestants import Contestant, Figures, House
from bench.goals import Goal, Work

PART = "W9 looks at a live case"


class Sizes(NamedTuple):
    """Complaints that there are, and how many are looked at."""

    herd: int
    n: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    for who, module in (("ours", "bench.ours.looks"), ("floor", "bench.floors.looks")):
        yield Contestant(PART, who, partial(looks, house, sizes, module))


def looks(house: House, sizes: Sizes, module: str) -> Figures:
    path = house.taken(house.seeded("herd", n=sizes.herd, family=1))
    return house.run(module, path, "--n", sizes.n)


WORK = Work(
    "w9",
    "forecast and preview of one case",
    (
        Goal(PART, "forecast_p95_ms", "forecast p95, ms", at_most=50),
        Goal(PART, "preview_p95_ms", "preview p95, ms", at_most=50),
    ),
    {"full": Sizes(20_000, 1_000), "quick": Sizes(1_000, 200), "tiny": Sizes(10, 5)},
    contestants,
)
