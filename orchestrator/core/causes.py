"""What a cause does: the case as it will be, its messages, its effects, each in its order.

A cause is an event or the firing of a timer, with the messages that it raises (law 3, RULES 5).
"""

from __future__ import annotations

from collections import deque
from typing import Any

from orchestrator.core import timers as rearm
from orchestrator.core.decide import Book, Decision, wishes
from orchestrator.core.journal import canonical
from orchestrator.core.page import Page
from orchestrator.core.timers import Cause
from orchestrator.core.values import (
    SYSTEM,
    Case,
    ChainTooLong,
    Effect,
    Event,
    Facts,
    Message,
    Missing,
    Outgoing,
    Query,
    Refusal,
)
from orchestrator.core.view import View
from orchestrator.core.workflow import State

MAX_CHAIN = 100  # causes at one instant that led to each other; more is an incident (law 3)


class Causes(Page):
    """A page, and how one cause changes it."""

    def _after(self, case: Case, decision: Decision, cause: Cause, timer: str | None) -> Case:
        self._touch(case)
        if decision.to == case.state:
            return case._replace(data=decision.data, seq=cause.seq)
        states = self._book(case).terms.states
        state = states[decision.to]
        goes_on = _goes_on(states[case.state], state)
        return case._replace(
            state=decision.to,
            data=decision.data,
            seq=cause.seq,
            overdue=case.overdue and goes_on,
            closed_at=cause.at if state.final else None,
            since=cause.at,
            moved_by=timer,
        )

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
        way = book.terms.hears.get((case.state, message.name))
        facts = way.needs.model_validate(dict(message.facts), strict=False) if way else None
        told = Event(message.name, SYSTEM, facts, message.facts)
        decided = book.decide(case, told, view, message=True)
        if isinstance(decided, Refusal):
            msg = f"case {case.id} was sent {message.name} by {sender.id}: {decided.reason}"
            raise LookupError(msg)
        after = self._after(case, decided, cause, None)
        changes = rearm.moved(self.timers.get(case.id, {}), case, after, book.terms, view, cause)
        self._write("message", message.name, SYSTEM, case, after, changes, message.facts, view)
        return after, decided

    def _addressee(self, message: Message, sender: Case, cause: Cause) -> Case:
        """The case a message is for; the one case of a workflow is opened by its first message.

        A case may be named like a workflow: ids are anybody's to choose.
        """
        if not message.to_the_one:
            if message.to not in self.cases:
                raise Missing(Query(self.docket.key, "case", message.to))
            return self.cases[message.to]
        found = self.cases_of(message.to)
        if found:
            return found[-1]
        book = self.world.books[self.world.singletons[message.to], sender.rulebook]
        cause = cause._replace(seq=self.seq + 1, edition=self._edition_of(book))
        opening = Event(message.to, SYSTEM, None, {})
        case = self._unborn(book, f"{self.docket.key}.{cause.seq}", opening, cause.at)
        self._born(book, case, opening, cause, self._view(book, cause), {})
        return self.cases[case.id]

    def _put_out(
        self, told: list[tuple[Case, Effect]], cause: Cause, view: View, because: Facts
    ) -> None:
        """In one cause commands come before notices, each by turn, then as they were raised."""
        if len(told) > 1:
            told.sort(key=self._place)
        key, seq, at = self.docket.key, cause.seq, cause.at
        plain: dict[tuple[int, bool], str] = {}  # by entry: a notice to two parties has one text
        for n, (case, effect) in enumerate(told):
            same = (case.seq, effect.is_command)
            text = plain.get(same) if not effect.content else None
            if text is None:
                content = self._content(case, view, because, deadlines=not effect.is_command)
                text = canonical({**content, **effect.content})
                if not effect.content:
                    plain[same] = text
            self.outgoing.append(Outgoing(key, seq, n, case.id, effect.name, text, at))

    def _place(self, told: tuple[Case, Effect]) -> tuple[bool, int]:
        case, effect = told
        return not effect.is_command, self._book(case).terms.workflow.turn

    def _content(
        self, case: Case, view: View, because: Facts, *, deadlines: bool
    ) -> dict[str, Any]:
        """What a receiver is told: where the case stands, by which rule and why, until when."""
        content: dict[str, Any] = {
            "workflow": case.workflow,
            "state": case.state,
            "rulebook": case.rulebook,
            "source": self._book(case).terms.workflow.source,
            "because": because,
        }
        pending = self._deadlines(case, view) if deadlines else None
        if pending:
            content["deadlines"] = pending
        return content

    def _deadlines(self, case: Case, view: View) -> dict[str, str]:
        return {
            name: view.text(timer.due_at)
            for name, timer in self.timers.get(case.id, {}).items()
            if timer.due_at is not None
        }

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


def _goes_on(old: State, new: State) -> bool:
    """A supplement neither leaves the review nor clears its overdue mark (RULES 3)."""
    return bool(new.freezes) or any(rule.name in old.freezes for rule in new.timers)
