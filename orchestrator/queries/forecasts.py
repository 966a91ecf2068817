"""A forecast: the very same core, run forward on loaded values, with nobody acting."""

from __future__ import annotations

from typing import Any

from orchestrator.answers import (
    case_shown,
    effect_shown,
    entry_shown,
    standing_shown,
    zone_of,
)
from orchestrator.core.docket import Run
from orchestrator.engine.acts import Broken
from orchestrator.errors import Unavailable
from orchestrator.queries.look import Look

MOST_STEPS = 10_000  # of a forecast


class Forecasts(Look):
    """What happens, and when, if nobody acts."""

    def forecast(self, case_id: str, until: int | None = None) -> dict[str, Any]:
        """What happens, and when, if nobody acts, to the end of the case; nothing is written.

        In a docket that an incident stopped nothing does.

        raises   NotFound; Unavailable: a bug of ours lies ahead
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
            incident = tx.stopped(docket.key).incident
        now = max(self._engine.clock.now(), docket.clock or 0)
        run = Run(docket, world, assume_announced=True)
        zone = zone_of(world, docket.cases[case_id].rulebook)
        try:
            with self._engine.breaking(docket):
                guessed = incident is None and self._forward(run, case_id, now, until)
        except Broken as broken:
            said = f"docket {broken.docket} would be stopped on the way: {broken.error!r}"
            raise Unavailable(said) from broken
        case = run.cases[case_id]
        return {
            "case": case_id,
            "from": zone.text(now),
            "incident": incident,
            "provisional": guessed,
            "steps": [entry_shown(entry, zone.text, None) for entry in run.entries],
            "effects": [effect_shown(effect, zone.text) for effect in run.outgoing],
            "end": case_shown(case, run.timers.get(case_id, {}), zone),
            "docket": standing_shown(self._engine.registry.workflows, list(run.cases.values())),
        }

    def _forward(self, run: Run, case_id: str, now: int, until: int | None) -> bool:
        """Run from deadline to deadline; tells whether a provisional one was among them."""
        run.to(now)
        guessed = False
        for _ in range(MOST_STEPS):
            if run.cases[case_id].closed_at is not None and until is None:
                break
            upcoming = run.next_due()
            if upcoming is None or upcoming.due_at is None:
                break
            if until is not None and upcoming.due_at > until:
                break
            guessed |= upcoming.provisional
            run.to(upcoming.due_at)
        return guessed
