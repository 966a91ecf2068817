"""Real dockets under another rulebook, slice by slice, in one look at the database.

Each docket is taken twice to one instant: as it is, with what is due by then, and as it would be.
Nothing is written: there is no transaction here that could.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from orchestrator.core.again import Unknown
from orchestrator.core.docket import Docket, Run
from orchestrator.core.instants import Zone
from orchestrator.core.journal import canonical
from orchestrator.core.values import Entry
from orchestrator.db import statements
from orchestrator.db.store import ReadTx, Store, Wanted
from orchestrator.db.tables import journal as journal_table
from orchestrator.engine.passing import undisturbed
from orchestrator.registry import Registry
from orchestrator.rehearsal.compared import Change, Difference, Side, changes
from orchestrator.rehearsal.played import Played, is_input
from orchestrator.rehearsal.stage import Stage, Wish, set_up
from orchestrator.rehearsal.totals import Totals

ENTRIES = 10_000  # of the dockets in one slice
DOCKETS = 500  # in one slice
PAGE = 5_000  # dockets of which it is read at once how they stand

WHICH = (
    " FROM dockets WHERE (? IS NULL OR clock >= ? OR incident IS NOT NULL OR replay IS NOT NULL)"
    " AND (? IS NULL OR key IN (SELECT value FROM json_each(?)))"
)
HEADS = f"SELECT key, seq, incident, replay{WHICH} AND key > ? ORDER BY key LIMIT {PAGE}"
COUNT = f"SELECT coalesce(sum(seq), 0){WHICH}"
ENTRIES_OF = (
    f"SELECT {statements.columns(journal_table)} FROM journal"  # noqa: S608  our own columns
    " WHERE docket IN (SELECT value FROM json_each(?)) ORDER BY docket, seq"
)


class _Head(NamedTuple):
    """What a docket's row says of it."""

    key: str
    entries: int
    incident: int | None
    replay: str | None


class Rehearsal:
    """Plays again what was lived."""

    def __init__(self, store: Store, registry: Registry, wish: Wish) -> None:
        self._store = store
        self._registry = registry
        self._wish = wish
        self.totals = Totals()
        self.entries = 0  # read so far
        self.most = 0  # to be read

    def run(
        self,
        tell: Callable[[Difference, Zone], None],
        progress: Callable[[Rehearsal], None] = lambda _: None,
    ) -> Stage:
        """Play every docket in which something was said since then; tells of those that differ.

        raises   NotFound: no such docket or rulebook; BadConfig: the new one does not fit
        """
        with self._store.read() as tx:
            stage = set_up(tx, self._registry, self._wish)
            self.most = tx.scalar(COUNT, *stage.which)
            progress(self)
            for heads in _slices(tx, stage):
                with undisturbed():
                    look = ReadTx(tx.connection)  # what one has read it keeps: one a slice
                    for difference in self._slice(look, stage, heads):
                        self.totals.add(difference)
                        tell(difference, stage.zone)
                progress(self)
        return stage

    def _slice(self, tx: ReadTx, stage: Stage, heads: list[_Head]) -> Iterator[Difference]:
        self.entries += sum(head.entries for head in heads)
        free = [head.key for head in heads if self._is_free(tx, head)]
        entries = dict(_entries_of(tx, free))
        since = stage.pinning.since
        spoken = [key for key in free if _somebody_spoke(entries.get(key, ()), since)]
        loaded = tx.load({key: Wanted(everything=True) for key in spoken}, 0)
        for key in spoken:
            try:
                found = self._docket(stage, loaded[key], entries[key])
            except Unknown as unknown:
                self.totals.skip(key, f"nothing can be said of it here: {unknown}")
            else:
                if found:
                    yield Difference(key, found)

    def _is_free(self, tx: ReadTx, head: _Head) -> bool:
        """Whether a docket's life goes on; what one that is stopped comes to is not known."""
        if head.incident is not None:
            self.totals.skip(head.key, f"stopped by incident {head.incident}")
        elif head.replay is not None:
            self.totals.skip(head.key, f"being replayed ({tx.replayed_file(head.replay)})")
        return (head.incident, head.replay) == (None, None)

    def _docket(self, stage: Stage, docket: Docket, entries: list[Entry]) -> list[Change]:
        """One docket in both lives; gives what differs.

        raises   Unknown: nothing can be said of it here
        """
        until = max(stage.now, docket.clock or 0)
        lived = _lived(stage, docket, until)
        versions = self._registry.versions
        played = Played(docket, entries, stage.world, versions, stage.pinning, stage.known_at)
        broken: list[Change] = []
        try:
            played.plays(until)
        except Unknown:
            raise
        except Exception as error:  # noqa: BLE001  whatever it raises is what it would come to
            broken = [_broken(played, error)]
        self._count(lived, played)
        return broken or changes(
            Side(lived.cases, lived.timers, [*entries, *lived.entries]),
            Side(played.cases, played.timers, played.entries),
            played.otherwise,
            self._registry.workflows,
            {*played.pinned, stage.pinning.pin},
        )

    def _count(self, lived: Run, played: Played) -> None:
        totals = self.totals
        totals.dockets += 1
        totals.cases += len(lived.cases)
        totals.inputs += played.inputs
        totals.readings += played.readings
        totals.pinned += played.pinned
        totals.timers += sum(entry.kind == "timer" for entry in played.entries)


def _slices(tx: ReadTx, stage: Stage) -> Iterator[list[_Head]]:
    """The dockets in order of their keys, as many at a time as have so many entries."""
    after, entries = "", 0
    slice_: list[_Head] = []
    while page := tx.rows(HEADS, *stage.which, after):
        for head in map(_Head._make, page):
            slice_.append(head)
            entries += head.entries
            if len(slice_) >= DOCKETS or entries >= ENTRIES:
                yield slice_
                slice_, entries = [], 0
        after = page[-1][0]
    if slice_:
        yield slice_


def _lived(stage: Stage, docket: Docket, until: int) -> Run:
    """A docket as it is, with what is due by an instant done.

    raises   Unknown: it cannot be brought there
    """
    for case in docket.cases.values():
        if case.definition not in stage.registry.known:
            raise Unknown(f"{case.definition} is not known")
    run = Run(docket, stage.world)
    try:
        while not run.to(until):
            pass
    except Exception as error:
        raise Unknown(f"what is due in it by now raises {error!r}") from error
    return run


def _broken(played: Played, error: Exception) -> Change:
    """An error that would stop the docket, and what was said just then."""
    entry, said = played.now_at, f"{type(error).__name__}: {error}"
    if entry is None:
        return Change("stopped", None, "time", None, said)
    return Change("stopped", entry.case, entry.name, None, said, entry.effective_at, entry.by)


def _entries_of(tx: ReadTx, keys: Iterable[str]) -> Iterator[tuple[str, list[Entry]]]:
    rows: Sequence[Any] = tx.rows(ENTRIES_OF, canonical(list(keys)))
    found = (Entry(*row[:4], *row[5:]) for row in rows)
    for key, entries in groupby(found, key=lambda entry: entry.docket):
        yield key, list(entries)


def _somebody_spoke(entries: Sequence[Entry], since: int | None) -> bool:
    """Whether something was said from an instant on."""
    for entry in reversed(entries):
        if since is not None and entry.effective_at < since:
            return False
        if is_input(entry):
            return True
    return False
