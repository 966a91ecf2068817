"""Cases as they stand, and why they wait."""

from __future__ import annotations

from typing import Any

from orchestrator.answers import (
    case_shown,
    standing_shown,
    zone_of,
)
from orchestrator.core.decide import options
from orchestrator.core.docket import World
from orchestrator.core.journal import canonical
from orchestrator.core.spans import end
from orchestrator.core.values import Case, Timer
from orchestrator.db import rows, statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import timers as timers_table
from orchestrator.errors import NotFound
from orchestrator.inputs import name
from orchestrator.queries.paging import MOST_ROWS
from orchestrator.queries.reasons import book_of, deadline
from orchestrator.queries.then import Moment, Then


class Cases(Then):
    """Cases, their deadlines, standings."""

    def case(
        self, case_id: str, at: int | None = None, known_at: int | None = None
    ) -> dict[str, Any]:
        """A case as it stands at this instant, why it waits, and what may be done.

        What is due is shown as done, whether or not a daemon has woken for it yet.

        at         as it was when this instant was over, whenever that was noticed
        known_at   only by what had been written down when that instant was over
        raises     NotFound: there is none, or was none then; BadInput: it has not come yet;
                   Trouble: its journal cannot be lived again here
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
            moment = self._moment(tx, world, docket, at, known_at)
        run = moment.run
        if case_id not in run.cases:
            raise NotFound(_not_yet(world, docket.cases[case_id], at, known_at))
        case, timers = run.cases[case_id], run.timers.get(case_id, {})
        zone = zone_of(world, case.rulebook)
        shown = case_shown(case, timers, zone)
        order = sorted(timers.values(), key=lambda t: (t.due_at is None, t.due_at or 0, t.name))
        deadlines = [
            {**deadline(world, case, timer, moment.at), "incident": moment.incident}
            for timer in order
        ]
        events = self._events(world, moment, case_id)
        return {
            "case": case_id,
            **shown,
            "rulebook": case.rulebook,
            "definition": case.definition,
            "opened_at": zone.text(case.opened_at),
            "closed_at": None if case.closed_at is None else zone.text(case.closed_at),
            "since": zone.text(case.since),
            "moved_by": case.moved_by,
            "incident": moment.incident,
            "replay": moment.replay,
            "deadlines": deadlines,
            "events": events,
        }

    def _events(self, world: World, moment: Moment, case_id: str) -> list[dict[str, Any]]:
        """What might be done at a moment. Whatever was due by then would have acted before it."""
        run, state = moment.run, moment.run.cases[case_id].state
        if moment.unnoticed:
            self._goes_on(run, moment.at)
        case = run.cases[case_id]
        book = book_of(world, case)
        if book is None:
            return []
        view = run.view(case, max(moment.at, run.clock or moment.at))
        found = [option._asdict() for option in options(book, case, view)]
        if case.state != state:
            said = f"it was {case.state} by then, which nobody had noticed"
            found = [{**o, "why": f"{o['why']}; {said}" if o["why"] else said} for o in found]
        return found

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

    def standing(
        self, docket: str, at: int | None = None, known_at: int | None = None
    ) -> dict[str, Any]:
        """What a docket shows of its account; one without a violation shows a good one.

        at, known_at   as for `case`
        """
        key = name("docket", docket)
        with self._store.read() as tx:
            world = self._engine.world(tx)
            found = tx.load({key: Wanted(everything=True)}, self._engine.clock.now()).get(key)
            run = self._moment(tx, world, found, at, known_at).run if found else None
        cases = list(run.cases.values()) if run else []
        return standing_shown(self._engine.registry.workflows, cases)


def _not_yet(world: World, case: Case, at: int | None, known_at: int | None) -> str:
    """Why a case that is there now was not there then."""
    text = zone_of(world, case.rulebook).text
    opened = f"it was opened at {text(case.opened_at)}"
    if known_at is None:
        return f"case {case.id!r} was not open yet at {text(at or 0)}: {opened}"
    what = "of it" if at is None else f"of it up to {text(at)}"
    known = f"by {text(known_at)} nothing {what} had been written down"
    return f"case {case.id!r} was not known yet: {known}; {opened}"
