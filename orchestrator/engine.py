"""The engine: load, ask the core, save. One road for a person's event and for a due timer.

`open` and `inject` take one input each, `advance` lets time pass for whatever is due; a preview is
the same without the save. A docket is locked before it is read, the receipt of an input is stamped
under that lock, and everything one input causes is one commit (laws 1, 4 and 8).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import structlog

from orchestrator import inputs
from orchestrator.answers import Answer, answer_of, held_answer, zone_of
from orchestrator.clock import Clock
from orchestrator.core.decide import Book
from orchestrator.core.docket import MAX_CAUSES, Answered, Docket, Run, World, docket_born
from orchestrator.core.values import Event, Missing
from orchestrator.db import library
from orchestrator.db.store import ReadTx, Store, Wanted, WriteTx
from orchestrator.errors import BadInput, Conflict, NotFound, Trouble, Unavailable
from orchestrator.inputs import Input
from orchestrator.registry import Registry
from orchestrator.rulebook import in_force

log = structlog.get_logger("orchestrator.engine")

MOST_RELOADS = 1_000  # views that lacked something, for one batch; more is a bug of ours


class Tally(NamedTuple):
    """What an advance did."""

    dockets: int = 0
    firings: int = 0
    incidents: int = 0
    more: bool = False

    def plus(self, other: Tally) -> Tally:
        """Both together; `more` is the later one's."""
        return Tally(
            self.dockets + other.dockets,
            self.firings + other.firings,
            self.incidents + other.incidents,
            other.more,
        )


class Engine:
    """Moves cases. What only looks is in `queries`."""

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
        self._world: tuple[Any, World] | None = None
        self._strange: set[str] = set()  # dockets of definitions that this process does not know

    # -- inputs -----------------------------------------------------------------------------

    def take(self, given: Input, key: str | None = None) -> Answer:
        """Decide one input, durably; a long backlog before it is committed first.

        raises   NotFound, Conflict, BadInput, Unavailable
        """
        if key is not None:
            key = inputs.name("idempotency key", key)
        event = inputs.event_of(given, self.registry.workflow(given.workflow))
        while True:
            with self.store.write() as tx:
                answer = self._repeated(tx, given, key) or self._decide(tx, given, event, key)
            if answer is not None:
                return answer

    def preview(self, given: Input) -> Answer:
        """What `take` would answer now; nothing is written."""
        event = inputs.event_of(given, self.registry.workflow(given.workflow))
        with self.store.read() as tx:
            world = self.world(tx)
            stopped = tx.stopped(given.docket)
            if stopped.incident is not None:
                return held_answer(given.docket, given.case, stopped.incident)
            runs = self._runs(tx, world, given, event, MAX_CAUSES * MAX_CAUSES)
            assert runs.answered is not None
            return self._answer(world, runs, given)

    def _repeated(self, tx: WriteTx, given: Input, key: str | None) -> Answer | None:
        """The first answer again: same caller, same key, same content (law 9)."""
        found = tx.find_request(given.by, key) if key is not None else None
        if found is None:
            return None
        content, answer = found
        if content != given.content_hash():
            raise Conflict(f"idempotency key {key!r} of {given.by} was used for something else")
        return replace(Answer(**answer), repeated=True)

    def _decide(self, tx: WriteTx, given: Input, event: Event, key: str | None) -> Answer | None:
        world = self.world(tx)
        stopped = tx.stopped(given.docket)
        if stopped.replay is not None:
            raise Unavailable(f"docket {given.docket} is being replayed ({stopped.replay})")
        if stopped.incident is not None:
            return self.hold(tx, given, key, self.clock.now(), stopped.incident)
        now = self.clock.now()
        try:
            runs = self._runs(tx, world, given, event, MAX_CAUSES)
        except _Broken as broken:
            mine = broken.docket == given.docket
            told = given.as_text() if mine else None
            incident = self.stop_docket(tx, broken.docket, now, broken.error, told)
            return self.hold(tx, given, key, now, incident) if mine else None
        tx.save(runs.all(), self.recorded_at(now))
        if runs.answered is None:
            return None  # a backlog is saved; the input is stamped under the lock that decides it
        answer = self._answer(world, runs, given)
        if key is not None:
            content = given.content_hash()
            tx.keep_request(given.by, key, content, answer.as_data(), given.docket, now)
        return answer

    def _runs(self, tx: ReadTx, world: World, given: Input, event: Event, most: int) -> _Runs:
        """The dockets of an input, run to its instant, and the input decided there."""
        wanted = self._wanted(given, event)
        for _ in range(MOST_RELOADS):
            try:
                return self._try(tx, world, given, event, wanted, most)
            except Missing as missing:
                for query in missing.queries:
                    wanted[query.docket] = wanted[query.docket].more([query])
        raise RuntimeError(f"docket {given.docket}: what its views lack never comes to an end")

    def _wanted(self, given: Input, event: Event) -> dict[str, Wanted]:
        singletons = frozenset(self.registry.singletons)
        cases = frozenset([given.case]) if given.case and given.act == "inject" else frozenset()
        wanted = {given.docket: Wanted(cases, singletons)}
        other = self._read_docket(given, event)
        if other is not None and other != given.docket:
            wanted[other] = Wanted()
        return wanted

    def _read_docket(self, given: Input, event: Event) -> str | None:
        """The other docket that an opening reads."""
        reads = self.registry.workflow(given.workflow).opens.reads
        if given.act != "open" or reads is None or given.assume:
            return None
        key: str = inputs.name(reads, getattr(event.facts, reads))
        return key

    def _try(
        self,
        tx: ReadTx,
        world: World,
        given: Input,
        event: Event,
        wanted: Mapping[str, Wanted],
        most: int,
    ) -> _Runs:
        loaded, at = self._stamped(tx, dict(sorted(wanted.items())))
        docket = loaded.get(given.docket) or docket_born(given.docket, at, world.almanac)
        other_key = self._read_docket(given, event)
        other = None
        if other_key is not None and other_key != given.docket:
            self._must_be_free(tx, other_key)
            found = loaded.get(other_key) or docket_born(other_key, at, world.almanac)
            other = Run(found, world)
            with self._breaking(found):
                finished = other.to(at, most)
            if not finished:
                return _Runs(Run(docket, world), other, None)
            other.clock = at  # read at this instant: nothing may happen before it any more (law 12)
        run = Run(docket, world, other, reads_itself=other_key == given.docket)
        with self._breaking(docket):
            if not run.to(at, most):
                return _Runs(run, other, None)
            answered = self.hand_in(tx, run, world, given, event, at)
            run.to(at, most)
        return _Runs(run, other, answered)

    def _stamped(self, tx: ReadTx, wanted: Mapping[str, Wanted]) -> tuple[dict[str, Docket], int]:
        """The dockets, and the receipt: stamped under the lock, clamped to their clocks (law 8)."""
        now = self.clock.now()
        loaded = tx.load(wanted, now)
        clock = max((docket.clock or now for docket in loaded.values()), default=now)
        if clock <= now:
            return loaded, now
        log.warning("the clock is behind its dockets: clamped", dockets=list(wanted), clock=clock)
        return tx.load(wanted, clock), clock

    @contextmanager
    def _breaking(self, docket: Docket) -> Iterator[None]:
        """Whatever a guard or fold raises is told apart from what is nobody's fault."""
        try:
            yield
        except (Missing, Trouble):
            raise
        except Exception as error:
            if self._is_strange(docket):
                raise Unavailable(
                    f"docket {docket.key} has cases of definitions that this process does not know"
                ) from error
            raise _Broken(docket.key, error) from error

    def hand_in(
        self, tx: ReadTx, run: Run, world: World, given: Input, event: Event, at: int
    ) -> Answered:
        """Decide an input in a docket that stands at its instant.

        raises   Conflict: the id of an opening is taken; BadInput: no such rulebook
        """
        if given.act == "inject":
            assert given.case is not None
            return run.handle(given.case, event, at)
        if given.case is not None and tx.place(given.case) is not None:
            raise Conflict(f"case {given.case!r} is there already")
        book = self.book_for(world, given, at)
        return run.open(book, given.case, event, at, assume=given.assume)

    def _must_be_free(self, tx: ReadTx, key: str) -> None:
        stopped = tx.stopped(key)
        if stopped.incident is not None:
            raise Unavailable(
                f"docket {key}, which this filing reads, is stopped by incident {stopped.incident}:"
                " nothing was written; try again when it is settled"
            )

    def book_for(self, world: World, given: Input, at: int) -> Book:
        """The definition under the version of the rulebook that is in force."""
        name = given.rulebook or self.default_rulebook
        versions = [book for book in world.rulebooks.values() if book.name == name]
        if not versions:
            known = ", ".join(sorted({book.name for book in world.rulebooks.values()}))
            raise BadInput(f"rulebook: one of {known}, got {name!r}")
        zone = zone_of(world, versions[0].pin)
        rulebook = in_force(versions, name, zone.local(at).date())
        assert rulebook is not None
        try:
            return world.books[self.registry.definitions[given.workflow], rulebook.pin]
        except KeyError:
            raise BadInput(f"rulebook {name} has no section for {given.workflow}") from None

    def _answer(self, world: World, runs: _Runs, given: Input) -> Answer:
        assert runs.answered is not None
        case = runs.run.cases.get(runs.answered.case)
        default = next(iter(world.rulebooks))
        return answer_of(
            runs.run, runs.answered, zone_of(world, case.rulebook if case else default)
        )

    # -- time -------------------------------------------------------------------------------

    def advance(
        self, until: int | None = None, *, progress: Callable[[Tally], None] | None = None
    ) -> Tally:
        """Let everything happen that is due by now, or by an earlier instant, in bounded batches."""
        total = Tally()
        while True:
            done = self.advance_batch(until)
            total = total.plus(done)
            if progress is not None:
                progress(total)
            if not done.more:
                return total

    def advance_batch(self, until: int | None = None) -> Tally:
        """One commit: at most so many dockets, each moved by everything that is due."""
        with self.store.write() as tx:
            world = self.world(tx)
            now = self.clock.now() if until is None else min(until, self.clock.now())
            keys = self._claim(tx, world, now)
            if not keys:
                return Tally()
            done = self._advance_and_save(tx, world, keys, now)
            return done._replace(more=done.more or len(keys) >= self.batch)

    def advance_dockets(self, keys: Sequence[str], until: int) -> Tally:
        """The same for these dockets alone, in one commit; `more`: a backlog is left."""
        with self.store.write() as tx:
            stopped = tx.stopped_among(keys)
            free = [key for key in keys if key not in stopped]
            return self._advance_and_save(tx, self.world(tx), free, until)

    def _advance_and_save(self, tx: WriteTx, world: World, keys: Sequence[str], now: int) -> Tally:
        runs, broken, unfinished = self._advance(tx, world, keys, now)
        recorded_at = self.recorded_at(now)
        tx.save(runs, recorded_at)
        for key, error in broken.items():
            self.stop_docket(tx, key, recorded_at, error, None)
        firings = sum(1 for run in runs for entry in run.entries if entry.kind == "timer")
        return Tally(len(runs), firings, len(broken), unfinished)

    def recorded_at(self, at: int) -> int:
        """When what took effect at an instant is written down: never before it."""
        return max(at, self._recorder.now())

    def next_due(self) -> int | None:
        """The earliest instant at which this process has something to do."""
        with self.store.read() as tx:
            return tx.next_due(self._strange)

    def _claim(self, tx: WriteTx, world: World, now: int) -> list[str]:
        most = self.batch + len(self._strange)
        keys = [key for key in tx.claim_due(now, most) if key not in self._strange]
        if len(keys) < self.batch:
            announced = [a.number for a in world.almanac.announcements if a.announced_at <= now]
            stale = tx.claim_stale(max(announced, default=0), most)
            keys += [key for key in stale if key not in self._strange and key not in keys]
        return keys[: self.batch]

    def _advance(
        self, tx: WriteTx, world: World, keys: Sequence[str], now: int
    ) -> tuple[list[Run], dict[str, Exception], bool]:
        wanted = dict.fromkeys(keys, Wanted())
        done: list[Run] = []
        broken: dict[str, Exception] = {}
        unfinished = False
        for _ in range(MOST_RELOADS):
            loaded = tx.load(wanted, now)
            again: dict[str, Wanted] = {}
            for key, docket in loaded.items():
                run = Run(docket, world)
                try:
                    unfinished |= not run.to(now)
                    done.append(run)
                except Missing as missing:
                    again[key] = wanted[key].more(missing.queries)
                except Exception as error:  # noqa: BLE001  one bad case harms no other (law 10)
                    if self._is_strange(docket):
                        self._strange.add(key)
                        log.warning("definition unknown here: left alone", docket=key)
                    else:
                        broken[key] = error
            if not again:
                return done, broken, unfinished
            wanted = again
        raise RuntimeError("what the views of this batch lack never comes to an end")

    def _is_strange(self, docket: Docket) -> bool:
        known = self.registry.known
        return any(case.definition not in known for case in docket.cases.values())

    # -- incidents --------------------------------------------------------------------------

    def stop_docket(
        self, tx: WriteTx, key: str, at: int, error: Exception, given: str | None
    ) -> int:
        """Open an incident: the docket stands still until it is settled; others go on (law 10)."""
        told = "".join(traceback.format_exception(error))
        said = f"{type(error).__name__}: {error}"
        log.error("incident", docket=key, error=said)
        if not tx.load({key: Wanted()}, at):
            tx.save([Run(docket_born(key, at, self.world(tx).almanac), self.world(tx))], at)
        return tx.open_incident(key, at, said, told, given)

    def hold(self, tx: WriteTx, given: Input, key: str | None, at: int, incident: int) -> Answer:
        """Keep an input with its stamp: nobody loses a deadline by our bug (law 10)."""
        tx.hold(incident, given.docket, at, given.as_text(), given.by, key)
        answer = held_answer(given.docket, given.case, incident)
        if key is not None:
            content = given.content_hash()
            tx.keep_request(given.by, key, content, answer.as_data(), given.docket, at)
        return answer

    # -- what all of it needs ---------------------------------------------------------------

    def world(self, tx: ReadTx) -> World:
        """Definitions, rulebooks and calendars; read again when another process added some."""
        mark = tx.rows(
            "SELECT max(number), (SELECT count(*) FROM rulebooks) FROM calendar_editions"
        )
        if self._world is None or self._world[0] != tuple(mark[0]):
            books = library.rulebooks(tx, self.registry.sections)
            world = self.registry.world(books, library.almanac(tx))
            self._world = (tuple(mark[0]), world)
        return self._world[1]

    def input_for_case(self, case: str, event: str, by: str, facts: object) -> Input:
        """An event for a case.

        raises   NotFound: no such case; BadInput: what cannot be read
        """
        case, given = inputs.name("case", case), inputs.facts(facts)
        with self.store.read() as tx:
            place = tx.place(case)
        if place is None:
            raise NotFound(f"no case {case!r}")
        if place.workflow not in self.registry.workflows:
            raise Unavailable(f"case {case}: this process does not know {place.definition}")
        event, by = inputs.name("event", event), inputs.name("by", by)
        return Input("inject", place.workflow, place.docket, case, event, by, given)

    def input_to_open(
        self,
        workflow: str,
        docket: str,
        by: str,
        facts: object,
        *,
        case: str | None = None,
        assume: bool = False,
        rulebook: str | None = None,
    ) -> Input:
        """The opening of a case.

        raises   NotFound: no such workflow; BadInput: what cannot be read
        """
        self.registry.workflow(workflow)
        return Input(
            "open",
            workflow,
            inputs.name("docket", docket),
            None if case is None else inputs.case_id(case),
            workflow,
            inputs.name("by", by),
            inputs.facts(facts),
            assume,
            rulebook,
        )


class _Broken(Exception):
    """A docket that a guard or fold raised in: it is stopped, others go on (law 10)."""

    def __init__(self, docket: str, error: Exception) -> None:
        self.docket = docket
        self.error = error
        super().__init__(docket, error)


class _Runs(NamedTuple):
    """The docket of an input, the one it read, and what it came to; None: a backlog came first."""

    run: Run
    other: Run | None
    answered: Answered | None

    def all(self) -> list[Run]:
        """In ascending order of key, as everything that touches two dockets."""
        both = [self.run] if self.other is None else [self.run, self.other]
        return sorted(both, key=lambda run: run.docket.key)
