"""A law that nothing can break proves nothing: each planted bug is found within a few stories.

The bugs are those of FAULTS 4, put into the running engine; the checks are the very ones of the
other files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws import deadlines, ledgers, oracles, planted
from tests.laws.deeds import MONDAY, done, due, files, says
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import stories
from tests.laws.test_delivery import delivered, sendings
from tests.laws.test_lag_invariance import compared
from tests.laws.test_whole_or_not_at_all import STEPS, deaths, on_the_eve
from tests.laws.world import World

MOST = 200
FOUND = "found it"
EAGER = schedules.map(  # half of them begin at once: found sooner
    lambda schedule: schedule if schedule.first > 7 else schedule._replace(first=0)
)
PASSES = st.lists(sendings, min_size=1, max_size=16)


def search_finds(check: Callable[..., None], *drawn: Any) -> bool:
    """Whether some story with a schedule, or whatever else is drawn, breaks the law, of so many."""

    @settings(
        max_examples=MOST,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(stories(), *drawn))
    def tried(example: Any) -> None:
        try:
            check(*example)
        except Exception as error:
            raise AssertionError(FOUND) from error

    try:
        tried()
    except AssertionError as error:
        return str(error) == FOUND
    return False


def law(*checks: Callable[[World], None]) -> Callable[..., None]:
    return lambda story, schedule: holds(story, schedule, *checks)


TIMERS = law(oracles.timers_are_those_of_the_definition)
INSTANTS = law(oracles.timers_fire_at_their_own_instant)
ORDER = law(oracles.order_is_kept)
LEDGERS = law(ledgers.ledgers_are_folds)
DAYS = law(deadlines.deadlines_are_counted_day_by_day)

CHECKS = (
    *oracles.ALL,
    ledgers.ledgers_are_folds,
    deadlines.deadlines_are_counted_day_by_day,
)

BUGS: dict[str, tuple[Callable[[planted.Patch], None], Callable[..., None]]] = {
    "1 outbox in a second transaction, by law 1": (planted.writes_the_outbox_afterwards, compared),
    "3 fires at now, by law 2": (planted.fires_at_now, INSTANTS),
    "3 fires at now, by law 1": (planted.fires_at_now, compared),
    "4 keys ignored, by law 1": (planted.ignores_keys, compared),
    "5 early by a second, by law 2": (planted.fires_a_second_early, INSTANTS),
    "5 early by a second, by law 1": (planted.fires_a_second_early, compared),
    "6 the case as the unit of order, by law 1": (planted.runs_the_case_alone, compared),
    "6 the case as the unit of order, by law 3": (planted.runs_the_case_alone, ORDER),
    "7 autocommit, by law 1": (planted.commits_each_statement, compared),
    "8 receipt stamped before the lock, by law 1": (planted.stamps_before_the_lock, compared),
    "10 timers not cleared, by law 5": (planted.forgets_to_clear, TIMERS),
    "event before timer, by law 3": (planted.looks_at_the_event_first, ORDER),
    "event before timer, by law 1": (planted.looks_at_the_event_first, compared),
    "a wrong ledger, by law 6": (planted.counts_an_undeducted_one, LEDGERS),
    "a process keeps its calendars, by law 1": (planted.keeps_an_old_calendar, compared),
    "a freeze eats a day, by RULES 2": (planted.counts_the_day_of_a_freeze, DAYS),
}
SENDERS: dict[str, Callable[[planted.Patch], None]] = {
    "2 marked sent before sending": planted.marks_before_it_sends,
    "9 a rescue that filters by id alone": planted.settles_by_id_alone,
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_stories(name, monkeypatch):
    plant, check = BUGS[name]
    plant(monkeypatch)

    assert search_finds(check, EAGER)


@pytest.mark.parametrize("name", SENDERS)
def test_a_planted_bug_of_a_sender_is_found_by_deliveries(name, monkeypatch):
    SENDERS[name](monkeypatch)

    assert search_finds(delivered, PASSES)


@pytest.mark.parametrize(
    "plant", [planted.writes_the_outbox_afterwards, planted.commits_each_statement]
)
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

        for check in CHECKS:
            check(world)
