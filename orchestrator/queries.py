"""What only looks: cases, deadlines with their reasons, forecasts, journals, and the proof of them.

Nothing here writes. A forecast runs the very same core forward on loaded values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from orchestrator.answers import (
    case_shown,
    effect_shown,
    entry_shown,
    standing_shown,
    zone_of,
)
from orchestrator.core.decide import Book, options
from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.instants import Zone
from orchestrator.core.journal import Fault, canonical, verify_chain
from orchestrator.core.spans import end, explain
from orchestrator.core.values import Case, Entry, Outgoing, Timer
from orchestrator.db import rows, statements
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.db.tables import cases as cases_table
from orchestrator.db.tables import journal as journal_table
from orchestrator.db.tables import timers as timers_table
from orchestrator.engine import Engine
from orchestrator.errors import NotFound
from orchestrator.inputs import name

MOST_STEPS = 10_000  # of a forecast
MOST_ROWS = 1_000  # of a list


class Queries:
    """Looks at what an engine moves."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    # -- one case ---------------------------------------------------------------------------

    def case(self, case_id: str) -> dict[str, Any]:
        """A case as it stands, why it waits, and what may be done.

        raises   NotFound
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
            now = self._engine.clock.now()
            case = docket.cases[case_id]
            zone = zone_of(world, case.rulebook)
            run = Run(docket, world)
            shown = case_shown(case, docket.timers.get(case_id, {}), zone)
            deadlines = [
                self._deadline(world, case, timer, now)
                for timer in sorted(
                    docket.timers.get(case_id, {}).values(),
                    key=lambda t: (t.due_at is None, t.due_at or 0, t.name),
                )
            ]
            allowed = [
                option._asdict()
                for book in filter(None, [self._book(world, case)])
                for option in options(book, case, run.view(case, max(now, docket.clock or now)))
            ]
            stopped = tx.stopped(docket.key)
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
            "deadlines": deadlines,
            "events": allowed,
        }

    def _book(self, world: World, case: Case) -> Book | None:
        """The definition under its rulebook; None: this process does not know it."""
        return world.books.get((case.definition, case.rulebook))

    def _deadline(self, world: World, case: Case, timer: Timer, now: int) -> dict[str, Any]:
        """When, and why then: start day, days counted and skipped, edition, rule."""
        book = self._book(world, case)
        if book is None:
            return _bare(timer, zone_of(world, case.rulebook))
        calendar = book.terms.rulebook.calendar
        edition = world.almanac.edition(calendar, timer.edition or world.almanac.latest)
        rule = book.terms.timers[timer.name]
        told: dict[str, Any] = {
            "name": timer.name,
            "kind": rule.kind,
            "due_at": None if timer.due_at is None else edition.zone.text(timer.due_at),
            "frozen": timer.due_at is None,
            "provisional": timer.provisional,
            "blocked": timer.provisional and timer.due_at is not None and timer.due_at <= now,
            "rule": f"{book.terms.rulebook.name}: {rule.span}"
            if rule.span
            else "the case's own date",
            "source": book.terms.workflow.source,
            "calendar": calendar,
            "edition": timer.edition,
        }
        if timer.span is not None:
            told["span"] = timer.span.as_data()
            told["starts_at"] = edition.zone.text(timer.start_at)
            told["days"] = [
                {"day": day.day.isoformat(), "what": day.what, "why": day.why}
                for day in explain(timer.span, timer.start_day, timer.pauses, edition)
            ]
        return told

    def _loaded(self, tx: ReadTx, case_id: str) -> tuple[World, Docket]:
        place = tx.place(name("case", case_id))
        if place is None:
            raise NotFound(f"no case {case_id!r}")
        return self._engine.world(tx), self._whole(tx, place.docket)

    def _whole(self, tx: ReadTx, key: str) -> Docket:
        return tx.load({key: Wanted(everything=True)}, self._engine.clock.now())[key]

    # -- forecast ---------------------------------------------------------------------------

    def forecast(self, case_id: str, until: int | None = None) -> dict[str, Any]:
        """What happens, and when, if nobody acts, to the end of the case; nothing is written.

        raises   NotFound
        """
        with self._store.read() as tx:
            world, docket = self._loaded(tx, case_id)
        now = max(self._engine.clock.now(), docket.clock or 0)
        run = Run(docket, world, assume_announced=True)
        zone = zone_of(world, docket.cases[case_id].rulebook)
        guessed = self._forward(run, case_id, now, until)
        case = run.cases[case_id]
        return {
            "case": case_id,
            "from": zone.text(now),
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

    # -- lists ------------------------------------------------------------------------------

    def cases(
        self,
        *,
        docket: str | None = None,
        workflow: str | None = None,
        state: str | None = None,
        overdue: bool | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """Cases with their next deadline, in order of id."""
        wanted = {
            "docket": docket,
            "workflow": workflow,
            "state": state,
            "overdue": None if overdue is None else int(overdue),
        }
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        text = (
            f"SELECT {statements.columns(cases_table)} FROM cases"  # noqa: S608  our own columns
            f" WHERE {where} ORDER BY id LIMIT ?"
        )
        with self._store.read() as tx:
            world = self._engine.world(tx)
            found = [rows.case_of(row) for row in tx.rows(text, *given.values(), _most(limit))]
            return [self._listed(tx, world, case) for case in found]

    def _listed(self, tx: ReadTx, world: World, case: Case) -> dict[str, Any]:
        zone = zone_of(world, case.rulebook)
        timers = {t.name: t for t in self._timers(tx, '"case" = ? LIMIT ?', case.id, MOST_ROWS)}
        return {"case": case.id, **case_shown(case, timers, zone)}

    def _timers(self, tx: ReadTx, where: str, *given: Any) -> list[Timer]:
        text = f"SELECT {statements.columns(timers_table)} FROM timers WHERE {where}"  # noqa: S608
        return [rows.timer_of(row) for row in tx.rows(text, *given)]

    def deadlines(
        self, *, docket: str | None = None, until: int | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Pending deadlines, earliest first, frozen ones left out; blocked ones are marked."""
        now = self._engine.clock.now()
        where, given = "due_at IS NOT NULL", list[Any]()
        if docket is not None:
            where, given = f"{where} AND docket = ?", [docket]
        if until is not None:
            where, given = f"{where} AND due_at <= ?", [*given, until]
        with self._store.read() as tx:
            world = self._engine.world(tx)
            found = self._timers(
                tx, f'{where} ORDER BY due_at, "case", name LIMIT ?', *given, _most(limit)
            )
            ids = sorted({timer.case for timer in found})
            cases = {
                row[0]: rows.case_of(row) for row in tx.rows(statements.CASES_BY_ID, canonical(ids))
            }
        return [
            {
                "case": timer.case,
                "docket": timer.docket,
                "workflow": cases[timer.case].workflow,
                "state": cases[timer.case].state,
                **self._deadline(world, cases[timer.case], timer, now),
            }
            for timer in found
        ]

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
            told = self._deadline(world, case, timer, now)
            edition = world.almanac.edition(told["calendar"], world.almanac.latest)
            assert timer.span is not None
            due = end(timer.span, timer.start_day, timer.start_at, timer.pauses, edition)
            place = {"case": timer.case, "docket": timer.docket}
            shown.append({**place, **told, "missing": list(due.missing)})
        return shown

    def standing(self, docket: str) -> dict[str, Any]:
        """What a docket shows of its account; one without a violation shows a good one."""
        with self._store.read() as tx:
            found = [rows.case_of(row) for row in tx.rows(statements.CASES_OF_DOCKET, docket)]
        return standing_shown(self._engine.registry.workflows, found)

    # -- journal ----------------------------------------------------------------------------

    def journal(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every entry by (docket, seq), with the columns of the table."""
        with self._store.read() as tx:
            zone = self.zone(tx)
            for entry, recorded_at in _entries(tx, docket):
                yield entry_shown(entry, zone.text, recorded_at)

    def outbox(self, docket: str | None = None) -> Iterator[dict[str, Any]]:
        """Every effect by (docket, seq, n), with what became of it."""
        where, given = ("docket = ?", [docket]) if docket is not None else ("1", [])
        text = (
            'SELECT docket, seq, n, "case", name, content, at, target, status, attempts, next_try_at'  # noqa: S608
            f" FROM outbox WHERE {where} ORDER BY docket, seq, n"
        )
        with self._store.read() as tx:
            zone = self.zone(tx)
            for row in tx.rows(text, *given):
                more = {"target": row[7], "status": row[8], "attempts": row[9]}
                more["next_try_at"] = zone.text(row[10])
                yield effect_shown(Outgoing(*row[:7]), zone.text, **more)

    def zone(self, tx: ReadTx) -> Zone:
        """The zone in which what belongs to no one case is shown: the default rulebook's."""
        world = self._engine.world(tx)
        books = [b for b in world.rulebooks.values() if b.name == self._engine.default_rulebook]
        book = books[0] if books else next(iter(world.rulebooks.values()))
        return zone_of(world, book.pin)

    def verify(self, docket: str | None = None) -> tuple[int, list[Fault]]:
        """Recompute the chain of every docket, its pending timers, and its next due instant.

        returns  how many entries were read, and every fault
        """
        with self._store.read() as tx:
            heads = {
                row[0]: row
                for row in tx.rows(
                    "SELECT key, seq, head_hash, next_due_at FROM dockets"
                    " WHERE ? IS NULL OR key = ?",
                    docket,
                    docket,
                )
            }
            if docket is not None and not heads:
                raise NotFound(f"no docket {docket!r}")
            faults: list[Fault] = []
            count = 0
            seen = set()
            for key, entries in groupby(_entries(tx, docket), key=lambda pair: pair[0].docket):
                found = [entry for entry, _ in entries]
                count += len(found)
                seen.add(key)
                _, seq, head, _ = heads.get(key, (key, 0, "", None))
                faults += verify_chain(key, found, seq, head)
            for key, seq, head, _ in heads.values():
                if key not in seen:
                    faults += verify_chain(key, [], seq, head)
            faults += _verify_timers(tx, heads)
        return count, faults


def _verify_timers(tx: ReadTx, heads: dict[str, Any]) -> Iterator[Fault]:
    """A timer that nobody looks at is silent: what dockets wait for is computed again (I8)."""
    due: dict[str, int] = dict(
        tx.rows(
            "SELECT docket, min(due_at) FROM timers WHERE due_at IS NOT NULL AND provisional = 0"
            " GROUP BY docket"
        )
    )
    for key, seq, _, next_due_at in heads.values():
        if due.get(key) != next_due_at:
            yield Fault(key, seq, f"next_due_at {next_due_at}", f"{due.get(key)}")
    for docket, case in tx.rows(
        'SELECT t.docket, t."case" FROM timers t JOIN cases c ON c.id = t."case"'
        " WHERE c.closed_at IS NOT NULL"
    ):
        yield Fault(docket, 0, f"a timer of closed case {case}", "none")


def _entries(tx: ReadTx, docket: str | None) -> Iterator[tuple[Entry, int]]:
    """Entries by (docket, seq), in slices, so that memory stays flat."""
    columns = statements.columns(journal_table)
    after: tuple[str, int] = ("", 0)
    while True:
        where = "(docket, seq) > (?, ?)" + (" AND docket = ?" if docket is not None else "")
        given: list[Any] = [*after] + ([docket] if docket is not None else [])
        found: Sequence[Any] = tx.rows(
            f"SELECT {columns} FROM journal WHERE {where}"  # noqa: S608  our own columns
            " ORDER BY docket, seq LIMIT 5000",
            *given,
        )
        for row in found:
            yield Entry(*row[:4], *row[5:]), row[4]
        if len(found) < 5000:
            return
        after = (found[-1][0], found[-1][1])


def _bare(timer: Timer, zone: Zone) -> dict[str, Any]:
    """A deadline of a definition that this process does not know: when, and no more."""
    return {
        "name": timer.name,
        "kind": None,
        "due_at": None if timer.due_at is None else zone.text(timer.due_at),
        "frozen": timer.due_at is None,
        "provisional": timer.provisional,
        "blocked": False,
        "rule": None,
    }


def _most(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))
