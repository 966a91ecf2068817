"""One input of a person or a system: decided under the lock, at its receipt; or previewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from orchestrator.answers import Answer, answer_of, held_answer, zone_of
from orchestrator.core.docket import MAX_CAUSES, Answered, Docket, Run, World, docket_born
from orchestrator.core.values import Event, Missing
from orchestrator.db.store import ReadTx, Wanted, WriteTx
from orchestrator.engine.arriving import Arriving
from orchestrator.engine.ground import MOST_RELOADS, log
from orchestrator.errors import Conflict, NotFound, Trouble, Unavailable
from orchestrator.inputs import Input

MOST_PREVIEWED = 1_000_000  # causes of a backlog that a preview runs through


class Acts(Arriving):
    """Decides inputs, or previews them."""

    def preview(self, given: Input) -> Answer:
        """What `take` would answer now; nothing is written."""
        event = self.event_of(given)
        with self.store.read() as tx:
            world = self.world(tx)
            try:
                runs = self._runs(tx, world, given, event, MOST_PREVIEWED, all_timers=True)
            except Halted:
                incident = self.stopped_by(tx, given, event, None)
                assert incident is not None
                return held_answer(given.docket, given.case, incident)
            except Broken as broken:
                said = f"docket {broken.docket}: {broken.error!r}: the input would be held"
                raise Unavailable(said) from broken
            assert runs.answered is not None
            return self.answer(world, runs.run, runs.answered)

    def decide(
        self,
        tx: WriteTx,
        given: Input,
        event: Event,
        key: str | None,
        *,
        stamp: int | None = None,
        owner: str | None = None,
    ) -> Answer | None:
        """Decide one input in a transaction; None: a long backlog was saved, and nothing decided.

        stamp    when it was received, if not now
        owner    the replay that it comes from
        raises   Unavailable: its dockets belong to an unfinished replay
        """
        world = self.world(tx)
        now = self.clock.now() if stamp is None else stamp
        try:
            runs = self._runs(tx, world, given, event, MAX_CAUSES, stamp, owner=owner)
        except Halted:
            stopped_by = self.stopped_by(tx, given, event, owner)
            assert stopped_by is not None
            if stamp is None:  # in the order in which they came, also when a clock went back
                now = max(now, tx.latest_held(given.docket) or now)
            return self.hold(tx, given, key, now, stopped_by)
        except Broken as broken:
            told = given.as_text() if broken.docket == given.docket else None
            incident = self.stop_docket(tx, broken.docket, now, broken.error, told)
            return self.hold(tx, given, key, now, incident)
        tx.save(runs.all(), self.recorded_at(now))
        if runs.answered is None:
            return None  # a backlog is saved; the input is stamped under the lock that decides it
        answer = self.answer(world, runs.run, runs.answered)
        if key is not None:
            content = given.content_hash()
            tx.keep_request(given.by, key, content, answer.as_data(), given.docket, now)
        return answer

    def stopped_by(self, tx: ReadTx, given: Input, event: Event, owner: str | None) -> int | None:
        """The incident that stops one of an input's dockets: it is held until that is settled.

        raises   Unavailable: one of them belongs to an unfinished replay
        """
        keys = [given.docket]
        other = self.read_docket(given, event)
        if other is not None:
            keys.append(other)
        stopped = tx.stopped_among(keys)
        for key in (key for key in keys if key in stopped):
            replay = stopped[key].replay
            if replay not in (None, owner):
                assert replay is not None
                raise Unavailable(
                    f"docket {key} is being replayed ({tx.replayed_file(replay)}): nothing was"
                    " written; try again when that is finished"
                )
        return next((s.incident for s in stopped.values() if s.incident is not None), None)

    def _runs(
        self,
        tx: ReadTx,
        world: World,
        given: Input,
        event: Event,
        most: int,
        stamp: int | None = None,
        *,
        owner: str | None = None,
        all_timers: bool = False,
    ) -> _Runs:
        """The dockets of an input, run to its instant, and the input decided there.

        raises   Halted: one of them stands still, or belongs to a replay that is not `owner`
        """
        wanted = {
            key: want._replace(all_timers=all_timers)
            for key, want in self._wanted(given, event).items()
        }
        for _ in range(MOST_RELOADS):
            try:
                return self._try(tx, world, given, event, wanted, most, stamp, owner)
            except Missing as missing:
                for query in missing.queries:
                    wanted[query.docket] = wanted[query.docket].more([query])
        raise RuntimeError(f"docket {given.docket}: what its views lack never comes to an end")

    def _wanted(self, given: Input, event: Event) -> dict[str, Wanted]:
        singletons = frozenset(self.registry.singletons)
        cases = frozenset([given.case]) if given.case and given.act == "inject" else frozenset()
        wanted = {given.docket: Wanted(cases, singletons)}
        other = self.read_docket(given, event)
        if other is not None and other != given.docket:
            wanted[other] = Wanted()
        return wanted

    def _try(
        self,
        tx: ReadTx,
        world: World,
        given: Input,
        event: Event,
        wanted: Mapping[str, Wanted],
        most: int,
        stamp: int | None,
        owner: str | None,
    ) -> _Runs:
        loaded, at = self._stamped(tx, dict(sorted(wanted.items())), stamp)
        if any(stop.incident or stop.replay != owner for stop in tx.halted.values()):
            raise Halted
        self.must_be_new(tx, given)
        docket = loaded.get(given.docket) or docket_born(given.docket, at, world.almanac)
        other_key = self.read_docket(given, event)
        other = None
        if other_key is not None and other_key != given.docket:
            found = loaded.get(other_key) or docket_born(other_key, at, world.almanac)
            other = Run(found, world)
            with self.breaking(found):
                is_there = other.to(at, most, acting=True)  # being read is being locked (DESIGN 5)
            if not is_there:  # what was loaded is bounded for both: both go on as far as they may
                behind = Run(docket, world)
                with self.breaking(docket):
                    behind.to(at, most)
                return _Runs(behind, other, None)
            other.clock = at  # read at this instant: nothing may happen before it any more (law 12)
        run = Run(docket, world, other, reads_itself=other_key == given.docket)
        with self.breaking(docket):
            if not run.to(at, most, acting=True):
                return _Runs(run, other, None)
            answered = self.hand_in(run, world, given, event, at)
            run.to(at, most)
        return _Runs(run, other, answered)

    def _stamped(
        self, tx: ReadTx, wanted: Mapping[str, Wanted], stamp: int | None
    ) -> tuple[dict[str, Docket], int]:
        """The dockets, and the receipt: stamped under the lock, clamped to their clocks (law 8)."""
        now = self.clock.now() if stamp is None else stamp
        loaded = tx.load(wanted, now)
        clock = max((docket.clock or now for docket in loaded.values()), default=now)
        if clock <= now:
            return loaded, now
        if stamp is None:
            log.warning("the clock is behind its dockets: clamped", dockets=list(wanted))
        return tx.load(wanted, clock), clock

    @contextmanager
    def breaking(self, docket: Docket) -> Iterator[None]:
        """Whatever a guard or fold raises is told apart from what is nobody's fault."""
        began = self.stopwatch()
        try:
            yield
            self.must_be_in_time(began)
        except (Missing, Trouble):
            raise
        except Exception as error:
            if self.is_strange(docket):
                raise Unavailable(
                    f"docket {docket.key} has cases of definitions that this process does not know"
                ) from error
            raise Broken(docket.key, error) from error

    def must_be_new(self, tx: ReadTx, given: Input) -> None:
        """raises   Conflict: the id of an opening is taken"""
        opens = given.act == "open" and given.case is not None
        if opens and tx.place(given.case or "") is not None:
            raise Conflict(f"case {given.case!r} is there already")

    def hand_in(self, run: Run, world: World, given: Input, event: Event, at: int) -> Answered:
        """Decide an input in a docket that stands at its instant.

        raises   as `must_be_possible`
        """
        self.must_be_possible(run, world, given, at)
        if given.act == "inject":
            assert given.case is not None
            definition = run.cases[given.case].definition
            return run.handle(given.case, self.as_its_own(given, event, definition), at)
        book = self.book_for(world, given, at)
        return run.open(book, given.case, event, at, assume=given.assume)

    def must_be_possible(self, run: Run, world: World, given: Input, at: int) -> None:
        """raises   Conflict: an opening of this very run has the id; NotFound: no such rulebook or
        case; BadInput: a rulebook without a section for the workflow
        """
        if given.act != "inject":
            if given.case in run.cases:
                raise Conflict(f"case {given.case!r} is there already")
            self.book_for(world, given, at)
        elif given.case not in run.cases:  # a restore may have taken it away
            self._places.pop(given.case or "", None)
            raise NotFound(f"no case {given.case!r}")

    def answer(self, world: World, run: Run, answered: Answered) -> Answer:
        """What is told of an input, once its docket has been run to the same instant again."""
        case = run.cases.get(answered.case)
        default = next(iter(world.rulebooks))
        return answer_of(run, answered, zone_of(world, case.rulebook if case else default))


class Halted(Exception):
    """A docket of an input stands still: what stops it is looked for then."""


class Broken(Exception):
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
