"""The floor of a list: the plainest SQL for the same rows. `python -m bench.floors.lists DESK`.

The same indices are there; words are looked for with `instr`, as who has no index of words must.
The cases of a page and their timers are read too, and nothing is made of them.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.asked import AGREED, LIMIT, SOON, Question, figures, questions
from bench.floors.raw import connect, listed
from bench.works.w8 import WHATS
from orchestrator.db.lists import words_of

OPENED = "(c.opened_at, c.id) > (?, ?) ORDER BY c.opened_at, c.id LIMIT ?"
WORDS = 'SELECT c.id FROM cases c JOIN texts x ON x."case" = c.id WHERE instr(x.text, ?) > 0 AND'
NEXT = '(SELECT min(due_at) FROM timers t WHERE t."case" = c.id)'
OF_STATE = "c.workflow = 'ip_complaint' AND c.state ="
CASES = {
    "all": f"SELECT c.id FROM cases c WHERE {OPENED}",
    "state": f"SELECT c.id FROM cases c WHERE {OF_STATE} 'under_review' AND {OPENED}",
    "closed": f"SELECT c.id FROM cases c WHERE {OF_STATE} 'rejected' AND {OPENED}",
    "overdue": f"SELECT c.id FROM cases c WHERE c.overdue = 1 AND {OPENED}",
    "points": (
        "SELECT c.id FROM cases c JOIN standings s ON s.docket = c.docket"
        f" WHERE s.points >= 8 AND {OPENED}"
    ),
    "due": (
        f"SELECT c.id FROM cases c WHERE {NEXT} IS NOT NULL AND ({NEXT}, c.id) > (?, ?)"
        f" ORDER BY {NEXT}, c.id LIMIT ?"
    ),
    "due soon": (
        f"SELECT c.id FROM cases c WHERE {NEXT} < {SOON} AND ({NEXT}, c.id) > (?, ?)"
        f" ORDER BY {NEXT}, c.id LIMIT ?"
    ),
    "words in a state": f"{WORDS} {OF_STATE} 'under_review' AND {OPENED}",
}
DEADLINES = (
    'SELECT t."case", t.name FROM timers t{} WHERE t.due_at IS NOT NULL'
    ' AND (t.due_at, t."case") >= (?, ?){} ORDER BY t.due_at, t."case", t.name LIMIT ?'
)
STAFF = " AND t.name IN ('review_target', 'review_limit', 'review_limit_level_2')"
ROWS = (
    "SELECT * FROM cases WHERE id IN (SELECT value FROM json_each(?))",
    'SELECT * FROM timers WHERE "case" IN (SELECT value FROM json_each(?))',
)


def asked(con: sqlite3.Connection, question: Question) -> list[str]:
    what, wanted, place = question
    if what == "case":
        found = con.execute(
            "SELECT id, state FROM cases WHERE docket = ?", (wanted["case"],)
        ).fetchall()
        con.execute("SELECT * FROM timers WHERE docket = ?", (wanted["case"],)).fetchall()
        return next([case, state] for case, state in found if case.endswith(".1"))
    if what.startswith("deadlines"):
        text = DEADLINES.format("", STAFF if wanted else "")
        pairs = con.execute(text, (*place, LIMIT)).fetchall()
        shown(con, [case for case, _ in pairs])
        return [f"{case} {name}" for case, name in pairs]
    if what == "docket":
        text, given = (
            f"SELECT c.id FROM cases c WHERE c.docket = ? AND {OPENED}",
            [wanted["docket"]],
        )
    else:
        text = CASES.get(what, f"{WORDS} {OPENED}")
        given = list(words_of(wanted.get("text", "")))
    ids = [row[0] for row in con.execute(text, (*given, *place, LIMIT))]
    shown(con, ids)
    return ids


def shown(con: sqlite3.Connection, ids: list[str]) -> None:
    for text in ROWS:
        con.execute(text, (listed(ids),)).fetchall()


def looks(path: Path, n: int) -> dict[str, Any]:
    con = connect(path)
    took: dict[str, list[float]] = {}
    found: dict[str, list[str]] = {}
    for what in WHATS:
        for k, question in enumerate(questions(con, what, n)):
            began = perf_counter()
            rows = asked(con, question)
            took.setdefault(what, []).append(perf_counter() - began)
            if k < AGREED:
                found.setdefault(what, []).extend(rows)
    con.close()
    return figures(took, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=100)
    given = parser.parse_args()
    print(json.dumps(looks(given.path, given.n)))
