"""The journal and the outbox as they are, and the proof that nothing in them was touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from orchestrator.answers import (
    effect_shown,
    entry_shown,
)
from orchestrator.core.docket import Docket
from orchestrator.core.fold import compare, fold
from orchestrator.core.journal import Fault, verify_chain
from orchestrator.core.values import Entry, Outgoing
from orchestrator.db import statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import journal as journal_table
from orchestrator.errors import NotFound
from orchestrator.inputs import name
from orchestrator.queries.look import Look

SLICE = 5_000  # entries read at once, so that memory stays flat
BATCH = 500  # dockets compared with their rows at once
HEADS = "SELECT key, seq, head_hash, next_due_at FROM dockets WHERE ? IS NULL OR key = ?"


class Journals(Look):
    """Reads journals, and verifies them."""

    def journal(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every entry by (docket, seq), with the columns of the table."""
        docket = _named(docket)
        with self._store.read() as tx:
            _must_be_there(tx, docket)
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
            _must_be_there(tx, docket)
            zone = self.zone(tx)
            for row in tx.rows(text, *given):
                more = {"target": row[7], "status": row[8], "attempts": row[9]}
                more |= {"next_try_at": zone.text(row[10]), "lease": row[11]}
                more["lease_number"] = row[12]
                yield effect_shown(Outgoing(*row[:7]), zone.text, **more)

    def verify(self, docket: str | None = None) -> tuple[int, list[Fault]]:
        """Recompute the chain of every docket, its cases and timers, and its next due instant.

        returns  how many entries were read, and every fault
        """
        docket = _named(docket)
        with self._store.read() as tx:
            _must_be_there(tx, docket)
            heads = {row[0]: _Head(*row) for row in tx.rows(HEADS, docket, docket)}
            faults: list[Fault] = []
            count = 0
            silent = dict(heads)
            for batch in _batches(_entries(tx, docket)):
                count += sum(len(entries) for entries in batch.values())
                loaded = tx.load(dict.fromkeys(batch, Wanted(everything=True)), 0)
                for key, entries in batch.items():
                    head = silent.pop(key, _Head(key, 0, "", None))
                    faults += verify_chain(key, entries, head.seq, head.hash)
                    faults += _verify_rows(key, entries, loaded.get(key))
            for head in silent.values():
                faults += verify_chain(head.key, [], head.seq, head.hash)
            faults += _verify_timers(tx, heads)
        return count, faults


class _Head(NamedTuple):
    """What a docket's row says of its journal."""

    key: str
    seq: int
    hash: str
    next_due_at: int | None


def _batches(entries: Iterator[tuple[Entry, int]]) -> Iterator[dict[str, list[Entry]]]:
    """The entries of so many dockets at once, each docket whole."""
    batch: dict[str, list[Entry]] = {}
    for key, found in groupby(entries, key=lambda pair: pair[0].docket):
        batch[key] = [entry for entry, _ in found]
        if len(batch) >= BATCH:
            yield batch
            batch = {}
    yield batch


def _verify_rows(key: str, entries: list[Entry], docket: Docket | None) -> Iterator[Fault]:
    """Cases and timers as they stand, against what the journal comes to (I1, I8)."""
    try:
        told = fold(entries)
    except (ValueError, KeyError, TypeError) as error:
        yield Fault(key, entries[-1].seq, f"a journal that cannot be read ({error!r})", "one")
        return
    cases, timers = (docket.cases, docket.timers) if docket else ({}, {})
    yield from compare(key, told, cases, timers)


def _verify_timers(tx: ReadTx, heads: Mapping[str, _Head]) -> Iterator[Fault]:
    """A timer that nobody looks at is silent: what dockets wait for is computed again (I8)."""
    due: dict[str, int] = dict(
        tx.rows(
            "SELECT docket, min(due_at) FROM timers WHERE due_at IS NOT NULL AND provisional = 0"
            " GROUP BY docket"
        )
    )
    for head in heads.values():
        if due.get(head.key) != head.next_due_at:
            yield Fault(
                head.key, head.seq, f"next_due_at {head.next_due_at}", f"{due.get(head.key)}"
            )
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


def _must_be_there(tx: ReadTx, docket: str | None) -> None:
    """raises   NotFound: no such docket"""
    if docket is not None and not tx.rows("SELECT 1 FROM dockets WHERE key = ?", docket):
        raise NotFound(f"no docket {docket!r}")


def _named(docket: str | None) -> str | None:
    return None if docket is None else name("docket", docket)
