"""One docket with complaints under both rulebooks: each is rated by its own (RULES 4.4)."""

from collections.abc import Callable

import pytest

from tests.diaries.deeds import (
    about,
    appeals,
    appeals_again,
    dismisses,
    filed,
    files,
    power_cut,
    practised,
    quiet,
    refused,
    responds,
    ruled,
    second,
    together,
    violation,
    violations,
    withdraws,
)
from tests.diaries.words import (
    CALLED_IN,
    CALLED_IN_AGAIN,
    CLOSED,
    COSTS,
    DELETED,
    FINAL,
    FORWARDED,
    FREE,
    LIFTED,
    RECEIVED,
    RESTRICTS,
    STRIKES,
    TAKEN_DOWN,
    TOLD,
    UNDONE,
)
from tests.diaries.world import Deed, World, the_case


@pytest.fixture
def diary(account_diary: Callable[..., World]) -> Callable[..., World]:
    return account_diary


def firsts(*rights: int) -> Deed:
    """Under marketplace-practice the first violation of each of these rights: 4 points each."""
    return practised(violations(*rights, year="p"))


# -- points -----------------------------------------------------------------------------------


def test_each_violation_costs_what_the_rulebook_of_its_own_complaint_says(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        # Of another right it is the first, and no window of that right is open.
        ("Tue 2025-03-04 10:00", practised(violation("2", 2)), "good, 12 points", *COSTS),
        # The seed's scope is the respondent: filed in the window of complaint-2.
        ("Sun 2025-03-09 23:59:59.999999", violation("3", 3), "good, 12 points", *FINAL * 2, *FREE),
        ("Mon 2025-03-10 00:00", violation("4", 3), "good, 20 points", *COSTS),
    )


def test_a_violation_under_the_seed_is_the_first_deducted_one_of_its_right(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        ("Sat 2025-03-08 23:59:59.999999", practised(filed("2")), "good, 8 points", *FINAL, *RECEIVED),
        ("Sun 2025-03-09 00:00", practised(filed("3")), "good, 8 points", *RECEIVED),
        ("Mon 2025-03-10 10:00", ruled("2"), "good, 8 points", *TAKEN_DOWN),
        ("Mon 2025-03-10 11:00", ruled("3"), "good, 16 points", *TAKEN_DOWN, *TOLD),
    )  # fmt: skip


def test_a_reversal_under_the_seed_re_rates_what_practice_had_rated(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        ("Mon 2025-03-10 10:00", practised(violation("2")), "good, 16 points", *FINAL, *COSTS),
        ("Mon 2025-03-10 11:00", withdraws, "good, 4 points", *UNDONE, *TOLD),
    )


def test_the_cap_of_the_minor_lane_is_filled_by_both(diary):
    lane = {"lane": "minor"}

    diary(
        ("Mon 2025-03-03 10:00", violation("1", **lane), "good, 1 point", *COSTS),
        (
            "Mon 2025-03-03 11:00",
            practised(violation("2", **lane)),
            "good, 2 points",
            *RECEIVED,
            *DELETED,
            *TOLD,
        ),
        ("Mon 2025-03-03 12:00", violation("3", **lane), "good, 2 points", *RECEIVED, *DELETED),
    )


def test_points_of_practice_expire_and_those_of_the_seed_do_not(diary):
    both = together(violation("1"), firsts(2))

    diary(
        ("Mon 2025-03-03 10:00", both, "good, 12 points", *COSTS * 2),
        ("Tue 2026-03-03 09:59:59.999999", power_cut, "good, 12 points", *FINAL * 2),
        ("Tue 2026-03-03 10:00", quiet, "good, 8 points", *TOLD),
        ("Tue 2026-12-01 10:00", quiet, "good, 8 points"),
    )


# -- what the count does ----------------------------------------------------------------------


def test_an_uphold_under_the_seed_triggers_no_threshold_and_what_it_passed_is_passed(diary):
    diary(
        ("Mon 2025-03-03 10:00", firsts(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        ("Mon 2025-03-10 10:00", violation("s"), "good, 28 points", *FINAL * 5, *COSTS),
        # From 28 to 32: nothing is crossed from below.
        ("Mon 2025-03-10 11:00", firsts(6), "good, 32 points", *COSTS),
        (
            "Mon 2025-03-10 12:00",
            firsts(7),
            "restricted until Tue 2025-03-25 12:00, 36 points",
            *RESTRICTS,
        ),
    )


def test_points_of_the_seed_count_towards_a_threshold_of_practice(diary):
    until = "restricted until Mon 2025-03-24 11:00"

    diary(
        ("Mon 2025-03-03 10:00", violation("s1"), "good, 8 points", *COSTS),
        ("Mon 2025-03-10 10:00", violation("s2"), "good, 16 points", *FINAL, *COSTS),
        ("Mon 2025-03-17 10:00", firsts(2), "good, 20 points", *FINAL, *COSTS),
        ("Mon 2025-03-17 11:00", firsts(3), f"{until}, 24 points", *RESTRICTS),
    )


def test_a_reversal_under_the_seed_takes_back_what_practice_had_triggered(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        ("Mon 2025-03-10 10:00", firsts(2, 3, 4), "good, 20 points", *FINAL, *COSTS * 3),
        (
            "Mon 2025-03-10 11:00",
            firsts(5),
            "restricted until Mon 2025-03-17 11:00, 24 points",
            *RESTRICTS,
        ),
        (
            "Mon 2025-03-10 12:00",
            withdraws,
            "good, 16 points",
            "restore_listings",
            "lift_restriction",
            "both: withdrawn",
            *TOLD,
        ),
    )


# -- strikes ----------------------------------------------------------------------------------


def test_strikes_of_both_are_counted_together_and_each_for_as_long_as_its_own_says(diary):
    served = ("good, 2 strikes", *FINAL * 2, *LIFTED)

    diary(
        (
            "Mon 2025-03-03 10:00",
            violation("1", lane="severe"),
            "restricted until Mon 2025-03-10 10:00, 1 strike",
            *STRIKES,
        ),
        (
            "Tue 2025-03-04 10:00",
            practised(violation("2", lane="severe")),
            "restricted until Wed 2025-03-19 10:00, 2 strikes",
            *STRIKES,
        ),
        ("Wed 2025-03-19 10:00", quiet, *served),
        ("Wed 2026-03-04 10:00", quiet, "good, 1 strike", *TOLD),
        # The third to be upheld is the second that counts; for the seed it would count so too.
        (
            "Wed 2026-03-04 11:00",
            violation("3", lane="severe"),
            "restricted until Thu 2026-03-19 11:00, 2 strikes",
            *STRIKES,
        ),
        (
            "Wed 2026-03-04 12:00",
            practised(violation("4", lane="severe")),
            "closed, 3 strikes",
            *RECEIVED,
            *CLOSED,
        ),
    )


def test_an_appeal_under_the_seed_holds_back_a_closure_by_a_strike_of_practice(diary):
    until = "restricted until Tue 2025-03-18 11:00, 2 strikes"
    pending = "closure_pending until undecided, 3 strikes"

    diary(
        (
            "Mon 2025-03-03 10:00",
            violation("1", lane="severe"),
            "restricted until Mon 2025-03-10 10:00, 1 strike",
            *STRIKES,
        ),
        ("Mon 2025-03-03 11:00", practised(violation("2", lane="severe")), until, *STRIKES),
        ("Mon 2025-03-03 12:00", appeals, until, *FORWARDED),
        ("Mon 2025-03-03 13:00", practised(violation("3", lane="severe")), pending, *STRIKES),
        ("Mon 2025-03-03 14:00", responds, pending, *CALLED_IN),
        ("Mon 2025-03-03 15:00", dismisses, "closed, 3 strikes", "close_account", *FINAL, *TOLD),
    )


# -- the complaints themselves ----------------------------------------------------------------


@pytest.mark.fault(62)
def test_each_window_is_that_of_the_complaints_own_rulebook(diary):
    """Upheld at one instant: three days with a roll, and three working days with a make-up one."""
    of_practice = about("complaint-2", practised(files))
    both = together(files, of_practice, ruled("1"), ruled("2"))

    diary(
        ("Fri 2025-04-25 10:00", both, "appeal_window", *RECEIVED * 2, *TAKEN_DOWN, *TOLD, *TAKEN_DOWN),
        ("Mon 2025-04-28 23:59:59.999999", quiet, "appeal_window"),
        ("Tue 2025-04-29 00:00", refused(appeals), "final_upheld", *FINAL),
        ("Tue 2025-04-29 23:59:59.999999", second(appeals), "final_upheld", *FORWARDED),
        in_words=the_case,
    )  # fmt: skip


def test_the_second_appeal_is_that_of_the_complaints_own_rulebook(diary):
    allows_none = refused(appeals_again, "seed-2022@1 allows no second appeal")
    both = together(violation("1"), practised(violation("2", 2)))

    diary(
        ("Mon 2025-03-03 10:00", both, "appeal_window", *COSTS * 2),
        ("Fri 2025-03-07 00:00", quiet, "final_upheld", *FINAL * 2),
        ("Fri 2025-03-07 10:00", allows_none, "final_upheld"),
        ("Fri 2025-03-07 10:00", second(appeals_again), "final_upheld", *CALLED_IN_AGAIN),
        in_words=the_case,
    )
