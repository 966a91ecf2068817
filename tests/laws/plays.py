"""One story under one schedule, looked at by the oracles on the way and at its end."""

from __future__ import annotations

from collections.abc import Callable

from tests.laws.schedules import Schedule, played
from tests.laws.seen import met
from tests.laws.stories import DAY, Story
from tests.laws.told import told
from tests.laws.world import World, parts

EDITIONS = (
    "an edition",
    "a deadline moved later",
    "a deadline moved sooner",
    "a deadline moved nowhere: it is sure now",
)
REFUSALS = (
    *(
        f"refused: {code}"
        for code in ("role", "rule", "state", "timer", "message", "unknown_event")
    ),
    *("refused by complainant_is_approved", "refused by right_is_valid"),
    *("refused by rounds_are_left", "refused by second_appeal_is_open"),
    *("refused by upheld_listings_were_complained_of", "a repeated answer"),
    *("trouble BadInput", "trouble Conflict", "trouble NotFound"),
)

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
        meets_its_lines(world)


def meets_its_lines(world: World) -> None:
    """Count every transition, refusal and change of a timer that a world's journal tells."""
    workflows: dict[str | None, str] = {}
    for line in world.journal():
        content = line.content
        if line.kind == "opened":
            workflows[line.case] = line.name
            met(f"opened {line.name} under {content['rulebook'].split(':')[0]}")
        elif line.kind == "refused":
            met(f"refused: {content['code']}", f"refused by {content.get('rule')}")
        elif line.kind == "calendar_changed":
            met("an edition", *("a deadline moved " + _way(m) for m in content["moved"]))
        else:
            met(f"{workflows[line.case]} {line.from_state} {line.name}", f"kind {line.kind}")
        if content.get("frozen"):
            met("a freeze", *(f"frozen {name}" for name in content["frozen"]))
        if content.get("resumed"):
            met("a resumption")


def _way(moved: dict) -> str:
    if moved["from"] == moved["due_at"]:
        return "nowhere: it is sure now"
    return "later" if moved["from"] < moved["due_at"] else "sooner"


def transitions() -> set[str]:
    """Every way and timer of the shipped workflows, in the words of `meets_its_lines`."""
    found = set()
    for workflow in parts().registry.workflows.values():
        for state in workflow.states:
            here = [way.event for way in (*state.ways, *workflow.always.ways)]
            for rule in state.timers:
                here += [rule.name, *([rule.second.name] if rule.second else [])]
            found |= {f"{workflow.name} {state.name} {name}" for name in here if not state.final}
    return found
