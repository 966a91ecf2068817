"""A transaction that may write: everything that runs changed, rows by kind, one statement a kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.core.docket import Run
from orchestrator.core.journal import canonical
from orchestrator.core.values import Case, Timer
from orchestrator.db import lists, rows
from orchestrator.db import statements as sql
from orchestrator.db.reading import ReadTx


class WriteTx(ReadTx):
    """A transaction that may write. What it read stays as it was read until it ends."""

    earliest: int | None = None  # the next due instant of what was armed here

    def claim_due(self, now: int, most: int) -> list[str]:
        """Dockets with a timer that is due, earliest first; stopped ones are passed over."""
        return [row[0] for row in self.rows(sql.CLAIM_DUE, now, most)]

    def claim_stale(self, latest: int, now: int, most: int) -> list[str]:
        """Dockets with a pending deadline computed under an edition before the latest."""
        found = self.rows(sql.CLAIM_STALE, latest, now, most)
        return list(dict.fromkeys(row[0] for row in found))

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
                (*effect, None, "waiting", 0, effect.at, None, 0)
                for run in runs
                for effect in run.outgoing
            ],
        )
        self.many(
            sql.UPDATE_DOCKET,
            [(run.clock, run.seq, run.head, run.edition, run.docket.key) for run in runs],
        )

    def _save_cases(self, runs: Sequence[Run]) -> None:
        new, changed, moved = [], [], []
        for run in runs:
            for case_id, before in run.touched.items():
                case = run.cases[case_id]
                if case is not before:
                    moved.append((run, case))
                if before is None:
                    new.append(rows.case_row(case))
                elif case is not before:
                    row = rows.case_row(case, self._text(case))
                    changed.append((row[3], *row[5:9], *row[10:13], row[0]))
        self.many(sql.INSERT_CASE, new)
        self.many(sql.UPDATE_CASE, changed)
        if new:
            lists.save_texts(self, runs)
        lists.save_points(self, moved)

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
                        self._notice(timer)
        self.many(sql.DELETE_TIMER, gone)
        self.many(sql.INSERT_TIMER, armed)

    def _notice(self, timer: Timer) -> None:
        due = timer.due_at
        if due is not None and not timer.provisional and (self.earliest or due) >= due:
            self.earliest = due

    def many(self, text: str, parameters: list[Any]) -> None:
        """One statement for many rows; nothing where there is none."""
        if parameters:
            self._driver.many(text, parameters)

    def one(self, text: str, *parameters: Any) -> int:
        """Run a statement; gives the id of the row that it put in."""
        return self._driver.one(text, parameters)

    # -- idempotency and incidents ----------------------------------------------------------

    def find_request(self, caller: str, key: str) -> tuple[str, Any] | None:
        """(content hash, answer) of a key that this caller has used."""
        found = self.rows(sql.FIND_REQUEST, caller, key)
        return (found[0][0], json.loads(found[0][1])) if found else None

    def used_keys(self, keys: Iterable[tuple[str, str | None]]) -> set[tuple[str, str | None]]:
        """Those of these (caller, key) that were used before."""
        asked = [list(pair) for pair in keys]
        if not asked:
            return set()
        return {(row[0], row[1]) for row in self.rows(sql.USED_KEYS, canonical(asked))}

    def keep_request(
        self, caller: str, key: str, content: str, answer: Any, docket: str, recorded_at: int
    ) -> None:
        """Remember the answer to a key, in the commit of what it did."""
        self.keep_requests([(caller, key, content, answer, docket, recorded_at)])

    def keep_requests(self, requests: Iterable[tuple[str, str, str, Any, str, int]]) -> None:
        """The same for many."""
        self.many(
            sql.INSERT_REQUEST,
            [  # the first answer again, byte for byte
                (caller, key, content, json.dumps(answer, ensure_ascii=False), docket, recorded_at)
                for caller, key, content, answer, docket, recorded_at in requests
            ],
        )

    def open_incident(
        self, docket: str, at: int, error: str, traceback: str, given: str | None
    ) -> int:
        """Stop a docket, and keep why."""
        incident = self.one(sql.OPEN_INCIDENT, docket, at, error, traceback, given)
        self.one(sql.STOP_DOCKET, incident, docket)
        return incident

    def latest_held(self, docket: str) -> int | None:
        """The latest stamp of what is held for a docket."""
        found: int | None = self.scalar(sql.LATEST_HELD, docket)
        return found

    def latest_heard(self, docket: str) -> int | None:
        """The latest instant at which something was said to a docket: its clock, or what is held."""
        found = self.rows("SELECT clock FROM dockets WHERE key = ?", docket)
        heard = [at for at in (found[0][0] if found else None, self.latest_held(docket)) if at]
        return max(heard, default=None)

    def hold(
        self, incident: int, docket: str, at: int, given: str, caller: str, key: str | None
    ) -> int:
        """Keep an input that cannot be decided now, with its stamp."""
        return self.one(sql.HOLD, incident, docket, at, given, caller, key)
