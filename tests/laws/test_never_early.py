"""Law 2: a timer acts at its due instant, never before, however late it is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.laws.deadlines import deadlines_are_counted_day_by_day
from tests.laws.deeds import MONDAY, Hands, deposits, done, due, files, registers, says
from tests.laws.oracles import (
    the_clock_never_goes_back,
    timers_fire_at_their_own_instant,
)
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import DAY, STARTS, stories
from tests.laws.world import Act, World, parse_instant


@given(stories(), schedules)
def test_every_timer_acts_exactly_when_it_is_due_and_is_written_down_no_earlier(story, schedule):
    holds(story, schedule, timers_fire_at_their_own_instant)


@given(stories(), schedules)
def test_every_deadline_ends_on_the_day_that_one_finds_by_walking(story, schedule):
    holds(story, schedule, deadlines_are_counted_day_by_day)


@pytest.mark.fault(42)
def test_nothing_happens_a_microsecond_before_and_everything_at_the_instant():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="minor"))
        end = due(world, "A", "appeal_window")
        world.move_to(end - 1)
        world.wake()
        state = "SELECT state FROM cases WHERE id = 'A'"

        assert world.one(state) == "appeal_window"

        world.move_to(end)
        world.wake()

        assert world.one(state) == "final_upheld"


def test_an_advance_until_an_earlier_instant_fires_nothing_that_is_due_after_it():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="minor"))
        end = due(world, "A", "appeal_window")
        world.move_to(end + DAY)
        world.wake(until=end - 1)

        assert [line.kind for line in world.journal()].count("timer") == 0


def test_a_timer_armed_into_the_past_is_due_at_the_instant_of_that_act_and_acts_in_its_step():
    with World(MONDAY) as world:
        done(
            world,
            registers("holder-1", "reg"),
            says("reg", "approve"),
            deposits("holder-1", "right", until="2025-03-04"),
        )
        world.move_to(MONDAY + 5 * DAY)
        [outcome] = done(world, says("right", "confirm"))

        assert outcome.answer["state"] == "expired"
        mine = [line for line in world.journal() if line.case == "right"]
        assert [line.name for line in mine[-3:]] == ["confirm", "expiry_reminder", "expiry"]
        assert {line.effective_at for line in mine[-3:]} == {MONDAY + 5 * DAY}
        armed = {told["name"]: told for told in mine[-3].content["armed"]}
        assert armed["expiry"]["computed_at"] == "2025-03-05T00:00:00+08:00"
        timers_fire_at_their_own_instant(world)


@pytest.mark.fault(40)
def test_a_provisional_deadline_waits_for_its_year_and_acts_when_that_is_announced():
    with World(parse_instant(STARTS[3])) as world:
        done(world, files("shop-1", "A"))
        world.move_to(parse_instant("2027-02-01T10:00:00+08:00"))
        world.wake()
        fired = [line.name for line in world.journal() if line.kind == "timer"]

        assert fired == ["review_target"]  # the limit of ten days leaves the known year

        calendar = world.one("SELECT content FROM calendar_editions WHERE calendar = 'cn'")
        day = {"name": "New Year", "date": "2027-01-01", "isOffDay": True}
        year = f'"2027":[{{"date":"{day["date"]}","isOffDay":true,"name":"New Year"}}]'
        world.act(Act("announce", calendar.replace('"years":{', f'"years":{{{year},')))
        world.wake()
        last = [line for line in world.journal() if line.kind == "timer"][-1]

        assert (last.name, last.effective_at) == ("review_limit", world.clock.now())


def test_time_that_passes_while_a_docket_is_read_makes_no_timer_late_or_early():
    """A real clock moves between two looks: whatever it says, the journal keeps its order."""
    for before in range(-8, 3):
        clock = Hands(MONDAY)
        with World(clock=clock) as world:
            done(
                world,
                files("shop-1", "A"),
                files("shop-1", "B"),
                says("A", "uphold", lane="minor"),
            )
            clock.at, clock.step = due(world, "A", "appeal_window") + before, 1
            done(world, says("B", "uphold", lane="minor"))
            clock.at, clock.step = clock.at + DAY, 0
            world.wake()

            timers_fire_at_their_own_instant(world)
            the_clock_never_goes_back(world)
