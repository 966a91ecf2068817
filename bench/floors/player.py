"""A tape played again by raw sqlite3: the identical rows, in the same transactions.

Before it writes, a transaction reads the rows it is about to change (docket, cases, timers), in the
fewest statements that do. Statements of one row are executed, of more by executemany.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.floors.raw import fetched

DOCKETS, CASES = "SELECT * FROM dockets WHERE key", "SELECT * FROM cases WHERE id"
TIMERS = 'SELECT * FROM timers WHERE "case"'

Writes = list[tuple[str, list[Sequence[Any]]]]


class Transaction(NamedTuple):
    """What is read first, by key, and what is written then."""

    dockets: list[str]
    cases: list[str]
    writes: Writes


def read(tape: Path) -> list[Transaction]:
    """Every transaction of a tape."""
    with tape.open(encoding="utf-8") as file:
        return [transaction(json.loads(line)) for line in file]


def transaction(writes: Writes) -> Transaction:
    dockets: dict[str, None] = {}
    cases: dict[str, None] = {}
    for text, rows in writes:
        if text.startswith("UPDATE dockets"):
            dockets |= dict.fromkeys(row[-1] for row in rows)
        elif text.startswith("UPDATE cases"):
            cases |= dict.fromkeys(row[-1] for row in rows)
        elif text.startswith("DELETE FROM timers"):
            cases |= dict.fromkeys(row[0] for row in rows)
    return Transaction(list(dockets), list(cases), writes)


def play(con: sqlite3.Connection, played: Transaction) -> None:
    """One transaction: read, write, commit."""
    execute = con.execute
    execute("BEGIN IMMEDIATE")
    fetched(execute, DOCKETS, played.dockets)
    if played.cases:
        fetched(execute, CASES, played.cases)
        fetched(execute, TIMERS, played.cases)
    for text, rows in played.writes:
        if len(rows) == 1:
            execute(text, rows[0])
        else:
            con.executemany(text, rows)
    execute("COMMIT")
