"""What a journal comes to: each case and its timers, read from the entries alone (I1, I8).

`verify` compares it with the rows. A row that somebody edited, or a timer that vanished, shows here
although the chain is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.instants import parse_instant
from orchestrator.core.journal import Fault
from orchestrator.core.values import Case, Entry, Timer


@dataclass
class Told:
    """A case as its journal tells it; timers by name, with due instant (None: frozen)."""

    state: str
    data: dict[str, Any]
    overdue: bool = False
    seq: int = 0
    timers: dict[str, int | None] = field(default_factory=dict)


def fold(entries: Iterable[Entry]) -> dict[str, Told]:
    """The cases of one docket, from its entries in order."""
    told: dict[str, Told] = {}
    for entry in entries:
        content = json.loads(entry.content)
        if entry.kind == "calendar_changed":
            for moved in content["moved"]:
                told[moved["case"]].timers[moved["name"]] = parse_instant(moved["due_at"])
        elif entry.kind != "refused" and entry.case is not None:
            case = told.setdefault(entry.case, Told("", dict(content.get("facts", {}))))
            _follow(case, entry, content)
    return told


def _follow(case: Told, entry: Entry, content: Mapping[str, Any]) -> None:
    case.state = entry.to_state or case.state
    case.seq = entry.seq
    case.data.update(content.get("data", {}))
    case.overdue = content.get("overdue", case.overdue)
    if entry.kind == "timer":
        case.timers.pop(entry.name, None)
    for name in content.get("cancelled", ()):
        case.timers.pop(name, None)
    for name in content.get("frozen", ()):
        case.timers[name] = None
    for timer in (*content.get("armed", ()), *content.get("resumed", ())):
        case.timers[timer["name"]] = parse_instant(timer["due_at"])


def compare(
    docket: str,
    told: Mapping[str, Told],
    cases: Mapping[str, Case],
    timers: Mapping[str, Mapping[str, Timer]],
) -> Iterator[Fault]:
    """Every row that is not what the journal says."""
    for case_id in sorted({*told, *cases}):
        if case_id not in cases:
            yield Fault(docket, told[case_id].seq, f"no row of case {case_id}", "one")
        elif case_id not in told:
            yield Fault(docket, cases[case_id].seq, f"a row of case {case_id}", "none")
        else:
            yield from _differences(docket, told[case_id], cases[case_id], timers.get(case_id, {}))


def _differences(
    docket: str, told: Told, case: Case, timers: Mapping[str, Timer]
) -> Iterator[Fault]:
    wanted = {
        "state": told.state,
        "data": told.data,
        "overdue": told.overdue,
        "seq": told.seq,
        "timers": dict(sorted(told.timers.items())),
    }
    found = {
        "state": case.state,
        "data": case.data,
        "overdue": case.overdue,
        "seq": case.seq,
        "timers": {name: timer.due_at for name, timer in sorted(timers.items())},
    }
    for name, value in found.items():
        if value != wanted[name]:
            yield Fault(
                docket, told.seq, f"{name} {value} of case {case.id}", f"{name} {wanted[name]}"
            )
