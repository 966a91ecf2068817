"""A real process on the file: its engine, its clock, its connections, and the fuse that kills it.

Between any two of its statements a process can be killed: `Fuse` counts them and burns at the one
it was told. Then nothing of that process speaks to the file any more. And it can be made to wait
where real ones wait, at the lock of the database, while others go on.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import event

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.clock import Clock, VirtualClock
from orchestrator.core.docket import Run
from orchestrator.core.instants import parse_instant
from orchestrator.db import library
from orchestrator.db.store import Store, WriteTx
from orchestrator.registry import Registry, load
from orchestrator.settings import Settings, read_settings

CONFIG = Path(__file__).parents[2] / "config"
EPOCH = parse_instant("2020-01-01T00:00:00+08:00")
SHM = Path("/dev/shm")
BEHIND = -1  # the point just behind a commit: it is durable, and nobody was told


class Crash(BaseException):
    """The process is gone: no `except Exception` may tidy up after it."""


class Fuse:
    """Counts the points between statements of one process; burns at the one it was told."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.behind = False  # burn just behind the next commit
        self.dead = False

    def point(self) -> None:
        if self.dead:
            raise Crash
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.dead = True
                raise Crash

    def committed(self) -> None:
        self.dead |= self.behind
        self.point()


class Watch:
    """What time a process takes it to be: the world's clock, and how far its own is ahead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = 0

    def now(self) -> int:
        return self._clock.now() + self.ahead


class Parts(NamedTuple):
    registry: Registry
    later: Registry  # the same with the next version of the complaint beside the first
    shelf: library.Shelf
    settings: Settings
    template: bytes


@lru_cache(maxsize=1)
def parts() -> Parts:
    """Read once a session: config, definitions, and an empty database as bytes."""
    structlog.configure(processors=[_hushed])
    registry = load(["workflows"])
    second = replace(registry.workflow("ip_complaint"), version=2)
    later = Registry([*registry.versions.values(), second])
    shelf, settings = read_shelf(CONFIG, registry), read_settings(CONFIG)
    folder = new_folder()
    try:
        path = folder / "template.db"
        orchestrator = Orchestrator(
            Store(f"sqlite:///{path}"), registry, shelf, settings, VirtualClock(EPOCH)
        )
        orchestrator.close()
        template = path.read_bytes()
    finally:
        shutil.rmtree(folder)
    return Parts(registry, later, shelf, settings, template)


def _hushed(*_: Any) -> Any:
    raise structlog.DropEvent


def new_folder() -> Path:
    """A folder of its own, in memory where that is possible."""
    return Path(tempfile.mkdtemp(prefix="laws-", dir=SHM if SHM.is_dir() else None))


@contextmanager
def limits(causes: int = 1_000, due: int = 10_000) -> Iterator[None]:
    """Smaller bounds of one commit, so that backlogs go on in the next one."""
    wanted = {"MAX_CAUSES": causes, "MOST_DUE": due}
    modules = [m for name, m in sorted(sys.modules.items()) if name.startswith("orchestrator.")]
    before = [(m, n, getattr(m, n)) for m in modules for n in wanted if hasattr(m, n)]
    assert {name for _, name, _ in before} == set(wanted)
    defaults, Run.to.__defaults__ = Run.to.__defaults__, (causes,)
    for module, name, _ in before:
        setattr(module, name, wanted[name])
    try:
        yield
    finally:
        Run.to.__defaults__ = defaults
        for module, name, value in before:
            setattr(module, name, value)


class Process:
    """One life of one process."""

    def __init__(self, path: Path, clock: Clock, registry: Registry) -> None:
        self.fuse = Fuse()
        self.clock = Watch(clock)
        self.registry = registry
        self.at_the_lock: Callable[[], None] = lambda: None
        self._raw: list[Any] = []
        self.store = Store(f"sqlite:///{path}")
        self._wire()
        _, _, shelf, settings, _ = parts()
        self.orchestrator = Orchestrator(self.store, registry, shelf, settings, self.clock)

    def ends(self) -> None:
        """As a process does that is told to."""
        self.orchestrator.close()

    def vanishes(self) -> None:
        """As one does that is killed: nothing is committed, no cursor keeps its lock alive."""
        for raw in self._raw:  # a traceback may keep its cursors
            with suppress(sqlite3.ProgrammingError):  # SQLAlchemy has closed it already
                raw.rollback()
            raw.close()
        self._raw.clear()
        self.store.engine.dispose()
        self.store._reader.dispose()
        self.store._lock.release()

    def _wire(self) -> None:
        fuse = self.fuse
        for engine in {self.store.engine, self.store._reader}:
            event.listen(engine, "connect", lambda raw, _: self._raw.append(raw))
            event.listen(engine, "before_cursor_execute", lambda *_: fuse.point())
            event.listen(engine, "after_cursor_execute", lambda *_: fuse.point())
            commits, undoes = engine.dialect.do_commit, engine.dialect.do_rollback
            engine.dialect.do_commit = _around(fuse, commits)
            engine.dialect.do_rollback = _unless_dead(fuse, undoes)
        writes = self.store.write

        @contextmanager
        def waits_and_writes() -> Iterator[WriteTx]:
            self.at_the_lock()
            with writes() as tx:
                yield tx

        self.store.write = waits_and_writes


def _around(fuse: Fuse, commits: Any) -> Any:
    def commit(raw: Any) -> None:
        fuse.point()  # just before the COMMIT
        commits(raw)
        fuse.committed()  # behind it: durable, and nobody was told

    return commit


def _unless_dead(fuse: Fuse, undoes: Any) -> Any:
    def undo(raw: Any) -> None:
        if not fuse.dead:
            undoes(raw)

    return undo
