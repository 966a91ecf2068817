"""Goals: what a figure must come to, alone or against somebody else's, and whether it was met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bench.contestants import Contestant, House, Result

FLOOR, BEST_PEER = "floor", "the best peer"
RATIO, MORE = "x", "more than"


class Goal(NamedTuple):
    """One line of the table.

    figure    its name among a contestant's figures, and `unit` what it is of
    against   whose same figure it is held to: a name, or (part, name); None: it stands alone
    how       the ratio of the two, or how much more ours is
    """

    part: str
    figure: str
    unit: str
    against: str | tuple[str, str] | None = None
    how: str = RATIO
    at_least: float | None = None
    at_most: float | None = None


class Work(NamedTuple):
    """A work: its goals, and who takes part at which size."""

    name: str
    about: str
    goals: Sequence[Goal]
    sizes: Mapping[str, Any]  # full, quick, tiny
    contestants: Callable[[House, Any], Iterator[Contestant]]


class Line(NamedTuple):
    """What came of a goal."""

    part: str
    unit: str
    ours: float | None
    floor: float | None
    peers: Mapping[str, float]
    value: float | None  # what the goal judges
    against: str | None
    how: str
    goal: str
    met: bool | None


def judged(goals: Iterable[Goal], results: Sequence[Result]) -> Iterator[Line]:
    """Every goal whose part was done."""
    done = {result.part for result in results}
    for goal in goals:
        if goal.part in done:
            yield _judge(goal, results)


def _judge(goal: Goal, results: Sequence[Result]) -> Line:
    mine = [result for result in results if result.part == goal.part]
    found = {r.who: value for r in mine if (value := r.of(goal.figure)) is not None}
    ours, floor = found.get("ours"), found.get(FLOOR)
    peers = {who: value for who, value in found.items() if who not in ("ours", FLOOR)}
    name, other = _other(goal, floor, peers, results)
    value = ours
    if goal.against is not None:
        value = None
        if ours is not None and other is not None:
            value = ours - other if goal.how == MORE else ours / other
    return Line(
        goal.part,
        goal.unit,
        ours,
        floor,
        peers,
        value,
        name,
        goal.how,
        _said(goal),
        _met(goal, value),
    )


def _other(
    goal: Goal, floor: float | None, peers: Mapping[str, float], results: Sequence[Result]
) -> tuple[str | None, float | None]:
    """Whom ours is held to: a name for people, and the figure."""
    if goal.against is None:
        return None, None
    if isinstance(goal.against, tuple):
        part, who = goal.against
        value = next((r.of(goal.figure) for r in results if (r.part, r.who) == (part, who)), None)
        return part, value
    if goal.against == FLOOR:
        return FLOOR, floor
    if goal.against == BEST_PEER:
        return max(peers.items(), key=lambda peer: peer[1], default=(BEST_PEER, None))
    return goal.against, peers.get(goal.against)


def _said(goal: Goal) -> str:
    if goal.at_least is not None:
        return f"≥ {goal.at_least:,g}"
    return f"≤ {goal.at_most:,g}" if goal.at_most is not None else ""


def _met(goal: Goal, value: float | None) -> bool | None:
    if value is None or (goal.at_least is None and goal.at_most is None):
        return None
    return value >= goal.at_least if goal.at_least is not None else value <= (goal.at_most or 0)
