"""What an edition would do to pending deadlines, in words: the same as it then does (DESIGN 5)."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.calendar import Almanac, Announcement
from orchestrator.core.moves import AT_ONCE, STAYS, moves
from orchestrator.core.workflow import after, final, freezes, limit, on, state, target
from tests.core.builders import CN, Told, almanac, announced, at, small, wall, world_of

SPANS = {
    "reminder": {"working_days": 3},
    "limit": {"working_days": 10},
    "long": {"working_days": 300},
    "short": {"working_days": 9},
    "level_2": {"working_days": 2},
    "window": {"days": 3, "roll": True},
    "hours": {"hours": 720},
}
REVIEW, BOOK = small(
    state(
        "review",
        target("reminder", "small.reminder"),
        limit("limit", "small.limit", level_2="small.level_2"),
        on("ask", "staff", to="waiting"),
        on("decide", "staff", to="decided"),
        on("shelve", "staff", to="shelved"),
        on("hasten", "staff", to="hastened"),
        on("let_rest", "staff", to="resting"),
    ),
    state(
        "waiting",
        freezes("reminder", "limit"),
        after("answer_window", "small.window", to="closed"),
        on("answer", "buyer", to="review"),
    ),
    state("decided", after("appeal_window", "small.window", to="closed")),
    state("shelved", target("far", "small.long"), open_ended=True),
    state("hastened", target("near", "small.short"), open_ended=True),
    state("resting", after("rest", "small.hours", to="closed")),
    final("closed"),
    spans=SPANS,
)
MARCH = announced(CN, 2027, {"2027-03-08": True})  # a Monday
OFF, WORKED = "off (named)", "worked (named, make-up working day)"


def filed(when: str, *said: tuple[str, str], first=CN) -> Told:
    """A case of a docket that learns of later editions only from these tests."""
    told = Told(world_of(REVIEW, books=[BOOK], when=almanac(first=first)))
    told.opens(when, "small")
    for at_, event in said:
        told.says(at_, event, by="buyer" if event == "answer" else "staff")
    return told


def would_move(told: Told, when: str, year: int = 2027, **days: bool):
    """(deadline, from, to, what, why) of each deadline that an edition announced then would move.

    days   such as `d0104=True`: 4 January is off
    """
    told.passes(when)
    before = told.run.world.almanac
    known = before.announcements[-1].edition
    dates = {f"{year}-{day[1:3]}-{day[3:]}": off for day, off in days.items()}
    news = Announcement(2, at(when), announced(known, year, dates))
    told.run.world = told.run.world._replace(almanac=Almanac((*before.announcements, news)))
    found = list(moves(told.run, news))
    as_it_happens(told, when, found)
    return [(m.timer.name, wall(m.was.due_at), wall(m.timer.due_at), m.what, m.why) for m in found]


def as_it_happens(told: Told, when: str, found) -> None:
    """The announcement itself moves just these."""
    told.run.to(at(when), acting=True)
    changed = [e for e in told.run.entries if e.kind == "calendar_changed"][-1]
    text = CN.zone.text
    wanted = [
        (m.case, m.timer.name, text(m.was.due_at), text(m.timer.due_at), m.timer.provisional)
        for m in found
        if (m.was.due_at, m.was.provisional) != (m.timer.due_at, m.timer.provisional)
    ]
    got = [
        (t["case"], t["name"], t["from"], t["due_at"], t.get("provisional", False))
        for t in json.loads(changed.content)["moved"]
    ]
    assert got == wanted


# -- limits and targets: both ways ------------------------------------------------------------

MONDAY, WEDNESDAY = "Mon 2026-12-28 10:00", "Wed 2026-12-30 17:00"


@pytest.mark.parametrize(
    ("days", "to", "what", "why"),
    [
        ({"d0101": True}, "2027-01-13 00:00", "final", "becomes final"),
        (
            {"d0101": True, "d0104": True},
            "2027-01-14 00:00",
            "later",
            f"becomes final; 2027-01-04 is {OFF}",
        ),
        (
            {"d0101": True, "d0109": False},
            "2027-01-12 00:00",
            "earlier",
            f"becomes final; 2027-01-09 is {WORKED}",
        ),
        (
            {"d0101": True, "d0104": True, "d0105": True},
            "2027-01-15 00:00",
            "later",
            f"becomes final; 2027-01-04 to 2027-01-05 are {OFF}",
        ),
    ],
)
def test_a_provisional_limit_becomes_final_and_moves_both_ways(days, to, what, why):
    told = filed(MONDAY)

    assert would_move(told, WEDNESDAY, **days) == [("limit", "2027-01-13 00:00", to, what, why)]


def test_a_deadline_that_asks_nothing_of_the_year_is_not_told():
    told = filed(MONDAY, ("Tue 2026-12-29 10:00", "let_rest"))

    assert would_move(told, WEDNESDAY, d0101=True, d0104=True) == []


def test_an_announcement_of_another_year_changes_nothing():
    assert would_move(filed(MONDAY), WEDNESDAY, 2028, d0103=True) == []


def test_a_limit_whose_new_end_has_passed_acts_at_once():
    told = filed(MONDAY)

    found = would_move(told, "Tue 2027-01-12 10:00", d0101=True, d0109=False, d0110=False)

    why = f"becomes final; 2027-01-09 to 2027-01-10 are {WORKED}; {AT_ONCE}"
    assert found == [("limit", "2027-01-13 00:00", "2027-01-12 10:00", "earlier", why)]


def test_a_count_that_reaches_beyond_the_announced_year_stays_provisional():
    told = filed(MONDAY, ("Tue 2026-12-29 10:00", "shelve"))

    ((name, _, _, what, why),) = would_move(told, WEDNESDAY, d0101=True, d0104=True)

    assert (name, what) == ("far", "later")
    assert why == f"stays provisional without 2028; 2027-01-04 is {OFF}"


def test_a_count_that_an_amendment_pushes_over_new_year_becomes_provisional():
    told = filed("Mon 2027-12-20 09:00", ("Mon 2027-12-20 10:00", "hasten"), first=MARCH)

    found = would_move(told, "Tue 2027-12-21 10:00", d0308=True, d1231=True)

    why = f"becomes provisional without 2028; 2027-12-31 is {OFF}"
    assert found == [("near", "2028-01-01 00:00", "2028-01-04 00:00", "later", why)]


def test_of_many_days_the_first_are_named():
    told = filed("Mon 2027-03-01 10:00", ("Mon 2027-03-01 11:00", "shelve"), first=MARCH)

    ((*_, why),) = would_move(
        told, "Mon 2027-03-01 12:00", d0302=True, d0304=True, d0308=True, d0310=True, d0312=True
    )

    assert why == (
        f"stays provisional without 2028; 2027-03-02 is {OFF}; 2027-03-04 is {OFF};"
        f" 2027-03-10 is {OFF}; and 1 more day"
    )


# -- windows of a party: only later -----------------------------------------------------------

DECIDED = ("Tue 2026-12-29 10:00", "decide")


def test_a_window_moves_later():
    told = filed(MONDAY, DECIDED)

    found = would_move(told, WEDNESDAY, d0101=True, d0104=True)

    why = f"becomes final; 2027-01-04 is {OFF}"
    assert found == [("appeal_window", "2027-01-05 00:00", "2027-01-06 00:00", "later", why)]


def test_a_window_that_would_end_earlier_stays_and_becomes_final():
    told = filed(MONDAY, DECIDED)

    found = would_move(told, WEDNESDAY, d0101=True, d0102=False)

    why = f"becomes final; 2027-01-02 is {WORKED}; {STAYS}"
    assert found == [("appeal_window", "2027-01-05 00:00", "2027-01-05 00:00", "final", why)]


def test_a_window_of_an_announced_year_that_would_end_earlier_stays():
    told = filed("Fri 2027-03-05 09:00", ("Fri 2027-03-05 10:00", "decide"), first=MARCH)

    found = would_move(told, "Fri 2027-03-05 11:00", d0320=False)

    why = f"2027-03-08 is worked (Monday); {STAYS}"
    assert found == [("appeal_window", "2027-03-10 00:00", "2027-03-10 00:00", "stays", why)]


# -- blocked and frozen -----------------------------------------------------------------------


def test_a_blocked_limit_is_released_and_acts_at_the_instant_of_the_announcement():
    found = would_move(filed(MONDAY), "Wed 2027-01-20 10:00", d0101=True)

    why = f"is released; {AT_ONCE}"
    assert found == [("limit", "2027-01-13 00:00", "2027-01-20 10:00", "released", why)]


def test_a_blocked_limit_is_released_to_a_later_day():
    found = would_move(filed(MONDAY), "Wed 2027-01-13 10:00", d0112=True)

    why = f"is released; 2027-01-12 is {OFF}"
    assert found == [("limit", "2027-01-13 00:00", "2027-01-14 00:00", "released", why)]


def test_a_blocked_window_whose_new_end_lies_before_its_old_one_acts_at_once():
    found = would_move(filed(MONDAY, DECIDED), "Wed 2027-01-06 10:00", d0101=True, d0102=False)

    why = f"is released; 2027-01-02 is {WORKED}; {AT_ONCE}"
    assert found == [("appeal_window", "2027-01-05 00:00", "2027-01-06 10:00", "released", why)]


def test_a_blocked_limit_stays_blocked_while_its_own_year_is_not_announced():
    found = would_move(filed(MONDAY), "Wed 2027-01-20 10:00", 2028, d0103=True)

    why = "stays blocked without 2027"
    assert found == [("limit", "2027-01-13 00:00", "2027-01-20 10:00", "blocked", why)]


def test_a_frozen_limit_has_another_rest_and_is_counted_when_it_is_resumed():
    told = filed(MONDAY, ("Thu 2027-01-07 10:00", "ask"))

    found = would_move(told, "Thu 2027-01-07 15:00", d0101=True, d0104=True)

    why = "its clock stands still with 5 left instead of 4 left; it is counted when it is resumed"
    assert found == [
        ("limit", None, None, "frozen", why),
        ("answer_window", "2027-01-12 00:00", "2027-01-12 00:00", "final", "becomes final"),
    ]


def test_a_frozen_limit_whose_rest_is_the_same_is_not_told():
    told = filed("Mon 2026-12-28 10:00", ("Tue 2026-12-29 10:00", "ask"))

    found = would_move(told, WEDNESDAY, d0101=True, d0104=True)

    assert [name for name, *_ in found] == ["answer_window"]


# -- a docket that stands still ---------------------------------------------------------------


def test_what_fires_before_the_announcement_is_left_out_of_a_docket_that_stands_still():
    told = filed(MONDAY)
    news = Announcement(2, at("Tue 2027-01-05 10:00"), announced(CN, 2027, {"2027-01-04": True}))
    known = told.run.world.almanac.announcements
    told.run.world = told.run.world._replace(almanac=Almanac((*known, news)))

    found = [move.timer.name for move in moves(told.run, news)]

    assert sorted(told.timers()) == ["limit", "reminder"]  # the reminder was due on 1 January
    assert found == ["limit"]
