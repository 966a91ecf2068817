"""What desks ask of lists, the same of ours and of the floor: filters, and from where on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from bench.machine import percentiles
from bench.seeds.clones import shop
from bench.seeds.desk import NOW
from orchestrator.core.instants import parse_instant

LIMIT = 50  # rows of a page
AGREED = 4  # pages of each list whose rows must be the identical ones
DAY_US = 86_400_000_000
SOON = parse_instant(NOW) + 2 * DAY_US


class Question(NamedTuple):
    """One page: which list, its filters, and the place after which it begins."""

    what: str
    wanted: dict[str, Any]
    place: tuple[int, str]


START = (0, "")
CASES: dict[str, dict[str, Any]] = {
    "all": {},
    "state": {"workflow": "ip_complaint", "state": "under_review"},
    "closed": {"workflow": "ip_complaint", "state": "rejected"},
    "overdue": {"overdue": True},
    "points": {"points_from": 8},
    "due": {"order": "due"},
    "due soon": {"order": "due", "due_before": SOON},
    "a common word": {"text": "photographs"},
    "Chinese": {"text": "五粮"},
    "words in a state": {"text": "假冒", "state": "under_review", "workflow": "ip_complaint"},
}
ONE = ("docket", "a rare word", "case")  # asked about another docket each time


def questions(con: sqlite3.Connection, what: str, n: int) -> Iterator[Question]:
    """So many, half of them from the start, half from somewhere in the middle of the list."""
    random = Random(what)
    shops = con.execute("SELECT count(*) FROM dockets").fetchone()[0]
    opened = con.execute("SELECT min(opened_at), max(opened_at) FROM cases").fetchone()
    due = con.execute("SELECT min(due_at), max(due_at) FROM timers").fetchone()
    for k in range(n):
        key = shop(random.randrange(shops))
        by_due = what.startswith("deadlines") or CASES.get(what, {}).get("order") == "due"
        middle = random.randint(*(due if by_due else opened))
        place = START if k % 2 == 0 or what in ONE else (middle, key)
        wanted = {
            "docket": {"docket": key},
            "a rare word": {"text": f"{key}/offer-3"},
            "case": {"case": key},
            "deadlines of staff": {"role": "staff"},
        }.get(what, CASES.get(what, {}))
        yield Question(what, wanted, place)


def figures(told: dict[str, list[float]], found: dict[str, list[str]]) -> dict[str, Any]:
    """p95 of each list, the worst of them, and a digest of the rows of its first pages."""
    p95 = {what: percentiles(took, 95)["p95_ms"] for what, took in told.items()}
    digest = sha256(repr(sorted(found.items())).encode()).hexdigest()
    return {**p95, "worst": max(p95.values()), "digest": digest}
