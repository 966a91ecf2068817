"""Time passes: what is due is claimed in bounded batches, moved, and saved, a commit a batch."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.values import Missing
from orchestrator.db.store import Wanted, WriteTx
from orchestrator.engine.ground import Ground, log

Claim = Callable[[WriteTx, World, int], list[str]]  # which dockets are next, at an instant


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
def undisturbed() -> Iterator[None]:
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
        """One commit: at most so many dockets, each moved by everything that is due.

        Which ones was said in the commit before, so that a death at them is not in vain (law 10);
        with this one it is said which are next. `more`: there are some.
        """
        return self._batch(until, self._claim)

    def catch_up_batch(self) -> Tally:
        """The same for dockets alone that have not applied an edition that holds (DESIGN 5)."""
        return self._batch(None, self._claim_stale)

    def _batch(self, until: int | None, claim: Claim) -> Tally:
        with self._one_at_a_time, undisturbed():
            found = Tally()
            if not self.tries.current:
                with self.store.write() as tx:
                    now = self._now(until)
                    found = self._stop_killers(tx, now)
                    self.tries.take(tx, lambda: claim(tx, self.world(tx), now))
                self.tries.committed()
            if not self.tries.current:
                return found
            with self.store.write() as tx:
                now = self._now(until)
                world = self.world(tx)
                done = self._advance_and_save(tx, world, self._still_free(tx), now)
                self.tries.take(tx, lambda: claim(tx, world, now))
            self.tries.committed()
            return found.plus(done)._replace(more=bool(self.tries.current))

    def leave(self) -> None:
        """This process ends in peace: nothing that it was at is suspected."""
        with self._one_at_a_time:
            if self.tries.current:
                with self.store.write() as tx:
                    self.tries.give_back(tx)

    def _still_free(self, tx: WriteTx) -> list[str]:
        """What was claimed, but what an incident or a replay has taken since."""
        keys = self.tries.current
        stopped = tx.stopped_among(keys)
        return [key for key in keys if key not in stopped] if stopped else keys

    def _now(self, until: int | None) -> int:
        now = self.clock.now()
        return now if until is None else min(until, now)

    def _stop_killers(self, tx: WriteTx, now: int) -> Tally:
        self.tries.bury_dead(tx)
        killers = self.tries.find_dead(tx)
        stopped = tx.incidents_among(key for key, _ in killers) if killers else {}
        killers = [(key, killer) for key, killer in killers if key not in stopped]
        for key, killer in killers:
            self.stop_docket(tx, key, self.recorded_at(now), killer, None)
        return Tally(incidents=len(killers))

    def advance_in(self, tx: WriteTx, keys: Sequence[str], until: int) -> Tally:
        """The same for these dockets alone, in a transaction that is under way."""
        with undisturbed():
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
            keys += [key for key in self._claim_stale(tx, world, now) if key not in keys]
        return keys[: self.batch]

    def _claim_stale(self, tx: WriteTx, world: World, now: int) -> list[str]:
        most = self.batch + len(self._strange)
        stale = tx.claim_stale(world.almanac.in_force(now), now, most)
        return [key for key in stale if key not in self._strange][: self.batch]

    def _advance(
        self, tx: WriteTx, world: World, keys: Sequence[str], now: int
    ) -> tuple[list[Run], dict[str, Exception], bool]:
        done: list[Run] = []
        broken: dict[str, Exception] = {}
        unfinished = False

        def move(_: str, docket: Docket | None) -> None:
            nonlocal unfinished
            assert docket is not None  # it was claimed
            run, began = Run(docket, world), self.stopwatch()
            try:
                is_finished = run.to(now)
                self.must_be_in_time(began)
            except Missing:
                raise
            except Exception as error:  # noqa: BLE001  one bad case harms no other (law 10)
                self._is_broken(docket, error, broken)
            else:
                unfinished |= not is_finished
                done.append(run)

        self.load_and_move(tx, dict.fromkeys(keys, Wanted()), now, move)
        return done, broken, unfinished

    def _is_broken(self, docket: Docket, error: Exception, broken: dict[str, Exception]) -> None:
        if self.is_strange(docket):
            self._strange.add(docket.key)
            log.warning("definition unknown here: left alone", docket=docket.key)
        else:
            broken[docket.key] = error
