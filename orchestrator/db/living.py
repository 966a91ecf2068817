"""Which processes are at a database: each holds a lock on a small file of its own for life.

A process is a random id made at its start, never a host's name or a number that is used again. The
kernel lets go of the lock when the process ends, however it ends; so who can take it knows that the
process is gone, on this host or in any container that shares the folder. The file also says whether
its process was thinking (running guards and folds) when it ended: a kill in the middle of a
statement, or a power cut, is no docket's fault.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

THINKING, AT_REST = b"thinking", b"at rest "


class Living:
    """This process among those at a database file; in memory there is nobody else."""

    def __init__(self, database: Path | None) -> None:
        self.me = token_hex(8)
        self._database = database
        self._fd: int | None = None
        self._pid = os.getpid()  # a fork shares the lock with its parent, who goes on living

    def announce(self) -> None:
        """From now on the others can see that this process lives."""
        if self._database is not None and self._fd is None:
            self._fd = os.open(self._file(self.me), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._fd, fcntl.LOCK_EX)

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """While this lasts, guards and folds run: if the process ends now, they are suspected."""
        if self._fd is None:
            yield
            return
        os.pwrite(self._fd, THINKING, 0)
        try:
            yield
        finally:
            os.pwrite(self._fd, AT_REST, 0)

    def died(self, process: str) -> bytes | None:
        """What a process was doing when it ended (nothing is known: empty); None: it lives."""
        try:
            fd = os.open(self._file(process), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        except PermissionError:
            return None  # another user's: it may well live
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.pread(fd, len(THINKING), 0)
        except BlockingIOError:
            return None
        finally:
            os.close(fd)

    def bury(self, process: str) -> None:
        """Clear away the file of a process that has ended."""
        self._file(process).unlink(missing_ok=True)

    def others(self) -> list[str]:
        """Every process whose file is there, but this one."""
        if self._database is None:
            return []
        before = f"{self._database.name}.alive-"
        names = [path.name for path in self._database.parent.glob(f"{before}*")]
        return [name[len(before) :] for name in names if name != f"{before}{self.me}"]

    def leave(self) -> None:
        """This process is at the database no more."""
        if self._fd is not None:
            if self._pid == os.getpid():
                self._file(self.me).unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None

    def _file(self, process: str) -> Path:
        assert self._database is not None
        return self._database.with_name(f"{self._database.name}.alive-{process}")
