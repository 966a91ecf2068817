"""A docket run to an instant: timers, editions, messages and events, each at its own time.

This is the heart (laws 1 to 3). A `Run` takes a docket as it was loaded and gives what is to be
saved; the same run serves the daemon, a person's event, preview, forecast and replay. Before an
event at `t` is looked at, everything due up to `t` has happened, in order, each at its own instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop
from typing import Any, NamedTuple

from orchestrator.core import timers as rearm
from orchestrator.core.calendar import Announcement, Edition
from orchestrator.core.causes import MAX_CHAIN, Causes
from orchestrator.core.decide import Book
from orchestrator.core.page import Docket, TimerKey, World, docket_born
from orchestrator.core.timers import Cause
from orchestrator.core.values import (
    SYSTEM,
    Case,
    ChainTooLong,
    Event,
    Missing,
    Query,
    Refusal,
    Timer,
)
from orchestrator.core.workflow import TimerRule, looks_elsewhere

MAX_CAUSES = 1_000  # of one docket in one commit; a longer backlog goes on in the next

__all__ = [
    "MAX_CAUSES",
    "MAX_CHAIN",
    "Anew",
    "Answered",
    "Docket",
    "Run",
    "TimerKey",
    "World",
    "docket_born",
]


class Answered(NamedTuple):
    """What one input came to. `first` is where its own effects begin in `Run.outgoing`."""

    case: str
    refusal: Refusal | None
    seq: int
    first: int


class Anew(NamedTuple):
    """A timer as it was, and as an edition makes it."""

    case: Case
    rule: TimerRule
    edition: Edition
    was: Timer
    timer: Timer


class Run(Causes):
    """One docket on its way to an instant."""

    # -- time passes ------------------------------------------------------------------------

    def to(self, at: int, most: int = MAX_CAUSES, *, acting: bool = False) -> bool:
        """Let everything due up to an instant happen; False when a backlog is left for later.

        acting   an input follows at this instant: it finds every edition applied. Otherwise an
                 edition waits for what it is there for, a timer that is counted by it or one
                 that fires after it; else its entry would tell who woke up when (law 1)
        raises   Missing, ChainTooLong, and whatever a guard or fold raises
        """
        stop = self._causes + most
        while True:
            timer = self._next_timer(at)
            news = self._next_announcement(at)
            if news is not None and timer is None and not acting and not self._is_counted():
                news = None
            if news is not None and (timer is None or news[0] < timer.due_at):  # type: ignore[operator]
                self._announce(*news)
            elif timer is None:
                return not self._cut_off(at)
            elif self._causes >= stop or self._beyond(timer):
                return False
            else:
                self._fire(timer)
            self._causes += 1

    def _next_announcement(self, at: int) -> tuple[int, Announcement] | None:
        for news in self.world.almanac.after(self.edition):
            effective = self.heard(news)
            return (effective, news) if effective <= at else None
        return None

    def heard(self, news: Announcement) -> int:
        """The instant at which an edition takes effect in this docket."""
        return max(news.announced_at, self.clock or news.announced_at)

    def _fire(self, timer: Timer) -> None:
        heappop(self._due)
        assert timer.due_at is not None
        case = self.cases[timer.case]
        book = self._book(case)
        rule = book.terms.timers[timer.name]
        edition = self._edition_of(book)
        moment = timer.due_at - 1  # its last day counts as the start day of what follows (RULES 2)
        cause = Cause(timer.due_at, moment, self.seq + 1, timer.chain, edition, self.edition)
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

    def _is_counted(self) -> bool:
        """Whether a pending timer of this docket is counted by a calendar."""
        self._must_have_all_timers()
        return any(
            timer.due_at is not None and timer.span is not None and timer.span.by_calendar
            for armed in self.timers.values()
            for timer in armed.values()
        )

    def _must_have_all_timers(self) -> None:
        if "*" not in self.docket.whole and "timers" not in self.docket.whole:
            raise Missing(Query(self.docket.key, "timers"))

    def anew(self, at: int, news: Announcement) -> Iterator[Anew]:
        """Every timer of this docket as an edition that takes effect at an instant makes it."""
        self._must_have_all_timers()
        for case_id, armed in sorted(self.timers.items()):
            case = self.cases[case_id]
            terms = self._book(case).terms
            edition = self.world.almanac.edition(terms.rulebook.calendar, news.number)
            cause = Cause(at, at, self.seq + 1, 0, edition, news.number)
            for name, timer in rearm.in_order(armed):
                rule = terms.timers[name]
                yield Anew(case, rule, edition, timer, rearm.reanchored(timer, rule, cause))

    def _announce(self, at: int, news: Announcement) -> None:
        """A docket applies an edition that it has not seen, as a cause of its own (DESIGN 5)."""
        moved: list[dict[str, Any]] = []
        for case, _, edition, was, timer in list(self.anew(at, news)):
            if timer is not was:
                self._touch(case)
                self.timers[case.id] = {**self.timers[case.id], timer.name: timer}
                self._wait_for(timer)
            if (timer.due_at, timer.provisional) != (was.due_at, was.provisional):
                told = rearm.as_data(timer, edition.zone.text)
                moved.append({"case": case.id, "from": _text(edition, was), **told})
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
            return self._refuse(book, case, case_id, event, decided, at, first)
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
        if opens.by == SYSTEM:
            reason = f"{case.workflow} is opened by the first message to it, and by nobody"
            refusal = Refusal("message", reason)
        elif event.by != opens.by:
            reason = f"{case.workflow} is opened by {opens.by}, not by {event.by}"
            refusal = Refusal("role", reason)
        for guard in opens.when if refusal is None else ():
            if assume and looks_elsewhere(guard):
                continue
            reason_why = guard(case, event, view)
            if reason_why is not None:
                refusal = Refusal("rule", reason_why, guard.__name__)
                break
        more: dict[str, Any] = {"assumed": True} if assume else {}
        if self._elsewhere is not None and self._elsewhere.read is not None:
            more["read"] = {self._elsewhere.docket.key: self._elsewhere.read}
        if refusal is not None:
            more |= {"open": case.workflow, "definition": case.definition}
            return self._refuse(book, None, case_id, event, refusal, at, first, more)
        self._born(book, case, event, cause, view, more)
        return Answered(name, None, cause.seq, first)

    def _refuse(
        self,
        book: Book,
        case: Case | None,
        case_id: str | None,
        event: Event,
        refusal: Refusal,
        at: int,
        first: int,
        more: Mapping[str, Any] = {},
    ) -> Answered:
        """A refusal changes nothing but one entry: who, what, why (law 9)."""
        where = {"rulebook": book.terms.rulebook.pin, "source": book.terms.workflow.source}
        content: dict[str, Any] = {"code": refusal.code, "reason": refusal.reason, **where, **more}
        if refusal.rule:
            content["rule"] = refusal.rule
        if event.given:
            content["facts"] = event.given
        state = case.state if case else None
        self._append(case_id, at, "refused", event.name, event.by, state, state, content)
        return Answered(case_id or "", refusal, self.seq, first)

    def migrate(self, definitions: Mapping[str, str]) -> None:
        """Move cases to the definitions that are known now, as a recorded act (law 10).

        definitions   workflow → definition; it takes effect at the docket's clock, for in a
                      stopped docket time stands still
        """
        for case in sorted(self.cases.values(), key=lambda case: case.opened_seq):
            to = definitions.get(case.workflow, case.definition)
            if case.definition == to:
                continue
            self._touch(case)
            self.cases[case.id] = case._replace(definition=to, seq=self.seq + 1)
            content = {"from": case.definition, "to": to}
            at = self.clock or case.since
            self._append(case.id, at, "migrated", to, SYSTEM, case.state, case.state, content)


def _text(edition: Edition, timer: Timer) -> str | None:
    return None if timer.due_at is None else edition.zone.text(timer.due_at)
