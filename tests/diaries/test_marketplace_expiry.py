"""What expires under marketplace-practice, points and strikes (RULES 4.4)."""

from collections.abc import Callable

import pytest

from tests.diaries import deeds
from tests.diaries.deeds import (
    appeals,
    appeals_again,
    by_practice,
    dismisses,
    grants,
    power_cut,
    quiet,
    responds,
)
from tests.diaries.words import (
    CALLED_IN,
    CALLED_IN_AGAIN,
    CLOSED,
    CLOSES,
    COSTS,
    DELETED,
    FINAL,
    FORWARDED,
    FREE,
    LATE_DECISION,
    LIFTED,
    RECEIVED,
    RESTRICTS,
    STRIKES,
    TOLD,
)
from tests.diaries.world import Deed, World

violation, violations = map(by_practice, (deeds.violation, deeds.violations))


@pytest.fixture
def diary(account_diary: Callable[..., World]) -> Callable[..., World]:
    return account_diary


# -- what expires -----------------------------------------------------------------------------


def test_points_are_in_force_for_365_times_24_hours_and_at_that_age_gone(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Fri 2025-03-07 00:00", quiet, "good, 4 points", *FINAL),
        ("Tue 2026-03-03 09:59:59.999999", power_cut, "good, 4 points"),
        ("Tue 2026-03-03 10:00", quiet, "good", *TOLD),
    )


def test_a_leap_day_shortens_the_year_of_points(diary):
    diary(
        ("Thu 2024-02-01 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Fri 2025-01-31 09:59:59.999999", quiet, "good, 4 points", *FINAL),
        ("Fri 2025-01-31 10:00", quiet, "good", *TOLD),
    )


def test_a_violation_that_cost_nothing_expires_without_a_word(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 4 points", *COSTS),
        ("Mon 2025-03-03 11:00", violation("2"), "good, 4 points", *FREE),
        ("Tue 2026-03-03 10:00", quiet, "good", *FINAL * 2, *TOLD),
        ("Tue 2026-03-03 11:00", quiet, "good"),
    )


def test_a_minor_violation_whose_point_expired_still_makes_the_next_one_the_second(diary):
    deleted = (*RECEIVED, *DELETED, *TOLD)

    diary(
        ("Mon 2025-03-03 10:00", violation("1", lane="minor"), "good, 1 point", *COSTS),
        ("Tue 2026-03-03 10:00", quiet, "good", *FINAL, *TOLD),
        ("Wed 2026-03-04 10:00", violation("2", lane="minor"), "good, 1 point", *deleted),
    )


def test_a_threshold_is_crossed_again_after_what_crossed_it_expired(diary):
    diary(
        ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        (
            "Mon 2025-03-03 10:00",
            violations(6),
            "restricted until Mon 2025-03-10 10:00, 24 points",
            *RESTRICTS,
        ),
        ("Mon 2025-03-10 10:00", quiet, "good, 24 points", *FINAL * 6, *LIFTED),
        ("Tue 2026-03-03 09:00", quiet, "good, 4 points", *TOLD),
        ("Tue 2026-03-03 10:00", quiet, "good", *TOLD),
        # Of each right it is no longer the first deducted one, though that one expired.
        ("Wed 2026-03-04 10:00", violations(1, 2, year="n"), "good, 16 points", *COSTS * 2),
        (
            "Wed 2026-03-04 11:00",
            violations(3, year="n"),
            "restricted until Wed 2026-03-11 11:00, 24 points",
            *RESTRICTS,
        ),
    )


def test_an_uphold_at_the_instant_of_expiry_finds_the_points_gone(diary):
    five = ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5)
    until = "restricted until Tue 2026-03-10 08:59:59.999999, 24 points"

    diary(
        five,
        ("Tue 2026-03-03 08:59:59.999999", violations(6), until, *FINAL * 5, *RESTRICTS),
    )


def test_a_microsecond_later_nothing_is_left_to_cross_from(diary):
    diary(
        ("Mon 2025-03-03 09:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        ("Tue 2026-03-03 09:00", violations(6), "good, 4 points", *FINAL * 5, *TOLD, *COSTS),
    )


def test_expiry_lifts_no_restriction(diary):
    until = "restricted until Mon 2025-03-17 10:00"

    diary(
        ("Mon 2024-03-11 10:00", violations(1, 2, 3, 4, 5), "good, 20 points", *COSTS * 5),
        ("Mon 2025-03-10 10:00", violations(6), f"{until}, 24 points", *FINAL * 5, *RESTRICTS),
        ("Tue 2025-03-11 10:00", quiet, f"{until}, 4 points", *TOLD),
        ("Mon 2025-03-17 09:59:59.999999", quiet, f"{until}, 4 points", *FINAL),
        ("Mon 2025-03-17 10:00", quiet, "good, 4 points", *LIFTED),
    )


def test_expiry_reopens_nothing(diary):
    month = "restricted until Wed 2025-04-02 10:00, 56 points"
    crossed = (*COSTS * 5, *RESTRICTS, *COSTS * 2, *RESTRICTS, *COSTS * 2, *RESTRICTS, *COSTS * 2)

    diary(
        ("Mon 2025-03-03 10:00", violations(*range(1, 15)), month, *crossed),
        ("Mon 2025-03-03 11:00", violations(15), "closed, 60 points", *CLOSES),
        ("Tue 2026-03-03 10:00", quiet, "closed, 4 points", *FINAL * 15, *TOLD),
        ("Tue 2026-03-03 11:00", quiet, "closed", *TOLD),
    )


# -- strikes ----------------------------------------------------------------------------------


def strike(complaint: str) -> Deed:
    return violation(complaint, lane="severe")


FIRST = (
    "Mon 2025-03-03 10:00",
    strike("1"),
    "restricted until Mon 2025-03-10 10:00, 1 strike",
    *STRIKES,
)
FIRST_IS_SERVED = ("Mon 2025-03-10 10:00", quiet, "good, 1 strike", *FINAL, *LIFTED)


def test_strikes_expire_with_a_notice_alone(diary):
    diary(
        FIRST,
        FIRST_IS_SERVED,
        ("Tue 2026-03-03 09:59:59.999999", quiet, "good, 1 strike"),
        ("Tue 2026-03-03 10:00", quiet, "good", *TOLD),
    )


def test_a_strike_a_microsecond_before_the_first_expires_is_the_second(diary):
    until = "restricted until Wed 2026-03-18 09:59:59.999999, 2 strikes"

    diary(
        FIRST,
        FIRST_IS_SERVED,
        ("Tue 2026-03-03 09:59:59.999999", strike("2"), until, *STRIKES),
        # A fortnight it stays, though the one before it is gone.
        ("Tue 2026-03-03 10:00", quiet, until.replace("2 strikes", "1 strike"), *TOLD),
    )


def test_a_strike_at_the_instant_at_which_the_first_expires_is_the_first_again(diary):
    until = "restricted until Tue 2026-03-10 10:00, 1 strike"

    diary(
        FIRST,
        FIRST_IS_SERVED,
        ("Tue 2026-03-03 10:00", strike("2"), until, *TOLD, *STRIKES),
    )


def test_strikes_that_expire_reopen_no_account(diary):
    second = "restricted until Tue 2025-03-18 11:00, 2 strikes"

    diary(
        FIRST,
        ("Mon 2025-03-03 11:00", strike("2"), second, *STRIKES),
        ("Mon 2025-03-03 12:00", strike("3"), "closed, 3 strikes", *RECEIVED, *CLOSED),
        ("Tue 2026-03-03 10:00", quiet, "closed, 2 strikes", *FINAL * 3, *TOLD),
        ("Tue 2026-03-03 12:00", quiet, "closed", *TOLD * 2),
    )


def test_a_second_appeal_on_a_counted_strike_holds_the_closure_back(diary):
    second = "restricted until Tue 2025-03-18 11:00, 2 strikes"
    pending = "closure_pending until undecided, 3 strikes"

    diary(
        FIRST,
        ("Mon 2025-03-03 11:00", strike("2"), second, *STRIKES),
        ("Fri 2025-03-07 10:00", appeals_again, second, *FINAL * 2, *CALLED_IN_AGAIN),
        ("Fri 2025-03-07 11:00", strike("3"), pending, *STRIKES),
        ("Fri 2025-03-07 12:00", dismisses, "closed, 3 strikes", "close_account", *FINAL, *TOLD),
    )


def test_a_strike_that_expires_decides_no_pending_closure(diary):
    second = "restricted until Tue 2025-03-18 11:00, 2 strikes"
    pending = "closure_pending until undecided"
    late = (*LATE_DECISION, "staff: decision_limit_level_2")

    diary(
        FIRST,
        ("Mon 2025-03-03 11:00", strike("2"), second, *STRIKES),
        ("Mon 2025-03-03 12:00", appeals, second, *FORWARDED),
        ("Mon 2025-03-03 13:00", responds, second, *CALLED_IN),
        ("Mon 2025-03-03 14:00", strike("3"), f"{pending}, 3 strikes", *STRIKES),
        ("Tue 2026-03-03 10:00", quiet, f"{pending}, 2 strikes", *FINAL * 2, *late, *TOLD),
        ("Tue 2026-03-03 14:00", quiet, pending, *TOLD * 2),
        (
            "Wed 2026-03-04 10:00",
            grants,
            "good",
            "restore_listings",
            "lift_restriction",
            "both: overturned",
            *TOLD,
        ),
    )
