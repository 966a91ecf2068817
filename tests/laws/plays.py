"""One story under one schedule, looked at by the oracles on the way and at its end."""

from __future__ import annotations

from collections.abc import Callable

from tests.laws.schedules import Schedule, played
from tests.laws.stories import DAY, Story, told
from tests.laws.world import World

Check = Callable[[World], None]


def holds(story: Story, schedule: Schedule, *checks: Check, tail: int = 0) -> None:
    """The checks hold under a perfect daemon and under the schedule, now and after `tail`."""
    with World() as world:
        plan = told(story, world, tail)
        for check in checks:
            check(world)
    with World() as world:
        played(plan, schedule, world)
        for check in checks:
            check(world)
        world.wake_at_each_deadline(plan.end + 3 * DAY)
        for check in checks:
            check(world)
