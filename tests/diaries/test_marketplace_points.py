"""Points, thresholds and what expires under marketplace-practice (RULES 4.4)."""

import json
from collections.abc import Callable

import pytest

from tests.diaries import deeds
from tests.diaries.deeds import (
    appeals,
    becomes_known,
    by_practice,
    grants,
    power_cut,
    quiet,
    responds,
    ruled,
    withdraws,
)
from tests.diaries.words import (
    CALLED_IN,
    CLOSES,
    COSTS,
    DELETED,
    FINAL,
    FORWARDED,
    FREE,
    KNOWN,
    LIFTED,
    RECEIVED,
    RESTRICTS,
    TAKEN_DOWN,
    TOLD,
    UNDONE,
)
from tests.diaries.world import World

filed, violation, violations = map(by_practice, (deeds.filed, deeds.violation, deeds.violations))
HOLDER_2_IS_KNOWN = ("Tue 2024-01-02 11:00", becomes_known("holder-2", "TM-1"), "good", *KNOWN)


@pytest.fixture
def diary(account_diary: Callable[..., World]) -> Callable[..., World]:
    return account_diary


# -- the general lane -------------------------------------------------------------------------


def test_the_first_deducted_violation_of_a_right_costs_4_and_later_ones_8(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Sat 2025-03-08 23:59:59.999999", filed("2"), "good, 4 points", *FINAL, *RECEIVED),
        ("Sun 2025-03-09 00:00", filed("3"), "good, 4 points", *RECEIVED),
        ("Mon 2025-03-10 10:00", ruled("2"), "good, 4 points", *TAKEN_DOWN),  # in its window
        ("Mon 2025-03-10 11:00", ruled("3"), "good, 12 points", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-17 10:00", violation("4"), "good, 20 points", *FINAL * 2, *COSTS),
    )


def test_another_right_and_another_complainant_are_scopes_of_their_own(diary):
    diary(
        HOLDER_2_IS_KNOWN,
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Tue 2025-03-04 10:00", violation("2", right=2), "good, 8 points", *COSTS),
        ("Tue 2025-03-04 11:00", violation("3", holder="holder-2"), "good, 12 points", *COSTS),
        ("Tue 2025-03-04 12:00", violation("4"), "good, 12 points", *FREE),
        ("Tue 2025-03-04 12:30", violation("5", right=2), "good, 12 points", *FREE),
        ("Tue 2025-03-04 13:00", violation("6", holder="holder-2"), "good, 12 points", *FREE),
    )


def test_the_window_of_one_right_is_not_moved_by_another(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Fri 2025-03-07 10:00", violation("2", right=2), "good, 8 points", *FINAL, *COSTS),
        ("Sun 2025-03-09 00:00", violation("3"), "good, 16 points", *COSTS),
        ("Sun 2025-03-09 00:00", violation("4", right=2), "good, 16 points", *FREE),
    )


def test_a_reversed_first_violation_makes_the_next_of_its_right_the_first(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Mon 2025-03-10 10:00", violation("2"), "good, 12 points", *FINAL, *COSTS),
        ("Mon 2025-03-10 11:00", withdraws, "good, 4 points", *UNDONE, *TOLD),
    )


# -- the minor lane ---------------------------------------------------------------------------


def test_a_minor_violation_that_cost_nothing_does_not_fill_the_cap(diary):
    lane = {"lane": "minor"}
    deleted = (*RECEIVED, *DELETED)

    diary(
        ("Mon 2025-03-03 10:00", violation("1", **lane), "good, 1 point", *COSTS),
        ("Mon 2025-03-03 11:00", violation("2", **lane), "good, 2 points", *deleted, *TOLD),
        ("Mon 2025-03-03 12:00", violation("3", **lane), "good, 2 points", *deleted),
        ("Tue 2025-03-04 10:00", violation("4", **lane), "good, 3 points", *deleted, *TOLD),
        # 11:00 is 24 hours old, 12:00 cost nothing: that of 10:00 alone fills the cap.
        ("Tue 2025-03-04 11:00", violation("5", **lane), "good, 4 points", *deleted, *TOLD),
        ("Tue 2025-03-04 11:30", violation("6", **lane), "good, 4 points", *deleted),
    )


# -- thresholds -------------------------------------------------------------------------------


def test_the_warning_at_12_points_is_a_notice_alone(diary):
    diary(
        ("Mon 2025-03-03 10:00", violations(1, 2), "good, 8 points", *COSTS * 2),
        ("Mon 2025-03-03 11:00", violations(3), "good, 12 points", *COSTS),
    )


def test_24_points_restrict_for_a_week_36_for_a_fortnight_48_for_thirty_days_and_60_close(diary):
    until_10 = "restricted until Mon 2025-03-10 10:00"
    until_18 = "restricted until Tue 2025-03-18 12:00"
    until_2 = "restricted until Wed 2025-04-02 14:00"

    diary(
        ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        ("Mon 2025-03-03 10:00", violations(6), f"{until_10}, 24 points", *RESTRICTS),
        ("Mon 2025-03-03 11:00", violations(7, 8), f"{until_10}, 32 points", *COSTS * 2),
        ("Mon 2025-03-03 12:00", violations(9), f"{until_18}, 36 points", *RESTRICTS),
        ("Mon 2025-03-03 13:00", violations(10, 11), f"{until_18}, 44 points", *COSTS * 2),
        ("Mon 2025-03-03 14:00", violations(12), f"{until_2}, 48 points", *RESTRICTS),
        ("Mon 2025-03-03 15:00", violations(13, 14), f"{until_2}, 56 points", *COSTS * 2),
        ("Mon 2025-03-03 16:00", violations(15), "closed, 60 points", *CLOSES),
    )


def test_a_sum_that_goes_past_a_threshold_triggers_it_and_the_next_one_does_not(diary):
    until = "restricted until Mon 2025-03-17 10:00"

    diary(
        ("Mon 2025-03-03 10:00", violations(1, 2, 3), "good, 12 points", *COSTS * 3),
        (
            "Mon 2025-03-10 09:00",
            violation("1b"),
            "good, 20 points",
            *FINAL * 3,
            *COSTS,
        ),
        ("Mon 2025-03-10 10:00", violation("2b", 2), f"{until}, 28 points", *RESTRICTS),
        ("Mon 2025-03-10 11:00", violations(4), f"{until}, 32 points", *COSTS),
    )


def test_a_restriction_by_points_runs_from_the_uphold_that_triggered_it_and_ends_by_itself(diary):
    until = "restricted until Mon 2025-03-10 10:00, 24 points"

    diary(
        ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        ("Mon 2025-03-03 10:00", violations(6), until, *RESTRICTS),
        ("Fri 2025-03-07 00:00", quiet, until, *FINAL * 6),
        ("Mon 2025-03-10 03:00", power_cut, until),
        ("Mon 2025-03-10 09:59:59.999999", quiet, until),
        ("Mon 2025-03-10 10:00", quiet, "good, 24 points", *LIFTED),
    )


def test_the_commands_of_thresholds_say_until_when(diary):
    world = diary(
        ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        (
            "Mon 2025-03-03 10:00",
            violations(6),
            "restricted until Mon 2025-03-10 10:00, 24 points",
            *RESTRICTS,
        ),
    )

    wishes = [json.loads(row[5]) for row in world.outbox() if row[4] == "command:restrict_account"]
    assert [wish["until"] for wish in wishes] == ["2025-03-10T10:00:00+08:00"]


# -- reversals --------------------------------------------------------------------------------

SIX = (
    ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
    (
        "Mon 2025-03-03 10:00",
        violations(6),
        "restricted until Mon 2025-03-10 10:00, 24 points",
        *RESTRICTS,
    ),
)
LIFTS = ("restore_listings", "lift_restriction", "both: withdrawn", *TOLD)


def test_a_reversal_below_the_threshold_lifts_what_it_had_triggered(diary):
    diary(
        *SIX,
        ("Mon 2025-03-03 11:00", withdraws, "good, 20 points", *LIFTS),
    )


def test_a_reversal_moves_the_restriction_to_the_uphold_that_then_crosses(diary):
    until = "restricted until Mon 2025-03-10 10:00, 28 points"
    moved = ("restore_listings", "restrict_account", "both: withdrawn", *TOLD)

    diary(
        *SIX,
        ("Mon 2025-03-03 12:00", violations(7), until, *COSTS),
        (
            "Mon 2025-03-03 13:00",
            withdraws,
            "restricted until Mon 2025-03-10 12:00, 24 points",
            *moved,
        ),
    )


def test_after_a_reversal_the_threshold_can_be_crossed_again(diary):
    diary(
        *SIX,
        ("Mon 2025-03-03 11:00", withdraws, "good, 20 points", *LIFTS),
        (
            "Mon 2025-03-03 12:00",
            violations(7),
            "restricted until Mon 2025-03-10 12:00, 24 points",
            *RESTRICTS,
        ),
    )


def test_a_closure_by_points_waits_for_no_appeal_and_a_reversal_reopens_it(diary):
    month = "restricted until Wed 2025-04-02 10:00"
    reopens = ("restore_listings", "restrict_account", "reopen_account", "both: overturned", *TOLD)
    twelve = range(1, 13)
    crossed = (*COSTS * 5, *RESTRICTS, *COSTS * 2, *RESTRICTS, *COSTS * 2, *RESTRICTS)

    diary(
        ("Mon 2025-03-03 10:00", violations(*twelve), f"{month}, 48 points", *crossed),
        ("Mon 2025-03-03 11:00", appeals, f"{month}, 48 points", *FORWARDED),
        ("Mon 2025-03-03 12:00", violations(13, 14), f"{month}, 56 points", *COSTS * 2),
        ("Mon 2025-03-03 13:00", violations(15), "closed, 60 points", *CLOSES),
        ("Mon 2025-03-03 14:00", responds, "closed, 60 points", *CALLED_IN),
        # As if it had never been: then the thirteenth came to 48, two hours later.
        (
            "Mon 2025-03-03 15:00",
            grants,
            "restricted until Wed 2025-04-02 12:00, 56 points",
            *reopens,
        ),
    )
