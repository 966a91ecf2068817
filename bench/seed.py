"""A herd: one docket made by the engine the honest way, cloned in bulk, so seeding is not measured.

The template docket has so many complaints of the shipped `ip_complaint`, filed and upheld (general
lane) on a clock of our own; each stands in `appeal_window`, and the docket's `account_standing` has
a timer two days later. A clone is the template under another key, its chain of hashes made anew,
so `verify` finds no fault. What the outbox held by then was delivered long ago. What a firing
writes is asked of the engine once, on a copy of the template, and kept beside the database, so
that the floor can write the identical texts without thinking.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.core.journal import GENESIS, chained
from orchestrator.db import statements as sql

CONFIG = Path(__file__).parent.parent / "config"
FILED = "2025-03-03T10:00:00+08:00"
UPHELD = "2025-03-04T10:00:00+08:00"
DUE = "2025-03-08T00:00:00+08:00"  # 24:00 of the third day after the uphold
TEMPLATE = "DOCKET"  # the key that a clone replaces; no other text contains it
FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/offer/1.html", "https://example.com/offer/2.html"],
    "reason": "the mark is used without leave",
}
SLICE = 1_000  # dockets cloned at a time: memory stays flat
INSERTS = {
    "dockets": sql.INSERT_DOCKET,
    "cases": sql.INSERT_CASE,
    "timers": sql.INSERT_TIMER,
    "journal": sql.INSERT_ENTRY,
    "outbox": sql.INSERT_EFFECT,
}

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """The rows of one docket, by table, in the order of INSERTS."""

    dockets: list[Row]
    cases: list[Row]
    timers: list[Row]
    journal: list[Row]
    outbox: list[Row]


def seed(path: Path, n: int, family: int) -> None:
    """A database with n due complaints, `family` of them in each docket."""
    make_template(path, family)
    texts_of(path).write_text(json.dumps(what_follows(path)), "utf-8")
    con = sqlite3.connect(path, isolation_level=None)
    con.execute("PRAGMA synchronous=OFF")
    con.execute("BEGIN")
    template = take_template(con)
    for first in range(0, n // family, SLICE):
        keys = [f"shop-{i:08}" for i in range(first, min(first + SLICE, n // family))]
        clones = [clone(template, key) for key in keys]
        for table, insert in INSERTS.items():
            con.executemany(insert, (row for made in clones for row in getattr(made, table)))
    con.execute("COMMIT")
    check(con, n)
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    con.close()


def make_template(path: Path, family: int) -> None:
    """One docket as its people made it, by the engine."""
    clock = VirtualClock(parse_instant(FILED))
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=clock) as world:
        filed = [
            world.open("ip_complaint", docket=TEMPLATE, by="complainant", facts=FILING, assume=True)
            for _ in range(family)
        ]
        clock.move_to(parse_instant(UPHELD))
        for answer in filed:
            assert answer.case is not None, answer.reason
            upheld = world.inject(answer.case, "uphold", by="staff", facts={"lane": "general"})
            assert upheld.state == "appeal_window", upheld.reason


def texts_of(path: Path) -> Path:
    """Where the texts of a firing are kept."""
    return path.with_suffix(".json")


def what_follows(path: Path) -> dict[str, Any]:
    """What each firing of this herd writes: the content of its entry, and (name, content) of
    every effect."""
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    clock = VirtualClock(parse_instant(DUE))
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{copy}", clock=clock) as world:
        world.advance()
    con = sqlite3.connect(copy)
    fired = con.execute("SELECT docket, seq, content FROM journal WHERE kind = 'timer'").fetchall()
    effects = "SELECT name, content FROM outbox WHERE docket = ? AND seq = ? ORDER BY n"
    told = [[content, con.execute(effects, key).fetchall()] for *key, content in fired]
    con.close()
    assert all(one == told[0] for one in told), "all complaints of a herd end alike"
    assert TEMPLATE not in json.dumps(told[0]), "a text with a key in it is no constant"
    return {"content": told[0][0], "effects": told[0][1]}


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


def clone(template: Rows, key: str) -> Rows:
    """The same docket under another key, with a chain of its own."""
    made = Rows(*([_renamed(row, key) for row in rows] for rows in template))
    journal, head = [], GENESIS
    for entry in made.journal:
        docket, seq, case, effective_at, _, *told, _ = entry  # without recorded_at and hash
        head = chained(head, docket, seq, case, effective_at, *told)
        journal.append((*entry[:-1], head))
    dockets = [(*row[:3], head, *row[4:]) for row in made.dockets]
    return made._replace(dockets=dockets, journal=journal)


def _renamed(row: Row, key: str) -> Row:
    return tuple(v.replace(TEMPLATE, key) if isinstance(v, str) else v for v in row)


def check(con: sqlite3.Connection, n: int) -> None:
    """Exactly one timer a complaint is due, and no other."""
    due = con.execute(
        "SELECT name, count(*) FROM timers WHERE due_at <= ? GROUP BY name", (parse_instant(DUE),)
    ).fetchall()
    assert due == [("appeal_window", n)], due


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=20_000, help="due complaints")
    parser.add_argument("--family", type=int, default=1, help="complaints in one docket")
    given = parser.parse_args()
    seed(given.path, given.n, given.family)
