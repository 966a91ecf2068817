"""A tape: what an engine wrote, a transaction each, so that a floor can write it again unthinking.

Only the five tables of a step are kept. One line of JSON is one transaction: a list of statements,
each with its rows. Recording is a run of its own and is never measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import event

from orchestrator.api import Orchestrator

TABLES = ("dockets", "cases", "timers", "journal", "outbox")
WRITES = tuple(
    f"{verb} {table} " for verb in ("INSERT INTO", "UPDATE", "DELETE FROM") for table in TABLES
)

Statement = tuple[str, list[Sequence[Any]]]


class Recorder:
    """Hears every statement of the engine's writer, and keeps what was committed."""

    def __init__(self, to: IO[str]) -> None:
        self._to = to
        self._open: list[Statement] = []

    def begins(self, _: Any) -> None:
        self._open = []

    def executes(
        self, _: Any, __: Any, text: str, parameters: Any, ___: Any, many: bool, /
    ) -> None:
        if text.startswith(WRITES):
            rows = list(parameters) if many else [parameters]
            several = bool(rows) and isinstance(rows[0], list | tuple)
            self._open.append((text, rows if several else [parameters]))

    def commits(self, _: Any) -> None:
        if self._open:
            self._to.write(json.dumps(self._open, ensure_ascii=False) + "\n")


@contextmanager
def recorded(world: Orchestrator, path: Path | None) -> Iterator[None]:
    """Record what an engine writes; nothing where no path is given."""
    if path is None:
        yield
        return
    with path.open("w", encoding="utf-8") as file:
        recorder = Recorder(file)
        heard: dict[str, Callable[..., Any]] = {
            "begin": recorder.begins,
            "before_cursor_execute": recorder.executes,
            "commit": recorder.commits,
        }
        for name, listener in heard.items():
            event.listen(world.store.engine, name, listener)
        yield
        for name, listener in heard.items():
            event.remove(world.store.engine, name, listener)
