"""What buyers, sellers and staff do about orders and deposits, and how a shop then stands."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.diaries.deeds import about, sends, together, violation
from tests.diaries.world import Deed, World

ORDER = {
    "order_id": "order-1",
    "buyer": "buyer-1",
    "amount": "300.00",
    "currency": "CNY",
    "after_sales_until": "2025-06-29T10:00:00+08:00",
    "reason": "not as described",
}


def disputes(amount: str = "300.00", **facts: Any) -> Deed:
    """Order-1 of shop-1, whose after-sales period ends on Sunday 29 June at 10:00."""
    given = {**ORDER, "amount": amount, **facts}
    return lambda world: world.opens("order_dispute", "shop-1", "buyer", given)


def agrees(amount: str | None = None) -> Deed:
    """To the whole claim, or to so much of it."""
    return sends("agree", "seller", **({} if amount is None else {"amount": amount}))


refuses = sends("refuse", "seller", reason="used")
pays = sends("refund_paid", "seller")
calls_staff_in = sends("request_intervention", "buyer")
cancels = sends("cancel", "buyer")
shows_photographs = sends("submit_evidence", "buyer", evidence="photographs")
shows_parcel = sends("submit_evidence", "seller", evidence="weight of the parcel")
rules_for_seller = sends("rule_for_seller", "staff", reason="as described")


def rules_for_buyer(amount: str = "300.00") -> Deed:
    return sends("rule_for_buyer", "staff", amount=amount, reason="as the photographs show")


def deposits(balance: str = "1000.00", **facts: Any) -> Deed:
    given = {"balance": balance, "currency": "CNY", **facts}
    return lambda world: world.opens("shop_deposit", "shop-1", "staff", given)


def tops_up(amount: str) -> Deed:
    return sends("top_up", "seller", amount=amount)


closes_shop = sends("shop_closed", "staff")
asks_for_release = sends("request_release", "seller")

the_deposit = partial(about, "deposit-1")
first, second, third = (partial(about, f"dispute-{n}") for n in (1, 2, 3))

# Three strikes close the account; each is undone by its complainant.
STRIKES = [violation(str(n), lane="severe") for n in (1, 2, 3)]
closes_account = together(*STRIKES)


def the_shop(world: World) -> str:
    """`account closed; deposit retained, 300.00; dispute-1 refunded, 700.00`."""
    account = world.orchestrator.standing("shop-1")["state"]
    words = [] if account == "good" else [f"account {account}"]
    for row in world.cases():
        if row["workflow"] == "shop_deposit":
            data = world.orchestrator.case(row["case"])["data"]
            words.append(f"deposit {row['state']}, {data['balance']}")
    for row in world.cases():
        if row["workflow"] == "order_dispute":
            words.append(f"{row['case']} {the_dispute(world, row['case'])}")
    return "; ".join(words) or "nothing"


def the_dispute(world: World, case: str | None = None) -> str:
    """`partly_refunded, 300.00, 300.00 short`: what was paid, and what was not."""
    shown = world.orchestrator.case(case or world.subject)
    data = shown["data"]
    words = [shown["state"], *(["overdue"] if shown["overdue"] else [])]
    if "paid" in data:
        words.append(data["paid"])
        words += [f"{data['shortfall']} short"] * (data["shortfall"] != "0.00")
    return ", ".join(words)
