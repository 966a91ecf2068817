"""Law 8: a docket's clock never goes back; a regressing clock clamps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.deeds import MONDAY, Hands, done, due, established, files, says
from tests.laws.oracles import (
    order_is_kept,
    the_chain_holds,
    the_clock_never_goes_back,
    timers_fire_at_their_own_instant,
)
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import DAY, HOUR, MINUTE, stories
from tests.laws.told import Teller
from tests.laws.world import World, parse_instant


@given(stories(), schedules)
def test_instants_never_fall_in_a_docket(story, schedule):
    holds(story, schedule, the_clock_never_goes_back)


@given(
    stories(),
    st.lists(
        st.tuples(
            st.sampled_from((0, 0, 1, -1, -HOUR, -MINUTE, -3 * DAY, HOUR, DAY, 3 * DAY, 9 * DAY)),
            st.sampled_from((0, 0, 1, 7)),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    ),
)
@pytest.mark.fault(34, 35, 36)
def test_whatever_the_clock_of_this_machine_does_the_journal_keeps_its_order(story, jumps):
    """It goes back and forth, and moves at each look; the daemon wakes in between or does not."""
    clock = Hands(story.start)
    with World(clock=clock) as world:
        teller = Teller(world)
        for n, move in enumerate(story.moves):
            jump, clock.step, awake = jumps[n % len(jumps)]
            clock.at += jump
            if awake:
                world.wake()
            act = teller.act(n, move)
            if act is not None and act.what != "announce":
                teller.outcomes.append(world.act(act))
        clock.at, clock.step = max(clock.at, MONDAY + 800 * DAY), 0
        world.wake()

        for check in (the_clock_never_goes_back, the_chain_holds, order_is_kept):
            check(world)
        timers_fire_at_their_own_instant(world)


@pytest.mark.fault(35)
def test_an_event_under_a_clock_that_went_back_takes_effect_at_the_clock_of_its_docket():
    clock = Hands(MONDAY)
    with World(clock=clock) as world:
        done(world, files("shop-1", "A"))
        clock.at = MONDAY - HOUR
        done(world, says("A", "uphold", lane="minor"))

        assert world.journal("shop-1")[-1].effective_at == MONDAY
        the_clock_never_goes_back(world)


@pytest.mark.fault(35)
def test_a_docket_that_is_read_under_a_clock_that_went_back_has_fired_what_is_due():
    clock = Hands(MONDAY)
    with World(clock=clock) as world:
        established(world, until="2025-03-20")
        end = due(world, "right-holder-1", "expiry")
        clock.at = end + HOUR
        done(world, files("shop-1", "A"))
        clock.at = end - HOUR
        late = world.act(files("shop-1", "B", assume=False))
        clock.at = end + DAY
        world.wake()

        assert late.answer["reason"] == "right TM-1 is expired (case right-holder-1)"
        the_clock_never_goes_back(world)


def test_a_wake_up_never_raises_the_clock_of_a_docket():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="minor"))
        world.move_to(MONDAY + 30 * DAY)
        world.wake()
        last = world.journal("shop-1")[-1]

        assert last.kind == "timer"
        assert world.one("SELECT clock FROM dockets") == last.effective_at < MONDAY + 30 * DAY


@pytest.mark.fault(54)
def test_occurred_at_is_only_data_and_time_is_the_receipt():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A", facts={"note": "occurred at 2001-01-01"}))

        assert world.journal()[0].effective_at == parse_instant("2025-03-03T10:00:00+08:00")
