"""What a journal tells, as a timeline needs it: for each case its states, its marks, its timers.

Read from the entries alone, like `fold`; nothing here knows a workflow or asks what time it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from orchestrator.core.instants import parse_instant
from orchestrator.core.values import SYSTEM, Entry

Recorded = tuple[Entry, int | None]  # an entry, and when it was written down (None: not yet)


class Bar(NamedTuple):
    """A state of a case, from the instant it was entered to the one it was left (None: it lasts)."""

    state: str
    start: int
    end: int | None


class Mark(NamedTuple):
    """Something that happened: by whom, and (of a refusal) why not."""

    at: int
    kind: str  # event, timer, message, refused
    name: str
    who: str | None
    reason: str | None = None


class Late(NamedTuple):
    """A timer that a process noticed after it was due; it acted at its due instant all the same."""

    name: str
    case: str
    due: int
    noticed: int


@dataclass
class Wait:
    """A timer from its arming to its end. `due` is None while it is frozen."""

    name: str
    armed: int
    due: int | None
    provisional: bool = False
    ended: int | None = None
    how: str = "pending"  # fired, cancelled
    frozen: list[tuple[int, int | None]] = field(default_factory=list)
    was: list[int] = field(default_factory=list)  # where it was due before its year was announced

    @property
    def pending(self) -> bool:
        return self.ended is None

    def freeze(self, at: int) -> None:
        self.due = None
        self.frozen.append((at, None))

    def resume(self, at: int, due: int, *, provisional: bool) -> None:
        since, _ = self.frozen[-1]
        self.frozen[-1] = (since, at)
        self.due, self.provisional = due, provisional

    def end(self, at: int, how: str) -> None:
        self.ended, self.how = at, how

    def end_of_bar(self, until: int) -> int:
        """Where its bar ends: what is frozen waits on, what was cancelled waits no more."""
        if self.ended is not None:
            return self.ended
        return until if self.due is None else self.due


@dataclass
class Lane:
    """One case, or what was said to a docket and made no case."""

    case: str
    docket: str
    workflow: str = ""
    entered: list[tuple[int, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    overdue: list[tuple[int, int | None]] = field(default_factory=list)

    def bars(self) -> list[Bar]:
        """States in order; one that was left at the instant it was entered has no length."""
        bars = [Bar(state, at, end) for (at, state), (end, _) in pairwise(self.entered)]
        return [*bars, *(Bar(state, at, None) for at, state in self.entered[-1:])]

    def waiting(self, name: str) -> Wait:
        """The timer of that name that has not ended."""
        return next(w for w in reversed(self.waits) if w.name == name and w.pending)


def read(entries: Iterable[Recorded]) -> tuple[list[Lane], list[Late]]:
    """The lanes of a story, in the order in which they begin, and what was noticed late."""
    told = sorted(entries, key=lambda pair: (pair[0].effective_at, pair[0].docket, pair[0].seq))
    lanes: dict[tuple[str, str], Lane] = {}
    late: list[Late] = []
    for entry, recorded_at in told:
        content = json.loads(entry.content)
        if entry.kind == "calendar_changed":
            _reanchor(lanes, entry, content)
            continue
        case = entry.case or ""
        lane = lanes.setdefault((entry.docket, case), Lane(case, entry.docket))
        _follow(lane, entry, content)
        if entry.kind == "timer" and recorded_at is not None and recorded_at > entry.effective_at:
            late.append(Late(entry.name, case, entry.effective_at, recorded_at))
    return list(lanes.values()), late


def _follow(lane: Lane, entry: Entry, content: Mapping[str, Any]) -> None:
    at = entry.effective_at
    _mark(lane, entry, content)
    if entry.kind == "refused":
        return
    if entry.kind == "opened":
        lane.workflow = entry.name
    if entry.to_state is not None and entry.to_state != entry.from_state:
        lane.entered.append((at, entry.to_state))
    if content.get("overdue"):
        lane.overdue.append((at, None))
    elif lane.overdue and "overdue" in content:
        lane.overdue[-1] = (lane.overdue[-1][0], at)
    if entry.kind == "timer":
        lane.waiting(entry.name).end(at, "fired")
    _follow_timers(lane, at, content)


def _follow_timers(lane: Lane, at: int, content: Mapping[str, Any]) -> None:
    for name in content.get("cancelled", ()):
        lane.waiting(name).end(at, "cancelled")
    for name in content.get("frozen", ()):
        lane.waiting(name).freeze(at)
    for timer in content.get("armed", ()):
        due, guessed = parse_instant(timer["due_at"]), "provisional" in timer
        lane.waits.append(Wait(timer["name"], at, due, guessed))
    for timer in content.get("resumed", ()):
        due = parse_instant(timer["due_at"])
        lane.waiting(timer["name"]).resume(at, due, provisional="provisional" in timer)


def _mark(lane: Lane, entry: Entry, content: Mapping[str, Any]) -> None:
    """What a reader should see of an entry; a timer that only reminds is told by its own bar."""
    at, who = entry.effective_at, None if entry.by == SYSTEM else entry.by
    if entry.kind == "refused":
        name = content.get("open", entry.name)
        lane.marks.append(Mark(at, "refused", name, who, content["reason"]))
    elif entry.kind == "opened":
        if who is not None:  # what a message opens is told by the message
            lane.marks.append(Mark(at, "event", "opened", who))
    elif entry.kind == "migrated":
        lane.marks.append(Mark(at, "event", f"moved to {entry.name.partition(':')[0]}", None))
    elif entry.kind != "timer" or entry.to_state != entry.from_state:
        lane.marks.append(Mark(at, entry.kind, entry.name, who))


def _reanchor(
    lanes: Mapping[tuple[str, str], Lane], entry: Entry, content: Mapping[str, Any]
) -> None:
    """A year was announced: the timers that it moves, each with a mark on its lane."""
    for moved in content["moved"]:
        lane = lanes.get((entry.docket, moved["case"]))
        if lane is None:  # another case of the docket, which is not drawn
            continue
        wait, due = lane.waiting(moved["name"]), parse_instant(moved["due_at"])
        if wait.due is not None and wait.due != due:
            wait.was.append(wait.due)
        wait.due, wait.provisional = due, "provisional" in moved
        mark = Mark(entry.effective_at, "event", f"calendar {entry.name} announced", None)
        if mark not in lane.marks:
            lane.marks.append(mark)
