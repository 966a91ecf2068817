"""Law 12: an opening that reads another docket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from sqlalchemy import event

from tests.laws.deeds import MONDAY, done, due, established, files
from tests.laws.oracles import order_is_kept, the_clock_never_goes_back
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import ESTABLISHED, FOR_REAL, stories
from tests.laws.world import World, limits


def what_was_read_is_what_stood(world: World) -> None:
    """Each accepted opening keeps what it was shown: the other docket as it was at that instant."""
    lines = world.journal()
    clocks = dict(world.rows("SELECT key, clock FROM dockets"))
    for line in lines:
        if line.kind != "opened" or line.name != "ip_complaint" or "assumed" in line.content:
            continue
        [(other, shown)] = line.content["read"].items()
        assert other == line.content["facts"]["complainant"]
        assert clocks[other] >= line.effective_at
        same_instant = [
            other_line
            for other_line in lines
            if other_line.docket == other and other_line.effective_at == line.effective_at
        ]
        if same_instant:
            continue  # the journals of two dockets do not say which of both came first
        for case in shown:
            states = [
                other_line.to_state
                for other_line in lines
                if other_line.case == case["case"]
                and other_line.effective_at < line.effective_at
                and other_line.to_state
            ]
            assert case["state"] == states[-1]


@given(stories((FOR_REAL, ESTABLISHED)), schedules)
def test_what_an_opening_was_shown_is_what_stood_at_that_instant(story, schedule):
    checks = (what_was_read_is_what_stood, the_clock_never_goes_back, order_is_kept)
    holds(story, schedule, *checks)


def test_the_docket_that_is_read_is_brought_to_the_same_instant_and_its_clock_raised():
    with World(MONDAY) as world:
        established(world, until="2025-03-20")
        end = due(world, "right-holder-1", "expiry")
        world.move_to(end)
        late = world.act(files("shop-1", "A", assume=False))

        assert late.answer["refused"]
        fired = [line.name for line in world.journal("holder-1") if line.kind == "timer"]
        assert fired == ["expiry_reminder", "expiry"]
        assert dict(world.rows("SELECT key, clock FROM dockets")) == {
            "holder-1": end,
            "shop-1": end,
        }


def test_a_microsecond_before_the_right_ends_the_filing_is_in_time():
    with World(MONDAY) as world:
        established(world, until="2025-03-20")
        world.move_to(due(world, "right-holder-1", "expiry") - 1)
        done(world, files("shop-1", "A", assume=False))

        what_was_read_is_what_stood(world)


def test_a_complaint_on_the_docket_of_its_own_complainant_reads_itself():
    with World(MONDAY) as world:
        established(world)
        done(world, files("holder-1", "A", assume=False))

        what_was_read_is_what_stood(world)


@pytest.mark.fault(20)
def test_two_dockets_are_loaded_and_saved_in_ascending_order_whichever_reads():
    for shop, holder in (("a-shop", "holder-1"), ("z-shop", "holder-1")):
        with World(MONDAY) as world:
            established(world, holder)
            seen: list[list[str]] = []
            watch = _watch(seen)
            event.listen(world._store.engine, "before_cursor_execute", watch)
            done(world, files(shop, "A", assume=False, facts={"complainant": holder}))
            event.remove(world._store.engine, "before_cursor_execute", watch)

            assert seen
            assert all(keys == sorted([shop, holder]) for keys in seen)


def test_an_opening_whose_own_docket_has_a_long_backlog_comes_to_an_end():
    """Law 3: a backlog goes on in the next commit, whichever of both dockets has it."""
    with World(MONDAY) as world, limits(2, 3):
        established(world, until="2025-04-30")
        done(world, *(files("shop-1", f"c{n}") for n in range(6)))
        world.move_to(due(world, "right-holder-1", "expiry_reminder"))
        done(world, files("shop-1", "A", assume=False))


def _watch(seen: list[list[str]]):
    def watch(_c, _cursor, statement, parameters, *_):
        if statement.startswith("UPDATE dockets"):
            seen.append([row[-1] for row in parameters])
        elif statement.startswith("SELECT") and "FROM dockets WHERE key IN" in statement:
            keys = parameters[0]
            seen.append(json.loads(keys if isinstance(keys, str) else keys[0]))

    return watch
