"""What must hold of a world, computed again from its journal by other code than the engine's.

Each check takes a `World` and raises AssertionError with what it found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from orchestrator.core.instants import parse_instant
from tests.laws.stories import BEIJING, DAY, HOUR
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
        priority = _rule(workflows[case], told["name"]).priority
        provisional = told.get("provisional", False)
        due = parse_instant(told["due_at"])
        pending[case, told["name"]] = Armed(due, priority, line.seq, n, provisional)


def _rule(workflow: str, name: str) -> Any:
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
            before = next(line.from_state for line in reversed(mine) if line.to_state != line[8])
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
        if rule.only is not None:
            continue  # no second appeal under the seed's rulebook: never armed
        if rule.name not in fired:
            names.add(rule.name)
        elif rule.second is not None and rule.second.name not in fired:
            names.add(rule.second.name)
    return names


def deadlines_are_counted_day_by_day(world: World) -> None:
    """RULES 2, walked a day at a time: every span armed by an event or a timer ends where it must."""
    contents = {number: json.loads(text) for number, _, text in world.editions()}
    cn: dict[int, dict[str, Any]] = {}
    latest: dict[str, Any] = {}
    for number in sorted(contents):
        if contents[number]["name"] == "cn":
            latest = _walkable(contents[number])
        cn[number] = latest
    for line in world.journal():
        for told in line.content.get("armed", ()):
            span = told.get("span")
            if span is None or "hours" in span:
                continue
            at = line.effective_at - (line.kind == "timer")
            due = _counted(span, BEIJING.local(at).date(), cn[told["edition"]])
            wanted = max(BEIJING.midnight(due.toordinal()), line.effective_at)
            assert parse_instant(told["due_at"]) == wanted, f"{line.docket} {line.seq} {told}"


def _walkable(content: Mapping[str, Any]) -> dict[str, Any]:
    special = {
        day["date"]: day["isOffDay"]
        for _, days in sorted(content["years"].items(), key=lambda year: int(year[0]))
        for day in days
    }
    return {"special": special}


def _counted(span: Mapping[str, Any], start: date, calendar: dict[str, Any]) -> date:
    """The day after the last one."""
    day, left = start, span.get("working_days", span.get("days"))
    while left:
        day += timedelta(days=1)
        if "days" in span or _works(day, calendar):
            left -= 1
    while span.get("roll") and not _works(day, calendar):
        day += timedelta(days=1)
    return day + timedelta(days=1)


def _works(day: date, calendar: dict[str, Any]) -> bool:
    off = calendar["special"].get(day.isoformat())
    if off is not None:
        return not off
    return day.weekday() < 5 and (day.month, day.day) != (1, 1)


# -- the ledger ---------------------------------------------------------------------------------


class Stand(NamedTuple):
    state: str
    points: int
    strikes: int
    restricted_until: str


class Violation(NamedTuple):
    complaint: str
    lane: str
    at: int
    seq: int
    filed_at: int


def standing_by_the_book(lines: list[Line], at: int) -> Stand:
    """RULES 4.4 under seed-2022, from what the complaints of a docket say, not from the ledger.

    lines   a docket's journal up to that instant
    """
    filed, upheld, gone, appeals = {}, {}, set(), []
    for line in lines:
        if line.kind == "opened" and line.name == "ip_complaint":
            filed[line.case] = line.effective_at
        if line.case not in filed or line.kind == "refused":
            continue
        if line.name == "uphold" and line.kind == "event":
            upheld[line.case] = Violation(
                line.case,
                line.content["facts"]["lane"],
                line.effective_at,
                line.seq,
                filed[line.case],
            )
        if line.to_state in ("overturned", "withdrawn") and line.case in upheld:
            gone.add(line.case)
        appeals.append((line.seq, line.case, line.to_state))
    stands = [violation for case, violation in upheld.items() if case not in gone]
    strikes = [v for v in stands if v.lane == "severe"]
    points = _general([v for v in stands if v.lane == "general"])
    points += _minor([v for v in stands if v.lane == "minor"])
    lengths = (7 * DAY, 15 * DAY)
    until = max((v.at + length for v, length in zip(strikes, lengths, strict=False)), default=0)
    if len(strikes) > 2:
        closed = _decided(strikes, appeals)
        state = "closed" if closed else "closure_pending"
        return Stand(state, points, len(strikes), "none" if closed else "undecided")
    if until > at:
        return Stand("restricted", points, len(strikes), BEIJING.text(until))
    return Stand("good", points, len(strikes), "none")


def _general(violations: list[Violation]) -> int:
    points, free_until = 0, None
    for violation in violations:
        if free_until is None or violation.filed_at >= free_until:
            points += 8
            last = BEIJING.local(violation.at).date() + timedelta(days=6)
            free_until = BEIJING.midnight(last.toordinal())
    return points


def _minor(violations: list[Violation]) -> int:
    cost: list[int] = []
    for violation in violations:
        if sum(violation.at - earlier < 24 * HOUR for earlier in cost) < 2:
            cost.append(violation.at)
    return len(cost)


def _decided(strikes: list[Violation], appeals: list[tuple[int, str | None, str | None]]) -> bool:
    """Whether at some moment since the third strike no strike counted by then was under appeal."""
    undecided: set[str | None] = set()
    counts = {v.complaint: v.seq for v in strikes}
    third = sorted(counts.values())[2]
    for seq, case, state in appeals:
        if case in counts:
            open_appeal = state in ("awaiting_complainant", "staff_intervention")
            (undecided.add if open_appeal else undecided.discard)(case)
        if seq >= third and not any(counts[c] <= seq for c in undecided):  # type: ignore[index]
            return True
    return False


def ledgers_are_folds(world: World) -> None:
    """Law 6: at each word that a standing heard, and at each of its timers, and now."""
    for docket, lines in by_docket(world.journal()):
        shown: dict[str, Any] = {}
        for n, line in enumerate(lines):
            if line.kind == "opened" and line.name == "account_standing":
                standing = line.case
            elif line.kind in ("message", "timer") and shown is not None:
                if line.name not in HEARD:
                    continue
                assert line.case == standing
                shown.update(line.content.get("data", {}))
                found = Stand(
                    line.to_state or "",
                    shown.get("points", 0),
                    shown.get("strikes", 0),
                    shown.get("restricted_until") or "none",
                )
                wanted = standing_by_the_book(lines[: n + 1], line.effective_at)
                assert found == wanted, f"{docket} {line.seq}"
        said = Stand(**world.orchestrator.standing(docket))
        assert said == standing_by_the_book(lines, world.clock.now()), docket


HEARD = (
    "violation_upheld",
    "violation_reversed",
    "appeal_opened",
    "appeal_settled",
    "restriction_ends",
    "no_deduction_window_ends",
)


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
    assert world.orchestrator.verify() == []
    assert world.one("SELECT count(*) FROM incidents") == 0


ALL = (
    timers_fire_at_their_own_instant,
    order_is_kept,
    messages_follow_their_cause,
    timers_are_those_of_the_journal,
    timers_are_those_of_the_definition,
    deadlines_are_counted_day_by_day,
    ledgers_are_folds,
    the_clock_never_goes_back,
    effects_belong_to_their_step,
    the_chain_holds,
)
