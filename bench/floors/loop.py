"""The floor of a daemon: a plain loop. `python -m bench.floors.loop DATABASE TAPE`, until SIGTERM.

It waits for the next due instant, or until another connection has committed (looked at every
LOOK_S); claims what is due, loads its timers and cases, and writes for each docket what the tape
has of it, a commit a batch. Like the daemon it says on its standard error when it is ready.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import time_ns
from typing import Any

from bench.floors.raw import FIRES, connect, listed

BATCH = 500
LOOK_S = 0.02
FREE = "next_due_at IS NOT NULL AND incident IS NULL AND replay IS NULL"
NEXT = f"SELECT next_due_at FROM dockets WHERE {FREE} ORDER BY next_due_at, key LIMIT 1"
CLAIM = f"""SELECT key, clock, seq, head_hash, edition FROM dockets
    WHERE {FREE} AND next_due_at <= ? ORDER BY next_due_at, key LIMIT {BATCH}"""
TIMERS = f"""SELECT * FROM timers WHERE docket IN (SELECT value FROM json_each(?))
    AND {FIRES} AND due_at <= ? ORDER BY due_at, priority, armed_seq, armed_n"""
CASES = "SELECT * FROM cases WHERE id IN (SELECT value FROM json_each(?))"

Known = dict[str, list[tuple[str, Sequence[Any]]]]  # docket → its statements, a row each


def read(tape: Path) -> Known:
    """What a tape has of each docket: a case is that of the docket whose timer or entry it has."""
    known: Known = defaultdict(list)
    for line in tape.read_text("utf-8").splitlines():
        writes = json.loads(line)
        rows = [(text, row) for text, several in writes for row in several]
        entries = [row for text, row in rows if text.startswith("INSERT INTO journal")]
        docket_of = {row[2]: row[0] for row in entries}
        for text, row in rows:
            if text.startswith("UPDATE cases"):
                docket = docket_of[row[-1]]
            elif text.startswith("UPDATE dockets"):
                docket = row[-1]
            else:
                docket = docket_of[row[0]] if text.startswith("DELETE") else row[0]
            known[docket].append((text, row))
    return known


class Loop:
    """One connection, one loop."""

    def __init__(self, path: Path, tape: Path) -> None:
        self._con = connect(path)
        self._known = read(tape)
        self._stopping = threading.Event()
        self._version: int | None = None

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        due = self._next()
        sys.stderr.write(json.dumps({"event": "ready"}) + "\n")
        sys.stderr.flush()
        while not self._stopping.is_set():
            now = time_ns() // 1_000
            if due is not None and due <= now:
                self.fire(now)
                due = self._next()
                continue
            left = LOOK_S if due is None else min(LOOK_S, (due - now) / 1e6)
            self._stopping.wait(left)
            due = self._next() if self._changed() else due
        self.close()

    def close(self) -> None:
        self._con.close()

    def _changed(self) -> bool:
        version = self._con.execute("PRAGMA data_version").fetchone()[0]
        changed, self._version = version != self._version, version
        return bool(changed)

    def _next(self) -> int | None:
        found = self._con.execute(NEXT).fetchone()
        return found[0] if found else None

    def fire(self, now: int) -> None:
        """Everything that is due, a batch in one commit."""
        execute = self._con.execute
        execute("BEGIN IMMEDIATE")
        dockets = [row[0] for row in execute(CLAIM, (now,)).fetchall()]
        timers = execute(TIMERS, (listed(dockets), now)).fetchall()
        execute(CASES, (listed(row[1] for row in timers),)).fetchall()
        self._write(dockets)
        execute("COMMIT")

    def _write(self, dockets: list[str]) -> None:
        """Rows by kind, in the order in which the engine writes them."""
        by_kind: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for docket in dockets:
            for text, row in self._known[docket]:
                by_kind[text].append(row)
        for text in sorted(by_kind, key=_place):
            self._con.executemany(text, by_kind[text])


ORDER = ("UPDATE cases", "DELETE", "INSERT INTO timers", "INSERT", "UPDATE dockets")


def _place(text: str) -> int:
    return next(n for n, start in enumerate(ORDER) if text.startswith(start))


if __name__ == "__main__":
    try:
        Loop(Path(sys.argv[1]), Path(sys.argv[2])).run()
    except sqlite3.Error as error:
        sys.exit(f"{error}")
