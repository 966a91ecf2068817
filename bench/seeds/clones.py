"""Clones: a docket that the engine made, written in bulk under other keys; seeding is not measured.

A clone is the template under another key, its chain of hashes made anew, so `verify` finds no
fault. What the outbox held by then was delivered long ago.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.core.journal import GENESIS, chained
from orchestrator.db import lists
from orchestrator.db import statements as sql

CONFIG = Path(__file__).parents[2] / "config"
TEMPLATE = "DOCKET"  # the key that a clone replaces; no other text contains it
SLICE = 1_000  # dockets cloned at a time: memory stays flat
INSERTS = {
    "dockets": sql.INSERT_DOCKET,
    "cases": sql.INSERT_CASE,
    "timers": sql.INSERT_TIMER,
    "journal": sql.INSERT_ENTRY,
    "outbox": sql.INSERT_EFFECT,
}
FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/offer/1.html", "https://example.com/offer/2.html"],
    "reason": "the mark is used without leave",
}

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """The rows of one docket, by table, in the order of INSERTS."""

    dockets: list[Row]
    cases: list[Row]
    timers: list[Row]
    journal: list[Row]
    outbox: list[Row]


def shop(n: int) -> str:
    """The key of the n-th clone."""
    return f"shop-{n:08}"


def multiply(path: Path, many: int) -> None:
    """So many clones of the template that a database holds, in its place."""
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute("PRAGMA synchronous=OFF")
        template, kept = take_template(con), take_lists(con)
        keys = map(shop, range(many))
        while some := list(islice(keys, SLICE)):
            clones = [clone(template, key) for key in some]
            con.execute("BEGIN")
            for table, insert in INSERTS.items():
                con.executemany(insert, rows_of(clones, table))
            for insert, rows in kept.items():
                con.executemany(insert, (renamed(row, key) for key in some for row in rows))
            con.execute("COMMIT")
        con.execute(lists.REBUILD_GRAMS)
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def rows_of(clones: Iterable[Rows], table: str) -> Iterator[Row]:
    return (row for made in clones for row in getattr(made, table))


def take_template(con: sqlite3.Connection) -> Rows:
    """The template's rows, taken out of the database."""
    con.execute("UPDATE outbox SET status = 'delivered', attempts = 1, lease_number = 1")
    order = {"journal": "ORDER BY seq"}
    found = Rows(
        *(con.execute(f"SELECT * FROM {t} {order.get(t, '')}").fetchall() for t in INSERTS)
    )
    for table in reversed(INSERTS):
        con.execute(f"DELETE FROM {table}")
    return found


def take_lists(con: sqlite3.Connection) -> dict[str, list[Row]]:
    """What lists look through of the template, taken out of the database, by its insert."""
    kept = {
        lists.INSERT_TEXT: con.execute('SELECT "case", text FROM texts').fetchall(),
        lists.INSERT_POINTS: con.execute("SELECT docket, points FROM standings").fetchall(),
    }
    for table in ("texts", "standings"):
        con.execute(f"DELETE FROM {table}")
    return kept


def clone(template: Rows, key: str) -> Rows:
    """The same docket under another key, with a chain of its own."""
    made = Rows(*([renamed(row, key) for row in rows] for rows in template))
    journal, head = [], GENESIS
    for entry in made.journal:
        docket, seq, case, effective_at, _, *told, _ = entry  # without recorded_at and hash
        head = chained(head, docket, seq, case, effective_at, *told)
        journal.append((*entry[:-1], head))
    dockets = [(*row[:3], head, *row[4:]) for row in made.dockets]
    return made._replace(dockets=dockets, journal=journal)


def renamed(row: Row, key: str) -> Row:
    """A row of the template under another key."""
    return tuple(v.replace(TEMPLATE, key) if isinstance(v, str) else v for v in row)
