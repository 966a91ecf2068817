"""Schedules: when a daemon wakes, how much it takes at once, when it is restarted, when it dies."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tests.laws.stories import DAY, HOUR, MINUTE, SECOND, Plan
from tests.laws.world import BEHIND, Act, Outcome, World, limits


class Turn(NamedTuple):
    """What happens between two inputs, and to the process that takes the second one."""

    wakes: tuple[tuple[int, int], ...] = ()  # (which deadline on the way, offset)
    batch: int = 500
    restart: bool = False
    dies: int | None = None  # at the n-th point between statements of the input, or BEHIND one
    dies_awake: int | None = None  # the same, of the first wake-up


class Schedule(NamedTuple):
    """One turn for each input and one for the time after the last; missing ones sleep."""

    turns: tuple[Turn, ...] = ()
    causes: int = 1_000  # of one docket in one commit
    due: int = 10_000


ASLEEP = Schedule()
NEAR = (0, -1, 1, -SECOND, SECOND, MINUTE, -MINUTE, HOUR, -HOUR, DAY, -DAY)
POINTS = st.none() | st.just(BEHIND) | st.integers(0, 60)

turns = st.builds(
    Turn,
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(NEAR)), max_size=3).map(tuple),
    st.sampled_from((500, 1, 2)),
    st.booleans(),
    POINTS,
    POINTS,
)
schedules = st.builds(
    Schedule,
    st.lists(turns, max_size=16).map(tuple),
    st.sampled_from((1_000, 1, 2, 3)),
    st.sampled_from((10_000, 4, 6)),
)


def played(plan: Plan, schedule: Schedule, world: World) -> list[Outcome]:
    """Give a plan's inputs to a world, each at its instant, under a schedule; then all is over."""
    outcomes = []
    due = schedule.due if schedule.causes < schedule.due else 10_000
    with limits(schedule.causes, due):
        before = plan.start
        world.move_to(before)
        for n, (at, act) in enumerate(plan.inputs):
            turn = schedule.turns[n] if n < len(schedule.turns) else Turn()
            _passes(plan, turn, world, before, at)
            outcomes.append(world.act(act, turn.dies))
            before = at
        n = len(plan.inputs)
        turn = schedule.turns[n] if n < len(schedule.turns) else Turn()
        _passes(plan, turn, world, before, plan.end)
        world.wake(turn.batch)
    return outcomes


def _passes(plan: Plan, turn: Turn, world: World, before: int, at: int) -> None:
    """Time passes from one input to the next, and the daemon wakes or does not."""
    marks = [before, *(due for due in plan.deadlines if before <= due <= at), at]
    instants = sorted(
        min(max(marks[k % len(marks)] + offset, before), at) for k, offset in turn.wakes
    )
    dies = turn.dies_awake
    for instant in instants:
        world.move_to(instant)
        world.once(lambda: world.wake(turn.batch), dies)
        dies = None
    if turn.restart:
        world.restart()
    world.move_to(at)


def roll_call(world: World) -> None:
    """Every docket hears something that it refuses, so that it has seen all that was announced.

    A docket applies an edition when it is next locked (DESIGN 5), so only dockets that were all
    locked at the end can be compared to the last byte.
    """
    for (docket,) in world.rows("SELECT key FROM dockets ORDER BY key"):
        facts = {"kind": "person", "name": "nobody", "identity_document": "none"}
        world.act(Act("open", "complainant_registration", by="nobody", facts=facts, docket=docket))
