"""A docket's page while a run is under way: its cases and timers as they become, what is written.

`Docket` is what was loaded and never changes; a `Page` starts from it and collects what is to be
saved: entries with their chain, effects, cases and timers touched. `causes` says what a cause does
to a page, `docket` lets time and people move it.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, NamedTuple

from orchestrator.core import timers as rearm
from orchestrator.core.calendar import Almanac, Edition
from orchestrator.core.decide import Book
from orchestrator.core.journal import canonical, chained
from orchestrator.core.rules import Rulebook
from orchestrator.core.timers import Cause, Changes
from orchestrator.core.values import Case, Entry, Facts, Missing, Outgoing, Query, Timer
from orchestrator.core.view import View


class TimerKey(NamedTuple):
    """The order in which timers fire."""

    due_at: int
    priority: int
    armed_seq: int
    armed_n: int


class Docket(NamedTuple):
    """What was loaded of a docket: never changed. Each loaded case has all of its timers."""

    key: str
    clock: int | None
    seq: int
    head: str
    edition: int
    cases: Mapping[str, Case] = {}
    timers: Mapping[str, Mapping[str, Timer]] = {}  # case → name → timer
    whole: frozenset[str] = frozenset()  # workflows all of whose cases are here; "*": everything
    horizon: TimerKey | None = None  # due timers beyond this one were left for the next commit
    new: bool = False  # nobody has heard of it yet


class World(NamedTuple):
    """What is the same for every docket: definitions under rulebooks, and the calendars."""

    books: Mapping[tuple[str, str], Book]  # (definition, rulebook pin)
    rulebooks: Mapping[str, Rulebook]  # by pin
    almanac: Almanac
    singletons: Mapping[str, str]  # workflow → definition, of those that a message may open


def docket_born(key: str, at: int, almanac: Almanac) -> Docket:
    """A docket that nobody has heard of yet: it begins with the edition of its first instant."""
    return Docket(key, None, 0, "", almanac.number_at(at), whole=frozenset({"*"}), new=True)


class Page:
    """What a run has made of a docket so far. What changed is in the public fields, to be saved."""

    def __init__(
        self,
        docket: Docket,
        world: World,
        elsewhere: Page | None = None,
        *,
        reads_itself: bool = False,
        assume_announced: bool = False,
    ) -> None:
        self.docket = docket
        self.world = world
        self.clock = docket.clock
        self.seq = docket.seq
        self.head = docket.head
        self.edition = docket.edition
        self.cases = dict(docket.cases)
        self.timers = dict(docket.timers)
        self.entries: list[Entry] = []
        self.outgoing: list[Outgoing] = []
        self.touched: dict[str, Case | None] = {}  # case id → as it was loaded; None: it is new
        self.read: list[dict[str, Any]] | None = None  # what another docket's opening was shown
        self._elsewhere = self if reads_itself else elsewhere
        self._assume_announced = assume_announced  # a forecast lets provisional timers fire too
        self._causes = 0
        self._due: list[tuple[int, int, int, int, Timer]] = []
        for armed in docket.timers.values():
            for timer in armed.values():
                self._wait_for(timer)

    def reads(self, other: Page | None) -> None:
        """The docket that the next opening may look at."""
        self._elsewhere = other

    # -- which timer is next ----------------------------------------------------------------

    def next_due(self) -> Timer | None:
        """The timer that fires next, whenever that is."""
        return self._next_timer(None)

    def _next_timer(self, at: int | None) -> Timer | None:
        due = self._due
        while due and (at is None or due[0][0] <= at):
            timer = due[0][4]
            if self.timers.get(timer.case, {}).get(timer.name) is timer:
                return timer
            heappop(due)  # cancelled, frozen or moved since it was put here
        return None

    def _beyond(self, timer: Timer) -> bool:
        return self.docket.horizon is not None and _key(timer) > self.docket.horizon

    def _cut_off(self, at: int) -> bool:
        """Whether timers due by an instant were left for the next commit."""
        return self.docket.horizon is not None and self.docket.horizon.due_at <= at

    def _wait_for(self, timer: Timer) -> None:
        if timer.due_at is not None and (self._assume_announced or not timer.provisional):
            heappush(self._due, (*_key(timer), timer))

    # -- what is written --------------------------------------------------------------------

    def _write(
        self,
        kind: str,
        name: str,
        by: str,
        before: Case | None,
        after: Case,
        changes: Changes | None,
        facts: Facts,
        view: View,
        more: Mapping[str, Any] = {},
    ) -> None:
        content: dict[str, Any] = dict(more)
        if facts:
            content["facts"] = facts
        known = before.data if before else facts
        if after.data is not known:
            told = {k: v for k, v in after.data.items() if k not in known or known[k] != v}
            if told:
                content["data"] = told
        if before and before.overdue != after.overdue:
            content["overdue"] = after.overdue
        if changes is not None:
            _tell_timers(content, changes, view)
            if after.closed_at is None:
                self.timers[after.id] = changes.timers
            else:
                self.timers.pop(after.id, None)
            for timer in (*changes.armed, *changes.resumed):
                self._wait_for(timer)
        self.cases[after.id] = after
        state = before.state if before else None
        self._append(after.id, view.at, kind, name, by, state, after.state, content)

    def _append(
        self,
        case: str | None,
        at: int,
        kind: str,
        name: str,
        by: str,
        from_state: str | None,
        to_state: str | None,
        content: Mapping[str, Any],
    ) -> None:
        self.seq += 1
        key, text = self.docket.key, canonical(content)
        hashed = chained(
            self.head, key, self.seq, case, at, kind, name, by, from_state, to_state, text
        )
        self.entries.append(
            Entry(key, self.seq, case, at, kind, name, by, from_state, to_state, text, hashed)
        )
        self.head = hashed
        self.clock = at

    # -- what may be looked at --------------------------------------------------------------

    def cases_of(self, workflow: str) -> list[Case]:
        """All cases of a workflow in this docket, in the order in which they were opened."""
        whole = self.docket.whole
        if "*" not in whole and workflow not in whole:
            raise Missing(Query(self.docket.key, "workflow", workflow))
        found = [case for case in self.cases.values() if case.workflow == workflow]
        return sorted(found, key=lambda case: case.opened_seq)

    def shown(self, workflow: str) -> list[Case]:
        """The same for another docket's opening, which keeps what it was shown in its journal."""
        found = self.cases_of(workflow)
        shown = [
            {"case": c.id, "workflow": workflow, "state": c.state, "data": c.data} for c in found
        ]
        self.read = [*(self.read or ()), *shown]
        return found

    def view(self, case: Case, at: int) -> View:
        """What the functions of a case's definition see at an instant."""
        book = self._book(case)
        return self._view(book, self._cause(book, at))

    def _cause(self, book: Book, at: int) -> Cause:
        edition = self._edition_of(book)
        return Cause(at, at, self.seq + 1, 0, edition, self.edition)

    def _view(self, book: Book, cause: Cause, *, elsewhere: bool = False) -> View:
        terms = book.terms
        shown = self._elsewhere.shown if elsewhere and self._elsewhere else None
        return View(
            cause.at,
            cause.day,
            terms.rules,
            terms.rulebook.pin,
            cause.edition,
            self.cases_of,
            self.world.rulebooks,
            shown,
        )

    def _book(self, case: Case) -> Book:
        return self.world.books[case.definition, case.rulebook]

    def _edition_of(self, book: Book) -> Edition:
        return self.world.almanac.edition(book.terms.rulebook.calendar, self.edition)

    def _touch(self, case: Case) -> None:
        if case.id not in self.touched:
            self.touched[case.id] = case


def _tell_timers(content: dict[str, Any], changes: Changes, view: View) -> None:
    if changes.armed:
        content["armed"] = [rearm.as_data(timer, view.text) for timer in changes.armed]
    if changes.resumed:
        content["resumed"] = [rearm.as_data(timer, view.text) for timer in changes.resumed]
    if changes.frozen:
        content["frozen"] = changes.frozen
    if changes.cancelled:
        content["cancelled"] = changes.cancelled


def _key(timer: Timer) -> TimerKey:
    return TimerKey(timer.due_at or 0, timer.priority, timer.armed_seq, timer.armed_n)
