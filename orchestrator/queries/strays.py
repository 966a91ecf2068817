"""What no single journal shows: what stops dockets, clocks that are ahead, rows of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.core.journal import Fault
from orchestrator.db.store import ReadTx

OPEN_INCIDENTS = "SELECT id, docket FROM incidents WHERE closed_at IS NULL"
UNFINISHED = "SELECT id FROM replays WHERE finished_at IS NULL"
STRAY_TIMERS = (
    'SELECT t.docket, t."case", t.name, c.docket, c.closed_at FROM timers t'
    ' LEFT JOIN cases c ON c.id = t."case" WHERE (? IS NULL OR t.docket = ?)'
    " AND (c.id IS NULL OR c.closed_at IS NOT NULL OR c.docket <> t.docket)"
)
STRAY_CASES = (
    "SELECT docket, id FROM cases WHERE (? IS NULL OR docket = ?)"
    " AND docket NOT IN (SELECT key FROM dockets)"
)
STRAY_EFFECTS = (
    "SELECT DISTINCT docket FROM outbox WHERE (? IS NULL OR docket = ?)"
    " AND docket NOT IN (SELECT key FROM dockets)"
)


class Row(NamedTuple):
    """What a docket's row says of its journal, and of what it waits for."""

    key: str
    seq: int
    hash: str
    clock: int | None
    next_due_at: int | None
    incident: int | None
    replay: str | None


class Stops:
    """What may stop a docket: an incident that is open, a replay that is not finished."""

    def __init__(self, tx: ReadTx) -> None:
        self._incidents: dict[int, str] = dict(tx.rows(OPEN_INCIDENTS))
        self._replays = {str(row[0]) for row in tx.rows(UNFINISHED)}
        self._stopped = set(self._incidents.values())

    def faults(self, head: Row) -> Iterator[Fault]:
        """A docket that nobody moves is silent: what stops it must be there, and the other way."""
        key, seq, incident, replay = head.key, head.seq, head.incident, head.replay
        if incident is not None and self._incidents.get(incident) != key:
            yield Fault(key, seq, f"stopped by incident {incident}", "an open one of this docket")
        if incident is None and key in self._stopped:
            yield Fault(key, seq, "a docket that moves", "one that its open incident stops")
        if replay is not None and replay not in self._replays:
            yield Fault(key, seq, f"owned by replay {replay}", "one under way")


class Clocks:
    """Clocks of dockets that are ahead: another docket's opening may have raised one, once."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._ahead: list[Row] = []

    def look_at(self, head: Row) -> None:
        if head.clock is not None and head.clock > self._now:
            self._ahead.append(head)

    def faults(self, tx: ReadTx) -> Iterator[Fault]:
        """Those that are further than anything that was ever written down."""
        if not self._ahead:
            return
        latest = tx.scalar("SELECT coalesce(max(recorded_at), 0) FROM journal")
        for head in self._ahead:
            if head.clock is not None and head.clock > latest:
                yield Fault(head.key, head.seq, f"clock {head.clock}", f"{latest} or earlier")


def strays(tx: ReadTx, docket: str | None) -> Iterator[Fault]:
    """Rows that no docket's journal knows of, and timers where none can be."""
    for key, case, name, of, closed_at in tx.rows(STRAY_TIMERS, docket, docket):
        if of is None:
            yield Fault(key, 0, f"timer {name} of case {case}, which is not there", "none")
        elif of != key:
            yield Fault(key, 0, f"timer {name} of case {case} of docket {of}", "none")
        elif closed_at is not None:
            yield Fault(key, 0, f"a timer of closed case {case}", "none")
    for key, case in tx.rows(STRAY_CASES, docket, docket):
        yield Fault(key, 0, f"case {case} of a docket that is not there", "none")
    for (key,) in tx.rows(STRAY_EFFECTS, docket, docket):
        yield Fault(key, 0, "effects of a docket that is not there", "none")
