"""Bugs on purpose, put into the processes: the kill tests must find each of them (FAULTS, fact 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.db import statements as sql
from orchestrator.db.store import Store, WriteTx
from orchestrator.outbox import Outbox, Sent
from orchestrator.replay import history
from orchestrator.replay import progress as record


def _in_a_second_transaction(mine: Callable[[Any], Any]) -> None:
    """What `mine` does to a transaction class is done to one that runs behind the COMMIT."""
    later: list[Callable[[WriteTx], None]] = []
    write = Store.write

    @contextmanager
    def twice(self: Store) -> Iterator[WriteTx]:
        later.clear()
        with write(self) as tx:
            yield tx
        if later:
            with write(self) as tx:
                for act in later:
                    act(tx)
            later.clear()

    Store.write = twice  # type: ignore[method-assign]
    mine(later)


def outbox_later() -> None:
    """The outbox is written in a second transaction."""

    def mine(later: list[Any]) -> None:
        many = WriteTx.many

        def instead(tx: WriteTx, text: str, parameters: list[Any]) -> None:
            if text == sql.INSERT_EFFECT and parameters:
                later.append(lambda then: many(then, text, parameters))
            else:
                many(tx, text, parameters)

        WriteTx.many = instead  # type: ignore[method-assign]

    _in_a_second_transaction(mine)


def key_later() -> None:
    """The idempotency key is kept in a second transaction."""

    def mine(later: list[Any]) -> None:
        keep = WriteTx.keep_request
        WriteTx.keep_request = (  # type: ignore[method-assign]
            lambda _, *given: later.append(lambda then: keep(then, *given))
        )

    _in_a_second_transaction(mine)


def progress_later() -> None:
    """How far a replay has come is stored in another commit than its lines."""

    def mine(later: list[Any]) -> None:
        keep = record.keep
        history.record.keep = lambda _, *given: later.append(lambda then: keep(then, *given))

    _in_a_second_transaction(mine)


def sent_before_sending() -> None:
    """An effect is marked as delivered before it is sent."""

    def deliver(self: Outbox, limit: int = 500) -> Sent:
        claimed = self._claim(self._clock.now(), limit)
        self._settle(claimed, self._clock.now(), delivered=True)
        self._try(claimed)
        return Sent(len(claimed), 0)

    Outbox.deliver = deliver  # type: ignore[method-assign]


PLANTED: dict[str, Callable[[], None]] = {
    "outbox-later": outbox_later,
    "key-later": key_later,
    "progress-later": progress_later,
    "sent-before-sending": sent_before_sending,
}
