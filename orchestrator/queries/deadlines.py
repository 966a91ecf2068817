"""Lists of deadlines: by the day on which they end, earliest first; frozen ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orchestrator.answers import zone_of
from orchestrator.core.docket import World
from orchestrator.core.journal import canonical
from orchestrator.core.values import Case, Timer
from orchestrator.db import rows, statements, waiting
from orchestrator.db.store import ReadTx
from orchestrator.db.waiting import Waits
from orchestrator.errors import NotFound, Unreadable
from orchestrator.inputs import name
from orchestrator.queries.look import Look
from orchestrator.queries.paging import MOST_ROWS, Page, cursor, most, place_of
from orchestrator.queries.reasons import book_of, day_of, deadline, places_of, roles_known, roles_of

PENDING, FROZEN = "deadline", "frozen deadline"  # the orders, as cursors name them
MOST_DAYS = 3_660  # working days ahead


class Deadlines(Look):
    """Finds deadlines."""

    def deadlines(
        self,
        *,
        docket: str | None = None,
        workflow: str | None = None,
        role: str | None = None,
        until: int | None = None,
        days: int | None = None,
        frozen: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        """A page of pending deadlines, earliest first, each with its day and its reason.

        Frozen ones stand still and have no day: they are left out, or listed alone. Blocked ones are
        marked, and those whose docket an incident has stopped.

        role      whom it concerns: staff, or a party who may act meanwhile
        until     due by this instant, or at it
        days      due by the end of that working day from today (0: of today), in the default calendar
        after     the `next` of the page before
        raises    Unreadable: a cursor or a number of days that is none; NotFound: no such workflow
                  or role
        """
        limit = most(limit)
        key = None if docket is None else name("docket", docket)
        with self._store.read() as tx:
            world = self._engine.world(tx)
            waits = Waits(key, self._workflow(workflow), until, self._places(role))
            if days is not None:
                waits = waits._replace(until=self._end_of(tx, days, until))
            if frozen:
                place = place_of(FROZEN, after, 2)[1:]
                found = waiting.frozen(tx, waits, place, limit + 1)
            else:
                found = waiting.pending(tx, waits, place_of(PENDING, after, 2), limit + 1)
            shown = self._shown(tx, world, found[:limit])
        if len(found) <= limit:
            return Page(shown)
        last = found[limit - 1]
        order, at = (FROZEN, 0) if last.due_at is None else (PENDING, last.due_at)
        return Page(shown, cursor(order, (at, last.case, last.name)))

    def all_deadlines(self, **wanted: Any) -> Iterator[dict[str, Any]]:
        """Every deadline that these filters leave, a page after the other."""
        page = self.deadlines(limit=MOST_ROWS, **wanted)
        yield from page
        while page.next is not None:
            page = self.deadlines(limit=MOST_ROWS, after=page.next, **wanted)
            yield from page

    def count_frozen(
        self, *, docket: str | None = None, workflow: str | None = None, role: str | None = None
    ) -> int:
        """How many deadlines stand still, counted no further than one above a thousand."""
        key = None if docket is None else name("docket", docket)
        waits = Waits(key, self._workflow(workflow), None, self._places(role))
        with self._store.read() as tx:
            return waiting.count_frozen(tx, waits)

    def end_of_day(self, day: int) -> int:
        """The instant at which a local day ends, where the default calendar is."""
        with self._store.read() as tx:
            return self.zone(tx).midnight(day + 1)

    def _shown(self, tx: ReadTx, world: World, found: Sequence[Timer]) -> list[dict[str, Any]]:
        now = self._engine.clock.now()
        dockets = sorted({timer.docket for timer in found})
        incidents, standing = tx.incidents_among(dockets), waiting.standing_of(tx, dockets)
        ids = canonical(sorted({timer.case for timer in found}))
        cases = {row[0]: rows.case_of(row) for row in tx.rows(statements.CASES_BY_ID, ids)}
        return [
            {
                **_row(world, cases[timer.case], timer, now),
                "incident": incidents.get(timer.docket),
                "docket_seq": standing[timer.docket][0],
                "docket_clock": zone_of(world, cases[timer.case].rulebook).text(
                    standing[timer.docket][1]
                ),
            }
            for timer in found
        ]

    def _workflow(self, workflow: str | None) -> str | None:
        """raises   NotFound: no definition has this name"""
        if workflow is None:
            return None
        return self._engine.registry.workflow(name("workflow", workflow)).name

    def _places(self, role: str | None) -> tuple[str, ...] | None:
        """raises   NotFound: no definition speaks of this role"""
        if role is None:
            return None
        versions = self._engine.registry.versions
        known = roles_known(versions)
        if name("role", role) not in known:
            raise NotFound(f"no role {role!r}; there are {', '.join(sorted(known))}")
        return tuple(places_of(versions, role))

    def _end_of(self, tx: ReadTx, days: int, until: int | None) -> int:
        """The end of a working day ahead; 0: of today.

        raises   Unreadable
        """
        if not 0 <= days <= MOST_DAYS:
            raise Unreadable(f"days: working days from 0 to {MOST_DAYS}, got {days}")
        edition = self.edition(tx)
        today = edition.zone.local_day(self._engine.clock.now())
        last = edition.nth_working_day(today, days) if days else today
        end = edition.zone.midnight(last + 1)
        return end if until is None else min(end, until)


def _row(world: World, case: Case, timer: Timer, now: int) -> dict[str, Any]:
    """A deadline with the case that waits for it."""
    book = book_of(world, case)
    edition = world.almanac.edition(world.rulebooks[case.rulebook].calendar, world.almanac.latest)
    roles: tuple[str, ...] = ()
    if book is not None:
        terms = book.terms
        roles = roles_of(terms.workflow, terms.states[case.state], terms.timers[timer.name])
    return {
        "case": timer.case,
        "docket": timer.docket,
        "workflow": case.workflow,
        "state": case.state,
        "overdue": case.overdue,
        "roles": list(roles),
        **day_of(edition, timer, now),
        **deadline(world, case, timer, now),
    }
