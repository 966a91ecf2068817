"""Inputs are taken: once each, durably; those that come at the same time in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from orchestrator import inputs
from orchestrator.answers import Answer
from orchestrator.core.docket import MAX_CAUSES, Docket, Run, World, docket_born
from orchestrator.db.store import Wanted, WriteTx
from orchestrator.engine.acts import Acts, Broken
from orchestrator.engine.desk import Desk, Ticket
from orchestrator.errors import Conflict, Trouble
from orchestrator.inputs import Input


class Taking(Acts):
    """Takes inputs of many callers at a time."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._desk = Desk(self.serve)

    def take(self, given: Input, key: str | None = None) -> Answer:
        """Decide one input, durably; a long backlog before it is committed first.

        raises   NotFound, Conflict, BadInput, Unavailable
        """
        if key is not None:
            key = inputs.name("idempotency key", key)
        event = self.event_of(given)
        return self._desk.take(Ticket(given, event, key))

    def serve(self, tickets: Sequence[Ticket]) -> None:
        """Every ticket has its answer or its error, and what was answered is durable."""
        odd: Sequence[Ticket] = tickets
        if len(tickets) > 1:
            try:
                with self.store.write() as tx:
                    together = _Together(self, tx, tickets)
                    together.decide()
                odd = together.settle()
            except Exception as error:  # noqa: BLE001  nothing was written: each is told
                for ticket in tickets:
                    ticket.error = error
                return
        for ticket in odd:
            try:
                ticket.answer = self._alone(ticket)
            except Exception as error:  # noqa: BLE001  it is raised again where the caller waits
                ticket.error = error

    def _alone(self, ticket: Ticket) -> Answer:
        given, event, key = ticket.given, ticket.event, ticket.key
        while True:
            with self.store.write() as tx:
                answer = self._repeated(tx, given, key) or self.decide(tx, given, event, key)
            if answer is not None:
                return answer

    def _repeated(self, tx: WriteTx, given: Input, key: str | None) -> Answer | None:
        """The first answer again: same caller, same key, same content (law 9)."""
        found = tx.find_request(given.by, key) if key is not None else None
        if found is None:
            return None
        content, answer = found
        if content != given.content_hash():
            raise Conflict(f"idempotency key {key!r} of {given.by} was used for something else")
        return replace(Answer(**answer), repeated=True)


class _Odd(Exception):
    """Something about a docket is not plain: its inputs are decided one by one."""


class _Together:
    """Plain inputs decided in one transaction, with a fixed number of statements.

    What is not plain (an opening that reads another docket, a key that was used before, a stopped
    docket, a backlog, anything that raises) is left to be decided alone: there is one place where
    each of these is told well.
    """

    def __init__(self, engine: Taking, tx: WriteTx, tickets: Sequence[Ticket]) -> None:
        self._engine = engine
        self._tx = tx
        self._tickets = tickets
        self._answers: dict[int, Answer] = {}  # by the number of the ticket

    def decide(self) -> None:
        """Run each docket through its inputs, in the order in which they came; save them all."""
        tx, engine = self._tx, self._engine
        by_docket = self._plain()
        if not by_docket:
            return
        world, now = engine.world(tx), engine.clock.now()
        runs = self._runs(world, by_docket, now)
        tx.save(runs, engine.recorded_at(now))
        tx.keep_requests(
            (t.given.by, t.key, t.given.content_hash(), answer.as_data(), t.given.docket, now)
            for t, answer in ((self._tickets[n], answer) for n, answer in self._answers.items())
            if t.key is not None
        )

    def settle(self) -> list[Ticket]:
        """The transaction is durable: who was decided is told; gives those that were left."""
        for n, answer in self._answers.items():
            self._tickets[n].answer = answer
        return [ticket for ticket in self._tickets if not ticket.is_served]

    def _plain(self) -> dict[str, list[int]]:
        """Tickets by docket; without those that read another one, or whose key was used before."""
        keys = [(t.given.by, t.key) for t in self._tickets]
        used = self._tx.used_keys(pair for pair in keys if pair[1] is not None)
        opened = [t.given.case for t in self._tickets if t.given.act == "open" and t.given.case]
        taken = self._tx.taken(opened) if opened else set()
        plain: dict[str, list[int]] = {}
        for n, ticket in enumerate(self._tickets):
            is_opening = ticket.given.act == "open"
            again = ticket.key is not None and (keys[n] in used or keys[n] in keys[:n])
            is_taken = is_opening and ticket.given.case in taken
            if again or is_taken or self._reads_elsewhere(ticket):
                continue
            if is_opening and ticket.given.case is not None:
                taken.add(ticket.given.case)
            plain.setdefault(ticket.given.docket, []).append(n)
        return plain

    def _reads_elsewhere(self, ticket: Ticket) -> bool:
        try:
            return self._engine.read_docket(ticket.given, ticket.event) is not None
        except Trouble:  # it names no possible docket: that is told to it alone
            return True

    def _runs(self, world: World, by_docket: dict[str, list[int]], now: int) -> list[Run]:
        wanted = {
            key: Wanted(
                frozenset(self._tickets[n].given.case or "" for n in numbers),
                frozenset(self._engine.registry.singletons),
            )
            for key, numbers in sorted(by_docket.items())
        }
        done: list[Run] = []

        def move(key: str, docket: Docket | None) -> None:
            if key in self._tx.halted:
                return
            docket = docket or docket_born(key, now, world.almanac)
            with suppress(_Odd, Broken, Trouble):
                done.append(self._docket(docket, world, by_docket[key], now))

        self._engine.load_and_move(self._tx, wanted, now, move)
        return done

    def _docket(self, docket: Docket, world: World, numbers: list[int], now: int) -> Run:
        """One docket through its inputs, all received at this instant, under its lock."""
        if docket.clock is not None and docket.clock > now:
            raise _Odd
        engine, run = self._engine, Run(docket, world)
        answers: dict[int, Answer] = {}
        with engine.breaking(docket):
            for n in numbers:
                ticket = self._tickets[n]
                if not run.to(now, MAX_CAUSES, acting=True):
                    raise _Odd
                answered = engine.hand_in(run, world, ticket.given, ticket.event, now)
                if not run.to(now, MAX_CAUSES):
                    raise _Odd
                answers[n] = engine.answer(world, run, answered)
        self._answers |= answers
        return run
