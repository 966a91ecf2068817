"""The proof that nothing was touched: journals, and all rows that follow from them (law 7).

Dockets are read in batches, each with its journal whole, so that memory does not grow with the
database. What a batch cannot show, a row that belongs to no docket, is asked for at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby
from typing import Any, NamedTuple

from orchestrator.core.again import Stored, Unknown, lived_again
from orchestrator.core.docket import Docket
from orchestrator.core.fold import compare, fold
from orchestrator.core.journal import Fault, canonical, verify_chain
from orchestrator.core.values import Entry, Outgoing
from orchestrator.db import lists, rows, statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import cases as cases_table
from orchestrator.db.tables import timers as timers_table
from orchestrator.queries.journals import must_be_there, named, recorded
from orchestrator.queries.look import Look
from orchestrator.queries.strays import Clocks, Row, Stops, strays

BATCH = 500  # dockets at once
MOST_ENTRIES = 20_000  # of a batch; a longer journal is a batch of its own

OF_THESE = "IN (SELECT value FROM json_each(?))"
HEADS = (
    "SELECT key, seq, head_hash, clock, next_due_at, incident, replay FROM dockets"  # noqa: S608
    f" WHERE key {OF_THESE}"
)
EARLIEST = (
    f"SELECT docket, min(due_at) FROM timers WHERE {statements.FIRES} AND docket {OF_THESE}"  # noqa: S608
    " GROUP BY docket"
)
SILENT = (
    "SELECT key FROM dockets WHERE key > ? AND (? IS NULL OR key = ?)"
    " AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.docket = dockets.key)"
    " ORDER BY key LIMIT ?"
)
OUTBOX_OF = f'SELECT docket, seq, n, "case", name, content, at FROM outbox WHERE docket {OF_THESE}'  # noqa: S608


class Proofs(Look):
    """Verifies journals."""

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
        docket = named(docket)
        faults: list[Fault] = []
        count = 0
        with self._store.read() as tx:
            must_be_there(tx, docket)
            stops, clocks = Stops(tx), Clocks(self._engine.clock.now())
            for batch in chain(_batches(recorded(tx, docket)), _silent(tx, docket)):
                count += sum(len(found.entries) for found in batch.values())
                faults += _chains(tx, batch, stops, clocks)
                faults += self._rows(tx, batch, quick=quick, unproven=unproven)
                progress(count)
            faults += clocks.faults(tx)
            faults += strays(tx, docket)
        return count, faults

    def _rows(
        self,
        tx: ReadTx,
        batch: Mapping[str, _Found],
        *,
        quick: bool,
        unproven: Callable[[str, str], None],
    ) -> Iterator[Fault]:
        """Cases, timers and effects as they stand, against what the journal comes to."""
        yield from _misspelt(tx, batch)
        loaded = _loaded(tx, batch)
        wished = {} if quick else outbox_of(tx, batch)
        for key, found in batch.items():
            if key not in loaded:
                continue  # its rows cannot be read: that is told already
            docket = loaded[key]
            if docket is None:
                yield Fault(key, 0, "no row of this docket", "one")
                continue
            versions = self._engine.registry.versions
            yield from lists.faults_of(tx, key, found.entries, docket, versions)
            if not quick:
                stored = Stored(docket, found.entries, wished.get(key, ()))
                world = self._engine.world(tx)
                try:
                    yield from list(lived_again(stored, world, versions))
                    continue
                except Unknown as unknown:
                    unproven(key, str(unknown))
            yield from _fold_rows(key, found.entries, docket)


class _Found(NamedTuple):
    """The journal of one docket."""

    entries: list[Entry]
    too_early: list[Fault]  # written down before they took effect (I5)


def _batches(entries: Iterator[tuple[Entry, int]]) -> Iterator[dict[str, _Found]]:
    """The entries of so many dockets at once, each docket whole."""
    batch: dict[str, _Found] = {}
    count = 0
    for key, pairs in groupby(entries, key=lambda pair: pair[0].docket):
        found = batch[key] = _Found([], [])
        for entry, recorded_at in pairs:
            found.entries.append(entry)
            if recorded_at < entry.effective_at:
                said = f"{entry.effective_at} or later"
                found.too_early.append(Fault(key, entry.seq, f"recorded at {recorded_at}", said))
        count += len(found.entries)
        if len(batch) >= BATCH or count >= MOST_ENTRIES:
            yield batch
            batch, count = {}, 0
    yield batch


def _silent(tx: ReadTx, docket: str | None) -> Iterator[dict[str, _Found]]:
    """Dockets without an entry: they were only ever read, or somebody took all they had."""
    after = ""
    while found := tx.rows(SILENT, after, docket, docket, BATCH):
        yield {key: _Found([], []) for (key,) in found}
        after = found[-1][0]


def _chains(
    tx: ReadTx, batch: Mapping[str, _Found], stops: Stops, clocks: Clocks
) -> Iterator[Fault]:
    """Each journal by itself, and what its docket's row says of it and of what it waits for (I8)."""
    keys = canonical(list(batch))
    heads = {row[0]: Row(*row) for row in tx.rows(HEADS, keys)}
    due: dict[str, int] = dict(tx.rows(EARLIEST, keys))
    for key, found in batch.items():
        head = heads.get(key, Row(key, 0, "", None, due.get(key), None, None))
        yield from verify_chain(key, found.entries, head.seq, head.hash)
        yield from found.too_early
        yield from stops.faults(head)
        clocks.look_at(head)
        if due.get(key) != head.next_due_at:
            yield Fault(key, head.seq, f"next_due_at {head.next_due_at}", f"{due.get(key)}")


def _misspelt(tx: ReadTx, batch: Iterable[str]) -> Iterator[Fault]:
    """Rows that are not written as this program writes what it reads there: somebody else did."""
    keys = canonical(list(batch))
    cases = (statements.CASES_OF_DOCKETS, cases_table, 1, _case_again)
    timers = (statements.TIMERS_OF_DOCKETS, timers_table, 0, _timer_again)
    for text, table, place, again in (cases, timers):
        names = [column.name for column in table.columns]
        for row in tx.rows(text, keys):
            try:
                wanted = again(row)
            except Exception as error:  # noqa: BLE001  whatever stands there, the rest is read
                said = f"a row of {table.name} that cannot be read ({error!r}): {tuple(row)}"
                yield Fault(row[place], 0, said, "one that can")
                continue
            for name, here, there in zip(names, row, wanted, strict=True):
                if here != there:
                    said = f"{name} {here} in {table.name}, of {row[0]}"
                    yield Fault(row[place], 0, said, f"{name} {there}")


def _case_again(row: Any) -> rows.Row:
    return rows.case_row(rows.case_of(row))


def _timer_again(row: Any) -> rows.Row:
    return rows.timer_row(rows.timer_of(row))


def _loaded(tx: ReadTx, batch: Iterable[str]) -> dict[str, Docket | None]:
    """The dockets as they stand (None: no row); without those that cannot be read."""
    wanted = dict.fromkeys(batch, Wanted(everything=True))
    try:
        found = tx.load(wanted, 0)
    except Exception:  # noqa: BLE001  one that cannot be read hides no other
        loaded: dict[str, Docket | None] = {}
        for key, want in wanted.items():
            try:
                loaded[key] = tx.load({key: want}, 0).get(key)
            except Exception:  # noqa: BLE001, S112  it is told as misspelt
                continue
        return loaded
    return {key: found.get(key) for key in wanted}


def outbox_of(tx: ReadTx, keys: Iterable[str]) -> dict[str, list[Outgoing]]:
    """The effects of these dockets, as they are stored."""
    found: dict[str, list[Outgoing]] = {}
    for row in tx.rows(OUTBOX_OF, canonical(list(keys))):
        found.setdefault(row[0], []).append(Outgoing(*row))
    return found


def _fold_rows(key: str, entries: list[Entry], docket: Docket) -> Iterator[Fault]:
    """Cases and timers as they stand, against what the journal says in its own words."""
    try:
        told = fold(entries)
    except Exception as error:  # noqa: BLE001  whatever stands there, other dockets are read
        yield Fault(key, entries[-1].seq, f"a journal that cannot be read ({error!r})", "one")
        return
    yield from compare(key, told, docket.cases, docket.timers)
