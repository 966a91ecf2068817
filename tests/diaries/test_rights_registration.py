"""Registration of a right: RULES 4.2, and the limits and supplements of RULES 3."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    AGENT,
    about,
    approves,
    asks_for_more,
    bans,
    confirms,
    deposits_right,
    power_cut,
    quiet,
    refused,
    registers,
    reinstates,
    rejects,
    revokes,
    sends,
    supplies,
    suspends,
)
from tests.diaries.words import LATE, RECEIVED, VERY_LATE

ASKED = ("complainant: supplement_requested",)
SUPPLIED = ("staff: supplemented",)
CONFIRMED = ("complainant: confirm",)
REMINDED = ("complainant: expiry_reminder",)
EXPIRED = ("complainant: expiry",)

holder = partial(about, "registration-1")
deposits = deposits_right()

IS_APPROVED = (
    "Thu 2024-02-01 10:00",
    holder(registers, approves),
    "not there",
    *RECEIVED,
    "complainant: approve",
)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="right-1")


# -- who may deposit --------------------------------------------------------------------------


def test_only_an_approved_complainant_deposits_a_right(diary):
    diary(
        ("Mon 2025-03-03 09:00", refused(deposits, "no registration"), "not there"),
        ("Mon 2025-03-03 10:00", holder(registers), "not there", *RECEIVED),
        ("Mon 2025-03-03 10:01", refused(deposits, "under_review"), "not there"),
        ("Mon 2025-03-03 11:00", holder(approves), "not there", "complainant: approve"),
        ("Mon 2025-03-03 12:00", holder(suspends), "not there", "complainant: suspend"),
        ("Mon 2025-03-03 12:01", refused(deposits, "suspended"), "not there"),
        ("Mon 2025-03-03 13:00", holder(reinstates), "not there", "complainant: reinstate"),
        ("Mon 2025-03-03 13:01", deposits, "under_review", *RECEIVED),
    )


def test_a_banned_complainant_deposits_no_right(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 12:00", holder(bans), "not there", "complainant: ban"),
        ("Mon 2025-03-03 12:01", refused(deposits, "banned"), "not there"),
    )


def test_the_latest_registration_counts(diary):
    after_all = about("registration-2", registers, approves)

    diary(
        ("Mon 2025-03-03 10:00", holder(registers), "not there", *RECEIVED),
        ("Mon 2025-03-03 11:00", holder(rejects), "not there", "complainant: reject"),
        ("Mon 2025-03-03 11:01", refused(deposits, "rejected"), "not there"),
        (
            "Mon 2025-03-03 12:00",
            after_all,
            "not there",
            *RECEIVED,
            "complainant: approve",
        ),
        ("Mon 2025-03-03 12:01", deposits, "under_review", *RECEIVED),
    )


def test_an_agent_without_authorisation_is_refused_and_each_missing_fact_is_named(diary):
    lacking = ("authorisation", "holder_identity", "authorisation_expires_on")

    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            refused(deposits_right(is_holder=False), *lacking),
            "not there",
        ),
    )


def test_a_date_that_is_none_is_refused_and_named(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            refused(deposits_right(right_expires_on="2025-02-29"), "right_expires_on"),
            "not there",
        ),
    )


# -- staff ------------------------------------------------------------------------------------


def test_staff_are_reminded_after_three_working_days_and_late_after_five(diary):
    diary(
        IS_APPROVED,
        ("Fri 2025-09-26 16:00", deposits, "under_review", *RECEIVED),
        ("Tue 2025-09-30 23:59", quiet, "under_review"),  # Sunday 28 was worked
        ("Wed 2025-10-01 00:00", quiet, "under_review", "staff: review_target"),
        ("Thu 2025-10-02 03:00", power_cut, "under_review"),
        ("Fri 2025-10-10 23:59", quiet, "under_review"),
        ("Sat 2025-10-11 00:00", quiet, "under_review, overdue", *LATE),
        ("Mon 2025-10-13 23:59", quiet, "under_review, overdue"),
        ("Tue 2025-10-14 00:00", quiet, "under_review, overdue", *VERY_LATE),
        ("Mon 2025-11-17 10:00", confirms, "confirmed", *CONFIRMED),
    )


def test_a_right_decided_in_time_reminds_nobody(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Thu 2025-03-06 23:59:59.999999", confirms, "confirmed", *CONFIRMED),
        ("Mon 2025-06-02 10:00", quiet, "confirmed"),
    )


def test_a_rejected_right_is_at_its_end(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", rejects, "rejected", "complainant: reject"),
        ("Tue 2025-03-04 10:01", refused(confirms, "rejected"), "rejected"),
        ("Mon 2025-03-17 10:00", quiet, "rejected"),
    )


def test_only_staff_confirm_a_right(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        (
            "Tue 2025-03-04 10:00",
            refused(sends("confirm", "complainant"), "staff"),
            "under_review",
        ),
    )


def test_a_suspension_after_the_deposit_does_not_keep_staff_from_deciding(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", holder(suspends), "under_review", "complainant: suspend"),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED),
    )


# -- supplements ------------------------------------------------------------------------------


def test_a_supplement_freezes_target_and_limit(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Wed 2025-03-05 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-10 09:00", supplies, "under_review", *SUPPLIED),  # Tuesday was consumed
        ("Wed 2025-03-12 23:59", quiet, "under_review"),
        ("Thu 2025-03-13 00:00", quiet, "under_review", "staff: review_target"),
        ("Fri 2025-03-14 23:59", quiet, "under_review"),
        ("Sat 2025-03-15 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_supplement_after_the_reminder_does_not_remind_again(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Fri 2025-03-07 00:00", quiet, "under_review", "staff: review_target"),
        ("Fri 2025-03-07 10:00", asks_for_more, "supplement_requested", *ASKED),
        ("Fri 2025-03-07 11:00", supplies, "under_review", *SUPPLIED),
        ("Tue 2025-03-11 23:59", quiet, "under_review"),  # Friday was frozen: two days are left
        ("Wed 2025-03-12 00:00", quiet, "under_review, overdue", *LATE),
    )


def test_a_right_that_is_not_completed_is_closed_when_the_window_ends(diary):
    diary(
        IS_APPROVED,
        ("Wed 2025-04-30 10:00", deposits, "under_review", *RECEIVED),
        ("Wed 2025-04-30 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Tue 2025-05-06 23:59:59.999999", quiet, "supplement_requested"),  # 3 May is a holiday
        (
            "Wed 2025-05-07 00:00",
            refused(supplies, "supplement_window"),
            "closed_incomplete",
            "complainant: closed_incomplete",
        ),
    )


def test_a_supplement_keeps_a_right_overdue_and_freezes_the_second_level(diary):
    diary(
        IS_APPROVED,
        ("Fri 2025-09-26 16:00", deposits, "under_review", *RECEIVED),
        ("Wed 2025-10-01 00:00", quiet, "under_review", "staff: review_target"),
        ("Sat 2025-10-11 00:00", quiet, "under_review, overdue", *LATE),
        ("Mon 2025-10-13 09:00", asks_for_more, "supplement_requested, overdue", *ASKED),
        ("Tue 2025-10-14 00:00", quiet, "supplement_requested, overdue"),
        ("Tue 2025-10-14 10:00", supplies, "under_review, overdue", *SUPPLIED),
        ("Wed 2025-10-15 23:59", quiet, "under_review, overdue"),  # Saturday 11 was consumed
        ("Thu 2025-10-16 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


def test_a_third_request_about_a_right_is_refused(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 12:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 13:00", asks_for_more, "supplement_requested", *ASKED),
        ("Mon 2025-03-03 14:00", supplies, "under_review", *SUPPLIED),
        ("Mon 2025-03-03 15:00", refused(asks_for_more, "2 supplements"), "under_review"),
    )


# -- until it ends ----------------------------------------------------------------------------


def test_a_right_expires_at_the_end_of_its_last_day_with_a_reminder_thirty_days_before(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            deposits_right(right_expires_on="2025-12-31"),
            "under_review",
            *RECEIVED,
        ),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED),
        ("Mon 2025-12-01 23:59", quiet, "confirmed"),
        ("Tue 2025-12-02 00:00", quiet, "confirmed", *REMINDED),
        ("Wed 2025-12-31 23:59", quiet, "confirmed"),
        ("Thu 2026-01-01 00:00", quiet, "expired", *EXPIRED),
    )


def test_an_agents_right_expires_with_the_earlier_of_the_two_dates(diary):
    authorised = deposits_right(**AGENT, authorisation_expires_on="2025-06-15")

    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", authorised, "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED),
        ("Fri 2025-05-16 23:59", quiet, "confirmed"),
        ("Sat 2025-05-17 00:00", power_cut, "confirmed", *REMINDED),
        ("Sun 2025-06-15 23:59", quiet, "confirmed"),
        ("Mon 2025-06-16 00:00", quiet, "expired", *EXPIRED),
    )


def test_an_agents_right_expires_with_the_right_when_that_is_the_earlier(diary):
    ends = {"right_expires_on": "2025-06-15", "authorisation_expires_on": "2026-06-15"}

    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits_right(**AGENT, **ends), "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED),
        ("Sat 2025-05-17 00:00", quiet, "confirmed", *REMINDED),
        ("Sun 2025-06-15 23:59", quiet, "confirmed"),
        ("Mon 2025-06-16 00:00", quiet, "expired", *EXPIRED),
    )


def test_a_right_confirmed_within_its_last_thirty_days_reminds_at_once(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            deposits_right(right_expires_on="2025-03-14"),
            "under_review",
            *RECEIVED,
        ),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED, *REMINDED),
        ("Fri 2025-03-14 23:59", quiet, "confirmed"),
        ("Sat 2025-03-15 00:00", quiet, "expired", *EXPIRED),
    )


def test_a_right_confirmed_after_its_end_is_at_once_expired(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            deposits_right(right_expires_on="2025-03-03"),
            "under_review",
            *RECEIVED,
        ),
        ("Tue 2025-03-04 00:00", confirms, "expired", *CONFIRMED, *REMINDED, *EXPIRED),
        ("Tue 2025-03-04 00:00", refused(revokes, "expired"), "expired"),
    )


def test_a_right_confirmed_in_its_last_microsecond_is_confirmed_for_that_long(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            deposits_right(right_expires_on="2025-03-03"),
            "under_review",
            *RECEIVED,
        ),
        ("Mon 2025-03-03 23:59:59.999999", confirms, "confirmed", *CONFIRMED, *REMINDED),
        ("Tue 2025-03-04 00:00", quiet, "expired", *EXPIRED),
    )


def test_a_revoked_right_neither_reminds_nor_expires(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2025-03-03 10:00",
            deposits_right(right_expires_on="2025-05-31"),
            "under_review",
            *RECEIVED,
        ),
        ("Tue 2025-03-04 10:00", confirms, "confirmed", *CONFIRMED),
        ("Wed 2025-03-05 10:00", revokes, "revoked", "complainant: revoke"),
        ("Wed 2025-03-05 11:00", power_cut, "revoked"),
        ("Tue 2025-07-01 10:00", refused(revokes, "revoked"), "revoked"),
    )


def test_only_a_confirmed_right_is_revoked(diary):
    diary(
        IS_APPROVED,
        ("Mon 2025-03-03 10:00", deposits, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", refused(revokes, "under_review"), "under_review"),
    )


def test_a_right_of_the_new_year_is_never_provisional_for_its_end_is_a_date(diary):
    diary(
        IS_APPROVED,
        (
            "Mon 2026-12-21 10:00",
            deposits_right(right_expires_on="2027-01-15"),
            "under_review",
            *RECEIVED,
        ),
        ("Tue 2026-12-22 10:00", confirms, "confirmed", *CONFIRMED, *REMINDED),
        ("Fri 2027-01-15 23:59", quiet, "confirmed"),
        ("Sat 2027-01-16 00:00", quiet, "expired", *EXPIRED),
    )
