"""A dispute about an order (订单纠纷), in which the buyer may ask staff to step in (申请客服介入), RULES 4.5.

A buyer asks for money back before the order's after-sales period ends. The two negotiate; the
seller may agree or refuse, the buyer may call staff in. Then both bring evidence, until both have
or the window closes, and staff rule. A refund that is due is paid by the seller in time, or claimed
from the shop's deposit as far as that reaches; at once when the shop is closed. What nobody pays is
recorded as the shortfall.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from orchestrator.core.facts import Instant, Money, Text
from orchestrator.core.instants import MICROS_PER_HOUR, parse_instant
from orchestrator.core.spanfield import SpanField
from orchestrator.core.spans import Span
from orchestrator.core.values import SYSTEM, Case, Effect, Event, Facts
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    RulesModel,
    after,
    at,
    both,
    choose,
    final,
    hears,
    limit,
    notify,
    on,
    opens,
    state,
    workflow,
)
from workflows.common import BUYER, SELLER, STAFF, Elapsed, Escalation, Reason
from workflows.refund import (
    REFUND_DUE,
    Payment,
    claim_from_the_deposit,
    paid_by_the_deposit,
    paid_by_the_seller,
    pay_what_was_claimed,
    tell_both_where_it_went,
    what_is_to_be_refunded,
    where_payment_leads,
)
from workflows.shop import shop_is_closed


class Rules(RulesModel):
    after_sales_reminder: Elapsed  # so long before the after-sales period ends
    intervention_after: Elapsed | None = None  # without it the buyer may call staff in at any time
    negotiation_limit: SpanField | None = None  # without it the after-sales period ends a dispute
    evidence_window: SpanField
    ruling_limit: SpanField
    refund_window: SpanField


class Dispute(FactsModel):
    order_id: Text
    buyer: Text
    amount: Money
    currency: Text | None = None
    after_sales_until: Instant
    reason: Text


class Agreement(FactsModel):
    amount: Money | None = None  # the claimed one


class Ruling(FactsModel):
    amount: Money
    reason: Text


class Evidence(FactsModel):
    evidence: Text


# -- what must hold ---------------------------------------------------------------------------


def order_is_in_its_after_sales_period(case: Case, event: Event, view: View) -> str | None:
    until = parse_instant(event.facts.after_sales_until)
    if view.at < until:
        return None
    return f"the after-sales period of order {event.facts.order_id} ended at {view.text(until)}"


def no_more_than_was_claimed(case: Case, event: Event, view: View) -> str | None:
    amount, claimed = event.facts.amount, Decimal(case.data["amount"])
    if amount is None or amount <= claimed:
        return None
    return f"case {case.id} claims {claimed}, and no more can be granted; got {amount}"


def intervention_is_open(case: Case, event: Event, view: View) -> str | None:
    """After so long a negotiation; at once when the seller refused, or when the shop is closed."""
    wait = view.rules.intervention_after
    if wait is None or "refusal" in case.data:
        return None
    start = case.opened_at + wait.number * MICROS_PER_HOUR
    if view.at >= start or shop_is_closed(view):
        return None
    return (
        f"case {case.id}: staff step in from {view.text(start)} on,"
        " or once the seller refuses or the shop is closed"
    )


def shop_is_open(case: Case, view: View) -> bool:
    return not shop_is_closed(view)


# -- deadlines of its own ---------------------------------------------------------------------


def end_of_after_sales(case: Case, view: View) -> int:
    return parse_instant(case.data["after_sales_until"])


def reminder_of_after_sales(case: Case, view: View) -> int:
    before: Span = view.rules.after_sales_reminder
    return end_of_after_sales(case, view) - before.number * MICROS_PER_HOUR


def where_after_sales_lead(case: Case, event: Event, view: View) -> str:
    """A dispute that was opened in time stays admissible where the rulebook gives it a limit."""
    return "expired" if view.rules.negotiation_limit is None else "negotiation"


# -- what is remembered -----------------------------------------------------------------------


def the_refusal(case: Case, event: Event, view: View) -> Facts:
    return {"refusal": event.facts.reason}


def who_has_brought_evidence(case: Case, event: Event, view: View) -> Facts:
    """What was brought is in the journal, once; here it is kept whose is there."""
    return {"evidence_by": sorted({*case.data.get("evidence_by", ()), event.by})}


def where_evidence_leads(case: Case, event: Event, view: View) -> str:
    """Once both have brought some there is nothing to wait for."""
    return "ruling" if {BUYER, SELLER} <= set(case.data["evidence_by"]) else "evidence"


# -- what follows -----------------------------------------------------------------------------


def tell_of_the_end_of_after_sales(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """Where it ends the dispute both are told that; where it does not the buyer is reminded."""
    if case.state == "expired":
        yield from tell_both_where_it_went(case, event, view)
    else:
        yield Effect(f"notify:{BUYER}:after_sales_ends", {})


def tell_of_evidence(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """The other party; and both that it goes to staff, once both have brought some."""
    if case.state == "ruling":
        yield from tell_both_where_it_went(case, event, view)
    other = SELLER if event.by == BUYER else BUYER
    yield Effect(f"notify:{other}:evidence_submitted", {})


def went(state: str) -> tuple[Any, ...]:
    return both(BUYER, SELLER, state)


cancel = on("cancel", BUYER, to="cancelled", do=went("cancelled"))

ORDER_DISPUTE = workflow(
    "order_dispute",
    opens(
        BUYER,
        Dispute,
        when=[order_is_in_its_after_sales_period],
        do=[notify(OPENER, "received")],
    ),
    state(
        "negotiation",
        at(
            "after_sales_reminder",
            reminder_of_after_sales,
            do=[notify(BUYER, "after_sales_reminder")],
        ),
        at(
            "after_sales_ends",
            end_of_after_sales,
            to=choose(where_after_sales_lead, "negotiation", "expired"),
            do=[tell_of_the_end_of_after_sales],
            then=after(
                "negotiation_limit",
                "order_dispute.negotiation_limit",
                to="expired",
                do=went("expired"),
            ),
        ),
        on(
            "agree",
            SELLER,
            needs=Agreement,
            when=[no_more_than_was_claimed],
            to="refund_due",
            fold=what_is_to_be_refunded,
            do=REFUND_DUE,
        ),
        on("refuse", SELLER, needs=Reason, fold=the_refusal, do=[notify(BUYER, "refused")]),
        on(
            "request_intervention",
            BUYER,
            when=[intervention_is_open],
            to="evidence",
            do=went("evidence"),
        ),
        cancel,
    ),
    state(
        "evidence",
        after("evidence_window", "order_dispute.evidence_window", to="ruling", do=went("ruling")),
        on(
            "submit_evidence",
            (BUYER, SELLER),
            needs=Evidence,
            to=choose(where_evidence_leads, "evidence", "ruling"),
            fold=who_has_brought_evidence,
            do=[tell_of_evidence],
        ),
        cancel,
    ),
    state(
        "ruling",
        limit("ruling_limit", "order_dispute.ruling_limit"),
        on(
            "rule_for_buyer",
            STAFF,
            needs=Ruling,
            when=[no_more_than_was_claimed],
            to="refund_due",
            fold=what_is_to_be_refunded,
            do=REFUND_DUE,
        ),
        on("rule_for_seller", STAFF, needs=Reason, to="dismissed", do=went("dismissed")),
        cancel,
    ),
    state(
        "refund_due",
        after(
            "refund_window",
            "order_dispute.refund_window",
            only=shop_is_open,  # else it has claimed already
            do=[claim_from_the_deposit],
        ),
        on(
            "refund_paid",
            (SELLER, SYSTEM),
            to="refunded",
            fold=paid_by_the_seller,
            do=[tell_both_where_it_went],
        ),
        hears("shop_closed", do=[claim_from_the_deposit]),  # from the standing or the deposit
        hears(
            "deposit_paid",
            needs=Payment,
            to=choose(where_payment_leads, "refunded", "partly_refunded"),
            fold=paid_by_the_deposit,
            do=[pay_what_was_claimed, tell_both_where_it_went],
        ),
    ),
    final("refunded", "partly_refunded", "dismissed", "cancelled", "expired"),
    rules={"order_dispute": Rules, "escalation": Escalation},
    story=__doc__ or "",
    source="RULES 4.5",
)
