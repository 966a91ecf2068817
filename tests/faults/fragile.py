"""Small workflows that go wrong on demand: in every place where a function of theirs is run.

A parcel is announced, waits, and is fetched or sent back; every guard, fold, choice, wish and
instant of it may raise. A ball that is served goes from one player to the other for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.core.facts import Instant
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import SYSTEM, Case, Effect, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    FactsModel,
    RulesModel,
    after,
    at,
    choose,
    final,
    hears,
    on,
    opens,
    send,
    state,
    workflow,
)

RULES = {"parcel": {"patience": {"days": 3}}}
_raising: set[str] = set()


@contextmanager
def raising(place: str) -> Iterator[None]:
    """The function in this place raises while this lasts."""
    _raising.add(place)
    try:
        yield
    finally:
        _raising.discard(place)


def _at(place: str) -> None:
    if place in _raising:
        raise ArithmeticError(f"planted in the {place}")


class Rules(RulesModel):
    patience: SpanField


class Seen(FactsModel):
    occurred_at: Instant


def guard_of_opening(case: Case, event: Event, view: View) -> str | None:
    return _at("guard of opening")


def fold_of_opening(case: Case, event: Event, view: View) -> dict[str, Any]:
    _at("fold of opening")
    return {"announced": True}


def wish_of_opening(case: Case, event: Event, view: View) -> Iterator[Effect]:
    _at("wish of opening")
    yield from ()


def guard_of_event(case: Case, event: Event, view: View) -> str | None:
    return _at("guard of event")


def choice_of_event(case: Case, event: Event, view: View) -> str:
    _at("choice of event")
    return "fetched"


def fold_of_event(case: Case, event: Event, view: View) -> dict[str, Any]:
    _at("fold of event")
    return {"fetched": True}


def wish_of_event(case: Case, event: Event, view: View) -> Iterator[Effect]:
    _at("wish of event")
    yield from ()


def noted(case: Case, event: Event, view: View) -> dict[str, Any]:
    return {"occurred_at": event.facts.occurred_at}


def instant_of_date(case: Case, view: View) -> int | None:
    return _at("instant of date")


def fold_of_timer(case: Case, event: Event, view: View) -> dict[str, Any]:
    _at("fold of timer")
    return {"late": True}


def wish_of_timer(case: Case, event: Event, view: View) -> Iterator[Effect]:
    _at("wish of timer")
    yield from ()


PARCEL = workflow(
    "parcel",
    opens("seller", when=[guard_of_opening], fold=fold_of_opening, do=[wish_of_opening]),
    state(
        "waiting",
        after("patience", "parcel.patience", to="back", fold=fold_of_timer, do=[wish_of_timer]),
        at("reminder", instant_of_date),
        on("note", "seller", needs=Seen, fold=noted),
        on(
            "fetch",
            "buyer",
            when=[guard_of_event],
            to=choose(choice_of_event, "fetched", "back"),
            fold=fold_of_event,
            do=[wish_of_event],
        ),
    ),
    final("fetched", "back"),
    rules={"parcel": Rules},
    story="A parcel waits to be fetched.",
    source="tests",
)


def player(name: str, other: str) -> Any:
    """Hits every ball that comes, back to the other one."""
    return workflow(
        name,
        opens(SYSTEM),
        state("playing", hears("ball", do=[send(other, "ball")]), open_ended=True),
        rules={},
        story="A player.",
        source="tests",
        singleton=True,
    )


COURT = workflow(
    "court",
    opens("buyer"),
    state("open", on("serve", "buyer", do=[send("left", "ball")]), open_ended=True),
    rules={},
    story="A court.",
    source="tests",
)
WORKFLOWS = [PARCEL, COURT, player("left", "right"), player("right", "left")]
