"""Registration of an intellectual property right (知识产权备案), RULES 4.2.

An approved complainant deposits a trademark, copyright or patent, or the authorisation to act for
its holder. Staff are reminded after three working days and must decide within five. Confirmed
material serves every complaint while it is valid; it ends with the earlier of its two dates.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import ValidationInfo, model_validator

from orchestrator.core.facts import Day, Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.spans import Span
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    RulesModel,
    after,
    at,
    final,
    freezes,
    limit,
    notify,
    on,
    opens,
    state,
    target,
    workflow,
)
from workflows.common import (
    ASKED,
    COMPLAINANT,
    NOT_SUPPLIED,
    STAFF,
    SUPPLIED,
    DaysOrHours,
    Escalation,
    Materials,
    Reason,
    Supplement,
    Wanted,
    one_more_round,
    rounds_are_left,
)


class Rules(RulesModel):
    review_target: SpanField
    review_limit: SpanField
    expiry_reminder: DaysOrHours  # this long before the end


class Right(FactsModel):
    right_id: Text
    kind: Literal["trademark", "copyright", "patent"]
    holder: Text
    is_holder: bool
    proof: Text
    right_expires_on: Day
    authorisation: Text | None = None
    holder_identity: Text | None = None
    authorisation_expires_on: Day | None = None

    @model_validator(mode="after")
    def an_agent_shows_its_authorisation(self, _: ValidationInfo) -> Right:
        lacking = [
            name
            for name in ("authorisation", "holder_identity", "authorisation_expires_on")
            if getattr(self, name) is None
        ]
        if lacking and not self.is_holder:
            raise ValueError(f"{', '.join(lacking)}: required when is_holder is false, got nothing")
        return self


def complainant_is_approved(case: Case, event: Event, view: View) -> str | None:
    """A docket is approved while its latest registration is."""
    latest = view.one("complainant_registration")
    if latest is None:
        return f"{case.docket} has no registration as a complainant"
    if latest.state != "approved":
        return f"the registration of {case.docket} is {latest.state} (case {latest.id})"
    return None


def last_day_of_validity(case: Case) -> date:
    """The earlier of the right's and, for an agent, the authorisation's last day."""
    ends = (case.data.get(name) for name in ("right_expires_on", "authorisation_expires_on"))
    return min(date.fromisoformat(end) for end in ends if end is not None)


def end_of_validity(case: Case, view: View) -> int:
    """24:00 of the last day."""
    return view.zone.midnight(last_day_of_validity(case).toordinal() + 1)


def reminder_of_expiry(case: Case, view: View) -> int:
    """So long before the end as the rulebook says: calendar days, or hours."""
    before: Span = view.rules.expiry_reminder
    if before.unit == "hours":
        return end_of_validity(case, view) - before.number * 3_600_000_000
    return view.zone.midnight(last_day_of_validity(case).toordinal() + 1 - before.number)


RIGHTS_REGISTRATION = workflow(
    "rights_registration",
    opens(
        COMPLAINANT,
        Right,
        when=[complainant_is_approved],
        do=[notify(OPENER, "received")],
    ),
    state(
        "under_review",
        target("review_target", "rights_registration.review_target"),
        limit("review_limit", "rights_registration.review_limit"),
        on("confirm", STAFF, to="confirmed", do=[notify(COMPLAINANT, "confirm")]),
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
        freezes("review_target", "review_limit"),
        after("supplement_window", "supplement.window", to="closed_incomplete", do=NOT_SUPPLIED),
        on("supplement", COMPLAINANT, needs=Materials, to="under_review", do=SUPPLIED),
    ),
    state(
        "confirmed",
        at("expiry_reminder", reminder_of_expiry, do=[notify(COMPLAINANT, "expiry_reminder")]),
        at("expiry", end_of_validity, to="expired", do=[notify(COMPLAINANT, "expiry")]),
        on("revoke", STAFF, needs=Reason, to="revoked", do=[notify(COMPLAINANT, "revoke")]),
    ),
    final("rejected", "closed_incomplete", "expired", "revoked"),
    rules={
        "rights_registration": Rules,
        "supplement": Supplement,
        "escalation": Escalation,
    },
    story=__doc__ or "",
    source="RULES 4.2",
)
