"""A real engine on a real SQLite file, whose clock we move and whose plug we can pull.

A `World` does what its inputs say at their instants. Its file is served by up to three processes
that take turns, each with its own connections, its own memory and its own clock. Any of them can be
killed between two of its statements; a fresh one opens what it left, and the caller tries again as
a careful caller does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.db import library
from orchestrator.db.store import Store
from orchestrator.engine import Engine
from orchestrator.errors import Trouble
from tests.laws.process import BEHIND, EPOCH, Crash, Process, limits, new_folder, parts
from tests.laws.rows import TABLES, Line
from tests.laws.seen import met

__all__ = [
    "BEHIND",
    "LOST",
    "PROCESSES",
    "Act",
    "Crash",
    "Line",
    "NeverEnds",
    "Outcome",
    "World",
    "limits",
    "parse_instant",
    "parts",
]

CALENDAR = "cn"
PROCESSES = 3
MOST_LOCKS = 2_000  # of one input and of all that happens meanwhile


class NeverEnds(AssertionError):
    """Something goes round and round."""


class Act(NamedTuple):
    """One concrete input. `what` is open, inject, announce or upgrade."""

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
    rulebook: str | None = None


class Outcome(NamedTuple):
    """What the caller was told: an answer, or the trouble; `None` of both: the answer was lost."""

    answer: dict[str, Any] | None
    trouble: str | None = None

    @property
    def refused(self) -> bool:
        return bool(self.trouble) or bool(self.answer and self.answer["refused"])


LOST = Outcome(None)


class World:
    """One database file and the processes that serve it, of which one is at work."""

    def __init__(self, at: int = EPOCH, clock: Any = None, file: bytes | None = None) -> None:
        self.folder = new_folder()
        self.path = self.folder / "orchestrator.db"
        self.path.write_bytes(file or parts().template)
        self.clock = clock or VirtualClock(at)
        self.crashes = 0
        self.upgraded = False
        self.fastest = 0  # how far the clock of any process was ever ahead
        self.processes: dict[int, Process] = {}
        self.who = 0
        self.knows = dict.fromkeys(range(PROCESSES), parts().registry)
        self._meanwhile: Callable[[], None] | None = None
        self._locks = 0
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.ends()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def process(self) -> Process:
        return self.processes[self.who]

    @property
    def orchestrator(self) -> Orchestrator:
        return self.process.orchestrator

    @property
    def engine(self) -> Engine:
        return self.process.orchestrator.engine

    @property
    def _store(self) -> Store:
        return self.process.store

    # -- lives and deaths -------------------------------------------------------------------

    def start(self) -> None:
        """A fresh process on the same file."""
        self.processes[self.who] = Process(self.path, self.clock, self.knows[self.who])
        self.process.at_the_lock = self._let_pass

    def turn_to(self, who: int) -> None:
        """Another process goes on, as it was when it stopped; the first time it is started."""
        if who != self.who:
            met("another process")
        self.who = who
        if who not in self.processes:
            self.start()

    def restart(self) -> None:
        self.process.ends()
        self.start()

    def upgrade(self) -> None:
        """A new version of the complaint: the first process starts anew with it, others have not
        heard of it yet, and the last one never does."""
        self.upgraded = True
        self.knows |= {0: parts().later, 1: parts().later}
        self.turn_to(0)
        self.restart()

    def after_death(self) -> None:
        """Another process, on the very bytes that the dead one left: file and WAL, no commit."""
        self.crashes += 1
        left, self.path = self.path, self.folder / f"life-{self.crashes}.db"
        for suffix in ("", "-wal"):
            if (part := Path(f"{left}{suffix}")).exists():
                shutil.copyfile(part, f"{self.path}{suffix}")
        for process in self.processes.values():
            process.vanishes()
        self.processes.clear()
        self.start()

    # -- what happens -----------------------------------------------------------------------

    def move_to(self, at: int) -> None:
        self.clock.move_to(max(at, self.clock.now()))

    def wake(self, batch: int = 500, until: int | None = None, *, hurries: bool = False) -> None:
        """What a daemon does when its alarm rings, or `calendar catch-up`."""
        engine = self.engine
        engine.batch = batch
        for _ in range(10_000):
            done = engine.catch_up_batch() if hurries else engine.advance_batch(until)
            if not done.more:
                self.nothing_is_early()
                return
        raise AssertionError("an advance never comes to an end")

    def wake_at_each_deadline(self, until: int) -> None:
        """The perfect daemon: awake at every due instant and at no other."""
        for _ in range(10_000):
            due = self.one("SELECT min(next_due_at) FROM dockets WHERE incident IS NULL")
            if due is None or due > until:
                break
            self.move_to(due)
            self.wake()
        self.move_to(until)

    def once(self, do: Any, crash: int | None = None) -> Any:
        """Do it with the fuse set; gives `Crash` when the process died of it, and starts anew."""
        fuse = self.process.fuse
        fuse.behind = crash == BEHIND
        fuse.left = None if crash == BEHIND else crash
        try:
            done = do()
        except Crash:
            met("death behind a commit" if crash == BEHIND else "death at a statement")
            self.after_death()
            return Crash
        fuse.left, fuse.behind = None, False
        return done

    def act(
        self,
        act: Act,
        crash: int | None = None,
        who: int = 0,
        meanwhile: Callable[[], None] | None = None,
    ) -> Outcome:
        """Hand an input in; after a death look, and try again where that is needed.

        who        the process that takes it, or hands it on to one that knows the definition
        meanwhile  what goes on in other processes until this one gets the lock
        """
        self.turn_to(0 if self.upgraded and act.what != "inject" else who)
        before, self._meanwhile, self._locks = self.receipts(), meanwhile, 0
        told = self.once(lambda: self._hand_in(act), crash)
        self._let_pass()
        if told is Crash:
            if act.key is None and self.receipts() != before:
                return LOST  # it was decided; only its answer is gone
            told = self._hand_in(act)
        if "this process does not know" in (told.trouble or ""):
            met("a definition that a process does not know")
            self.turn_to(0)
            return self._hand_in(act)
        return told

    def _let_pass(self) -> None:
        """Whatever happens in other processes while this one waits for the lock."""
        self._locks += 1
        if self._locks > MOST_LOCKS:
            raise NeverEnds("a process takes the lock again and again")
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            who = self.who
            meanwhile()
            self.turn_to(who)

    def _hand_in(self, act: Act) -> Outcome:
        try:
            answer = self._given(act)
        except Trouble as trouble:
            met(f"trouble {type(trouble).__name__}")
            return Outcome(None, f"{type(trouble).__name__}: {trouble}")
        self.nothing_is_early()
        data = answer.as_data() if answer else {"refused": False, "repeated": False, "held": None}
        repeated, held = data.pop("repeated"), data["held"] is not None
        met(*["a repeated answer"] * repeated, *["a held input"] * held)
        return Outcome(data)

    def _given(self, act: Act) -> Any:
        if act.what == "upgrade":
            return self.upgrade()
        if act.what == "announce":
            with self._store.write() as tx:
                now = self.process.clock.now()
                library.announce(tx, CALENDAR, act.target, now + act.after, now)
            return None
        if act.what == "open":
            return self.orchestrator.open(
                act.target,
                docket=act.docket,
                by=act.by,
                facts=act.facts,
                case=act.case,
                key=act.key,
                assume=act.assume,
                rulebook=act.rulebook,
            )
        return self.orchestrator.inject(
            act.target, act.name, by=act.by, facts=act.facts, key=act.key
        )

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
            assert latest <= self.clock.now() + self.fastest, (
                "an entry took effect before its instant had come"
            )

    def receipts(self) -> int:
        """How many inputs were decided or held, by persons or announced."""
        return self.one(
            "SELECT (SELECT count(*) FROM journal WHERE kind IN ('event', 'refused')"
            " OR (kind = 'opened' AND by <> 'system'))"
            " + (SELECT count(*) FROM calendar_editions) + (SELECT count(*) FROM held)"
        )

    def dump(self) -> dict[str, list[Any]]:
        """Everything that law 1 speaks of, and what was answered."""
        return {name: self.rows(text) for name, text in TABLES.items()}

    def entries(self) -> int:
        return self.one("SELECT count(*) FROM journal")

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
