"""A nudge for the daemon of a file: who makes something due soon wakes it at once.

A named pipe beside the database. It is a hint and no more: a nudge that is lost costs a heartbeat,
for the timers are rows. Nobody waits for anybody here, and without a daemon nothing happens.
"""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path


class Nudge:
    """Both ends of the pipe of one database; in memory there is nobody to wake."""

    def __init__(self, database: Path | None) -> None:
        self._path = database and database.with_name(f"{database.name}.nudge")
        self._fd: int | None = None

    def give(self) -> None:
        """Wake the daemon, if another process is one and listens."""
        if self._path is None or self._fd is not None:
            return
        with suppress(OSError):  # nobody listens, or the pipe is full: it wakes all the same
            fd = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.write(fd, b".")
            finally:
                os.close(fd)

    def listen(self) -> bool:
        """From now on `wait` hears of nudges; False: no pipe can be made, the heartbeat must do."""
        if self._path is None:
            return False
        with suppress(OSError):
            with suppress(FileExistsError):
                os.mkfifo(self._path, 0o600)
            self._fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        return self._fd is not None

    def wait(self, seconds: float) -> bool:
        """Whether somebody gave a nudge within so long."""
        fd = self._fd
        if fd is None or not select.select([fd], [], [], seconds)[0]:
            return False
        with suppress(BlockingIOError):
            os.read(fd, 65_536)  # many are one
        return True

    def wake(self) -> None:
        """Let whoever waits here in this process look again whether it should."""
        if self._fd is not None:
            with suppress(BlockingIOError):
                os.write(self._fd, b".")

    def close(self) -> None:
        """Listen no more; the pipe is left for the next daemon."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
