"""Disputes about orders: RULES 4.5 under seed-2022."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import about, power_cut, quiet, refused, sends
from tests.diaries.orders import (
    agrees,
    calls_staff_in,
    cancels,
    disputes,
    pays,
    refuses,
    rules_for_buyer,
    rules_for_seller,
    shows_parcel,
    shows_photographs,
)
from tests.diaries.words import DUE, RECEIVED_ORDER, REMINDED, went

MORE = "no more can be granted"


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="dispute-1")


# -- the gate ---------------------------------------------------------------------------------


def test_a_dispute_is_taken_until_the_very_end_of_the_after_sales_period(diary):
    ended = "after-sales period of order order-1 ended at 2025-06-29T10:00:00+08:00"
    in_time = about("dispute-2", disputes())

    diary(
        ("Sun 2025-06-29 09:59:59.999999", in_time, "not there", *RECEIVED_ORDER, *REMINDED),
        (
            "Sun 2025-06-29 10:00",
            refused(disputes(), ended),
            "not there",
            *went("expired"),
        ),
        ("Mon 2025-06-30 10:00", refused(disputes(), ended), "not there"),
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"amount": "0"}, "amount: an amount greater than 0"),
        ({"amount": "-1.00"}, "amount: an amount greater than 0"),
        ({"amount": "1.001"}, "amount: an amount greater than 0 with at most two places"),
        ({"amount": "1e3"}, "amount: an amount greater than 0"),
        ({"after_sales_until": "2025-06-29T10:00:00"}, "after_sales_until: "),
        ({"buyer": " "}, "buyer: text that is not blank"),
        ({"colour": "red"}, "colour: unknown"),
    ],
)
def test_facts_that_do_not_fit_are_refused_by_name(diary, facts, words):
    diary(("Fri 2025-06-20 12:00", refused(disputes(**facts), words), "not there"))


def test_a_currency_need_not_be_named(diary):
    facts = {"currency": None}

    diary(("Fri 2025-06-20 12:00", disputes(**facts), "negotiation", *RECEIVED_ORDER))


# -- negotiation ------------------------------------------------------------------------------


def test_the_seller_refuses_then_agrees_and_pays_in_time(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Sat 2025-06-21 09:00", refuses, "negotiation", "buyer: refused"),
        ("Sat 2025-06-21 09:01", refuses, "negotiation", "buyer: refused"),
        ("Mon 2025-06-23 09:00", agrees(), "refund_due", *DUE),
        ("Thu 2025-06-26 23:59:59", pays, "refunded", *went("refunded")),
        ("Fri 2025-06-27 00:00", refused(pays, "is refunded"), "refunded"),
    )


def test_the_seller_agrees_to_less_and_never_to_more(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Sat 2025-06-21 09:00", refused(agrees("300.01"), MORE, "300.01"), "negotiation"),
        ("Sat 2025-06-21 09:01", agrees("120.50"), "refund_due", *DUE),
        ("Wed 2025-06-25 00:00", quiet, "partly_refunded", *went("partly_refunded")),
    )


def test_the_buyer_is_reminded_a_day_before_and_told_of_the_end(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Sat 2025-06-28 09:59:59", quiet, "negotiation"),
        ("Sat 2025-06-28 10:00", quiet, "negotiation", *REMINDED),
        (
            "Sun 2025-06-29 10:00",
            refused(agrees(), "after_sales_ends"),
            "expired",
            *went("expired"),
        ),
    )


def test_silence_ends_a_negotiation_at_its_instant_however_late_it_is_noticed(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Sat 2025-06-28 23:00", power_cut, "negotiation", *REMINDED),
        ("Wed 2025-07-30 10:00", quiet, "expired", *went("expired")),
    )


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (sends("cancel", "seller"), "cancel is for buyer"),
        (sends("agree", "buyer"), "agree is for seller"),
        (sends("refuse", "staff", reason="x"), "refuse is for seller"),
        (sends("request_intervention", "seller"), "request_intervention is for buyer"),
        (sends("after_sales_ends", "system"), "timers act by themselves"),
        (sends("deposit_paid", "system"), "message between cases"),
        (sends("shop_closed", "staff"), "message between cases"),
        (shows_photographs, "possible there"),
        (sends("refuse", "seller"), "reason: required"),
    ],
)
def test_what_is_not_theirs_to_say_is_refused(diary, deed, words):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Fri 2025-06-20 13:00", refused(deed, words), "negotiation"),
    )


# -- staff step in ----------------------------------------------------------------------------


def test_only_the_buyer_brings_evidence_and_staff_rule_for_the_seller(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Tue 2025-06-24 12:00", calls_staff_in, "evidence", *went("evidence")),
        ("Wed 2025-06-25 12:00", shows_photographs, "evidence", "seller: evidence_submitted"),
        ("Fri 2025-06-27 23:59:59", shows_photographs, "evidence", "seller: evidence_submitted"),
        ("Sat 2025-06-28 00:00", refused(shows_parcel, "ruling"), "ruling", *went("ruling")),
        ("Wed 2025-07-02 10:00", rules_for_seller, "dismissed", *went("dismissed")),
    )


def test_once_both_have_brought_evidence_it_goes_to_staff(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Tue 2025-06-24 12:00", calls_staff_in, "evidence", *went("evidence")),
        ("Wed 2025-06-25 12:00", shows_parcel, "evidence", "buyer: evidence_submitted"),
        (
            "Wed 2025-06-25 13:00",
            shows_photographs,
            "ruling",
            *went("ruling"),
            "seller: evidence_submitted",
        ),
        ("Thu 2025-06-26 10:00", rules_for_buyer("200.00"), "refund_due", *DUE),
        ("Sun 2025-06-29 12:00", pays, "refunded", *went("refunded")),
    )


def test_the_evidence_window_ends_on_a_working_day(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Thu 2025-06-26 12:00", calls_staff_in, "evidence", *went("evidence")),
        ("Mon 2025-06-30 23:59:59", quiet, "evidence"),  # day 3 is Sunday 29
        ("Tue 2025-07-01 00:00", quiet, "ruling", *went("ruling")),
    )


def test_staff_are_late_twice_and_still_decide(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Tue 2025-06-24 12:00", calls_staff_in, "evidence", *went("evidence")),
        ("Sat 2025-06-28 00:00", quiet, "ruling", *went("ruling")),
        (
            "Fri 2025-07-04 00:00",  # from Friday 27: Monday 30 to Thursday 3
            quiet,
            "ruling, overdue",
            "staff: ruling_limit_level_1",
            "buyer: delayed",
        ),
        ("Tue 2025-07-08 00:00", quiet, "ruling, overdue", "staff: ruling_limit_level_2"),
        ("Wed 2025-07-09 10:00", refused(rules_for_buyer("300.01"), MORE), "ruling, overdue"),
        ("Wed 2025-07-09 10:01", rules_for_buyer(), "refund_due", *DUE),
    )


@pytest.mark.parametrize("before", ["negotiation", "evidence", "ruling"])
def test_the_buyer_may_cancel_until_it_is_decided(diary, before):
    to_evidence = ("Tue 2025-06-24 12:00", calls_staff_in, "evidence", *went("evidence"))
    to_ruling = ("Sat 2025-06-28 00:00", quiet, "ruling", *went("ruling"))
    way = {"negotiation": [], "evidence": [to_evidence], "ruling": [to_evidence, to_ruling]}

    day = "Sat 2025-06-28" if before == "ruling" else "Fri 2025-06-27"

    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        *way[before],
        (f"{day} 09:00", cancels, "cancelled", *went("cancelled")),
        (f"{day} 10:00", refused(calls_staff_in, "is cancelled"), "cancelled"),
    )


def test_a_refund_that_is_due_cannot_be_cancelled(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Mon 2025-06-23 09:00", agrees(), "refund_due", *DUE),
        ("Mon 2025-06-23 09:01", refused(cancels, "possible there: refund_paid"), "refund_due"),
    )


# -- the refund -------------------------------------------------------------------------------


def test_the_payment_system_may_say_that_it_was_paid(diary):
    by_system = sends("refund_paid", "system")

    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Mon 2025-06-23 09:00", agrees(), "refund_due", *DUE),
        ("Mon 2025-06-23 09:01", refused(sends("refund_paid", "buyer"), "for"), "refund_due"),
        ("Mon 2025-06-23 10:00", by_system, "refunded", *went("refunded")),
    )


def test_without_a_deposit_what_is_not_paid_in_time_is_all_short(diary):
    diary(
        ("Fri 2025-06-20 12:00", disputes(), "negotiation", *RECEIVED_ORDER),
        ("Mon 2025-06-23 09:00", agrees(), "refund_due", *DUE),
        (
            "Fri 2025-06-27 00:00",  # the window ends before an event of its instant
            refused(pays, "is partly_refunded"),
            "partly_refunded",
            *went("partly_refunded"),
        ),
    )
