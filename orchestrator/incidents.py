"""Incidents: dockets that a guard or fold of ours stopped, and how they go on (law 10).

A retry runs what waits in a stopped docket, timers and held inputs in order, each at its own
instant, under the definitions that this process knows. It is one commit: when the bug is still
there the docket stays as it was.
"""

from __future__ import annotations

import traceback
from typing import Any, NamedTuple

from orchestrator import inputs
from orchestrator.answers import Answer, answer_of, zone_of
from orchestrator.core.again import Unknown, as_it_stood
from orchestrator.core.docket import Run, World, docket_born
from orchestrator.core.values import Event, Missing
from orchestrator.db.store import Wanted, WriteTx
from orchestrator.engine import Engine
from orchestrator.engine.acts import Broken
from orchestrator.errors import NotFound, Trouble, Unavailable
from orchestrator.queries import Queries

COLUMNS = ("id", "docket", "opened_at", "error", "traceback", "input", "closed_at")
LIST = f"SELECT {', '.join(COLUMNS)} FROM incidents"  # noqa: S608  our own columns
HELD = "SELECT at, input FROM held WHERE incident = ? AND decided_at IS NULL ORDER BY at, id"
MOST_FIRINGS = 1_000_000  # of a retry, which is one commit


class Retried(NamedTuple):
    """What a retry came to."""

    incident: int
    docket: str
    settled: bool
    error: str | None
    decided: list[dict[str, Any]]  # what was held: when, what, by whom, and its answer
    firings: int


class Incidents:
    """Looks at incidents, and settles them."""

    def __init__(self, engine: Engine, queries: Queries) -> None:
        self._engine = engine
        self._queries = queries
        self._store = engine.store

    def all(self, *, closed: bool = False) -> list[dict[str, Any]]:
        """Open incidents, and blocked deadlines with the year they wait for; closed ones on wish."""
        where = "" if closed else " WHERE closed_at IS NULL"
        with self._store.read() as tx:
            text = self._queries.zone(tx).text
            found = tx.rows(f"{LIST}{where} ORDER BY id")
            held: dict[int, int] = {
                row[0]: row[1]
                for row in tx.rows(
                    "SELECT incident, count(*) FROM held WHERE decided_at IS NULL GROUP BY incident"
                )
            }
        return [
            {
                "incident": row[0],
                "docket": row[1],
                "opened_at": text(row[2]),
                "error": row[3],
                "held": held.get(row[0], 0),
                "closed_at": None if row[6] is None else text(row[6]),
            }
            for row in found
        ]

    def show(self, incident: int) -> dict[str, Any]:
        """One incident with its traceback and what is held.

        raises   NotFound
        """
        _must_be_a_number(incident)
        with self._store.read() as tx:
            text = self._queries.zone(tx).text
            found = tx.rows(f"{LIST} WHERE id = ?", incident)
            if not found:
                raise NotFound(f"no incident {incident}")
            row = found[0]
            held = tx.rows(
                "SELECT at, input, decided_at FROM held WHERE incident = ? ORDER BY at, id",
                incident,
            )
        return {
            "incident": row[0],
            "docket": row[1],
            "opened_at": text(row[2]),
            "error": row[3],
            "traceback": row[4],
            "closed_at": None if row[6] is None else text(row[6]),
            "held": [
                {
                    "at": text(at),
                    **inputs.input_from(given)._asdict(),
                    "decided_at": None if decided is None else text(decided),
                }
                for at, given, decided in held
            ],
        }

    def preview(self, incident: int) -> Retried:
        """What `retry` would come to; nothing is written."""
        with self._store.trial() as tx:
            return self._retry(tx, incident)

    def retry(self, incident: int) -> Retried:
        """Let a stopped docket go on: timers and held inputs in order, each at its own instant.

        raises   NotFound: no such incident that is open
        """
        with self._store.write() as tx:
            return self._retry(tx, incident)

    def _retry(self, tx: WriteTx, incident: int) -> Retried:
        _must_be_a_number(incident)
        found = tx.rows(f"{LIST} WHERE id = ? AND closed_at IS NULL", incident)
        if not found:
            raise NotFound(f"no open incident {incident}")
        docket = found[0][1]
        replay = tx.stopped(docket).replay
        if replay is not None:
            raise Unavailable(
                f"docket {docket} is being replayed ({tx.replayed_file(replay)}): nothing was"
                " written; try again when that is finished"
            )
        held = [(at, inputs.input_from(text)) for at, text in tx.rows(HELD, incident)]
        mine = [pair for pair in held if self._is_decided_in(tx, docket, *pair)]
        others = [pair for pair in held if pair not in mine]
        try:
            run, decided = self._run(tx, docket, mine)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  the bug is still there: nothing is changed
            said = f"{type(error).__name__}: {error}"
            told = "".join(traceback.format_exception(error))
            tx.one(
                "UPDATE incidents SET error = ?, traceback = ? WHERE id = ?",
                said,
                told,
                incident,
            )
            return Retried(incident, docket, False, said, [], 0)
        self._settle(tx, run, incident)
        decided += [self._decide_elsewhere(tx, at, given) for at, given in others]
        text = self._queries.zone(tx).text
        shown = [
            {"at": text(at), "name": given.name, "by": given.by, **answer}
            for (at, given), answer in zip(mine + others, decided, strict=True)
        ]
        firings = sum(entry.kind == "timer" for entry in run.entries)
        return Retried(incident, docket, True, None, shown, firings)

    def _is_decided_in(self, tx: WriteTx, docket: str, stamp: int, given: inputs.Input) -> bool:
        """Whether a held input is this docket's, and reads no other that was stopped by then."""
        if given.docket != docket:
            return False
        try:
            read = self._engine.read_docket(given, self._engine.event_of(given))
        except Trouble:
            return True
        if read is None or read == docket:
            return True
        opened = tx.rows("SELECT opened_at FROM incidents WHERE id = ?", tx.stopped(read).incident)
        return not opened or bool(opened[0][0] > stamp)

    def _run(
        self, tx: WriteTx, key: str, held: list[tuple[int, inputs.Input]]
    ) -> tuple[Run, list[dict[str, Any]]]:
        world = self._engine.world(tx)
        wanted = Wanted(everything=True)
        while True:
            latest = max([self._engine.clock.now(), *(at for at, _ in held)])
            docket = tx.load({key: wanted}, latest)[key]
            run = Run(docket, world)
            self._must_not_be_newer(run)
            try:
                run.migrate(self._engine.registry.definitions)
                decided = [self._decide(tx, run, world, at, given) for at, given in held]
                run.to(self._engine.clock.now(), MOST_FIRINGS)  # what stopped it may be a timer
            except Missing as missing:
                wanted = wanted.more(missing.queries)
            else:
                return run, decided

    def _must_not_be_newer(self, run: Run) -> None:
        """raises   Unavailable: a case is of a version that only newer processes know"""
        registry = self._engine.registry
        for case in run.cases.values():
            latest = registry.workflows.get(case.workflow)
            version = int(case.definition.partition("@")[2].partition(":")[0])
            if case.definition not in registry.known and (
                latest is None or version > latest.version
            ):
                raise Unavailable(
                    f"case {case.id} is of {case.definition}, which this process does not know:"
                    " let a newer one retry"
                )

    def _decide(
        self, tx: WriteTx, run: Run, world: World, stamp: int, given: inputs.Input
    ) -> dict[str, Any]:
        """One held input at its own instant; what no rule has to say about is refused by name."""
        at = max(stamp, run.clock or stamp)
        run.to(at, MOST_FIRINGS, acting=True)
        try:
            if given.act == "inject" and given.case not in run.cases:
                raise NotFound(f"case {given.case!r} does not exist: its opening was refused")
            there = run.cases.get(given.case or "")
            event = self._engine.event_of(given, there.definition if there else None)
            run.reads(self._read(tx, run, given, event, at))
            self._engine.must_be_new(tx, given)
            answered = self._engine.hand_in(run, world, given, event, at)
        except Unavailable:
            raise
        except Trouble as error:
            return _turned_away(given, error)
        run.to(at, MOST_FIRINGS)
        rulebook = next(iter(world.rulebooks))
        return answer_of(run, answered, zone_of(world, rulebook)).as_data()

    def _read(
        self, tx: WriteTx, run: Run, given: inputs.Input, event: Event, at: int
    ) -> Run | None:
        """The docket that a held opening reads, as it stood then: it may have gone on meanwhile."""
        key = self._engine.read_docket(given, event)
        if key is None or key == run.docket.key:
            run.read = None  # what an opening before this one was shown
            return None if key is None else run
        world = run.world
        found = tx.load({key: Wanted(everything=True)}, at).get(key)
        if found is not None and found.clock is not None and found.clock > at:
            versions = self._engine.registry.versions
            try:
                return as_it_stood(found, self._queries.entries(tx, key), world, versions, at)
            except Unknown:  # of a definition that is gone: as it stands is all that is known
                pass
        other = Run(found or docket_born(key, at, world.almanac), world)
        other.to(at, MOST_FIRINGS, acting=True)  # being read is being locked (DESIGN 5)
        if tx.stopped(key) == (None, None):
            other.clock = at  # read at this instant: nothing may happen before it any more (law 12)
            tx.save([other], self._engine.recorded_at(at))
        return other

    def _decide_elsewhere(self, tx: WriteTx, stamp: int, given: inputs.Input) -> dict[str, Any]:
        """A held opening of another docket, which only reads the one that was stopped.

        Its own docket went on meanwhile: it is decided at its stamp or, later, at that clock. If
        one of the two is stopped by another incident, it waits for that.
        """
        world, now = self._engine.world(tx), self._engine.clock.now()
        try:
            event = self._engine.event_of(given)
        except Trouble as error:
            return _turned_away(given, error)
        stopped_by = self._engine.stopped_by(tx, given, event, None)
        if stopped_by is not None:
            return self._engine.hold(tx, given, None, stamp, stopped_by).as_data()
        found = tx.load({given.docket: Wanted(everything=True)}, now).get(given.docket)
        run = Run(found or docket_born(given.docket, stamp, world.almanac), world)
        try:
            with self._engine.breaking(run.docket):
                decided = self._decide(tx, run, world, stamp, given)
        except Broken as broken:
            told = given.as_text()
            incident = self._engine.stop_docket(tx, given.docket, now, broken.error, told)
            return self._engine.hold(tx, given, None, stamp, incident).as_data()
        tx.save([run], self._engine.recorded_at(run.clock or now))
        return decided

    def _settle(self, tx: WriteTx, run: Run, incident: int) -> None:
        now = self._engine.clock.now()
        key = run.docket.key
        tx.save([run], self._engine.recorded_at(run.clock or now))
        tx.one("UPDATE dockets SET incident = NULL WHERE key = ?", key)
        tx.one("UPDATE incidents SET closed_at = ? WHERE id = ?", now, incident)
        tx.one(
            "UPDATE held SET decided_at = ? WHERE incident = ? AND decided_at IS NULL",
            now,
            incident,
        )


def _turned_away(given: inputs.Input, error: Trouble) -> dict[str, Any]:
    """What no rule has to say about is refused by name: it was received."""
    return Answer(True, str(error), given.case, given.docket, None, [], [], None).as_data()


def _must_be_a_number(incident: int) -> None:
    if not 0 < incident < inputs.MOST_INTEGER:
        raise NotFound(f"no incident {incident}")
