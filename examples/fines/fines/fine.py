"""A road traffic fine, from the street to credit collection.

An officer creates a fine; it is sent, and notified to the offender. Sixty days after the
notification a penalty is added, whatever else happens: that is the one thing no person does.
Payments and appeals come at any time and leave the fine where it is.
"""

from __future__ import annotations

from decimal import Decimal

from orchestrator.core.facts import Money, Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    FactsModel,
    RulesModel,
    after,
    always,
    notify,
    on,
    opens,
    state,
    workflow,
)

OFFICER, OFFENDER, PREFECTURE = "officer", "offender", "prefecture"


class Rules(RulesModel):
    penalty: SpanField


class Created(FactsModel):
    amount: Money
    article: Text
    vehicle_class: Text | None = None


class Sent(FactsModel):
    expense: Money | None = None


class Payment(FactsModel):
    amount: Money


def sum_of_payments(case: Case, event: Event, view: View) -> dict[str, str]:
    paid = Decimal(case.data.get("paid", "0.00")) + event.facts.amount
    return {"paid": f"{paid:.2f}"}


FINE = workflow(
    "fine",
    opens(OFFICER, Created),
    state("created", on("send", OFFICER, needs=Sent, to="sent"), open_ended=True),
    state("sent", on("notify_offender", OFFICER, to="notified"), open_ended=True),
    state(
        "notified",
        after("penalty", "fine.penalty", to="penalised", do=[notify(OFFENDER, "penalty")]),
    ),
    state("penalised", on("collect", OFFICER, to="in_collection"), open_ended=True),
    state("in_collection", open_ended=True),
    always(
        on("pay", OFFENDER, needs=Payment, fold=sum_of_payments),
        on("date_appeal", PREFECTURE),
        on("send_appeal", PREFECTURE),
        on("receive_result", PREFECTURE),
        on("notify_result", PREFECTURE),
        on("appeal_to_judge", OFFENDER),
    ),
    rules={"fine": Rules},
    story=__doc__ or "",
    source="M. de Leoni and F. Mannhardt, Road Traffic Fine Management Process, 2015",
)
