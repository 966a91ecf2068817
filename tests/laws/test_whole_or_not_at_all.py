"""Law 4: a step is one commit, and what was answered is durable."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest
from hypothesis import given

from tests.laws.deeds import MONDAY, done, established, files, says
from tests.laws.oracles import effects_belong_to_their_step, the_chain_holds
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import DAY, HOUR, stories
from tests.laws.world import Act, Crash, World

MOST_POINTS = 200


def on_the_eve(world: World) -> None:
    """Three dockets; deadlines lie ahead; two severe violations stand on one of them."""
    established(world)
    done(world, *(files("shop-1", f"S{n}") for n in range(4)), files("shop-2", "T"))
    done(world, *(says(f"S{n}", "uphold", lane="severe") for n in range(2)))
    done(world, says("S0", "appeal"), says("T", "request_supplement"))
    world.move_to(MONDAY + HOUR)


@lru_cache
def prepared(prepare: Callable[[World], None]) -> bytes:
    """The file as it is then, once for all the deaths."""
    with World(MONDAY) as world:
        prepare(world)
        world.process.ends()
        return world.path.read_bytes()


STEPS: dict[str, Act] = {
    "the third strike": says("S2", "uphold", lane="severe", key="K"),
    "an appeal": says("S1", "appeal", key="K"),
    "a withdrawal that undoes": says("S1", "withdraw", key="K"),
    "a supplement": says("T", "supplement", key="K"),
    "a refusal": says("T", "appeal", key="K"),
    "a filing that reads another docket": files("shop-2", "U", assume=False, key="K"),
    "the first filing of a docket": files("shop-3", "V", assume=False, key="K"),
}


def deaths(
    prepare: Callable[[World], None], act: Callable[[World], object], at: int = MONDAY + HOUR
) -> int:
    """Kill a step at each of its points: nothing of it is there, or all; gives how many points."""
    file = prepared(prepare)
    with World(at, file=file) as world:
        before = world.everything()
        world.once(lambda: act(world))
        after = world.everything()
    assert before != after
    found = set()
    for point in range(MOST_POINTS):
        with World(at, file=file) as world:
            if world.once(lambda w=world: act(w), point) is not Crash:
                assert found == {"nothing", "all"}
                return point
            left = world.everything()
            assert left in (before, after), f"killed at point {point}: half a step"
            found.add("all" if left == after else "nothing")
    raise AssertionError("a step of so many statements is no step")


@pytest.mark.fault(1)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_killed_at_any_point_is_not_there_or_whole(name):
    assert deaths(on_the_eve, lambda world: world._hand_in(STEPS[name])) > 10


@pytest.mark.fault(1)
@pytest.mark.parametrize("days", [4, 9, 40])
def test_a_wake_up_killed_at_any_point_has_done_nothing_or_all(days):
    assert deaths(on_the_eve, lambda world: world.wake(), MONDAY + days * DAY) > 10


@pytest.mark.fault(2)
@pytest.mark.parametrize("name", STEPS)
def test_a_caller_who_tries_again_after_any_death_gets_the_first_answer_and_one_effect(name):
    file, at = prepared(on_the_eve), MONDAY + HOUR
    with World(at, file=file) as world:
        answer = world.act(STEPS[name])
        whole = world.everything()
    for point in range(MOST_POINTS):
        with World(at, file=file) as world:
            told = world.act(STEPS[name], point)

            assert (told, world.everything()) == (answer, whole)
            if not world.crashes:
                return
    raise AssertionError("the last point was never reached")


@given(stories(), schedules)
def test_every_step_has_put_its_effects_in_the_outbox_and_nothing_else_has(story, schedule):
    holds(story, schedule, effects_belong_to_their_step, the_chain_holds)
