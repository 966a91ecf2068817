"""Law 10 under law 1: once released, a docket is what it would be if the bug had never been."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tests.laws.bugs import THERE, Bug, switchable
from tests.laws.plays import meets_its_lines
from tests.laws.schedules import ASLEEP, POINTS, WHO, Schedule, played, roll_call, schedules
from tests.laws.seen import meets, met
from tests.laws.stories import (
    ESTABLISHED,
    FOR_REAL,
    READING,
    Plan,
    Story,
    stories,
)
from tests.laws.test_lag_invariance import same
from tests.laws.told import told
from tests.laws.world import Act, Line, Outcome, World, parts


class Trouble(NamedTuple):
    """Which of the things that happen raises, since and until which input; how it is settled."""

    what: int  # the k-th thing of the journal that the story would write
    early: int  # how many inputs before it the bug is there already
    lasts: int  # how many inputs it lasts
    too_soon: bool  # somebody tries again while the bug is still there
    who: int  # settles it
    dies: int | None  # while settling


troubles = st.builds(
    Trouble,
    st.integers(0, 40),
    st.integers(0, 2),
    st.integers(0, 6),
    st.booleans(),
    WHO,
    POINTS,
)
COMPLAINT = "ip_complaint"
COMPARED = ("cases", "timers", "journal", "outbox", "dockets")


def released(story: Story, trouble: Trouble, schedule: Schedule) -> None:
    """With the bug for a while, and without it ever: the same in the end."""
    with World() as world:
        plan = apart(told(story, world, named=True))
        bug, since = bug_of(trouble, plan, world.journal())
    with World() as world, switchable():
        until = min(since + 1 + trouble.lasts, len(plan.inputs))

        def before_each(n: int) -> None:
            if n == since:
                THERE.add(bug)
            if n == until:
                if trouble.too_soon:
                    settles_nothing(world)
                THERE.clear()
                settles(world, trouble)

        outcomes = played(plan, schedule, world, before_each)
        if waited_elsewhere(world):
            return
        roll_call(world)
        found = world.dump()
        meets_its_lines(world)
    with World() as world:
        played(taken(plan, outcomes), ASLEEP, world)
        roll_call(world)
        wanted = world.dump()
    same(
        {table: wanted[table] for table in COMPARED},
        {table: found[table] for table in COMPARED},
        "a world in which the bug never was and one in which it is settled",
    )


def bug_of(trouble: Trouble, plan: Plan, lines: list[Line], workflow: str = "") -> tuple[Bug, int]:
    """Something that happens in this story, and the input before which it begins to raise."""
    mine = {line.case for line in lines if line.kind == "opened" and workflow in ("", line.name)}
    raising = ("event", "timer", "message", "opened")
    things = [line for line in lines if line.kind in raising and line.case in mine]
    if not things:
        return Bug("shop-1", "uphold"), 0
    line = things[trouble.what % len(things)]
    before = [n for n, (at, _) in enumerate(plan.inputs) if at <= line.effective_at]
    return Bug(line.docket, line.name), max(len(before) - 1 - trouble.early, 0)


def apart(plan: Plan) -> Plan:
    """Without what would meet the wrongs of `test_settling` again, or what is none of a retry's:
    announcements at the very instant of the input before them, or where openings read; and a
    second opening under an id, which may be decided before the first one that is held."""
    reads = any(
        act.what == "open" and act.target == COMPLAINT and not act.assume for _, act in plan.inputs
    )
    kept: list[tuple[int, Act]] = []
    places: dict[str, str] = {}
    for at, act in plan.inputs:
        if act.what == "announce" and (reads or (kept and kept[-1][0] == at)):
            continue
        if act.case and places.setdefault(act.case, act.docket) != act.docket:
            continue
        kept.append((at, act))
    return plan._replace(inputs=tuple(kept))


def taken(plan: Plan, outcomes: list[Outcome]) -> Plan:
    """Without what was turned away: it was never received, and its caller knows."""
    pairs = zip(plan.inputs, outcomes, strict=True)
    return plan._replace(inputs=tuple(given for given, outcome in pairs if not outcome.trouble))


def stopped(world: World) -> list[int]:
    return [row[0] for row in world.rows("SELECT id FROM incidents WHERE closed_at IS NULL")]


def waited_elsewhere(world: World) -> bool:
    """Whether an opening waited for the docket that it reads while its own went on without it:
    it is decided after what came later, so there is no world to compare to."""
    found = world.one(
        "SELECT count(*) FROM held JOIN incidents ON incidents.id = held.incident"
        " WHERE held.docket <> incidents.docket"
    )
    met(*["an opening that waited for the docket that it reads"] * bool(found))
    return bool(found)


def settles_nothing(world: World) -> None:
    """A retry while the bug is there: at most a new traceback."""
    for incident in stopped(world):
        before = world.everything()
        done = world.orchestrator.incidents.retry(incident)
        if done.settled:
            met("a retry that another input makes good")
            continue
        met("a retry too soon")
        after = world.everything()
        assert {t for t in before if before[t] != after[t]} <= {"incidents"}


def settles(world: World, trouble: Trouble) -> None:
    world.turn_to(trouble.who)
    dies = trouble.dies
    while found := stopped(world):
        met("an incident that is settled")

        def retry(incident: int = found[0]) -> Any:
            return world.orchestrator.incidents.retry(incident)

        done = world.once(retry, dies)
        dies = None
        if isinstance(done, tuple):
            assert done.settled, done.error


@meets(
    ["a held input", "an incident that is settled", "a retry too soon"],
    ["a freeze", "an edition", "death behind a commit"],
)
@given(stories(), troubles, schedules)
def test_once_settled_the_history_is_that_of_a_world_in_which_the_bug_never_was(
    story, trouble, schedule
):
    released(story, trouble, schedule)


@meets(
    ["a held input", "an incident that is settled"],
    ["an opening that waited for the docket that it reads"],
)
@given(stories((FOR_REAL, ESTABLISHED), READING), troubles, schedules)
def test_so_it_is_when_openings_read_other_dockets(story, trouble, schedule):
    released(story, trouble, schedule)


def mended(story: Story, trouble: Trouble, schedule: Schedule) -> None:
    """The bug is in a definition; its next version has it no more, and cases are moved there."""
    with World() as world:
        plan = apart(told(story, world, named=True))
        bug, since = bug_of(trouble, plan, world.journal(), COMPLAINT)
        bug = bug._replace(definition=parts().registry.definitions[COMPLAINT])
    with World() as world, switchable():
        until = min(since + 1 + trouble.lasts, len(plan.inputs))

        def before_each(n: int) -> None:
            if n == since:
                THERE.add(bug)
            if n == until:
                THERE.clear()
                world.upgrade()
                settles(world, trouble._replace(who=0))

        outcomes = played(plan, schedule, world, before_each)
        if waited_elsewhere(world):
            return
        roll_call(world)
        assert world.orchestrator.verify() == []
        moves_are_recorded(world)
        found = without_moves(world)
    with World() as world:
        played(taken(plan, outcomes), ASLEEP, world)
        roll_call(world)
        wanted = without_moves(world)
    same(wanted, found, "a world in which the bug never was and one whose cases were moved")


def moves_are_recorded(world: World) -> None:
    """A case's definition changes by an entry and by nothing else, at the docket's clock (I19)."""
    pinned: dict[str | None, str] = {}
    for line in world.journal():
        if line.kind == "opened":
            pinned[line.case] = line.content["definition"]
        if line.kind == "migrated":
            met("a case is moved to a mended definition")
            assert line.content["from"] == pinned[line.case]
            pinned[line.case] = line.content["to"]
    assert dict(world.rows("SELECT id, definition FROM cases")) == pinned


def without_moves(world: World) -> dict[str, list[Any]]:
    """What happened, without which definition it was and which number an entry has therefore."""
    made_here = world.rows("SELECT id, docket FROM cases WHERE workflow = 'account_standing'")
    plain = {case: f"the standing of {docket}" for case, docket in made_here}
    tables: dict[str, list[Any]] = {"journal": [], "cases": [], "timers": [], "outbox": []}
    for line in world.journal():
        if line.kind != "migrated":
            content = {k: v for k, v in line.content.items() if k != "definition"}
            case = plain.get(line.case, line.case)
            tables["journal"].append((line.docket, case, *line[3:4], *line[5:10], content))
    for text, table in (
        ("id, state, overdue, data, opened_at, closed_at, since, moved_by FROM cases", "cases"),
        ('"case", name, due_at, computed_at, start_day, pauses, chain FROM timers', "timers"),
        ('"case", name, content, at FROM outbox ORDER BY docket, seq, n', "outbox"),
    ):
        rows = world.rows(f"SELECT {text}")
        tables[table] = [(plain.get(case, case), *rest) for case, *rest in rows]
    for table in ("cases", "timers"):
        tables[table].sort()
    return tables


@meets(["a held input", "a case is moved to a mended definition"])
@given(stories(), troubles, schedules)
def test_moved_to_a_mended_definition_a_docket_goes_on_as_if_the_bug_had_never_been(
    story, trouble, schedule
):
    mended(story, trouble, schedule)
