"""A daemon of any kind, watched from outside: when is it ready, what does it use, when does it act.

    python -m bench.watch lateness DATABASE --n 2000 -- COMMAND
    python -m bench.watch stock DATABASE -- COMMAND

What a daemon writes down before its commit says nothing of when it was durable. So the watcher asks
`PRAGMA data_version` of a connection of its own every LOOK_S; when it has changed, the commit is
there for every other process to see, and only after the new rows were read is the clock asked. A
lateness is therefore an upper bound: commit, plus at most one look and one small query.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter, time_ns
from typing import NamedTuple

from bench.machine import percentiles, wait

LOOK_S = 0.000_5
PATIENCE_S = 60.0
FIRED = "SELECT rowid, effective_at, docket FROM journal WHERE rowid > ? AND kind = 'timer'"


class Watched(NamedTuple):
    """A process that has said it is ready."""

    pid: int
    ready_s: float


class Firing(NamedTuple):
    """Instants in µs: when its commit could be seen, and when it was due."""

    seen: int
    due: int
    docket: str


@contextmanager
def started(command: Sequence[str]) -> Iterator[Watched]:
    """From the start of the process to its word on standard error; ended by SIGTERM."""
    ready = threading.Event()
    said: list[str] = []
    began = perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if '"event": "ready"' in line:
                ready.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        assert ready.wait(PATIENCE_S), "".join(said)
        yield Watched(process.pid, perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def rss_mb(pid: int) -> float:
    """Memory of a process, now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_s(pid: int) -> float:
    """What all threads of a process have used, in nanoseconds' steps (clock ticks are too coarse)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((t / "schedstat").read_text("ascii").split()[0]) for t in threads) / 1e9


class Eye:
    """Sees each firing when its commit can be seen."""

    def __init__(self, path: Path) -> None:
        self._con = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._last = self._con.execute("SELECT coalesce(max(rowid), 0) FROM journal").fetchone()[0]
        self._version = self._asked()

    def firings(self, enough: Callable[[list[Firing]], bool], patience_s: float) -> list[Firing]:
        """Each firing as it was seen, until there are enough.

        raises   AssertionError: they did not come in time
        """
        found: list[Firing] = []
        deadline = perf_counter() + patience_s
        while not enough(found):
            assert perf_counter() < deadline, f"only {len(found)} firings were seen"
            version = self._asked()
            if version == self._version:
                wait(LOOK_S)
                continue
            self._version = version
            rows = self._con.execute(FIRED, (self._last,)).fetchall()
            seen = time_ns() // 1_000
            self._last = max((row[0] for row in rows), default=self._last)
            found += [Firing(seen, due, docket) for _, due, docket in rows]
        return found

    def close(self) -> None:
        self._con.close()

    def _asked(self) -> int:
        return int(self._con.execute("PRAGMA data_version").fetchone()[0])


def lateness(path: Path, n: int, command: Sequence[str]) -> dict[str, float]:
    """How late each of n timers acted; `growth_ms`: the last quarter's p50 against the first's."""
    with started(command) as watched, closing(Eye(path)) as eye:
        at = time_ns() // 1_000
        found = eye.firings(lambda seen: len(seen) >= n, PATIENCE_S + n / 50)
        used = cpu_s(watched.pid)
    first = min(firing.due for firing in found)
    assert at < first, f"ready {(at - first) / 1e6:.1f} s after the first was due"
    late = [(one.seen - one.due) / 1e6 for one in sorted(found, key=lambda one: one.due)]
    assert len(late) == n, f"{len(late)} firings of {n}"
    quarter = max(1, n // 4)
    early, last = (percentiles(some, 50)["p50_ms"] for some in (late[:quarter], late[-quarter:]))
    return {**percentiles(late, 50, 99, 100), "growth_ms": last - early, "cpu_s": used}


def stock(path: Path, idle_s: float, command: Sequence[str]) -> dict[str, float]:
    """Ready, idle, and one docket put in whose deadlines are past."""
    from bench.seeds.lateness import opened  # noqa: PLC0415  only after the daemon has started
    from bench.seeds.stock import LATE, put, since_of  # noqa: PLC0415

    with started(command) as watched, closing(Eye(path)) as eye:
        wait(2)  # what a start does once is no idling
        before, began = cpu_s(watched.pid), perf_counter()
        wait(idle_s)
        used = (cpu_s(watched.pid) - before) / (perf_counter() - began)
        rss = rss_mb(watched.pid)
        with opened(path, json.loads(since_of(path).read_text("utf-8"))) as world:
            put(world, LATE)
        put_in = time_ns() // 1_000
        fired = eye.firings(lambda seen: any(one.docket == LATE for one in seen), PATIENCE_S)
    assert {one.docket for one in fired} == {LATE}, "nothing else was due"
    took = (fired[0].seen - put_in) / 1e3
    return {
        "ready_ms": watched.ready_s * 1e3,
        "rss_mb": rss,
        "cpu_pct": used * 100,
        "fire_ms": took,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("lateness", "stock"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=0, help="timers that fire (lateness)")
    parser.add_argument("--idle", type=float, default=10, help="seconds of idling (stock)")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    if given.what == "lateness":
        print(json.dumps(lateness(given.path, given.n, given.command)))
    else:
        print(json.dumps(stock(given.path, given.idle, given.command)))
