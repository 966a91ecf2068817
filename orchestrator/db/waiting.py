"""Which deadlines a list has, earliest first, from a place on; and those that are frozen, apart.

The list of all is walked along the index of what is pending. That of one docket is sorted: it is as
long as the docket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from orchestrator.core.journal import canonical
from orchestrator.core.values import Timer
from orchestrator.db import rows, statements
from orchestrator.db.reading import ReadTx
from orchestrator.db.tables import timers

MOST_COUNTED = 1_000  # frozen ones; above that there are "more"

_COLUMNS = statements.columns(timers, "t")
_PENDING = f"SELECT {_COLUMNS} FROM timers AS t INDEXED BY ix_timers_pending"  # noqa: S608
_FROZEN = f"SELECT {_COLUMNS} FROM timers AS t INDEXED BY ix_timers_frozen"  # noqa: S608
_OF_DOCKET = (
    f"SELECT {_COLUMNS} FROM cases AS c INDEXED BY ix_cases_docket"  # noqa: S608
    ' CROSS JOIN timers AS t ON t."case" = c.id'
)
_WITH_CASE = ' CROSS JOIN cases AS c ON c.id = t."case"'


class Waits(NamedTuple):
    """Filters of a list of deadlines; all of them must hold.

    until    due by this instant, or at it
    places   `<definition> <state> <timer>` of each that concerns a role; None: whoever's
    """

    docket: str | None = None
    workflow: str | None = None
    until: int | None = None
    places: tuple[str, ...] | None = None


def pending(tx: ReadTx, waits: Waits, after: tuple[Any, ...], limit: int) -> list[Timer]:
    """So many timers after a place (due_at, case, name), earliest first."""
    start, where, given = _from(waits, _PENDING)
    text = f'{start} WHERE t.due_at IS NOT NULL AND (t.due_at, t."case", t.name) > (?, ?, ?){where}'
    given = (*after, *given)
    if waits.until is not None:
        text, given = f"{text} AND t.due_at <= ?", (*given, waits.until)
    found = tx.rows(f'{text} ORDER BY t.due_at, t."case", t.name LIMIT ?', *given, limit)
    return [rows.timer_of(row) for row in found]


def frozen(tx: ReadTx, waits: Waits, after: tuple[Any, ...], limit: int) -> list[Timer]:
    """So many timers that stand still, after a place (case, name)."""
    text, given = _frozen(waits)
    text += ' AND (t."case", t.name) > (?, ?) ORDER BY t."case", t.name LIMIT ?'
    return [rows.timer_of(row) for row in tx.rows(text, *given, *after, limit)]


def count_frozen(tx: ReadTx, waits: Waits) -> int:
    """How many stand still, counted no further than one above the most."""
    text, given = _frozen(waits)
    return int(tx.scalar(f"SELECT count(*) FROM ({text} LIMIT ?)", *given, MOST_COUNTED + 1))  # noqa: S608


def standing_of(tx: ReadTx, dockets: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(seq, clock) of these dockets: how far each has come."""
    text = "SELECT key, seq, clock FROM dockets WHERE key IN (SELECT value FROM json_each(?))"
    return {row[0]: (row[1], row[2]) for row in tx.rows(text, canonical(list(dockets)))}


def _frozen(waits: Waits) -> tuple[str, tuple[Any, ...]]:
    start, where, given = _from(waits, _FROZEN)
    return f"{start} WHERE t.due_at IS NULL{where}", given


def _from(waits: Waits, everywhere: str) -> tuple[str, str, tuple[Any, ...]]:
    """Where to look, with what conditions and values."""
    where, given = "", tuple[Any, ...]()
    if waits.docket is not None:
        where, given = f"{where} AND c.docket = ?", (*given, waits.docket)
    if waits.workflow is not None:
        where, given = f"{where} AND c.workflow = ?", (*given, waits.workflow)
    if waits.places is not None:
        where += " AND c.definition || ' ' || c.state || ' ' || t.name IN"
        where += " (SELECT value FROM json_each(?))"
        given = (*given, canonical(list(waits.places)))
    if waits.docket is not None:
        return _OF_DOCKET, where, given
    return everywhere + (_WITH_CASE if where else ""), where, given
