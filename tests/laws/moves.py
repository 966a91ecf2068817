"""What stories are made of: moves, told in words that shrink well, and the plain inputs they become."""

from __future__ import annotations

from typing import NamedTuple

from tests.laws.world import Act

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND


class Move(NamedTuple):
    """When (near the k-th pending deadline, or so much later), and what."""

    near: int | None  # the k-th pending deadline; None: from the move before
    offset: int
    deed: str  # the name of a method of `Teller`, without its underscore
    name: str = ""
    pick: int = 0
    more: int = 0
    keyed: bool = True


class Story(NamedTuple):
    start: int
    moves: tuple[Move, ...]


class Plan(NamedTuple):
    """The plain inputs of a story, and what its deadlines were."""

    start: int
    inputs: tuple[tuple[int, Act], ...]
    end: int
    deadlines: tuple[int, ...]  # every instant at which a timer fired
