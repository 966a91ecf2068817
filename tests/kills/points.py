"""The moments at which a process may die: before each statement, before each COMMIT, behind it.

SQLAlchemy's own `commit` event comes before the database's COMMIT, so the dialect's is wrapped. Mere
looks commit nothing: only the end of a transaction that began with BEGIN IMMEDIATE is a COMMIT here.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from orchestrator.engine.tries import MOST_DEATHS, Tries

STATEMENT, COMMIT, BEHIND = "before a statement", "before COMMIT", "behind COMMIT"
AT_RANDOM = "at random"
PLACES = (AT_RANDOM, STATEMENT, COMMIT, BEHIND)


class Kill(NamedTuple):
    """How a process is to die: at its n-th point, or from outside after so many seconds."""

    point: int | None = None
    after_s: float | None = None
    commits_alone: bool = False  # only the places around a COMMIT count as points
    pauses: bool = False  # half way it is stopped for longer than a lease, and goes on


class Points:
    """Counts the points of this process, and ends it at one of them."""

    def __init__(self, kill: Kill) -> None:
        self._kill = kill
        self._seen = 0
        self._tries: Tries | None = None
        self._mine = threading.local()

    def plant(self) -> None:
        """In every engine of this process, those to come as well."""
        event.listen(Engine, "before_cursor_execute", self._statement)
        commits, take = DefaultDialect.do_commit, Tries.take

        def do_commit(dialect: Any, raw: Any) -> None:
            writes, self._mine.writes = getattr(self._mine, "writes", False), False
            if writes:
                self._passes(COMMIT)
            commits(dialect, raw)
            if writes:
                self._passes(BEHIND)

        def noting(tries: Tries, *given: Any) -> None:
            self._tries = tries
            take(tries, *given)

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
        Tries.take = noting  # type: ignore[method-assign]

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE":
            self._mine.writes = True
        if not self._kill.commits_alone:
            self._passes(STATEMENT)

    def _passes(self, where: str) -> None:
        self._seen += 1
        if self._kill.point is not None and self._seen >= self._kill.point and not self._spared():
            os.write(2, json.dumps({"died": where, "point": self._seen}).encode() + b"\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def _spared(self) -> bool:
        """Who dies at a docket that killed before makes an incident of it, by design: not here."""
        trying = self._tries and (self._tries._mine or self._tries._next)
        return trying is not None and trying.deaths >= MOST_DEATHS - 1
