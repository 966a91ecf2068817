"""A desk: cases as lists find them. `python -m bench.seeds.desk DATABASE --cases N`.

Sixteen dockets as people and time have made them, by the engine: complaints in every state, filed
over three weeks, for reasons in two languages; each is then written in bulk under as many other
keys as are wanted. Journal and outbox, which no list reads, are left out.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.seeds.clones import CONFIG, FILING, SLICE, TEMPLATE, Row, renamed, shop
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.db import lists
from orchestrator.db import statements as sql
from orchestrator.db.lists import folded
from orchestrator.db.tables import cases

BEGIN, HOUR_US = "2025-03-03T08:00:00+08:00", 3_600_000_000
NOW = "2025-03-24T10:00:00+08:00"  # when everybody looks
VARIANTS, FAMILY = 16, 10
DAY_HOURS = 27  # hours between two variants
REASONS = (
    "the mark is used without leave",
    "假冒五粮液商标",
    "our photographs, taken from the catalogue",
    "盗用实拍图片",
    "a copy of the registered design",
)
REASON = "REASON"  # and the number of the complaint: a clone has one of those above
ACTS: tuple[tuple[str, dict[str, str]] | None, ...] = (
    ("uphold", {"lane": "general"}),
    ("reject", {"reason": "no proof"}),
    None,
    ("request_supplement", {"wanted": "a clearer copy"}),
    ("uphold", {"lane": "minor"}),
)
PLACE, FOLDED_PLACE = re.compile(REASON + r"(\d)"), re.compile(folded(REASON) + r"(\d)")
DATA = [column.name for column in cases.columns].index("data")
TABLES = {
    "dockets": sql.INSERT_DOCKET,
    "cases": sql.INSERT_CASE,
    "timers": sql.INSERT_TIMER,
}


class Variant(NamedTuple):
    """The rows of one docket, by the statement that puts them in."""

    rows: dict[str, list[Row]]
    texts: list[Row]


def seed(path: Path, many: int) -> None:
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=at(NOW)):
        pass
    variants = [made(path.with_suffix(f".{n}.db"), n) for n in range(VARIANTS)]
    keys = enumerate(map(shop, range(many // FAMILY)))
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute("PRAGMA synchronous=OFF")
        con.execute("PRAGMA cache_size=-262144")
        while some := list(islice(keys, SLICE)):
            con.execute("BEGIN")
            for n, key in some:
                put(con, variants[n % VARIANTS], n, key)
            con.execute("COMMIT")
        con.execute(lists.REBUILD_GRAMS)
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    check(path, many)


def made(path: Path, n: int) -> Variant:
    """One docket: ten complaints an hour apart, what staff did with them, and three weeks."""
    clock = at(BEGIN)
    clock.move_to(clock.now() + n * DAY_HOURS * HOUR_US)
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=clock) as world:
        for k in range(FAMILY):
            clock.move_to(clock.now() + HOUR_US)
            listings = [f"https://example.com/{TEMPLATE}/offer-{k}.html"]
            mine = {"reason": f"{REASON}{k}", "right_id": f"TM-{n}-{k}", "listings": listings}
            filed = world.open(
                "ip_complaint",
                docket=TEMPLATE,
                by="complainant",
                facts={**FILING, **mine},
                assume=True,
            )
            act = ACTS[k % 5] if n % 4 or k % 2 else None
            if act and filed.case:
                world.inject(filed.case, act[0], by="staff", facts=act[1])
        clock.move_to(max(clock.now(), at(NOW).now()))
        world.advance()
    with closing(sqlite3.connect(path)) as con:
        rows = {
            insert: con.execute(f"SELECT * FROM {table}").fetchall()
            for table, insert in TABLES.items()
        }
        rows[lists.INSERT_POINTS] = con.execute("SELECT docket, points FROM standings").fetchall()
        texts = con.execute('SELECT "case", text FROM texts').fetchall()
    path.unlink()
    return Variant(rows, texts)


def put(con: sqlite3.Connection, variant: Variant, n: int, key: str) -> None:
    """The n-th clone: its key in every text, and reasons of its own."""

    def reason(found: re.Match[str]) -> str:
        return REASONS[(n // VARIANTS + int(found[1])) % len(REASONS)]

    for insert, rows in variant.rows.items():
        clones = [renamed(row, key) for row in rows]
        if insert == sql.INSERT_CASE:
            clones = [
                (*row[:DATA], PLACE.sub(reason, row[DATA]), *row[DATA + 1 :]) for row in clones
            ]
        con.executemany(insert, clones)
    texts = [
        (
            case.replace(TEMPLATE, key),
            FOLDED_PLACE.sub(lambda found: folded(reason(found)), text).replace(
                folded(TEMPLATE), folded(key)
            ),
        )
        for case, text in variant.texts
    ]
    con.executemany(lists.INSERT_TEXT, texts)


def at(text: str) -> VirtualClock:
    return VirtualClock(parse_instant(text))


def check(path: Path, many: int) -> None:
    """As many complaints as wanted, in several states, and words are found among them."""
    with closing(sqlite3.connect(path)) as con:
        found = con.execute(
            "SELECT count(*), count(DISTINCT state) FROM cases WHERE workflow = 'ip_complaint'"
        ).fetchone()
        words = con.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {lists.GRAMS} WHERE {lists.GRAMS} MATCH ? LIMIT 9)",
            (lists.grams_of(lists.words_of("五粮液")),),
        ).fetchone()
    assert found[0] == many // FAMILY * FAMILY, found
    assert found[1] >= 3, found
    assert words[0] > 0, "a word that is there is not found"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cases", type=int, default=1_000_000)
    given = parser.parse_args()
    seed(given.path, given.cases)
