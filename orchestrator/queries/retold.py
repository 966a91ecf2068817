"""One docket lived again from its recorded inputs, and compared entry by entry (law 7)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestrator.answers import entry_shown
from orchestrator.core.again import Odd, Stored, Unknown, differences, relived
from orchestrator.core.instants import Zone, told_instant
from orchestrator.core.journal import verify_chain
from orchestrator.core.values import Entry
from orchestrator.db.store import ReadTx, Wanted
from orchestrator.errors import Unavailable
from orchestrator.inputs import name
from orchestrator.queries.journals import must_be_there, recorded
from orchestrator.queries.look import Look
from orchestrator.queries.proofs import outbox_of


class Retold(Look):
    """Replays dockets; nothing is written."""

    def replay_docket(
        self, docket: str, progress: Callable[[int], None] = lambda _: None
    ) -> dict[str, Any]:
        """What its recorded inputs come to, beside what is stored: the first entry that differs.

        progress   told how many entries agreed so far
        raises     NotFound; Unavailable: a definition that it lived under is not known here
        """
        key = name("docket", docket)
        with self._store.read() as tx:
            must_be_there(tx, key)
            zone, stopped = self.zone(tx), tx.stopped(key)
            replayed = tx.replayed_file(stopped.replay) if stopped.replay else None
            pairs = list(recorded(tx, key))
            stored = _stored(tx, key, [entry for entry, _ in pairs])
            world = self._engine.world(tx)
        try:
            run, odd = relived(stored, world, self._engine.registry.versions, progress)
        except Unknown as unknown:
            raise Unavailable(
                f"docket {key} cannot be replayed here: {unknown} is not known to this process;"
                " the package of its workflow must keep that version"
            ) from None
        faults = []
        if odd is None:
            row = stored.docket
            faults = [*verify_chain(key, stored.entries, row.seq, row.head)]
            faults += differences(stored, run)
        noted = {entry.seq: recorded_at for entry, recorded_at in pairs}
        return {
            "docket": key,
            "agrees": odd is None and not faults,
            "entries": len(pairs),
            "agreed": len(pairs) if odd is None else odd.agreed,
            "cases": len(stored.docket.cases),
            "effects": len(list(stored.outbox)),
            "incident": stopped.incident,
            "replay": replayed,
            "difference": None if odd is None else _difference(odd, zone, noted),
            "faults": [fault._asdict() for fault in faults],
        }


def _stored(tx: ReadTx, key: str, entries: list[Entry]) -> Stored:
    docket = tx.load({key: Wanted(everything=True)}, 0)[key]
    return Stored(docket, entries, outbox_of(tx, [key]).get(key, []))


def _difference(odd: Odd, zone: Zone, noted: Mapping[int, int]) -> dict[str, Any]:
    """The first entry that differs: as stored, as recomputed, and field by field."""

    def text(at: int) -> str:
        try:
            return zone.text(at)
        except OverflowError:
            return told_instant(at)

    found, wanted = odd.found, odd.wanted
    stored = None if found is None else entry_shown(found, text, noted.get(found.seq))
    again = None if wanted is None else entry_shown(wanted, text, None)
    here, there = dict(_fields(stored or {})), dict(_fields(again or {}))
    for fields in (here, there):
        fields.pop("recorded_at", None)  # it is the machine's word, and in no hash
    return {
        "seq": next(entry.seq for entry in (found, wanted) if entry is not None),
        "wanted": odd.said,
        "stored": stored,
        "recomputed": again,
        "fields": [
            {
                "field": field,
                "stored": here.get(field),
                "recomputed": there.get(field),
                "differs": here.get(field) != there.get(field),
            }
            for field in dict.fromkeys([*here, *there])
        ],
    }


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """`content.facts.words` and what stands there, of all that is nested."""
    if isinstance(value, dict) and (value or path):
        for key, inner in value.items():
            yield from _fields(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for n, inner in enumerate(value):
            yield from _fields(inner, f"{path}.{n}")
    elif path:
        yield path, json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
