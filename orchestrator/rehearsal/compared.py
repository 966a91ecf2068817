"""What differs between a docket as it was lived and as it would be: outcomes, not the way there.

Nothing here knows a workflow by name: states, deadlines and data are compared case by case, and
what a workflow says of a docket in its `summary` (points, strikes, a restriction) item by item.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from orchestrator.core.journal import canonical
from orchestrator.core.values import Case, Entry, Timer
from orchestrator.core.workflow import Workflow
from orchestrator.rehearsal.played import Otherwise

Deadlines = Mapping[tuple[str, str], list["Deadline"]]  # by case and timer


class Deadline(NamedTuple):
    """A timer that acted, or that is still pending."""

    at: int | None  # None: it stands still
    acted: bool


class Decided(NamedTuple):
    """What became of an input."""

    refusal: str | None  # None: it was accepted


class Side(NamedTuple):
    """A docket at one instant, in one of the two lives."""

    cases: Mapping[str, Case]
    timers: Mapping[str, Mapping[str, Timer]]
    entries: Iterable[Entry]


class Change(NamedTuple):
    """One outcome that differs. What there is in one life alone is None in the other.

    what   summary, input, state, overdue, data, deadline, stopped
    name   of the item, the event, the timer
    """

    what: str
    case: str | None
    name: str
    was: Any
    would_be: Any
    at: int | None = None  # of an input
    by: str | None = None


class Difference(NamedTuple):
    """A docket whose outcome would differ."""

    docket: str
    changes: list[Change]


def changes(
    lived: Side,
    played: Side,
    otherwise: Iterable[Otherwise],
    workflows: Mapping[str, Workflow],
    pins: Iterable[str],
) -> list[Change]:
    """Every difference: of the docket first, then case by case, in the order of their opening.

    pins   of rulebooks that took each other's place: that a ledger names the other is no outcome
    """
    found = list(_summaries(lived, played, workflows))
    by_case: dict[str | None, list[Change]] = {}
    for heard in otherwise:
        by_case.setdefault(heard.case, []).append(_input(heard))
    acted, would_act = _deadlines(lived), _deadlines(played)
    timers: dict[str, dict[str, None]] = {}
    for case, name in (*acted, *would_act):
        timers.setdefault(case, {})[name] = None
    in_order = sorted({**played.cases, **lived.cases}.values(), key=lambda case: case.opened_seq)
    ids = dict.fromkeys([*(case.id for case in in_order), *by_case])
    for case_id in ids:
        found += by_case.get(case_id, ())
        was, would_be = lived.cases.get(case_id or ""), played.cases.get(case_id or "")
        found += _case(was, would_be, workflows, pins)
        if was is not None and would_be is not None:
            for name in timers.get(was.id, ()):
                key = (was.id, name)
                found += _moved(was.id, name, acted.get(key, []), would_act.get(key, []))
    return found


def _input(heard: Otherwise) -> Change:
    entry = heard.entry
    content = json.loads(entry.content)
    is_opening = entry.kind == "opened" or "open" in content
    was = Decided(content["reason"] if entry.kind == "refused" else None)
    name = f"open {entry.name}" if is_opening else entry.name
    would_be = Decided(heard.refusal)
    return Change("input", heard.case, name, was, would_be, entry.effective_at, entry.by)


def _summaries(lived: Side, played: Side, workflows: Mapping[str, Workflow]) -> Iterator[Change]:
    telling = [workflow for workflow in workflows.values() if workflow.summary is not None]
    for workflow in telling:
        assert workflow.summary is not None
        was, would_be = _latest(lived, workflow), _latest(played, workflow)
        if was is None and would_be is None:
            continue
        before, after = workflow.summary(was), workflow.summary(would_be)
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                name = key if len(telling) == 1 else f"{workflow.name}.{key}"
                yield Change("summary", None, name, before.get(key), after.get(key))


def _latest(side: Side, workflow: Workflow) -> Case | None:
    mine = [case for case in side.cases.values() if case.workflow == workflow.name]
    return max(mine, key=lambda case: case.opened_seq, default=None)


def _case(
    was: Case | None,
    would_be: Case | None,
    workflows: Mapping[str, Workflow],
    pins: Iterable[str],
) -> Iterator[Change]:
    """A case's state and data; of one that its workflow sums up, the summary has told."""
    here = was or would_be
    workflow = workflows.get(here.workflow) if here else None
    if here is None or (workflow is not None and workflow.summary is not None):
        return
    if was is None or would_be is None:
        states = (was and was.state, would_be and would_be.state)
        yield Change("state", here.id, "state", *states)
        return
    for name in ("state", "overdue"):
        if getattr(was, name) != getattr(would_be, name):
            yield Change(name, was.id, name, getattr(was, name), getattr(would_be, name))
    if was.data != would_be.data:
        for key in dict.fromkeys([*was.data, *would_be.data]):
            before, after = was.data.get(key), would_be.data.get(key)
            if before != after and _plain(before, pins) != _plain(after, pins):
                yield Change("data", was.id, key, before, after)


def _plain(value: Any, pins: Iterable[str]) -> str:
    text = canonical(value)
    for pin in pins:
        text = text.replace(canonical(pin), '"the rulebook"')
    return text


def _deadlines(side: Side) -> Deadlines:
    """What acted, in order, then what is pending."""
    found: dict[tuple[str, str], list[Deadline]] = {}
    for entry in side.entries:
        if entry.kind == "timer" and entry.case is not None:
            acted = Deadline(entry.effective_at, acted=True)
            found.setdefault((entry.case, entry.name), []).append(acted)
    for case, armed in side.timers.items():
        for name, timer in armed.items():
            found.setdefault((case, name), []).append(Deadline(timer.due_at, acted=False))
    return found


def _moved(case: str, name: str, lived: list[Deadline], played: list[Deadline]) -> Iterator[Change]:
    """The deadlines of one timer that are not in both lives, side by side."""
    if lived == played:
        return
    was, would_be = Counter(lived) - Counter(played), Counter(played) - Counter(lived)
    for before, after in zip_longest(was.elements(), would_be.elements()):
        yield Change("deadline", case, name, before, after)
