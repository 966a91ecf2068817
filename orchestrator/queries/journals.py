"""The journal and the outbox as they are, and the proof that nothing in them was touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, NamedTuple

from orchestrator.answers import (
    effect_shown,
    entry_shown,
)
from orchestrator.core.again import Stored, Unknown, lived_again
from orchestrator.core.docket import Docket
from orchestrator.core.fold import compare, fold
from orchestrator.core.journal import Fault, canonical, verify_chain
from orchestrator.core.values import Entry, Outgoing
from orchestrator.db import lists, rows, statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import journal as journal_table
from orchestrator.errors import NotFound
from orchestrator.inputs import name
from orchestrator.queries.look import Look

SLICE = 5_000  # entries read at once, so that memory stays flat
BATCH = 500  # dockets compared with their rows at once
OUTBOX_OF = (
    'SELECT docket, seq, n, "case", name, content, at FROM outbox'
    " WHERE docket IN (SELECT value FROM json_each(?))"
)
HEADS = (
    "SELECT key, seq, head_hash, next_due_at, incident, replay FROM dockets"
    " WHERE ? IS NULL OR key = ?"
)


class Journals(Look):
    """Reads journals, and verifies them."""

    def journal(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every entry by (docket, seq), with the columns of the table."""
        docket = _named(docket)
        with self._store.read() as tx:
            _must_be_there(tx, docket)
            zone = self.zone(tx)
            for entry, recorded_at in recorded(tx, docket):
                yield entry_shown(entry, zone.text, recorded_at)

    def entries(self, tx: ReadTx, docket: str) -> list[Entry]:
        """One docket's entries, in order."""
        return [entry for entry, _ in recorded(tx, docket)]

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

    def count_entries(self, docket: str | None = None) -> int:
        """How long the journal is."""
        docket = _named(docket)
        with self._store.read() as tx:
            _must_be_there(tx, docket)
            text = "SELECT coalesce(sum(seq), 0) FROM dockets WHERE ? IS NULL OR key = ?"
            return int(tx.scalar(text, docket, docket))

    def verify(
        self,
        docket: str | None = None,
        *,
        quick: bool = False,
        progress: Callable[[int], None] = lambda _: None,
        unproven: Callable[[str, str], None] = lambda _docket, _why: None,
    ) -> tuple[int, list[Fault]]:
        """Recompute every docket: its chain, and everything that its recorded inputs come to.

        quick      read cases and timers from the journal's own words, without living them again
        progress   told how many entries were read so far
        unproven   told of a docket whose definitions are not known here: it is read the quick way
        returns    how many entries were read, and every fault
        """
        docket = _named(docket)
        with self._store.read() as tx:
            _must_be_there(tx, docket)
            heads = {row[0]: _Head(*row) for row in tx.rows(HEADS, docket, docket)}
            faults: list[Fault] = []
            count = 0
            silent = dict(heads)
            for batch in _batches(recorded(tx, docket)):
                count += sum(len(found.entries) for found in batch.values())
                for key, found in batch.items():
                    head = silent.pop(key, _Head(key, 0, "", None, None, None))
                    faults += verify_chain(key, found.entries, head.seq, head.hash)
                    faults += found.too_early
                faults += self._verify_rows(tx, batch, quick=quick, unproven=unproven)
                progress(count)
            left = iter(silent.values())
            while some := list(islice(left, BATCH)):
                for head in some:
                    faults += verify_chain(head.key, [], head.seq, head.hash)
                nothing = {head.key: _Found([], []) for head in some}
                faults += self._verify_rows(tx, nothing, quick=quick, unproven=unproven)
            faults += _verify_stops(tx, heads)
            faults += _verify_timers(tx, heads)
        return count, faults

    def _verify_rows(
        self,
        tx: ReadTx,
        batch: Mapping[str, _Found],
        *,
        quick: bool,
        unproven: Callable[[str, str], None],
    ) -> Iterator[Fault]:
        """Cases, timers and effects as they stand, against what the journal comes to."""
        loaded = tx.load(dict.fromkeys(batch, Wanted(everything=True)), 0)
        wished = {} if quick else _outbox_of(tx, batch)
        versions = self._engine.registry.versions
        for key, found in batch.items():
            docket = loaded.get(key)
            if docket is None:
                yield Fault(key, 0, "no row of this docket", "one")
                continue
            yield from lists.faults_of(tx, key, found.entries, docket, versions)
            if not quick:
                stored = Stored(docket, found.entries, wished.get(key, ()))
                try:
                    yield from list(lived_again(stored, self._engine.world(tx), versions))
                    continue
                except Unknown as unknown:
                    unproven(key, str(unknown))
            yield from _fold_rows(key, found.entries, docket)


class _Head(NamedTuple):
    """What a docket's row says of its journal."""

    key: str
    seq: int
    hash: str
    next_due_at: int | None
    incident: int | None
    replay: str | None


class _Found(NamedTuple):
    """The journal of one docket."""

    entries: list[Entry]
    too_early: list[Fault]  # written down before they took effect (I5)


def _batches(entries: Iterator[tuple[Entry, int]]) -> Iterator[dict[str, _Found]]:
    """The entries of so many dockets at once, each docket whole."""
    batch: dict[str, _Found] = {}
    for key, pairs in groupby(entries, key=lambda pair: pair[0].docket):
        found = batch[key] = _Found([], [])
        for entry, recorded_at in pairs:
            found.entries.append(entry)
            if recorded_at < entry.effective_at:
                said = f"{entry.effective_at} or later"
                found.too_early.append(Fault(key, entry.seq, f"recorded at {recorded_at}", said))
        if len(batch) >= BATCH:
            yield batch
            batch = {}
    yield batch


def _outbox_of(tx: ReadTx, keys: Iterable[str]) -> dict[str, list[Outgoing]]:
    found: dict[str, list[Outgoing]] = {}
    for row in tx.rows(OUTBOX_OF, canonical(list(keys))):
        found.setdefault(row[0], []).append(Outgoing(*row))
    return found


def _fold_rows(key: str, entries: list[Entry], docket: Docket) -> Iterator[Fault]:
    """Cases and timers as they stand, against what the journal says in its own words."""
    try:
        told = fold(entries)
    except (ValueError, KeyError, TypeError) as error:
        yield Fault(key, entries[-1].seq, f"a journal that cannot be read ({error!r})", "one")
        return
    yield from compare(key, told, docket.cases, docket.timers)


def _verify_stops(tx: ReadTx, heads: Mapping[str, _Head]) -> Iterator[Fault]:
    """A docket that nobody moves is silent: what stops it must be there."""
    open_ones = {row[0] for row in tx.rows("SELECT id FROM incidents WHERE closed_at IS NULL")}
    replays = {str(row[0]) for row in tx.rows("SELECT id FROM replays WHERE finished_at IS NULL")}
    for head in heads.values():
        if head.incident is not None and head.incident not in open_ones:
            yield Fault(head.key, head.seq, f"stopped by incident {head.incident}", "an open one")
        if head.replay is not None and head.replay not in replays:
            yield Fault(head.key, head.seq, f"owned by replay {head.replay}", "one under way")


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
    for text, flag in tx.rows("SELECT DISTINCT span, by_calendar FROM timers"):
        by_calendar = text is not None and rows.span_of(text).by_calendar
        if by_calendar != bool(flag):
            found = 'SELECT docket, "case", name FROM timers WHERE span IS ? AND by_calendar = ?'
            for docket, case, timer in tx.rows(found, text, flag):
                said = f"by_calendar {flag} of timer {timer} of case {case}"
                yield Fault(docket, 0, said, f"{int(by_calendar)}")
    for docket, case in tx.rows(
        'SELECT t.docket, t."case" FROM timers t JOIN cases c ON c.id = t."case"'
        " WHERE c.closed_at IS NOT NULL"
    ):
        yield Fault(docket, 0, f"a timer of closed case {case}", "none")


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


def _must_be_there(tx: ReadTx, docket: str | None) -> None:
    """raises   NotFound: no such docket"""
    if docket is not None and not tx.rows("SELECT 1 FROM dockets WHERE key = ?", docket):
        raise NotFound(f"no docket {docket!r}")


def _named(docket: str | None) -> str | None:
    return None if docket is None else name("docket", docket)
