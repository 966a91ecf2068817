"""What every act stands on: the store, the clock, the world, and what to do when a docket breaks."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import structlog

from orchestrator.answers import Answer, held_answer, zone_of
from orchestrator.clock import Clock, stopwatch
from orchestrator.core.decide import Book
from orchestrator.core.docket import Docket, Run, World, docket_born
from orchestrator.core.values import Missing
from orchestrator.db import library
from orchestrator.db.store import Place, ReadTx, Store, Wanted, WriteTx
from orchestrator.engine.tries import Tries
from orchestrator.errors import BadInput, NotFound
from orchestrator.inputs import Input
from orchestrator.registry import Registry
from orchestrator.rulebook import in_force

log = structlog.get_logger("orchestrator.engine")

MOST_SECONDS = 30  # that one docket may think in one commit; others wait for the same lock
MOST_RELOADS = 1_000  # views that lacked something, for one batch; more is a bug of ours


class TooSlow(Exception):
    """A docket thought for longer than others can be kept waiting: an incident."""


class Ground:
    """One store, one registry, one clock."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        clock: Clock,
        *,
        default_rulebook: str,
        batch: int = 500,
        recorder: Clock | None = None,
    ) -> None:
        """`recorder` says when something is written down, where that is not `clock` (replay)."""
        self.store = store
        self.registry = registry
        self.clock = clock
        self.default_rulebook = default_rulebook
        self.batch = batch
        self._recorder = recorder or clock
        self.stopwatch = stopwatch
        self.tries = Tries(store.living)
        self._one_at_a_time = Lock()  # passes of this process
        self._world: tuple[Any, World] | None = None
        self._places: dict[str, Place] = {}  # case → where it is
        self._strange: set[str] = set()  # dockets of definitions that this process does not know

    def world(self, tx: ReadTx) -> World:
        """Definitions, rulebooks and calendars; read again when another process added some."""
        mark = tx.rows(
            "SELECT max(number), (SELECT count(*) FROM rulebooks) FROM calendar_editions"
        )
        kept = self._world  # another thread may look at this very moment, at an older state
        if kept is not None and kept[0] == tuple(mark[0]):
            return kept[1]
        books = library.rulebooks(tx, self.registry.sections)
        world = self.registry.world(books, library.almanac(tx))
        self._world = (tuple(mark[0]), world)
        return world

    def book_for(self, world: World, given: Input, at: int) -> Book:
        """The definition under the version of the rulebook that is in force."""
        name = given.rulebook or self.default_rulebook
        versions = [book for book in world.rulebooks.values() if book.name == name]
        if not versions:
            known = ", ".join(sorted({book.name for book in world.rulebooks.values()}))
            raise NotFound(f"no rulebook {name!r}; there are {known}")
        zone = zone_of(world, versions[0].pin)
        rulebook = in_force(versions, name, zone.local(at).date())
        assert rulebook is not None
        try:
            return world.books[self.registry.definitions[given.workflow], rulebook.pin]
        except KeyError:
            raise BadInput(f"rulebook {name} has no section for {given.workflow}") from None

    def recorded_at(self, at: int) -> int:
        """When what took effect at an instant is written down: never before it."""
        return max(at, self._recorder.now())

    def load_and_move(
        self,
        tx: ReadTx,
        wanted: Mapping[str, Wanted],
        at: int,
        move: Callable[[str, Docket | None], None],
    ) -> None:
        """Load dockets and move each; where a view lacked something, again from the start with it.

        at     timers due by then are loaded
        move   given the key of each docket and what was loaded, None where there is none yet
        """
        for _ in range(MOST_RELOADS):
            loaded = tx.load(wanted, at)
            again: dict[str, Wanted] = {}
            with self.store.living.thinking():
                for key, want in wanted.items():
                    try:
                        move(key, loaded.get(key))
                    except Missing as missing:
                        again[key] = want.more(missing.queries)
            if not again:
                return
            wanted = again
        raise RuntimeError("what the views of these dockets lack never comes to an end")

    # -- incidents --------------------------------------------------------------------------

    def stop_docket(
        self,
        tx: WriteTx,
        key: str,
        at: int,
        error: Exception,
        given: str | None,
        *,
        born_at: int | None = None,
    ) -> int:
        """Open an incident: the docket stands still until it is settled; others go on (law 10).

        born_at   the instant at which the docket begins if nobody has heard of it; else `at`
        """
        told = "".join(traceback.format_exception(error))
        said = f"{type(error).__name__}: {error}"
        log.error("incident", docket=key, error=said)
        if not tx.load({key: Wanted()}, at):
            world = self.world(tx)
            born = docket_born(key, at if born_at is None else born_at, world.almanac)
            tx.save([Run(born, world)], at)
        return tx.open_incident(key, at, said, told, given)

    def hold(self, tx: WriteTx, given: Input, key: str | None, at: int, incident: int) -> Answer:
        """Keep an input with its stamp: nobody loses a deadline by our bug (law 10)."""
        tx.hold(incident, given.docket, at, given.as_text(), given.by, key)
        answer = held_answer(given.docket, given.case, incident)
        if key is not None:
            content = given.content_hash()
            tx.keep_request(given.by, key, content, answer.as_data(), given.docket, at)
        return answer

    def must_be_in_time(self, began: float) -> None:
        """raises   TooSlow: a docket's guards and folds have taken too long since then"""
        took = self.stopwatch() - began
        if took > MOST_SECONDS:
            raise TooSlow(f"{took:.0f} s in guards and folds, at most {MOST_SECONDS} s")

    def is_strange(self, docket: Docket) -> bool:
        known = self.registry.known
        return any(case.definition not in known for case in docket.cases.values())
