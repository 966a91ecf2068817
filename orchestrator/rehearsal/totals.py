"""What a rehearsal came to: counted while it goes, so that memory stays flat whatever it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orchestrator.rehearsal.compared import Change, Deadline, Decided, Difference

MOST_NAMED = 1_000  # dockets that were passed over, by name; the rest is counted


@dataclass
class Totals:
    """Counts of a rehearsal, and the dockets that were passed over.

    pinned    by the rulebook that they had: cases that were opened under the new one
    readings  openings that were shown another docket, as it was recorded
    numbers   of summaries, such as points: (name, "more" or "fewer") → by how much, in how many
    """

    dockets: int = 0
    cases: int = 0
    inputs: int = 0
    timers: int = 0
    readings: int = 0
    pinned: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)
    differing: int = 0
    differing_cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_dockets: Counter[tuple[str, str]] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)  # of summaries, that are no numbers

    def skip(self, docket: str, reason: str) -> None:
        """A docket about which nothing can be said."""
        self.skipped += 1
        if len(self.named) < MOST_NAMED:
            self.named.append((docket, reason))

    def add(self, difference: Difference) -> None:
        """One more docket whose outcome would differ."""
        self.differing += 1
        self.differing_cases += len({c.case for c in difference.changes if c.case is not None})
        for change in difference.changes:
            self.kinds[kind_of(change)] += 1
            by = _by_how_much(change)
            if by:
                where = (change.name, "more" if by > 0 else "fewer")
                self.numbers[where] += abs(by)
                self.in_dockets[where] += 1
            elif change.what == "summary":
                self.items[change.name] += 1

    def as_data(self) -> dict[str, Any]:
        """For `-o json`."""
        numbers: dict[str, dict[str, dict[str, int]]] = {}
        for (name, way), amount in sorted(self.numbers.items()):
            found = {"by": amount, "dockets": self.in_dockets[name, way]}
            numbers.setdefault(name, {})[way] = found
        return {
            "played": {
                "dockets": self.dockets,
                "cases": self.cases,
                "inputs": self.inputs,
                "timers": self.timers,
            },
            "pinned": dict(sorted(self.pinned.items())),
            "readings": self.readings,
            "differ": {
                "dockets": self.differing,
                "cases": self.differing_cases,
                "numbers": numbers,
                "items": dict(sorted(self.items.items())),
                **{kind: self.kinds[kind] for kind in KINDS},
            },
            "skipped": self.skipped,
            "passed_over": [{"docket": key, "reason": reason} for key, reason in self.named],
        }


KINDS = (  # what is counted of changes
    "states",
    "later",
    "earlier",
    "gone",
    "new",
    "refused",
    "accepted",
    "overdue",
    "data",
    "stopped",
)


def kind_of(change: Change) -> str:
    """Under which of KINDS a change is counted; what a summary says is counted by its items."""
    if change.what == "input":
        return "accepted" if change.would_be.refusal is None else "refused"
    if change.what == "deadline":
        return _way(change.was, change.would_be)
    return "states" if change.what == "state" else change.what


def _way(was: Deadline | None, would_be: Deadline | None) -> str:
    if was is None or would_be is None:
        return "new" if was is None else "gone"
    if would_be.at is None or was.at is None:  # it stands still in one of the two lives
        return "later" if would_be.at is None else "earlier"
    later = would_be.at > was.at or (would_be.at == was.at and was.acted)
    return "later" if later else "earlier"


def _by_how_much(change: Change) -> int:
    """Of an item of a summary that is a number in both lives."""
    is_number = change.what == "summary" and all(
        isinstance(value, int) and not isinstance(value, bool)
        for value in (change.was, change.would_be)
    )
    return change.would_be - change.was if is_number else 0


def as_data(change: Change, text: Callable[[int], str]) -> dict[str, Any]:
    """A change for `-o json`, instants in the calendar's zone."""
    return {
        "case": change.case,
        "what": change.what,
        "name": change.name,
        "at": None if change.at is None else text(change.at),
        "by": change.by,
        "was": _value(change.was, text),
        "would_be": _value(change.would_be, text),
    }


def _value(value: Any, text: Callable[[int], str]) -> Any:
    if isinstance(value, Deadline):
        return {"at": None if value.at is None else text(value.at), "acted": value.acted}
    if isinstance(value, Decided):
        return {"refused": value.refusal is not None, "reason": value.refusal}
    return value
