"""The penalty ledger of shop-1: RULES 4.4 under seed-2022. Each line says how the account stands."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    about,
    accepts,
    appeals,
    becomes_known,
    dismisses,
    files,
    files_as,
    fourth,
    grants,
    overturns,
    power_cut,
    quiet,
    refused,
    rejects,
    responds,
    second,
    third,
    together,
    upholds,
    withdraws,
)
from tests.diaries.words import (
    CALLED_IN,
    CLOSED,
    DELETED,
    FINAL,
    FORWARDED,
    KNOWN,
    LATE,
    LATE_DECISION,
    LIFTED,
    RECEIVED,
    RESTRICTED,
    TAKEN_DOWN,
    TOLD,
    UNDONE,
)
from tests.diaries.world import the_account

HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "good", *KNOWN)
REMINDED = ("staff: review_target",)
RESTRICT, STANDING = "command:restrict_account", "notify:respondent:standing"
PENDING = RESTRICTED  # until "undecided"


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    """The complainant is known: holder-1, with TM-1."""
    return partial(diary, HOLDER_1_IS_KNOWN, subject="complaint-1", in_words=the_account)


FILED = ("Mon 2025-03-03 09:00", files, "good", *RECEIVED)
TWO_FILED = ("Mon 2025-03-03 09:00", together(files, second(files)), "good", *RECEIVED * 2)
FOUR_FILED = (
    "Mon 2025-03-03 09:00",
    together(files, second(files), third(files), fourth(files)),
    "good",
    *RECEIVED * 4,
)


# -- no violation -----------------------------------------------------------------------------


def test_an_account_without_a_violation_is_good(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", rejects, "good", "complainant: rejected"),
    )


@pytest.mark.parametrize("who", ["staff", "respondent", "admin", "system"])
def test_a_standing_is_opened_by_the_first_violation_and_by_nobody_else(diary, who):
    def opens_a_standing(world):
        world.opens("account_standing", "shop-1", who, {})

    diary(("Mon 2025-03-03 10:00", about("standing", refused(opens_a_standing)), "good"))


@pytest.mark.parametrize("who", ["staff", "complainant", "system"])
def test_no_person_tells_the_standing_what_only_a_complaint_may_tell(diary, who):
    def reverses_by_hand(world):
        (standing,) = world.orchestrator.cases(workflow="account_standing")
        by_hand = refused(lambda w: w.sends("violation_reversed", who, complaint="complaint-1"))
        about(standing["case"], by_hand)(world)

    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", reverses_by_hand, "good, 8 points"),
    )


# -- the general lane -------------------------------------------------------------------------


def test_a_complaint_filed_within_five_days_of_a_deducted_one_costs_nothing(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Sat 2025-03-08 23:59:59.999999", second(files), "good, 8 points", *FINAL, *RECEIVED),
        ("Sun 2025-03-09 00:00", third(files), "good, 8 points", *RECEIVED),
        ("Mon 2025-03-10 10:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
        ("Mon 2025-03-10 11:00", third(upholds("general")), "good, 16 points", *TAKEN_DOWN, *TOLD),
    )


def test_an_undeducted_violation_never_moves_the_five_day_window(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Tue 2025-03-04 10:00", second(files), "good, 8 points", *RECEIVED),
        ("Fri 2025-03-07 00:00", quiet, "good, 8 points", *FINAL),
        ("Fri 2025-03-07 10:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
        ("Mon 2025-03-10 10:00", third(files), "good, 8 points", *RECEIVED),
        ("Mon 2025-03-10 11:00", third(upholds("general")), "good, 16 points", *TAKEN_DOWN, *TOLD),
    )


def test_a_deducted_violation_moves_the_five_day_window(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-10 09:00", second(files), "good, 8 points", *FINAL, *RECEIVED),
        (
            "Mon 2025-03-10 10:00",
            second(upholds("general")),
            "good, 16 points",
            *TAKEN_DOWN,
            *TOLD,
        ),
        ("Sat 2025-03-15 23:59", third(files), "good, 16 points", *FINAL, *RECEIVED),
        ("Sun 2025-03-16 00:00", fourth(files), "good, 16 points", *RECEIVED),
        ("Mon 2025-03-17 10:00", third(upholds("general")), "good, 16 points", *TAKEN_DOWN),
        (
            "Mon 2025-03-17 11:00",
            fourth(upholds("general")),
            "good, 24 points",
            *TAKEN_DOWN,
            *TOLD,
        ),
    )


def test_it_counts_when_a_complaint_was_filed_and_not_when_it_was_upheld(diary):
    diary(
        TWO_FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Fri 2025-03-07 00:00", quiet, "good, 8 points", *REMINDED, *FINAL),
        ("Mon 2025-03-10 10:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
    )


def test_the_five_days_are_calendar_days_and_a_holiday_does_not_stretch_them(diary):
    diary(
        ("Tue 2025-09-30 09:00", files, "good", *RECEIVED),
        ("Tue 2025-09-30 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Sun 2025-10-05 23:59", second(files), "good, 8 points", *RECEIVED),
        ("Mon 2025-10-06 00:00", third(files), "good, 8 points", *RECEIVED),
        ("Thu 2025-10-09 10:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
        ("Thu 2025-10-09 11:00", third(upholds("general")), "good, 16 points", *TAKEN_DOWN, *TOLD),
    )


def test_the_window_is_the_respondents_whoever_complains(diary):
    of_holder_2 = files_as("holder-2", "TM-2")

    diary(
        ("Tue 2024-01-02 11:00", becomes_known("holder-2", "TM-2"), "good", *KNOWN),
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Tue 2025-03-04 10:00", second(of_holder_2), "good, 8 points", *RECEIVED),
        ("Tue 2025-03-04 11:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
    )


def test_the_end_of_the_window_sends_nothing(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Fri 2025-03-07 00:00", quiet, "good, 8 points", *FINAL),
        ("Sat 2025-03-08 23:59", power_cut, "good, 8 points"),
        ("Sun 2025-03-09 00:00", quiet, "good, 8 points"),
        ("Mon 2026-03-09 00:00", quiet, "good, 8 points"),
    )


def test_another_lane_frees_no_general_violation(diary):
    diary(
        TWO_FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", second(upholds("general")), "good, 9 points", *TAKEN_DOWN, *TOLD),
    )


# -- the minor lane ---------------------------------------------------------------------------


def test_the_first_minor_listing_is_taken_down_and_later_ones_are_deleted(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-09-01 10:00", second(files), "good, 1 point", *FINAL, *RECEIVED),
        ("Mon 2025-09-01 11:00", second(upholds("minor")), "good, 2 points", *DELETED, *TOLD),
    )


def test_a_general_violation_before_does_not_make_a_minor_one_the_second(diary):
    diary(
        TWO_FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", second(upholds("minor")), "good, 9 points", *TAKEN_DOWN, *TOLD),
    )


def test_at_most_two_points_in_any_24_hours_and_the_ordinal_still_advances(diary):
    diary(
        FOUR_FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", second(upholds("minor")), "good, 2 points", *DELETED, *TOLD),
        (
            "Tue 2025-03-04 09:59:59.999999",
            third(upholds("minor")),
            "good, 2 points",
            *DELETED,
        ),
        ("Tue 2025-03-04 10:00", fourth(upholds("minor")), "good, 3 points", *DELETED, *TOLD),
    )


def test_an_uphold_exactly_24_hours_later_is_no_longer_capped(diary):
    diary(
        FOUR_FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 10:00", second(upholds("minor")), "good, 2 points", *DELETED, *TOLD),
        ("Tue 2025-03-04 10:00", third(upholds("minor")), "good, 3 points", *DELETED, *TOLD),
        ("Tue 2025-03-04 10:00", fourth(upholds("minor")), "good, 4 points", *DELETED, *TOLD),
    )


# -- the severe lane --------------------------------------------------------------------------

FIRST_STRIKE = (
    "Mon 2025-03-03 10:00",
    upholds("severe"),
    "restricted until Mon 2025-03-10 10:00, 1 strike",
    *RESTRICTED,
)
SECOND_STRIKE = (
    "Tue 2025-03-04 10:00",
    second(upholds("severe")),
    "restricted until Wed 2025-03-19 10:00, 2 strikes",
    *RESTRICTED,
)
THIRD_STRIKE = ("Wed 2025-03-05 10:00", third(upholds("severe")), "closed, 3 strikes", *CLOSED)


def test_a_first_strike_restricts_for_seven_times_24_hours(diary):
    ever_since = "restricted until Mon 2025-03-10 10:00, 1 strike"

    diary(
        FILED,
        FIRST_STRIKE,
        ("Fri 2025-03-07 00:00", quiet, ever_since, *FINAL),
        ("Sat 2025-03-08 03:00", power_cut, ever_since),
        ("Mon 2025-03-10 09:59:59.999999", quiet, ever_since),
        ("Mon 2025-03-10 10:00", quiet, "good, 1 strike", *LIFTED),
    )


def test_a_restriction_ends_by_hours_in_the_midst_of_a_holiday(diary):
    until = "restricted until Tue 2025-10-07 10:00, 1 strike"

    diary(
        ("Tue 2025-09-30 09:00", files, "good", *RECEIVED),
        ("Tue 2025-09-30 10:00", upholds("severe"), until, *RESTRICTED),
        ("Tue 2025-10-07 09:59", quiet, until),
        ("Tue 2025-10-07 10:00", quiet, "good, 1 strike", *LIFTED),
        ("Fri 2025-10-10 00:00", quiet, "good, 1 strike", *FINAL),
    )


def test_restrictions_overlap_and_never_add(diary):
    until = "restricted until Wed 2025-03-19 10:00, 2 strikes"

    diary(
        TWO_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        ("Mon 2025-03-10 10:00", quiet, until, *FINAL, *FINAL),
        ("Wed 2025-03-19 09:59", quiet, until),
        ("Wed 2025-03-19 10:00", quiet, "good, 2 strikes", *LIFTED),
    )


def test_a_second_strike_after_the_first_was_served_restricts_for_fifteen_days(diary):
    until = "restricted until Tue 2025-04-15 10:00, 2 strikes"

    diary(
        FILED,
        FIRST_STRIKE,
        ("Mon 2025-03-31 09:00", second(files), "good, 1 strike", *FINAL, *LIFTED, *RECEIVED),
        ("Mon 2025-03-31 10:00", second(upholds("severe")), until, *RESTRICTED),
        ("Tue 2025-04-15 09:59", quiet, until, *FINAL),
        ("Tue 2025-04-15 10:00", quiet, "good, 2 strikes", *LIFTED),
    )


def test_a_third_strike_closes_the_account_though_two_appeal_windows_are_open(diary):
    diary(
        FOUR_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Thu 2025-03-06 03:00", power_cut, "closed, 3 strikes"),
        (
            "Fri 2025-03-07 00:00",
            quiet,
            "closed, 3 strikes",
            *REMINDED,  # complaint-4
            *FINAL,
        ),
        ("Wed 2025-03-19 10:00", quiet, "closed, 3 strikes", *FINAL, *FINAL, *LATE),
    )


def test_three_strikes_at_one_instant_close_the_account(diary):
    severe = upholds("severe")
    three = together(severe, second(severe), third(severe))

    diary(
        FOUR_FILED,
        (
            "Mon 2025-03-03 10:00",
            three,
            "closed, 3 strikes",
            *RESTRICTED,
            *RESTRICTED,
            *CLOSED,
        ),
    )


def test_points_beside_a_restriction_are_told_without_a_new_restriction(diary):
    diary(
        TWO_FILED,
        FIRST_STRIKE,
        (
            "Tue 2025-03-04 10:00",
            second(upholds("general")),
            "restricted until Mon 2025-03-10 10:00, 8 points, 1 strike",
            *TAKEN_DOWN,
            *TOLD,
        ),
    )


# -- closure pending --------------------------------------------------------------------------

TWO_STRIKES_AND_AN_APPEAL = (
    FOUR_FILED,
    FIRST_STRIKE,
    (
        "Mon 2025-03-03 11:00",
        second(upholds("severe")),
        "restricted until Tue 2025-03-18 11:00, 2 strikes",
        *RESTRICTED,
    ),
    (
        "Mon 2025-03-03 12:00",
        appeals,
        "restricted until Tue 2025-03-18 11:00, 2 strikes",
        *FORWARDED,
    ),
)
UNDECIDED = "closure_pending until undecided, 3 strikes"
CLOSURE_IS_PENDING = (
    *TWO_STRIKES_AND_AN_APPEAL,
    ("Tue 2025-03-04 10:00", third(upholds("severe")), UNDECIDED, *PENDING),
)
BY_THEN = (
    *REMINDED,
    *FINAL,
    *FINAL,
    *LATE,  # complaint-4
    "complainant: rejected",
)
TWO_REMAIN = "restricted until Wed 2025-03-19 10:00, 2 strikes"


def test_a_third_strike_waits_for_an_appeal_and_closes_when_it_is_dismissed(diary):
    diary(
        *CLOSURE_IS_PENDING,
        ("Tue 2025-03-04 11:00", responds, UNDECIDED, *CALLED_IN),
        ("Tue 2025-03-04 11:30", power_cut, UNDECIDED),
        ("Tue 2025-03-04 12:00", dismisses, "closed, 3 strikes", "close_account", *FINAL, *TOLD),
    )


def test_a_third_strike_is_re_rated_when_the_appeal_is_granted(diary):
    diary(
        *CLOSURE_IS_PENDING,
        ("Tue 2025-03-04 11:00", responds, UNDECIDED, *CALLED_IN),
        (
            "Tue 2025-03-04 12:00",
            grants,
            TWO_REMAIN,
            "restore_listings",
            "restrict_account",
            "both: overturned",
            *TOLD,
        ),
        ("Wed 2025-03-19 09:59", fourth(rejects), TWO_REMAIN, *BY_THEN),
        ("Wed 2025-03-19 10:00", quiet, "good, 2 strikes", *LIFTED),
    )


def test_a_third_strike_is_re_rated_when_the_appeal_is_accepted(diary):
    diary(
        *CLOSURE_IS_PENDING,
        (
            "Tue 2025-03-04 12:00",
            accepts,
            TWO_REMAIN,
            "restore_listings",
            "restrict_account",
            "both: overturned",
            *TOLD,
        ),
    )


def test_a_third_strike_is_re_rated_when_the_appealed_complaint_is_withdrawn(diary):
    diary(
        *CLOSURE_IS_PENDING,
        (
            "Tue 2025-03-04 12:00",
            withdraws,
            TWO_REMAIN,
            "restore_listings",
            "restrict_account",
            "both: withdrawn",
            *TOLD,
        ),
    )


def test_silence_of_the_complainant_leaves_a_closure_pending_until_staff_decide(diary):
    diary(
        *CLOSURE_IS_PENDING,
        ("Thu 2025-03-06 23:59", quiet, UNDECIDED),
        (
            "Fri 2025-03-07 00:00",
            quiet,
            UNDECIDED,
            *REMINDED,  # complaint-4
            *FINAL,  # complaint-2
            *CALLED_IN,
        ),
        ("Fri 2025-03-07 10:00", dismisses, "closed, 3 strikes", "close_account", *FINAL, *TOLD),
    )


def test_a_closure_pending_beyond_every_restriction_is_lifted_when_the_appeal_is_granted(diary):
    diary(
        *CLOSURE_IS_PENDING,
        ("Tue 2025-03-04 11:00", fourth(rejects), UNDECIDED, "complainant: rejected"),
        ("Fri 2025-03-07 00:00", quiet, UNDECIDED, *FINAL, *CALLED_IN),
        ("Thu 2025-03-13 00:00", quiet, UNDECIDED, *FINAL, *LATE_DECISION),
        ("Wed 2025-03-19 10:00", quiet, UNDECIDED, "staff: decision_limit_level_2"),
        (
            "Tue 2025-04-01 10:00",
            grants,
            "good, 2 strikes",
            "restore_listings",
            "lift_restriction",
            "both: overturned",
            *TOLD,
        ),
    )


def test_a_closure_waits_for_the_last_of_two_appeals(diary):
    until = "restricted until Tue 2025-03-18 11:00, 2 strikes"

    diary(
        *TWO_STRIKES_AND_AN_APPEAL,
        ("Mon 2025-03-03 13:00", second(appeals), until, *FORWARDED),
        ("Tue 2025-03-04 10:00", third(upholds("severe")), UNDECIDED, *PENDING),
        ("Tue 2025-03-04 11:00", responds, UNDECIDED, *CALLED_IN),
        ("Tue 2025-03-04 12:00", dismisses, UNDECIDED, *FINAL),
        ("Tue 2025-03-04 13:00", second(responds), UNDECIDED, *CALLED_IN),
        (
            "Tue 2025-03-04 14:00",
            second(dismisses),
            "closed, 3 strikes",
            "close_account",
            *FINAL,
            *TOLD,
        ),
    )


def test_an_appeal_on_the_third_strike_itself_prolongs_a_pending_closure(diary):
    diary(
        *CLOSURE_IS_PENDING,
        ("Tue 2025-03-04 11:00", third(appeals), UNDECIDED, *FORWARDED),
        ("Tue 2025-03-04 12:00", responds, UNDECIDED, *CALLED_IN),
        ("Tue 2025-03-04 13:00", dismisses, UNDECIDED, *FINAL),
        ("Tue 2025-03-04 14:00", third(responds), UNDECIDED, *CALLED_IN),
        (
            "Tue 2025-03-04 15:00",
            third(dismisses),
            "closed, 3 strikes",
            "close_account",
            *FINAL,
            *TOLD,
        ),
    )


def test_an_appeal_on_no_strike_does_not_hold_a_closure_back(diary):
    until = "restricted until Mon 2025-03-10 11:00, 8 points, 1 strike"
    then_until = "restricted until Tue 2025-03-18 12:00, 8 points, 2 strikes"

    diary(
        FOUR_FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 10:30", appeals, "good, 8 points", *FORWARDED),
        ("Mon 2025-03-03 11:00", second(upholds("severe")), until, *RESTRICTED),
        ("Mon 2025-03-03 12:00", third(upholds("severe")), then_until, *RESTRICTED),
        (
            "Mon 2025-03-03 13:00",
            fourth(upholds("severe")),
            "closed, 8 points, 3 strikes",
            *CLOSED,
        ),
    )


def test_a_pending_closure_ends_when_another_counted_strike_is_reversed(diary):
    until = "restricted until Wed 2025-03-19 10:00, 2 strikes"

    diary(
        *CLOSURE_IS_PENDING,
        (
            "Tue 2025-03-04 11:00",
            second(withdraws),
            until,
            "restore_listings",
            "restrict_account",
            "both: withdrawn",
            *TOLD,
        ),
        ("Tue 2025-03-04 12:00", responds, until, *CALLED_IN),
        ("Tue 2025-03-04 13:00", dismisses, until, *FINAL),
    )


def test_a_strike_while_closure_is_pending_is_told_and_counts(diary):
    pending = "closure_pending until undecided, 4 strikes"

    diary(
        *CLOSURE_IS_PENDING,
        ("Tue 2025-03-04 11:00", fourth(upholds("severe")), pending, *DELETED, *TOLD),
        (
            "Tue 2025-03-04 12:00",
            accepts,  # three remain, and none is undecided
            "closed, 3 strikes",
            "restore_listings",
            "close_account",
            "both: overturned",
            *TOLD,
        ),
    )


# -- closed, and reopened ---------------------------------------------------------------------


def test_an_appeal_after_the_closure_does_not_reopen_but_a_reversal_does(diary):
    diary(
        FOUR_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Wed 2025-03-05 11:00", third(appeals), "closed, 3 strikes", *FORWARDED),
        ("Wed 2025-03-05 12:00", third(responds), "closed, 3 strikes", *CALLED_IN),
        (
            "Wed 2025-03-05 13:00",
            third(grants),
            "restricted until Wed 2025-03-19 10:00, 2 strikes",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: overturned",
            *TOLD,
        ),
    )


def test_an_appeal_dismissed_after_the_closure_changes_nothing(diary):
    diary(
        FOUR_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Wed 2025-03-05 11:00", appeals, "closed, 3 strikes", *FORWARDED),
        ("Wed 2025-03-05 12:00", responds, "closed, 3 strikes", *CALLED_IN),
        ("Wed 2025-03-05 13:00", dismisses, "closed, 3 strikes", *FINAL),
    )


def test_a_reversal_months_after_the_closure_reopens_an_account_that_has_served_its_time(diary):
    diary(
        (
            "Mon 2025-03-03 09:00",
            together(files, second(files), third(files)),
            "good",
            *RECEIVED * 3,
        ),
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Tue 2025-03-11 00:00", quiet, "closed, 3 strikes", *FINAL * 3),
        ("Wed 2025-03-12 03:00", power_cut, "closed, 3 strikes"),
        (
            "Tue 2025-07-01 10:00",
            overturns,
            "good, 2 strikes",
            "restore_listings",
            "reopen_account",
            "both: overturned",
            *TOLD,
        ),
    )


def test_a_closed_account_with_a_fourth_strike_needs_two_reversals(diary):
    restored = ("restore_listings", "both: withdrawn", *TOLD)

    diary(
        FOUR_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Wed 2025-03-05 11:00", fourth(upholds("severe")), "closed, 4 strikes", *DELETED, *TOLD),
        ("Wed 2025-03-05 12:00", withdraws, "closed, 3 strikes", *restored),
        (
            "Wed 2025-03-05 13:00",
            second(withdraws),
            "restricted until Thu 2025-03-20 11:00, 2 strikes",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: withdrawn",
            *TOLD,
        ),
    )


def test_a_reversal_re_rates_as_if_the_reversed_strike_had_never_been(diary):
    diary(
        FOUR_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        THIRD_STRIKE,
        ("Wed 2025-03-05 11:00", second(appeals), "closed, 3 strikes", *FORWARDED),
        ("Wed 2025-03-05 12:00", fourth(upholds("severe")), "closed, 4 strikes", *DELETED, *TOLD),
        (
            "Wed 2025-03-05 13:00",
            withdraws,  # then the fourth was the third, with an appeal undecided
            "closure_pending until undecided, 3 strikes",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: withdrawn",
            *TOLD,
        ),
        (
            "Wed 2025-03-05 14:00",
            second(accepts),
            "restricted until Thu 2025-03-20 12:00, 2 strikes",
            "restore_listings",
            "restrict_account",
            "both: overturned",
            *TOLD,
        ),
    )


def test_the_commands_say_until_when_the_account_is_restricted(diary):
    world = diary(*CLOSURE_IS_PENDING)
    commands = [json.loads(row[5]) for row in world.outbox() if row[4] == RESTRICT]

    assert [command["until"] for command in commands] == [
        "2025-03-10T10:00:00+08:00",
        "2025-03-18T11:00:00+08:00",
        "undecided",
    ]


def test_the_respondent_is_told_what_the_standing_was_and_is(diary):
    world = diary(FILED, FIRST_STRIKE)
    (told,) = [json.loads(row[5]) for row in world.outbox() if row[4] == STANDING]
    good = {"state": "good", "points": 0, "strikes": 0, "restricted_until": "none"}
    until = {"restricted_until": "2025-03-10T10:00:00+08:00"}

    assert told["before"] == good
    assert told["after"] == {**good, "state": "restricted", "strikes": 1, **until}


# -- reversal ---------------------------------------------------------------------------------


def test_a_reversed_strike_lifts_its_restriction(diary):
    diary(
        FILED,
        FIRST_STRIKE,
        (
            "Wed 2025-03-05 10:00",
            withdraws,
            "good",
            "restore_listings",
            "lift_restriction",
            "both: withdrawn",
            *TOLD,
        ),
        ("Mon 2025-03-10 10:00", quiet, "good"),
    )


def test_what_remains_is_re_rated_at_its_own_uphold(diary):
    until = "restricted until Tue 2025-03-11 10:00, 1 strike"

    diary(
        TWO_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        (
            "Wed 2025-03-05 10:00",
            withdraws,
            until,
            "restore_listings",
            "restrict_account",
            "both: withdrawn",
            *TOLD,
        ),
        ("Tue 2025-03-11 09:59", quiet, until, *FINAL),
        ("Tue 2025-03-11 10:00", quiet, "good, 1 strike", *LIFTED),
    )


def test_a_re_rated_restriction_that_is_over_already_is_lifted_at_once(diary):
    diary(
        TWO_FILED,
        FIRST_STRIKE,
        SECOND_STRIKE,
        (
            "Wed 2025-03-12 10:00",
            overturns,
            "good, 1 strike",
            *FINAL,
            *FINAL,
            "restore_listings",
            "lift_restriction",
            "both: overturned",
            *TOLD,
        ),
        ("Wed 2025-03-19 10:00", quiet, "good, 1 strike"),
    )


def test_time_already_served_is_served(diary):
    diary(
        FILED,
        FIRST_STRIKE,
        ("Mon 2025-03-10 10:00", quiet, "good, 1 strike", *FINAL, *LIFTED),
        ("Wed 2025-03-12 10:00", withdraws, "good", *UNDONE, *TOLD),
    )


def test_a_reversal_at_the_instant_a_restriction_ends_comes_after_the_end(diary):
    diary(
        FILED,
        FIRST_STRIKE,
        ("Mon 2025-03-10 10:00", withdraws, "good", *FINAL, *LIFTED, *UNDONE, *TOLD),
    )


def test_a_reversed_deduction_makes_the_free_one_after_it_cost_and_moves_the_window(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 10:00", upholds("general"), "good, 8 points", *TAKEN_DOWN, *TOLD),
        ("Tue 2025-03-04 10:00", second(files), "good, 8 points", *RECEIVED),
        ("Thu 2025-03-06 10:00", second(upholds("general")), "good, 8 points", *TAKEN_DOWN),
        ("Thu 2025-03-06 11:00", withdraws, "good, 8 points", *UNDONE),
        ("Tue 2025-03-11 23:59", third(files), "good, 8 points", *FINAL, *RECEIVED),
        ("Wed 2025-03-12 00:00", fourth(files), "good, 8 points", *RECEIVED),
        ("Wed 2025-03-12 10:00", third(upholds("general")), "good, 8 points", *TAKEN_DOWN),
        (
            "Wed 2025-03-12 11:00",
            fourth(upholds("general")),
            "good, 16 points",
            *TAKEN_DOWN,
            *TOLD,
        ),
    )


def test_a_reversed_minor_violation_makes_room_under_the_cap(diary):
    diary(
        FOUR_FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", second(upholds("minor")), "good, 2 points", *DELETED, *TOLD),
        ("Mon 2025-03-03 12:00", third(upholds("minor")), "good, 2 points", *DELETED),
        ("Mon 2025-03-03 13:00", withdraws, "good, 2 points", *UNDONE),
        ("Mon 2025-03-03 14:00", second(withdraws), "good, 1 point", *UNDONE, *TOLD),
    )


def test_after_a_reversal_the_first_minor_violation_that_stands_is_the_first_again(diary):
    diary(
        TWO_FILED,
        ("Mon 2025-03-03 10:00", upholds("minor"), "good, 1 point", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 11:00", withdraws, "good", *UNDONE, *TOLD),
        ("Mon 2025-03-03 12:00", second(upholds("minor")), "good, 1 point", *TAKEN_DOWN, *TOLD),
    )


def test_a_dismissed_appeal_re_rates_nothing(diary):
    until = "restricted until Mon 2025-03-10 10:00, 1 strike"

    diary(
        FILED,
        FIRST_STRIKE,
        ("Mon 2025-03-03 11:00", appeals, until, *FORWARDED),
        ("Mon 2025-03-03 12:00", responds, until, *CALLED_IN),
        ("Mon 2025-03-03 13:00", dismisses, until, *FINAL),
        ("Mon 2025-03-10 10:00", quiet, "good, 1 strike", *LIFTED),
    )
