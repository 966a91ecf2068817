"""Several processes on one file: clocks that differ, and a definition not all have heard of."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tests.laws.oracles import (
    order_is_kept,
    the_chain_holds,
    the_clock_never_goes_back,
    timers_are_those_of_the_journal,
    timers_fire_at_their_own_instant,
)
from tests.laws.schedules import WHO, roll_call, schedules
from tests.laws.seen import meets, met
from tests.laws.stories import DEEDS, MINUTE, PRELUDES, SECOND, Move, Plan, stories
from tests.laws.test_lag_invariance import compared, same
from tests.laws.told import told
from tests.laws.world import PROCESSES, Act, Outcome, World

SKEWS = (0, 0, 1, -1, SECOND, -SECOND, MINUTE, -MINUTE)


class Pass(NamedTuple):
    """Who takes an input, and who wakes just before it."""

    who: int
    awake: tuple[int, ...]


passes = st.lists(
    st.builds(Pass, WHO, st.lists(WHO, max_size=2).map(tuple)), min_size=1, max_size=16
)
skews = st.tuples(*(st.sampled_from(SKEWS) for _ in range(PROCESSES)))


def skewed(plan: Plan, clocks: tuple[int, ...], given_to: list[Pass], world: World) -> Plan:
    """Play it by clocks that differ; gives the inputs that were taken, each with its stamp."""
    world.fastest = max(0, *clocks)
    taken: list[tuple[int, int, Act]] = []
    for n, (at, act) in enumerate(plan.inputs):
        one = given_to[n % len(given_to)]
        world.move_to(at)
        for who in one.awake:
            _turns(world, who, clocks)
            world.wake()
        who = clocks.index(max(clocks)) if act.what == "announce" else one.who
        _turns(world, who, clocks)
        told_before = world.entries()
        outcome = world.act(act, who=who)
        stamp = _stamp(world, act, outcome, told_before)
        if stamp is not None:
            taken.append((stamp, n, act))
    world.move_to(plan.end)
    return Plan(
        plan.start,
        tuple((at, act) for at, _, act in sorted(taken, key=lambda one: one[:2])),
        plan.end + world.fastest,
        plan.deadlines,
    )


def _turns(world: World, who: int, clocks: tuple[int, ...]) -> None:
    world.turn_to(who)
    world.process.clock.ahead = clocks[who]
    if clocks[who]:
        met("a clock that is ahead" if clocks[who] > 0 else "a clock that is behind")


def _stamp(world: World, act: Act, outcome: Outcome, told_before: int) -> int | None:
    """The instant at which an input was received; none when it was turned away or is a repeat."""
    if act.what == "announce":
        return world.process.clock.now()
    if outcome.answer is None or world.entries() == told_before:
        return None
    where = outcome.answer["docket"], outcome.answer["seq"]
    stamp = world.rows("SELECT effective_at FROM journal WHERE docket = ? AND seq = ?", *where)[0][
        0
    ]
    if stamp > world.process.clock.now():
        met("a stamp that was clamped")
    return stamp


@meets(["a clock that is ahead", "a clock that is behind", "a stamp that was clamped"])
@given(stories(), skews, passes)
def test_whatever_the_clocks_say_the_stamped_inputs_alone_make_the_history(story, clocks, given_to):
    """I7 under law 8: a minute of skew is in the stamps of the inputs and nowhere else."""
    with World() as world:
        plan = told(story, world)
    with World() as world:
        stamped = skewed(plan, clocks, given_to, world)
        world.move_to(stamped.end)
        _turns(world, 0, (0,))
        world.wake()
        roll_call(world)
        found = world.dump()
        for check in (
            order_is_kept,
            the_clock_never_goes_back,
            the_chain_holds,
            timers_fire_at_their_own_instant,
            timers_are_those_of_the_journal,
        ):
            check(world)
    with World() as world:
        for at, act in stamped.inputs:
            world.wake_at_each_deadline(at)
            world.act(act)
        world.wake_at_each_deadline(stamped.end)
        world.wake()
        roll_call(world)
        same(found, world.dump(), "clocks that differ and one clock")


WITH_UPGRADES = (*DEEDS, "upgrades", "upgrades", "upgrades")
UPGRADED = tuple((Move(None, 0, "upgrades"), *prelude) for prelude in PRELUDES)


@meets(["a definition that a process does not know"])
@given(stories((*UPGRADED, *PRELUDES), WITH_UPGRADES), schedules)
def test_a_process_that_has_not_heard_of_a_definition_leaves_its_cases_alone(story, schedule):
    """Law 10: it goes on with what it knows, turns inputs away, and changes nothing it cannot."""
    compared(story, schedule)
