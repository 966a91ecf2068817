"""The store: loads and saves many dockets with a fixed number of statements (batch-first).

One is a batch of one. A write is one transaction: `BEGIN IMMEDIATE`, everything read again under
that lock, one commit. The order of locks and writes: docket rows, cases, timers, journal, outbox.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from orchestrator.core.docket import Docket, Run, TimerKey
from orchestrator.core.journal import canonical
from orchestrator.core.values import Case, Query, Timer
from orchestrator.db import rows, sqlite
from orchestrator.db import statements as sql
from orchestrator.errors import Unavailable

UNUSABLE = (
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_IOERR",
    "SQLITE_NOTADB",
    "SQLITE_READONLY",
)
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


class Store:
    """One database. `write` and `read` give transactions."""

    def __init__(self, url: str) -> None:
        """raises   Unavailable: not the URL of a database that this program can use"""
        if not sqlite.is_ours(url):
            raise Unavailable(f"database: a URL such as sqlite:///orchestrator.db, got {url!r}")
        self.url = url
        self._writer: Engine = sqlite.writer(url)
        self.in_memory = sqlite.path_of(url) is None
        self._reader = self._writer if self.in_memory else sqlite.reader(url)
        self._lock = sqlite.write_lock(url)
        self._watcher: Connection | None = None

    @contextmanager
    def write(self) -> Iterator[WriteTx]:
        """One transaction that may write; it commits when the block ends well.

        raises   Unavailable: unreachable, busy for too long, or the disk is full
        """
        with said_plainly(self.url), self._lock.held(), self._writer.begin() as connection:
            yield WriteTx(connection)

    @contextmanager
    def read(self) -> Iterator[ReadTx]:
        """One transaction that only looks, at one moment of the database."""
        with said_plainly(self.url), self._reader.begin() as connection:
            yield ReadTx(connection)

    @property
    def engine(self) -> Engine:
        """For migrations and lists, which are not on the way of a timer."""
        return self._writer

    def data_version(self) -> int:
        """A number that changes when another connection has committed to the file.

        It is asked of one connection kept for this alone: the pragma counts per connection.
        """
        if self._watcher is None:
            self._watcher = self._reader.connect()
            self._watcher.commit()
        found = self._watcher.connection.dbapi_connection.execute(  # type: ignore[union-attr]
            "PRAGMA data_version"
        ).fetchone()
        return int(found[0])

    def dispose(self) -> None:
        """Close every connection; the last one of all to close checkpoints, under the lock."""
        with said_plainly(self.url), self._lock.held_if_free():
            if self._watcher is not None:
                self._watcher.close()
            self._reader.dispose()
            self._writer.dispose()
        self._lock.release()


@contextmanager
def said_plainly(url: str) -> Iterator[None]:
    """Trouble of the database in one sentence, told apart by its code and never by its text."""
    try:
        yield
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "") or ""
        if name.startswith("SQLITE_FULL"):
            raise Unavailable(
                f"the disk of {url} is full: nothing was written; free some space and try again"
            ) from error
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise Unavailable(f"{url} is busy: nothing was written; try again") from error
        if name.startswith(UNUSABLE):
            raise Unavailable(f"{url} cannot be used ({error.orig})") from error
        raise
    except TimeoutError as error:
        raise Unavailable(f"{url} is busy: nothing was written; try again") from error
    except (sqlite3.Error, OSError) as error:  # while a connection or its lock is prepared
        raise Unavailable(f"{url} cannot be used ({error})") from error


class ReadTx:
    """A look at the database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._texts: dict[str, tuple[Mapping[str, Any], str]] = {}  # case → its data as stored

    # -- looking ----------------------------------------------------------------------------

    def rows(self, text: str, *parameters: Any) -> Sequence[Any]:
        """All rows of a statement, as the driver gives them: they are read by position."""
        result = self.connection.exec_driver_sql(text, parameters)
        found: Sequence[Any] = result.cursor.fetchall() if result.cursor is not None else ()
        result.close()
        return found

    def scalar(self, text: str, *parameters: Any) -> Any:
        """The only value of a statement."""
        return self.connection.exec_driver_sql(text, parameters).scalar()

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

    def latest_edition(self) -> int:
        """The number of the latest announcement: a change means that calendars are to be read."""
        return int(self.scalar(sql.LATEST_EDITION))

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
        ids, horizon = self._due_cases(keys, at)
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

    def stopped_among(self, keys: Iterable[str]) -> dict[str, int]:
        """Those of these dockets that an incident holds, each with its number."""
        found = self.rows(sql.STOPPED, canonical(list(keys)))
        return {row[0]: row[1] for row in found}

    def stopped(self, key: str) -> Stopped:
        """Whether an incident or an unfinished replay holds a docket."""
        found = self.rows("SELECT incident, replay FROM dockets WHERE key = ?", key)
        return Stopped(*found[0]) if found else Stopped(None, None)

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


class WriteTx(ReadTx):
    """A transaction that may write. What it read stays as it was read until it ends."""

    def claim_due(self, now: int, most: int) -> list[str]:
        """Dockets with a timer that is due, earliest first; stopped ones are passed over."""
        return [row[0] for row in self.rows(sql.CLAIM_DUE, now, most)]

    def claim_stale(self, latest: int, most: int) -> list[str]:
        """Dockets with a pending deadline computed under an edition before the latest."""
        return [row[0] for row in self.rows(sql.CLAIM_STALE, latest, most)]

    def save(self, runs: Sequence[Run], recorded_at: int) -> None:
        """Everything that these runs changed: rows by kind, one statement a kind."""
        self.many(
            sql.INSERT_DOCKET,
            [
                (run.docket.key, None, 0, "", None, run.edition, None, None)
                for run in runs
                if run.docket.new
            ],
        )
        self._save_cases(runs)
        self._save_timers(runs)
        self.many(
            sql.INSERT_ENTRY,
            [
                (*entry[:4], max(recorded_at, entry.effective_at), *entry[4:])
                for run in runs
                for entry in run.entries
            ],
        )
        self.many(
            sql.INSERT_EFFECT,
            [
                (*effect, None, "waiting", 0, recorded_at, None, 0)
                for run in runs
                for effect in run.outgoing
            ],
        )
        self.many(
            sql.UPDATE_DOCKET,
            [(run.clock, run.seq, run.head, run.edition, run.docket.key) for run in runs],
        )

    def _save_cases(self, runs: Sequence[Run]) -> None:
        new, changed = [], []
        for run in runs:
            for case_id, before in run.touched.items():
                case = run.cases[case_id]
                if before is None:
                    new.append(rows.case_row(case))
                elif case is not before:
                    row = rows.case_row(case, self._text(case))
                    changed.append((row[3], *row[5:9], *row[10:13], row[0]))
        self.many(sql.INSERT_CASE, new)
        self.many(sql.UPDATE_CASE, changed)

    def _text(self, case: Case) -> str | None:
        """The stored text of a case's data where the data is the very same."""
        data, text = self._texts.get(case.id, (None, None))
        return text if data is case.data else None

    def _save_timers(self, runs: Sequence[Run]) -> None:
        gone, armed = [], []
        for run in runs:
            for case_id in run.touched:
                before = run.docket.timers.get(case_id, {})
                after = run.timers.get(case_id, {})
                if before is after:
                    continue
                for name, timer in before.items():
                    if after.get(name) is not timer:
                        gone.append((case_id, name))
                for name, timer in after.items():
                    if before.get(name) is not timer:
                        armed.append(rows.timer_row(timer))
        self.many(sql.DELETE_TIMER, gone)
        self.many(sql.INSERT_TIMER, armed)

    def many(self, text: str, parameters: list[Any]) -> None:
        """One statement for many rows; nothing where there is none."""
        if parameters:
            self.connection.exec_driver_sql(text, parameters)

    def one(self, text: str, *parameters: Any) -> int:
        """Run a statement; gives the id of the row that it put in."""
        done = self.connection.exec_driver_sql(text, parameters)
        return int(done.lastrowid or 0)

    # -- idempotency and incidents ----------------------------------------------------------

    def find_request(self, caller: str, key: str) -> tuple[str, Any] | None:
        """(content hash, answer) of a key that this caller has used."""
        found = self.rows(sql.FIND_REQUEST, caller, key)
        return (found[0][0], json.loads(found[0][1])) if found else None

    def keep_request(
        self, caller: str, key: str, content: str, answer: Any, docket: str, recorded_at: int
    ) -> None:
        """Remember the answer to a key, in the commit of what it did."""
        text = json.dumps(answer, ensure_ascii=False)  # the first answer again, byte for byte
        self.one(sql.INSERT_REQUEST, caller, key, content, text, docket, recorded_at)

    def open_incident(
        self, docket: str, at: int, error: str, traceback: str, given: str | None
    ) -> int:
        """Stop a docket, and keep why."""
        incident = self.one(sql.OPEN_INCIDENT, docket, at, error, traceback, given)
        self.one(sql.STOP_DOCKET, incident, docket)
        return incident

    def hold(
        self, incident: int, docket: str, at: int, given: str, caller: str, key: str | None
    ) -> int:
        """Keep an input that cannot be decided now, with its stamp."""
        return self.one(sql.HOLD, incident, docket, at, given, caller, key)
