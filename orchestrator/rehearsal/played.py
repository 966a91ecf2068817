"""A docket's recorded inputs played again under another rulebook, each at its own instant.

Taken from its journal is only what came from outside: openings, events, moves to another definition,
what another docket showed, and editions of calendars as they became known. Timers and messages are
not: they follow, by the same core as in life.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from orchestrator.core.again import Again, Unknown
from orchestrator.core.calendar import Almanac
from orchestrator.core.decide import Book
from orchestrator.core.docket import Docket, World
from orchestrator.core.values import SYSTEM, Case, Entry, Event
from orchestrator.core.workflow import Workflow

MOST_CAUSES = 1_000_000  # between two inputs of one docket


class Pinning(NamedTuple):
    """Which openings are decided under the new rulebook; cases of others keep what they had."""

    pin: str
    since: int | None = None  # those from this instant on; None: all
    instead_of: str | None = None  # those under a rulebook of this name; None: under any

    def takes(self, at: int, rulebook: str) -> bool:
        """Whether an opening at an instant, in life under this rulebook, is decided anew."""
        is_late_enough = self.since is None or at >= self.since
        return is_late_enough and self.instead_of in (None, rulebook.partition("@")[0])


class Otherwise(NamedTuple):
    """An input that was accepted in life and would be refused, or the other way round."""

    case: str | None
    entry: Entry
    refusal: str | None  # why it would be refused; None: it would be accepted


class Played(Again):
    """A docket on its way through the inputs of its journal, under another rulebook."""

    def __init__(
        self,
        docket: Docket,
        journal: Sequence[Entry],
        world: World,
        workflows: Mapping[str, Workflow],
        pinning: Pinning,
        known_at: Callable[[int], Almanac],
    ) -> None:
        """known_at   the almanac as it was when an edition was the latest"""
        super().__init__(docket, journal, world, workflows)
        self.otherwise: list[Otherwise] = []
        self.pinned: Counter[str] = Counter()  # what cases had that were opened under the new one
        self.inputs = 0
        self.readings = 0  # openings that were shown another docket
        self.now_at: Entry | None = None  # the input that is being decided
        self._pinning = pinning
        self._known_at = known_at
        self._taken = {entry.case for entry in journal}
        self._singletons = {
            entry.name: entry.case
            for entry in journal
            if entry.kind == "opened" and not _said(entry)
        }

    def plays(self, until: int) -> None:
        """Every input at its instant, then time up to another one.

        raises   Unknown: a definition that this process does not have; whatever a guard or fold
                 raises under the new rulebook
        """
        everything = self.world.almanac
        self._learns(self.edition)
        moved = 0
        for n, entry in enumerate(self._journal):
            if entry.kind == "calendar_changed":
                self._learns(json.loads(entry.content)["edition"])
            elif entry.kind == "migrated" and n >= moved:
                moved = n + self._moves(islice(self._journal, n, None))
            elif is_input(entry):
                self.now_at = entry
                self._hears(entry)
                self.now_at = None
        self.world = self.world._replace(almanac=everything)
        self._passes(until)

    def _learns(self, edition: int) -> None:
        """What is announced later is not known yet, also at this very instant."""
        self.world = self.world._replace(almanac=self._known_at(edition))

    def _passes(self, until: int, *, acting: bool = False) -> None:
        if not self.to(until, MOST_CAUSES, acting=acting):
            raise RuntimeError(f"more than {MOST_CAUSES} causes between two inputs")

    def _hears(self, entry: Entry) -> None:
        content = json.loads(entry.content)
        is_opening = entry.kind == "opened" or "open" in content
        case = self._pinned(entry, content)[1] if is_opening else entry.case
        self.inputs += 1
        self._passes(entry.effective_at, acting=True)
        if is_opening and case in self.cases:
            refusal: str | None = f"case {case} is there already"
        elif is_opening:
            refusal = self._begins(entry, content)
        elif case not in self.cases:
            refusal = f"case {case} is not there: its opening would be refused"
        else:
            refused = self._hears_of(entry, content).refusal
            refusal = refused.reason if refused else None
        if (refusal is not None) != (entry.kind == "refused"):
            self.otherwise.append(Otherwise(case, entry, refusal))

    def _begins(self, entry: Entry, content: Mapping[str, Any]) -> str | None:
        self.readings += "read" in content
        answered = self._opens(entry, content)
        if answered.refusal is not None:
            return answered.refusal.reason
        if self.cases[answered.case].rulebook == self._pinning.pin:
            self.pinned[content["rulebook"]] += 1
        return None

    def _pinned(self, entry: Entry, content: Mapping[str, Any]) -> tuple[str, str | None]:
        had: str = content["rulebook"]
        pin = self._pinning.pin if self._pinning.takes(entry.effective_at, had) else had
        return pin, entry.case or f"{entry.docket}.{entry.seq}"

    def _moves(self, entries: Iterable[Entry]) -> int:
        """One recorded move of all cases that it is about; gives the number of its entries."""
        about: dict[str | None, Entry] = {}
        for entry in entries:
            if entry.kind != "migrated" or entry.case in about:
                break
            about[entry.case] = entry
        to = {entry.name.partition("@")[0]: entry.name for entry in about.values()}
        at = max(entry.effective_at for entry in about.values())
        self._passes(at)
        self.clock = max(self.clock or at, at)
        for case in self.cases.values():
            self._known(to.get(case.workflow, case.definition), case.rulebook)
        self.migrate(to)
        return len(about)

    def _unborn(self, book: Book, name: str, event: Event, at: int) -> Case:
        """A case that a message opens has the id that it had in life, whatever its entry is now."""
        if event.by == SYSTEM:
            name = self._singletons.get(book.terms.workflow.name) or self._free(name)
        return super()._unborn(book, name, event, at)

    def _free(self, name: str) -> str:
        """An id that no case of the journal has: people name cases by theirs."""
        while name in self._taken:
            name += "+"
        return name


def is_input(entry: Entry) -> bool:
    """Whether an entry tells of something that somebody said: an opening, an event, a refusal."""
    return entry.kind in ("event", "refused") or (entry.kind == "opened" and _said(entry))


def _said(entry: Entry) -> bool:
    return entry.by != SYSTEM


__all__ = ["Otherwise", "Pinning", "Played", "Unknown", "is_input"]
