"""The bugs of FAULTS 4, each put into the running engine by a patch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from orchestrator import outbox
from orchestrator.core import timers as rearm
from orchestrator.core.docket import Run
from orchestrator.db import sqlite
from orchestrator.db import statements as sql
from orchestrator.db.reading import ReadTx
from orchestrator.db.store import Store, Wanted, WriteTx
from orchestrator.engine import Engine
from orchestrator.outbox import Outbox
from tests.laws.stories import SECOND
from workflows import ledger

Patch = pytest.MonkeyPatch


def writes_the_outbox_afterwards(patch: Patch) -> None:
    """1. Effects are put out in a second transaction, behind the commit."""
    write, many = Store.write, WriteTx.many

    @contextmanager
    def in_two(store: Store) -> Iterator[WriteTx]:
        with write(store) as tx:
            tx.put_off = []  # type: ignore[attr-defined]
            yield tx
        if tx.put_off:  # type: ignore[attr-defined]
            with write(store) as second:
                many(second, sql.INSERT_EFFECT, tx.put_off)  # type: ignore[attr-defined]

    def puts_off(tx: WriteTx, text: str, parameters: list[Any]) -> None:
        if text == sql.INSERT_EFFECT:
            tx.put_off += parameters  # type: ignore[attr-defined]
        else:
            many(tx, text, parameters)

    patch.setattr(Store, "write", in_two)
    patch.setattr(WriteTx, "many", puts_off)


def marks_before_it_sends(patch: Patch) -> None:
    """2. An effect counts as delivered from the moment on that somebody takes it."""
    tries, settle = Outbox._try, Outbox._settle

    def marks(sender: Outbox, claimed: Any) -> bool:
        settle(sender, claimed, sender._clock.now(), delivered=True)
        return tries(sender, claimed)

    patch.setattr(Outbox, "_try", marks)


def fires_at_now(patch: Patch) -> None:
    """3. The timer takes effect when it is noticed, not when it was due."""
    to, fire = Run.to, Run._fire

    def remembers(run: Run, at: int, *rest: Any, **more: Any) -> bool:
        run.noticed = at  # type: ignore[attr-defined]
        return to(run, at, *rest, **more)

    def late(run: Run, timer: Any) -> None:
        now = run.noticed  # type: ignore[attr-defined]
        fire(run, timer._replace(due_at=max(now, timer.due_at)))

    patch.setattr(Run, "to", remembers)
    patch.setattr(Run, "_fire", late)


def ignores_keys(patch: Patch) -> None:
    """4. An idempotency key is taken and thrown away."""
    patch.setattr(Engine, "_repeated", lambda *_: None)
    patch.setattr(WriteTx, "keep_request", lambda *_: None)


def fires_a_second_early(patch: Patch) -> None:
    """5. A daemon that is a second fast."""
    advance = Engine._advance

    def fast(engine: Engine, tx: Any, world: Any, keys: Any, now: int) -> Any:
        return advance(engine, tx, world, keys, now + SECOND)

    claim = WriteTx.claim_due
    patch.setattr(WriteTx, "claim_due", lambda tx, now, most: claim(tx, now + SECOND, most))
    patch.setattr(Engine, "_advance", fast)


def runs_the_case_alone(patch: Patch) -> None:
    """6. The case is the unit of order: an event lets its own timers go before it, no other's."""
    load, taking = ReadTx.load, Engine._stamped

    def alone(tx: ReadTx, wanted: dict[str, Wanted], at: int) -> Any:
        found = load(tx, wanted, at)
        if not getattr(tx, "alone", False):
            return found
        for key, docket in found.items():
            mine, singletons = wanted[key].cases, wanted[key].workflows
            kept = {
                case: armed
                for case, armed in docket.timers.items()
                if case in mine or docket.cases[case].workflow in singletons
            }
            found[key] = replace(docket, timers=kept)
        return found

    def takes(engine: Engine, tx: ReadTx, wanted: Any) -> Any:
        tx.alone = any(want.cases for want in wanted.values())  # type: ignore[attr-defined]
        return taking(engine, tx, wanted)

    patch.setattr(ReadTx, "load", alone)
    patch.setattr(Engine, "_stamped", takes)


def commits_each_statement(patch: Patch) -> None:
    """7. The driver's autocommit: every statement is durable by itself."""
    patch.setattr(sqlite, "_begin_immediate", lambda _: None)


def stamps_before_the_lock(patch: Patch) -> None:
    """8. Receipt is the moment of arrival, however long the lock is waited for."""
    take, stamped = Engine.take, Engine._stamped

    def takes(engine: Engine, *rest: Any) -> Any:
        engine.arrived = engine.clock.now()  # type: ignore[attr-defined]
        return take(engine, *rest)

    def stamps(engine: Engine, *rest: Any) -> Any:
        clock, engine.clock = engine.clock, _Stopped(engine.arrived)  # type: ignore[attr-defined]
        try:
            return stamped(engine, *rest)
        finally:
            engine.clock = clock

    patch.setattr(Engine, "take", takes)
    patch.setattr(Engine, "_stamped", stamps)


class _Stopped:
    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        return self._at


def settles_by_id_alone(patch: Patch) -> None:
    """9. Whoever settles an effect finds it by its id, whatever became of it meanwhile."""
    by_id = outbox.SETTLE[: outbox.SETTLE.index(" AND status")]
    patch.setattr(outbox, "SETTLE", f"{by_id} AND ? IS NOT NULL AND ? IS NOT NULL")


def forgets_to_clear(patch: Patch) -> None:
    """10. The timers of a state that was left stay armed."""
    patch.setattr(rearm, "_leave", lambda *_: None)


# -- and some more ------------------------------------------------------------------------------


def looks_at_the_event_first(patch: Patch) -> None:
    """At one instant the event goes before the timers."""
    to, decide = Run.to, Engine._try

    def short_of_it(run: Run, at: int, *rest: Any, **more: Any) -> bool:
        return to(run, at - deciding[0], *rest, **more)

    def decides(engine: Engine, *rest: Any) -> Any:
        deciding[0] = 1
        try:
            return decide(engine, *rest)
        finally:
            deciding[0] = 0

    deciding = [0]
    patch.setattr(Run, "to", short_of_it)
    patch.setattr(Engine, "_try", decides)


def counts_an_undeducted_one(patch: Patch) -> None:
    """The ledger: an undeducted general violation re-anchors the free window."""
    general = ledger._Account._general

    def wrong(account: Any, *rest: Any) -> int:
        return min(general(account, *rest), 7)

    patch.setattr(ledger._Account, "_general", wrong)


def keeps_an_old_calendar(patch: Patch) -> None:
    """A process reads the calendars once in its life."""
    world = Engine.world

    def once(engine: Engine, tx: ReadTx) -> Any:
        return engine._world[1] if engine._world else world(engine, tx)

    patch.setattr(Engine, "world", once)


def counts_the_day_of_a_freeze(patch: Patch) -> None:
    """A frozen span loses the day on which it was frozen."""
    freeze = rearm.Changes.freeze
    day = 24 * 3_600 * SECOND
    patch.setattr(rearm.Changes, "freeze", lambda self, timer, at: freeze(self, timer, at + day))
