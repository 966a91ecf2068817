"""Runs statements by the driver itself, on the connection that SQLAlchemy pools and begins.

On the way of one event a dozen small statements run; handed on directly each costs a third or
less of what it costs through a result of SQLAlchemy (by profile); rows are read by position anyway. Listeners
of the engine hear of every statement all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


class Driver:
    """One transaction's way to the driver."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.connection.cursor()
        heard: Any = connection.dispatch
        self._before = [*heard.before_cursor_execute]
        self._after = [*heard.after_cursor_execute]

    def rows(self, text: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """All rows of a statement."""
        self._run(text, parameters)
        found: Sequence[Any] = self._cursor.fetchall()
        return found

    def one(self, text: str, parameters: Sequence[Any]) -> int:
        """Run a statement; gives the id of the row that it put in."""
        self._run(text, parameters)
        return int(self._cursor.lastrowid or 0)

    def many(self, text: str, parameters: Sequence[Sequence[Any]]) -> None:
        """One statement for many rows."""
        self._tell(self._before, text, parameters, many=True)
        try:
            self._cursor.executemany(text, parameters)
        except Exception as error:
            self._drop_if_broken(error)
            raise
        self._tell(self._after, text, parameters, many=True)

    def _run(self, text: str, parameters: Sequence[Any]) -> None:
        if self._before:
            self._tell(self._before, text, parameters)
        try:
            self._cursor.execute(text, parameters)
        except Exception as error:
            self._drop_if_broken(error)
            raise
        if self._after:
            self._tell(self._after, text, parameters)

    def _drop_if_broken(self, error: Exception) -> None:
        """What a handle holds after an I/O error is anybody's guess: the next act opens a new one."""
        if is_broken(error):
            self._connection.invalidate(error)

    def _tell(
        self, listeners: list[Any], text: str, parameters: Sequence[Any], *, many: bool = False
    ) -> None:
        for listener in listeners:
            listener(self._connection, self._cursor, text, parameters, None, many)


def is_broken(error: BaseException | None) -> bool:
    """Whether a disk has failed beneath a connection."""
    return (getattr(error, "sqlite_errorname", None) or "").startswith("SQLITE_IOERR")
