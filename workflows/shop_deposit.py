"""The deposit of a shop (保证金), RULES 4.6.

Staff enter what a shop has deposited; the shop may add to it. Order disputes claim from it what the
seller did not pay: claims are paid in the order in which they arrive, as far as the balance
reaches, and each dispute is told what it got. When the shop closes the deposit is retained, until
no dispute is open any more and the seller asks for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from orchestrator.core.facts import Amount, Money, Text
from orchestrator.core.values import Case, Effect, Event, Facts, Message
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    choose,
    final,
    hears,
    notify,
    on,
    opens,
    state,
    workflow,
)
from workflows.common import SELLER, STAFF
from workflows.shop import deposit_of, waiting_for_a_refund


class Deposit(FactsModel):
    balance: Money
    currency: Text | None = None


class TopUp(FactsModel):
    amount: Money


class Claim(FactsModel):
    dispute: Text  # the case that claims, and that is answered
    amount: Amount


def docket_has_no_deposit(case: Case, event: Event, view: View) -> str | None:
    """One per docket, for good."""
    other = deposit_of(view)
    if other is None:
        return None
    return f"docket {case.docket} has a deposit: case {other.id}, {other.state}"


def no_dispute_is_open(case: Case, event: Event, view: View) -> str | None:
    pending = [d.id for d in view.cases("order_dispute") if d.closed_at is None]
    if not pending:
        return None
    return f"case {case.id} is not released while disputes are open: {', '.join(pending)}"


# -- what is remembered -----------------------------------------------------------------------


def first_paid_in(case: Case, event: Event, view: View) -> Facts:
    return {"deposited": case.data["balance"], "paid": "0.00"}


def more_paid_in(case: Case, event: Event, view: View) -> Facts:
    return {
        "balance": _plus(case, "balance", event.facts.amount),
        "deposited": _plus(case, "deposited", event.facts.amount),
    }


def pay_as_far_as_it_reaches(case: Case, event: Event, view: View) -> dict[str, Any]:
    claimed: Decimal = event.facts.amount
    balance = Decimal(case.data["balance"])
    paid = min(claimed, balance)
    answer = {"paid": f"{paid:.2f}", "shortfall": f"{claimed - paid:.2f}"}
    if paid < claimed:
        answer["why"] = f"the deposit had {balance:.2f} left"
    return {
        "balance": _plus(case, "balance", -paid),
        "paid": _plus(case, "paid", paid),
        "last_claim": {"dispute": event.facts.dispute, **answer},
    }


def closed_by_staff(case: Case, event: Event, view: View) -> Facts:
    return {"closed_by_staff": True}


def _plus(case: Case, name: str, amount: Decimal) -> str:
    return f"{Decimal(case.data[name]) + amount:.2f}"


# -- what follows -----------------------------------------------------------------------------


def tell_the_dispute(case: Case, event: Event, view: View) -> Iterator[Message]:
    told = {**case.data["last_claim"], "deposit": case.id}
    if "currency" in case.data:
        told["currency"] = case.data["currency"]
    yield Message(told.pop("dispute"), "deposit_paid", told)


def tell_waiting_disputes(case: Case, event: Event, view: View) -> Iterator[Message]:
    """Those that wait for their refund claim at once, in the order in which they began to wait."""
    for dispute in waiting_for_a_refund(view):
        yield Message(dispute.id, "shop_closed", {})


def where_a_reopened_shop_leaves_it(case: Case, event: Event, view: View) -> str:
    return "retained" if case.data.get("closed_by_staff") else "held"


def tell_it_was_topped_up(case: Case, event: Event, view: View) -> Iterator[Effect]:
    yield _notice(case, "deposit_topped_up")


def tell_it_is_retained(case: Case, event: Event, view: View) -> Iterator[Effect]:
    yield _notice(case, "deposit_retained")


def tell_it_is_released(case: Case, event: Event, view: View) -> Iterator[Effect]:
    yield _notice(case, "deposit_released")


def _notice(case: Case, template: str) -> Effect:
    """The seller is told with the balance."""
    told = {key: case.data[key] for key in ("balance", "currency") if key in case.data}
    return Effect(f"notify:{SELLER}:{template}", told)


top_up = on("top_up", SELLER, needs=TopUp, fold=more_paid_in, do=[tell_it_was_topped_up])
claim = hears("claim", needs=Claim, fold=pay_as_far_as_it_reaches, do=[tell_the_dispute])

SHOP_DEPOSIT = workflow(
    "shop_deposit",
    opens(
        STAFF,
        Deposit,
        when=[docket_has_no_deposit],
        fold=first_paid_in,
        do=[notify(OPENER, "received")],
    ),
    state(
        "held",
        top_up,
        claim,
        on(
            "shop_closed",
            STAFF,
            to="retained",
            fold=closed_by_staff,
            do=[tell_it_is_retained, tell_waiting_disputes],
        ),
        hears("shop_closed", to="retained", do=[tell_it_is_retained]),  # from the standing
        hears("shop_reopened"),  # it was opened while the account was closed
        open_ended=True,
    ),
    state(
        "retained",
        top_up,
        claim,
        on(
            "request_release",
            SELLER,
            when=[no_dispute_is_open],
            to="released",
            do=[tell_it_is_released],
        ),
        hears("shop_closed"),  # the account is closed too: nothing more to retain
        hears("shop_reopened", to=choose(where_a_reopened_shop_leaves_it, "held", "retained")),
        open_ended=True,
    ),
    final("released"),
    rules={},
    story=__doc__ or "",
    source="RULES 4.6",
    turn=1,  # its notices follow those of the disputes (RULES 5)
)
