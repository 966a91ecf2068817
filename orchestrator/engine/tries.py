"""Who is at which dockets, written down before they are touched: so a killer is found (law 10).

A guard that makes the process die (a native crash, no memory left) leaves no exception to catch. So
a process says in a row of `tries` which dockets it takes, and takes the row back in the commit of
what it did. A row whose process died thinking makes its dockets suspects: they are run in halves,
until the one that kills is alone; when it has killed again and again, it is stopped by an incident.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog

from orchestrator.core.journal import canonical
from orchestrator.db.living import THINKING, Living
from orchestrator.db.store import ReadTx, WriteTx

log = structlog.get_logger("orchestrator.engine")

MOST_DEATHS = 3  # of processes that ran a docket alone; a machine may lose its power once or twice

INSERT = "INSERT INTO tries (process, dockets, deaths) VALUES (?, ?, ?)"
DELETE = "DELETE FROM tries WHERE id = ? AND process IS ?"
OTHERS = (
    "SELECT id, process, dockets, deaths FROM tries"
    " WHERE process IS NOT NULL AND process <> ? ORDER BY id"
)
SUSPECTS = (
    "SELECT id, process, dockets, deaths FROM tries WHERE process IS NULL ORDER BY id LIMIT 1"
)


class Killer(Exception):
    """Whoever ran this docket died."""


class Try(NamedTuple):
    """Some dockets that a process is at, or that are suspected because one died at them."""

    id: int
    process: str | None
    dockets: list[str]
    deaths: int  # while it was these very dockets


class Tries:
    """What this process is at, and what others left when they died."""

    def __init__(self, living: Living) -> None:
        self._living = living
        self._mine: Try | None = None
        self._next: Try | None = None
        self._buried = False

    @property
    def current(self) -> list[str]:
        """The dockets that this process has said it is at."""
        return self._mine.dockets if self._mine else []

    def find_dead(self, tx: WriteTx) -> list[tuple[str, Killer]]:
        """Make suspects of what the dead were thinking about; gives those that killed when alone."""
        killers = []
        for row in map(_try, tx.rows(OTHERS, self._living.me)):
            assert row.process is not None
            doing = self._living.died(row.process)
            if doing is None:
                continue
            tx.one(DELETE, row.id, row.process)
            log.warning("a process died at its work", process=row.process, doing=doing.decode())
            if doing == THINKING:
                killers += self._suspect(tx, row)
        return killers

    def _suspect(self, tx: WriteTx, row: Try) -> list[tuple[str, Killer]]:
        deaths, middle = row.deaths + 1, len(row.dockets) // 2
        if middle:
            tx.one(INSERT, None, canonical(row.dockets[:middle]), 0)
            tx.one(INSERT, None, canonical(row.dockets[middle:]), 0)
        elif deaths < MOST_DEATHS:
            tx.one(INSERT, None, canonical(row.dockets), deaths)
        else:
            said = f"{deaths} processes died while each ran this docket alone"
            return [(row.dockets[0], Killer(said))]
        return []

    def bury_dead(self, tx: ReadTx) -> None:
        """Clear away the files of those that died and left nothing to look at; once in a life."""
        if self._buried:
            return
        self._buried = True
        at_work = {row[1] for row in tx.rows(OTHERS, self._living.me)}
        for process in self._living.others():
            if process not in at_work and self._living.died(process) is not None:
                self._living.bury(process)

    def take(self, tx: WriteTx, claim: Callable[[], Sequence[str]]) -> None:
        """Say what is next, in the transaction of what was before: suspects, else what is claimed."""
        if self._mine is not None:
            tx.one(DELETE, *self._mine[:2])
        self._next = None
        for suspects in map(_try, tx.rows(SUSPECTS)):
            tx.one(DELETE, *suspects[:2])
            self._next = self._say(tx, suspects.dockets, suspects.deaths)
            return
        keys = list(claim())
        if keys:
            self._next = self._say(tx, keys, 0)

    def committed(self) -> None:
        """The transaction of the last `take` is durable."""
        self._mine, self._next = self._next, None

    def give_back(self, tx: WriteTx) -> None:
        """This process ends in peace: what it was at is nobody's suspect."""
        if self._mine is not None:
            tx.one(DELETE, *self._mine[:2])
            self._mine = None

    def _say(self, tx: WriteTx, dockets: list[str], deaths: int) -> Try:
        self._living.announce()
        row = tx.one(INSERT, self._living.me, canonical(dockets), deaths)
        return Try(row, self._living.me, dockets, deaths)


def _try(row: Sequence[Any]) -> Try:
    return Try(row[0], row[1], json.loads(row[2]), row[3])
