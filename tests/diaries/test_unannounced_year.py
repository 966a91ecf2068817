"""Deadlines that reach into a year whose holidays nobody has announced (RULES 2).

The shipped calendar ends with 2026. What its count must ask of 2027 is computed with weekends and
1 January alone, is provisional, is blocked when its instant comes, and is released by the notice.
"""

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    about,
    announces,
    appeals,
    approves,
    asks_for_more,
    becomes_known,
    files,
    power_cut,
    quiet,
    refused,
    second,
    supplies,
    together,
    upholds,
)
from tests.diaries.words import (
    FINAL,
    FORWARDED,
    KNOWN,
    LATE,
    RECEIVED,
    RESTRICTED,
    TAKEN_DOWN,
    TOLD,
    VERY_LATE,
)

NEW_YEAR = ("2027-01-01", "2027-01-02", "2027-01-03")
AND_MONDAY = (*NEW_YEAR, "2027-01-04")

HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)
FILED = (
    "Mon 2026-12-28 10:00",
    files,
    "under_review, review_limit provisional",
    *RECEIVED,
)
REMINDED = (
    "Fri 2027-01-01 00:00",
    quiet,
    "under_review, review_limit provisional",
    "staff: review_target",
)
UPHELD = (
    FILED,
    (
        "Tue 2026-12-29 10:00",
        upholds("general"),
        "appeal_window, appeal_window provisional",
        *TAKEN_DOWN,
        *TOLD,
    ),
)
BLOCKED = (
    *UPHELD,
    ("Mon 2027-01-04 23:59", quiet, "appeal_window, appeal_window provisional"),
    ("Tue 2027-01-05 00:00", quiet, "appeal_window, appeal_window blocked"),
)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, HOLDER_1_IS_KNOWN, subject="complaint-1")


# -- limits on staff --------------------------------------------------------------------------


def test_a_count_that_ends_on_31_december_asks_nothing_of_the_new_year(diary):
    diary(
        FILED,
        ("Thu 2026-12-31 23:59", quiet, "under_review, review_limit provisional"),
        REMINDED,  # three working days: the target was never provisional
    )


@pytest.mark.fault(40)
def test_a_provisional_limit_is_blocked_and_acts_at_the_instant_of_the_announcement(diary):
    diary(
        FILED,
        REMINDED,
        ("Tue 2027-01-12 23:59", quiet, "under_review, review_limit provisional"),
        ("Wed 2027-01-13 00:00", quiet, "under_review, review_limit blocked"),
        ("Mon 2027-01-18 08:59", quiet, "under_review, review_limit blocked"),
        ("Mon 2027-01-18 09:00", announces(2027, *NEW_YEAR), "under_review, overdue", *LATE),
        ("Wed 2027-01-20 23:59", quiet, "under_review, overdue"),  # from the day it acted
        ("Thu 2027-01-21 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


def test_staff_decide_while_their_limit_is_blocked(diary):
    diary(
        FILED,
        REMINDED,
        ("Wed 2027-01-13 00:00", quiet, "under_review, review_limit blocked"),
        (
            "Thu 2027-01-14 10:00",
            upholds("minor"),
            "appeal_window, appeal_window provisional",
            *TAKEN_DOWN,
            *TOLD,
        ),
        ("Tue 2027-01-19 00:00", quiet, "appeal_window, appeal_window blocked"),
    )


def test_an_announcement_moves_a_limit_to_an_earlier_day(diary):
    make_up_saturday = announces(2027, *NEW_YEAR, worked=("2027-01-09",))

    diary(
        FILED,
        ("Wed 2026-12-30 17:00", make_up_saturday, "under_review"),
        ("Fri 2027-01-01 00:00", quiet, "under_review", "staff: review_target"),
        ("Mon 2027-01-11 23:59", quiet, "under_review"),
        ("Tue 2027-01-12 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_an_amended_year_moves_a_limit_again_though_no_daemon_was_awake(diary):
    diary(
        FILED,
        (
            "Wed 2026-12-30 17:00",
            announces(2027, *NEW_YEAR, worked=("2027-01-09",)),
            "under_review",
        ),
        ("Thu 2026-12-31 17:00", announces(2027, *AND_MONDAY), "under_review"),
        ("Fri 2027-01-01 00:00", quiet, "under_review", "staff: review_target"),
        ("Wed 2027-01-13 23:59", quiet, "under_review"),
        ("Thu 2027-01-14 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_limit_resumed_into_the_new_year_becomes_provisional(diary):
    asked = "complainant: supplement_requested"

    diary(
        FILED,
        (
            "Tue 2026-12-29 10:00",
            asks_for_more,
            "supplement_requested, supplement_window provisional",
            asked,
        ),
        (
            "Thu 2026-12-31 10:00",
            supplies,
            "under_review, review_target provisional, review_limit provisional",
            "staff: supplemented",
        ),
        (
            "Thu 2027-01-07 00:00",
            quiet,
            "under_review, review_target blocked, review_limit provisional",
        ),
        (
            "Fri 2027-01-08 10:00",
            together(announces(2027, *AND_MONDAY), power_cut),
            "under_review",
            "staff: review_target",
        ),
        ("Mon 2027-01-18 23:59", quiet, "under_review"),
        ("Tue 2027-01-19 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_frozen_limit_is_counted_by_the_announcement_it_slept_through(diary):
    asked = "complainant: supplement_requested"

    diary(
        FILED,
        (
            "Tue 2026-12-29 10:00",
            asks_for_more,
            "supplement_requested, supplement_window provisional",
            asked,
        ),
        ("Wed 2026-12-30 17:00", announces(2027, *AND_MONDAY), "supplement_requested"),
        ("Thu 2026-12-31 10:00", supplies, "under_review", "staff: supplemented"),
        ("Thu 2027-01-07 23:59", quiet, "under_review"),
        ("Fri 2027-01-08 00:00", quiet, "under_review", "staff: review_target"),
        ("Mon 2027-01-18 23:59", quiet, "under_review"),
        ("Tue 2027-01-19 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_limit_with_no_day_left_ends_with_the_day_of_resumption(diary):
    asked = "complainant: supplement_requested"

    diary(
        (
            "Tue 2026-12-29 10:00",
            files,
            "under_review, review_target provisional, review_limit provisional",
            *RECEIVED,
        ),
        (
            "Mon 2027-01-04 10:00",
            asks_for_more,  # 30 and 31 December were consumed: one day is left to the target
            "supplement_requested, supplement_window provisional",
            asked,
        ),
        (
            "Mon 2027-01-04 15:00",
            announces(2027, "2027-01-01", "2027-01-03", worked=("2027-01-02",)),
            "supplement_requested",  # Saturday 2 was consumed as well: none is left
        ),
        ("Tue 2027-01-05 10:00", supplies, "under_review", "staff: supplemented"),
        ("Tue 2027-01-05 23:59", quiet, "under_review"),
        ("Wed 2027-01-06 00:00", quiet, "under_review", "staff: review_target"),
        ("Thu 2027-01-14 23:59", quiet, "under_review"),
        ("Fri 2027-01-15 00:00", quiet, "under_review, overdue", *LATE),
    )


# -- windows of a party -----------------------------------------------------------------------


def test_an_announcement_may_move_a_partys_window_later(diary):
    diary(
        *UPHELD,
        ("Thu 2026-12-31 17:00", announces(2027, *AND_MONDAY), "appeal_window"),
        ("Tue 2027-01-05 23:59:59.999999", quiet, "appeal_window"),
        ("Wed 2027-01-06 00:00", refused(appeals, "appeal_window"), "final_upheld", *FINAL),
    )


def test_an_announcement_never_moves_a_partys_window_earlier(diary):
    saturday_is_worked = announces(2027, "2027-01-01", worked=("2027-01-02",))

    diary(
        *UPHELD,
        ("Thu 2026-12-31 17:00", saturday_is_worked, "appeal_window"),
        ("Sun 2027-01-03 00:00", quiet, "appeal_window"),
        ("Mon 2027-01-04 23:59:59.999999", quiet, "appeal_window"),
        ("Tue 2027-01-05 00:00", quiet, "final_upheld", *FINAL),
    )


@pytest.mark.fault(40)
def test_a_blocked_window_stops_nothing_else_and_an_appeal_is_still_in_time(diary):
    diary(
        *BLOCKED,
        (
            "Wed 2027-01-06 10:00",
            appeals,
            "awaiting_complainant, response_window provisional",
            *FORWARDED,
        ),
    )


def test_a_blocked_window_closes_at_the_announcement_and_an_appeal_then_is_late(diary):
    announced_and_too_late = together(announces(2027, *NEW_YEAR), refused(appeals, "final_upheld"))

    diary(
        *BLOCKED,
        ("Thu 2027-01-07 14:59", power_cut, "appeal_window, appeal_window blocked"),
        ("Thu 2027-01-07 15:00", announced_and_too_late, "final_upheld", *FINAL),
    )


def test_an_appeal_a_microsecond_before_the_announcement_is_in_time(diary):
    diary(
        *BLOCKED,
        (
            "Thu 2027-01-07 14:59:59.999999",
            appeals,
            "awaiting_complainant, response_window provisional",
            *FORWARDED,
        ),
        ("Thu 2027-01-07 15:00", announces(2027, *NEW_YEAR), "awaiting_complainant"),
    )


def test_a_blocked_window_that_the_announcement_moves_later_is_open_again(diary):
    days_off = (*AND_MONDAY, "2027-01-05", "2027-01-06")

    diary(
        *BLOCKED,
        ("Wed 2027-01-06 15:00", announces(2027, *days_off), "appeal_window"),
        ("Thu 2027-01-07 23:59", quiet, "appeal_window"),
        ("Fri 2027-01-08 00:00", quiet, "final_upheld", *FINAL),
    )


def test_hours_are_never_provisional_and_end_beside_a_blocked_window(diary):
    diary(
        FILED,
        (
            "Tue 2026-12-29 10:00",
            upholds("severe"),
            "appeal_window, appeal_window provisional",
            *RESTRICTED,
        ),
        ("Tue 2027-01-05 09:59", quiet, "appeal_window, appeal_window blocked"),
        (
            "Tue 2027-01-05 10:00",
            quiet,
            "appeal_window, appeal_window blocked",
            "lift_restriction",
            *TOLD,
        ),
    )


@pytest.mark.fault(40)
def test_an_announcement_releases_every_docket_at_its_instant(diary):
    registered = about("registration-2", registers_as_holder_2)

    diary(
        *UPHELD,
        (
            "Thu 2026-12-31 10:00",
            together(registered, second(files)),
            "appeal_window, appeal_window provisional",
            *RECEIVED,
            *RECEIVED,
        ),
        (
            "Fri 2027-01-08 10:00",
            announces(2027, *NEW_YEAR),
            "final_upheld",
            *LATE,  # registration-2, on the docket of holder-2
            *FINAL,
            "staff: review_target",  # complaint-2
        ),
        (
            "Fri 2027-01-08 11:00",
            about("registration-2", approves),
            "final_upheld",
            "complainant: approve",
        ),
    )


def registers_as_holder_2(world):
    facts = {"kind": "person", "name": "Li", "identity_document": "id"}
    world.opens("complainant_registration", "holder-2", "complainant", facts)


def test_a_window_that_an_announcement_does_not_move_earlier_says_why_it_is_later(world):
    """Counted again, its third day would be a make-up Sunday; the shop had until Monday."""
    world.subject = "complaint-1"
    world.move_to("Thu 2026-12-31 10:00")
    together(becomes_known(), files, upholds("general"))(world)
    before = world.orchestrator.case("complaint-1")["deadlines"][0]
    world.move_to("Thu 2026-12-31 12:00")
    announces(2027, "2027-01-01", worked=("2027-01-03",))(world)
    world.orchestrator.engine.advance()

    after = world.orchestrator.case("complaint-1")["deadlines"][0]

    assert (before["name"], before["due_at"], before["later"]) == (
        "appeal_window",
        "2027-01-05T00:00:00+08:00",
        None,
    )
    assert (after["due_at"], after["provisional"]) == (before["due_at"], False)
    assert after["later"] == (
        "its window was longer before the calendar changed: a party's never moves earlier"
    )
