"""A real engine on a real SQLite file, whose clock we move and whose plug we can pull.

A `World` does what its inputs say at their instants. Between any two of its statements it can be
killed: `Fuse` counts them and burns at the one it was told. Then nothing of that process speaks to
the file any more, its connections are closed without a commit, a fresh engine opens the same file,
and the caller tries again as a careful caller does.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import structlog
from sqlalchemy import event

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.clock import VirtualClock
from orchestrator.core.docket import Run
from orchestrator.core.instants import parse_instant
from orchestrator.db import library
from orchestrator.db.store import Store
from orchestrator.errors import Trouble
from orchestrator.registry import Registry, load
from orchestrator.settings import Settings, read_settings

CONFIG = Path(__file__).parents[2] / "config"
EPOCH = parse_instant("2020-01-01T00:00:00+08:00")
SHM = Path("/dev/shm")
CALENDAR = "cn"


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


class Act(NamedTuple):
    """One concrete input. `what` is open, inject or announce."""

    what: str
    target: str  # workflow, case, or the edition's text
    name: str = ""  # of the event
    by: str = ""
    facts: Mapping[str, Any] | None = None
    docket: str = ""
    case: str | None = None
    assume: bool = False
    key: str | None = None
    after: int = 0  # an announcement that holds so much later


class Outcome(NamedTuple):
    """What the caller was told: an answer, or the trouble; `None` of both: the answer was lost."""

    answer: dict[str, Any] | None
    trouble: str | None = None

    @property
    def refused(self) -> bool:
        return bool(self.trouble) or bool(self.answer and self.answer["refused"])


LOST = Outcome(None)


class Parts(NamedTuple):
    registry: Registry
    shelf: library.Shelf
    settings: Settings
    template: bytes


@lru_cache(maxsize=1)
def parts() -> Parts:
    """Read once a session: config, definitions, and an empty database as bytes."""
    structlog.configure(processors=[_hushed])
    registry = load(["workflows"])
    shelf, settings = read_shelf(CONFIG, registry), read_settings(CONFIG)
    with _folder() as folder:
        path = folder / "template.db"
        orchestrator = Orchestrator(
            Store(f"sqlite:///{path}"), registry, shelf, settings, VirtualClock(EPOCH)
        )
        orchestrator.close()
        template = path.read_bytes()
    return Parts(registry, shelf, settings, template)


def _hushed(*_: Any) -> Any:
    raise structlog.DropEvent


@contextmanager
def _folder() -> Iterator[Path]:
    path = new_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path)


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


class World:
    """One database file and the process that serves it now."""

    def __init__(self, at: int = EPOCH, clock: Any = None) -> None:
        self.folder = new_folder()
        self.path = self.folder / "orchestrator.db"
        self.path.write_bytes(parts().template)
        self.clock = clock or VirtualClock(at)
        self.crashes = 0
        self.fuse = Fuse()
        self._raw: list[Any] = []
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.orchestrator.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- lives and deaths -------------------------------------------------------------------

    def start(self) -> None:
        """A fresh process on the same file."""
        registry, shelf, settings, _ = parts()
        store = Store(f"sqlite:///{self.path}")
        self._wire(store)
        self.orchestrator = Orchestrator(store, registry, shelf, settings, self.clock)
        self.engine = self.orchestrator.engine

    def restart(self) -> None:
        self.orchestrator.close()
        self.fuse = Fuse()
        self.start()

    def after_death(self) -> None:
        """Another process, on the very bytes that the dead one left: file and WAL, no commit."""
        self.crashes += 1
        left, self.path = self.path, self.folder / f"life-{self.crashes}.db"
        for suffix in ("", "-wal"):
            if (part := Path(f"{left}{suffix}")).exists():
                shutil.copyfile(part, f"{self.path}{suffix}")
        for raw in self._raw:  # a traceback may keep its cursors, and with them its lock, alive
            with suppress(sqlite3.ProgrammingError):  # SQLAlchemy has closed it already
                raw.rollback()
            raw.close()
        self._raw.clear()
        self._store.engine.dispose()
        self._store._reader.dispose()
        self._store._lock.release()
        self.fuse = Fuse()
        self.start()

    def _wire(self, store: Store) -> None:
        fuse, self._store = self.fuse, store
        for engine in {store.engine, store._reader}:
            event.listen(engine, "connect", lambda raw, _: self._raw.append(raw))
            event.listen(engine, "before_cursor_execute", lambda *_: fuse.point())
            event.listen(engine, "after_cursor_execute", lambda *_: fuse.point())
            commits, undoes = engine.dialect.do_commit, engine.dialect.do_rollback
            engine.dialect.do_commit = _around(fuse, commits)
            engine.dialect.do_rollback = _unless_dead(fuse, undoes)

    # -- what happens -----------------------------------------------------------------------

    def move_to(self, at: int) -> None:
        self.clock.move_to(max(at, self.clock.now()))

    def wake(self, batch: int = 500, until: int | None = None) -> None:
        """What a daemon does when its alarm rings."""
        self.engine.batch = batch
        for _ in range(10_000):
            if not self.engine.advance_batch(until).more:
                self.nothing_is_early()
                return
        raise AssertionError("an advance never comes to an end")

    def wake_at_each_deadline(self, until: int) -> None:
        """The perfect daemon: awake at every due instant and at no other."""
        for _ in range(10_000):
            due = self.one("SELECT min(next_due_at) FROM dockets")
            if due is None or due > until:
                break
            self.move_to(due)
            self.wake()
        self.move_to(until)

    def once(self, do: Any, crash: int | None = None) -> Any:
        """Do it with the fuse set; gives `Crash` when the process died of it, and starts anew."""
        self.fuse.behind = crash == BEHIND
        self.fuse.left = None if crash == BEHIND else crash
        try:
            done = do()
        except Crash:
            self.after_death()
            return Crash
        self.fuse.left, self.fuse.behind = None, False
        return done

    def act(self, act: Act, crash: int | None = None) -> Outcome:
        """Hand an input in; after a death look, and try again where that is needed."""
        before = self.receipts()
        told = self.once(lambda: self._hand_in(act), crash)
        if told is not Crash:
            return told
        if act.key is None and self.receipts() != before:
            return LOST  # it was decided; only its answer is gone
        return self._hand_in(act)

    def _hand_in(self, act: Act) -> Outcome:
        if act.what == "announce":
            now = self.clock.now()
            with self._store.write() as tx:
                library.announce(tx, CALENDAR, act.target, now + act.after, now)
            return Outcome({"refused": False})
        try:
            if act.what == "open":
                answer = self.orchestrator.open(
                    act.target,
                    docket=act.docket,
                    by=act.by,
                    facts=act.facts,
                    case=act.case,
                    key=act.key,
                    assume=act.assume,
                )
            else:
                answer = self.orchestrator.inject(
                    act.target, act.name, by=act.by, facts=act.facts, key=act.key
                )
        except Trouble as trouble:
            return Outcome(None, f"{type(trouble).__name__}: {trouble}")
        self.nothing_is_early()
        data = answer.as_data()
        data.pop("repeated")
        return Outcome(data)

    # -- what is there ----------------------------------------------------------------------

    def rows(self, text: str, *given: Any) -> list[tuple[Any, ...]]:
        with self._store.read() as tx:
            return [tuple(row) for row in tx.rows(text, *given)]

    def one(self, text: str, *given: Any) -> Any:
        return self.rows(text, *given)[0][0]

    def nothing_is_early(self) -> None:
        """Law 2, seen from outside: nothing has taken effect that is still to come.

        A clock that never went back says so; `recorded_at` cannot, it is never before the effect.
        """
        if isinstance(self.clock, VirtualClock):
            latest = self.one("SELECT coalesce(max(effective_at), 0) FROM journal")
            assert latest <= self.clock.now(), "an entry took effect before its instant had come"

    def receipts(self) -> int:
        """How many inputs were decided, by persons or announced."""
        return self.one(
            "SELECT (SELECT count(*) FROM journal WHERE kind IN ('event', 'refused')"
            " OR (kind = 'opened' AND by <> 'system'))"
            " + (SELECT count(*) FROM calendar_editions)"
        )

    def dump(self) -> dict[str, list[Any]]:
        """Everything that law 1 speaks of, and what was answered."""
        return {name: self.rows(text) for name, text in TABLES.items()}

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table, to the last column; but `tries`, which says who is at what."""
        names = self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'tries' ORDER BY name"
        )
        return {name: sorted(self.rows(f'SELECT * FROM "{name}"'), key=repr) for (name,) in names}

    def journal(self, docket: str | None = None) -> list[Line]:
        found = self.rows(
            'SELECT docket, seq, "case", effective_at, recorded_at, kind, name, by, "from", "to",'
            " content, hash FROM journal WHERE ? IS NULL OR docket = ? ORDER BY docket, seq",
            docket,
            docket,
        )
        return [Line(*row[:10], json.loads(row[10]), row[11]) for row in found]

    def editions(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT number, announced_at, content FROM calendar_editions")


class Line(NamedTuple):
    """An entry of the journal as it is read back."""

    docket: str
    seq: int
    case: str | None
    effective_at: int
    recorded_at: int
    kind: str
    name: str
    by: str
    from_state: str | None
    to_state: str | None
    content: dict[str, Any]
    hash: str


TABLES = {
    "dockets": "SELECT * FROM dockets ORDER BY key",
    "cases": "SELECT * FROM cases ORDER BY id",
    "timers": 'SELECT * FROM timers ORDER BY "case", name',
    "journal": (
        'SELECT docket, seq, "case", effective_at, kind, name, by, "from", "to", content, hash'
        " FROM journal ORDER BY docket, seq"
    ),
    "outbox": (
        'SELECT docket, seq, n, "case", name, content, at FROM outbox ORDER BY docket, seq, n'
    ),
    "requests": (
        "SELECT caller, key, content_hash, answer, docket FROM requests ORDER BY caller, key"
    ),
    "incidents": "SELECT docket, error FROM incidents ORDER BY docket",
}


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
