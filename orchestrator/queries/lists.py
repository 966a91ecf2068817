"""Lists of cases: filters that are joined by and, two orders, and pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestrator.answers import case_shown, zone_of
from orchestrator.core.journal import canonical
from orchestrator.core.values import Timer
from orchestrator.db import finding, lists, rows, statements
from orchestrator.db.finding import Key, Sought
from orchestrator.db.store import ReadTx
from orchestrator.errors import NotFound, Unreadable
from orchestrator.inputs import name
from orchestrator.queries.look import Look
from orchestrator.queries.paging import Page, cursor, most, place_of

OPENED, DUE = "opened", "due"
MOST_SOUGHT = 1_000  # characters of a text
FIND = {OPENED: finding.cases_by_opening, DUE: finding.cases_by_due}
POINTS = (
    "SELECT docket, points FROM standings WHERE docket IN (SELECT value FROM json_each(?))"
    " AND points IS NOT NULL"
)


class CaseLists(Look):
    """Finds cases."""

    def cases(
        self,
        *,
        docket: str | None = None,
        workflow: str | None = None,
        state: str | Iterable[str] | None = None,
        opened_since: int | None = None,
        opened_before: int | None = None,
        due_before: int | None = None,
        overdue: bool | None = None,
        stopped: bool = False,
        points_from: int | None = None,
        text: str | None = None,
        order: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        """A page of cases with their pending deadlines, as they were left.

        state         one, or several of which it is in one
        due_before    it waits for a deadline that is due before this instant
        stopped       only cases of dockets that an incident has stopped
        points_from   the account of its docket shows so many points or more
        text          words, each of them somewhere in the facts that the case was opened with
        order         `opened`, or `due`: by the next deadline, without cases that wait for none;
                      else `due` where `due_before` is given
        after         the `next` of the page before
        raises        Unreadable: a cursor, an order or a text that is none; NotFound: no such
                      workflow or state
        """
        order = order or (OPENED if due_before is None else DUE)
        if order not in FIND:
            raise Unreadable(f"order: {OPENED} or {DUE}, got {order!r}")
        states = [state] if isinstance(state, str) else list(state or ())
        sought = Sought(
            None if docket is None else name("docket", docket),
            None if workflow is None else name("workflow", workflow),
            tuple(dict.fromkeys(name("state", one) for one in states)),
            opened_since,
            opened_before,
            due_before,
            overdue,
            stopped,
            points_from,
            () if text is None else _words(text),
        )
        place = place_of(order, after, 1)
        limit = most(limit)
        with self._store.read() as tx:
            found = FIND[order](tx, sought, (place[0], place[1]), limit + 1)
            if not found:
                self._must_be_known(tx, sought)
            shown = self._listed(tx, found[:limit])
        return Page(shown, cursor(order, found[limit - 1]) if len(found) > limit else None)

    def _listed(self, tx: ReadTx, keys: list[Key]) -> list[dict[str, Any]]:
        """Each case with its timers, the points of its account, and what has stopped it."""
        world = self._engine.world(tx)
        ids = canonical([case for _, case in keys])
        cases = {row[0]: rows.case_of(row) for row in tx.rows(statements.CASES_BY_ID, ids)}
        timers: dict[str, dict[str, Timer]] = {}
        for timer in map(rows.timer_of, tx.rows(statements.TIMERS_OF_CASES, ids)):
            timers.setdefault(timer.case, {})[timer.name] = timer
        dockets = sorted({case.docket for case in cases.values()})
        incidents = tx.incidents_among(dockets)
        points = dict(tx.rows(POINTS, canonical(dockets)))
        shown = []
        for _, key in keys:
            case = cases[key]
            zone = zone_of(world, case.rulebook)
            shown.append(
                {
                    "case": key,
                    **case_shown(case, timers.get(key, {}), zone),
                    "opened_at": zone.text(case.opened_at),
                    "points": points.get(case.docket),
                    "incident": incidents.get(case.docket),
                }
            )
        return shown

    def _must_be_known(self, tx: ReadTx, sought: Sought) -> None:
        """A name that is misspelt finds nothing, and is told so.

        raises   NotFound: neither the definitions nor any case know it
        """
        if sought.workflow is not None and not finding.is_there(tx, sought.workflow):
            self._engine.registry.workflow(sought.workflow)
        workflows = self._engine.registry.versions.values()
        known = {state.name for workflow in workflows for state in workflow.states}
        for state in sought.states:
            if state not in known and not finding.is_there(tx, None, state):
                raise NotFound(f"no state {state!r}; there are {', '.join(sorted(known))}")


def _words(text: str) -> tuple[str, ...]:
    """raises   Unreadable: no word, too long, or no text"""
    wanted = f"text: words of 1 to {MOST_SOUGHT} characters together"
    words = lists.words_of(text) if len(text) <= MOST_SOUGHT else ()
    if not words or "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Unreadable(f"{wanted}, got {ascii(text)[:80]}")
    return words
