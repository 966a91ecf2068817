"""A look at the database: many dockets loaded with a fixed number of statements (batch-first)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from orchestrator.core.docket import Docket, TimerKey
from orchestrator.core.journal import canonical
from orchestrator.core.values import Case, Query, Timer
from orchestrator.db import rows
from orchestrator.db import statements as sql
from orchestrator.db.driver import Driver
from orchestrator.db.tables import dockets

COLUMNS = [column.name for column in dockets.columns]
NEXT_DUE, INCIDENT, REPLAY = map(COLUMNS.index, ("next_due_at", "incident", "replay"))
MOST_DUE = 10_000  # due timers loaded for one commit; the rest waits for the next


class Wanted(NamedTuple):
    """What is loaded of a docket besides the cases whose timers are due."""

    cases: frozenset[str] = frozenset()
    workflows: frozenset[str] = frozenset()
    everything: bool = False
    all_timers: bool = False

    def more(self, queries: Iterable[Query]) -> Wanted:
        """The same and what a view lacked."""
        wanted = self
        for query in queries:
            if query.kind == "case":
                wanted = wanted._replace(cases=wanted.cases | {query.name})
            elif query.kind == "workflow":
                wanted = wanted._replace(workflows=wanted.workflows | {query.name})
            else:
                wanted = wanted._replace(all_timers=True)
        return wanted


class Place(NamedTuple):
    """Where a case is, and under what: none of this ever changes, but the definition by an act."""

    docket: str
    workflow: str
    definition: str
    rulebook: str


class Stopped(NamedTuple):
    """Why a docket cannot be moved now."""

    incident: int | None
    replay: str | None


class Stale(NamedTuple):
    """Dockets that have not applied an edition; those that stand still apply it when they go on."""

    dockets: int
    incidents: int  # of them are stopped by one
    replays: int  # of them belong to one


class ReadTx:
    """A look at the database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._driver = Driver(connection)
        self._texts: dict[str, tuple[Mapping[str, Any], str]] = {}  # case → its data as stored
        self.halted: dict[str, Stopped] = {}  # of the dockets that were loaded last

    # -- looking ----------------------------------------------------------------------------

    def rows(self, text: str, *parameters: Any) -> Sequence[Any]:
        """All rows of a statement, as the driver gives them: they are read by position."""
        return self._driver.rows(text, parameters)

    def scalar(self, text: str, *parameters: Any) -> Any:
        """The first value of a statement's first row."""
        found = self._driver.rows(text, parameters)
        return found[0][0] if found else None

    def place(self, case: str) -> Place | None:
        """Where a case is."""
        found = self.rows(sql.PLACE_OF_CASE, case)
        return Place(*found[0]) if found else None

    def taken(self, ids: Iterable[str]) -> set[str]:
        """Those of these case ids that are there already."""
        found = self.rows(sql.CASES_THERE, canonical(sorted(ids)))
        return {row[0] for row in found}

    def places(self, ids: Iterable[str]) -> dict[str, Place]:
        """Where each of these cases is that is there."""
        found = self.rows(sql.PLACES, canonical(sorted(ids)))
        return {row[0]: Place(*row[1:]) for row in found}

    def held_openings(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Docket and workflow of those of these cases whose opening is held, not decided yet."""
        found = self.rows(sql.HELD_OPENINGS, canonical(sorted(ids)))
        return {row[0]: (row[1], row[2]) for row in found}

    def latest_edition(self) -> int:
        """The number of the latest announcement: a change means that calendars are to be read."""
        return int(self.scalar(sql.LATEST_EDITION))

    def stale(self, latest: int) -> Stale:
        """How many dockets have a pending deadline computed under an edition before the latest."""
        return Stale(*self.rows(sql.COUNT_STALE, latest)[0])

    def by_calendar(self, after: str, most: int) -> list[str]:
        """Dockets behind a key that have a deadline counted by a calendar, in order of key."""
        return [row[0] for row in self.rows(sql.BY_CALENDAR, after, most)]

    def count_by_calendar(self) -> int:
        """How many such dockets there are."""
        return int(self.scalar(sql.COUNT_BY_CALENDAR))

    def next_due(self, but: Iterable[str] = ()) -> int | None:
        """The earliest instant at which a docket, but those, may have to be woken."""
        found: int | None = self.scalar(sql.NEXT_DUE, canonical(sorted(but)))
        return found

    def load(self, wanted: Mapping[str, Wanted], at: int) -> dict[str, Docket]:
        """The dockets as they are, each with the cases whose timers are due at `at`, and more.

        Each loaded case has all of its timers. A docket that is not there is left out.
        """
        keys = canonical(list(wanted))
        found = self.rows(sql.DOCKETS, keys)
        self.halted = {
            row[0]: Stopped(row[INCIDENT], row[REPLAY])
            for row in found
            if row[INCIDENT] is not None or row[REPLAY] is not None
        }
        is_due = any(row[NEXT_DUE] is not None and row[NEXT_DUE] <= at for row in found)
        ids, horizon = self._due_cases(keys, at) if is_due else (set[str](), None)
        ids |= {case for want in wanted.values() for case in want.cases}
        everyone = [key for key, want in wanted.items() if want.everything or want.all_timers]
        if everyone:
            ids |= {row[0] for row in self.rows(sql.CASES_WITH_TIMERS, canonical(everyone))}
            horizon = None if len(everyone) == len(wanted) else horizon
        cases = self._cases(ids, wanted)
        timers = self._timers(cases)
        of_docket: dict[str, dict[str, Case]] = {}
        for case in cases.values():
            of_docket.setdefault(case.docket, {})[case.id] = case
        return {
            row[0]: self._docket(row, wanted[row[0]], of_docket.get(row[0], {}), timers, horizon)
            for row in found
        }

    def stopped_among(self, keys: Iterable[str]) -> dict[str, Stopped]:
        """Those of these dockets that an incident or an unfinished replay holds."""
        found = self.rows(sql.STOPPED, canonical(list(keys)))
        return {row[0]: Stopped(row[1], row[2]) for row in found}

    def incidents_among(self, keys: Iterable[str]) -> dict[str, int]:
        """Those of these dockets that an incident holds, each with its number."""
        found = self.stopped_among(keys).items()
        return {key: stopped.incident for key, stopped in found if stopped.incident is not None}

    def replayed_file(self, owner: str) -> str:
        """The file of the unfinished replay that owns a docket."""
        found = self.rows("SELECT file, position FROM replays WHERE id = ?", int(owner))
        return f"{found[0][0]}, at line {found[0][1]}" if found else f"replay {owner}"

    def stopped(self, key: str) -> Stopped:
        """Whether an incident or an unfinished replay holds a docket."""
        return self.stopped_among([key]).get(key, Stopped(None, None))

    def _due_cases(self, keys: str, at: int) -> tuple[set[str], TimerKey | None]:
        due = self.rows(sql.DUE_TIMERS, keys, at, MOST_DUE + 1)
        horizon: TimerKey | None = None
        if len(due) > MOST_DUE:
            due = due[:MOST_DUE]
            horizon = TimerKey(*due[-1][:4])
        return {row[4] for row in due}, horizon

    def _cases(self, ids: set[str], wanted: Mapping[str, Wanted]) -> dict[str, Case]:
        found = list(self.rows(sql.CASES_BY_ID, canonical(sorted(ids)))) if ids else []
        pairs = [(key, name) for key, want in wanted.items() for name in sorted(want.workflows)]
        if pairs:
            found += self.rows(sql.CASES_BY_WORKFLOW, canonical(pairs))
        whole = [key for key, want in wanted.items() if want.everything]
        if whole:
            found += self.rows(sql.CASES_OF_DOCKETS, canonical(whole))
        cases: dict[str, Case] = {}
        for row in found:
            case = rows.case_of(row)
            cases[case.id] = case
            self._texts[case.id] = (case.data, row[7])
        return cases

    def _timers(self, cases: Mapping[str, Case]) -> dict[str, dict[str, Timer]]:
        timers: dict[str, dict[str, Timer]] = {}
        if cases:
            for row in self.rows(sql.TIMERS_OF_CASES, canonical(list(cases))):
                timer = rows.timer_of(row)
                timers.setdefault(timer.case, {})[timer.name] = timer
        return timers

    def _docket(
        self,
        row: Any,
        want: Wanted,
        cases: Mapping[str, Case],
        timers: Mapping[str, Mapping[str, Timer]],
        horizon: TimerKey | None,
    ) -> Docket:
        key, clock, seq, head, _, edition, *_ = row
        whole = want.workflows
        if want.everything or want.all_timers:
            whole |= {
                name for name, all_ in (("*", want.everything), ("timers", want.all_timers)) if all_
            }
            horizon = None
        return Docket(
            key,
            clock,
            seq,
            head,
            edition,
            cases,
            {case: timers[case] for case in cases if case in timers},
            whole,
            horizon,
        )
