"""The journal and the outbox as they are, and the proof that nothing in them was touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from orchestrator.answers import (
    effect_shown,
    entry_shown,
)
from orchestrator.core.journal import Fault, verify_chain
from orchestrator.core.values import Entry, Outgoing
from orchestrator.db import statements
from orchestrator.db.store import ReadTx
from orchestrator.db.tables import journal as journal_table
from orchestrator.errors import NotFound
from orchestrator.inputs import name
from orchestrator.queries.look import Look

SLICE = 5_000  # entries read at once, so that memory stays flat


class Journals(Look):
    """Reads journals, and verifies them."""

    def journal(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every entry by (docket, seq), with the columns of the table."""
        docket = _named(docket)
        with self._store.read() as tx:
            zone = self.zone(tx)
            for entry, recorded_at in _entries(tx, docket):
                yield entry_shown(entry, zone.text, recorded_at)

    def outbox(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every effect by (docket, seq, n), with what became of it."""
        docket = _named(docket)
        where, given = ("docket = ?", [docket]) if docket is not None else ("1", [])
        text = (
            'SELECT docket, seq, n, "case", name, content, at, target, status, attempts, next_try_at,'  # noqa: S608
            f" lease, lease_number FROM outbox WHERE {where} ORDER BY docket, seq, n"
        )
        with self._store.read() as tx:
            zone = self.zone(tx)
            for row in tx.rows(text, *given):
                more = {"target": row[7], "status": row[8], "attempts": row[9]}
                more |= {"next_try_at": zone.text(row[10]), "lease": row[11]}
                more["lease_number"] = row[12]
                yield effect_shown(Outgoing(*row[:7]), zone.text, **more)

    def verify(self, docket: str | None = None) -> tuple[int, list[Fault]]:
        """Recompute the chain of every docket, its pending timers, and its next due instant.

        returns  how many entries were read, and every fault
        """
        docket = _named(docket)
        with self._store.read() as tx:
            heads = {
                row[0]: row
                for row in tx.rows(
                    "SELECT key, seq, head_hash, next_due_at FROM dockets"
                    " WHERE ? IS NULL OR key = ?",
                    docket,
                    docket,
                )
            }
            if docket is not None and not heads:
                raise NotFound(f"no docket {docket!r}")
            faults: list[Fault] = []
            count = 0
            seen = set()
            for key, entries in groupby(_entries(tx, docket), key=lambda pair: pair[0].docket):
                found = [entry for entry, _ in entries]
                count += len(found)
                seen.add(key)
                _, seq, head, _ = heads.get(key, (key, 0, "", None))
                faults += verify_chain(key, found, seq, head)
            for key, seq, head, _ in heads.values():
                if key not in seen:
                    faults += verify_chain(key, [], seq, head)
            faults += _verify_timers(tx, heads)
        return count, faults


def _verify_timers(tx: ReadTx, heads: dict[str, Any]) -> Iterator[Fault]:
    """A timer that nobody looks at is silent: what dockets wait for is computed again (I8)."""
    due: dict[str, int] = dict(
        tx.rows(
            "SELECT docket, min(due_at) FROM timers WHERE due_at IS NOT NULL AND provisional = 0"
            " GROUP BY docket"
        )
    )
    for key, seq, _, next_due_at in heads.values():
        if due.get(key) != next_due_at:
            yield Fault(key, seq, f"next_due_at {next_due_at}", f"{due.get(key)}")
    for docket, case in tx.rows(
        'SELECT t.docket, t."case" FROM timers t JOIN cases c ON c.id = t."case"'
        " WHERE c.closed_at IS NOT NULL"
    ):
        yield Fault(docket, 0, f"a timer of closed case {case}", "none")


def _entries(tx: ReadTx, docket: str | None) -> Iterator[tuple[Entry, int]]:
    """Entries by (docket, seq), in slices, so that memory stays flat."""
    columns = statements.columns(journal_table)
    after: tuple[str, int] = ("", 0)
    while True:
        where = "(docket, seq) > (?, ?)" + (" AND docket = ?" if docket is not None else "")
        given: list[Any] = [*after] + ([docket] if docket is not None else [])
        found: Sequence[Any] = tx.rows(
            f"SELECT {columns} FROM journal WHERE {where}"  # noqa: S608  our own columns
            " ORDER BY docket, seq LIMIT ?",
            *given,
            SLICE,
        )
        for row in found:
            yield Entry(*row[:4], *row[5:]), row[4]
        if len(found) < SLICE:
            return
        after = (found[-1][0], found[-1][1])


def _named(docket: str | None) -> str | None:
    return None if docket is None else name("docket", docket)
