"""A refund that is due: paid by the seller, or claimed from the shop's deposit (RULES 4.5, 4.6).

Whatever way it goes, the dispute keeps what was paid, and what nobody pays as its shortfall.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from orchestrator.core.facts import Amount, Text
from orchestrator.core.values import Case, Effect, Event, Facts, Message
from orchestrator.core.view import View
from orchestrator.core.workflow import FactsModel, follows
from workflows.common import BUYER, SELLER
from workflows.shop import deposit_of, shop_is_closed


class Payment(FactsModel):
    paid: Amount
    shortfall: Amount
    why: Text | None = None  # there is a shortfall
    deposit: Text | None = None  # the case that pays
    currency: Text | None = None  # of the deposit


# -- what is remembered -----------------------------------------------------------------------


def what_is_to_be_refunded(case: Case, event: Event, view: View) -> Facts:
    return {"refund": event.given.get("amount", case.data["amount"])}


def paid_by_the_seller(case: Case, event: Event, view: View) -> Facts:
    return {"paid": case.data["refund"], "shortfall": "0.00"}


def paid_by_the_deposit(case: Case, event: Event, view: View) -> Facts:
    why = {"why": event.facts.why} if event.facts.why else {}
    return {"paid": f"{event.facts.paid:.2f}", "shortfall": f"{event.facts.shortfall:.2f}", **why}


def where_payment_leads(case: Case, event: Event, view: View) -> str:
    return "partly_refunded" if Decimal(case.data["shortfall"]) else "refunded"


# -- what follows -----------------------------------------------------------------------------


def request_the_refund(case: Case, event: Event, view: View) -> Iterator[Effect]:
    yield Effect("command:request_refund", _refund(case, case.data["refund"]))


def pay_what_was_claimed(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """A claim that pays nothing commands nothing."""
    if event.facts.paid:
        named = {key: event.given[key] for key in ("deposit", "currency") if key in event.given}
        yield Effect("command:pay_from_deposit", {**named, **_refund(case, case.data["paid"])})


def _refund(case: Case, amount: str) -> dict[str, Any]:
    known = {key: case.data[key] for key in ("order_id", "buyer", "currency") if key in case.data}
    return {**known, "amount": amount}


def tell_both_where_it_went(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """With what is to be refunded, what was paid, and what was not and why."""
    money = ("refund", "paid", "shortfall", "why", "currency")
    told = {key: case.data[key] for key in money if key in case.data and "refund" in case.data}
    for role in (BUYER, SELLER):
        yield Effect(f"notify:{role}:{case.state}", told)


def claim_from_the_deposit(case: Case, event: Event, view: View) -> Iterator[Message]:
    """Without a deposit, from a released one or one of another currency, all is shortfall."""
    deposit, amount = deposit_of(view), case.data["refund"]
    why = _pays_nothing(case, deposit)
    if deposit is None or why is not None:
        yield Message(case.id, "deposit_paid", {"paid": "0.00", "shortfall": amount, "why": why})
    else:
        yield Message(deposit.id, "claim", {"dispute": case.id, "amount": amount})


def claim_if_the_shop_is_closed(case: Case, event: Event, view: View) -> Iterator[Message]:
    if shop_is_closed(view):
        yield from claim_from_the_deposit(case, event, view)


def _pays_nothing(case: Case, deposit: Case | None) -> str | None:
    """Why a deposit cannot pay; a currency that was not named is the other's."""
    if deposit is None:
        return "the shop has no deposit"
    if deposit.state == "released":
        return f"deposit {deposit.id} was released"
    claims, holds = case.data.get("currency"), deposit.data.get("currency")
    if claims and holds and claims.upper() != holds.upper():
        return f"the deposit is in {holds}, the claim in {claims}"
    return None


# In a closed shop the claim belongs to the cause that made the refund due: nothing comes between.
REFUND_DUE = follows(request_the_refund, tell_both_where_it_went, claim_if_the_shop_is_closed)
