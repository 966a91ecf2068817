"""The desk: inputs that wait at the same time are served together, in one commit.

A commit waits for the disk, whatever it holds. So while one is under way, whoever comes queues; the
first of the queue then serves all who wait, himself among them, and hands the desk to the first who
came meanwhile. Alone, an input is served at once. Where several were served together last time, the
next ones are most likely on their way, and are waited for a moment: else the quickest of them would
be served alone, while all the others wait for his commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Lock

from orchestrator.answers import Answer
from orchestrator.core.values import Event
from orchestrator.errors import Unavailable
from orchestrator.inputs import Input

MOST_WAIT_S = 0.000_5  # for others who were served together with this one the last time


class Ticket:
    """One input at the desk, and what came of it."""

    __slots__ = ("answer", "error", "event", "given", "key", "turn")

    def __init__(self, given: Input, event: Event, key: str | None) -> None:
        self.given = given
        self.event = event
        self.key = key
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self.turn = Lock()  # held while it waits
        self.turn.acquire()

    @property
    def is_served(self) -> bool:
        return self.answer is not None or self.error is not None

    def result(self) -> Answer:
        """raises   what serving it raised"""
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer


class Desk:
    """Serves tickets, as many at once as wait."""

    def __init__(self, serve: Callable[[Sequence[Ticket]], None], most: int = 64) -> None:
        """serve   gives every ticket its answer or its error, and raises nothing"""
        self._serve = serve
        self._most = most
        self._state = Lock()
        self._waiting: deque[Ticket] = deque()
        self._server: Ticket | None = None  # to whom the desk was handed
        self._expected = 1  # as many as were served together last time
        self._are_there = Condition(self._state)
        self._is_busy = False

    def take(self, ticket: Ticket) -> Answer:
        """Wait until a ticket is served, or serve it and all who wait behind it."""
        with self._state:
            self._waiting.append(ticket)
            if len(self._waiting) == self._expected:
                self._are_there.notify()
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            try:
                ticket.turn.acquire()  # released once it is served, or when the desk is handed over
            except BaseException:
                self._leave(ticket)
                raise
        if not ticket.is_served:
            self._serve_all()
        return ticket.result()

    def _serve_all(self) -> None:
        with self._state:
            self._are_there.wait_for(lambda: len(self._waiting) >= self._expected, MOST_WAIT_S)
            self._expected = min(self._most, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._serve(batch)
        finally:
            with self._state:
                self._hand_over()
            for served in batch[1:]:  # batch[0] is the one who serves
                if not served.is_served:  # he was interrupted
                    served.error = Unavailable("the outcome is not known: ask again, with a key")
                served.turn.release()

    def _hand_over(self) -> None:
        """The first of those who wait serves next."""
        self._server = self._waiting[0] if self._waiting else None
        self._is_busy = self._server is not None
        if self._server is not None:
            self._server.turn.release()

    def _leave(self, ticket: Ticket) -> None:
        """Somebody waits no longer: he was interrupted."""
        with self._state:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                if self._server is ticket:
                    self._hand_over()
