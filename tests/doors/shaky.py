"""Two small workflows with bugs that can be switched on: what stops a docket, and what mends it.

A plea waits for an appeal until its window ends; a claim may be filed only by a holder whose own
docket has a plea that is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from orchestrator.core.facts import Text
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    FactsModel,
    RulesModel,
    after,
    elsewhere,
    final,
    notify,
    on,
    opens,
    state,
    workflow,
)

BROKEN: set[str] = set()
RULES = {"plea": {"window": {"days": 3}}}


class Rules(RulesModel):
    window: SpanField


class Appeal(FactsModel):
    grounds: Text


class Filing(FactsModel):
    holder: Text


@contextmanager
def broken(*what: str) -> Iterator[None]:
    """The bug is there while this lasts."""
    BROKEN.update(what)
    try:
        yield
    finally:
        BROKEN.difference_update(what)


def _raise_if(what: str) -> None:
    if what in BROKEN:
        raise ZeroDivisionError(f"planted in the {what}")


def grounds_are_heard(case: Case, event: Event, view: View) -> str | None:
    _raise_if("guard")
    return None


def the_end_is_noted(case: Case, event: Event, view: View) -> dict[str, str]:
    _raise_if(f"fold of {case.docket}")
    return {"ended": view.text(view.at)}


@elsewhere
def holder_pleads(case: Case, event: Event, view: View) -> str | None:
    pleas = view.elsewhere("plea")
    return None if pleas and pleas[-1].closed_at is None else f"{event.facts.holder} has no plea"


PLEA = workflow(
    "plea",
    opens("complainant", do=[notify(OPENER, "received")]),
    state(
        "waiting",
        after(
            "window",
            "plea.window",
            to="closed",
            fold=the_end_is_noted,
            do=[notify(OPENER, "closed")],
        ),
        on("appeal", "respondent", needs=Appeal, when=[grounds_are_heard], to="appealed"),
        on("withdraw", "complainant", to="withdrawn"),
    ),
    state("appealed", on("withdraw", "complainant", to="withdrawn"), open_ended=True),
    final("closed", "withdrawn"),
    rules={"plea": Rules},
    story="A plea waits for an appeal.",
    source="tests",
)
CLAIM = workflow(
    "claim",
    opens("complainant", Filing, reads="holder", when=[holder_pleads]),
    state("filed", open_ended=True),
    rules={"plea": Rules},
    story="A claim needs a plea elsewhere.",
    source="tests",
)
MENDED: Any = replace(PLEA, version=2)


def second_version() -> list[Any]:
    """The mended definition beside the one that cases began with."""
    return [PLEA, MENDED, CLAIM]
