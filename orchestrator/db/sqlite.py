"""What is SQLite's own: two engines on one file, how a write begins, and one lock around it.

Writers begin with BEGIN IMMEDIATE (a deferred upgrade fails at once, whatever the time-out);
readers have an engine of their own, so that a mere look never takes the write lock. Libraries
before 3.51.3 can corrupt a WAL file when a second checkpoint meets another connection's commit
(FAULTS, fact 5), so with those every write holds an exclusive lock on a side file.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

from orchestrator.db.driver import Driver, is_broken
from orchestrator.errors import Unavailable

FIXED_IN, BACKPORTS = (3, 51, 3), ((3, 50, 7), (3, 44, 6))
BUSY_MS = 20_000
WAIT_S = 0.001  # between two looks at a lock that somebody holds


def library_is_safe() -> bool:
    """Whether this SQLite is free of the WAL-reset bug."""
    version = sqlite3.sqlite_version_info
    return version >= FIXED_IN or any(version[:2] == b[:2] and version >= b for b in BACKPORTS)


def library() -> dict[str, Any]:
    """Which SQLite this is, and whether it is a safe one."""
    return {"sqlite": sqlite3.sqlite_version, "safe": library_is_safe()}


def is_ours(url: str) -> bool:
    """Whether this is a SQLite URL."""
    try:
        return make_url(url).drivername in ("sqlite", "sqlite+pysqlite")
    except ArgumentError:
        return False


def path_of(url: str) -> Path | None:
    """The file of a SQLite URL; None: it lives in memory."""
    name = make_url(url).database
    return Path(name) if name and name != ":memory:" else None


def writer(url: str) -> Engine:
    """The one connection of this process that writes."""
    if path_of(url) is None:
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            connect_args={"check_same_thread": False, "cached_statements": 256},
        )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    return _guarded(engine)


def reader(url: str) -> Engine:
    """Connections that only look."""
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=4,
        connect_args={"check_same_thread": False, "cached_statements": 256},
    )
    event.listen(engine, "connect", _prepare_reader)
    event.listen(engine, "begin", _begin)
    return _guarded(engine)


def _guarded(engine: Engine) -> Engine:
    """No connection crosses a fork, and none is used again after its disk has failed."""
    event.listen(engine, "connect", _remember_process)
    event.listen(engine, "checkout", _must_be_ours)
    event.listen(engine, "handle_error", _drop_broken)
    return engine


def _remember_process(_: Any, record: Any) -> None:
    record.info["pid"] = os.getpid()


def _must_be_ours(_: Any, record: Any, __: Any) -> None:
    must_be_of_this_process(record.info["pid"])


def must_be_of_this_process(pid: int) -> None:
    """raises   Unavailable: a fork carried a connection into another process"""
    if pid != os.getpid():
        raise Unavailable(
            f"a connection of process {pid} was used in process {os.getpid()}:"
            " nothing was written; open the database anew after a fork"
        )


def _drop_broken(context: Any) -> None:
    """The same for what SQLAlchemy asks itself: a begin, a commit (see `driver`)."""
    if is_broken(context.original_exception):
        context.is_disconnect = True


def _prepare(dbapi: Any, _: Any) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-16384",
        "temp_store=MEMORY",
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _prepare_reader(dbapi: Any, record: Any) -> None:
    dbapi.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_MS}", "trusted_schema=OFF", "query_only=ON"):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    Driver(connection).one("BEGIN IMMEDIATE", ())


def _begin(connection: Any) -> None:
    Driver(connection).one("BEGIN", ())


class SideLock:
    """An exclusive lock on a file beside the database; nothing where none is needed."""

    def __init__(self, path: Path | None, suffix: str) -> None:
        self._path = path and path.with_name(path.name + suffix)
        self._fd: int | None = None
        self._pid: int | None = None  # whose it is: a fork shares the lock, not only the file
        self._threads = threading.Lock()  # flock is one for the whole process
        self._pause = threading.Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it.

        raises   TimeoutError: somebody held it for longer than a busy database is waited for
        """
        if self._path is None:
            yield
            return
        with self._threads:
            deadline = monotonic() + BUSY_MS / 1_000
            while not self.try_take():
                if monotonic() > deadline:
                    raise TimeoutError(f"{self._path.name} was held for too long")
                self._pause.wait(WAIT_S)
            try:
                yield
            finally:
                if self._fd is not None:
                    fcntl.flock(self._fd, fcntl.LOCK_UN)

    @contextmanager
    def held_if_free(self) -> Iterator[None]:
        """Hold the lock if nobody has it; whoever has it has the file open, which is as good."""
        with self._threads:
            free = self.try_take()
            try:
                yield
            finally:
                if free and self._fd is not None:
                    fcntl.flock(self._fd, fcntl.LOCK_UN)

    def try_take(self) -> bool:
        """Take the lock if nobody has it; it is kept until `release`, or the process's end."""
        if self._path is None:
            return True
        if self._pid != os.getpid():
            self.release()
        if self._fd is None:
            self._pid = os.getpid()
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def write_lock(url: str) -> SideLock:
    """Around every write transaction, where the library needs it."""
    return SideLock(None if library_is_safe() else path_of(url), ".write-lock")


def daemon_lock(url: str) -> SideLock:
    """Held by the one daemon of a file; the others stand by."""
    return SideLock(path_of(url), ".daemon-lock")
