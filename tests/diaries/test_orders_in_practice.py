"""Disputes about orders under marketplace-practice: RULES 4.5, last sentences, and 4.4's windows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import about, power_cut, practised, quiet, refused
from tests.diaries.orders import (
    agrees,
    calls_staff_in,
    closes_shop,
    deposits,
    refuses,
    the_deposit,
)
from tests.diaries.orders import disputes as disputes_by_the_seed
from tests.diaries.words import DUE, PAID, RECEIVED_ORDER, REMINDED, RETAINED, went

disputes = practised(disputes_by_the_seed())
FILED = ("Fri 2025-06-20 12:00", disputes, "negotiation", *RECEIVED_ORDER)
ENDED = ("buyer: after_sales_ends",)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="dispute-1")


# -- when staff may be called in --------------------------------------------------------------


def test_staff_are_called_in_from_72_hours_of_negotiation_on(diary):
    too_soon = refused(calls_staff_in, "from 2025-06-23T12:00:00+08:00 on")

    diary(
        FILED,
        ("Mon 2025-06-23 11:59:59.999999", too_soon, "negotiation"),
        ("Mon 2025-06-23 12:00", calls_staff_in, "evidence", *went("evidence")),
    )


def test_staff_are_called_in_at_once_when_the_seller_has_refused(diary):
    diary(
        FILED,
        ("Fri 2025-06-20 13:00", refuses, "negotiation", "buyer: refused"),
        ("Fri 2025-06-20 13:01", calls_staff_in, "evidence", *went("evidence")),
    )


def test_staff_are_called_in_at_once_when_the_shop_is_closed(diary):
    closes = the_deposit(deposits(), closes_shop)

    diary(
        FILED,
        ("Fri 2025-06-20 13:00", refused(calls_staff_in, "once the seller refuses"), "negotiation"),
        ("Fri 2025-06-20 14:00", closes, "negotiation", "staff: received", *RETAINED),
        ("Fri 2025-06-20 14:01", calls_staff_in, "evidence", *went("evidence")),
    )


def test_beside_it_the_seed_knows_no_waiting(diary):
    diary(
        FILED,
        (
            "Fri 2025-06-20 12:01",
            about("dispute-2", disputes_by_the_seed(), calls_staff_in),
            "negotiation",
            *RECEIVED_ORDER,
            *went("evidence"),
        ),
    )


# -- after the after-sales period -------------------------------------------------------------


def test_the_end_of_the_after_sales_period_reminds_and_gives_fifteen_days(diary):
    """From Sunday 29 June, whose last moment did not pass: the 15th day is Monday 14 July."""
    diary(
        FILED,
        ("Sat 2025-06-28 10:00", quiet, "negotiation", *REMINDED),
        ("Sun 2025-06-29 10:00", quiet, "negotiation", *ENDED),
        ("Mon 2025-07-14 23:59:59", power_cut, "negotiation"),
        (
            "Tue 2025-07-15 00:00",
            refused(agrees(), "negotiation_limit"),
            "expired",
            *went("expired"),
        ),
    )


def test_a_period_that_ends_at_midnight_ends_on_the_day_before(diary):
    midnight = practised(disputes_by_the_seed(after_sales_until="2025-06-29T00:00:00+08:00"))

    diary(
        ("Fri 2025-06-20 12:00", midnight, "negotiation", *RECEIVED_ORDER),
        ("Sun 2025-06-29 00:00", quiet, "negotiation", *REMINDED, *ENDED),
        ("Sun 2025-07-13 23:59:59", quiet, "negotiation"),
        ("Mon 2025-07-14 00:00", quiet, "expired", *went("expired")),
    )


def test_a_dispute_that_was_opened_in_time_is_still_decided(diary):
    diary(
        FILED,
        ("Mon 2025-07-07 10:00", quiet, "negotiation", *REMINDED, *ENDED),
        ("Tue 2025-07-08 10:00", refuses, "negotiation", "buyer: refused"),
        ("Wed 2025-07-09 10:00", calls_staff_in, "evidence", *went("evidence")),
        ("Mon 2025-07-14 23:59:59", quiet, "evidence"),
    )


# -- windows in working days ------------------------------------------------------------------


def test_evidence_may_be_brought_for_three_working_days(diary):
    """From Thursday 26 June: Friday 27, Monday 30, Tuesday 1 July."""
    diary(
        FILED,
        ("Thu 2025-06-26 12:00", calls_staff_in, "evidence", *went("evidence")),
        ("Tue 2025-07-01 23:59:59", quiet, "evidence"),
        ("Wed 2025-07-02 00:00", quiet, "ruling", *went("ruling")),
    )


def test_a_refund_is_paid_within_three_working_days_or_claimed(diary):
    """From Friday 20 June: Monday 23 to Wednesday 25."""
    diary(
        FILED,
        (
            "Fri 2025-06-20 13:00",
            the_deposit(deposits()),
            "negotiation",
            "staff: received",
        ),
        ("Fri 2025-06-20 14:00", agrees(), "refund_due", *DUE),
        ("Wed 2025-06-25 23:59:59", quiet, "refund_due"),
        ("Thu 2025-06-26 00:00", quiet, "refunded", *PAID),
    )
