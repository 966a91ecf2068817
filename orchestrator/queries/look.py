"""What every look needs: the engine, its store, a docket loaded whole, the zone to show in."""

from __future__ import annotations

from orchestrator.core.calendar import Edition
from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.instants import Zone
from orchestrator.db.store import ReadTx, Stopped, Wanted
from orchestrator.engine import Engine
from orchestrator.errors import NotFound
from orchestrator.inputs import name


class Look:
    """A look at one engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def zone(self, tx: ReadTx) -> Zone:
        """The zone in which what belongs to no one case is shown: the default rulebook's."""
        return self.edition(tx).zone

    def edition(self, tx: ReadTx) -> Edition:
        """The latest edition of the default rulebook's calendar."""
        world = self._engine.world(tx)
        books = [b for b in world.rulebooks.values() if b.name == self._engine.default_rulebook]
        book = books[0] if books else next(iter(world.rulebooks.values()))
        return world.almanac.edition(book.calendar, world.almanac.latest)

    def text(self, at: int) -> str:
        """An instant in that zone."""
        with self._store.read() as tx:
            return self.zone(tx).text(at)

    def _loaded(self, tx: ReadTx, case_id: str) -> tuple[World, Docket]:
        place = tx.place(name("case", case_id))
        if place is None:
            raise NotFound(f"no case {case_id!r}")
        return self._engine.world(tx), self._whole(tx, place.docket)

    def _present(
        self, world: World, docket: Docket, stopped: Stopped, at: int | None = None
    ) -> Run:
        """The docket at this instant, or one since its clock: what is due is done, in memory alone.

        In a docket that is stopped time stands still: it is shown as it was left. What broke there
        is not run again by those who only look, and what a replay has still to say is not guessed.
        """
        run = Run(docket, world)
        if stopped != (None, None):
            return run
        until = self._engine.clock.now() if at is None else at
        return run if self._goes_on(run, until) else Run(docket, world)

    def _goes_on(self, run: Run, until: int) -> bool:
        """Let what is due happen in memory; False: a bug of its definition, or one unknown here."""
        try:
            while not run.to(until):
                pass
        except Exception:  # noqa: BLE001  whoever only looks is shown what there is
            return False
        return True

    def _whole(self, tx: ReadTx, key: str) -> Docket:
        return tx.load({key: Wanted(everything=True)}, self._engine.clock.now())[key]
