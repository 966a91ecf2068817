"""A herd: many dockets whose complaints wait for the same midnight, made by replay."""

from __future__ import annotations

import json

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.replay import Replay

LATER = parse_instant("2025-05-01T00:00:00+08:00")


def lines(count):
    """Each shop has a complaint upheld in one of the lanes; some appeal and then fall silent."""
    lanes = ("severe", "general", "minor")
    for n in range(count):
        place = {"case": f"case-{n:04}", "docket": f"shop-{n % (count // 2):04}"}
        filing = {
            "complainant": "holder-1",
            "right_id": "TM-1",
            "listings": [f"https://example.com/offer/{n}.html"],
            "reason": "counterfeit",
        }
        yield {
            "at": "2025-03-03T10:00:00+08:00",
            "open": "ip_complaint",
            "by": "complainant",
            "assume": True,
            "facts": filing,
            **place,
        }
        uphold = {"event": "uphold", "by": "staff", "facts": {"lane": lanes[n % 3]}}
        yield {"at": "2025-03-04T10:00:00+08:00", **uphold, **place}
        if n % 4 == 0:
            appeal = {"event": "appeal", "by": "respondent", "facts": {"grounds": "a licence"}}
            yield {"at": "2025-03-05T10:00:00+08:00", **appeal, **place}


def make(path, count):
    """A database with a herd that waits, none of it fired yet."""
    clock = VirtualClock(LATER)
    with Orchestrator.from_config("config", database=f"sqlite:///{path}", clock=clock) as made:
        Replay(made).run(json.dumps(line) for line in lines(count))
    return path


def opened(path, at=LATER, batch=20):
    """The same database, woken at a later instant, with small batches."""
    found = Orchestrator.from_config("config", database=f"sqlite:///{path}", clock=VirtualClock(at))
    found.engine.batch = batch
    return found


def history(orchestrator):
    """Journal and outbox, without when it was written down."""
    journal = [{**e, "recorded_at": None} for e in orchestrator.queries.journal()]
    return journal, list(orchestrator.queries.outbox())
