"""Ours: pages of lists at a desk. `python -m bench.ours.lists DESK --n N`."""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.asked import AGREED, LIMIT, START, Question, figures, questions
from bench.seeds.clones import CONFIG
from bench.seeds.desk import NOW as NOW_TEXT
from bench.seeds.desk import at
from bench.works.w8 import WHATS
from orchestrator.api import Orchestrator
from orchestrator.queries.paging import cursor


def asked(world: Orchestrator, question: Question) -> list[str]:
    """The rows of one page, each as one text."""
    what, wanted, place = question
    if what == "case":
        shown = world.case(f"{wanted['case']}.1")
        return [shown["case"], shown["state"]]
    if what.startswith("deadlines"):
        after = None if place == START else cursor("deadline", (*place, ""))
        page = world.deadlines(limit=LIMIT, after=after, **wanted)
        return [f"{row['case']} {row['name']}" for row in page]
    after = None if place == START else cursor(wanted.get("order", "opened"), place)
    return [row["case"] for row in world.cases(limit=LIMIT, after=after, **wanted)]


def looks(path: Path, n: int) -> dict[str, Any]:
    took: dict[str, list[float]] = {}
    found: dict[str, list[str]] = {}
    with (
        closing(sqlite3.connect(path)) as con,
        Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=at(NOW_TEXT)) as world,
    ):
        for what in WHATS:
            for k, question in enumerate(questions(con, what, n)):
                began = perf_counter()
                rows = asked(world, question)
                took.setdefault(what, []).append(perf_counter() - began)
                if k < AGREED:
                    found.setdefault(what, []).extend(rows)
    return figures(took, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=100)
    given = parser.parse_args()
    print(json.dumps(looks(given.path, given.n)))
