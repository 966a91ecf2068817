"""The store: loads and saves many dockets with a fixed number of statements (batch-first).

One is a batch of one. A write is one transaction: `BEGIN IMMEDIATE`, everything read again under
that lock, one commit. The order of locks and writes: docket rows, cases, timers, journal, outbox.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from orchestrator.clock import WallClock
from orchestrator.db import sqlite
from orchestrator.db.driver import is_broken
from orchestrator.db.living import Living
from orchestrator.db.nudge import Nudge
from orchestrator.db.reading import Place, ReadTx, Stale, Stopped, Wanted
from orchestrator.db.writing import WriteTx
from orchestrator.errors import DiskFailed, Unavailable

__all__ = ["Place", "ReadTx", "Stale", "Stopped", "Store", "Wanted", "WriteTx"]

SOON_US = 60 * 1_000_000  # what is due about now does not wait until the daemon looks by itself
UNUSABLE = (
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_IOERR",
    "SQLITE_NOTADB",
    "SQLITE_READONLY",
)


class Store:
    """One database. `write` and `read` give transactions."""

    def __init__(self, url: str) -> None:
        """raises   Unavailable: not the URL of a database that this program can use"""
        if not sqlite.is_ours(url):
            raise Unavailable(f"database: a URL such as sqlite:///orchestrator.db, got {url!r}")
        self.url = url
        self._writer: Engine = sqlite.writer(url)
        self.in_memory = sqlite.path_of(url) is None
        self._reader = self._writer if self.in_memory else sqlite.reader(url)
        self._lock = sqlite.write_lock(url)
        self.living = Living(sqlite.path_of(url))
        self.nudge = Nudge(sqlite.path_of(url))
        self._watcher: Connection | None = None
        self._writing: Connection | None = None
        self._turn = Lock()
        self._pid = os.getpid()

    @contextmanager
    def write(self) -> Iterator[WriteTx]:
        """One transaction that may write; it commits when the block ends well.

        raises   Unavailable: unreachable, busy for too long, or the disk is full
        """
        with said_plainly(self.url), self._my_turn(), self._lock.held():
            connection = self._to_write()
            with connection.begin():
                tx = WriteTx(connection)
                yield tx
        if tx.earliest is not None and abs(tx.earliest - WallClock().now()) < SOON_US:
            self.nudge.give()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """One thread of this process at a time.

        raises   TimeoutError: another one wrote for longer than a busy database is waited for
        """
        if not self._turn.acquire(timeout=sqlite.BUSY_MS / 1_000):
            raise TimeoutError
        try:
            yield
        finally:
            self._turn.release()

    def _to_write(self) -> Connection:
        """The one connection that writes: kept, for taking it anew costs as much as a statement."""
        if self._writing is None:
            self._writing = self._writer.connect()
        sqlite.must_be_of_this_process(self._pid)
        return self._writing

    @contextmanager
    def trial(self) -> Iterator[WriteTx]:
        """One transaction that may write, and is taken back when the block ends."""
        with suppress(_Undone), self.write() as tx:
            yield tx
            raise _Undone

    @contextmanager
    def read(self) -> Iterator[ReadTx]:
        """One transaction that only looks, at one moment of the database."""
        with said_plainly(self.url), self._reader.begin() as connection:
            yield ReadTx(connection)

    @property
    def engine(self) -> Engine:
        """For migrations and lists, which are not on the way of a timer."""
        return self._writer

    def data_version(self) -> int:
        """A number that changes when another connection has committed to the file.

        It is asked of one connection kept for this alone: the pragma counts per connection.
        """
        if self._watcher is None:
            self._watcher = self._reader.connect()
            self._watcher.commit()
        found = self._watcher.connection.dbapi_connection.execute(  # type: ignore[union-attr]
            "PRAGMA data_version"
        ).fetchone()
        return int(found[0])

    def dispose(self) -> None:
        """Close every connection; the last one of all to close checkpoints, under the lock."""
        with said_plainly(self.url), self._lock.held_if_free():
            for kept in (self._watcher, self._writing):
                if kept is not None:
                    kept.close()
            self._watcher = self._writing = None
            self._reader.dispose()
            self._writer.dispose()
        self._lock.release()
        self.living.leave()
        self.nudge.close()


class _Undone(Exception):
    """Ends a trial: its transaction is rolled back."""


@contextmanager
def said_plainly(url: str) -> Iterator[None]:
    """Trouble of the database in one sentence, told apart by its code and never by its text."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(f"{url} is busy: nothing was written; try again") from error
    except OSError as error:  # while a lock is prepared
        raise Unavailable(f"{url} cannot be used ({error})") from error
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = _said(url, cause)
        if said is None:
            raise
        raise (DiskFailed if is_broken(cause) else Unavailable)(said) from error


def _said(url: str, error: BaseException | None) -> str | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return f"the disk of {url} is full: nothing was written; free some space and try again"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"{url} is busy: nothing was written; try again"
    return f"{url} cannot be used ({error})" if name.startswith(UNUSABLE) else None
