"""Schedules: which process wakes when, with what clock, how much it takes, when it dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import reject
from hypothesis import strategies as st

from orchestrator.db.reading import MOST_DUE
from tests.laws.seen import met
from tests.laws.stories import DAY, HOLDERS, HOUR, MINUTE, SECOND, SHOPS, Plan
from tests.laws.world import BEHIND, PROCESSES, Act, NeverEnds, Outcome, World, limits


class Wake(NamedTuple):
    """One wake-up: near which deadline on the way, by which process, how slow its clock is."""

    near: int
    offset: int
    who: int = 0
    slow: int = 0
    hurries: bool = False  # only to let dockets catch up with what was announced


class Turn(NamedTuple):
    """What happens between two inputs, and to the process that takes the second one."""

    wakes: tuple[Wake, ...] = ()
    batch: int = 500
    restarts: tuple[int, ...] = ()  # processes that are started anew; the others go on
    who: int = 0  # takes the input
    waits: bool = False  # it has the input from the first, and waits for the lock until its instant
    dies: int | None = None  # at the n-th point between statements of the input, or BEHIND one
    dies_awake: int | None = None  # the same, of the first wake-up


class Schedule(NamedTuple):
    """One turn for each input and one for the time after the last; missing ones sleep."""

    turns: tuple[Turn, ...] = ()
    causes: int = 1_000  # of one docket in one commit
    due: int = 10_000
    first: int = 0  # the input that the first turn is for; before it all is asleep

    def turn(self, n: int) -> Turn:
        at = n - self.first
        return self.turns[at] if 0 <= at < len(self.turns) else Turn()


ASLEEP = Schedule()
NEAR = (0, -1, 1, -SECOND, SECOND, MINUTE, -MINUTE, HOUR, -HOUR, DAY, -DAY)
POINTS = st.none() | st.just(BEHIND) | st.integers(0, 60)
WHO = st.sampled_from((0, 0, *range(PROCESSES)))

wakes = st.builds(
    Wake,
    st.integers(0, 6),
    st.sampled_from(NEAR),
    WHO,
    st.sampled_from((0, 0, 0, 1, SECOND, MINUTE, DAY)),
    st.sampled_from((False, False, True)),
)
turns = st.builds(
    Turn,
    st.lists(wakes, max_size=3).map(tuple),
    st.sampled_from((500, 1, 2)),
    st.sampled_from(((), (), (0,), (1,), (2,), (0, 1))),
    WHO,
    st.sampled_from((False, False, True)),
    POINTS,
    POINTS,
)
schedules = st.builds(
    Schedule,
    st.lists(turns, max_size=16).map(tuple),
    st.sampled_from((1_000, 1, 2, 3)),
    st.sampled_from((10_000, 4, 6)),
    st.integers(0, 14),
)

FAULTS = (
    "another process",
    "a slow clock",
    "a restart",
    "a wait at the lock",
    "a commit between arrival and lock",
    "a short batch",
    "death at a statement",
    "death behind a commit",
    "a catching up",
)


def played(
    plan: Plan,
    schedule: Schedule,
    world: World,
    before_each: Callable[[int], None] = lambda _: None,
) -> list[Outcome]:
    """Give a plan's inputs to a world, each at its instant, under a schedule; then all is over.

    before_each   called with the number of the input, and once behind the last
    """
    outcomes = []
    due = schedule.due if schedule.causes < schedule.due else MOST_DUE
    with limits(schedule.causes, due):
        before = plan.start
        world.move_to(before)
        for n, (at, act) in enumerate(plan.inputs):
            before_each(n)
            try:
                outcomes.append(_comes(plan, schedule.turn(n), world, before, at, act))
            except NeverEnds:
                if due == MOST_DUE or act.what != "open" or act.assume:
                    raise
                reject()  # a wrong of its own: `test_two_dockets` says which
            before = at
        before_each(len(plan.inputs))
        turn = schedule.turn(len(plan.inputs))
        passes(plan, turn, world, before, plan.end)
        world.turn_to(0)
        world.wake(turn.batch)
    return outcomes


def _comes(plan: Plan, turn: Turn, world: World, before: int, at: int, act: Act) -> Outcome:
    """An input arrives when its instant has come, or before and has to wait for the lock."""
    if turn.waits and at > before and act.what != "upgrade":
        met("a wait at the lock")
        others = _without(turn, turn.who)
        seen = world.entries()

        def meanwhile() -> None:
            passes(plan, others, world, before, at)
            if world.entries() != seen:
                met("a commit between arrival and lock")

        return world.act(act, turn.dies, turn.who, meanwhile)
    passes(plan, turn, world, before, at)
    return world.act(act, turn.dies, turn.who)


def _without(turn: Turn, who: int) -> Turn:
    """The same when this process is busy: others wake in its place, and nobody dies."""
    awake = tuple(
        wake if wake.who != who else wake._replace(who=(who + 1) % PROCESSES) for wake in turn.wakes
    )
    restarts = tuple(other for other in turn.restarts if other != who)
    return turn._replace(wakes=awake, restarts=restarts, dies_awake=None)


def passes(plan: Plan, turn: Turn, world: World, before: int, at: int) -> None:
    """Time passes from one input to the next, and the daemons wake or do not."""
    marks = [before, *(due for due in plan.deadlines if before <= due <= at), at]
    awake = sorted(
        (min(max(marks[wake.near % len(marks)] + wake.offset, before), at), *wake[2:])
        for wake in turn.wakes
    )
    dies = turn.dies_awake
    for instant, who, slow, hurries in awake:
        world.move_to(instant)
        world.turn_to(who)
        _wakes(world, turn.batch, slow, dies, hurries=hurries)
        dies = None
    for who in turn.restarts:
        met("a restart")
        world.turn_to(who)
        world.restart()
    world.move_to(at)


def _wakes(world: World, batch: int, slow: int, dies: int | None, *, hurries: bool) -> None:
    if slow:
        met("a slow clock")
    if batch < 3:
        met("a short batch")
    watch = world.process.clock
    watch.ahead = -slow
    if hurries:
        met("a catching up")
    world.once(lambda: world.wake(batch, hurries=hurries), dies)
    watch.ahead = 0


def roll_call(world: World) -> None:
    """Every docket hears something that it refuses, so that it has seen all that was announced.

    A docket applies an edition when it is next locked (DESIGN 5), so only dockets that were all
    locked at the end can be compared to the last byte. One that was only ever read is there too.
    """
    known = [key for (key,) in world.rows("SELECT key FROM dockets")]
    for docket in sorted({*known, *SHOPS, *HOLDERS}):
        facts = {"kind": "person", "name": "nobody", "identity_document": "none"}
        world.act(Act("open", "complainant_registration", by="nobody", facts=facts, docket=docket))
