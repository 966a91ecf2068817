"""What several of these workflows share: roles, facts, guards, and the supplement round."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from orchestrator.core.facts import Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.spans import Span
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import OPENER, FactsModel, RulesModel, follows, notify

COMPLAINANT, RESPONDENT, STAFF = "complainant", "respondent", "staff"
BUYER, SELLER = "buyer", "seller"


def _days_or_hours(span: Span) -> Span:
    if span.by_calendar:
        raise ValueError(
            f"calendar days or hours such as {{ days = 5 }}, without roll, got {span.as_data()}"
        )
    return span


def _elapsed(span: Span) -> Span:
    if span.unit != "hours":
        raise ValueError(f"elapsed time such as {{ hours = 168 }}, got {span.as_data()}")
    return span


Elapsed = Annotated[SpanField, AfterValidator(_elapsed)]
DaysOrHours = Annotated[SpanField, AfterValidator(_days_or_hours)]  # asks no calendar


class Escalation(RulesModel):
    """What every limit on staff does when it has passed."""

    level_2: SpanField


class Supplement(RulesModel):
    """How often, and for how long, staff may ask for more."""

    rounds: int = Field(ge=0)
    window: SpanField


class Reason(FactsModel):
    reason: Text


class Wanted(FactsModel):
    wanted: Text


class Materials(FactsModel):
    materials: Text


ASKED = follows(notify(OPENER, "supplement_requested"))
SUPPLIED = follows(notify("staff", "supplemented"))
NOT_SUPPLIED = follows(notify(OPENER, "closed_incomplete"))


def rounds_are_left(case: Case, event: Event, view: View) -> str | None:
    """At most so many supplement rounds as the rulebook allows."""
    most: int = view.rules_of(view.rulebook, "supplement").rounds
    asked = case.data.get("rounds", 0)
    if asked < most:
        return None
    return f"case {case.id}: {asked} supplements were requested; the rulebook allows {most}"


def one_more_round(case: Case, event: Event, view: View) -> dict[str, int]:
    return {"rounds": case.data.get("rounds", 0) + 1}
