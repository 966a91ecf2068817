"""A recorded history on its way into a database, a slice of lines in one commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

from orchestrator.answers import zone_of
from orchestrator.api import Orchestrator
from orchestrator.clock import Clock
from orchestrator.core.docket import Answered, Run, World, docket_born
from orchestrator.core.values import Missing
from orchestrator.db.store import Wanted, WriteTx
from orchestrator.engine import Engine
from orchestrator.errors import Conflict, Trouble, Unavailable
from orchestrator.replay.lines import Line, Reader, Rejected

SLICE = 2_000  # lines in one commit


class Replayed(NamedTuple):
    """What a replay came to."""

    lines: int = 0
    applied: int = 0
    refused: int = 0
    rejected: int = 0
    held: int = 0
    firings: int = 0
    until: str | None = None


class SetClock:
    """A clock that stands where the line says: order is per docket, so it may also go back."""

    def __init__(self, at: int = 0) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


class Replay:
    """One file on its way into a database."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        *,
        strict: bool = False,
        reject: Callable[[Rejected], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._clock = SetClock()
        self._orchestrator = orchestrator
        self._registry = orchestrator.registry
        self._store = orchestrator.store
        self._engine = _engine_on(orchestrator, self._clock)
        self._strict = strict
        self._first_reject: str | None = None
        self._reject = reject or (lambda _: None)
        self._progress = progress or (lambda _lines, _firings: None)
        self._reader = Reader(self._engine)
        self._dockets: dict[str, None] = {}
        self._latest: int | None = None
        self._count = dict.fromkeys(Replayed._fields[:-1], 0)

    def run(self, lines: Iterable[str], until: int | None = None) -> Replayed:
        """Apply every line, then let everything happen up to `until` (else the latest instant).

        raises   Trouble: strict, and a line was rejected; what stands before it is applied
        """
        numbered = enumerate(lines, start=1)
        most = 1 if self._strict else SLICE  # strict: nothing behind a reject is applied
        while slice_ := list(islice(numbered, most)):
            self._slice(slice_)
            self._progress(self._count["lines"], self._count["firings"])
            if self._strict and self._first_reject is not None:
                raise Trouble(self._first_reject)
        end = until if until is not None else self._latest
        if end is not None:
            self._advance(end)
        with self._store.read() as tx:
            zone = self._orchestrator.queries.zone(tx)
        return Replayed(**self._count, until=None if end is None else zone.text(end))

    # -- lines ------------------------------------------------------------------------------

    def _slice(self, numbered: list[tuple[int, str]]) -> None:
        waiting: dict[str, deque[Line]] = {}
        opening: dict[str, str] = {}  # case → docket, of the openings that wait
        for line in self._read(numbered):
            self._latest = max(self._latest or line.at, line.at)
            docket, case = line.given.docket, line.given.case
            again = line.given.act == "open" and opening.get(case or "", docket) != docket
            if again or self._reads_elsewhere(line):
                self._apply(waiting)  # what comes before it in the file has happened
                waiting, opening = {}, {}
            if self._reads_elsewhere(line):
                self._apply_alone(line)
                continue
            waiting.setdefault(docket, deque()).append(line)
            if line.given.act == "open" and case is not None:
                opening[case] = docket
        self._apply(waiting)

    def _read(self, numbered: list[tuple[int, str]]) -> Iterator[Line]:
        parsed: list[tuple[int, str, Mapping[str, Any]]] = []
        for number, text in numbered:
            self._count["lines"] += 1
            if text.strip():
                with self._turning_away(number, text):
                    parsed.append((number, text, self._reader.parse(text)))
        self._reader.learn(content for _, _, content in parsed)
        for number, text, content in parsed:
            line = None
            with self._turning_away(number, text):
                line = self._reader.line(number, text, content)
            if line is not None:
                yield line

    @contextmanager
    def _turning_away(self, number: int, text: str) -> Iterator[None]:
        """What cannot be applied is a reject; a database that is away is not the line's fault."""
        try:
            yield
        except Unavailable:
            raise
        except Trouble as error:
            self._turn_away(number, str(error), text)

    def _turn_away(self, number: int, reason: str, text: str) -> None:
        self._count["rejected"] += 1
        self._reject(Rejected(number, reason, text.rstrip("\n")))
        self._first_reject = self._first_reject or f"line {number}: {reason}"

    # -- dockets ----------------------------------------------------------------------------

    def _reads_elsewhere(self, line: Line) -> bool:
        opens = self._registry.workflow(line.given.workflow).opens
        return line.given.act == "open" and opens.reads is not None and not line.given.assume

    def _apply_alone(self, line: Line) -> None:
        """An opening that reads another docket locks both (law 12)."""
        self._clock.at = line.at
        with self._turning_away(line.number, line.text):
            reads = self._registry.workflow(line.given.workflow).opens.reads
            other = str(getattr(line.event.facts, reads or ""))
            with self._store.read() as tx:
                world = self._engine.world(tx)
                found = tx.load({line.given.docket: Wanted(), other: Wanted()}, 0)
            for docket in found.values():
                _not_before(world, docket.key, docket.clock, line.at)
            answer = self._engine.take(line.given)
            self._dockets[line.given.docket] = None
            self._counted(refused=answer.refused, held=answer.held is not None)

    def _apply(self, waiting: dict[str, deque[Line]]) -> None:
        """Rounds of one commit each, until every docket has had all of its lines."""
        self._dockets.update(dict.fromkeys(waiting))
        while waiting:
            with self._store.write() as tx:
                self._round(tx, waiting)
            waiting = {key: lines for key, lines in waiting.items() if lines}

    def _round(self, tx: WriteTx, waiting: Mapping[str, deque[Line]]) -> None:
        world = self._engine.world(tx)
        latest = max(line.at for lines in waiting.values() for line in lines)
        taken = tx.taken(
            line.given.case
            for lines in waiting.values()
            for line in lines
            if line.given.act == "open" and line.given.case
        )
        wanted = {key: self._wanted(lines) for key, lines in waiting.items()}
        done: list[Run] = []
        stopped = tx.stopped_among(wanted)
        broken: dict[str, Exception] = {}
        wanted = {key: want for key, want in wanted.items() if key not in stopped}
        while wanted:
            loaded = tx.load(wanted, latest)
            again: dict[str, Wanted] = {}
            for key, want in wanted.items():
                born = docket_born(key, waiting[key][0].at, world.almanac)
                run = Run(loaded.get(key, born), world)
                try:
                    self._docket(run, world, waiting[key], taken)
                    done.append(run)
                except Missing as missing:
                    again[key] = want.more(missing.queries)
                except Exception as error:  # noqa: BLE001  one bad case harms no other (law 10)
                    broken[key] = error
            wanted = again
        recorded_at = self._engine.recorded_at(latest)
        tx.save(done, recorded_at)
        for key, raised in broken.items():
            stopped[key] = self._engine.stop_docket(tx, key, recorded_at, raised, None)
        for key, incident in stopped.items():
            self._hold(tx, waiting[key], incident)

    def _hold(self, tx: WriteTx, lines: deque[Line], incident: int) -> None:
        """Every line of a stopped docket is kept with its instant, and decided later."""
        while lines:
            line = lines.popleft()
            self._engine.hold(tx, line.given, None, line.at, incident)
            self._counted(refused=False, held=True)

    def _wanted(self, lines: Iterable[Line]) -> Wanted:
        cases = frozenset(line.given.case for line in lines if line.given.case)
        return Wanted(cases, frozenset(self._registry.singletons))

    def _docket(self, run: Run, world: World, lines: deque[Line], taken: set[str]) -> None:
        """One docket's lines, as far as they go in this commit."""
        outcomes: list[tuple[Line, Any]] = []
        for line in lines:
            try:
                _not_before(world, run.docket.key, run.clock, line.at)
                if not run.to(line.at, acting=True):
                    break  # a backlog: what is done is saved, and the rest comes in the next round
                outcomes.append((line, self._hand_in(run, world, line, taken)))
                run.to(line.at)
            except Unavailable:
                raise
            except Trouble as error:
                outcomes.append((line, error))
        for line, outcome in outcomes:
            lines.popleft()
            if isinstance(outcome, Trouble):
                self._turn_away(line.number, str(outcome), line.text)
            else:
                self._counted(refused=outcome.refusal is not None, held=False)
        self._count["firings"] += sum(entry.kind == "timer" for entry in run.entries)

    def _hand_in(self, run: Run, world: World, line: Line, taken: set[str]) -> Answered:
        given = line.given
        if given.act == "open" and given.case in taken:
            raise Conflict(f"case {given.case!r} is there already")
        if given.act == "inject" and given.case not in run.cases:
            raise Conflict(f"case {given.case!r} does not exist: its opening was refused")
        return self._engine.hand_in(run, world, given, line.event, line.at)

    def _counted(self, *, refused: bool, held: bool) -> None:
        self._count["applied"] += 1
        self._count["refused"] += refused
        self._count["held"] += held

    def _advance(self, until: int) -> None:
        self._clock.at = until
        keys = iter(list(self._dockets))
        while batch := list(islice(keys, SLICE)):
            more = True
            while more:
                done = self._engine.advance_dockets(batch, until)
                self._count["firings"] += done.firings
                more = done.more
                self._progress(self._count["lines"], self._count["firings"])


def _not_before(world: World, docket: str, clock: int | None, at: int) -> None:
    """raises   Conflict: an instant before the clock of its docket (law 8)"""
    if clock is not None and at < clock:
        zone = zone_of(world, next(iter(world.rulebooks)))
        raise Conflict(
            f"at: {zone.text(at)} is before the clock of docket {docket}, {zone.text(clock)}"
        )


def _engine_on(orchestrator: Orchestrator, clock: Clock) -> Engine:
    return Engine(
        orchestrator.store,
        orchestrator.registry,
        clock,
        default_rulebook=orchestrator.settings.default_rulebook,
        batch=orchestrator.settings.daemon.batch,
        recorder=orchestrator.clock,
    )
