"""The journal and the outbox as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orchestrator.answers import (
    effect_shown,
    entry_shown,
)
from orchestrator.core.values import Entry, Outgoing
from orchestrator.db import statements
from orchestrator.db.store import ReadTx
from orchestrator.db.tables import journal as journal_table
from orchestrator.errors import NotFound
from orchestrator.inputs import name
from orchestrator.queries.look import Look

SLICE = 5_000  # entries read at once, so that memory stays flat


class Journals(Look):
    """Reads journals."""

    def journal(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every entry by (docket, seq), with the columns of the table."""
        docket = named(docket)
        with self._store.read() as tx:
            must_be_there(tx, docket)
            zone = self.zone(tx)
            for entry, recorded_at in recorded(tx, docket):
                yield entry_shown(entry, zone.text, recorded_at)

    def entries(self, tx: ReadTx, docket: str) -> list[Entry]:
        """One docket's entries, in order."""
        return [entry for entry, _ in recorded(tx, docket)]

    def outbox(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every effect by (docket, seq, n), with what became of it."""
        docket = named(docket)
        where, given = ("docket = ?", [docket]) if docket is not None else ("1", [])
        text = (
            'SELECT docket, seq, n, "case", name, content, at, target, status, attempts, next_try_at,'  # noqa: S608
            f" lease, lease_number FROM outbox WHERE {where} ORDER BY docket, seq, n"
        )
        with self._store.read() as tx:
            must_be_there(tx, docket)
            zone = self.zone(tx)
            for row in tx.rows(text, *given):
                more = {"target": row[7], "status": row[8], "attempts": row[9]}
                more |= {"next_try_at": zone.text(row[10]), "lease": row[11]}
                more["lease_number"] = row[12]
                yield effect_shown(Outgoing(*row[:7]), zone.text, **more)

    def count_entries(self, docket: str | None = None) -> int:
        """How long the journal is."""
        docket = named(docket)
        with self._store.read() as tx:
            must_be_there(tx, docket)
            text = "SELECT coalesce(sum(seq), 0) FROM dockets WHERE ? IS NULL OR key = ?"
            return int(tx.scalar(text, docket, docket))


def recorded(tx: ReadTx, docket: str | None = None) -> Iterator[tuple[Entry, int]]:
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


def must_be_there(tx: ReadTx, docket: str | None) -> None:
    """raises   NotFound: no such docket"""
    if docket is not None and not tx.rows("SELECT 1 FROM dockets WHERE key = ?", docket):
        raise NotFound(f"no docket {docket!r}")


def named(docket: str | None) -> str | None:
    """A docket's key as people give it, if they give one.

    raises   BadInput
    """
    return None if docket is None else name("docket", docket)
