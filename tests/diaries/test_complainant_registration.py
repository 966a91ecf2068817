"""Registration of a complainant: RULES 4.1, and the limits and supplements of RULES 3."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    about,
    approves,
    asks_for_more,
    bans,
    power_cut,
    quiet,
    refused,
    registers,
    reinstates,
    rejects,
    sends,
    supplies,
    suspends,
    together,
)
from tests.diaries.words import LATE, RECEIVED, VERY_LATE

ASKED = ("complainant: supplement_requested",)
SUPPLIED = ("staff: supplemented",)

again = partial(about, "registration-2")  # the same person registers a second time


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="registration-1")


APPROVED = (
    ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
    ("Tue 2025-03-04 10:00", approves, "approved", "complainant: approve"),
)


# -- what staff decide ------------------------------------------------------------------------


def test_staff_approve_a_registration_and_no_limit_ever_speaks_again(diary):
    diary(*APPROVED, ("Mon 2025-06-02 10:00", quiet, "approved"))


def test_staff_reject_a_registration_and_that_is_the_end(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", rejects, "rejected", "complainant: reject"),
        ("Tue 2025-03-04 10:00", refused(approves, "rejected"), "rejected"),
        ("Mon 2025-03-10 10:00", quiet, "rejected"),
    )


def test_a_rejection_without_a_reason_is_refused_and_names_the_fact(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", refused(sends("reject", "staff"), "reason"), "under_review"),
        (
            "Tue 2025-03-04 10:00",
            refused(sends("reject", "staff", reason="no", mood="bad"), "mood"),
            "under_review",
        ),
    )


def test_only_staff_approve(diary):
    by_herself = sends("approve", "complainant")

    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", refused(by_herself, "staff", "complainant"), "under_review"),
    )


def test_no_person_sends_the_name_of_a_timer(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        (
            "Tue 2025-03-04 10:00",
            refused(sends("review_limit", "staff"), "is a timer"),
            "under_review",
        ),
        (
            "Tue 2025-03-04 10:00",
            refused(sends("review_limit", "system"), "is a timer"),
            "under_review",
        ),
    )


def test_only_a_complainant_opens_a_registration(diary):
    facts = {"kind": "person", "name": "Li", "identity_document": "id"}

    def staff_register(world):
        world.opens("complainant_registration", "holder-1", "staff", facts)

    diary(("Mon 2025-03-03 10:00", refused(staff_register, "complainant"), "not there"))


# -- limits (RULES 3) -------------------------------------------------------------------------


def test_a_limit_on_staff_escalates_twice_and_never_decides(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Mon 2025-04-28 23:59", quiet, "under_review"),  # Sunday 27 was worked
        ("Tue 2025-04-29 00:00", quiet, "under_review, overdue", *LATE),
        ("Wed 2025-04-30 23:59", quiet, "under_review, overdue"),
        ("Thu 2025-05-01 00:00", quiet, "under_review, overdue", *VERY_LATE),
        ("Mon 2025-06-30 10:00", quiet, "under_review, overdue"),
    )


def test_the_second_level_counts_from_the_last_day_of_the_expired_limit(diary):
    diary(
        ("Tue 2025-09-30 09:00", registers, "under_review", *RECEIVED),
        ("Fri 2025-10-10 23:59", quiet, "under_review"),
        ("Sat 2025-10-11 00:00", quiet, "under_review, overdue", *LATE),
        ("Mon 2025-10-13 23:59", quiet, "under_review, overdue"),  # Saturday 11 was worked
        ("Tue 2025-10-14 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


def test_a_last_second_before_midnight_still_belongs_to_its_day(diary):
    diary(
        ("Thu 2025-03-06 23:59:59", registers, "under_review", *RECEIVED),
        ("Mon 2025-03-10 23:59:59.999999", quiet, "under_review"),
        ("Tue 2025-03-11 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_decision_in_the_last_microsecond_is_in_time(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Mon 2025-04-28 23:59:59.999999", approves, "approved", "complainant: approve"),
        ("Thu 2025-05-01 00:00", quiet, "approved"),
    )


def test_a_decision_at_the_instant_of_the_limit_comes_after_the_escalation(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-04-29 00:00", approves, "approved", *LATE, "complainant: approve"),
        ("Thu 2025-05-01 00:00", quiet, "approved"),
    )


def test_a_late_decision_clears_overdue_and_ends_the_escalation(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-04-29 00:00", quiet, "under_review, overdue", *LATE),
        ("Wed 2025-04-30 09:00", rejects, "rejected", "complainant: reject"),
        ("Thu 2025-05-01 00:00", quiet, "rejected"),
    )


def test_a_power_cut_loses_no_limit(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Sat 2025-04-26 03:00", power_cut, "under_review"),
        ("Tue 2025-04-29 00:00", power_cut, "under_review, overdue", *LATE),
        ("Thu 2025-05-01 00:00", power_cut, "under_review, overdue", *VERY_LATE),
        ("Tue 2025-05-06 09:00", approves, "approved", "complainant: approve"),
    )


# -- supplements ------------------------------------------------------------------------------


def test_a_supplement_freezes_the_limit_and_the_days_left_count_from_its_day(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Thu 2025-03-06 00:00", quiet, "supplement_requested"),  # the limit was today
        ("Thu 2025-03-06 09:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-10 23:59", quiet, "under_review"),
        ("Tue 2025-03-11 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_the_day_of_the_freeze_is_not_consumed_but_the_days_before_it_are(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Wed 2025-03-05 23:59", asks_for_more, "supplement_requested", *ASKED),
        ("Thu 2025-03-06 00:01", supplies, "under_review", *SUPPLIED),
        ("Fri 2025-03-07 23:59", quiet, "under_review"),  # Tuesday was consumed: one day is left
        ("Sat 2025-03-08 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_day_that_is_frozen_twice_is_lost_to_staff_but_once(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 09:00", asks_for_more, "supplement_requested", *ASKED),
        ("Tue 2025-03-04 10:00", supplies, "under_review", *SUPPLIED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Tue 2025-03-04 12:00", supplies, "under_review", *SUPPLIED),
        ("Thu 2025-03-06 23:59", quiet, "under_review"),
        ("Fri 2025-03-07 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_nothing_supplied_in_the_window_closes_the_registration(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Fri 2025-03-07 23:59", quiet, "supplement_requested"),
        ("Sat 2025-03-08 00:00", quiet, "closed_incomplete", "complainant: closed_incomplete"),
        ("Tue 2025-03-11 00:00", quiet, "closed_incomplete"),
    )


def test_a_window_whose_third_day_is_a_holiday_rolls_to_the_next_working_day(diary):
    diary(
        ("Sun 2025-09-28 10:00", registers, "under_review", *RECEIVED),
        ("Mon 2025-09-29 09:00", asks_for_more, "supplement_requested", *ASKED),
        ("Thu 2025-10-09 23:59", quiet, "supplement_requested"),
        ("Fri 2025-10-10 00:00", quiet, "closed_incomplete", "complainant: closed_incomplete"),
    )


def test_materials_in_the_last_microsecond_of_the_window_are_in_time(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Fri 2025-03-07 23:59:59.999999", supplies, "under_review", *SUPPLIED),
        ("Sat 2025-03-08 00:00", quiet, "under_review"),
    )


def test_materials_at_the_due_instant_are_refused_though_no_daemon_was_awake(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        (
            "Sat 2025-03-08 00:00",
            refused(supplies, "closed_incomplete", "supplement_window"),
            "closed_incomplete",
            "complainant: closed_incomplete",
        ),
    )


def test_a_third_request_is_refused(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 12:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 13:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 14:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 15:00", refused(asks_for_more, "2 supplements"), "under_review"),
        ("Mon 2025-03-03 16:00", approves, "approved", "complainant: approve"),
    )


def test_a_supplement_keeps_overdue_and_freezes_the_second_level(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-04-29 00:00", quiet, "under_review, overdue", *LATE),
        ("Tue 2025-04-29 10:00", asks_for_more, "supplement_requested, overdue", *ASKED),
        ("Thu 2025-05-01 00:00", quiet, "supplement_requested, overdue"),
        ("Tue 2025-05-06 10:00", supplies, "under_review, overdue", *SUPPLIED),
        ("Thu 2025-05-08 23:59", quiet, "under_review, overdue"),
        ("Fri 2025-05-09 00:00", quiet, "under_review, overdue", *VERY_LATE),
        ("Fri 2025-05-09 10:00", approves, "approved", "complainant: approve"),
    )


def test_a_second_level_that_was_sent_is_not_sent_again_after_a_supplement(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-04-29 00:00", quiet, "under_review, overdue", *LATE),
        ("Thu 2025-05-01 00:00", quiet, "under_review, overdue", *VERY_LATE),
        ("Tue 2025-05-06 09:00", asks_for_more, "supplement_requested, overdue", *ASKED),
        ("Tue 2025-05-06 10:00", supplies, "under_review, overdue", *SUPPLIED),
        ("Mon 2025-06-30 10:00", quiet, "under_review, overdue"),
    )


def test_an_overdue_registration_that_is_not_completed_is_closed_and_no_longer_overdue(diary):
    diary(
        ("Fri 2025-04-25 18:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-04-29 00:00", quiet, "under_review, overdue", *LATE),
        ("Tue 2025-04-29 10:00", asks_for_more, "supplement_requested, overdue", *ASKED),
        ("Tue 2025-05-06 23:59", quiet, "supplement_requested, overdue"),
        ("Wed 2025-05-07 00:00", quiet, "closed_incomplete", "complainant: closed_incomplete"),
    )


# -- suspended and banned ---------------------------------------------------------------------


def test_a_suspended_complainant_is_reinstated(diary):
    diary(
        *APPROVED,
        ("Wed 2025-03-05 10:00", suspends, "suspended", "complainant: suspend"),
        ("Wed 2025-03-05 11:00", refused(suspends, "suspended"), "suspended"),
        ("Thu 2025-03-06 03:00", power_cut, "suspended"),
        ("Mon 2025-06-02 10:00", reinstates, "approved", "complainant: reinstate"),
        ("Mon 2025-06-02 11:00", refused(reinstates, "approved"), "approved"),
    )


def test_an_approved_complainant_is_banned_for_ever(diary):
    diary(
        *APPROVED,
        ("Wed 2025-03-05 10:00", bans, "banned", "complainant: ban"),
        ("Wed 2025-03-05 11:00", refused(reinstates, "banned"), "banned"),
        ("Tue 2026-03-03 10:00", refused(again(registers), "was banned"), "banned"),
    )


def test_a_suspended_complainant_is_banned_for_ever(diary):
    diary(
        *APPROVED,
        ("Wed 2025-03-05 10:00", suspends, "suspended", "complainant: suspend"),
        ("Thu 2025-03-06 10:00", bans, "banned", "complainant: ban"),
        ("Tue 2026-03-03 10:00", refused(again(registers), "was banned"), "banned"),
    )


# -- one registration at a time ---------------------------------------------------------------


def test_a_second_registration_is_refused_while_one_is_open_approved_or_suspended(diary):
    too_much = refused(again(registers), "registration-1")

    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Mon 2025-03-03 10:01", too_much, "under_review"),
        ("Mon 2025-03-03 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 11:01", too_much, "supplement_requested"),
        ("Mon 2025-03-03 12:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 13:00", approves, "approved", "complainant: approve"),
        ("Mon 2025-03-03 13:01", too_much, "approved"),
        ("Mon 2025-03-03 14:00", suspends, "suspended", "complainant: suspend"),
        ("Mon 2025-03-03 14:01", too_much, "suspended"),
    )


def test_who_was_rejected_may_register_again(diary):
    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", rejects, "rejected", "complainant: reject"),
        (
            "Tue 2025-03-04 10:00",
            again(registers, approves),
            "rejected",
            *RECEIVED,
            "complainant: approve",
        ),
    )


def test_who_was_closed_incomplete_may_register_again_from_that_very_midnight(diary):
    incomplete = "complainant: closed_incomplete"

    diary(
        ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED),
        ("Tue 2025-03-04 11:00", asks_for_more, "supplement_requested", *ASKED),
        (
            "Fri 2025-03-07 23:59:59.999999",
            refused(again(registers), "supplement_requested"),
            "supplement_requested",
        ),
        ("Sat 2025-03-08 00:00", again(registers), "closed_incomplete", incomplete, *RECEIVED),
    )


def test_two_registrations_of_two_people_do_not_meet(diary):
    def holder_2_registers(world):
        facts = {"kind": "person", "name": "Li", "identity_document": "id"}
        world.opens("complainant_registration", "holder-2", "complainant", facts)

    both_register = together(registers, again(holder_2_registers))

    diary(
        ("Mon 2025-03-03 10:00", both_register, "under_review", *RECEIVED, *RECEIVED),
        ("Tue 2025-03-04 10:00", again(approves), "under_review", "complainant: approve"),
        ("Thu 2025-03-06 00:00", quiet, "under_review, overdue", *LATE),
    )
