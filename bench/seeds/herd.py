"""A herd: windows that end at midnight, all at once. `python -m bench.seeds.herd DATABASE --n N`.

The template docket has so many complaints of the shipped `ip_complaint`, filed and upheld (general
lane) on a clock of our own; each stands in `appeal_window`, and the docket's `account_standing` has
a timer two days later. What a firing writes is asked of the engine once, on a copy of the template,
and kept beside the database, so that the floor can write the identical texts without thinking.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.seeds.clones import CONFIG, FILING, TEMPLATE, multiply
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant

FILED = "2025-03-03T10:00:00+08:00"
UPHELD = "2025-03-04T10:00:00+08:00"
DUE = "2025-03-08T00:00:00+08:00"  # 24:00 of the third day after the uphold


def seed(path: Path, n: int, family: int) -> None:
    """A database with n due complaints, `family` of them in each docket."""
    make_template(path, family)
    texts_of(path).write_text(json.dumps(what_follows(path)), "utf-8")
    multiply(path, n // family)
    check(path, n)


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
    with closing(sqlite3.connect(copy)) as con:
        fired = con.execute("SELECT docket, seq, content FROM journal WHERE kind = 'timer'")
        effects = "SELECT name, content FROM outbox WHERE docket = ? AND seq = ? ORDER BY n"
        told = [[text, con.execute(effects, key).fetchall()] for *key, text in fired.fetchall()]
    assert all(one == told[0] for one in told), "all complaints of a herd end alike"
    assert TEMPLATE not in json.dumps(told[0]), "a text with a key in it is no constant"
    return {"content": told[0][0], "effects": told[0][1]}


def check(path: Path, n: int) -> None:
    """Exactly one timer a complaint is due, and no other."""
    due = "SELECT name, count(*) FROM timers WHERE due_at <= ? GROUP BY name"
    with closing(sqlite3.connect(path)) as con:
        found = con.execute(due, (parse_instant(DUE),)).fetchall()
    assert found == [("appeal_window", n)], found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=20_000, help="due complaints")
    parser.add_argument("--family", type=int, default=1, help="complaints in one docket")
    given = parser.parse_args()
    seed(given.path, given.n, given.family)
