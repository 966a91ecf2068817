"""A standing stock: pending timers, none of them due. `python -m bench.seeds.stock DATABASE --timers N`.

Complaints filed a minute ago, each on a docket of its own with a reminder and a limit of review,
days away. `--timers 0` is a database with nothing in it. Beside it lies the tape of what happens to
a docket whose opening comes from three weeks ago, for the floor.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from time import time_ns

from bench.seeds.clones import CONFIG, FILING, TEMPLATE, multiply
from bench.seeds.lateness import opened, tape_of
from bench.tape import recorded
from orchestrator.api import Orchestrator

TIMERS_EACH = 2  # review_target and review_limit
MINUTE_US, DAY_US = 60_000_000, 86_400_000_000
LATE = "late-0"  # the docket whose deadlines are past when it is put in


def seed(path: Path, timers: int) -> None:
    now = time_ns() // 1_000
    if timers:
        with opened(path, now - MINUTE_US) as world:
            put(world, TEMPLATE)
        multiply(path, timers // TIMERS_EACH)
        check(path, timers)
    else:
        opened(path, now).close()
    past = now - 21 * DAY_US
    since_of(path).write_text(json.dumps(past), "utf-8")
    rehearse(path.with_suffix(".copy"), past, tape_of(path))


def put(world: Orchestrator, docket: str) -> None:
    """One complaint, filed at the instant of the world's clock."""
    filed = world.open("ip_complaint", docket=docket, by="complainant", facts=FILING, assume=True)
    assert not filed.refused, filed.reason


def since_of(path: Path) -> Path:
    """Where the instant of the late docket's opening is kept."""
    return path.with_suffix(".since.json")


def rehearse(copy: Path, past: int, tape: Path) -> None:
    """What follows when the late docket is found, on an empty database."""
    with opened(copy, past) as world:
        put(world, LATE)
    url = f"sqlite:///{copy}"
    with Orchestrator.from_config(CONFIG, database=url) as world, recorded(world, tape):
        assert world.advance().firings > 0, "its deadlines are past"


def check(path: Path, timers: int) -> None:
    """So many timers wait, none of them due."""
    with closing(sqlite3.connect(path)) as con:
        found = con.execute("SELECT count(*), min(due_at) FROM timers").fetchone()
    assert found[0] == timers, f"{found[0]} timers, wanted {timers}"
    assert found[1] > time_ns() // 1_000, "none is due"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--timers", type=int, default=1_000_000)
    given = parser.parse_args()
    seed(given.path, given.timers)
