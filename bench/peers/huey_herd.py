"""huey with its SQLite store (WAL, fsync on): a scheduled task for each case, long due.

    python -m bench.peers.huey_herd DATABASE --n 3000

The task runs the case's transaction by raw sqlite3: durable when that has committed. One worker
thread, the fastest for it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from huey import SqliteHuey

from bench.machine import report
from bench.peers import raw_case

LONG_AGO = datetime(2025, 3, 7, 16, tzinfo=UTC).replace(tzinfo=None)  # huey's own are naive UTC


def drain(path: Path, n: int) -> float:
    queue = path.with_suffix(".queue.db")
    huey = SqliteHuey("bench", filename=str(queue), fsync=True, results=False, utc=True, timeout=60)
    local, lock, done = threading.local(), threading.Lock(), threading.Event()
    left = n

    @huey.task()
    def expire(case: int) -> None:
        nonlocal left
        if not hasattr(local, "con"):
            local.con = raw_case.connect(path)
        local.con.execute("BEGIN IMMEDIATE")
        raw_case.fire(local.con, case)
        local.con.execute("COMMIT")
        with lock:
            left -= 1
            if left == 0:
                done.set()

    for case in range(n):
        huey.add_schedule(type(expire.s(case))((case,), eta=LONG_AGO))
    os.sync()
    consumer = huey.create_consumer(
        workers=1, scheduler_interval=1, periodic=False, check_worker_health=False
    )
    began = perf_counter()
    consumer.start()
    assert done.wait(300), f"{left} of {n} left"
    return perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=3_000)
    given = parser.parse_args()
    logging.getLogger("huey").setLevel(logging.ERROR)
    raw_case.seed(given.path, given.n)
    took = drain(given.path, given.n)
    raw_case.check(raw_case.connect(given.path), given.n)
    report(given.n, took)
    sys.stdout.flush()
    os._exit(0)  # its threads are not worth waiting for
