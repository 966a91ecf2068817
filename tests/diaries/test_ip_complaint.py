"""A complaint from filing to its end: RULES 4.3 under seed-2022, and the limits of RULES 3.

Most complaints here are upheld in the general or minor lane, so that the account's standing speaks
of points alone; test_account_standing.py is about the rest of it.
"""

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    LISTINGS,
    accepts,
    appeals,
    asks_for_more,
    becomes_known,
    dismisses,
    files,
    grants,
    overturns,
    power_cut,
    quiet,
    refused,
    rejects,
    responds,
    second,
    sends,
    supplies,
    together,
    upholds,
    withdraws,
)
from tests.diaries.words import (
    CALLED_IN,
    DELETED,
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

ASKED = ("complainant: supplement_requested",)
SUPPLIED = ("staff: supplemented",)
UNDONE = ("restore_listings", "both: withdrawn", *TOLD)
OVERTURNED = ("restore_listings", "both: overturned", *TOLD)
DECISION_LATE = ("staff: decision_limit_level_1", "complainant: delayed")

HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    """The complainant is known: holder-1, with TM-1."""
    return partial(diary, HOLDER_1_IS_KNOWN, subject="complaint-1")


FILED = ("Mon 2025-03-03 10:00", files, "under_review", *RECEIVED)
UPHELD_ON_4_MARCH = (
    FILED,
    ("Tue 2025-03-04 10:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
)
APPEALED_ON_5_MARCH = (
    *UPHELD_ON_4_MARCH,
    ("Wed 2025-03-05 10:00", appeals, "awaiting_complainant", *FORWARDED),
)
CALLED_IN_ON_6_MARCH = (
    *APPEALED_ON_5_MARCH,
    ("Thu 2025-03-06 10:00", responds, "staff_intervention", *CALLED_IN),
)
FINAL_ON_8_MARCH = (
    *UPHELD_ON_4_MARCH,
    ("Sat 2025-03-08 00:00", quiet, "final_upheld", *FINAL),
)


# -- under review -----------------------------------------------------------------------------


def test_staff_are_reminded_then_late_then_very_late_and_still_decide(diary):
    diary(
        ("Fri 2026-09-18 10:00", files, "under_review", *RECEIVED),
        ("Tue 2026-09-22 23:59", quiet, "under_review"),  # Sunday 20 was worked
        ("Wed 2026-09-23 00:00", quiet, "under_review", "staff: review_target"),
        ("Fri 2026-10-09 23:59", quiet, "under_review"),
        ("Sat 2026-10-10 00:00", quiet, "under_review, overdue", *LATE),
        ("Mon 2026-10-12 23:59", quiet, "under_review, overdue"),  # Saturday 10 was worked
        ("Tue 2026-10-13 00:00", quiet, "under_review, overdue", *VERY_LATE),
        ("Mon 2026-11-02 10:00", quiet, "under_review, overdue"),
        ("Mon 2026-11-02 10:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
    )


def test_a_complaint_upheld_in_the_generally_infringing_lane_is_taken_down(diary):
    diary(*UPHELD_ON_4_MARCH)


def test_a_first_complaint_in_the_minor_lane_is_taken_down(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", upholds("minor"), "appeal_window", *TAKEN_DOWN, *TOLD),
    )


def test_a_complaint_in_the_severe_lane_is_deleted_and_the_account_restricted(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", upholds("severe"), "appeal_window", *RESTRICTED),
    )


def test_the_respondent_is_told_the_exact_end_of_the_appeal_window_and_which_listings(diary):
    world = diary(
        FILED,
        (
            "Tue 2025-03-04 10:00",
            upholds("general", LISTINGS[1]),
            "appeal_window",
            *TAKEN_DOWN,
            *TOLD,
        ),
    )
    content = {row[4]: json.loads(row[5]) for row in world.outbox() if row[3] == "complaint-1"}

    assert content["command:take_down_listings"]["listings"] == [LISTINGS[1]]
    assert content["notify:respondent:upheld"]["deadlines"] == {
        "appeal_window": "2025-03-08T00:00:00+08:00"
    }


def test_a_listing_that_was_not_complained_of_cannot_be_upheld(diary):
    strange = "https://shop-1.example/offer/3.html"

    diary(
        FILED,
        ("Tue 2025-03-04 10:00", refused(upholds("minor", strange), strange), "under_review"),
    )


def test_an_unknown_lane_is_refused_and_named(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", refused(upholds("trivial"), "lane", "trivial"), "under_review"),
        ("Tue 2025-03-04 10:01", refused(sends("uphold", "staff"), "lane"), "under_review"),
    )


def test_a_rejected_complaint_is_told_to_the_complainant_alone(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", rejects, "rejected", "complainant: rejected"),
        ("Tue 2025-03-04 10:00", refused(appeals, "rejected"), "rejected"),
        ("Wed 2025-04-30 10:00", quiet, "rejected"),
    )


def test_everyone_does_only_what_is_theirs(diary):
    by_the_respondent = sends("uphold", "respondent", lane="minor")
    by_the_complainant = sends("appeal", "complainant", grounds="we are licensed")
    in_her_place = sends("respond", "respondent", statement="the logo is ours")

    diary(
        FILED,
        ("Mon 2025-03-03 11:00", refused(by_the_respondent, "staff"), "under_review"),
        ("Mon 2025-03-03 11:00", refused(sends("withdraw", "respondent")), "under_review"),
        (
            "Tue 2025-03-04 10:00",
            upholds("general"),
            "appeal_window",
            *TAKEN_DOWN,
            *TOLD,
        ),
        ("Tue 2025-03-04 11:00", refused(by_the_complainant, "respondent"), "appeal_window"),
        ("Tue 2025-03-04 11:00", refused(sends("appeal_window", "system")), "appeal_window"),
        (
            "Tue 2025-03-04 11:00",
            refused(sends("review_limit_level_2", "staff"), "is a timer"),
            "appeal_window",
        ),
        ("Wed 2025-03-05 10:00", appeals, "awaiting_complainant", *FORWARDED),
        (
            "Wed 2025-03-05 11:00",
            refused(in_her_place, "complainant"),
            "awaiting_complainant",
        ),
    )


# -- supplements ------------------------------------------------------------------------------


def test_a_supplement_freezes_target_and_limit_of_the_review(diary):
    diary(
        ("Fri 2025-09-26 16:00", files, "under_review", *RECEIVED),
        ("Mon 2025-09-29 10:00", asks_for_more, "supplement_requested", *ASKED),
        ("Thu 2025-10-09 20:00", supplies, "under_review", *SUPPLIED),  # Sunday 28 was consumed
        ("Sat 2025-10-11 23:59", quiet, "under_review"),
        ("Sun 2025-10-12 00:00", quiet, "under_review", "staff: review_target"),
        ("Tue 2025-10-21 23:59", quiet, "under_review"),
        ("Wed 2025-10-22 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_nothing_supplied_by_the_end_of_the_rolled_window_closes_the_complaint(diary):
    diary(
        ("Fri 2025-09-26 16:00", files, "under_review", *RECEIVED),
        ("Mon 2025-09-29 10:00", asks_for_more, "supplement_requested", *ASKED),
        ("Thu 2025-10-09 23:59:59.999999", quiet, "supplement_requested"),
        (
            "Fri 2025-10-10 00:00",
            refused(supplies, "supplement_window"),
            "closed_incomplete",
            "complainant: closed_incomplete",
        ),
        ("Fri 2025-10-10 00:00", refused(withdraws, "closed_incomplete"), "closed_incomplete"),
        ("Mon 2025-12-01 00:00", quiet, "closed_incomplete"),
    )


def test_a_third_request_about_a_complaint_is_refused(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 12:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 13:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 14:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 15:00", refused(asks_for_more, "2 supplements"), "under_review"),
        ("Mon 2025-03-03 16:00", rejects, "rejected", "complainant: rejected"),
    )


def test_two_rounds_consume_only_the_days_between_them(diary):
    diary(
        FILED,
        ("Wed 2025-03-05 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Fri 2025-03-07 12:00", supplies, "under_review", *SUPPLIED),  # 9 days left of 10
        ("Tue 2025-03-11 13:00", asks_for_more, "supplement_requested", *ASKED),
        ("Wed 2025-03-12 14:00", supplies, "under_review", *SUPPLIED),  # 8, and 1 to the target
        ("Thu 2025-03-13 23:59", quiet, "under_review"),
        ("Fri 2025-03-14 00:00", quiet, "under_review", "staff: review_target"),
        ("Mon 2025-03-24 23:59", quiet, "under_review"),
        ("Tue 2025-03-25 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_supplement_keeps_a_complaint_overdue_and_freezes_the_second_level(diary):
    diary(
        ("Fri 2026-09-18 10:00", files, "under_review", *RECEIVED),
        ("Wed 2026-09-23 00:00", quiet, "under_review", "staff: review_target"),
        ("Sat 2026-10-10 00:00", quiet, "under_review, overdue", *LATE),
        ("Mon 2026-10-12 10:00", asks_for_more, "supplement_requested, overdue", *ASKED),
        ("Tue 2026-10-13 00:00", quiet, "supplement_requested, overdue"),
        ("Tue 2026-10-13 03:00", power_cut, "supplement_requested, overdue"),
        ("Wed 2026-10-14 10:00", supplies, "under_review, overdue", *SUPPLIED),
        ("Thu 2026-10-15 23:59", quiet, "under_review, overdue"),  # Saturday 10 was consumed
        ("Fri 2026-10-16 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


# -- the appeal window ------------------------------------------------------------------------


def test_silence_in_the_appeal_window_makes_an_uphold_final(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Fri 2025-03-07 23:59", quiet, "appeal_window"),
        ("Sat 2025-03-08 00:00", quiet, "final_upheld", *FINAL),
        ("Mon 2025-12-01 10:00", quiet, "final_upheld"),
    )


@pytest.mark.fault(42)
def test_an_appeal_in_the_last_microsecond_is_in_time(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Fri 2025-03-07 23:59:59.999999", appeals, "awaiting_complainant", *FORWARDED),
        ("Sat 2025-03-08 00:00", quiet, "awaiting_complainant"),
    )


@pytest.mark.fault(42)
def test_an_appeal_at_the_due_instant_is_refused_though_no_daemon_was_awake(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        (
            "Sat 2025-03-08 00:00",
            refused(appeals, "final_upheld since 2025-03-08T00:00:00+08:00", "appeal_window"),
            "final_upheld",
            *FINAL,
        ),
    )


@pytest.mark.fault(41)
def test_an_appeal_weeks_late_is_refused_as_of_the_midnight_it_missed(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        (
            "Tue 2025-04-01 10:00",
            refused(appeals, "final_upheld since 2025-03-08T00:00:00+08:00"),
            "final_upheld",
            *FINAL,
        ),
    )


def test_an_appeal_window_whose_third_day_is_a_holiday_ends_with_the_next_working_day(diary):
    diary(
        ("Fri 2025-09-26 16:00", files, "under_review", *RECEIVED),
        ("Mon 2025-09-29 09:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
        ("Thu 2025-10-09 23:59:59.999999", quiet, "appeal_window"),
        (
            "Fri 2025-10-10 00:00",
            refused(appeals, "final_upheld"),
            "final_upheld",
            *FINAL,
        ),
    )


# -- the appeal -------------------------------------------------------------------------------


def test_over_national_day_the_complainant_has_until_the_make_up_saturday_ends(diary):
    diary(
        ("Fri 2025-09-26 16:00", files, "under_review", *RECEIVED),
        ("Mon 2025-09-29 09:00", upholds("minor"), "appeal_window", *TAKEN_DOWN, *TOLD),
        ("Wed 2025-10-08 20:00", appeals, "awaiting_complainant", *FORWARDED),
        ("Thu 2025-10-09 03:00", power_cut, "awaiting_complainant"),
        ("Sat 2025-10-11 23:59", quiet, "awaiting_complainant"),
        ("Sun 2025-10-12 00:00", quiet, "staff_intervention", *CALLED_IN),
        ("Thu 2025-10-16 23:59", quiet, "staff_intervention"),
        ("Fri 2025-10-17 00:00", quiet, "staff_intervention, overdue", *DECISION_LATE),
        ("Fri 2025-10-17 15:00", grants, "overturned", *OVERTURNED),
        ("Tue 2025-10-21 00:00", quiet, "overturned"),
    )


def test_a_response_in_the_last_microsecond_is_in_time_and_not_adverse(diary):
    world = diary(
        *APPEALED_ON_5_MARCH,
        ("Mon 2025-03-10 23:59:59.999999", responds, "staff_intervention", *CALLED_IN),
    )

    assert "adverse" not in world.orchestrator.case("complaint-1")["data"]


def test_silence_of_the_complainant_is_adverse_and_a_response_at_the_due_instant_is_late(diary):
    world = diary(
        *APPEALED_ON_5_MARCH,
        ("Mon 2025-03-10 23:59", quiet, "awaiting_complainant"),
        (
            "Tue 2025-03-11 00:00",
            refused(responds, "response_window"),
            "staff_intervention",
            *CALLED_IN,
        ),
    )

    assert world.orchestrator.case("complaint-1")["data"]["adverse"] == "complainant"


def test_acceptance_of_an_appeal_at_the_due_instant_is_late_too(diary):
    diary(
        *APPEALED_ON_5_MARCH,
        (
            "Tue 2025-03-11 00:00",
            refused(accepts, "staff_intervention"),
            "staff_intervention",
            *CALLED_IN,
        ),
    )


def test_an_accepted_appeal_overturns_the_uphold(diary):
    diary(
        *APPEALED_ON_5_MARCH,
        ("Thu 2025-03-06 10:00", accepts, "overturned", *OVERTURNED),
        ("Thu 2025-03-06 10:00", refused(appeals, "overturned"), "overturned"),
        ("Mon 2025-03-31 10:00", quiet, "overturned"),
    )


def test_a_dismissed_appeal_makes_the_uphold_final(diary):
    diary(
        *CALLED_IN_ON_6_MARCH,
        ("Fri 2025-03-07 10:00", dismisses, "final_upheld", *FINAL),
        ("Mon 2025-03-31 10:00", quiet, "final_upheld"),
    )


def test_a_granted_appeal_overturns_the_uphold(diary):
    diary(
        *CALLED_IN_ON_6_MARCH,
        ("Fri 2025-03-07 10:00", grants, "overturned", *OVERTURNED),
        ("Mon 2025-03-31 10:00", quiet, "overturned"),
    )


def test_a_decision_on_an_appeal_in_the_last_microsecond_is_in_time(diary):
    diary(
        *CALLED_IN_ON_6_MARCH,
        ("Wed 2025-03-12 23:59:59.999999", dismisses, "final_upheld", *FINAL),
        ("Thu 2025-03-13 00:00", quiet, "final_upheld"),
    )


def test_a_late_decision_on_an_appeal_escalates_twice_and_then_still_decides(diary):
    diary(
        *CALLED_IN_ON_6_MARCH,
        ("Wed 2025-03-12 23:59", quiet, "staff_intervention"),
        ("Thu 2025-03-13 00:00", quiet, "staff_intervention, overdue", *DECISION_LATE),
        ("Fri 2025-03-14 23:59", quiet, "staff_intervention, overdue"),
        (
            "Sat 2025-03-15 00:00",
            quiet,
            "staff_intervention, overdue",
            "staff: decision_limit_level_2",
        ),
        ("Mon 2025-04-28 10:00", dismisses, "final_upheld", *FINAL),
    )


def test_a_second_appeal_is_refused_under_the_seed(diary):
    again = sends("second_appeal", "respondent", grounds="once more")

    diary(
        *FINAL_ON_8_MARCH,
        ("Sat 2025-03-08 10:00", refused(again, "seed-2022", "second appeal"), "final_upheld"),
        ("Sat 2025-03-08 10:01", refused(appeals, "final_upheld"), "final_upheld"),
    )


def test_staff_overturn_what_was_final(diary):
    diary(
        *FINAL_ON_8_MARCH,
        (
            "Tue 2025-07-01 10:00",
            refused(sends("overturn", "respondent", reason="x")),
            "final_upheld",
        ),
        ("Tue 2025-07-01 10:01", overturns, "overturned", *OVERTURNED),
    )


# -- withdrawal -------------------------------------------------------------------------------


def test_a_complaint_under_review_is_withdrawn_and_only_the_complainant_hears(diary):
    diary(
        FILED,
        ("Tue 2025-03-04 10:00", withdraws, "withdrawn", "complainant: withdrawn"),
        ("Tue 2025-03-04 10:00", refused(withdraws, "withdrawn"), "withdrawn"),
        ("Thu 2025-05-01 10:00", quiet, "withdrawn"),
    )


def test_an_overdue_complaint_is_withdrawn_and_no_longer_overdue(diary):
    diary(
        FILED,
        ("Fri 2025-03-07 00:00", quiet, "under_review", "staff: review_target"),
        ("Tue 2025-03-18 00:00", quiet, "under_review, overdue", *LATE),
        ("Wed 2025-03-19 10:00", withdraws, "withdrawn", "complainant: withdrawn"),
        ("Thu 2025-03-20 00:00", quiet, "withdrawn"),
    )


def test_a_complaint_is_withdrawn_while_a_supplement_is_wanted(diary):
    diary(
        FILED,
        ("Mon 2025-03-03 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Tue 2025-03-04 10:00", withdraws, "withdrawn", "complainant: withdrawn"),
        ("Tue 2025-03-11 10:00", quiet, "withdrawn"),
    )


def test_a_complaint_withdrawn_in_the_appeal_window_is_undone(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Wed 2025-03-05 10:00", withdraws, "withdrawn", *UNDONE),
        ("Sat 2025-03-08 00:00", quiet, "withdrawn"),
    )


def test_a_complaint_withdrawn_after_an_appeal_is_undone(diary):
    diary(
        *APPEALED_ON_5_MARCH,
        ("Thu 2025-03-06 10:00", withdraws, "withdrawn", *UNDONE),
        ("Tue 2025-03-11 00:00", quiet, "withdrawn"),
    )


def test_a_complaint_withdrawn_before_staff_decide_the_appeal_is_undone(diary):
    diary(
        *CALLED_IN_ON_6_MARCH,
        ("Thu 2025-03-13 00:00", quiet, "staff_intervention, overdue", *DECISION_LATE),
        ("Thu 2025-03-13 10:00", withdraws, "withdrawn", *UNDONE),
        ("Mon 2025-03-17 00:00", quiet, "withdrawn"),
    )


def test_a_complaint_withdrawn_when_it_was_final_is_undone(diary):
    diary(
        *FINAL_ON_8_MARCH,
        ("Mon 2025-06-02 10:00", withdraws, "withdrawn", *UNDONE),
        ("Mon 2025-06-02 10:01", refused(overturns, "withdrawn"), "withdrawn"),
    )


# -- two complaints of one shop ---------------------------------------------------------------


def test_two_windows_that_end_at_one_midnight_end_in_the_order_they_were_armed(diary):
    both_upheld = together(second(upholds("minor")), upholds("minor"))
    world = diary(
        ("Mon 2025-03-03 10:00", together(files, second(files)), "under_review", *RECEIVED * 2),
        (
            "Tue 2025-03-04 10:00",
            both_upheld,
            "appeal_window",
            *TAKEN_DOWN,
            *TOLD,
            *DELETED,
            *TOLD,
        ),
        ("Fri 2025-03-07 23:59", quiet, "appeal_window"),
        ("Sat 2025-03-08 00:00", quiet, "final_upheld", *FINAL, *FINAL),
    )
    ended = [row for row in world.journal() if row["name"] == "appeal_window"]

    assert [row["case"] for row in ended] == ["complaint-2", "complaint-1"]


def test_at_one_midnight_one_window_closes_and_another_party_falls_silent(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Tue 2025-03-04 11:00", second(files), "appeal_window", *RECEIVED),
        ("Tue 2025-03-04 12:00", appeals, "awaiting_complainant", *FORWARDED),
        (
            "Tue 2025-03-04 13:00",
            second(upholds("minor")),
            "awaiting_complainant",
            *TAKEN_DOWN,
            *TOLD,
        ),
        ("Fri 2025-03-07 23:59", quiet, "awaiting_complainant"),
        (
            "Sat 2025-03-08 00:00",
            together(second(refused(appeals, "final_upheld")), refused(responds)),
            "staff_intervention",
            *CALLED_IN,
            *FINAL,
        ),
        ("Sat 2025-03-08 03:00", power_cut, "staff_intervention"),
    )
