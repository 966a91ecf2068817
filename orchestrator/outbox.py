"""The outbox delivers what rules wished: claims what waits, sends it, and remembers how it went.

An effect leaves at least once, always under its key (docket, seq, n); the receiver drops repeats.
A claim is a lease with a number: a sender that was overtaken changes no row any more (I15). Within
one docket effects go out in order. The `log` target appends one line of JSON to a file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, NamedTuple, Protocol

import structlog

from orchestrator.answers import effect_shown
from orchestrator.clock import Clock
from orchestrator.core.values import Outgoing
from orchestrator.db.store import Store

log = structlog.get_logger("orchestrator.outbox")

LEASE_US = 60 * 1_000_000
RETRY_US = 30 * 1_000_000
CLAIM = (  # in a docket n + 1 waits for n: what failed or is leased holds back what follows
    'SELECT docket, seq, n, "case", name, content, at, lease_number FROM outbox'
    " WHERE status = 'waiting' AND next_try_at <= ?1 AND NOT EXISTS ("
    "SELECT 1 FROM outbox AS before WHERE before.docket = outbox.docket"
    " AND before.status = 'waiting' AND before.next_try_at > ?1"
    " AND (before.seq, before.n) < (outbox.seq, outbox.n))"
    " ORDER BY docket, seq, n LIMIT ?2"
)
LEASE = (
    "UPDATE outbox SET lease = ?, lease_number = ?, next_try_at = ?, attempts = attempts + 1"
    " WHERE docket = ? AND seq = ? AND n = ? AND status = 'waiting' AND lease_number = ?"
)
SETTLE = (
    "UPDATE outbox SET status = ?, target = ?, next_try_at = ?, lease = NULL"
    " WHERE docket = ? AND seq = ? AND n = ? AND status = 'waiting'"
    " AND lease = ? AND lease_number = ?"
)


class Target(Protocol):
    """Where effects go. `send` raises when it failed; what it was given may come again."""

    name: str

    def send(self, effects: Sequence[dict[str, Any]]) -> None: ...


class LogTarget:
    """Appends each effect as one line of JSON, and has it on disk before it says so."""

    name = "log"

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, effects: Sequence[dict[str, Any]]) -> None:
        """raises   OSError: the file cannot be written"""
        lines = "".join(json.dumps(effect, ensure_ascii=False) + "\n" for effect in effects)
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # `advance` may deliver beside the daemon
            if self._is_torn(file):
                file.write(b"\n")
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())

    def _is_torn(self, file: BinaryIO) -> bool:
        """Whether a kill left half a line: what follows must not become one line with it."""
        if os.fstat(file.fileno()).st_size == 0:
            return False
        with self._path.open("rb") as there:
            there.seek(-1, os.SEEK_END)
            return there.read(1) != b"\n"


class Sent(NamedTuple):
    """How a delivery went."""

    delivered: int = 0
    failed: int = 0


class _Claimed(NamedTuple):
    effect: Outgoing
    lease_number: int


class Outbox:
    """Delivers the outbox of one store to one target."""

    def __init__(
        self, store: Store, clock: Clock, target: Target, text: Callable[[int], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._target = target
        self._text = text
        self._me = token_hex(8)  # random for each start, never host or worker name

    def deliver(self, limit: int = 500) -> Sent:
        """Send what waits, and remember how it went; one bounded batch."""
        claimed = self._claim(self._clock.now(), limit)
        if not claimed:
            return Sent()
        delivered = self._try(claimed)
        self._settle(claimed, self._clock.now(), delivered=delivered)
        return Sent(len(claimed), 0) if delivered else Sent(0, len(claimed))

    def deliver_all(self) -> Sent:
        """Send until nothing waits any more, or the target fails."""
        total = Sent()
        while True:
            sent = self.deliver()
            total = Sent(total.delivered + sent.delivered, total.failed + sent.failed)
            if sent.delivered == 0:
                return total

    def _claim(self, now: int, limit: int) -> list[_Claimed]:
        with self._store.read() as tx:
            if not tx.rows(CLAIM, now, 1):
                return []  # the usual case: a look takes no write lock
        with self._store.write() as tx:
            found = [_Claimed(Outgoing(*row[:7]), row[7] + 1) for row in tx.rows(CLAIM, now, limit)]
            tx.many(
                LEASE,
                [
                    (self._me, number, now + LEASE_US, *effect[:3], number - 1)
                    for effect, number in found
                ],
            )
        return found

    def _try(self, claimed: Sequence[_Claimed]) -> bool:
        effects = sorted(claimed, key=lambda c: c.effect[:3])
        try:
            self._target.send([effect_shown(c.effect, self._text) for c in effects])
        except Exception as error:  # noqa: BLE001  whatever a target raises, the effect waits
            log.warning("delivery failed", target=self._target.name, error=repr(error))
            return False
        return True

    def _settle(self, claimed: Sequence[_Claimed], now: int, *, delivered: bool) -> None:
        """Only the holder of the lease settles: the predicate repeats what the claim wrote."""
        status, next_try = ("delivered", now) if delivered else ("waiting", now + RETRY_US)
        with self._store.write() as tx:
            tx.many(
                SETTLE,
                [
                    (status, self._target.name, next_try, *effect[:3], self._me, number)
                    for effect, number in claimed
                ],
            )
