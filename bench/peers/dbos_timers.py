"""DBOS: workflows enqueued with a delay, the faster of its two ways to wait.

    python -m bench.peers.dbos_timers herd DATABASE --n 1000
    python -m bench.peers.dbos_timers lateness DATABASE --n 2000 --rate 100

One workflow is enqueued by DBOS itself in a process that dies; its rows are cloned in bulk under
other ids and delays. The lateness is that of the clock in the workflow, before its end is recorded.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter, time_ns

from dbos import DBOS, SetEnqueueOptions

from bench.machine import percentiles, report, wait
from bench.peers.dbos_case import QUEUE, only_row, put, start, until_done

LONG_AGO_MS = 1_741_363_200_000
fired: dict[str, int] = {}  # workflow → when it ran, ms


@DBOS.workflow()
async def appeal_window_ends(case: int) -> str:
    fired[str(DBOS.workflow_id)] = time_ns() // 1_000_000
    return "final_upheld"


def forked(task: Callable[[], None]) -> None:
    """In a child: DBOS is started once in a process."""
    child = os.fork()
    if child == 0:
        task()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "seeding failed"


def one(path: Path) -> None:
    start(path)
    with SetEnqueueOptions(delay_seconds=3_600):
        DBOS.enqueue_workflow(QUEUE, appeal_window_ends, 0)


def clone(path: Path, n: int, due_ms: Callable[[int], int]) -> None:
    """The one workflow under n other ids, each with a delay of its own."""
    with closing(sqlite3.connect(path, timeout=60)) as con:
        status, given = only_row(con, "workflow_status"), only_row(con, "workflow_input")
        con.execute("DELETE FROM workflow_input")
        con.execute("DELETE FROM workflow_status")
        ids = [{"workflow_uuid": f"case-{i}"} for i in range(n)]
        delays = [{"delay_until_epoch_ms": due_ms(i)} for i in range(n)]
        put(
            con, "workflow_status", [{**status, **i, **d} for i, d in zip(ids, delays, strict=True)]
        )
        put(con, "workflow_input", [{**given, **i} for i in ids])
        con.commit()


def herd(path: Path, n: int) -> None:
    clone(path, n, lambda i: LONG_AGO_MS + i)
    os.sync()
    began = perf_counter()
    start(path)
    until_done(path, n)
    report(n, perf_counter() - began)


def lateness(path: Path, n: int, rate: int) -> None:
    base = time_ns() // 1_000_000 + 8_000 + n

    def due_ms(i: int) -> int:
        return base + i * 1_000 // rate

    clone(path, n, due_ms)
    began = perf_counter()
    start(path)
    wait((base - time_ns() // 1_000_000) / 1e3)
    until_done(path, n)
    late = [(fired[f"case-{i}"] - due_ms(i)) / 1e3 for i in range(n)]
    report(n, perf_counter() - began, **percentiles(late, 50, 99))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("herd", "lateness"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=100, help="due a second (lateness)")
    arguments = parser.parse_args()
    forked(lambda: one(arguments.path))
    if arguments.what == "herd":
        herd(arguments.path, arguments.n)
    else:
        lateness(arguments.path, arguments.n, arguments.rate)
    sys.stdout.flush()
    os._exit(0)  # its threads are not worth waiting for
