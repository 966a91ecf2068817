"""Law 9: a refusal changes nothing but one entry; a key acts once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.journal import canonical
from tests.laws.deeds import MONDAY, done, due, files, says
from tests.laws.schedules import roll_call
from tests.laws.stories import EVENTS, stories
from tests.laws.told import told
from tests.laws.world import Act, Outcome, World, parts

TURNED_AWAY = {
    "a fact is missing": says("A", "uphold"),
    "a fact is no lane": says("A", "uphold", lane="huge"),
    "an unknown fact": says("A", "uphold", lane="minor", points=3),
    "a blank text": says("A", "reject", reason="  "),
    "no listings": files("shop-1", "B", facts={"listings": []}),
    "no address": files("shop-1", "B", facts={"listings": ["nowhere"]}),
    "an id of ours": files("shop-1", "shop-1.7"),
    "an id that is taken": files("shop-1", "A"),
    "no such case": says("nobody", "withdraw"),
    "no such workflow": Act("open", "no_such", by="staff", facts={}, docket="shop-1"),
    "a blank docket": files(" ", "B"),
    "a NUL": says("A", "reject", reason="a\0b"),
}


@given(stories(), st.sampled_from(("role", "somebody")))
def test_a_refusal_changes_nothing_but_one_entry(story, stranger):
    """Every event that is not possible, for every case, at the end of any story."""
    with World() as world:
        told(story, world, tail=0)
        roll_call(world)  # what was announced has been seen
        before = world.everything()
        for (case,) in world.rows("SELECT id FROM cases ORDER BY id LIMIT 2"):
            for event, (_, facts) in EVENTS.items():
                extra = {"lane": "minor"} if event == "uphold" else {}
                act = Act("inject", case, event, stranger, {**facts, **extra})
                outcome = world.act(act)
                before = changed_by_one_entry(before, world, outcome, stranger)


@pytest.mark.fault(53, 54)
@given(stories())
def test_what_is_not_possible_now_is_refused_and_changes_nothing_else(story):
    with World() as world:
        told(story, world, tail=0)
        roll_call(world)  # what was announced has been seen
        before = world.everything()
        for case, workflow, state in world.rows("SELECT id, workflow, state FROM cases LIMIT 2"):
            for event, (by, facts) in EVENTS.items():
                if _possible(workflow, state, event):
                    continue
                extra = {"lane": "minor"} if event == "uphold" else {}
                outcome = world.act(Act("inject", case, event, by, {**facts, **extra}))
                before = changed_by_one_entry(before, world, outcome, by)


def _possible(workflow: str, state: str, event: str) -> bool:
    ways = parts().registry.workflow(workflow).all_ways()
    return any(s.name == state and way.event == event for s, way in ways)


def changed_by_one_entry(before: dict, world: World, outcome: Outcome, by: str) -> dict:
    """Gives everything as it is now."""
    after = world.everything()
    if outcome.trouble:
        assert after == before
        return after
    assert outcome.answer["refused"]
    assert outcome.answer["reason"]
    assert not outcome.answer["effects"]
    for table, rows in before.items():
        if table not in ("journal", "dockets"):
            assert after[table] == rows, table
    new = [row for row in after["journal"] if row not in before["journal"]]
    assert len(new) == 1
    assert len(after["journal"]) == len(before["journal"]) + 1
    docket, seq, _, _, _, kind, _, who, *_ = new[0]
    assert (kind, who, seq) == ("refused", by, outcome.answer["seq"])
    for old, fresh in zip(before["dockets"], after["dockets"], strict=True):
        if old[0] != docket:
            assert fresh == old
        else:  # its clock, its seq and its head moved on; what it waits for did not
            assert (old[4], *old[6:]) == (fresh[4], *fresh[6:])
    return after


@pytest.mark.parametrize("name", TURNED_AWAY)
def test_what_is_turned_away_writes_nothing_and_leaves_its_key_free(name):
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"))
        world.move_to(due(world, "A", "review_target"))
        before = world.everything()
        turned_away = world.act(TURNED_AWAY[name]._replace(key="K", by="staff"))

        assert turned_away.trouble
        assert world.everything() == before

        [answer] = done(world, says("A", "uphold", lane="minor", key="K"))

        assert answer.answer["state"] == "appeal_window"


@pytest.mark.fault(51)
@given(stories())
def test_the_same_key_with_the_same_content_gives_the_first_answer_whatever_happened(story):
    """Asked again after all is over, to the last byte; other content under it is a conflict."""
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as world:
        firsts: dict[tuple[str, str], tuple[Act, str]] = {}
        for at, act in plan.inputs:
            world.move_to(at)
            outcome = world.act(act)
            if act.key and outcome.answer:
                firsts.setdefault((act.by, act.key), (act, canonical(outcome.answer)))
        world.move_to(plan.end)
        world.wake()
        before = world.everything()
        for act, answer in firsts.values():
            assert canonical(world.act(act).answer) == answer

            other = world.act(act._replace(facts={**(act.facts or {}), "note": "else"}))
            assert other.trouble

            act_of_another_kind = says("nobody", "withdraw", key=act.key)._replace(by=act.by)
            assert world.act(act_of_another_kind).trouble
        assert world.everything() == before


@pytest.mark.fault(51)
def test_the_repeat_is_equal_to_the_first_answer_to_the_last_byte():
    with World(MONDAY) as world:
        first, second = done(world, *[files("shop-1", "A", key="K")] * 2)

        assert json.dumps(second.answer) == json.dumps(first.answer)


@pytest.mark.fault(52)
def test_another_act_under_a_used_key_is_a_conflict():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="minor", key="K"))
        before = world.everything()
        other = world.act(says("A", "uphold", lane="severe", key="K"))

        assert other.trouble.startswith("Conflict")
        assert world.everything() == before


@pytest.mark.fault(52)
def test_a_key_belongs_to_its_caller():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A", key="K"), says("A", "uphold", lane="minor", key="K"))
        [answer] = done(world, says("A", "appeal", key="K"))

        assert answer.answer["state"] == "awaiting_complainant"


def test_a_refusal_is_answered_again_under_its_key_even_when_it_would_be_possible_now():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"))
        first = world.act(says("A", "appeal", key="K"))
        done(world, says("A", "uphold", lane="minor"))

        assert first.answer["refused"]
        assert world.act(says("A", "appeal", key="K")) == first


def test_the_answer_holds_only_what_its_own_step_caused():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), files("shop-1", "B"), says("A", "uphold", lane="minor"))
        world.move_to(due(world, "A", "appeal_window"))
        [answer] = done(world, says("B", "reject"))

        assert answer.answer["effects"] == ["notify:complainant:rejected"]
