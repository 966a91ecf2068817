"""Cases as they stand, and why they wait."""

from __future__ import annotations

from typing import Any

from orchestrator.answers import (
    case_shown,
    standing_shown,
    zone_of,
)
from orchestrator.core.decide import options
from orchestrator.core.journal import canonical
from orchestrator.core.spans import end
from orchestrator.core.values import Timer
from orchestrator.db import rows, statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import timers as timers_table
from orchestrator.inputs import name
from orchestrator.queries.look import Look
from orchestrator.queries.paging import MOST_ROWS
from orchestrator.queries.reasons import book_of, deadline


class Cases(Look):
    """Cases, their deadlines, standings."""

    def case(self, case_id: str) -> dict[str, Any]:
        """A case as it stands at this instant, why it waits, and what may be done.

        What is due is shown as done, whether or not a daemon has woken for it yet.

        raises   NotFound
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
            stopped = tx.stopped(docket.key)
            replayed = tx.replayed_file(stopped.replay) if stopped.replay else None
        now = self._engine.clock.now()
        run = self._present(world, docket, stopped)
        case, timers = run.cases[case_id], run.timers.get(case_id, {})
        zone = zone_of(world, case.rulebook)
        shown = case_shown(case, timers, zone)
        order = sorted(timers.values(), key=lambda t: (t.due_at is None, t.due_at or 0, t.name))
        deadlines = [
            {**deadline(world, case, timer, now), "incident": stopped.incident} for timer in order
        ]
        book = book_of(world, case)
        view_at = max(now, docket.clock or now)
        allowed = [
            option._asdict()
            for option in (options(book, case, run.view(case, view_at)) if book else ())
        ]
        return {
            "case": case_id,
            **shown,
            "rulebook": case.rulebook,
            "definition": case.definition,
            "opened_at": zone.text(case.opened_at),
            "closed_at": None if case.closed_at is None else zone.text(case.closed_at),
            "since": zone.text(case.since),
            "moved_by": case.moved_by,
            "incident": stopped.incident,
            "replay": replayed,
            "deadlines": deadlines,
            "events": allowed,
        }

    def _timers(self, tx: ReadTx, where: str, *given: Any) -> list[Timer]:
        text = f"SELECT {statements.columns(timers_table)} FROM timers WHERE {where}"  # noqa: S608
        return [rows.timer_of(row) for row in tx.rows(text, *given)]

    def count_due(self, until: int | None = None) -> int:
        """How many timers an advance would find due now, or by an earlier instant."""
        now = self._engine.clock.now()
        with self._store.read() as tx:
            return int(tx.scalar(statements.COUNT_DUE, min(now, until or now)))

    def blocked(self) -> list[dict[str, Any]]:
        """Deadlines whose instant has come while their year is not announced, with that year."""
        now = self._engine.clock.now()
        with self._store.read() as tx:
            world = self._engine.world(tx)
            found = self._timers(
                tx,
                "provisional = 1 AND due_at <= ? ORDER BY due_at, docket LIMIT ?",
                now,
                MOST_ROWS,
            )
            ids = canonical(sorted({timer.case for timer in found}))
            cases = {row[0]: rows.case_of(row) for row in tx.rows(statements.CASES_BY_ID, ids)}
        shown = []
        for timer in found:
            case = cases[timer.case]
            calendar = world.rulebooks[case.rulebook].calendar
            told = {**deadline(world, case, timer, now), "calendar": calendar}
            edition = world.almanac.edition(calendar, world.almanac.latest)
            assert timer.span is not None
            due = end(timer.span, timer.start_day, timer.start_at, timer.pauses, edition)
            place = {"case": timer.case, "docket": timer.docket}
            shown.append({**place, **told, "missing": list(due.missing)})
        return shown

    def standing(self, docket: str) -> dict[str, Any]:
        """What a docket shows of its account; one without a violation shows a good one."""
        key = name("docket", docket)
        with self._store.read() as tx:
            world = self._engine.world(tx)
            found = tx.load({key: Wanted(everything=True)}, self._engine.clock.now()).get(key)
            stopped = tx.stopped(key)
        cases = list(self._present(world, found, stopped).cases.values()) if found else []
        return standing_shown(self._engine.registry.workflows, cases)
