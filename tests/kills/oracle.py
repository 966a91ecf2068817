"""One calm process that is given the same stamped inputs: what should have come of it all (I7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.db import library
from tests.doors.house import CONFIG, quiet
from tests.laws.world import TABLES

COMPARED = {name: TABLES[name] for name in ("journal", "outbox", "cases", "timers", "incidents")}
COMPARED["dockets"] = "SELECT key, clock, seq, head_hash, next_due_at FROM dockets ORDER BY key"
BY_PERSONS = (
    'SELECT docket, seq, "case", effective_at, kind, name, by, content FROM journal'
    " WHERE kind IN ('event', 'refused') OR (kind = 'opened' AND by <> 'system')"
    " ORDER BY effective_at, docket, seq"
)


class Received(NamedTuple):
    """An input as the journal keeps it, with its stamp."""

    docket: str
    seq: int
    case: str | None
    at: int
    kind: str
    name: str
    by: str
    content: dict[str, Any]


def received(orchestrator: Orchestrator) -> list[Received]:
    """Every input of a person, in order of its stamp."""
    with orchestrator.store.read() as tx:
        return [Received(*row[:7], json.loads(row[7])) for row in tx.rows(BY_PERSONS)]


def differences(killed: Orchestrator, end: int) -> list[str]:
    """What the calm process has otherwise: journals but for `recorded_at`, outbox, cases, timers."""
    with quiet():
        calm = Orchestrator.from_config(CONFIG, database="sqlite://", clock=VirtualClock(0))
    with closing(calm):
        _lives(calm, killed)
        calm.clock.move_to(end)  # type: ignore[attr-defined]
        calm.advance()
        return [said for name in COMPARED for said in _compared(name, killed, calm)]


def _lives(calm: Orchestrator, killed: Orchestrator) -> None:
    with killed.store.read() as tx:
        editions = tx.rows(
            "SELECT announced_at, calendar, content FROM calendar_editions"
            f" WHERE announced_at > {library.ALWAYS} ORDER BY number"
        )
    announcements = [(row[0], row) for row in editions]
    inputs = [(given.at, given) for given in received(killed)]
    for at, what in sorted([*announcements, *inputs], key=lambda pair: pair[0]):
        calm.clock.move_to(at)  # type: ignore[attr-defined]
        if isinstance(what, Received):
            _hears(calm, what)
        else:
            with calm.store.write() as tx:
                library.announce(tx, what[1], what[2], at, at)


def _hears(calm: Orchestrator, given: Received) -> None:
    facts = given.content.get("facts", {})
    if given.kind == "opened" or "open" in given.content:
        made_here = given.case == f"{given.docket}.{given.seq}"
        calm.open(
            given.content.get("open", given.name),
            docket=given.docket,
            by=given.by,
            facts=facts,
            case=None if made_here else given.case,
            assume=given.content.get("assumed", False),
        )
    else:
        assert given.case is not None
        calm.inject(given.case, given.name, by=given.by, facts=facts)


def _compared(name: str, killed: Orchestrator, calm: Orchestrator) -> Iterator[str]:
    """The first row that differs."""
    found, wanted = _rows(killed, name), _rows(calm, name)
    for here, there in zip(found, wanted, strict=False):
        if here != there:
            yield f"oracle, {name}: found {here}, wanted {there}"
            return
    if len(found) != len(wanted):
        yield f"oracle, {name}: {len(found)} rows, wanted {len(wanted)}"


def _rows(of: Orchestrator, name: str) -> list[Any]:
    with of.store.read() as tx:
        return [tuple(row) for row in tx.rows(COMPARED[name])]
