"""A journal drawn along its days, what is due by now included."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.calendar import Edition
from orchestrator.core.diagram import timeline
from orchestrator.core.diagram.chronicle import Recorded
from orchestrator.queries.journals import recorded
from orchestrator.queries.look import Look

ANNOUNCED = "calendar_changed"  # it belongs to no one case


class Timelines(Look):
    """Draws journals."""

    def story(self, title: str, names: Mapping[str, str] = {}, *, noticed: bool = False) -> str:
        """Every docket of the database as one SVG; meant for the small one of a scenario.

        names    case id → what it is called in the drawing
        """
        with self._store.read() as tx:
            zone = self.zone(tx)
            almanac = self._engine.world(tx).almanac
            books = self._engine.world(tx).rulebooks.values()
            calendar = next(b.calendar for b in books if b.name == self._engine.default_rulebook)
            entries = list(recorded(tx))
        return timeline(
            entries,
            zone,
            until=self._engine.clock.now(),
            title=title,
            edition=almanac.edition(calendar, almanac.latest),
            names=names,
            noticed=noticed,
        )

    def timeline(self, case_id: str) -> str:
        """The life of one case as an SVG, up to this instant.

        raises   NotFound
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
            told: list[Recorded] = list(recorded(tx, docket.key))
            stopped = tx.stopped(docket.key)
        run = self._present(world, docket, stopped)
        told += [(entry, None) for entry in run.entries]
        case = run.cases[case_id]
        calendar = world.rulebooks[case.rulebook].calendar
        edition: Edition = world.almanac.edition(calendar, world.almanac.latest)
        mine = [pair for pair in told if pair[0].case == case_id or pair[0].kind == ANNOUNCED]
        return timeline(
            mine,
            edition.zone,
            until=self._engine.clock.now(),
            title=f"{case_id}: {case.workflow} of docket {docket.key}",
            edition=edition,
        )
