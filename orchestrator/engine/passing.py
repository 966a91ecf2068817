"""Time passes: what is due is claimed in bounded batches, moved, and saved, a commit a batch."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from orchestrator.core.docket import Run, World
from orchestrator.core.values import Missing
from orchestrator.db.store import Wanted, WriteTx
from orchestrator.engine.ground import MOST_RELOADS, Ground, log


class Tally(NamedTuple):
    """What an advance did."""

    dockets: int = 0
    firings: int = 0
    incidents: int = 0
    more: bool = False

    def plus(self, other: Tally) -> Tally:
        """Both together; `more` is the later one's."""
        return Tally(
            self.dockets + other.dockets,
            self.firings + other.firings,
            self.incidents + other.incidents,
            other.more,
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A batch makes many values and no cycles: the garbage collector would walk through all of
    them, and all that is loaded, for nothing (a fifth of the time, measured)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Passing(Ground):
    """Lets time pass for whatever is due."""

    def advance(
        self, until: int | None = None, *, progress: Callable[[Tally], None] | None = None
    ) -> Tally:
        """Let everything happen that is due by now, or by an earlier instant, in bounded batches."""
        total = Tally()
        while True:
            done = self.advance_batch(until)
            total = total.plus(done)
            if progress is not None:
                progress(total)
            if not done.more:
                return total

    def advance_batch(self, until: int | None = None) -> Tally:
        """One commit: at most so many dockets, each moved by everything that is due."""
        with _undisturbed(), self.store.write() as tx:
            world = self.world(tx)
            now = self.clock.now() if until is None else min(until, self.clock.now())
            keys = self._claim(tx, world, now)
            if not keys:
                return Tally()
            done = self._advance_and_save(tx, world, keys, now)
            return done._replace(more=done.more or len(keys) >= self.batch)

    def advance_in(self, tx: WriteTx, keys: Sequence[str], until: int) -> Tally:
        """The same for these dockets alone, in a transaction that is under way."""
        with _undisturbed():
            return self._advance_and_save(tx, self.world(tx), keys, until)

    def _advance_and_save(self, tx: WriteTx, world: World, keys: Sequence[str], now: int) -> Tally:
        runs, broken, unfinished = self._advance(tx, world, keys, now)
        recorded_at = self.recorded_at(now)
        tx.save(runs, recorded_at)
        for key, error in broken.items():
            self.stop_docket(tx, key, recorded_at, error, None)
        firings = sum(1 for run in runs for entry in run.entries if entry.kind == "timer")
        return Tally(len(runs), firings, len(broken), unfinished)

    def next_due(self) -> int | None:
        """The earliest instant at which this process has something to do."""
        with self.store.read() as tx:
            return tx.next_due(self._strange)

    def _claim(self, tx: WriteTx, world: World, now: int) -> list[str]:
        most = self.batch + len(self._strange)
        keys = [key for key in tx.claim_due(now, most) if key not in self._strange]
        if len(keys) < self.batch:
            stale = tx.claim_stale(world.almanac.in_force(now), most)
            keys += [key for key in stale if key not in self._strange and key not in keys]
        return keys[: self.batch]

    def _advance(
        self, tx: WriteTx, world: World, keys: Sequence[str], now: int
    ) -> tuple[list[Run], dict[str, Exception], bool]:
        wanted = dict.fromkeys(keys, Wanted())
        done: list[Run] = []
        broken: dict[str, Exception] = {}
        unfinished = False
        for _ in range(MOST_RELOADS):
            loaded = tx.load(wanted, now)
            again: dict[str, Wanted] = {}
            for key, docket in loaded.items():
                run = Run(docket, world)
                try:
                    unfinished |= not run.to(now)
                    done.append(run)
                except Missing as missing:
                    again[key] = wanted[key].more(missing.queries)
                except Exception as error:  # noqa: BLE001  one bad case harms no other (law 10)
                    if self.is_strange(docket):
                        self._strange.add(key)
                        log.warning("definition unknown here: left alone", docket=key)
                    else:
                        broken[key] = error
            if not again:
                return done, broken, unfinished
            wanted = again
        raise RuntimeError("what the views of this batch lack never comes to an end")
