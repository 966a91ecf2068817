"""What must hold when all is quiet (FAULTS, section 2). Each check gives sentences of what does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from orchestrator.api import Orchestrator
from orchestrator.calendars import with_year
from orchestrator.core.instants import parse_instant
from tests.kills import oracle
from tests.kills.child import Place, handed_in
from tests.kills.inputs import Given
from tests.kills.ledger import Ledger
from tests.kills.quiet import survivor
from tests.kills.slots import Announcing, Replays, whole

NOTHING_LEFT = {  # what there must be no row of
    "an incident": "SELECT id, docket, error FROM incidents",
    "a held input": "SELECT id, docket FROM held",
    "a docket of a replay": "SELECT key, replay FROM dockets WHERE replay IS NOT NULL",
    "a try": "SELECT * FROM tries",
    "an unfinished replay": "SELECT id, file FROM replays WHERE finished_at IS NULL",
    "a rejected line": "SELECT replay, line, reason FROM rejects",
    "an undelivered effect": "SELECT docket, seq, n FROM outbox WHERE status <> 'delivered'",
}


def faults(place: Place, ledger: Ledger, slots: Iterable[object], end: int) -> list[str]:
    """Everything that does not hold."""
    with survivor(place, end) as orchestrator:
        orchestrator.advance(end)
        orchestrator.engine.leave()
        found = [*ledger.faults, *_nothing_is_left(orchestrator, end)]
        found += [f"verify: {fault}" for fault in orchestrator.verify()]
        found += _inputs_are_there_once(orchestrator, ledger, slots)
        found += _editions_are_there_once(orchestrator, slots)
        found += _effects_were_delivered(orchestrator, place)
        found += oracle.differences(orchestrator, end)
        found += _answers_stand(orchestrator, ledger)
    files = sorted(path.name for path in place.folder.glob("*.alive-*"))
    return [*found, *(f"a file of a dead process is left: {name}" for name in files)]


def count_entries(place: Place, end: int) -> int:
    """How long the journal is."""
    with survivor(place, end) as orchestrator:
        return orchestrator.queries.count_entries()


def _nothing_is_left(orchestrator: Orchestrator, end: int) -> Iterator[str]:
    for what, text in NOTHING_LEFT.items():
        for row in _rows(orchestrator, text):
            yield f"{what} is left: {row}"
    due = orchestrator.engine.next_due()
    if due is not None and due <= end:
        yield f"a timer is due at {due} and has not acted by {end}"


def _inputs_are_there_once(
    orchestrator: Orchestrator, ledger: Ledger, slots: Iterable[object]
) -> Iterator[str]:
    """Each acknowledged input is one entry, each line of a history another, and there is no more."""
    there = {(entry.docket, entry.seq): entry for entry in oracle.received(orchestrator)}
    for key, text in ledger.answers.items():
        answer, given = json.loads(text), ledger.given[key]
        entry = there.pop((answer["docket"], answer["seq"]), None)
        if entry is None or (entry.name, entry.by) != (_name(given), given["by"]):
            yield f"{key} was answered {text}, and there is {entry}"
    lines = Counter(line for line in _lines(slots))
    rest = Counter((e.docket, e.at, e.name, e.by) for e in there.values())
    for name, found, wanted in (("twice or by nobody", rest, lines), ("lost", lines, rest)):
        for entry, count in (found - wanted).items():
            yield f"{name}: {entry}, {count} times"
    kept = {row[0] for row in _rows(orchestrator, "SELECT key FROM requests")}
    for key in sorted(kept ^ set(ledger.answers)):
        yield f"key {key}: kept {key in kept}, answered {key in ledger.answers}"


def _name(given: Given) -> str:
    return str(given["event"] if given["act"] == "inject" else given["workflow"])


def _lines(slots: Iterable[object]) -> Iterator[tuple[Any, ...]]:
    """Where each line of the histories must be found, and when."""
    for slot in slots:
        dockets: dict[str, str] = {}
        for _, lines in slot.files if isinstance(slot, Replays) else ():
            for line in map(json.loads, lines):
                docket = dockets.setdefault(line.get("case"), line.get("docket", ""))
                name = line.get("event") or line["open"]
                yield line.get("docket", docket), parse_instant(line["at"]), name, line["by"]


def _editions_are_there_once(orchestrator: Orchestrator, slots: Iterable[object]) -> Iterator[str]:
    kept = [
        row[0]
        for row in _rows(
            orchestrator,
            "SELECT content FROM calendar_editions WHERE calendar = 'cn' ORDER BY number",
        )
    ]
    wanted = kept[:1]
    for slot in slots:
        for path in slot.files if isinstance(slot, Announcing) else ():
            year = json.loads(path.read_text("utf-8"))
            wanted.append(with_year(wanted[-1], year["year"], year["days"]))
    if kept != wanted:
        yield f"{len(kept)} editions of the calendar, wanted {len(wanted)}"


def _effects_were_delivered(orchestrator: Orchestrator, place: Place) -> Iterator[str]:
    """Each at least once under its key, in its docket's order, and nothing else (I4, I10)."""
    came: dict[tuple[str, int, int], Any] = {}
    last: dict[str, tuple[int, int]] = {}
    for line in place.log.read_text("utf-8").splitlines() if place.log.exists() else ():
        effect = whole(line)
        if effect is None:
            continue  # torn by a kill; it has to be there whole as well
        key = effect["docket"], effect["seq"], effect["n"]
        if came.setdefault(key, effect) != effect:
            yield f"delivered under {key}: {came[key]}, then {effect}"
        elif key[1:] > last.get(key[0], (0, -1)):
            last[key[0]] = key[1:]
    wanted = {(e["docket"], e["seq"], e["n"]): e for e in orchestrator.queries.outbox()}
    for key in sorted({*came, *wanted}):
        mine, theirs = came.get(key), wanted.get(key)
        if mine is None or theirs is None or any(theirs[name] != mine[name] for name in mine):
            yield f"effect {key}: delivered {mine}, in the outbox {theirs}"


def _answers_stand(orchestrator: Orchestrator, ledger: Ledger) -> Iterator[str]:
    """Asked for again, each answer is the first one, byte for byte (I11, I14, I18)."""
    before = orchestrator.queries.count_entries()
    for key, text in ledger.answers.items():
        told = handed_in(orchestrator, ledger.given[key])
        answer = told.get("answer", {})
        if not answer.pop("repeated", False) or json.dumps(answer, ensure_ascii=False) != text:
            yield f"{key} was answered {text}, and now {told}"
    if orchestrator.queries.count_entries() != before:
        yield "asking again wrote something"


def _rows(orchestrator: Orchestrator, text: str) -> list[tuple[Any, ...]]:
    with orchestrator.store.read() as tx:
        return [tuple(row) for row in tx.rows(text)]
