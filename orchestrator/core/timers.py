"""Which timers a case has: armed on entering a state, frozen, resumed, cancelled, re-anchored.

A case's timers are exactly those that its definition says (law 5). Each function takes the timers
as they are and gives them as they will be; what changed goes into the journal through `Changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestrator.core.calendar import Edition
from orchestrator.core.spans import Due, Pause, Span, end
from orchestrator.core.terms import Terms
from orchestrator.core.values import Case, Timer
from orchestrator.core.view import View
from orchestrator.core.workflow import State, TimerRule

Timers = Mapping[str, Timer]


class Cause(NamedTuple):
    """The moment at which timers change: its instant, its day, its entry, its place in a chain."""

    at: int
    moment: int  # on whose day spans start: of a timer, a microsecond before it was due
    seq: int
    depth: int  # how many causes of this instant led here
    edition: Edition
    number: int  # of the edition

    @property
    def day(self) -> int:
        """The local day that is not counted (RULES 2)."""
        return self.edition.zone.local_day(self.moment)


def in_order(timers: Timers) -> list[tuple[str, Timer]]:
    """Timers in the order in which they were armed, never that in which they were loaded."""
    return sorted(timers.items(), key=lambda pair: (pair[1].armed_seq, pair[1].armed_n))


class Changes:
    """What happened to the timers of one case in one step, in the journal's words."""

    __slots__ = ("armed", "cancelled", "frozen", "resumed", "timers")

    def __init__(self, timers: Timers) -> None:
        self.timers = dict(in_order(timers))
        self.armed: list[Timer] = []
        self.resumed: list[Timer] = []
        self.frozen: list[str] = []
        self.cancelled: list[str] = []

    def arm(self, case: Case, rule: TimerRule, span: Span | None, due: Due, cause: Cause) -> None:
        at = max(due.at, cause.at)
        timer = Timer(
            case.docket,
            case.id,
            rule.name,
            rule.priority,
            at,
            due.at,
            span,
            cause.day,
            cause.at,
            (),
            cause.number,
            due.provisional,
            cause.seq,
            len(self.armed) + len(self.resumed),
            cause.depth + 1 if at == cause.at else 0,
        )
        self.timers[rule.name] = timer
        self.armed.append(timer)

    def cancel(self, name: str) -> None:
        del self.timers[name]
        self.cancelled.append(name)

    def freeze(self, timer: Timer, at: int) -> None:
        frozen = timer._replace(
            due_at=None,
            computed_at=None,
            pauses=(*timer.pauses, Pause(at)),
            provisional=False,
            chain=0,
        )
        self.timers[timer.name] = frozen
        self.frozen.append(timer.name)

    def resume(self, timer: Timer, cause: Cause) -> None:
        """A resumed timer is armed anew: the days left count from the day of resumption."""
        pause = timer.pauses[-1]._replace(resumed_at=cause.at, resumed_day=cause.day)
        pauses = (*timer.pauses[:-1], pause)
        assert timer.span is not None
        due = end(timer.span, timer.start_day, timer.start_at, pauses, cause.edition)
        at = max(due.at, cause.at)
        resumed = timer._replace(
            due_at=at,
            computed_at=due.at,
            pauses=pauses,
            edition=cause.number,
            provisional=due.provisional,
            armed_seq=cause.seq,
            armed_n=len(self.armed) + len(self.resumed),
            chain=cause.depth + 1 if at == cause.at else 0,
        )
        self.timers[timer.name] = resumed
        self.resumed.append(resumed)


def opened(case: Case, terms: Terms, view: View, cause: Cause) -> Changes:
    """The timers with which a case begins."""
    changes = Changes({})
    _enter(changes, case, terms, terms.states[case.state].timers, view, cause)
    _enter(changes, case, terms, terms.workflow.always.timers, view, cause)
    return changes


def moved(
    timers: Timers, before: Case, after: Case, terms: Terms, view: View, cause: Cause
) -> Changes:
    """The timers after an event, a message or a firing took a case from `before` to `after`."""
    changes = Changes(timers)
    if after.state != before.state:
        _leave(changes, terms.states[before.state], terms.states[after.state], terms, cause)
        entered = _not_resumed(terms.states[before.state], terms.states[after.state])
        _enter(changes, after, terms, entered, view, cause)
    if terms.states[after.state].final:
        for name in list(changes.timers):
            changes.cancel(name)
    elif after.data is not before.data or after.state != before.state:
        kept = terms.states[after.state].timers if after.state == before.state else ()
        for rule in (*kept, *terms.workflow.always.timers):
            _reread(changes, rule, before, after, view, cause)
    return changes


def fired(
    timers: Timers,
    rule: TimerRule,
    before: Case,
    after: Case,
    terms: Terms,
    view: View,
    cause: Cause,
) -> Changes:
    """As `moved`, when it was the timer `rule` itself that acted; a limit arms its level 2."""
    rest = {name: timer for name, timer in timers.items() if name != rule.name}
    changes = moved(rest, before, after, terms, view, cause)
    if rule.second is not None and after.state == before.state:
        _arm(changes, after, rule.second, terms, cause)
    elif rule.kind == "date" and rule.name not in changes.timers and rule.at is not None:
        owned = terms.owner[rule.name]
        here = owned is None or owned.name == after.state == before.state
        due = rule.at(after, view) if here and not terms.states[after.state].final else None
        if due is not None and due > cause.at:
            changes.arm(after, rule, None, Due(due, None), cause)
    return changes


def _leave(changes: Changes, old: State, new: State, terms: Terms, cause: Cause) -> None:
    for name, timer in list(changes.timers.items()):
        owner = terms.owner[name]
        if owner is None:
            continue
        if name in new.freezes and timer.due_at is not None:
            changes.freeze(timer, cause.at)
        elif name in old.freezes and owner.name == new.name and timer.due_at is None:
            changes.resume(timer, cause)
        elif name not in new.freezes:
            changes.cancel(name)


def _not_resumed(old: State, new: State) -> tuple[TimerRule, ...]:
    return tuple(rule for rule in new.timers if rule.name not in old.freezes)


def _enter(
    changes: Changes,
    case: Case,
    terms: Terms,
    rules: tuple[TimerRule, ...],
    view: View,
    cause: Cause,
) -> None:
    for rule in rules:
        if rule.name in changes.timers or (rule.only is not None and not rule.only(case, view)):
            continue
        if rule.at is None:
            _arm(changes, case, rule, terms, cause)
        else:
            due = rule.at(case, view)
            if due is not None:
                changes.arm(case, rule, None, Due(due, None), cause)


def _arm(changes: Changes, case: Case, rule: TimerRule, terms: Terms, cause: Cause) -> None:
    span = terms.spans[rule.name]
    if span is not None:
        due = end(span, cause.day, cause.at, (), cause.edition)
        changes.arm(case, rule, span, due, cause)


def _reread(
    changes: Changes, rule: TimerRule, before: Case, after: Case, view: View, cause: Cause
) -> None:
    """A date timer follows its case: moved when the case now says another instant."""
    if rule.at is None:
        return
    was, is_now = rule.at(before, view), rule.at(after, view)
    armed = changes.timers.get(rule.name)
    if armed is not None and armed.computed_at == is_now:
        return
    if armed is None and was == is_now:
        return
    if armed is not None:
        changes.cancel(rule.name)
    if is_now is not None:
        changes.arm(after, rule, None, Due(is_now, None), cause)


def reanchored(timer: Timer, rule: TimerRule, cause: Cause) -> Timer:
    """A pending timer under a new edition: windows only move later, staff's both ways.

    It keeps its place in the arming order. A frozen one is computed when it is resumed.
    """
    if timer.span is None or not timer.span.by_calendar or timer.due_at is None:
        return timer
    due = end(timer.span, timer.start_day, timer.start_at, timer.pauses, cause.edition)
    computed = due.at
    if rule.kind == "after" and timer.computed_at is not None:
        computed = max(computed, timer.computed_at)
    at = max(computed, cause.at)
    if rule.kind == "after":
        at = max(at, timer.due_at)
    return timer._replace(
        due_at=at,
        computed_at=computed,
        edition=cause.number,
        provisional=due.provisional,
        chain=cause.depth + 1 if at == cause.at else 0,
    )


def as_data(timer: Timer, view_text: Any) -> dict[str, Any]:
    """A timer in the journal: when it is due, and all that explains it."""
    told: dict[str, Any] = {"name": timer.name, "due_at": view_text(timer.due_at)}
    if timer.computed_at != timer.due_at:
        told["computed_at"] = view_text(timer.computed_at)
    if timer.span is not None:
        told["span"] = timer.span.as_data()
        told["edition"] = timer.edition
    if timer.provisional:
        told["provisional"] = True
    return told
