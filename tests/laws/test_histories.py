"""Law 1 for a recorded history: replayed in slices it is what its inputs are one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inputs import may_be_given
from orchestrator.replay import Replay
from tests.laws.deeds import MONDAY, files, says
from tests.laws.stories import BEIJING, DAY, stories
from tests.laws.told import told
from tests.laws.world import Act, World


def history(inputs: list[tuple[int, Act]]) -> list[str]:
    """Inputs as the lines of a replay."""
    return [
        json.dumps(
            {
                "at": BEIJING.text(at),
                ("open" if act.what == "open" else "event"): act.name or act.target,
                "case": act.case if act.what == "open" else act.target,
                "by": act.by,
                "facts": act.facts,
                **(_opening(act) if act.what == "open" else {}),
            }
        )
        for at, act in inputs
    ]


def _opening(act: Act) -> dict[str, Any]:
    return {"docket": act.docket, "assume": act.assume, "rulebook": act.rulebook}


def both_roads(inputs: list[tuple[int, Act]], end: int, size: int) -> None:
    """The same inputs, one by one and as a history replayed in slices: the same journal."""
    with World() as world:
        for at, act in inputs:
            world.move_to(at)
            world.act(act)
        world.move_to(end)
        world.wake()
        wanted = world.dump()
    with World(end) as world, pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestrator.replay.history.SLICE", size)
        Replay(world.orchestrator).run(iter(history(inputs)), end)
        found = world.dump()
    for table in ("journal", "outbox", "cases", "timers"):
        assert found[table] == wanted[table], table


def test_a_replayed_history_writes_the_journal_that_its_inputs_write_one_by_one():
    inputs = [(MONDAY, files("shop-1", "A")), (MONDAY + 1, says("A", "uphold", lane="minor"))]

    both_roads(inputs, MONDAY + DAY, 2_000)


def test_a_history_that_opens_one_id_in_two_dockets_has_its_second_line_rejected():
    twice = [(MONDAY, files("shop-1", "A")), (MONDAY + 1, files("shop-2", "A"))]

    both_roads(twice, MONDAY + DAY, 2_000)


@given(stories(), st.sampled_from((1, 2, 3, 2_000)))
def test_a_replayed_history_is_the_same_whatever_the_slices(story, size):
    with World() as world:
        plan = told(story, world, tail=0, named=True)
    inputs = [
        (at, act._replace(key=None))
        for at, act in plan.inputs
        if act.what == "open" or (act.what == "inject" and may_be_given(act.target))
    ]

    both_roads(inputs, plan.end, size)


def test_an_event_for_a_case_that_was_named_here_is_applied_whatever_the_slices():
    told_to_the_standing = says("shop-1.3", "withdraw")
    inputs = [files("shop-1", "A"), says("A", "uphold", lane="minor"), told_to_the_standing]

    both_roads([(MONDAY + n, act) for n, act in enumerate(inputs)], MONDAY + DAY, 2_000)
