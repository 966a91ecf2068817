"""A case of the least kind, for peers that have none of their own: by raw sqlite3, one commit a firing.

What must be there after a crash: the case's new state, its number one higher, one history row.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE cases (id INTEGER PRIMARY KEY, state TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE history (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, seq INTEGER NOT NULL,
    event TEXT NOT NULL, src TEXT NOT NULL, dst TEXT NOT NULL, at TEXT NOT NULL);
"""
INSERT_HISTORY = """INSERT INTO history (case_id, seq, event, src, dst, at)
    VALUES (?, ?, 'appeal_window_ends', ?, 'final_upheld', ?)"""


def connect(path: Path) -> sqlite3.Connection:
    """As durable as ours."""
    con = sqlite3.connect(path, isolation_level=None, timeout=60, cached_statements=256)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        con.execute(f"PRAGMA {pragma}")
    return con


def seed(path: Path, n: int) -> None:
    with closing(connect(path)) as con:
        con.executescript(SCHEMA)
        con.execute("BEGIN")
        cases = ((i, "appeal_window", 0) for i in range(n))
        con.executemany("INSERT INTO cases VALUES (?, ?, ?)", cases)
        con.execute("COMMIT")


def fire(con: sqlite3.Connection, case: int) -> None:
    """Within a transaction of the caller's."""
    wanted = "SELECT state, seq FROM cases WHERE id = ?"
    state, seq = con.execute(wanted, (case,)).fetchone()
    con.execute("UPDATE cases SET state = 'final_upheld', seq = ? WHERE id = ?", (seq + 1, case))
    at = datetime.now(UTC).isoformat()  # noqa: TID251  what users write asks the clock
    con.execute(INSERT_HISTORY, (case, seq + 1, state, at))


def check(con: sqlite3.Connection, n: int) -> None:
    """raises   AssertionError: work was left, or done twice"""
    final = "SELECT count(*) FROM cases WHERE state = 'final_upheld' AND seq = 1"
    assert con.execute(final).fetchone()[0] == n
    assert con.execute("SELECT count(*) FROM history").fetchone()[0] == n
