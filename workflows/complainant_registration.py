"""Registration of a complainant (投诉方注册), RULES 4.1.

A person or a company asks to be known as a complainant. Staff look at the papers within two
working days; twice they may ask for more, and while they wait for it their own clock stands still.
Approved, the complainant may register rights and file complaints, until suspended or banned.
"""

from __future__ import annotations

from typing import Literal

from orchestrator.core.facts import Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    RulesModel,
    after,
    final,
    freezes,
    limit,
    notify,
    on,
    opens,
    state,
    workflow,
)
from workflows.common import (
    ASKED,
    COMPLAINANT,
    NOT_SUPPLIED,
    STAFF,
    SUPPLIED,
    Escalation,
    Materials,
    Reason,
    Supplement,
    Wanted,
    one_more_round,
    rounds_are_left,
)


class Rules(RulesModel):
    review_limit: SpanField


class Registration(FactsModel):
    kind: Literal["person", "entity"]
    name: Text
    identity_document: Text  # an evidence id or text


def no_other_registration_stands(case: Case, event: Event, view: View) -> str | None:
    """One registration at a time, and none any more after a ban."""
    for other in view.cases("complainant_registration"):
        if other.state == "banned":
            return f"{case.docket} was banned (case {other.id})"
        if other.closed_at is None:
            return f"{case.docket} has a registration that is {other.state} (case {other.id})"
    return None


COMPLAINANT_REGISTRATION = workflow(
    "complainant_registration",
    opens(
        COMPLAINANT,
        Registration,
        when=[no_other_registration_stands],
        do=[notify(OPENER, "received")],
    ),
    state(
        "under_review",
        limit("review_limit", "complainant_registration.review_limit"),
        on("approve", STAFF, to="approved", do=[notify(COMPLAINANT, "approve")]),
        on("reject", STAFF, needs=Reason, to="rejected", do=[notify(COMPLAINANT, "reject")]),
        on(
            "request_supplement",
            STAFF,
            needs=Wanted,
            when=[rounds_are_left],
            to="supplement_requested",
            fold=one_more_round,
            do=ASKED,
        ),
    ),
    state(
        "supplement_requested",
        freezes("review_limit"),
        after("supplement_window", "supplement.window", to="closed_incomplete", do=NOT_SUPPLIED),
        on("supplement", COMPLAINANT, needs=Materials, to="under_review", do=SUPPLIED),
    ),
    state(
        "approved",
        on("suspend", STAFF, needs=Reason, to="suspended", do=[notify(COMPLAINANT, "suspend")]),
        on("ban", STAFF, needs=Reason, to="banned", do=[notify(COMPLAINANT, "ban")]),
        open_ended=True,
    ),
    state(
        "suspended",
        on("reinstate", STAFF, to="approved", do=[notify(COMPLAINANT, "reinstate")]),
        on("ban", STAFF, needs=Reason, to="banned", do=[notify(COMPLAINANT, "ban")]),
        open_ended=True,
    ),
    final("rejected", "closed_incomplete", "banned"),
    rules={
        "complainant_registration": Rules,
        "supplement": Supplement,
        "escalation": Escalation,
    },
    story=__doc__ or "",
    source="RULES 4.1",
)
