"""What must hold of a world, computed again from its journal by other code than the engine's.

Each check takes a `World` and raises AssertionError with what it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from orchestrator.core.instants import parse_instant
from tests.laws.stories import PRACTICE
from tests.laws.world import Line, World, parts


class Armed(NamedTuple):
    """A pending or frozen timer, as the journal tells it."""

    due: int | None
    priority: int
    seq: int
    n: int
    provisional: bool


Pending = dict[tuple[str, str], Armed]  # (case, timer)


def by_docket(lines: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    for docket, found in groupby(lines, key=lambda line: line.docket):
        yield docket, list(found)


# -- timers -------------------------------------------------------------------------------------


def told_by(lines: list[Line]) -> Iterator[tuple[Line, Pending]]:
    """Each entry of a docket with the timers that were pending before it; last, what remains."""
    pending: Pending = {}
    workflows: dict[str, str] = {}
    for line in lines:
        if line.kind == "opened":
            workflows[line.case or ""] = line.name
        yield line, dict(pending)
        _apply(pending, line, workflows)
    yield END, dict(pending)


END = Line("", 0, None, 0, 0, "end", "", "", None, None, {}, "")


def _apply(pending: Pending, line: Line, workflows: Mapping[str, str]) -> None:
    case, content = line.case or "", line.content
    if line.kind == "calendar_changed":
        for moved in content["moved"]:
            key = moved["case"], moved["name"]
            pending[key] = pending[key]._replace(
                due=parse_instant(moved["due_at"]), provisional=moved.get("provisional", False)
            )
        return
    if line.kind == "timer":
        del pending[case, line.name]
    for name in content.get("cancelled", ()):
        del pending[case, name]
    for name in content.get("frozen", ()):
        pending[case, name] = pending[case, name]._replace(due=None, provisional=False)
    resumed, armed = content.get("resumed", []), content.get("armed", [])
    for n, told in enumerate([*resumed, *armed]):
        priority = rule_of(workflows[case], told["name"]).priority
        provisional = told.get("provisional", False)
        due = parse_instant(told["due_at"])
        pending[case, told["name"]] = Armed(due, priority, line.seq, n, provisional)


def rule_of(workflow: str, name: str) -> Any:
    timers = parts().registry.workflow(workflow).all_timers()
    return next(timer for _, timer in timers if timer.name == name)


def timers_fire_at_their_own_instant(world: World) -> None:
    """Law 2: exactly when they were due, and nothing was written down before it happened."""
    for docket, lines in by_docket(world.journal()):
        for line, pending in told_by(lines):
            if line.kind == "timer":
                due = pending[line.case or "", line.name].due
                assert line.effective_at == due, f"{docket} {line.seq}: {line.name} not at its due"
                assert line.recorded_at >= line.effective_at, f"{docket} {line.seq}: fired early"


def order_is_kept(world: World) -> None:
    """Law 3: by instant, timers first, timers among each other by (due, priority, arming)."""
    for docket, lines in by_docket(world.journal()):
        for line, pending in told_by(lines):
            sure = {key: timer for key, timer in pending.items() if timer.due and not timer[4]}
            where = f"{docket} {line.seq} {line.kind} {line.name}"
            if line.kind == "timer":
                mine = pending[line.case or "", line.name]
                first = min([mine[:4], *(timer[:4] for timer in sure.values())])
                assert mine[:4] == first, f"{where}: another timer was due first"
            elif line.kind in ("event", "refused", "calendar_changed", "opened"):
                if line.by == "system" and line.kind == "opened":
                    continue  # by a message, in the middle of a cause
                late = {k: t for k, t in sure.items() if t.due <= line.effective_at}
                assert not late, f"{where}: {late} was due before it"


def messages_follow_their_cause(world: World) -> None:
    """Law 3: what a step raised is handled at the same instant before anything else."""
    for docket, lines in by_docket(world.journal()):
        cause: Line | None = None
        for line in lines:
            if line.kind == "message" or (line.kind == "opened" and line.by == "system"):
                assert cause is not None, f"{docket} {line.seq}: a message without a cause"
                assert cause.kind in ("event", "timer"), f"{docket} {line.seq}: {cause.kind}"
                assert line.effective_at == cause.effective_at
            else:
                cause = line


def timers_are_those_of_the_journal(world: World) -> None:
    """Law 5: the rows are what the entries say, and a docket waits for the earliest of them."""
    rows = world.rows('SELECT docket, "case", name, due_at, provisional FROM timers')
    finals = {row[0] for row in world.rows("SELECT id FROM cases WHERE closed_at IS NOT NULL")}
    dockets = dict(world.rows("SELECT key, next_due_at FROM dockets"))
    told: dict[str, Pending] = {}
    for docket, lines in by_docket(world.journal()):
        *_, (_, told[docket]) = told_by(lines)
    for docket, next_due_at in dockets.items():
        mine = {(case, name): due for d, case, name, due, _ in rows if d == docket}
        wanted = {key: timer.due for key, timer in told.get(docket, {}).items()}
        assert mine == wanted, f"{docket}: timers"
        assert not {case for case, _ in mine} & finals, f"{docket}: a closed case waits"
        may_fire = [due for d, _, _, due, guessed in rows if d == docket and due and not guessed]
        assert next_due_at == min(may_fire, default=None), f"{docket}: next_due_at"


def timers_are_those_of_the_definition(world: World) -> None:
    """Law 5: an open case has the timers of its state that have not fired since it got there."""
    rows = world.rows('SELECT "case", name, due_at FROM timers')
    lines = world.journal()
    cases = world.rows("SELECT id, workflow, state FROM cases WHERE closed_at IS NULL")
    for case, workflow, state_name in cases:
        if workflow == "account_standing":
            continue  # its timers are dates of its ledger: see law 6
        state = parts().registry.workflow(workflow).state(state_name)
        mine = [line for line in lines if line.case == case and line.to_state is not None]
        wanted = _wanted(mine, state.timers)
        frozen = set()
        if state.freezes:
            before = next(ln.from_state for ln in reversed(mine) if ln.to_state != ln.from_state)
            left = parts().registry.workflow(workflow).state(before or "")
            frozen = {n for n in _wanted(mine[: _entered(mine)], left.timers) if n in state.freezes}
        found = {name: due is None for c, name, due in rows if c == case}
        expected = dict.fromkeys(wanted, False) | dict.fromkeys(frozen, True)
        assert found == expected, f"case {case} in {state_name}"


def _entered(lines: list[Line]) -> int:
    return max(n for n, line in enumerate(lines) if line.from_state != line.to_state)


def _wanted(lines: list[Line], rules: Any) -> set[str]:
    """Of these rules, the ones that wait: not fired since the state (or its review) was entered."""
    state = lines[-1].to_state
    since = 0
    for n, line in enumerate(lines):
        away = line.from_state not in (state, "supplement_requested")
        if line.to_state == state and away:
            since = n
    fired = {line.name for line in lines[since:] if line.kind == "timer"}
    names = set()
    for rule in rules:
        if rule.name == "second_appeal_window" and not _may_appeal_again(lines[:since], lines[0]):
            continue
        if rule.name not in fired:
            names.add(rule.name)
        elif rule.second is not None and rule.second.name not in fired:
            names.add(rule.second.name)
    return names


def _may_appeal_again(before: list[Line], opening: Line) -> bool:
    """Under the fuller practice, once in the life of a case (RULES 4.3)."""
    spent = {line.name for line in before} & {"second_appeal", "second_appeal_window"}
    return is_practice(opening) and not spent


def is_practice(opening: Line) -> bool:
    """Whether a case was opened under marketplace-practice."""
    return bool(opening.content["rulebook"].startswith(PRACTICE))


# -- the journal, the outbox --------------------------------------------------------------------


def the_clock_never_goes_back(world: World) -> None:
    """Law 8, I4: instants never fall, and a docket's clock is not before its last entry."""
    clocks = dict(world.rows("SELECT key, clock FROM dockets"))
    for docket, lines in by_docket(world.journal()):
        instants = [line.effective_at for line in lines]
        assert instants == sorted(instants), f"{docket}: the clock went back"
        assert clocks[docket] >= instants[-1], docket


def effects_belong_to_their_step(world: World) -> None:
    """Law 4, I10: the outbox holds what the entries' steps wish, each under (docket, seq, n)."""
    lines = {(line.docket, line.seq): line for line in world.journal()}
    found = world.rows("SELECT docket, seq, n, name, at FROM outbox ORDER BY docket, seq, n")
    for (docket, seq), rows in groupby(found, key=lambda row: row[:2]):
        effects = list(rows)
        cause = lines[docket, seq]
        assert cause.kind in ("opened", "event", "timer"), f"{docket} {seq}: {cause.kind} wished"
        assert [row[2] for row in effects] == list(range(len(effects)))
        assert {row[4] for row in effects} == {cause.effective_at}
        names = [row[3].startswith("command:") for row in effects]
        assert names == sorted(names, reverse=True), f"{docket} {seq}: a notice before a command"
    wishing = {(d, s) for d, s, *_ in found}
    for where, line in lines.items():
        if line.by != "system" and line.kind in ("opened", "event"):
            assert where in wishing, f"{where}: its effects are not in the outbox"


def the_chain_holds(world: World) -> None:
    incidents = world.rows("SELECT error FROM incidents")
    assert not incidents, incidents
    if not _born_with_an_edition(world):
        faults = world.orchestrator.verify()
        assert not faults, faults


def _born_with_an_edition(world: World) -> bool:
    """Whether a docket began at the instant of an announcement; `test_journal` says what then."""
    firsts = world.rows("SELECT effective_at FROM journal WHERE seq = 1")
    return bool({at for (at,) in firsts} & {at for _, at, _ in world.editions()})


ALL = (
    timers_fire_at_their_own_instant,
    order_is_kept,
    messages_follow_their_cause,
    timers_are_those_of_the_journal,
    timers_are_those_of_the_definition,
    the_clock_never_goes_back,
    effects_belong_to_their_step,
    the_chain_holds,
)
