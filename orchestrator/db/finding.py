"""Which cases a list has, in its order, from a place on: only their keys, along one index.

Two ways lead there. Where a filter leaves few cases (a word, an account's points, a stopped docket)
they are fetched by that filter's own index, and these few are sorted. Where it leaves many, the list
is walked in its own order and the filter asked of each row, for then rows that fit are dense. Both
ways give the same rows in the same order, so one page may go the one way and the next page the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from orchestrator.core.journal import canonical
from orchestrator.db import lists
from orchestrator.db.reading import ReadTx

LAST = 2**63 - 1
MOST_NARROW = 3_000  # cases that are fetched and sorted; more of them lie dense enough
MOST_WORDY = 20_000  # the same of those with a word, which may all be of one season
MOST_WAYS = 400  # parts of one statement

Key = tuple[int, str]  # the instant that the order is by, and the case
Asked = tuple[str, tuple[Any, ...]]  # SQL, and what its marks stand for


class Sought(NamedTuple):
    """Filters of a list of cases; all of them must hold. Instants in microseconds UTC.

    due_before    its next deadline that is pending is due before this
    stopped       only cases of dockets that an incident has stopped
    points_from   of dockets whose standing shows so many points or more
    words         folded; each is somewhere in the facts the case was opened with
    """

    docket: str | None = None
    workflow: str | None = None
    states: tuple[str, ...] = ()
    opened_since: int | None = None
    opened_before: int | None = None
    due_before: int | None = None
    overdue: bool | None = None
    stopped: bool = False
    points_from: int | None = None
    words: tuple[str, ...] = ()


def cases_by_opening(tx: ReadTx, sought: Sought, after: Key, limit: int) -> list[Key]:
    """(opened_at, id) of so many cases after a place."""
    start = after if sought.opened_since is None else max(after, (sought.opened_since, ""))
    until = LAST if sought.opened_before is None else sought.opened_before
    few = _few(tx, sought, by_due=False)
    asked = sought._replace(opened_since=None, opened_before=None)
    found: list[Sequence[Any]] = []
    for text, given, known in [_among(few)] if few is not None else _ways(tx, sought):
        where, more = _joined(_conditions(asked._replace(**known)))
        found.append(
            tx.rows(
                f"{text} AND (c.opened_at, c.id) > (?, ?) AND c.opened_at < ?{where}"
                " ORDER BY c.opened_at, c.id LIMIT ?",
                *given,
                *start,
                until,
                *more,
                limit,
            )
        )
    return [(row[0], row[1]) for row in islice(merge(*found), limit)]


def cases_by_due(tx: ReadTx, sought: Sought, after: Key, limit: int) -> list[Key]:
    """(due_at, id) of so many cases that wait for a deadline, by the next one of each."""
    until = LAST if sought.due_before is None else sought.due_before
    where, more = _joined(_conditions(sought._replace(due_before=None)))
    few = _few(tx, sought, by_due=True)
    given: tuple[Any, ...] = ()
    text, order = BY_DUE, 'ORDER BY t.due_at, t."case"'
    if few is not None:
        text, order, given = BY_DUE_AMONG, "ORDER BY n.due, c.id", (canonical(few),)
    found = tx.rows(f"{text}{where} {order} LIMIT ?", *given, *after, until, *more, limit)
    return [(row[0], row[1]) for row in found]


BY_DUE = (  # a case stands where its first timer does
    'SELECT t.due_at, t."case" FROM timers AS t INDEXED BY ix_timers_pending'
    ' CROSS JOIN cases AS c ON c.id = t."case"'
    ' WHERE t.due_at IS NOT NULL AND (t.due_at, t."case") > (?, ?) AND t.due_at < ?'
    ' AND NOT EXISTS (SELECT 1 FROM timers AS e WHERE e."case" = t."case"'
    " AND e.due_at IS NOT NULL AND (e.due_at, e.name) < (t.due_at, t.name))"
)
BY_DUE_AMONG = (
    "SELECT n.due, c.id FROM (SELECT value AS id,"
    ' (SELECT min(due_at) FROM timers WHERE "case" = value) AS due FROM json_each(?)) AS n'
    " CROSS JOIN cases AS c ON c.id = n.id"
    " WHERE n.due IS NOT NULL AND (n.due, c.id) > (?, ?) AND n.due < ?"
)


# -- the ways that lie in the order of opening ------------------------------------------------

Way = tuple[str, tuple[Any, ...], dict[str, Any]]  # SQL, its values, and what it has settled


def _among(few: list[str]) -> Way:
    text = "SELECT c.opened_at, c.id FROM json_each(?) AS j CROSS JOIN cases AS c ON c.id = j.value"
    return f"{text} WHERE true", (canonical(few),), {}


def _ways(tx: ReadTx, sought: Sought) -> Iterator[Way]:
    """Parts of one index, each in order; together they are everything that may fit."""
    start = "SELECT c.opened_at, c.id FROM cases AS c INDEXED BY"
    if sought.docket is not None:
        for workflow in _steps(tx, WORKFLOWS_OF, sought.docket):
            if sought.workflow in (None, workflow):
                text = f"{start} ix_cases_docket WHERE c.docket = ? AND c.workflow = ?"
                yield text, (sought.docket, workflow), {"docket": None, "workflow": None}
    elif sought.overdue:
        yield f"{start} ix_cases_overdue WHERE c.overdue = 1", (), {"overdue": None}
    elif sought.workflow is not None or sought.states:
        for pair in _pairs(tx, sought):
            text = f"{start} ix_cases_state WHERE c.workflow = ? AND c.state = ?"
            yield text, pair, {"workflow": None, "states": ()}
    else:
        yield f"{start} ix_cases_opened WHERE true", (), {}


WORKFLOWS_OF = (
    "SELECT workflow FROM cases INDEXED BY ix_cases_docket"
    " WHERE docket = ? AND workflow > ? ORDER BY workflow LIMIT 1"
)
WORKFLOWS = (
    "SELECT workflow FROM cases INDEXED BY ix_cases_state"
    " WHERE workflow > ? ORDER BY workflow LIMIT 1"
)
STATES_OF = (
    "SELECT state FROM cases INDEXED BY ix_cases_state"
    " WHERE workflow = ? AND state > ? ORDER BY state LIMIT 1"
)


def _pairs(tx: ReadTx, sought: Sought) -> list[tuple[str, str]]:
    """(workflow, state) of cases that there are, of those that are sought."""
    named = sought.workflow
    return [
        (workflow, state)
        for workflow in ([named] if named is not None else _steps(tx, WORKFLOWS))
        for state in _steps(tx, STATES_OF, workflow)
        if not sought.states or state in sought.states
    ]


def _steps(tx: ReadTx, text: str, *given: str) -> Iterator[str]:
    """The different values of an index: from each one leap to the next, however many are alike."""
    found = tx.scalar(text, *given, "")
    while found is not None:
        yield found
        found = tx.scalar(text, *given, found)


# -- filters ----------------------------------------------------------------------------------


def _few(tx: ReadTx, sought: Sought, *, by_due: bool) -> list[str] | None:
    """All cases that one filter leaves, where these are few; None: each leaves many."""
    if sought.docket is not None and not by_due:
        return None  # its own index is short and in order
    for text, given in _narrow(tx, sought, by_due=by_due):
        most = MOST_WORDY if text.startswith((BY_GRAMS, BY_READING)) else MOST_NARROW
        found = tx.rows(f"{text} LIMIT ?", *given, most + 1)
        if len(found) <= most:
            return sorted({row[0] for row in found})
    return None


def _narrow(tx: ReadTx, sought: Sought, *, by_due: bool) -> Iterator[Asked]:
    """What a filter leaves, by its own index; those that have an order of their own are walked."""
    if sought.docket is not None:
        yield "SELECT id FROM cases INDEXED BY ix_cases_docket WHERE docket = ?", (sought.docket,)
    grams = lists.grams_of(sought.words)
    holds = " AND instr(x.text, ?) > 0" * len(sought.words)
    if grams:
        yield f"{BY_GRAMS}{holds}", (grams, *sought.words)
    if sought.stopped:
        yield BY_INCIDENT, ()
    if sought.points_from is not None:
        yield BY_POINTS, (sought.points_from,)
    if not by_due and sought.due_before is not None:
        yield DUE_BEFORE, (sought.due_before,)
    if by_due and sought.overdue:
        yield "SELECT id FROM cases INDEXED BY ix_cases_overdue WHERE overdue = 1", ()
    if by_due and (sought.workflow is not None or sought.states):
        pairs = _pairs(tx, sought)
        if len(pairs) <= MOST_WAYS:
            parts = (
                " UNION ALL ".join([BY_STATE] * len(pairs)) or "SELECT id FROM cases WHERE false"
            )
            yield parts, tuple(name for pair in pairs for name in pair)
    if sought.words and not grams and not (sought.states or sought.workflow or sought.overdue):
        yield f"{BY_READING}{holds}", sought.words


BY_READING = 'SELECT x."case" FROM texts AS x WHERE true'  # one after the other, as they lie
BY_GRAMS = (
    f'SELECT x."case" FROM {lists.GRAMS} CROSS JOIN texts AS x ON x.n = {lists.GRAMS}.rowid'  # noqa: S608  our own name
    f" WHERE {lists.GRAMS} MATCH ?"
)
BY_INCIDENT = (
    "SELECT c.id FROM incidents AS i CROSS JOIN cases AS c INDEXED BY ix_cases_docket"
    " ON c.docket = i.docket WHERE i.closed_at IS NULL"
)
BY_POINTS = (
    "SELECT c.id FROM standings AS s INDEXED BY ix_standings_points"
    " CROSS JOIN cases AS c INDEXED BY ix_cases_docket ON c.docket = s.docket WHERE s.points >= ?"
)
DUE_BEFORE = (
    'SELECT "case" FROM timers INDEXED BY ix_timers_pending WHERE due_at IS NOT NULL AND due_at < ?'
)
BY_STATE = "SELECT id FROM cases INDEXED BY ix_cases_state WHERE workflow = ? AND state = ?"


ASKED = {  # of one case
    "docket": "c.docket = ?",
    "workflow": "c.workflow = ?",
    "opened_since": "c.opened_at >= ?",
    "opened_before": "c.opened_at < ?",
    "due_before": 'EXISTS (SELECT 1 FROM timers AS t WHERE t."case" = c.id AND t.due_at < ?)',
    "overdue": "c.overdue = ?",
    "points_from": (
        "EXISTS (SELECT 1 FROM standings AS s WHERE s.docket = c.docket AND s.points >= ?)"
    ),
}
IS_STOPPED = "EXISTS (SELECT 1 FROM dockets AS d WHERE d.key = c.docket AND d.incident IS NOT NULL)"
IN_STATE = "c.state IN (SELECT value FROM json_each(?))"
HOLDS = 'EXISTS (SELECT 1 FROM texts AS x WHERE x."case" = c.id AND instr(x.text, ?) > 0)'


def _conditions(sought: Sought) -> Iterator[Asked]:
    """Each filter as it is asked of one case."""
    for field, text in ASKED.items():
        value = getattr(sought, field)
        if value is not None:
            yield text, (value,)
    if sought.states:
        yield IN_STATE, (canonical(list(sought.states)),)
    if sought.stopped:
        yield IS_STOPPED, ()
    for word in sought.words:
        yield HOLDS, (word,)


def _joined(conditions: Iterator[Asked]) -> Asked:
    asked = list(conditions)
    where = "".join(f" AND {text}" for text, _ in asked)
    return where, tuple(value for _, given in asked for value in given)


def is_there(tx: ReadTx, workflow: str | None, state: str | None = None) -> bool:
    """Whether there is a case of this workflow, of any in this state, of it in this state."""
    return bool(_pairs(tx, Sought(workflow=workflow, states=(state,) if state else ())))
