"""A law that nothing can break proves nothing: each planted bug is found within a few stories.

The bugs are those of FAULTS 4, put into the running engine; the checks are the very ones of the
other files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from orchestrator.core import timers as rearm
from orchestrator.core.docket import Run
from orchestrator.db import sqlite
from orchestrator.db import statements as sql
from orchestrator.db.store import Store, WriteTx
from orchestrator.engine import Engine
from tests.laws import oracles
from tests.laws.deeds import MONDAY, done, due, files, says
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import SECOND, Story, stories
from tests.laws.test_lag_invariance import compared
from tests.laws.test_whole_or_not_at_all import STEPS, deaths, on_the_eve
from tests.laws.world import World

Patch = pytest.MonkeyPatch
MOST = 200

FOUND = "found it"


def stories_find(check: Callable[..., None], most: int = MOST) -> bool:
    """Whether some story under some schedule breaks the law, of so many."""

    @settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(stories(), schedules)
    def tried(story: Story, schedule: Any) -> None:
        try:
            check(story, schedule)
        except Exception as error:
            raise AssertionError(FOUND) from error

    try:
        tried()
    except AssertionError as error:
        return str(error) == FOUND
    return False


def law(*checks: Callable[[World], None]) -> Callable[..., None]:
    return lambda story, schedule: holds(story, schedule, *checks)


# -- the bugs -----------------------------------------------------------------------------------


def fires_at_now(patch: Patch) -> None:
    """The timer takes effect when it is noticed, not when it was due."""
    to, fire = Run.to, Run._fire

    def remembers(run: Run, at: int, *rest: Any, **more: Any) -> bool:
        run.noticed = at  # type: ignore[attr-defined]
        return to(run, at, *rest, **more)

    def late(run: Run, timer: Any) -> None:
        now = run.noticed  # type: ignore[attr-defined]
        fire(run, timer._replace(due_at=max(now, timer.due_at)))

    patch.setattr(Run, "to", remembers)
    patch.setattr(Run, "_fire", late)


def forgets_to_clear(patch: Patch) -> None:
    """The timers of a state that was left stay armed."""
    patch.setattr(rearm, "_leave", lambda *_: None)


def fires_a_second_early(patch: Patch) -> None:
    """A daemon that is a second fast."""
    advance = Engine._advance

    def fast(engine: Engine, tx: Any, world: Any, keys: Any, now: int) -> Any:
        return advance(engine, tx, world, keys, now + SECOND)

    claim = WriteTx.claim_due
    patch.setattr(WriteTx, "claim_due", lambda tx, now, most: claim(tx, now + SECOND, most))
    patch.setattr(Engine, "_advance", fast)


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


def ignores_keys(patch: Patch) -> None:
    """An idempotency key is taken and thrown away."""
    patch.setattr(Engine, "_repeated", lambda *_: None)
    patch.setattr(WriteTx, "keep_request", lambda *_: None)


def writes_the_outbox_afterwards(patch: Patch) -> None:
    """Effects are put out in a second transaction, behind the commit."""
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


def commits_each_statement(patch: Patch) -> None:
    """The driver's autocommit: every statement is durable by itself."""
    patch.setattr(sqlite, "_begin_immediate", lambda _: None)


def counts_an_undeducted_one(patch: Patch) -> None:
    """The ledger: an undeducted general violation re-anchors the free window."""
    from workflows import ledger  # noqa: PLC0415

    general = ledger._Account._general

    def wrong(account: Any, *rest: Any) -> int:
        return min(general(account, *rest), 7)

    patch.setattr(ledger._Account, "_general", wrong)


# -- each is found ------------------------------------------------------------------------------

BUGS: dict[str, tuple[Callable[[Patch], None], Callable[..., None]]] = {
    "fires at now, by law 2": (fires_at_now, law(oracles.timers_fire_at_their_own_instant)),
    "fires at now, by law 1": (fires_at_now, compared),
    "timers not cleared, by law 5": (
        forgets_to_clear,
        law(oracles.timers_are_those_of_the_definition),
    ),
    "early by a second, by law 2": (
        fires_a_second_early,
        law(oracles.timers_fire_at_their_own_instant),
    ),
    "early by a second, by law 1": (fires_a_second_early, compared),
    "event before timer, by law 3": (looks_at_the_event_first, law(oracles.order_is_kept)),
    "event before timer, by law 1": (looks_at_the_event_first, compared),
    "keys ignored, by law 1": (ignores_keys, compared),
    "outbox in a second transaction, by law 1": (writes_the_outbox_afterwards, compared),
    "autocommit, by law 1": (commits_each_statement, compared),
    "a wrong ledger, by law 6": (counts_an_undeducted_one, law(oracles.ledgers_are_folds)),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_stories(name, monkeypatch):
    plant, check = BUGS[name]
    plant(monkeypatch)

    assert stories_find(check)


@pytest.mark.parametrize("plant", [writes_the_outbox_afterwards, commits_each_statement])
def test_half_a_step_is_found_by_killing_it_at_every_point(plant, monkeypatch):
    plant(monkeypatch)
    step = STEPS["the third strike"]

    with pytest.raises(AssertionError, match="half a step"):
        deaths(on_the_eve, lambda world: world._hand_in(step))


def test_the_same_checks_find_nothing_where_nothing_is_planted():
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="severe"))
        world.move_to(due(world, "A", "appeal_window"))
        world.wake()

        for check in oracles.ALL:
            check(world)
