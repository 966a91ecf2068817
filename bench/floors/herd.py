"""The floor of a herd, by raw sqlite3, with no thinking in between.

Same claim, same batch, same pragmas, one commit a batch; the texts are known beforehand, the hash
is a constant of equal length. `check` compares the two databases row by row. Of the ways tried (one
join, or a list of keys as JSON) this is the faster. `python -m bench.floors.herd DATABASE TEXTS BATCH`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from time import perf_counter, time_ns
from typing import NamedTuple

from bench.floors.raw import FIRES, Execute, Row, connect, listed
from bench.machine import report

DUE_AT = 1_741_363_200_000_000  # 2025-03-08 00:00 in Beijing, microseconds UTC

CLAIM = """SELECT key, clock, seq, head_hash, edition FROM dockets
    WHERE next_due_at IS NOT NULL AND incident IS NULL AND replay IS NULL AND next_due_at <= ?
    ORDER BY next_due_at, key LIMIT ?"""
TIMERS = f"""SELECT * FROM timers WHERE docket IN (SELECT value FROM json_each(?))
    AND {FIRES} AND due_at <= ? ORDER BY due_at, priority, armed_seq, armed_n"""
CASES = "SELECT * FROM cases WHERE id IN (SELECT value FROM json_each(?))"

DELETE_TIMER = 'DELETE FROM timers WHERE "case" = ? AND name = ?'
UPDATE_CASE = """UPDATE cases SET definition = ?, state = ?, overdue = ?, data = ?, seq = ?,
    closed_at = ?, since = ?, moved_by = ? WHERE id = ?"""
INSERT_ENTRY = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_EFFECT = "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
UPDATE_DOCKET = f"""UPDATE dockets SET clock = ?, seq = ?, head_hash = ?, edition = ?,
    next_due_at = (SELECT min(due_at) FROM timers WHERE docket = dockets.key AND {FIRES})
    WHERE key = ?"""

HASH = "0" * 64


class Batch(NamedTuple):
    """The rows that were loaded of the claimed dockets."""

    dockets: list[Row]
    timers: list[Row]
    cases: list[Row]


def drain(path: Path, texts: Path, batch: int) -> None:
    """Claim, load and write, until nothing is due."""
    known = json.loads(texts.read_text("utf-8"))
    con = connect(path)
    fired, began = 0, perf_counter()
    while True:
        con.execute("BEGIN IMMEDIATE")
        loaded = load(con.execute, batch)
        save(con, loaded, **known)
        con.execute("COMMIT")
        fired += len(loaded.timers)
        if len(loaded.dockets) < batch:
            break
    seconds = perf_counter() - began
    con.close()
    report(fired, seconds)


def load(execute: Execute, batch: int) -> Batch:
    dockets = execute(CLAIM, (DUE_AT, batch)).fetchall()
    timers = execute(TIMERS, (listed(row[0] for row in dockets), DUE_AT)).fetchall()
    cases = execute(CASES, (listed(row[1] for row in timers),)).fetchall()
    return Batch(dockets, timers, cases)


def save(
    con: sqlite3.Connection, loaded: Batch, content: str, effects: list[tuple[str, str]]
) -> None:
    """The rows of every firing, by kind, in the order in which the engine writes them."""
    now = time_ns() // 1_000
    seqs = {docket[0]: docket[2] for docket in loaded.dockets}
    data = {case[0]: (case[3], case[7]) for case in loaded.cases}
    gone, cases, journal, outbox = [], [], [], []
    for docket, case, name, _, due, *_ in loaded.timers:
        seq = seqs[docket] = seqs[docket] + 1
        definition, text = data[case]
        gone.append((case, name))
        cases.append((definition, "final_upheld", 0, text, seq, None, due, name, case))
        told = ("timer", name, "system", "appeal_window", "final_upheld", content, HASH)
        journal.append((docket, seq, case, due, now, *told))
        for n, effect in enumerate(effects):
            outbox.append((docket, seq, n, case, *effect, due, None, "waiting", 0, now, None, 0))
    con.executemany(UPDATE_CASE, cases)
    con.executemany(DELETE_TIMER, gone)
    con.executemany(INSERT_ENTRY, journal)
    con.executemany(INSERT_EFFECT, outbox)
    dockets = [(DUE_AT, seqs[row[0]], HASH, row[4], row[0]) for row in loaded.dockets]
    con.executemany(UPDATE_DOCKET, dockets)


if __name__ == "__main__":
    drain(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
