"""A shop's deposit, and what disputes get of it: RULES 4.6, 4.5, and 5 for the order of effects."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    about,
    also_owns,
    appeals,
    becomes_known,
    overturns,
    power_cut,
    quiet,
    refused,
    responds,
    sends,
    together,
    violation,
)
from tests.diaries.orders import (
    agrees,
    asks_for_release,
    calls_staff_in,
    cancels,
    closes_account,
    closes_shop,
    deposits,
    disputes,
    first,
    second,
    the_deposit,
    the_shop,
    third,
    tops_up,
)
from tests.diaries.words import (
    DUE,
    FORWARDED,
    KNOWN,
    PAID,
    PARTLY_PAID,
    RECEIVED,
    RECEIVED_ORDER,
    RELEASED,
    RESTRICTED,
    RETAINED,
    TOLD,
    TOPPED_UP,
    went,
)

RECEIVED_DEPOSIT = ("staff: received",)
STRIKE = (*RECEIVED, *RESTRICTED)
IS_DEPOSITED = (
    "Mon 2025-06-02 09:00",
    the_deposit(deposits()),
    "deposit held, 1000.00",
    *RECEIVED_DEPOSIT,
)
ORDERS = (
    "Thu 2025-06-05 09:00",
    together(first(disputes("700.00")), second(disputes("600.00", order_id="order-2"))),
    "deposit held, 1000.00; dispute-1 negotiation; dispute-2 negotiation",
    *RECEIVED_ORDER * 2,
)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="deposit-1", in_words=the_shop)


@pytest.fixture
def closable(diary: Callable[..., None]) -> Callable[..., None]:
    """The same of a shop against which holder-1 has rights enough to close it."""
    known = ("Sun 2025-06-01 10:00", together(becomes_known(), also_owns("TM-2")), "nothing")
    told = (*KNOWN, *KNOWN[2:])
    return lambda *lines: diary((*known, *told), *lines)


# -- what is paid in --------------------------------------------------------------------------


def test_a_docket_has_one_deposit_and_the_seller_adds_to_it(diary):
    another = about("deposit-2", deposits("5.00"))

    diary(
        IS_DEPOSITED,
        ("Tue 2025-06-03 09:00", refused(another, "case deposit-1, held"), "deposit held, 1000.00"),
        ("Tue 2025-06-03 10:00", tops_up("0.10"), "deposit held, 1000.10", *TOPPED_UP),
        ("Tue 2025-06-03 10:01", tops_up("0.20"), "deposit held, 1000.30", *TOPPED_UP),
    )


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (sends("top_up", "staff", amount="1.00"), "top_up is for seller"),
        (tops_up("0.00"), "amount: an amount greater than 0"),
        (tops_up("0.001"), "amount: an amount greater than 0 with at most two places"),
        (sends("shop_closed", "seller"), "shop_closed is for staff"),
        (sends("shop_closed", "system"), "shop_closed is for staff"),
        (sends("shop_reopened", "system"), "message between cases"),
        (sends("claim", "system"), "message between cases"),
        (asks_for_release, "is held"),
    ],
)
def test_what_is_not_theirs_to_say_is_refused(diary, deed, words):
    diary(
        IS_DEPOSITED,
        ("Tue 2025-06-03 09:00", refused(deed, words), "deposit held, 1000.00"),
    )


@pytest.mark.parametrize("balance", ["0", "-5", "1.234", ""])
def test_a_deposit_is_an_amount_of_money(diary, balance):
    diary(("Mon 2025-06-02 09:00", refused(deposits(balance), "balance: an amount"), "nothing"))


# -- claims -----------------------------------------------------------------------------------


def test_it_pays_the_first_claim_whole_and_the_second_as_far_as_it_reaches(diary):
    due = "deposit held, 1000.00; dispute-1 refund_due; dispute-2 negotiation"
    paid = "dispute-1 refunded, 700.00; dispute-2"

    diary(
        IS_DEPOSITED,
        ORDERS,
        ("Fri 2025-06-06 09:00", first(agrees()), due, *DUE),
        (
            "Mon 2025-06-09 09:00",
            second(agrees()),
            due.replace("2 negotiation", "2 refund_due"),
            *DUE,
        ),
        ("Mon 2025-06-09 23:59:59", quiet, due.replace("2 negotiation", "2 refund_due")),
        ("Tue 2025-06-10 00:00", quiet, f"deposit held, 300.00; {paid} refund_due", *PAID),
        (
            "Fri 2025-06-13 00:00",
            quiet,
            f"deposit held, 0.00; {paid} partly_refunded, 300.00, 300.00 short",
            *PARTLY_PAID,
        ),
    )


def test_at_one_midnight_the_one_that_waited_first_is_paid_first(diary):
    both = "dispute-1 partly_refunded, 400.00, 300.00 short; dispute-2 refunded, 600.00"

    diary(
        IS_DEPOSITED,
        ORDERS,
        (
            "Fri 2025-06-06 09:00",
            second(agrees()),
            "deposit held, 1000.00; dispute-1 negotiation; dispute-2 refund_due",
            *DUE,
        ),
        (
            "Fri 2025-06-06 09:01",
            first(agrees()),
            "deposit held, 1000.00; dispute-1 refund_due; dispute-2 refund_due",
            *DUE,
        ),
        ("Wed 2025-06-11 10:00", power_cut, f"deposit held, 0.00; {both}", *PAID, *PARTLY_PAID),
    )


def test_an_empty_deposit_pays_nothing_and_commands_nothing(diary):
    diary(
        ("Mon 2025-06-02 09:00", deposits("700.00"), "deposit held, 700.00", *RECEIVED_DEPOSIT),
        (ORDERS[0], ORDERS[1], ORDERS[2].replace("1000.00", "700.00"), *ORDERS[3:]),
        (
            "Fri 2025-06-06 09:00",
            together(first(agrees()), second(agrees())),
            "deposit held, 700.00; dispute-1 refund_due; dispute-2 refund_due",
            *DUE * 2,
        ),
        (
            "Tue 2025-06-10 00:00",
            quiet,
            (
                "deposit held, 0.00; dispute-1 refunded, 700.00;"
                " dispute-2 partly_refunded, 0.00, 600.00 short"
            ),
            *PAID,
            *went("partly_refunded"),
        ),
    )


def test_another_currency_is_not_paid_from_it(diary):
    diary(
        IS_DEPOSITED,
        (
            "Thu 2025-06-05 09:00",
            together(first(disputes(currency="USD"), agrees())),
            "deposit held, 1000.00; dispute-1 refund_due",
            *RECEIVED_ORDER,
            *DUE,
        ),
        (
            "Tue 2025-06-10 00:00",
            quiet,
            "deposit held, 1000.00; dispute-1 partly_refunded, 0.00, 300.00 short",
            *went("partly_refunded"),
        ),
    )


def test_a_currency_that_is_not_named_is_that_of_the_deposit(diary):
    diary(
        IS_DEPOSITED,
        (
            "Thu 2025-06-05 09:00",
            first(disputes(currency=None), agrees()),
            "deposit held, 1000.00; dispute-1 refund_due",
            *RECEIVED_ORDER,
            *DUE,
        ),
        ("Tue 2025-06-10 00:00", quiet, "deposit held, 700.00; dispute-1 refunded, 300.00", *PAID),
    )


# -- staff close the shop ---------------------------------------------------------------------


def test_when_staff_close_the_shop_those_that_wait_claim_at_once_in_order(diary):
    """Its own notice comes last: in one cause effects stand in the order of RULES 5."""
    paid = "dispute-1 partly_refunded, 400.00, 300.00 short; dispute-2 refunded, 600.00"

    diary(
        IS_DEPOSITED,
        ORDERS,
        (
            "Fri 2025-06-06 09:00",
            together(second(agrees()), first(agrees())),
            "deposit held, 1000.00; dispute-1 refund_due; dispute-2 refund_due",
            *DUE * 2,
        ),
        (
            "Fri 2025-06-06 10:00",
            closes_shop,
            f"deposit retained, 0.00; {paid}",
            *("pay_from_deposit",) * 2,
            *went("refunded"),
            *went("partly_refunded"),
            *RETAINED,
        ),
        (
            "Fri 2025-06-06 10:01",
            refused(closes_shop, "is retained"),
            f"deposit retained, 0.00; {paid}",
        ),
        ("Fri 2025-06-06 10:02", tops_up("9.00"), f"deposit retained, 9.00; {paid}", *TOPPED_UP),
    )


def test_in_a_closed_shop_a_refund_is_claimed_as_soon_as_it_is_due(diary):
    diary(
        IS_DEPOSITED,
        ORDERS,
        (
            "Fri 2025-06-06 09:00",
            closes_shop,
            "deposit retained, 1000.00; dispute-1 negotiation; dispute-2 negotiation",
            *RETAINED,
        ),
        (
            "Fri 2025-06-06 10:00",
            first(agrees()),
            "deposit retained, 300.00; dispute-1 refunded, 700.00; dispute-2 negotiation",
            "request_refund",
            "pay_from_deposit",
            *went("refund_due"),
            *went("refunded"),
        ),
    )


def test_the_rest_is_released_once_no_dispute_is_open(diary):
    open_ones = refused(asks_for_release, "dispute-1, dispute-2")
    late = third(disputes(order_id="order-3"), agrees())
    gone = "dispute-1 cancelled; dispute-2 cancelled"

    diary(
        IS_DEPOSITED,
        ORDERS,
        (
            "Fri 2025-06-06 09:00",
            together(closes_shop, first(calls_staff_in)),
            "deposit retained, 1000.00; dispute-1 evidence; dispute-2 negotiation",
            *RETAINED,
            *went("evidence"),
        ),
        (
            "Fri 2025-06-06 10:00",
            open_ones,
            "deposit retained, 1000.00; dispute-1 evidence; dispute-2 negotiation",
        ),
        (
            "Fri 2025-06-06 11:00",
            together(first(cancels), second(cancels)),
            f"deposit retained, 1000.00; {gone}",
            *went("cancelled") * 2,
        ),
        ("Fri 2025-06-06 12:00", asks_for_release, f"deposit released, 1000.00; {gone}", *RELEASED),
        (
            "Fri 2025-06-06 13:00",
            late,
            f"deposit released, 1000.00; {gone}; dispute-3 partly_refunded, 0.00, 300.00 short",
            *RECEIVED_ORDER,
            "request_refund",
            *went("refund_due"),
            *went("partly_refunded"),
        ),
        (
            "Fri 2025-06-06 14:00",
            refused(about("deposit-2", deposits()), "case deposit-1, released"),
            f"deposit released, 1000.00; {gone}; dispute-3 partly_refunded, 0.00, 300.00 short",
        ),
    )


# -- the account is closed --------------------------------------------------------------------

THREE_STRIKES = (  # at one instant: each is filed and upheld
    *STRIKE * 2,
    *RECEIVED,
    "delete_listings",
    "close_account",
)
UPHELD = ("both: upheld", *TOLD)


def test_a_closed_account_retains_the_deposit_and_pays_those_that_wait(closable):
    waits = "deposit held, 1000.00; dispute-1 refund_due; dispute-2 negotiation"

    closable(
        IS_DEPOSITED,
        ORDERS,
        ("Fri 2025-06-06 09:00", first(agrees()), waits, *DUE),
        (
            "Fri 2025-06-06 10:00",
            closes_account,
            (
                "account closed; deposit retained, 300.00;"
                " dispute-1 refunded, 700.00; dispute-2 negotiation"
            ),
            *THREE_STRIKES,
            "pay_from_deposit",
            *UPHELD,
            *went("refunded"),
            *RETAINED,
        ),
        (
            "Fri 2025-06-06 11:00",
            second(agrees()),
            (
                "account closed; deposit retained, 0.00;"
                " dispute-1 refunded, 700.00; dispute-2 partly_refunded, 300.00, 300.00 short"
            ),
            "request_refund",
            "pay_from_deposit",
            *went("refund_due"),
            *went("partly_refunded"),
        ),
    )


REVERSES = about("complaint-1", overturns)


def test_a_closure_that_is_reversed_gives_the_deposit_back(closable):
    """Of what was paid meanwhile nothing comes back; the next refund has its window again."""
    closable(
        IS_DEPOSITED,
        (
            "Fri 2025-06-06 10:00",
            closes_account,
            "account closed; deposit retained, 1000.00",
            *THREE_STRIKES,
            *UPHELD,
            *RETAINED,
        ),
        (
            "Thu 2025-06-12 10:00",
            quiet,
            "account closed; deposit retained, 1000.00",
            *["both: final"] * 3,
        ),
        (
            "Thu 2025-06-12 11:00",
            REVERSES,
            "account restricted; deposit held, 1000.00",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: overturned",
            *TOLD,
        ),
        (
            "Thu 2025-06-12 12:00",
            first(disputes(), agrees()),
            "account restricted; deposit held, 1000.00; dispute-1 refund_due",
            *RECEIVED_ORDER,
            *DUE,
        ),
        (
            "Mon 2025-06-16 23:00",
            quiet,
            "account restricted; deposit held, 1000.00; dispute-1 refund_due",
        ),
        (
            "Tue 2025-06-17 00:00",
            quiet,
            "account restricted; deposit held, 700.00; dispute-1 refunded, 300.00",
            *PAID,
        ),
    )


def test_what_staff_closed_stays_closed_when_the_account_is_opened_again(closable):
    closable(
        IS_DEPOSITED,
        ("Thu 2025-06-05 10:00", closes_shop, "deposit retained, 1000.00", *RETAINED),
        (
            "Fri 2025-06-06 10:00",
            closes_account,
            "account closed; deposit retained, 1000.00",
            *THREE_STRIKES,
            *UPHELD,
        ),
        (
            "Thu 2025-06-12 10:00",
            quiet,
            "account closed; deposit retained, 1000.00",
            *["both: final"] * 3,
        ),
        (
            "Thu 2025-06-12 11:00",
            REVERSES,
            "account restricted; deposit retained, 1000.00",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: overturned",
            *TOLD,
        ),
        (
            "Thu 2025-06-12 12:00",
            asks_for_release,
            "account restricted; deposit released, 1000.00",
            *RELEASED,
        ),
    )


def test_a_deposit_made_when_the_shop_is_closed_is_held_and_pays_all_the_same(closable):
    """Staff may still retain it; the reversal of the closure finds it held or retained."""
    closable(
        (
            "Fri 2025-06-06 10:00",
            closes_account,
            "account closed",
            *THREE_STRIKES,
            *UPHELD,
        ),
        (
            "Fri 2025-06-06 11:00",
            together(deposits(), first(disputes(), agrees())),
            "account closed; deposit held, 700.00; dispute-1 refunded, 300.00",
            *RECEIVED_DEPOSIT,
            *RECEIVED_ORDER,
            "request_refund",
            "pay_from_deposit",
            *went("refund_due"),
            *went("refunded"),
        ),
        (
            "Thu 2025-06-12 10:00",
            quiet,
            "account closed; deposit held, 700.00; dispute-1 refunded, 300.00",
            *["both: final"] * 3,
        ),
        (
            "Thu 2025-06-12 11:00",
            REVERSES,
            "account restricted; deposit held, 700.00; dispute-1 refunded, 300.00",
            "restore_listings",
            "restrict_account",
            "reopen_account",
            "both: overturned",
            *TOLD,
        ),
    )


def test_a_closure_that_waits_for_an_appeal_closes_the_shop_when_that_is_decided(closable):
    """While it is pending the shop is not closed; the withdrawal of a rival does not matter."""
    two = together(violation("1", lane="severe"), about("complaint-1", appeals, responds))
    dismiss = about("complaint-1", sends("dismiss_appeal", "staff", reason="no licence"))
    waits = "account {}; deposit held, 1000.00; dispute-1 refund_due; dispute-2 negotiation"

    closable(
        IS_DEPOSITED,
        ORDERS,
        (
            "Fri 2025-06-06 10:00",
            two,
            (
                "account restricted; deposit held, 1000.00;"
                " dispute-1 negotiation; dispute-2 negotiation"
            ),
            *STRIKE,
            *FORWARDED,
            "staff: intervention",
            "both: intervention",
        ),
        (
            "Fri 2025-06-06 11:00",
            together(violation("2", lane="severe"), violation("3", lane="severe")),
            (
                "account closure_pending; deposit held, 1000.00;"
                " dispute-1 negotiation; dispute-2 negotiation"
            ),
            *STRIKE * 2,
        ),
        ("Fri 2025-06-06 12:00", first(agrees()), waits.format("closure_pending"), *DUE),
        (
            "Mon 2025-06-09 10:00",
            dismiss,
            (
                "account closed; deposit retained, 300.00;"
                " dispute-1 refunded, 700.00; dispute-2 negotiation"
            ),
            "close_account",
            "pay_from_deposit",
            "both: final",
            *TOLD,
            *went("refunded"),
            *RETAINED,
        ),
    )


# -- names that are anybody's to choose ---------------------------------------------------------


@pytest.mark.parametrize("name", ["account_standing", "shop_deposit", "order_dispute"])
def test_a_dispute_may_be_named_like_a_workflow_and_is_paid_all_the_same(diary, name):
    named = about(name, disputes(), agrees())

    diary(
        IS_DEPOSITED,
        (
            "Thu 2025-06-05 09:00",
            named,
            f"deposit held, 1000.00; {name} refund_due",
            *RECEIVED_ORDER,
            *DUE,
        ),
        (
            "Tue 2025-06-10 00:00",
            quiet,
            f"deposit held, 700.00; {name} refunded, 300.00",
            *PAID,
        ),
    )


# -- what is told -------------------------------------------------------------------------------


def contents(world, name):
    """What each effect of a name tells, but the case's own words."""
    own = {"workflow", "state", "rulebook", "source", "because", "deadlines"}
    found = [json.loads(row[5]) for row in world.outbox() if row[4] == name]
    return [{key: value for key, value in told.items() if key not in own} for told in found]


def test_notices_about_money_say_how_much_and_why_not_all(diary):
    world = diary(
        ("Mon 2025-06-02 09:00", deposits("200.00"), "deposit held, 200.00", *RECEIVED_DEPOSIT),
        (
            "Thu 2025-06-05 09:00",
            first(disputes(currency=None), agrees("250.00")),
            "deposit held, 200.00; dispute-1 refund_due",
            *RECEIVED_ORDER,
            *DUE,
        ),
        (
            "Tue 2025-06-10 00:00",
            quiet,
            "deposit held, 0.00; dispute-1 partly_refunded, 200.00, 50.00 short",
            *PARTLY_PAID,
        ),
        (
            "Tue 2025-06-10 10:00",
            closes_shop,
            "deposit retained, 0.00; dispute-1 partly_refunded, 200.00, 50.00 short",
            *RETAINED,
        ),
    )

    order = {"order_id": "order-1", "buyer": "buyer-1"}
    assert contents(world, "notify:buyer:refund_due") == [{"refund": "250.00"}]
    assert contents(world, "command:pay_from_deposit") == [
        {**order, "amount": "200.00", "currency": "CNY", "deposit": "deposit-1"}
    ]
    assert contents(world, "notify:seller:partly_refunded") == [
        {
            "refund": "250.00",
            "paid": "200.00",
            "shortfall": "50.00",
            "why": "the deposit had 200.00 left",
        }
    ]
    assert contents(world, "notify:seller:deposit_retained") == [
        {"balance": "0.00", "currency": "CNY"}
    ]


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ([], "the shop has no deposit"),
        ([the_deposit(deposits(currency="USD"))], "the deposit is in USD, the claim in CNY"),
        (
            [the_deposit(deposits(), closes_shop, asks_for_release)],
            "deposit deposit-1 was released",
        ),
        ([the_deposit(deposits(currency="cny"))], None),
    ],
)
def test_a_shortfall_says_why(world, before, why):
    world.move_to("Thu 2025-06-05 09:00")
    together(*before, first(disputes(), agrees()))(world)
    world.move_to("Tue 2025-06-10 00:00")

    world.orchestrator.engine.advance()

    data = world.orchestrator.case("dispute-1")["data"]
    assert data.get("why") == why
    assert data["shortfall"] == ("0.00" if why is None else "300.00")


def test_evidence_is_kept_once_however_much_there_is(world):
    """The text is in the entry that brought it; the case remembers whose there is."""
    world.move_to("Thu 2025-06-05 09:00")
    together(first(disputes(), calls_staff_in))(world)
    for n in range(20):
        first(sends("submit_evidence", "buyer", evidence=f"{n}" * 1_000))(world)

    assert world.orchestrator.case("dispute-1")["data"]["evidence_by"] == ["buyer"]
    assert all(len(json.dumps(entry)) < 4_000 for entry in world.journal())
