"""Law 1: the outcome of a case never depends on when a process woke up, or died."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from orchestrator.core.instants import parse_instant
from tests.laws.plays import EDITIONS, REFUSALS, meets_its_lines, transitions
from tests.laws.schedules import ASLEEP, FAULTS, Schedule, played, roll_call, schedules
from tests.laws.seen import meets
from tests.laws.stories import DAY, HOUR, STARTS, Move, Story, stories
from tests.laws.told import edition, told
from tests.laws.world import LOST, Act, Outcome, World


def compared(story: Story, *whens: Schedule, called: bool = True) -> None:
    """Play a story with a perfect daemon, with none until the end, and under each schedule."""
    with World() as perfect:
        plan = told(story, perfect)
        if called:
            roll_call(perfect)
        perfect_dump = perfect.dump()
    with World() as asleep:
        answers = played(plan, ASLEEP, asleep)
        if called:
            roll_call(asleep)
        asleep_dump = asleep.dump()
    same(perfect_dump, asleep_dump, "a perfect daemon and none until the end")
    for schedule in whens:
        with World() as other:
            others = played(plan, schedule, other)
            if called:
                roll_call(other)
            dump = other.dump()
            meets_its_lines(other)
        if schedule.causes < 1_000:  # a step cut in two has its answer before its second half
            dump["requests"] = [(*row[:3], row[4]) for row in dump["requests"]]
            wanted = asleep_dump["requests"]
            asleep_dump = {**asleep_dump, "requests": [(*row[:3], row[4]) for row in wanted]}
        else:
            same_answers(answers, others)
        same(asleep_dump, dump, "no daemon until the end and this schedule")


def same(left: dict[str, list], right: dict[str, list], who: str) -> None:
    for table, rows in left.items():
        for one, other in zip(rows, right[table], strict=False):
            assert one == other, f"{table}: {who} differ"
        assert len(rows) == len(right[table]), f"{table}: {who} differ in number"


def same_answers(left: list[Outcome], right: list[Outcome]) -> None:
    for one, other in zip(left, right, strict=True):
        if other != LOST:
            assert one == other


@meets(FAULTS, EDITIONS, REFUSALS, transitions)
@settings(max_examples=2 * settings().max_examples)
@pytest.mark.fault(19, 41)
@given(stories(), schedules)
def test_any_two_schedules_of_wake_ups_restarts_and_kills_write_the_same_history(story, schedule):
    compared(story, schedule)


def test_an_edition_after_the_last_deadline_is_told_alike_by_a_late_and_a_punctual_daemon():
    """Without the roll call: the rows of two schedules at one and the same instant."""
    files, upholds = Move(None, 0, "files"), Move(None, 0, "event", "uphold", more=1)
    story = Story(parse_instant(STARTS[0]), (files, upholds, Move(0, HOUR, "announces")))

    compared(story, called=False)


def test_an_edition_cannot_take_effect_before_one_that_was_announced_earlier():
    with World(parse_instant(STARTS[3])) as world:
        world.act(Act("announce", edition(world, 2), after=DAY))

        with pytest.raises(ValueError, match="before the latest announcement"):
            world.act(Act("announce", edition(world, 4)))
