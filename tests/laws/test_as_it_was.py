"""What a case was, and what was known of it: the past is what was shown when it was the present."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from orchestrator.errors import NotFound
from tests.laws.stories import APPEALED, DAY, ESTABLISHED, FILED, LATE, STRIKES, stories
from tests.laws.told import told
from tests.laws.world import World

Shown = dict[str, Any]
PRELUDES = (FILED, APPEALED, STRIKES, LATE, ESTABLISHED)
AS_LISTED = ("docket", "workflow", "state", "overdue", "data", "timers")


class Watched(World):
    """A world with a punctual daemon, in which somebody looks at one case whenever it has woken."""

    def __init__(self) -> None:
        self.shown: dict[int, tuple[str, Shown, Shown]] = {}
        super().__init__()

    def wake(self, *given: Any, **more: Any) -> None:
        super().wake(*given, **more)
        cases = [case for (case,) in self.rows("SELECT id FROM cases ORDER BY opened_at, id")]
        if cases:
            case = cases[len(self.shown) % len(cases)]
            shown = self.orchestrator.case(case)
            standing = self.orchestrator.standing(shown["docket"])
            self.shown[self.clock.now()] = (case, shown, standing)


@given(stories(PRELUDES))
def test_a_case_as_it_was_is_what_was_shown_then(story):
    with Watched() as world:
        told(story, world, tail=20 * DAY)
        there = world.orchestrator
        for at, (case, shown, standing) in world.shown.items():
            assert there.case(case, at=at) == shown
            assert there.standing(shown["docket"], at=at) == standing


@given(stories(PRELUDES))
def test_what_was_known_when_a_daemon_had_just_worked_is_what_was_shown_then(story):
    with Watched() as world:
        told(story, world, tail=20 * DAY)
        there = world.orchestrator
        for at, (case, shown, standing) in world.shown.items():
            assert there.case(case, known_at=at) == shown
            assert there.standing(shown["docket"], known_at=at) == standing


@given(stories(PRELUDES))
def test_a_case_as_it_was_does_not_depend_on_when_a_process_woke_up(story):
    """Law 1, looked at from later: a daemon that slept through it all tells the same past."""
    with Watched() as world:
        plan = told(story, world, tail=20 * DAY)
        shown = world.shown
    with World() as asleep:
        asleep.move_to(plan.start)
        for at, act in plan.inputs:
            asleep.move_to(at)
            asleep.act(act)
        asleep.move_to(plan.end)

        for at, (case, then, _) in shown.items():
            assert asleep.orchestrator.case(case, at=at) == then


@given(stories(PRELUDES))
def test_what_was_known_after_a_commit_is_what_its_rows_said_then(story):
    """With nobody awake between two inputs: what was due and not noticed is not known."""
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as asleep:
        asleep.move_to(plan.start)
        listed: dict[int, list[Shown]] = {}
        for at, act in plan.inputs:
            asleep.move_to(at)
            asleep.act(act)
            listed[at] = asleep.orchestrator.cases(limit=1_000)
        asleep.move_to(plan.end + DAY)
        asleep.wake()

        for at, cases in listed.items():
            for case in cases:
                known = asleep.orchestrator.case(case["case"], known_at=at)
                assert {key: known[key] for key in AS_LISTED} == {k: case[k] for k in AS_LISTED}


@given(stories(PRELUDES))
def test_nothing_is_known_of_a_case_before_it_was_opened(story):
    with World() as world:
        told(story, world, tail=0)
        for case, opened_at in world.rows("SELECT id, opened_at FROM cases"):
            there = world.orchestrator
            assert there.case(case, at=opened_at)["opened_at"]
            for moment in ({"at": opened_at - 1}, {"known_at": opened_at - 1}):
                with pytest.raises(NotFound):
                    there.case(case, **moment)
