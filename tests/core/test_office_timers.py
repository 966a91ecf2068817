"""Timers in office hours: armed, frozen and resumed, caused by another timer, moved by an edition."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.workflow import after, final, freezes, limit, on, state, target
from tests.core.builders import Told, almanac, announced, small, wall, world_of
from tests.core.office import OFFICE

DESK, CHARTER = small(
    state(
        "received",
        target("reminder", "small.four"),
        limit("triage", "small.sixteen", level_2="small.four"),
        on("ask", "staff", to="waiting"),
        on("assign", "staff", to="assigned"),
        on("promise", "staff", to="promised"),
    ),
    state(
        "waiting",
        freezes("reminder", "triage"),
        after("patience", "small.window", to="assigned"),
        on("answer", "buyer", to="received"),
    ),
    state(
        "assigned",
        after("inspection", "small.days", to="expired"),
        limit("look", "small.four", level_2="small.days"),
        on("stop", "staff", to="stopped"),
        on("promise", "staff", to="promised"),
    ),
    state("stopped", freezes("inspection"), on("go_on", "staff", to="assigned"), open_ended=True),
    state("promised", after("promise_kept", "small.sixteen", to="expired")),
    final("expired"),
    spans={
        "four": {"working_hours": 4},
        "sixteen": {"working_hours": 16},
        "days": {"working_days": 3, "office": True},
        "window": {"days": 3, "roll": True},
    },
)


def told(*later):
    return Told(world_of(DESK, books=[CHARTER], when=almanac(*later, first=OFFICE)))


@pytest.fixture
def desk():
    docket = told()
    docket.opens("Mon 2025-03-03 15:00", "small")
    return docket


def contents(docket):
    return [json.loads(entry.content) for entry in docket.run.entries]


def test_timers_in_office_hours_are_armed_by_the_clock(desk):
    assert desk.timers() == {"reminder": "2025-03-04 10:30", "triage": "2025-03-05 14:00"}


def test_the_journal_tells_a_span_in_office_hours_as_the_rulebook_does(desk):
    desk.says("Mon 2025-03-03 16:00", "assign", "staff")

    opened, moved = contents(desk)
    assert [armed["span"] for armed in opened["armed"]] == [
        {"working_hours": 4},
        {"working_hours": 16},
    ]
    assert moved["armed"][0]["span"] == {"office": True, "working_days": 3}


def test_an_act_at_the_closing_at_which_a_window_ends_is_late():
    docket = told()
    docket.opens("Mon 2025-03-03 09:00", "small")
    docket.says("Mon 2025-03-03 09:30", "promise", "staff")
    assert docket.timers() == {"promise_kept": "2025-03-04 17:00"}

    docket.passes("Tue 2025-03-04 16:59:59.999999")
    before = docket.state()
    docket.passes("Tue 2025-03-04 17:00")

    assert (before, docket.state()) == ("promised", "expired")


def test_level_2_begins_at_the_instant_at_which_the_limit_was_due(desk):
    desk.passes("Sat 2025-03-08 12:00")  # however late it is noticed

    assert desk.overdue()
    assert desk.timers() == {}
    assert desk.fired() == ["A.reminder", "A.triage", "A.triage_level_2"]
    assert wall(desk.run.entries[-2].effective_at) == "2025-03-05 14:00"
    assert wall(desk.run.entries[-1].effective_at) == "2025-03-06 09:30"


def test_what_a_midnight_causes_begins_at_the_next_opening(desk):
    desk.says("Tue 2025-03-04 10:00", "ask", "staff")
    desk.passes("Sun 2025-03-09 12:00")  # the window ended with Friday

    assert desk.state() == "assigned"
    assert desk.timers() == {"inspection": "2025-03-13 08:30", "look": "2025-03-10 12:30"}


def test_a_frozen_timer_goes_on_with_what_was_left(desk):
    desk.says("Tue 2025-03-04 10:00", "ask", "staff")
    frozen = desk.timers()
    desk.says("Wed 2025-03-05 20:00", "answer")

    assert (frozen["reminder"], frozen["triage"]) == ("frozen", "frozen")
    assert desk.timers() == {"reminder": "2025-03-06 09:00", "triage": "2025-03-07 12:30"}


def test_frozen_days_in_office_hours_go_on_from_the_resumption(desk):
    desk.says("Mon 2025-03-03 16:00", "assign", "staff")
    desk.says("Tue 2025-03-04 16:30", "stop", "staff")  # one day was whole at 16:00
    desk.says("Fri 2025-03-07 09:15", "go_on", "staff")

    assert desk.timers()["inspection"] == "2025-03-11 09:15"


# -- editions ---------------------------------------------------------------------------------

LESS = announced(OFFICE, 2027, {"2027-01-04": True, "2027-01-05": True})
MORE = announced(OFFICE, 2027, {"2027-01-02": False})  # a Saturday


def test_an_announcement_moves_limits_both_ways_and_windows_only_later():
    for news, triage, promise in (
        (LESS, "2027-01-06 15:30", "2027-01-06 16:00"),
        (MORE, "2027-01-02 15:30", "2027-01-04 16:00"),
    ):
        docket = told(("2026-12-31 18:00", news))
        docket.opens("Wed 2026-12-30 16:30", "small")
        docket.opens("Wed 2026-12-30 16:30", "small", case="B")
        docket.says("Thu 2026-12-31 08:00", "promise", "staff", case="B")

        docket.passes("Thu 2026-12-31 18:00")

        assert docket.timers("A")["triage"] == triage
        assert docket.timers("B")["promise_kept"] == promise


def test_what_is_provisional_waits_for_the_announcement_and_then_acts():
    docket = told(("2027-02-01 12:00", LESS))
    docket.opens("Wed 2026-12-30 16:30", "small")
    docket.passes("Mon 2027-01-25 12:00")
    waiting = docket.overdue()

    docket.passes("Mon 2027-02-01 12:00")

    assert (waiting, docket.overdue()) == (False, True)
    assert docket.run.entries[-1].name == "triage"


def test_a_frozen_timer_is_counted_by_the_edition_of_its_resumption():
    docket = told(("2026-12-31 18:00", LESS))
    docket.opens("Thu 2026-12-31 15:00", "small")
    docket.says("Thu 2026-12-31 16:00", "ask", "staff")
    docket.says("Sat 2027-01-02 10:00", "answer")

    assert docket.timers() == {"reminder": "2027-01-06 11:30", "triage": "2027-01-07 15:00"}
