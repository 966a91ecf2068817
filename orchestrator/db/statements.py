"""Every statement on the way of a timer or an event, as the driver takes it.

The tables are SQLAlchemy's; these few texts run with rows as they are, without a conversion a row.
Lists of keys travel as one JSON text (`json_each`), so the number of statements and of parameters
is fixed, whatever the number of dockets.
"""

from __future__ import annotations

from sqlalchemy import Table

from orchestrator.db.tables import cases, dockets, journal, outbox, requests, timers


def columns(table: Table, alias: str = "") -> str:
    """The columns of a table, in its order, quoted."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f'{prefix}"{column.name}"' for column in table.columns)


def insert(table: Table) -> str:
    """One row, its columns in the order of the table."""
    marks = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table.name} ({columns(table)}) VALUES ({marks})"  # noqa: S608


def _select(table: Table, where: str) -> str:
    return f"SELECT {columns(table)} FROM {table.name} WHERE {where}"  # noqa: S608


FREE = "incident IS NULL AND replay IS NULL"  # a docket that claims may take
FIRES = "due_at IS NOT NULL AND provisional = 0"  # a timer that is neither frozen nor blocked

CLAIM_DUE = (
    "SELECT key FROM dockets"  # noqa: S608
    f" WHERE next_due_at IS NOT NULL AND {FREE} AND next_due_at <= ?"
    " ORDER BY next_due_at, key LIMIT ?"
)
STALE = "t.due_at IS NOT NULL AND t.by_calendar = 1 AND t.edition < ?"  # of an edition before
CLAIM_STALE = (  # a docket whose clock is ahead applies an edition when time has come as far
    "SELECT t.docket FROM timers t CROSS JOIN dockets d ON d.key = t.docket"  # noqa: S608
    f" WHERE {STALE} AND (d.clock IS NULL OR d.clock <= ?) AND {FREE}"
    " GROUP BY t.edition, t.docket ORDER BY t.edition, t.docket LIMIT ?"  # as the index lies
)
COUNT_STALE = (
    "SELECT count(*), count(d.incident), count(d.replay) FROM dockets d WHERE d.key IN"  # noqa: S608
    f" (SELECT t.docket FROM timers t WHERE {STALE})"
)
COUNT_BY_CALENDAR = "SELECT count(DISTINCT docket) FROM timers WHERE by_calendar = 1"
BY_CALENDAR = (  # dockets with such a timer, frozen ones too, in slices
    "SELECT key FROM dockets WHERE key > ? AND EXISTS (SELECT 1 FROM cases c JOIN timers t"
    ' ON t."case" = c.id WHERE c.docket = dockets.key AND t.by_calendar = 1) ORDER BY key LIMIT ?'
)
NEXT_DUE = (
    "SELECT next_due_at FROM dockets"  # noqa: S608
    f" WHERE next_due_at IS NOT NULL AND {FREE}"
    " AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY next_due_at, key LIMIT 1"
)
LATEST_EDITION = "SELECT coalesce(max(number), 0) FROM calendar_editions"

DOCKETS = _select(dockets, "key IN (SELECT value FROM json_each(?))")
DUE_TIMERS = (
    'SELECT due_at, priority, armed_seq, armed_n, "case" FROM timers'  # noqa: S608
    f" WHERE docket IN (SELECT value FROM json_each(?)) AND {FIRES} AND due_at <= ?"
    " ORDER BY due_at, priority, armed_seq, armed_n LIMIT ?"
)
COUNT_DUE = (
    "SELECT count(*) FROM timers t JOIN dockets d ON d.key = t.docket"  # noqa: S608
    f" WHERE {FIRES} AND due_at <= ? AND {FREE}"
)
CASES_WITH_TIMERS = (  # by way of the cases of a docket, which are few; timers lie by case
    'SELECT DISTINCT t."case" FROM json_each(?) AS k CROSS JOIN cases c ON c.docket = k.value'
    ' CROSS JOIN timers t ON t."case" = c.id'
)
CASES_BY_ID = _select(cases, "id IN (SELECT value FROM json_each(?))")
CASES_THERE = "SELECT id FROM cases WHERE id IN (SELECT value FROM json_each(?))"
CASES_BY_WORKFLOW = (
    f"SELECT {columns(cases, 'c')} FROM json_each(?) AS pair JOIN cases AS c"  # noqa: S608
    " ON c.docket = json_extract(pair.value, '$[0]')"
    " AND c.workflow = json_extract(pair.value, '$[1]')"
)
CASES_OF_DOCKETS = _select(cases, "docket IN (SELECT value FROM json_each(?))")
TIMERS_OF_CASES = _select(timers, '"case" IN (SELECT value FROM json_each(?))')
TIMERS_OF_DOCKETS = (  # by their cases: those of a docket whose name was touched are found too
    f'SELECT {columns(timers, "t")} FROM cases AS c JOIN timers AS t ON t."case" = c.id'  # noqa: S608
    " WHERE c.docket IN (SELECT value FROM json_each(?))"
)
PLACES = (
    "SELECT id, docket, workflow, definition, rulebook FROM cases"
    " WHERE id IN (SELECT value FROM json_each(?))"
)
PLACE_OF_CASE = "SELECT docket, workflow, definition, rulebook FROM cases WHERE id = ?"

INSERT_DOCKET = insert(dockets)
INSERT_CASE = insert(cases)
INSERT_TIMER = insert(timers)
INSERT_ENTRY = insert(journal)
INSERT_EFFECT = insert(outbox)
INSERT_REQUEST = insert(requests)

DELETE_TIMER = 'DELETE FROM timers WHERE "case" = ? AND name = ?'
UPDATE_CASE = (
    "UPDATE cases SET definition = ?, state = ?, overdue = ?, data = ?, seq = ?, closed_at = ?,"
    " since = ?, moved_by = ? WHERE id = ?"
)
UPDATE_DOCKET = (
    "UPDATE dockets SET clock = ?, seq = ?, head_hash = ?, edition = ?, next_due_at ="  # noqa: S608
    f" (SELECT min(due_at) FROM timers WHERE timers.docket = dockets.key AND {FIRES})"
    " WHERE key = ?"
)
STOPPED = (
    "SELECT key, incident, replay FROM dockets"
    " WHERE (incident IS NOT NULL OR replay IS NOT NULL)"
    " AND key IN (SELECT value FROM json_each(?))"
)
STOP_DOCKET = "UPDATE dockets SET incident = ? WHERE key = ?"
FIND_REQUEST = "SELECT content_hash, answer FROM requests WHERE caller = ? AND key = ?"
USED_KEYS = (
    "SELECT caller, requests.key FROM json_each(?) AS pair JOIN requests"
    " ON caller = json_extract(pair.value, '$[0]') AND requests.key = json_extract(pair.value, '$[1]')"
)
HELD_OPENINGS = (  # of an input as it is kept: act, workflow, docket, case
    "SELECT json_extract(input, '$[3]'), docket, json_extract(input, '$[1]') FROM held"
    " WHERE decided_at IS NULL AND json_extract(input, '$[0]') = 'open'"
    " AND json_extract(input, '$[3]') IN (SELECT value FROM json_each(?))"
)
LATEST_HELD = "SELECT max(at) FROM held WHERE docket = ? AND decided_at IS NULL"
HOLD = "INSERT INTO held (incident, docket, at, input, caller, key) VALUES (?, ?, ?, ?, ?, ?)"
OPEN_INCIDENT = (
    "INSERT INTO incidents (docket, opened_at, error, traceback, input) VALUES (?, ?, ?, ?, ?)"
)
