"""A slice of lines applied in one transaction: grouped by docket, run by the very same core."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from orchestrator.answers import zone_of
from orchestrator.core.docket import Answered, Docket, Run, World, docket_born
from orchestrator.db.store import Stopped, Wanted, WriteTx
from orchestrator.engine import Engine
from orchestrator.engine.acts import Broken
from orchestrator.errors import Conflict, Trouble, Unavailable
from orchestrator.inputs import may_be_given
from orchestrator.replay.lines import Line, Reader, Rejected

Waiting = dict[str, deque[Line]]
FREE = Stopped(None, None)  # a docket that nothing holds


class Settable(Protocol):
    """A clock that stands where it is put."""

    at: int


class Slice:
    """Some lines on end, read and proven, and what applying them came to."""

    def __init__(
        self, numbered: list[tuple[int, str]], reader: Reader, *, cut: Rejected | None = None
    ) -> None:
        """numbered   a line that needs to know what came of one before it ends a slice: an id that
                   is opened again, an id that is made here
        cut        the line at which a strict replay ends, behind this slice
        """
        self.numbered = numbered
        self.cut = cut
        self.rejects: list[Rejected] = []
        self.applied = self.refused = self.held = self.firings = 0
        self.latest: int | None = None  # of the lines that were applied
        self.lines = list(self._read(reader))

    def dockets(self) -> list[str]:
        """Every docket that a line names."""
        return sorted({line.given.docket for line in self.lines})

    def _read(self, reader: Reader) -> Iterator[Line]:
        parsed: list[tuple[int, str, Mapping[str, Any]]] = []
        opened: set[Any] = set()
        for n, (number, text) in enumerate(self.numbered):
            if not text.strip():
                continue
            with self.turning_away(number, text):
                content = reader.parse(text)
                if n > 0 and "event" in content and not may_be_given(str(content.get("case"))):
                    self.numbered = self.numbered[:n]
                    break
                if "open" in content and isinstance(content.get("case"), str):
                    if content["case"] in opened:
                        self.numbered = self.numbered[:n]
                        break
                    opened.add(content["case"])
                parsed.append((number, text, content))
        reader.learn(content for _, _, content in parsed)
        for number, text, content in parsed:
            line = None
            with self.turning_away(number, text):
                line = reader.line(number, text, content)
            if line is not None:
                yield line

    @contextmanager
    def turning_away(self, number: int, text: str) -> Iterator[None]:
        """What cannot be applied is a reject; a database that is away is not the line's fault."""
        try:
            yield
        except Unavailable:
            raise
        except Trouble as error:
            self.turn_away(number, str(error), text)

    def turn_away(self, number: int, reason: str, text: str) -> None:
        plain = text.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self.rejects.append(Rejected(number, reason, plain))

    def count(self, line: Line, *, refused: bool, held: bool) -> None:
        self.applied += 1
        self.latest = max(self.latest or line.at, line.at)
        self.refused += refused
        self.held += held


class Slices:
    """Applies slices by an engine whose clock is set to each line."""

    def __init__(self, engine: Engine, clock: Settable) -> None:
        self._engine = engine
        self._clock = clock

    def apply(self, tx: WriteTx, slice_: Slice, *, owner: str | None) -> list[str]:
        """Apply every line, in its order per docket; gives the dockets that were touched."""
        touched: dict[str, None] = {}
        waiting: Waiting = {}
        opening: dict[str, str] = {}  # case → docket, of the openings that wait
        for line in slice_.lines:
            docket, case = line.given.docket, line.given.case
            elsewhere = self._reads(line)
            again = line.given.act == "open" and opening.get(case or "", docket) != docket
            if again or elsewhere is not None:
                self._apply(tx, slice_, waiting)  # what comes before it in the file has happened
                waiting, opening = {}, {}
            touched[docket] = None
            if elsewhere is not None:
                touched[elsewhere] = None
                self._apply_alone(tx, slice_, line, elsewhere, owner)
                continue
            waiting.setdefault(docket, deque()).append(line)
            if line.given.act == "open" and case is not None:
                opening[case] = docket
        self._apply(tx, slice_, waiting)
        return list(touched)

    def _reads(self, line: Line) -> str | None:
        """The other docket that an opening reads: both are locked (law 12)."""
        return self._engine.read_docket(line.given, line.event)

    def _apply_alone(
        self, tx: WriteTx, slice_: Slice, line: Line, other: str, owner: str | None
    ) -> None:
        self._clock.at = line.at
        with slice_.turning_away(line.number, line.text):
            world = self._engine.world(tx)
            there = tx.load({line.given.docket: Wanted(), other: Wanted()}, 0)
            for docket in there.values():
                _not_before(world, docket.key, docket.clock, line.at)
            self._engine.must_be_new(tx, line.given)
            self._lets_time_pass(tx, slice_, list(there), line.at, owner)
            answer = None
            while answer is None:
                answer = self._engine.decide(tx, line.given, line.event, None, owner=owner)
            slice_.count(line, refused=answer.refused, held=answer.held is not None)

    def _lets_time_pass(
        self, tx: WriteTx, slice_: Slice, keys: list[str], at: int, owner: str | None
    ) -> None:
        """What is due in these dockets acts, however much it is."""
        more = True
        while more:
            stopped = tx.stopped_among(keys)
            free = [key for key in keys if stopped.get(key, FREE) in (FREE, Stopped(None, owner))]
            acted = self._engine.advance_in(tx, free, at)
            slice_.firings += acted.firings
            more = acted.more

    def _apply(self, tx: WriteTx, slice_: Slice, waiting: Waiting) -> None:
        """Rounds, until every docket has had all of its lines."""
        while waiting:
            self._round(tx, slice_, waiting)
            waiting = {key: lines for key, lines in waiting.items() if lines}

    def _round(self, tx: WriteTx, slice_: Slice, waiting: Waiting) -> None:
        world = self._engine.world(tx)
        latest = max(line.at for lines in waiting.values() for line in lines)
        taken = tx.taken(
            line.given.case
            for lines in waiting.values()
            for line in lines
            if line.given.act == "open" and line.given.case
        )
        stopped = tx.incidents_among(waiting)
        wanted = {k: self._wanted(lines) for k, lines in waiting.items() if k not in stopped}
        done: list[Run] = []
        broken: dict[str, Exception] = {}

        def move(key: str, docket: Docket | None) -> None:
            docket = docket or docket_born(key, waiting[key][0].at, world.almanac)
            run = Run(docket, world)
            try:
                with self._engine.breaking(docket):
                    self._docket(run, world, slice_, waiting[key], taken)
            except Broken as stops:
                broken[key] = stops.error
            else:
                done.append(run)

        self._engine.load_and_move(tx, wanted, latest, move)
        recorded_at = self._engine.recorded_at(latest)
        tx.save(done, recorded_at)
        for key, raised in broken.items():
            born_at = waiting[key][0].at
            stopped[key] = self._engine.stop_docket(
                tx, key, recorded_at, raised, None, born_at=born_at
            )
        for key, incident in stopped.items():
            self._hold(tx, world, slice_, waiting[key], incident)

    def _hold(
        self, tx: WriteTx, world: World, slice_: Slice, lines: deque[Line], incident: int
    ) -> None:
        """Every line of a stopped docket is kept with its instant, and decided later."""
        while lines:
            line = lines.popleft()
            docket = line.given.docket
            with slice_.turning_away(line.number, line.text):
                _not_before(world, docket, tx.latest_heard(docket), line.at)
                self._engine.hold(tx, line.given, None, line.at, incident)
                slice_.count(line, refused=False, held=True)

    def _wanted(self, lines: Iterable[Line]) -> Wanted:
        cases = frozenset(line.given.case for line in lines if line.given.case)
        return Wanted(cases, frozenset(self._engine.registry.singletons))

    def _docket(
        self, run: Run, world: World, slice_: Slice, lines: deque[Line], taken: set[str]
    ) -> None:
        """One docket's lines, as far as they go in one round."""
        outcomes: list[tuple[Line, Answered | Trouble]] = []
        for line in lines:
            try:
                _not_before(world, run.docket.key, run.clock, line.at)
                self._must_be_possible(run, world, line, taken)
                if not run.to(line.at, acting=True):
                    break  # a backlog: what is done is saved, and the rest comes in the next round
                given, event = line.given, line.event
                outcomes.append((line, self._engine.hand_in(run, world, given, event, line.at)))
                run.to(line.at)
            except Unavailable:
                raise
            except Trouble as error:
                outcomes.append((line, error))
        for line, outcome in outcomes:
            lines.popleft()
            if isinstance(outcome, Trouble):
                slice_.turn_away(line.number, str(outcome), line.text)
            else:
                slice_.count(line, refused=outcome.refusal is not None, held=False)
        slice_.firings += sum(entry.kind == "timer" for entry in run.entries)

    def _must_be_possible(self, run: Run, world: World, line: Line, taken: set[str]) -> None:
        """No time passes for a line that is a reject.

        raises   Trouble: why it is one
        """
        given = line.given
        if given.act == "open" and given.case in taken:
            raise Conflict(f"case {given.case!r} is there already")
        if given.act == "inject" and given.case not in run.cases:
            raise Conflict(f"case {given.case!r} does not exist: its opening was refused")
        self._engine.must_be_possible(run, world, given, line.at)


def _not_before(world: World, docket: str, clock: int | None, at: int) -> None:
    """raises   Conflict: an instant before the clock of its docket (law 8)"""
    if clock is not None and at < clock:
        zone = zone_of(world, next(iter(world.rulebooks)))
        raise Conflict(
            f"at: {zone.text(at)} is before the clock of docket {docket}, {zone.text(clock)}"
        )
