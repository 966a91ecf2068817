"""The standing of a shop's account (the penalty ledger), RULES 4.4.

One per docket, opened by the first violation and by nobody else. It hears what becomes of the
docket's complaints and keeps a ledger of it; points, strikes and restrictions are never edited,
they are what the ledger comes to (`ledger.rate`). What differs from what was in force becomes
effects. Time alone ends restrictions, no-deduction windows and, where the rulebook says so, points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from orchestrator.core.facts import Instant, Text
from orchestrator.core.instants import parse_instant
from orchestrator.core.values import SYSTEM, Case, Effect, Event, Message
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    FactsModel,
    always,
    at,
    choose,
    follows,
    hears,
    opens,
    state,
    workflow,
)
from workflows.ledger import UNDECIDED, Books, Rules, Standing, rate
from workflows.shop import deposit_of, waiting_for_a_refund


class Violation(FactsModel):
    complaint: Text
    lane: Literal["general", "minor", "severe"]
    filed_at: Instant
    complainant: Text
    right_id: Text
    rulebook: Text


class Complaint(FactsModel):
    complaint: Text


HAPPENS = {
    "violation_upheld": "upheld",
    "violation_reversed": "reversed",
    "appeal_opened": "appeal_opened",
    "appeal_settled": "appeal_settled",
}


def enter_in_ledger(case: Case, event: Event, view: View) -> dict[str, Any]:
    """What was heard becomes the ledger's next line, and the standing what it then comes to."""
    line = {"what": HAPPENS[event.name], "at": view.text(view.at), **event.given}
    ledger = [*case.data.get("ledger", []), line]
    return {"ledger": ledger, **_shown(rate(ledger, view.at, _books(view)), view)}


def read_again(case: Case, event: Event, view: View) -> dict[str, Any]:
    """Time has passed: the same ledger, read at this instant."""
    return _shown(rate(case.data["ledger"], view.at, _books(view)), view)


def next_window(case: Case, event: Event, view: View) -> dict[str, Any]:
    """The no-deduction window that ends next; what else is due at this instant acts by itself."""
    standing = rate(case.data["ledger"], view.at, _books(view))
    return {"window_ends": _text(view, standing.window_ends)}


def _books(view: View) -> Books:
    return Books(lambda rulebook: view.rules_of(rulebook, "account_standing"), view.zone)


def _shown(standing: Standing, view: View) -> dict[str, Any]:
    until = standing.restricted_until
    return {
        "points": standing.points,
        "strikes": standing.strikes,
        "restricted_until": view.text(until) if isinstance(until, int) else until,
        "closed": standing.state == "closed",
        "window_ends": _text(view, standing.window_ends),
        "points_expire": _text(view, standing.points_expire),
        "strikes_expire": _text(view, standing.strikes_expire),
    }


def _text(view: View, at: int | None) -> str | None:
    return None if at is None else view.text(at)


def where_it_stands(case: Case, event: Event | None = None, view: View | None = None) -> str:
    """The state that the ledger comes to."""
    if case.data.get("closed"):
        return "closed"
    until = case.data.get("restricted_until")
    if until == UNDECIDED:
        return "closure_pending"
    return "restricted" if until else "good"


def what_changed(case: Case, event: Event, view: View) -> Iterator[Effect]:
    """The difference to what was in force: restrict, lift, close, reopen, then one notice."""
    before = view.one("account_standing")
    was, now = summary(before), summary(case)
    freed = was["state"] in ("restricted", "closure_pending") and now["state"] == "good"
    if now["restricted_until"] not in ("none", was["restricted_until"]):
        yield Effect("command:restrict_account", {"until": now["restricted_until"]})
    if freed:
        yield Effect("command:lift_restriction", {})
    if now["state"] == "closed" and was["state"] != "closed":
        yield Effect("command:close_account", {})
    if was["state"] == "closed" and now["state"] != "closed":
        yield Effect("command:reopen_account", {})
    if now != was:
        yield Effect("notify:respondent:standing", {"before": was, "after": now})


def tell_the_shop(case: Case, event: Event, view: View) -> Iterator[Message]:
    """A closure retains the deposit, and waiting disputes claim from it; a reversal gives it back."""
    was, now = summary(view.one("account_standing")), summary(case)
    if (was["state"] == "closed") == (now["state"] == "closed"):
        return
    deposit, closes = deposit_of(view), now["state"] == "closed"
    if deposit is not None and deposit.closed_at is None:
        yield Message(deposit.id, "shop_closed" if closes else "shop_reopened", {})
    for dispute in waiting_for_a_refund(view) if closes else ():
        yield Message(dispute.id, "shop_closed", {})


CHANGED = follows(what_changed, tell_the_shop)


def end_of_restriction(case: Case, view: View) -> int | None:
    return _instant(case, "restricted_until")


def end_of_window(case: Case, view: View) -> int | None:
    return _instant(case, "window_ends")


def expiry_of_points(case: Case, view: View) -> int | None:
    return _instant(case, "points_expire")


def expiry_of_strikes(case: Case, view: View) -> int | None:
    return _instant(case, "strikes_expire")


def _instant(case: Case, name: str) -> int | None:
    text = case.data.get(name)
    return None if text in (None, UNDECIDED) else parse_instant(text)


def summary(case: Case | None) -> Mapping[str, Any]:
    """What a docket shows of its standing; without a violation it is good."""
    data = case.data if case else {}
    return {
        "state": where_it_stands(case) if case else "good",
        "points": data.get("points", 0),
        "strikes": data.get("strikes", 0),
        "restricted_until": data.get("restricted_until") or "none",
    }


WHERE_IT_STANDS = choose(where_it_stands, "good", "restricted", "closure_pending", "closed")

ACCOUNT_STANDING = workflow(
    "account_standing",
    opens(SYSTEM),
    state("good", open_ended=True),
    state(
        "restricted",
        at(
            "restriction_ends",
            end_of_restriction,
            to=WHERE_IT_STANDS,
            fold=read_again,
            do=CHANGED,
        ),
    ),
    state("closure_pending", open_ended=True),
    state("closed", open_ended=True),
    always(
        hears(
            "violation_upheld",
            needs=Violation,
            to=WHERE_IT_STANDS,
            fold=enter_in_ledger,
            do=CHANGED,
        ),
        hears(
            "violation_reversed",
            needs=Complaint,
            to=WHERE_IT_STANDS,
            fold=enter_in_ledger,
            do=CHANGED,
        ),
        hears(
            "appeal_opened",
            needs=Complaint,
            to=WHERE_IT_STANDS,
            fold=enter_in_ledger,
            do=CHANGED,
        ),
        hears(
            "appeal_settled",
            needs=Complaint,
            to=WHERE_IT_STANDS,
            fold=enter_in_ledger,
            do=CHANGED,
        ),
        at("no_deduction_window_ends", end_of_window, fold=next_window),
        at(
            "points_expire",
            expiry_of_points,
            to=WHERE_IT_STANDS,
            fold=read_again,
            do=CHANGED,
        ),
        at(
            "strikes_expire",
            expiry_of_strikes,
            to=WHERE_IT_STANDS,
            fold=read_again,
            do=CHANGED,
        ),
    ),
    rules={"account_standing": Rules},
    story=__doc__ or "",
    source="RULES 4.4",
    singleton=True,
    summary=summary,
)
