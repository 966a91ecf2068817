"""Law 7: the journal proves itself, and a docket's inputs alone give the same journal again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.core.calendar import Almanac
from orchestrator.core.docket import Docket, Run, docket_born
from orchestrator.inputs import Input, event_of
from tests.laws.deeds import MONDAY, done, files, registers, says
from tests.laws.oracles import by_docket
from tests.laws.schedules import played, roll_call, schedules
from tests.laws.stories import DAY, DEEDS, FILED, HOUR, STRIKES, UPHELD, stories
from tests.laws.told import edition, told
from tests.laws.world import Act, Line, World, parts


def spoilt(world: World, *statements: str) -> list[Any]:
    """What `verify` says after somebody touched the file."""
    with world._store.write() as tx:
        for text in statements:
            tx.connection.exec_driver_sql(text)
    return world.orchestrator.verify()


MET = (FILED, UPHELD, STRIKES)
UNANNOUNCED = tuple(deed for deed in DEEDS if deed != "announces")
LAST = "(SELECT max(seq) FROM journal j WHERE j.docket = journal.docket)"
TOUCHES = {
    "a word": "UPDATE journal SET content = replace(content, '{', '{ ') WHERE {one}",
    "an instant": "UPDATE journal SET effective_at = effective_at + 1 WHERE {one}",
    "a role": "UPDATE journal SET by = 'somebody' WHERE {one}",
    "a name": "UPDATE journal SET name = name || '_' WHERE {one}",
    "a state": "UPDATE journal SET \"to\" = 'nowhere' WHERE {one}",
    "a case": "UPDATE journal SET \"case\" = 'another' WHERE {one}",
    "a kind": "UPDATE journal SET kind = 'migrated' WHERE {one}",
    "a hash": "UPDATE journal SET hash = replace(hash, substr(hash, 1, 1), '-') WHERE {one}",
    "a gap": "DELETE FROM journal WHERE {one}",
    "a cut tail": "DELETE FROM journal WHERE {one} AND seq = " + LAST,
    "a forged end": (
        'INSERT INTO journal SELECT docket, seq + 1, "case", effective_at, recorded_at, kind,'
        ' name, by, "from", "to", content, hash FROM journal WHERE {one} AND seq = ' + LAST
    ),
}


@pytest.mark.fault(4)
@given(stories(MET, UNANNOUNCED), st.sampled_from(sorted(TOUCHES)), st.integers(0, 200))
def test_verify_finds_whatever_was_touched(story, touch, which):
    with World() as world:
        told(story, world, tail=0)
        assert world.orchestrator.verify() == []
        lines = world.journal()
        line = lines[which % len(lines)]
        if "tail" in touch or "end" in touch:
            line = [other for other in lines if other.docket == line.docket][-1]
        assume(line.case or touch != "a kind")  # see the last test of this file
        where = f"docket = '{line.docket}' AND seq = {line.seq}"

        faults = spoilt(world, TOUCHES[touch].replace("{one}", where))

        assert {fault.docket for fault in faults} == {line.docket}


@given(stories(MET, UNANNOUNCED), st.integers(0, 200))
def test_verify_finds_two_entries_that_changed_places(story, which):
    with World() as world:
        told(story, world, tail=0)
        lines = world.journal()
        pairs = [(a, b) for a, b in pairwise(lines) if a.docket == b.docket]
        first, second = pairs[which % len(pairs)]
        docket = f"docket = '{first.docket}' AND seq"

        faults = spoilt(
            world,
            f"UPDATE journal SET seq = -1 WHERE {docket} = {first.seq}",
            f"UPDATE journal SET seq = {first.seq} WHERE {docket} = {second.seq}",
            f"UPDATE journal SET seq = {second.seq} WHERE {docket} = -1",
        )

        assert {fault.docket for fault in faults} == {first.docket}


def test_verify_finds_a_docket_that_waits_for_the_wrong_instant():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"))

        assert spoilt(world, "UPDATE dockets SET next_due_at = next_due_at + 1")


def test_verify_finds_a_timer_that_is_gone_although_its_docket_agrees():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"))

        assert spoilt(
            world,
            "DELETE FROM timers WHERE name = 'review_target'",
            "UPDATE dockets SET next_due_at = (SELECT min(due_at) FROM timers)",
        )


def test_verify_finds_a_case_whose_row_was_edited():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="severe"))

        assert spoilt(world, "UPDATE cases SET state = 'final_upheld' WHERE id = 'A'")


@given(stories(), schedules)
def test_the_inputs_of_a_docket_alone_give_its_journal_again(story, schedule):
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as world:
        played(plan, schedule, world)
        roll_call(world)
        readings = readings_of(world.journal())
        for docket, lines in by_docket(world.journal()):
            read = readings.get(docket, ())
            found = [replayed(world, docket, lines, read, late=late) for late in (False, True)]
            assert [line.hash for line in lines] in found


def test_a_docket_that_was_read_before_it_saw_an_edition_gives_its_journal_again_too():
    """Law 7: its own journal does not say when it was read, and the edition is dated by that."""
    with World(MONDAY) as world:
        stranger = registers("holder-1", "reg")._replace(by="nobody")
        world.act(stranger)
        world.act(Act("announce", edition(world, 1)))
        world.move_to(MONDAY + HOUR)
        world.act(files("shop-1", "A", assume=False))
        world.act(stranger._replace(case="once more"))
        lines = world.journal("holder-1")

        assert replayed(world, "holder-1", lines) == [line.hash for line in lines]


def test_verify_finds_nothing_where_an_edition_came_just_after_a_docket_began():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"))
        world.act(Act("announce", edition(world, 1)))
        world.move_to(MONDAY + HOUR)
        done(world, files("shop-1", "B"))

        assert world.orchestrator.verify() == []


def readings_of(lines: list[Line]) -> dict[str, list[int]]:
    """When each docket was read, as the journals of those say that read it."""
    found: dict[str, list[int]] = {}
    for line in lines:
        for docket in line.content.get("read", ()):
            found.setdefault(docket, []).append(line.effective_at)
    return found


def replayed(
    world: World, key: str, lines: list[Line], readings: Iterable[int] = (), *, late: bool = False
) -> list[str]:
    """The hashes that come of a docket's inputs, taken from its journal and from nothing else.

    readings   when another docket read this one, which raises its clock
    late       an input at the instant of a reading came after it; the journals do not say
    """
    with world._store.read() as tx:
        now = world.engine.world(tx)
    first = next((line for line in lines if line.kind == "calendar_changed"), None)
    run = Run(docket_born(key, lines[0].effective_at, now.almanac), now)
    if first is not None:
        run.edition = first.content["edition"] - 1
    hashes: list[str] = []
    seen = run.edition
    for line in lines:
        if line.kind == "calendar_changed":
            seen = line.content["edition"]
        by_a_message = line.kind == "opened" and line.by == "system"
        if by_a_message or line.kind not in ("opened", "event", "refused"):
            continue
        told = now._replace(almanac=_up_to(now.almanac, seen))
        for at in readings:
            if (run.clock or 0) < at < line.effective_at + late:
                run = _again(run, None, told)
                assert run.to(at, acting=True)
                hashes += [entry.hash for entry in run.entries]
                run.clock = at
        run = _again(run, _Shown(line.content.get("read", {})), told)
        assert run.to(line.effective_at, acting=True)
        hashes += [entry.hash for entry in run.entries]
        before = len(run.entries)
        _said(world, run, line)
        run.to(line.effective_at)
        hashes += [entry.hash for entry in run.entries[before:]]
    return hashes


def _up_to(almanac: Almanac, number: int) -> Almanac:
    """What had been announced by then: an announcement is an input, in the order it was made."""
    return Almanac(tuple(a for a in almanac.announcements if a.number <= number))


def _again(run: Run, shown: Any, world: Any) -> Run:
    """The docket as a database would give it back: cases and timers in the order of their keys."""
    docket = Docket(
        run.docket.key,
        run.clock,
        run.seq,
        run.head,
        run.edition,
        dict(sorted(run.cases.items())),
        {case: dict(sorted(timers.items())) for case, timers in sorted(run.timers.items())},
        frozenset({"*"}),
    )
    return Run(docket, world, shown)


class _Shown:
    """Another docket as the journal says that it was shown."""

    def __init__(self, read: dict[str, Any]) -> None:
        self.docket = SimpleNamespace(key=next(iter(read), ""))
        self.kept = next(iter(read.values()), [])
        self.read: list[dict[str, Any]] | None = None

    def shown(self, workflow: str) -> list[Any]:
        found = [case for case in self.kept if case["workflow"] == workflow]
        self.read = [*(self.read or ()), *found]
        return [SimpleNamespace(id=c["case"], state=c["state"], data=c["data"]) for c in found]


def _said(world: World, run: Run, line: Line) -> None:
    facts = line.content.get("facts", {})
    workflow = line.content.get("open") or (line.name if line.kind == "opened" else None)
    registry = parts().registry
    if workflow is None:
        case = run.cases[line.case or ""]
        given = Input("inject", case.workflow, line.docket, case.id, line.name, line.by, facts)
        event = event_of(given, registry.workflow(case.workflow))
        run.handle(case.id, event, line.effective_at)
        return
    pinned = line.content["rulebook"].split("@")[0]
    given = Input("open", workflow, line.docket, None, workflow, line.by, facts, rulebook=pinned)
    event = event_of(given, registry.workflow(workflow))
    book = world.engine.book_for(run.world, given, line.effective_at)
    made_here = line.case == f"{line.docket}.{line.seq}"
    assume = bool(line.content.get("assumed"))
    run.open(book, None if made_here else line.case, event, line.effective_at, assume=assume)


def test_what_an_opening_read_is_journaled_when_it_is_refused_too():
    with World(MONDAY) as world:
        world.act(files("shop-1", "A", assume=False))
        [line] = world.journal("shop-1")

        assert line.content["rule"] == "complainant_is_approved"
        assert line.content["read"] == {"holder-1": []}


def test_an_announcement_that_makes_a_provisional_deadline_sure_says_so_in_the_journal():
    with World(MONDAY + 660 * DAY) as world:
        done(world, files("shop-1", "A"))
        guessed = 'SELECT "case", name FROM timers WHERE provisional = 1'
        before = world.rows(guessed)
        calendar = world.one("SELECT content FROM calendar_editions WHERE calendar = 'cn'")
        year = '"2027":[{"date":"2027-01-01","isOffDay":true,"name":"New Year"}]'
        announce = calendar.replace('"years":{', f'"years":{{{year},')
        world.act(Act("announce", announce))
        world.wake()

        assert before
        assert world.rows(guessed) == []
        moved = world.journal("shop-1")[-1].content["moved"]
        assert [(item["case"], item["name"]) for item in moved] == before


def test_verify_names_an_entry_whose_kind_was_changed_to_migrated():
    with World(MONDAY) as world:
        world.act(files("shop-1")._replace(by="nobody"))

        assert spoilt(world, "UPDATE journal SET kind = 'migrated'")
