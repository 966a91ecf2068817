"""A complaint about intellectual property (知识产权投诉), RULES 4.3.

A complainant says that a shop's listings infringe a right it has registered. Staff review it; they
are reminded on the way and must decide in time, but their silence decides nothing. Once upheld,
the listings are dealt with, the account's standing hears of the violation, and the shop may appeal
until its window closes. An appeal goes to the complainant; answered or not, staff step in and
decide. At any time the complainant may withdraw, and what was done is undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from orchestrator.core.facts import Text, Url
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Effect, Event, Facts
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    RulesModel,
    after,
    both,
    elsewhere,
    final,
    follows,
    freezes,
    limit,
    notify,
    on,
    opens,
    send,
    state,
    target,
    workflow,
)
from workflows.common import (
    ASKED,
    COMPLAINANT,
    NOT_SUPPLIED,
    RESPONDENT,
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
from workflows.ledger import violations

Listings = Annotated[list[Url], Field(min_length=1, max_length=300)]


class Rules(RulesModel):
    review_target: SpanField
    review_limit: SpanField
    appeal_window: SpanField
    response_window: SpanField
    decision_limit: SpanField
    second_appeal_window: SpanField | None = None  # without it there is no second appeal


class Filing(FactsModel):
    complainant: Text  # the key of its docket
    right_id: Text
    listings: Listings
    reason: Text
    note: Text | None = None


class Uphold(FactsModel):
    lane: Literal["general", "minor", "severe"]
    listings: Listings | None = None  # those upheld; all that were complained of


class Appeal(FactsModel):
    grounds: Text


class Statement(FactsModel):
    statement: Text


# -- what must hold ---------------------------------------------------------------------------


@elsewhere
def complainant_is_approved(case: Case, event: Event, view: View) -> str | None:
    """The complainant's latest registration is approved, at this instant."""
    name, registrations = event.facts.complainant, view.elsewhere("complainant_registration")
    if not registrations:
        return f"{name} is not registered as a complainant"
    latest = registrations[-1]
    if latest.state != "approved":
        return f"the registration of {name} is {latest.state} (case {latest.id})"
    return None


@elsewhere
def right_is_valid(case: Case, event: Event, view: View) -> str | None:
    """The right is confirmed and has not ended, at this instant."""
    wanted = event.facts.right_id
    rights = [r for r in view.elsewhere("rights_registration") if r.data["right_id"] == wanted]
    if any(right.state == "confirmed" for right in rights):
        return None
    if not rights:
        return f"{event.facts.complainant} has registered no right {wanted}"
    return f"right {wanted} is {rights[-1].state} (case {rights[-1].id})"


def upheld_listings_were_complained_of(case: Case, event: Event, view: View) -> str | None:
    strange = [url for url in event.facts.listings or () if url not in case.data["listings"]]
    if strange:
        return f"case {case.id} does not complain of {', '.join(strange)}"
    return None


def second_appeal_is_open(case: Case, event: Event, view: View) -> str | None:
    """Where the rulebook allows it, once in the life of a case, while its window is armed."""
    if view.rules.second_appeal_window is None:
        return f"rulebook {view.rulebook.split(':')[0]} allows no second appeal"
    spent = case.data.get("second_appeal")
    return f"case {case.id}: the chance of a second appeal is {spent}" if spent else None


def second_appeal_is_unused(case: Case, view: View) -> bool:
    return "second_appeal" not in case.data


# -- what is remembered -----------------------------------------------------------------------


def what_was_upheld(case: Case, event: Event, view: View) -> dict[str, Any]:
    listings = event.facts.listings or case.data["listings"]
    return {"lane": event.facts.lane, "upheld": listings}


def silence_speaks_against_the_complainant(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"adverse": "complainant"}


def second_appeal_used(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"second_appeal": "used"}


def second_appeal_over(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"second_appeal": "over"}


# -- what follows -----------------------------------------------------------------------------


def deal_with_listings(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """Taken down (general; minor, the first) or deleted (minor, later ones; severe)."""
    standing = view.one("account_standing")
    minor_before = [v for v in violations(standing) if v["lane"] == "minor"]
    lane = case.data["lane"]
    deleted = lane == "severe" or (lane == "minor" and bool(minor_before))
    name = "delete_listings" if deleted else "take_down_listings"
    yield Effect(f"command:{name}", {"listings": case.data["upheld"]})


def tell_both_that_it_was_upheld(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """With the reasons; the exact end of the appeal window is among the deadlines of a notice."""
    told = {key: case.data[key] for key in ("reason", "right_id", "lane", "upheld")}
    for role in (COMPLAINANT, RESPONDENT):
        yield Effect(f"notify:{role}:upheld", told)


def restore_listings(case: Case, event: Event, view: View) -> Iterator[Effect]:
    yield Effect("command:restore_listings", {"listings": case.data["upheld"]})


def the_violation(case: Case, event: Event, view: View) -> Facts:
    return {
        "complaint": case.id,
        "lane": case.data["lane"],
        "filed_at": view.text(case.opened_at),
        "complainant": case.data["complainant"],
        "right_id": case.data["right_id"],
        "rulebook": case.rulebook,
    }


def the_complaint(case: Case, event: Event, view: View) -> Facts:
    return {"complaint": case.id}


UPHELD = follows(
    deal_with_listings,
    tell_both_that_it_was_upheld,
    send("account_standing", "violation_upheld", the_violation),
)
REVERSED = send("account_standing", "violation_reversed", the_complaint)
WITHDRAWN = follows(restore_listings, *both(COMPLAINANT, RESPONDENT, "withdrawn"), REVERSED)
OVERTURNED = follows(restore_listings, *both(COMPLAINANT, RESPONDENT, "overturned"), REVERSED)
APPEALED = send("account_standing", "appeal_opened", the_complaint)
CALLED_IN = follows(notify(STAFF, "intervention"), *both(COMPLAINANT, RESPONDENT, "intervention"))
FINAL = follows(*both(COMPLAINANT, RESPONDENT, "final"))
DISMISSED = follows(*FINAL, send("account_standing", "appeal_settled", the_complaint))

IP_COMPLAINT = workflow(
    "ip_complaint",
    opens(
        COMPLAINANT,
        Filing,
        reads="complainant",
        when=[complainant_is_approved, right_is_valid],
        do=[notify(OPENER, "received")],
    ),
    state(
        "under_review",
        target("review_target", "ip_complaint.review_target"),  # only reminds
        limit("review_limit", "ip_complaint.review_limit"),  # escalates, never decides
        on(
            "uphold",
            STAFF,
            needs=Uphold,
            when=[upheld_listings_were_complained_of],
            to="appeal_window",
            fold=what_was_upheld,
            do=UPHELD,
        ),
        on("reject", STAFF, needs=Reason, to="rejected", do=[notify(COMPLAINANT, "rejected")]),
        on(
            "request_supplement",
            STAFF,
            needs=Wanted,
            when=[rounds_are_left],
            to="supplement_requested",
            fold=one_more_round,
            do=ASKED,
        ),
        on("withdraw", COMPLAINANT, to="withdrawn", do=[notify(COMPLAINANT, "withdrawn")]),
    ),
    state(
        "supplement_requested",
        freezes("review_target", "review_limit"),
        after("supplement_window", "supplement.window", to="closed_incomplete", do=NOT_SUPPLIED),
        on("supplement", COMPLAINANT, needs=Materials, to="under_review", do=SUPPLIED),
        on("withdraw", COMPLAINANT, to="withdrawn", do=[notify(COMPLAINANT, "withdrawn")]),
    ),
    state(
        "appeal_window",
        after("appeal_window", "ip_complaint.appeal_window", to="final_upheld", do=FINAL),
        on(
            "appeal",
            RESPONDENT,
            needs=Appeal,
            to="awaiting_complainant",
            do=[notify(COMPLAINANT, "appeal_forwarded"), APPEALED],
        ),
        on("withdraw", COMPLAINANT, to="withdrawn", do=WITHDRAWN),  # from here on: undone
    ),
    state(
        "awaiting_complainant",
        after(
            "response_window",
            "ip_complaint.response_window",
            to="staff_intervention",
            fold=silence_speaks_against_the_complainant,
            do=CALLED_IN,
        ),
        on("respond", COMPLAINANT, needs=Statement, to="staff_intervention", do=CALLED_IN),
        on("accept_appeal", COMPLAINANT, to="overturned", do=OVERTURNED),
        on("withdraw", COMPLAINANT, to="withdrawn", do=WITHDRAWN),
    ),
    state(
        "staff_intervention",
        limit("decision_limit", "ip_complaint.decision_limit"),
        on("dismiss_appeal", STAFF, needs=Reason, to="final_upheld", do=DISMISSED),
        on("grant_appeal", STAFF, needs=Reason, to="overturned", do=OVERTURNED),
        on("withdraw", COMPLAINANT, to="withdrawn", do=WITHDRAWN),
    ),
    state(
        "final_upheld",
        after(
            "second_appeal_window",
            "ip_complaint.second_appeal_window",
            only=second_appeal_is_unused,
            fold=second_appeal_over,  # only ends the chance
        ),
        on(
            "second_appeal",
            RESPONDENT,
            needs=Appeal,
            when=[second_appeal_is_open],
            to="staff_intervention",
            fold=second_appeal_used,
            do=[notify(STAFF, "second_appeal"), *CALLED_IN, APPEALED],
        ),
        on("withdraw", COMPLAINANT, to="withdrawn", do=WITHDRAWN),
        on("overturn", STAFF, needs=Reason, to="overturned", do=OVERTURNED),
        open_ended=True,  # may rest here for ever, on purpose
    ),
    final("rejected", "closed_incomplete", "withdrawn", "overturned"),
    rules={"ip_complaint": Rules, "supplement": Supplement, "escalation": Escalation},
    story=__doc__ or "",
    source="RULES 4.3",
)
