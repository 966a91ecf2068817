"""Timers of a case: armed, passed, frozen, resumed, moved by its own data or by a new calendar."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import docket as docket_module
from orchestrator.core.docket import Run
from orchestrator.core.instants import parse_instant
from orchestrator.core.timers import Cause, reanchored
from orchestrator.core.values import Missing, Query
from orchestrator.core.workflow import (
    FactsModel,
    after,
    always,
    at,
    choose,
    final,
    freezes,
    hears,
    limit,
    on,
    send,
    state,
    target,
)
from tests.core.builders import (
    CN,
    Told,
    a_timer,
    almanac,
    announced,
    day,
    merged,
    small,
    span,
    wall,
    world_of,
)
from tests.core.builders import at as instant

SPANS = {
    "target": {"working_days": 1},
    "limit": {"working_days": 2},
    "level_2": {"working_days": 2},
    "window": {"days": 3, "roll": True},
    "never": None,
}

REVIEW, REVIEW_RULES = small(
    state(
        "review",
        target("reminder", "small.target"),
        limit("review_limit", "small.limit", level_2="small.level_2"),
        after("unused", "small.never", to="done"),
        on("note", "staff"),
        on("ask", "staff", to="waiting"),
        on("hand_on", "staff", to="second"),
        on("decide", "staff", to="done"),
    ),
    state(
        "waiting",
        freezes("reminder", "review_limit"),
        after("answer_window", "small.window", to="closed"),
        on("answer", "buyer", to="review"),
        on("ask_more", "staff", to="waiting_more"),
        on("skip", "staff", to="second"),
    ),
    state(
        "waiting_more",
        freezes("reminder", "review_limit"),
        on("answer", "buyer", to="review"),
        open_ended=True,
    ),
    state(
        "second",
        limit("second_limit", "small.limit", level_2="small.level_2"),
        on("decide", "staff", to="done"),
    ),
    final("done", "closed"),
    spans=SPANS,
)


@pytest.fixture
def review():
    told = Told(world_of(REVIEW, books=[REVIEW_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    return told


# -- targets and limits (RULES 3) -------------------------------------------------------------


def test_entering_a_state_arms_its_timers_and_no_others(review):
    assert review.timers() == {"reminder": "2025-03-05 00:00", "review_limit": "2025-03-06 00:00"}


def test_a_target_only_reminds(review):
    review.passes("Tue 2025-03-04 23:59:59.999999")
    assert review.sent() == []

    review.passes("Wed 2025-03-05 00:00")

    assert (review.state(), review.overdue()) == ("review", False)
    assert review.sent() == ["notify:staff:reminder"]
    assert review.timers() == {"review_limit": "2025-03-06 00:00"}


def test_a_limit_escalates_twice_and_never_decides(review):
    review.passes("Wed 2025-03-05 23:59:59.999999")
    assert not review.overdue()
    review.sent()

    review.passes("Thu 2025-03-06 00:00")

    assert (review.state(), review.overdue()) == ("review", True)
    assert review.sent() == ["notify:staff:review_limit_level_1", "notify:buyer:delayed"]
    # Its start day is Wednesday, the last day of the expired limit.
    assert review.timers() == {"review_limit_level_2": "2025-03-08 00:00"}

    review.passes("Sat 2025-03-08 00:00")

    assert (review.state(), review.overdue()) == ("review", True)
    assert review.sent() == ["notify:staff:review_limit_level_2"]
    assert review.timers() == {}


def test_level_2_starts_on_the_same_day_however_late_the_limit_is_noticed(review):
    review.passes("Fri 2025-03-07 17:00")

    assert review.timers() == {"review_limit_level_2": "2025-03-08 00:00"}


def test_an_event_that_stays_neither_clears_overdue_nor_touches_timers(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "note", "staff")

    assert (review.overdue(), review.timers()) == (
        True,
        {"review_limit_level_2": "2025-03-08 00:00"},
    )


def test_overdue_is_cleared_when_the_case_leaves_for_another_state(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "hand_on", "staff")

    assert (review.overdue(), review.timers()) == (False, {"second_limit": "2025-03-11 00:00"})
    assert json.loads(review.run.entries[-1].content)["overdue"] is False


def test_overdue_is_cleared_at_the_end(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "decide", "staff")

    assert (review.overdue(), review.timers()) == (False, {})
    assert review.run.cases["A"].closed_at == instant("Thu 2025-03-06 10:00")


# -- a supplement: the clock of staff stands still --------------------------------------------


def test_a_supplement_freezes_the_review_and_what_was_left_is_counted_afterwards(review):
    review.says("Tue 2025-03-04 15:00", "ask", "staff")
    assert review.timers() == {
        "answer_window": "2025-03-08 00:00",
        "reminder": "frozen",
        "review_limit": "frozen",
    }

    review.says("Fri 2025-03-07 23:59:59.999999", "answer")

    # Nothing was consumed: one and two working days from Friday, which is not counted.
    assert review.timers() == {"reminder": "2025-03-11 00:00", "review_limit": "2025-03-12 00:00"}


def test_what_is_frozen_does_not_fire(review):
    review.says("Tue 2025-03-04 15:00", "ask", "staff")
    review.says("Wed 2025-03-05 15:00", "ask_more", "staff")

    review.passes("Mon 2025-06-02 00:00")

    assert review.timers() == {"reminder": "frozen", "review_limit": "frozen"}
    assert review.fired() == []


def test_two_supplements_are_two_pauses(review):
    review.says("Mon 2025-03-03 15:00", "ask", "staff")
    review.says("Tue 2025-03-04 09:00", "answer")
    review.passes("Wed 2025-03-05 23:00")
    review.says("Thu 2025-03-06 09:00", "ask", "staff")
    review.says("Thu 2025-03-06 17:00", "answer")

    # Wednesday was consumed; one day is left, counted from Thursday.
    assert review.timers()["review_limit"] == "2025-03-08 00:00"
    assert len(review.run.timers["A"]["review_limit"].pauses) == 2


def test_a_supplement_does_not_clear_overdue_and_freezes_level_2_like_the_others(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "ask", "staff")

    assert (review.overdue(), review.timers()) == (
        True,
        {"answer_window": "2025-03-11 00:00", "review_limit_level_2": "frozen"},
    )

    review.says("Mon 2025-03-10 09:00", "answer")

    # The reminder and the limit have passed: they are not armed again.
    assert (review.overdue(), review.timers()) == (
        True,
        {"review_limit_level_2": "2025-03-13 00:00"},
    )


def test_from_one_supplement_to_another_everything_stays_frozen(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "ask", "staff")
    review.says("Fri 2025-03-07 10:00", "ask_more", "staff")

    assert (review.overdue(), review.timers()) == (True, {"review_limit_level_2": "frozen"})
    assert len(review.run.timers["A"]["review_limit_level_2"].pauses) == 1


def test_leaving_a_supplement_for_another_state_cancels_what_was_frozen_and_clears_overdue(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "ask", "staff")
    review.says("Fri 2025-03-07 10:00", "skip", "staff")

    assert (review.overdue(), review.timers()) == (False, {"second_limit": "2025-03-12 00:00"})
    told = json.loads(review.run.entries[-1].content)
    assert told["cancelled"] == ["review_limit_level_2", "answer_window"]


def test_silence_ends_a_supplement_and_nothing_is_left_armed(review):
    review.passes("Thu 2025-03-06 09:00")
    review.says("Thu 2025-03-06 10:00", "ask", "staff")
    review.passes("Tue 2025-03-11 00:00")

    assert (review.state(), review.overdue(), review.timers()) == ("closed", False, {})
    assert "A" not in review.run.timers


def pausing(first, second):
    """Two states; the second freezes a window of two working days of the first."""
    one, rules = small(
        state("a", after("window", "small.long", to="done"), first),
        state("b", freezes("window"), second, open_ended=True),
        final("done"),
        spans={"long": {"working_days": 2}, "one": {"days": 1}},
    )
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")
    return told


def test_frozen_by_a_timer_the_expired_day_was_consumed():
    told = pausing(after("pause", "small.one", to="b"), on("resume", "buyer", to="a"))

    told.passes("Wed 2025-03-05 00:00")
    assert told.timers() == {"window": "frozen"}

    told.says("Fri 2025-03-07 10:00", "resume")

    # Tuesday was consumed; one day is left and counted from Friday.
    assert told.timers() == {"pause": "2025-03-09 00:00", "window": "2025-03-11 00:00"}


def test_resumed_by_a_timer_it_counts_from_the_last_day_of_the_expired_period():
    told = pausing(on("pause", "buyer", to="b"), after("resume", "small.one", to="a"))

    told.says("Tue 2025-03-04 09:00", "pause")
    told.passes("Thu 2025-03-06 09:00")  # due at 00:00, noticed nine hours late

    # Nothing was consumed: two days from Wednesday.
    assert told.timers() == {"window": "2025-03-08 00:00"}


def is_unused(case, view):
    return not case.data.get("named")


def named_once(case, event, view):
    return {"named": True}


def test_a_timer_may_be_armed_only_where_something_holds():
    one, rules = small(
        state("a", after("chance", "small.window", only=is_unused), on("go", "buyer", to="b")),
        state("b", on("back", "buyer", to="a", fold=named_once), open_ended=True),
        spans={"window": {"days": 3}},
    )
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")
    assert told.timers() == {"chance": "2025-03-07 00:00"}

    told.says("Mon 2025-03-03 11:00", "go")
    told.says("Mon 2025-03-03 12:00", "back")

    assert told.timers() == {}


def test_a_span_is_not_counted_anew_when_the_case_changes():
    one, rules = small(
        state("a", after("window", "small.window"), on("name", "buyer", fold=named_once)),
        spans={"window": {"days": 3}},
    )
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")
    told.says("Tue 2025-03-04 10:00", "name")
    assert "data" in told.run.entries[-1].content

    told.says("Wed 2025-03-05 10:00", "name")  # says nothing new

    assert told.timers() == {"window": "2025-03-07 00:00"}
    assert told.run.entries[-1].content == "{}"


# -- start days -------------------------------------------------------------------------------

RELAY, RELAY_RULES = small(
    state("first", after("one", "relay.day", to="second", do=[send("board", "moved")])),
    state("second", after("two", "relay.day", to="done")),
    final("done"),
    name="relay",
    spans={"day": {"days": 1}},
)
BOARD, BOARD_RULES = small(
    state("idle", hears("moved", to="busy"), open_ended=True),
    state("busy", hears("moved"), after("busy_window", "board.days", to="idle")),
    name="board",
    singleton=True,
    spans={"days": {"working_days": 1}},
)


def test_what_a_timer_arms_starts_on_the_last_day_of_the_expired_period_also_through_messages():
    told = Told(world_of(RELAY, BOARD, books=[merged(RELAY_RULES, BOARD_RULES)]))
    told.opens("Wed 2025-03-05 10:00", "relay")

    told.passes("Fri 2025-03-07 09:00")  # noticed nine hours late

    assert told.timers() == {"two": "2025-03-08 00:00"}  # from Thursday: Friday is counted
    (board,) = told.run.cases_of("board")
    assert told.timers(board.id) == {"busy_window": "2025-03-08 00:00"}


# -- dates of the case itself -----------------------------------------------------------------


class Until(FactsModel):
    until: str | None


def set_until(case, event, view):
    return {"until": event.facts.until}


def named(case, event, view):
    return {"name": "x"}


def until(case, view):
    text = case.data.get("until")
    return None if text is None else parse_instant(text)


def an_hour_before(case, view):
    end = until(case, view)
    return None if end is None else end - 3_600_000_000


def next_hour(case, view):
    return (view.at // 3_600_000_000 + 1) * 3_600_000_000


ORDER, ORDER_RULES = small(
    state(
        "open",
        at("ends", until, to="ended"),
        on("say", "buyer", needs=Until, fold=set_until),
        on("rest", "buyer", to="resting"),
        on("name", "buyer", fold=named),
    ),
    state("resting", on("say", "buyer", needs=Until, fold=set_until), on("wake", "buyer", to="open"), open_ended=True),
    final("ended"),
    always(at("reminder", an_hour_before), on("end", "buyer", to="ended")),
)  # fmt: skip

NINE, TEN = "2025-03-05T09:00:00+08:00", "2025-03-05T10:00:00+08:00"


@pytest.fixture
def order():
    told = Told(world_of(ORDER, books=[ORDER_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    return told


def test_a_date_that_is_not_known_yet_is_not_armed(order):
    assert order.timers() == {}


def test_a_date_is_armed_moved_and_cancelled_as_the_case_says(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": NINE})
    assert order.timers() == {"ends": "2025-03-05 09:00", "reminder": "2025-03-05 08:00"}

    order.says("Mon 2025-03-03 12:00", "say", facts={"until": TEN})
    assert order.timers() == {"ends": "2025-03-05 10:00", "reminder": "2025-03-05 09:00"}

    order.says("Mon 2025-03-03 13:00", "say", facts={"until": None})
    assert order.timers() == {}


def test_a_date_that_stays_the_same_keeps_its_place(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": NINE})
    armed = order.run.timers["A"]["ends"]

    order.says("Mon 2025-03-03 12:00", "name")
    order.says("Mon 2025-03-03 13:00", "say", facts={"until": "2025-03-05T01:00:00Z"})

    assert order.run.timers["A"]["ends"] is armed


def test_a_date_of_a_state_goes_with_it_and_a_date_of_the_case_stays(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": NINE})
    order.says("Mon 2025-03-03 12:00", "rest")
    assert order.timers() == {"reminder": "2025-03-05 08:00"}

    order.says("Mon 2025-03-03 13:00", "say", facts={"until": TEN})
    assert order.timers() == {"reminder": "2025-03-05 09:00"}

    order.says("Mon 2025-03-03 14:00", "wake")
    assert order.timers() == {"ends": "2025-03-05 10:00", "reminder": "2025-03-05 09:00"}


def test_a_date_that_has_passed_is_armed_again_only_for_another_instant(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": NINE})
    order.passes("Wed 2025-03-05 08:30")
    order.says("Wed 2025-03-05 08:40", "name")
    assert order.fired() == ["A.reminder"]

    order.says("Wed 2025-03-05 08:50", "say", facts={"until": TEN})

    assert order.timers() == {"ends": "2025-03-05 10:00", "reminder": "2025-03-05 09:00"}


def test_a_date_in_the_past_acts_at_once_and_both_instants_are_kept(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": "2025-03-01T00:00:00+08:00"})

    assert (order.state(), order.fired()) == ("ended", ["A.ends"])
    event, firing = order.run.entries[-2:]
    assert event.effective_at == firing.effective_at == instant("Mon 2025-03-03 11:00")
    assert json.loads(event.content)["armed"][0] == {
        "name": "ends",
        "due_at": "2025-03-03T11:00:00+08:00",
        "computed_at": "2025-03-01T00:00:00+08:00",
    }


def test_the_end_cancels_dates_of_the_case_too(order):
    order.says("Mon 2025-03-03 11:00", "say", facts={"until": NINE})
    order.says("Mon 2025-03-03 12:00", "end")

    assert (order.state(), order.timers()) == ("ended", {})
    assert json.loads(order.run.entries[-1].content)["cancelled"] == ["ends", "reminder"]


@pytest.mark.parametrize("own", [True, False])
def test_a_date_that_always_has_a_next_instant_is_armed_again_by_its_firing(own):
    hourly = at("tick", next_hour)
    chapters = [state("a", hourly)] if own else [state("a", open_ended=True), always(hourly)]
    one, rules = small(*chapters)
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")

    told.passes("Mon 2025-03-03 13:30")

    assert told.fired() == ["A.tick"] * 3
    assert told.timers() == {"tick": "2025-03-03 14:00"}


def where_to(case, event, view):
    return "b" if case.data.get("ticks", 0) > 1 else "a"


def one_more(case, event, view):
    return {"ticks": case.data.get("ticks", 0) + 1}


def test_a_date_whose_firing_leaves_its_state_is_not_armed_again():
    one, rules = small(
        state("a", at("tick", next_hour, to=choose(where_to, "a", "b"), fold=one_more)),
        state("b", on("go", "buyer", to="a"), open_ended=True),
    )
    told = Told(world_of(one, books=[rules]))
    told.opens("Mon 2025-03-03 10:00", "small")

    told.passes("Tue 2025-03-04 10:00")

    assert (told.state(), told.fired(), told.timers()) == ("b", ["A.tick"] * 2, {})


def where_grace_leads(case, event, view):
    return "b" if case.data.get("ticks") else "open"


MIDNIGHT = "2025-03-05T00:00:00+08:00"
GRACE, GRACE_RULES = small(
    state(
        "open",
        at(
            "ends",
            until,
            to=choose(where_grace_leads, "b", "open"),
            then=after("grace", "small.grace", to="b"),
        ),
        on("say", "buyer", needs=Until, fold=set_until),
        on("end", "buyer", fold=one_more),
    ),
    final("b"),
    spans={"grace": {"days": 2}},
)


@pytest.fixture
def grace():
    told = Told(world_of(GRACE, books=[GRACE_RULES]))
    told.opens("Mon 2025-03-03 10:00", "small")
    told.says("Mon 2025-03-03 11:00", "say", facts={"until": MIDNIGHT})
    return told


def test_what_follows_a_date_starts_on_the_day_that_ended_however_late_it_is_noticed(grace):
    assert grace.timers() == {"ends": "2025-03-05 00:00"}

    grace.passes("Thu 2025-03-06 15:00")
    assert (grace.state(), grace.timers()) == ("open", {"grace": "2025-03-07 00:00"})

    grace.passes("Fri 2025-03-07 00:00")
    assert (grace.state(), grace.fired()) == ("b", ["A.ends", "A.grace"])


def test_what_follows_a_date_is_not_armed_where_the_date_ends_the_case(grace):
    grace.says("Mon 2025-03-03 12:00", "end")

    grace.passes("Thu 2025-03-06 15:00")

    assert (grace.state(), grace.timers()) == ("b", {})


# -- a new edition of the calendar ------------------------------------------------------------

WINDOWS, WINDOWS_RULES = small(
    state(
        "open",
        after("window", "small.two", to="done"),
        limit("limit", "small.two", level_2="small.two"),
        after("rolled", "small.rolled"),
        after("days", "small.days"),
        after("hours", "small.hours"),
        on("note", "buyer"),
        on("rest", "buyer", to="resting"),
    ),
    state("resting", freezes("window", "limit"), on("wake", "buyer", to="open"), open_ended=True),
    final("done"),
    spans={
        "two": {"working_days": 2},
        "rolled": {"days": 2, "roll": True},
        "days": {"days": 40},
        "hours": {"hours": 100},
    },
)
OPENED = "Wed 2026-12-30 10:00"
LATER = {"2027-01-04": True}  # Monday is off: the second working day is Tuesday
EARLIER = {"2027-01-02": False}  # Saturday is worked


def windows(when, days):
    world = world_of(
        WINDOWS, books=[WINDOWS_RULES], when=almanac((when, announced(CN, 2027, days)))
    )
    told = Told(world)
    told.opens(OPENED, "small")
    return told


def provisional(told):
    return sorted(name for name, t in told.run.timers["A"].items() if t.provisional)


def test_a_deadline_in_an_unannounced_year_is_provisional():
    told = windows("Thu 2026-12-31 12:00", LATER)

    assert provisional(told) == ["limit", "rolled", "window"]
    assert told.timers() == {
        "window": "2027-01-05 00:00",
        "limit": "2027-01-05 00:00",
        "rolled": "2027-01-05 00:00",
        "days": "2027-02-09 00:00",
        "hours": "2027-01-03 14:00",
    }
    armed = json.loads(told.run.entries[0].content)["armed"]
    assert armed[0] == {
        "name": "window",
        "due_at": "2027-01-05T00:00:00+08:00",
        "span": {"working_days": 2},
        "edition": 1,
        "provisional": True,
    }


def test_an_announcement_moves_windows_and_limits_later():
    told = windows("Thu 2026-12-31 12:00", LATER)

    told.passes("Thu 2026-12-31 12:00")

    assert provisional(told) == []
    assert told.timers() == {
        "window": "2027-01-06 00:00",
        "limit": "2027-01-06 00:00",
        "rolled": "2027-01-06 00:00",
        "days": "2027-02-09 00:00",
        "hours": "2027-01-03 14:00",
    }


def test_an_announcement_moves_limits_earlier_but_never_a_partys_window():
    told = windows("Thu 2026-12-31 12:00", EARLIER)

    told.passes("Thu 2026-12-31 12:00")

    assert provisional(told) == []
    assert [told.timers()[name] for name in ("window", "limit", "rolled")] == [
        "2027-01-05 00:00",
        "2027-01-03 00:00",
        "2027-01-05 00:00",
    ]


def test_an_announcement_is_an_entry_that_tells_what_it_moved_from_where():
    told = windows("Thu 2026-12-31 12:00", EARLIER)

    told.passes("Thu 2026-12-31 18:00")

    entry = told.run.entries[-1]
    assert (entry.kind, entry.name, entry.by, entry.case) == (
        "calendar_changed",
        "cn",
        "system",
        None,
    )
    assert entry.effective_at == instant("Thu 2026-12-31 12:00")
    kept, earlier = "2027-01-05T00:00:00+08:00", "2027-01-03T00:00:00+08:00"
    place = {"case": "A", "from": kept, "edition": 2}
    assert json.loads(entry.content) == {
        "calendar": "cn",
        "edition": 2,
        "moved": [
            {"name": "window", "due_at": kept, "span": {"working_days": 2}, **place},
            {"name": "limit", "due_at": earlier, "span": {"working_days": 2}, **place},
            {"name": "rolled", "due_at": kept, "span": {"days": 2, "roll": True}, **place},
        ],
    }


def test_spans_that_ask_no_calendar_are_left_alone():
    told = windows("Thu 2026-12-31 12:00", LATER)
    before = dict(told.run.timers["A"])

    told.passes("Thu 2026-12-31 12:00")

    assert [n for n, t in told.run.timers["A"].items() if t is before[n]] == ["days", "hours"]


def test_a_timer_that_is_still_provisional_is_blocked_and_stops_nothing_else():
    told = windows("Sun 2027-01-10 12:00", LATER)

    told.passes("Sun 2027-01-10 11:59")
    told.says("Sun 2027-01-10 11:59:30", "note")

    assert (told.state(), told.fired()) == ("open", ["A.hours"])
    assert provisional(told) == ["limit", "rolled", "window"]


def test_the_announcement_releases_what_is_past_at_its_own_instant():
    told = windows("Sun 2027-01-10 12:00", LATER)

    told.passes("Sun 2027-01-10 12:00")

    assert (told.state(), told.fired()) == ("done", ["A.hours", "A.window"])
    assert told.run.entries[-1].effective_at == instant("Sun 2027-01-10 12:00")


def test_the_announcement_may_release_to_a_later_instant():
    off = {f"2027-01-0{n}": True for n in range(4, 9)}
    told = windows("Tue 2027-01-05 12:00", off)

    told.passes("Tue 2027-01-05 12:00")

    assert told.timers()["window"] == "2027-01-12 00:00"
    told.passes("Tue 2027-01-12 00:00")
    assert told.state() == "done"


def test_what_an_announcement_releases_keeps_its_place_in_the_arming_order():
    told = windows("Sun 2027-01-10 12:00", LATER)
    told.opens("Wed 2026-12-30 10:00", "small", case="B")  # after A, on the same day

    told.passes("Sun 2027-01-10 12:00")

    at_once = [f for f in told.fired() if not f.endswith("hours")]
    assert at_once == ["A.window", "B.window"]
    armed = told.run.entries[0], told.run.entries[1]
    assert [entry.kind for entry in armed] == ["opened", "opened"]


def test_at_the_instant_of_an_announcement_what_is_due_goes_first():
    told = windows("Sun 2027-01-03 14:00", LATER)  # when `hours` is due

    told.passes("Sun 2027-01-03 14:00")

    assert [entry.kind for entry in told.run.entries] == ["opened", "timer", "calendar_changed"]


def test_what_is_due_before_an_announcement_happens_before_it_and_the_rest_after():
    told = windows("Mon 2027-01-04 12:00", {"2027-10-01": True})

    told.passes("Mon 2027-02-01 00:00")

    assert [(e.kind, e.name) for e in told.run.entries] == [
        ("opened", "small"),
        ("timer", "hours"),
        ("calendar_changed", "cn"),
        ("timer", "window"),
    ]


def test_what_is_frozen_is_computed_under_the_new_edition_when_it_resumes():
    told = windows("Thu 2026-12-31 12:00", LATER)
    told.says("Thu 2026-12-31 09:00", "rest")
    told.passes("Thu 2026-12-31 12:00")
    assert told.timers() == {"limit": "frozen", "window": "frozen"}

    told.says("Sat 2027-01-02 09:00", "wake")

    # Two days left from Saturday; Monday the 4th is off.
    assert told.timers()["window"] == "2027-01-07 00:00"
    assert told.run.timers["A"]["window"].edition == 2
    assert not told.run.timers["A"]["window"].provisional


def test_a_docket_that_was_asleep_applies_an_announcement_at_its_clock_at_the_earliest():
    told = windows("Thu 2026-12-31 12:00", LATER)
    told.passes("Thu 2026-12-31 11:00")
    again = told.reloaded(clock=instant("Thu 2026-12-31 15:00"))

    again.passes("Thu 2026-12-31 15:00")

    assert again.run.entries[0].effective_at == instant("Thu 2026-12-31 15:00")


def test_an_announcement_asks_for_all_timers_of_the_docket():
    told = windows("Thu 2026-12-31 12:00", LATER)
    part = told.reloaded(whole=frozenset({"small"}))

    with pytest.raises(Missing) as missing:
        part.passes("Thu 2026-12-31 12:00")
    assert missing.value.queries == (Query("shop-1", "timers"),)

    told.reloaded(whole=frozenset({"timers"})).passes("Thu 2026-12-31 12:00")


def test_a_docket_without_timers_leaves_the_announcement_until_somebody_acts():
    """Else its entry would tell whether a daemon came by (law 1)."""
    told = windows("Thu 2026-12-31 12:00", LATER)
    empty = told.reloaded(cases={}, timers={})

    empty.passes("Thu 2026-12-31 12:00")
    assert empty.run.entries == []

    empty.run.to(instant("Thu 2026-12-31 12:00"), acting=True)
    assert json.loads(empty.run.entries[0].content)["moved"] == []
    assert empty.run.touched == {}
    assert empty.run.edition == 2


def test_a_docket_begins_with_the_edition_of_its_first_instant():
    world = windows("Thu 2026-12-31 12:00", LATER).world
    born = docket_module.docket_born("shop-2", instant("Fri 2027-01-01 00:00"), world.almanac)

    assert (born.edition, born.new, born.clock) == (2, True, None)


def test_a_forecast_lets_provisional_timers_fire_too():
    told = windows("Sun 2027-01-10 12:00", LATER)
    run = Run(told.reloaded().run.docket, told.world, assume_announced=True)

    run.to(instant("Tue 2027-01-05 00:00"))

    assert [(e.name, wall(e.effective_at)) for e in run.entries][-1] == (
        "window",
        "2027-01-05 00:00",
    )
    assert run.cases["A"].state == "done"


def test_reanchoring_a_frozen_timer_or_a_date_changes_nothing():
    cause = Cause(instant("Thu 2026-12-31 12:00"), day("2026-12-31"), 9, 0, CN, 2)
    rule = WINDOWS.state("open").timers[0]
    frozen = a_timer(due_at=None, computed_at=None, span=span(working_days=2))
    date = a_timer(span=None)

    assert reanchored(frozen, rule, cause) is frozen
    assert reanchored(date, rule, cause) is date


def test_an_announcement_tells_which_deadlines_are_no_longer_provisional():
    told = windows("Thu 2026-12-31 12:00", EARLIER)

    told.passes("Thu 2026-12-31 12:00")

    assert '"window"' in told.run.entries[-1].content
