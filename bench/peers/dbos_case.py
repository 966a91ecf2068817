"""DBOS Transact on SQLite: a workflow for each case; its own tables are state and history.

Nothing of ours is written besides, which is a charity. A firing or an event is durable when DBOS
has recorded the end of the workflow, or the step that took it. DBOS sets no journal mode, so the
file is put in WAL beforehand; synchronous is FULL, the library's default.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

from dbos import DBOS

from bench.machine import wait

NAME, QUEUE = "bench", "deadlines"
POLL_S = 0.1  # how often its queue looks


def start(path: Path) -> None:
    """Bring DBOS up on this file; what was left pending goes on."""
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA journal_mode=WAL")
    DBOS(
        config={
            "name": NAME,
            "system_database_url": url(path),
            "log_level": "CRITICAL",
            "application_version": "1",
            "executor_id": "bench",
            "sys_db_pool_size": 20,
        }
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=POLL_S, worker_concurrency=None)


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def until_done(path: Path, n: int, patience_s: float = 300) -> None:
    """Wait until so many workflows have succeeded."""
    deadline = perf_counter() + patience_s
    with closing(sqlite3.connect(path, timeout=60)) as con:
        done = "SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'"
        while (found := con.execute(done).fetchone()[0]) < n:
            assert perf_counter() < deadline, f"{found} of {n} are done"
            wait(0.05)


def only_row(con: sqlite3.Connection, table: str) -> dict[str, Any]:
    """The one row of a table, by column."""
    con.row_factory = sqlite3.Row
    (row,) = con.execute(f"SELECT * FROM {table}").fetchall()
    return dict(row)


def put(con: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    marks = ", ".join(f":{name}" for name in names)
    con.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
