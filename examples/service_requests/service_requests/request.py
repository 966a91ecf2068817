"""A service request, from the street to the repair.

A citizen reports a pothole, a dark street light, a noise. The desk looks at it within its office
hours, asks back where the report does not say enough, and gives it to a department. What is a
danger is made safe first, by day or by night. The department has it inspected and repairs it, or
says why it will not. For two weeks the citizen may have it opened again. Staff who are late are
overdue, never out: nothing here is decided by their silence.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchestrator.core.facts import Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    FactsModel,
    RulesModel,
    after,
    choose,
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

CITIZEN, DESK, DEPARTMENT, INSPECTOR = "citizen", "staff", "department", "inspector"
DONE = ("resolved", "declined")


class Rules(RulesModel):
    triage_target: SpanField
    triage_limit: SpanField
    answer_window: SpanField
    make_safe_limit: SpanField
    inspection_target: SpanField
    inspection_limit: SpanField
    repair_limit: SpanField
    reopen_window: SpanField
    level_2: SpanField
    questions: int = Field(ge=0)
    reopenings: int = Field(ge=0)


class Report(FactsModel):
    kind: Literal["pothole", "street_light", "noise"]
    where: Text


class Question(FactsModel):
    question: Text


class Answer(FactsModel):
    answer: Text


class Triage(FactsModel):
    department: Text
    danger: bool


class Finding(FactsModel):
    finding: Text


class Reason(FactsModel):
    reason: Text


def is_not_under_way(case: Case, event: Event, view: View) -> str | None:
    """A docket is a place: what is reported there twice is repaired once."""
    for other in view.cases("service_request"):
        same = other.data["kind"] == event.facts.kind
        if same and other.closed_at is None and other.state not in DONE:
            return f"{other.id} about a {event.facts.kind} at {case.docket} is {other.state}"
    return None


def questions_are_left(case: Case, event: Event, view: View) -> str | None:
    asked, most = case.data.get("asked", 0), view.rules.questions
    return None if asked < most else f"questions so far: {asked}, of {most} at most"


def reopenings_are_left(case: Case, event: Event, view: View) -> str | None:
    so_far, most = case.data.get("reopened", 0), view.rules.reopenings
    return None if so_far < most else f"reopenings so far: {so_far}, of {most} at most"


def one_more_question(case: Case, event: Event, view: View) -> dict[str, int]:
    return {"asked": case.data.get("asked", 0) + 1}


def one_more_reopening(case: Case, event: Event, view: View) -> dict[str, int]:
    return {"reopened": case.data.get("reopened", 0) + 1}


def department_of_it(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"department": event.facts.department}


def by_danger(case: Case, event: Event, view: View) -> str:
    return "unsafe" if event.facts.danger else "assigned"


SERVICE_REQUEST = workflow(
    "service_request",
    opens(CITIZEN, Report, when=[is_not_under_way], do=[notify(CITIZEN, "received")]),
    state(
        "received",
        target("triage_target", "service_request.triage_target"),
        limit("triage_limit", "service_request.triage_limit", level_2="service_request.level_2"),
        on(
            "triage",
            DESK,
            needs=Triage,
            to=choose(by_danger, "unsafe", "assigned"),
            fold=department_of_it,
            do=[notify(CITIZEN, "assigned"), notify(DEPARTMENT, "assigned")],
        ),
        on(
            "ask",
            DESK,
            needs=Question,
            when=[questions_are_left],
            to="waiting",
            fold=one_more_question,
            do=[notify(CITIZEN, "question")],
        ),
        on("decline", DESK, needs=Reason, to="declined", do=[notify(CITIZEN, "declined")]),
        on("withdraw", CITIZEN, to="withdrawn"),
    ),
    state(
        "waiting",
        freezes("triage_target", "triage_limit"),
        after(
            "answer_window",
            "service_request.answer_window",
            to="unanswered",
            do=[notify(CITIZEN, "unanswered")],
        ),
        on("answer", CITIZEN, needs=Answer, to="received", do=[notify(DESK, "answered")]),
        on("withdraw", CITIZEN, to="withdrawn"),
    ),
    state(
        "unsafe",
        limit(
            "make_safe_limit", "service_request.make_safe_limit", level_2="service_request.level_2"
        ),
        on("make_safe", DEPARTMENT, to="assigned", do=[notify(CITIZEN, "made_safe")]),
    ),
    state(
        "assigned",
        target("inspection_target", "service_request.inspection_target"),
        limit(
            "inspection_limit",
            "service_request.inspection_limit",
            level_2="service_request.level_2",
        ),
        on("inspect", INSPECTOR, needs=Finding, to="in_work"),
        on("decline", DEPARTMENT, needs=Reason, to="declined", do=[notify(CITIZEN, "declined")]),
        on("withdraw", CITIZEN, to="withdrawn"),
    ),
    state(
        "in_work",
        limit("repair_limit", "service_request.repair_limit", level_2="service_request.level_2"),
        on("resolve", DEPARTMENT, needs=Finding, to="resolved", do=[notify(CITIZEN, "resolved")]),
        on("decline", DEPARTMENT, needs=Reason, to="declined", do=[notify(CITIZEN, "declined")]),
    ),
    state(
        "resolved",
        after("reopen_window", "service_request.reopen_window", to="closed"),
        on(
            "reopen",
            CITIZEN,
            needs=Reason,
            when=[reopenings_are_left],
            to="received",
            fold=one_more_reopening,
            do=[notify(DESK, "reopened")],
        ),
        on("accept", CITIZEN, to="closed"),
    ),
    state(
        "declined",
        after("objection_window", "service_request.reopen_window", to="closed"),
        on(
            "reopen",
            CITIZEN,
            needs=Reason,
            when=[reopenings_are_left],
            to="received",
            fold=one_more_reopening,
            do=[notify(DESK, "reopened")],
        ),
    ),
    final("closed", "unanswered", "withdrawn"),
    rules={"service_request": Rules},
    story=__doc__ or "",
    source="the city's charter of services",
)
