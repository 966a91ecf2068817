"""Law 3: one order in a docket: by instant, timers first, messages with their cause."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.laws.deeds import MONDAY, done, due, files, says
from tests.laws.oracles import messages_follow_their_cause, order_is_kept
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import HOUR, stories
from tests.laws.world import World, limits


@given(stories(), schedules)
def test_everything_happens_in_the_order_of_the_docket_and_timers_before_events(story, schedule):
    holds(story, schedule, order_is_kept, messages_follow_their_cause)


@pytest.mark.fault(42)
def test_an_event_at_the_due_instant_finds_that_the_timer_of_another_case_came_first():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), files("shop-1", "B"), says("A", "uphold", lane="minor"))
        world.move_to(due(world, "A", "appeal_window"))
        late = world.act(says("A", "appeal"))
        done(world, says("B", "uphold", lane="minor"))

        assert late.answer["state"] == "final_upheld"
        assert late.answer["refused"]
        order_is_kept(world)


@pytest.mark.fault(42)
def test_a_microsecond_before_the_due_instant_the_appeal_is_in_time():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="minor"))
        world.move_to(due(world, "A", "appeal_window") - 1)
        done(world, says("A", "appeal"))

        order_is_kept(world)


def test_windows_that_end_at_one_midnight_close_in_the_order_in_which_they_were_armed():
    """Breadth is honest, and goes on in the next commit when one is full."""
    names = [f"case-{n}" for n in range(9, 0, -1)]
    for causes, most in ((1_000, 10_000), (2, 3), (1, 4)):
        with World(MONDAY) as world, limits(causes, most):
            for n, name in enumerate(names):
                world.move_to(MONDAY + n * HOUR)
                done(world, files("shop-1", name), says(name, "uphold", lane="general"))
            world.move_to(due(world, names[0], "appeal_window"))
            late = world.act(says(names[-1], "appeal"))
            closed = [line.case for line in world.journal() if line.name == "appeal_window"]

            assert closed == names
            assert late.answer["refused"]
            order_is_kept(world)


@pytest.mark.fault(22)
def test_a_preview_beyond_a_backlog_says_what_the_act_then_says():
    with World(MONDAY) as world:
        done(world, *(files("shop-1", f"c{n}") for n in range(6)))
        world.move_to(due(world, "c0", "review_target"))
        with limits(2, 3):
            seen = world.orchestrator.preview("c0", "uphold", by="staff", facts={"lane": "minor"})
            [told] = done(world, says("c0", "uphold", lane="minor"))

        assert (seen.state, seen.effects) == (told.answer["state"], told.answer["effects"])
