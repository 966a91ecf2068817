"""A recorded history on its way into a database, a slice of lines in one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from orchestrator.api import Orchestrator
from orchestrator.clock import Clock
from orchestrator.db.store import Place, ReadTx, WriteTx
from orchestrator.engine import Engine
from orchestrator.engine.passing import undisturbed
from orchestrator.errors import Trouble, Unavailable
from orchestrator.replay import progress as record
from orchestrator.replay.lines import Reader, Rejected
from orchestrator.replay.progress import Found, Progress
from orchestrator.replay.slices import Slice, Slices
from orchestrator.replay.source import ListSource, Source, digest_of_first

SLICE = 2_000  # lines in one commit


class Replayed(NamedTuple):
    """What a replay came to, all of its runs together."""

    lines: int = 0
    applied: int = 0
    refused: int = 0
    rejected: int = 0
    held: int = 0
    firings: int = 0
    until: str | None = None
    resumed_at: int | None = None  # the line after which this run went on
    again: bool = False  # it was finished before: nothing was done


class SetClock:
    """A clock that stands where the line says: order is per docket, so it may also go back."""

    def __init__(self, at: int = 0) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


class Replay:
    """Takes histories into one database. What is done is kept with it: a kill loses nothing."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        *,
        strict: bool = False,
        reject: Callable[[Rejected], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """reject, progress   told of each line that was turned away; of (lines, firings) so far"""
        self._clock = SetClock()
        self._orchestrator = orchestrator
        self._store = orchestrator.store
        self._engine = _engine_on(orchestrator, self._clock)
        self._slices = Slices(self._engine, self._clock)
        self._strict = strict
        self._trial: WriteTx | None = None  # of a preview: everything is in it, and taken back
        self._reject = reject or (lambda _: None)
        self._progress = progress or (lambda _lines, _firings: None)

    def preview(self, history: Source | Iterable[str], until: int | None = None) -> Replayed:
        """What `run` would come to. Nothing is kept; the database is ours while it lasts."""
        with self._store.trial() as tx:
            self._trial = tx
            try:
                came_to = self.run(history, until)
            finally:
                self._trial = None
        return came_to

    def run(self, history: Source | Iterable[str], until: int | None = None) -> Replayed:
        """Apply every line that was not applied before, then let time pass up to `until`.

        until    else the latest instant of the history
        raises   Trouble: strict, and a line was rejected; what stands before it is applied.
                 Conflict: a docket belongs to another unfinished replay
        """
        source = ListSource(history) if isinstance(history, Iterable) else history
        with self._look() as tx:
            found = record.find(tx, source)
        done = found.progress
        if done is not None and found.end is not None:
            self._tell_again(done)
            return self._came_to(done, found.end.until, again=True)
        resumed_at = done.position if done else None
        if done is not None:
            self._tell_again(done)
        if done is None or done.position < found.lines:
            done = self._applies(source, found)
        if done is None:  # there is no line at all
            return Replayed()
        end = done.latest if until is None else until
        done = self._lets_time_pass(done, end or 0)
        return self._came_to(done, end, resumed_at=resumed_at)

    def _tell_again(self, done: Progress) -> None:
        """A run that goes on, or has nothing to do, tells what the runs before it turned away."""
        with self._look() as tx:
            for reject in record.rejects_of(tx, done):
                self._reject(reject)

    # -- lines ------------------------------------------------------------------------------

    def _applies(self, source: Source, found: Found) -> Progress | None:
        done = found.progress
        position = done.position if done else 0
        digest = digest_of_first(source, position)
        lines = enumerate(islice(source.lines(), position, None), start=position + 1)
        rest: list[tuple[int, str]] = []
        while numbered := [*rest, *islice(lines, SLICE - len(rest))]:
            with undisturbed():
                slice_ = self._read(numbered, done)
                rest = numbered[len(slice_.numbered) :]
                digest.take(text for _, text in slice_.numbered)
                if slice_.numbered:
                    done = self._commit(source, done or found, slice_, digest.text())
            turned_away = [*slice_.rejects, *([slice_.cut] if slice_.cut else [])]
            for reject in turned_away:
                self._reject(reject)
            if self._strict and turned_away:
                first = min(turned_away)
                raise Trouble(f"line {first.number}: {first.reason}")
            assert done is not None
            self._progress(done.position, done.firings)
        return done

    @contextmanager
    def _write(self) -> Iterator[WriteTx]:
        if self._trial is not None:
            yield self._trial
        else:
            with self._store.write() as tx:
                yield tx

    @contextmanager
    def _look(self) -> Iterator[ReadTx]:
        if self._trial is not None:
            yield self._trial
        else:
            with self._store.read() as tx:
                yield tx

    def _places(self, cases: set[str]) -> dict[str, Place]:
        """Where cases are, or will be: the opening of some may be held."""
        definitions = self._orchestrator.registry.definitions
        with self._look() as tx:
            found = tx.places(cases)
            for case, (docket, workflow) in tx.held_openings(cases - set(found)).items():
                found[case] = Place(docket, workflow, definitions.get(workflow, ""), "")
        return found

    def _read(self, numbered: list[tuple[int, str]], done: Progress | None) -> Slice:
        """The lines of a slice; strict: those before the first that is turned away."""
        slice_ = Slice(numbered, Reader(self._engine, self._places))
        if not self._strict or self._trial is not None:
            return slice_
        bad = self._first_reject(slice_, done)
        if bad is not None:
            numbered = [(number, text) for number, text in numbered if number < bad.number]
        return Slice(numbered, Reader(self._engine, self._places), cut=bad)

    def _first_reject(self, slice_: Slice, done: Progress | None) -> Rejected | None:
        """The first line that is turned away when a slice is applied; nothing of it is kept."""
        with self._store.trial() as tx:
            self._slices.apply(tx, slice_, owner=done.owner if done else None)
        return min(slice_.rejects, default=None)

    def _commit(
        self, source: Source, before: Progress | Found, slice_: Slice, digest: str
    ) -> Progress:
        with self._write() as tx:
            if isinstance(before, Found):
                record.must_be_first(tx, source, before)
                now = self._orchestrator.clock.now()
                done = record.begin(tx, source.name, before.first, now)
            else:
                done = before
                record.must_be_where(tx, done)
            record.must_be_ours(tx, done, slice_.dockets())
            touched = self._slices.apply(tx, slice_, owner=done.owner)
            record.own(tx, done, touched)
            done = _with(done, slice_, digest)._replace(file=source.name)
            record.keep(tx, done, slice_.rejects)
        return done

    # -- time -------------------------------------------------------------------------------

    def _lets_time_pass(self, done: Progress, until: int) -> Progress:
        """Whatever is due in its dockets by then acts; in the last commit it is finished."""
        self._clock.at = until
        while done.finished_at is None:
            with self._write() as tx:
                record.must_be_where(tx, done)
                keys = record.owned_due(tx, done, until, self._engine.batch)
                acted = self._engine.advance_in(tx, keys, until)
                if keys and not (acted.dockets or acted.incidents):
                    raise Unavailable(
                        f"docket {keys[0]} has cases of definitions that this process does not know"
                    )
                done = done._replace(firings=done.firings + acted.firings)
                if not keys:
                    record.release(tx, done)
                    done = done.ended(until, self._orchestrator.clock.now())
                record.keep(tx, done)
            self._progress(done.position, done.firings)
        return done

    def _came_to(
        self,
        done: Progress,
        until: int | None,
        *,
        again: bool = False,
        resumed_at: int | None = None,
    ) -> Replayed:
        with self._look() as tx:
            zone = self._orchestrator.queries.zone(tx)
        text = None if until is None else zone.text(until)
        return Replayed(
            done.position,
            done.applied,
            done.refused,
            done.rejected,
            done.held,
            done.firings,
            text,
            resumed_at,
            again,
        )


def _with(done: Progress, slice_: Slice, digest: str) -> Progress:
    """The progress once a slice is applied."""
    instants = [at for at in (done.latest, slice_.latest) if at is not None]
    return done._replace(
        position=slice_.numbered[-1][0],
        digest=digest,
        latest=max(instants, default=None),
        applied=done.applied + slice_.applied,
        refused=done.refused + slice_.refused,
        rejected=done.rejected + len(slice_.rejects),
        held=done.held + slice_.held,
        firings=done.firings + slice_.firings,
        finished_at=None,
    )


def _engine_on(orchestrator: Orchestrator, clock: Clock) -> Engine:
    return Engine(
        orchestrator.store,
        orchestrator.registry,
        clock,
        default_rulebook=orchestrator.settings.default_rulebook,
        batch=orchestrator.settings.daemon.batch,
        recorder=orchestrator.clock,
    )
