"""A docket run to an instant: timers, editions, messages and events, each at its own time.

This is the heart (laws 1 to 3). A `Run` takes a docket as it was loaded and gives what is to be
saved; the same run serves the daemon, a person's event, preview, forecast and replay. Before an
event at `t` is looked at, everything due up to `t` has happened, in order, each at its own instant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, NamedTuple

from orchestrator.core import timers as rearm
from orchestrator.core.calendar import Almanac, Announcement, Edition
from orchestrator.core.decide import Book, Decision, wishes
from orchestrator.core.journal import canonical, chained
from orchestrator.core.rules import Rulebook
from orchestrator.core.timers import Cause, Changes
from orchestrator.core.values import (
    SYSTEM,
    Case,
    ChainTooLong,
    Effect,
    Entry,
    Event,
    Facts,
    Message,
    Missing,
    Outgoing,
    Query,
    Refusal,
    Timer,
)
from orchestrator.core.view import View
from orchestrator.core.workflow import looks_elsewhere

MAX_CHAIN = 100  # causes at one instant that led to each other; more is an incident (law 3)
MAX_CAUSES = 1_000  # of one docket in one commit; a longer backlog goes on in the next


class TimerKey(NamedTuple):
    """The order in which timers fire."""

    due_at: int
    priority: int
    armed_seq: int
    armed_n: int


@dataclass(frozen=True, slots=True)
class Docket:
    """What was loaded of a docket: never changed. Each loaded case has all of its timers."""

    key: str
    clock: int | None
    seq: int
    head: str
    edition: int
    cases: Mapping[str, Case] = field(default_factory=dict)
    timers: Mapping[str, Mapping[str, Timer]] = field(default_factory=dict)  # case → name → timer
    whole: frozenset[str] = frozenset()  # workflows all of whose cases are here; "*": everything
    horizon: TimerKey | None = None  # due timers beyond this one were left for the next commit
    new: bool = False  # nobody has heard of it yet


class World(NamedTuple):
    """What is the same for every docket: definitions under rulebooks, and the calendars."""

    books: Mapping[tuple[str, str], Book]  # (definition, rulebook pin)
    rulebooks: Mapping[str, Rulebook]  # by pin
    almanac: Almanac
    singletons: Mapping[str, str]  # workflow → definition, of those that a message may open


class Answered(NamedTuple):
    """What one input came to. `first` is where its own effects begin in `Run.outgoing`."""

    case: str
    refusal: Refusal | None
    seq: int
    first: int


def docket_born(key: str, at: int, almanac: Almanac) -> Docket:
    """A docket that nobody has heard of yet: it begins with the edition of its first instant."""
    return Docket(key, None, 0, "", almanac.number_at(at), whole=frozenset({"*"}), new=True)


class Run:
    """One docket on its way to an instant. What changed is in the public fields, to be saved."""

    def __init__(
        self,
        docket: Docket,
        world: World,
        elsewhere: Run | None = None,
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
        self.read: list[dict[str, Any]] = []  # what another docket's opening was shown
        self._elsewhere = self if reads_itself else elsewhere
        self._assume_announced = assume_announced  # a forecast lets provisional timers fire too
        self._causes = 0
        self._due: list[tuple[int, int, int, int, Timer]] = []
        for armed in docket.timers.values():
            for timer in armed.values():
                self._wait_for(timer)

    # -- time passes ------------------------------------------------------------------------

    def to(self, at: int, most: int = MAX_CAUSES) -> bool:
        """Let everything due up to an instant happen; False when a backlog is left for later.

        raises   Missing, ChainTooLong, and whatever a guard or fold raises
        """
        stop = self._causes + most
        while True:
            timer = self._next_timer(at)
            news = self._next_announcement(at)
            if news is not None and (timer is None or news[0] < timer.due_at):  # type: ignore[operator]
                self._announce(*news)
            elif timer is None:
                return True
            elif self._causes >= stop or self._beyond(timer):
                return False
            else:
                self._fire(timer)
            self._causes += 1

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

    def _next_announcement(self, at: int) -> tuple[int, Announcement] | None:
        for news in self.world.almanac.after(self.edition):
            effective = max(news.announced_at, self.clock or news.announced_at)
            return (effective, news) if effective <= at else None
        return None

    def _fire(self, timer: Timer) -> None:
        heappop(self._due)
        assert timer.due_at is not None
        case = self.cases[timer.case]
        book = self._book(case)
        rule = book.terms.timers[timer.name]
        edition = self._edition_of(book)
        day = edition.zone.local_day(timer.due_at - 1)
        cause = Cause(timer.due_at, day, self.seq + 1, timer.chain, edition, self.edition)
        if cause.depth > MAX_CHAIN:
            raise ChainTooLong(f"docket {self.docket.key}: {MAX_CHAIN} causes at one instant")
        view = self._view(book, cause)
        decision = book.fire(case, rule, view)
        after = self._after(case, decision, cause, rule.name)
        if rule.kind == "limit":
            after = after._replace(overdue=True)
        changes = rearm.fired(self.timers[case.id], rule, case, after, book.terms, view, cause)
        self._write("timer", rule.name, SYSTEM, case, after, changes, {}, view)
        self._tell(decision, after, cause, view, {"timer": rule.name})

    def _announce(self, at: int, news: Announcement) -> None:
        """A docket applies an edition that it has not seen, as a cause of its own (DESIGN 5)."""
        if "*" not in self.docket.whole and "timers" not in self.docket.whole:
            raise Missing(Query(self.docket.key, "timers"))
        moved: list[dict[str, Any]] = []
        for case_id, armed in list(self.timers.items()):
            case = self.cases[case_id]
            book = self._book(case)
            edition = self.world.almanac.edition(book.terms.rulebook.calendar, news.number)
            cause = Cause(at, edition.zone.local_day(at), self.seq + 1, 0, edition, news.number)
            fresh = {
                name: rearm.reanchored(timer, book.terms.timers[name], cause)
                for name, timer in armed.items()
            }
            for name, timer in fresh.items():
                if timer is not armed[name]:
                    self._touch(case)
                    self._wait_for(timer)
                if timer.due_at != armed[name].due_at:
                    told = rearm.as_data(timer, edition.zone.text)
                    moved.append({"case": case_id, "from": _text(edition, armed[name]), **told})
            self.timers[case_id] = fresh
        self.edition = news.number
        content = {"calendar": news.edition.name, "edition": news.number, "moved": moved}
        self._append(None, at, "calendar_changed", news.edition.name, SYSTEM, None, None, content)

    # -- a person speaks --------------------------------------------------------------------

    def handle(self, case_id: str, event: Event, at: int) -> Answered:
        """An event for one case; the docket must have been run to `at` before.

        raises   KeyError: no such case here
        """
        case = self.cases[case_id]
        book = self._book(case)
        cause = self._cause(book, at)
        view = self._view(book, cause)
        decided = book.decide(case, event, view)
        first = len(self.outgoing)
        if isinstance(decided, Refusal):
            return self._refuse(case, case_id, event, decided, at, first)
        after = self._after(case, decided, cause, None)
        changes = rearm.moved(self.timers.get(case_id, {}), case, after, book.terms, view, cause)
        self._write("event", event.name, event.by, case, after, changes, event.given, view)
        because: dict[str, Any] = {"event": event.name, "by": event.by}
        if event.given:
            because["facts"] = event.given
        self._tell(decided, after, cause, view, because)
        return Answered(case_id, None, cause.seq, first)

    def open(
        self, book: Book, case_id: str | None, event: Event, at: int, *, assume: bool = False
    ) -> Answered:
        """A new case, by a person; guards that look elsewhere are skipped when told to `assume`."""
        opens = book.terms.workflow.opens
        cause = self._cause(book, at)
        view = self._view(book, cause, elsewhere=True)
        name = case_id or f"{self.docket.key}.{cause.seq}"
        case = self._unborn(book, name, event, at)
        first = len(self.outgoing)
        refusal = None
        if event.by != opens.by:
            reason = f"{case.workflow} is opened by {opens.by}, not by {event.by}"
            refusal = Refusal("role", reason)
        for guard in opens.when if refusal is None else ():
            if assume and looks_elsewhere(guard):
                continue
            reason_why = guard(case, event, view)
            if reason_why is not None:
                refusal = Refusal("rule", reason_why, guard.__name__)
                break
        if refusal is not None:
            return self._refuse(None, case_id, event, refusal, at, first, case.workflow)
        more: dict[str, Any] = {"assumed": True} if assume else {}
        if self._elsewhere is not None and self._elsewhere.read:
            more["read"] = {self._elsewhere.docket.key: self._elsewhere.read}
        self._born(book, case, event, cause, view, more)
        return Answered(name, None, cause.seq, first)

    def _unborn(self, book: Book, name: str, event: Event, at: int) -> Case:
        terms = book.terms
        return Case(
            name,
            self.docket.key,
            terms.workflow.name,
            terms.definition,
            terms.rulebook.pin,
            terms.workflow.initial,
            False,
            event.given,
            self.seq + 1,
            at,
            None,
            at,
            None,
            self.seq + 1,
        )

    def _born(
        self, book: Book, case: Case, event: Event, cause: Cause, view: View, more: dict[str, Any]
    ) -> None:
        opens = book.terms.workflow.opens
        if opens.fold is not None:
            case = case._replace(data={**case.data, **opens.fold(case, event, view)})
        self.touched[case.id] = None
        changes = rearm.opened(case, book.terms, view, cause)
        more = {"rulebook": case.rulebook, "definition": case.definition, **more}
        self._write("opened", case.workflow, event.by, None, case, changes, event.given, view, more)
        effects, messages = wishes(opens.do, case, event, view, book.terms.workflow)
        decision = Decision(case.state, case.data, effects, messages)
        self._tell(decision, case, cause, view, {"opened": case.workflow, "by": event.by})

    def _refuse(
        self,
        case: Case | None,
        case_id: str | None,
        event: Event,
        refusal: Refusal,
        at: int,
        first: int,
        workflow: str | None = None,
    ) -> Answered:
        """A refusal changes nothing but one entry: who, what, why (law 9)."""
        content: dict[str, Any] = {"code": refusal.code, "reason": refusal.reason}
        if refusal.rule:
            content["rule"] = refusal.rule
        if event.given:
            content["facts"] = event.given
        if workflow:
            content["open"] = workflow
        state = case.state if case else None
        self._append(case_id, at, "refused", event.name, event.by, state, state, content)
        return Answered(case_id or "", refusal, self.seq, first)

    def migrate(self, definitions: Mapping[str, str]) -> None:
        """Move cases to the definitions that are known now, as a recorded act (law 10).

        definitions   workflow → definition; it takes effect at the docket's clock, for in a
                      stopped docket time stands still
        """
        for case in list(self.cases.values()):
            to = definitions.get(case.workflow, case.definition)
            if case.definition == to:
                continue
            self._touch(case)
            self.cases[case.id] = case._replace(definition=to, seq=self.seq + 1)
            content = {"from": case.definition, "to": to}
            at = self.clock or case.since
            self._append(case.id, at, "migrated", to, SYSTEM, case.state, case.state, content)

    # -- what a cause does ------------------------------------------------------------------

    def _cause(self, book: Book, at: int) -> Cause:
        edition = self._edition_of(book)
        return Cause(at, edition.zone.local_day(at), self.seq + 1, 0, edition, self.edition)

    def _after(self, case: Case, decision: Decision, cause: Cause, timer: str | None) -> Case:
        self._touch(case)
        if decision.to == case.state:
            return case._replace(data=decision.data, seq=cause.seq)
        state = self._book(case).terms.states[decision.to]
        goes_on = bool(state.freezes) or self._resumes(case, decision.to)
        return case._replace(
            state=decision.to,
            data=decision.data,
            seq=cause.seq,
            overdue=case.overdue and goes_on,
            closed_at=cause.at if state.final else None,
            since=cause.at,
            moved_by=timer,
        )

    def _resumes(self, case: Case, to: str) -> bool:
        """A supplement neither leaves the review nor clears its overdue mark (RULES 3)."""
        terms = self._book(case).terms
        frozen = terms.states[case.state].freezes
        return any(rule.name in frozen for rule in terms.states[to].timers)

    def _tell(
        self, decision: Decision, case: Case, cause: Cause, view: View, because: Facts
    ) -> None:
        """Handle the messages of a cause, first in first out, then put out its effects in order.

        because   who or what made the decision, and the facts it used (RULES 6)
        """
        told = [(case, effect) for effect in decision.effects]
        waiting = deque((message, case, cause.depth + 1) for message in decision.messages)
        while waiting:
            message, sender, depth = waiting.popleft()
            if depth > MAX_CHAIN:
                raise ChainTooLong(f"docket {self.docket.key}: {MAX_CHAIN} causes at one instant")
            heard, decided = self._hear(message, sender, cause._replace(depth=depth))
            told += [(heard, effect) for effect in decided.effects]
            waiting.extend((m, heard, depth + 1) for m in decided.messages)
        if told:
            self._put_out(told, cause, view, because)

    def _hear(self, message: Message, sender: Case, cause: Cause) -> tuple[Case, Decision]:
        case = self._addressee(message, sender, cause)
        book = self._book(case)
        edition = self._edition_of(book)
        cause = cause._replace(seq=self.seq + 1, edition=edition)
        view = self._view(book, cause)
        if book.terms.states[case.state].final:  # it ended at this very instant: nothing to move
            untouched = Decision(case.state, case.data, [], [])
            self._touch(case)
            after = case._replace(seq=cause.seq)
            self._write("message", message.name, SYSTEM, case, after, None, message.facts, view)
            return after, untouched
        way = book.terms.ways.get((case.state, message.name))
        facts = way.needs.model_validate(dict(message.facts), strict=False) if way else None
        decided = book.decide(case, Event(message.name, SYSTEM, facts, message.facts), view)
        if isinstance(decided, Refusal):
            msg = f"case {case.id} was sent {message.name} by {sender.id}: {decided.reason}"
            raise LookupError(msg)
        after = self._after(case, decided, cause, None)
        changes = rearm.moved(self.timers.get(case.id, {}), case, after, book.terms, view, cause)
        self._write("message", message.name, SYSTEM, case, after, changes, message.facts, view)
        return after, decided

    def _addressee(self, message: Message, sender: Case, cause: Cause) -> Case:
        """The case a message is for; the one case of a workflow is opened by its first message."""
        if message.to in self.cases:
            return self.cases[message.to]
        definition = self.world.singletons.get(message.to)
        if definition is None:
            raise Missing(Query(self.docket.key, "case", message.to))
        found = self.cases_of(message.to)
        if found:
            return found[-1]
        book = self.world.books[definition, sender.rulebook]
        cause = cause._replace(seq=self.seq + 1, edition=self._edition_of(book))
        opening = Event(message.to, SYSTEM, None, {})
        case = self._unborn(book, f"{self.docket.key}.{cause.seq}", opening, cause.at)
        self._born(book, case, opening, cause, self._view(book, cause), {})
        return self.cases[case.id]

    def _put_out(
        self, told: list[tuple[Case, Effect]], cause: Cause, view: View, because: Facts
    ) -> None:
        """In one cause commands come before notices, each in the order they were raised."""
        told.sort(key=lambda pair: not pair[1].is_command)
        for n, (case, effect) in enumerate(told):
            content: dict[str, Any] = {
                "workflow": case.workflow,
                "state": case.state,
                "rulebook": case.rulebook,
                "because": because,
            }
            if not effect.is_command:
                deadlines = self._deadlines(case, view)
                if deadlines:
                    content["deadlines"] = deadlines
            content.update(effect.content)
            self.outgoing.append(
                Outgoing(
                    self.docket.key,
                    cause.seq,
                    n,
                    case.id,
                    effect.name,
                    canonical(content),
                    cause.at,
                )
            )

    def _deadlines(self, case: Case, view: View) -> dict[str, str]:
        return {
            name: view.text(timer.due_at)
            for name, timer in self.timers.get(case.id, {}).items()
            if timer.due_at is not None
        }

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
        self.read += [
            {"case": c.id, "workflow": workflow, "state": c.state, "data": c.data} for c in found
        ]
        return found

    def view(self, case: Case, at: int) -> View:
        """What the functions of a case's definition see at an instant."""
        book = self._book(case)
        return self._view(book, self._cause(book, at))

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

    def _wait_for(self, timer: Timer) -> None:
        if timer.due_at is not None and (self._assume_announced or not timer.provisional):
            heappush(self._due, (*_key(timer), timer))


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


def _text(edition: Edition, timer: Timer) -> str | None:
    return None if timer.due_at is None else edition.zone.text(timer.due_at)
