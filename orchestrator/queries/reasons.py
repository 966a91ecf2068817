"""A deadline with its reason: when, why then, whom it concerns, and on which working day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from orchestrator.answers import zone_of
from orchestrator.core.calendar import Edition
from orchestrator.core.decide import Book
from orchestrator.core.docket import World
from orchestrator.core.instants import Zone
from orchestrator.core.spans import end, explain
from orchestrator.core.values import SYSTEM, Case, Timer
from orchestrator.core.workflow import State, TimerRule, Workflow

STAFF = "staff"  # whom `limit` and `target` bind, as the notation says
OF_STAFF = ("limit", "level_2", "target")


def book_of(world: World, case: Case) -> Book | None:
    """The definition under its rulebook; None: this process does not know it."""
    return world.books.get((case.definition, case.rulebook))


def deadline(world: World, case: Case, timer: Timer, now: int) -> dict[str, Any]:
    """When, and why then: start day, days counted and skipped, edition, rule."""
    book = book_of(world, case)
    if book is None:
        return _bare(timer, zone_of(world, case.rulebook))
    calendar = book.terms.rulebook.calendar
    edition = world.almanac.edition(calendar, timer.edition or world.almanac.latest)
    rule = book.terms.timers[timer.name]
    told: dict[str, Any] = {
        "name": timer.name,
        "kind": rule.kind,
        "due_at": None if timer.due_at is None else edition.zone.text(timer.due_at),
        "frozen": timer.due_at is None,
        "provisional": timer.provisional,
        "passed": not timer.provisional and timer.due_at is not None and timer.due_at <= now,
        "blocked": timer.provisional and timer.due_at is not None and timer.due_at <= now,
        "rule": f"{book.terms.rulebook.name}: {rule.span}" if rule.span else "the case's own date",
        "source": book.terms.workflow.source,
        "calendar": calendar,
        "edition": timer.edition,
    }
    if timer.span is not None:
        told["span"] = timer.span.as_data()
        told["starts_at"] = edition.zone.text(timer.start_at)
        told["days"] = [
            {"day": day.day.isoformat(), "what": day.what, "why": day.why}
            for day in explain(timer.span, timer.start_day, timer.pauses, edition, timer.start_at)
        ]
        told["later"] = _later(timer, rule, edition)
    return told


def _later(timer: Timer, rule: TimerRule, edition: Edition) -> str | None:
    """Why a deadline is later than its days come to; None: it is not."""
    if timer.due_at is None or timer.span is None:
        return None
    due = end(timer.span, timer.start_day, timer.start_at, timer.pauses, edition)
    if timer.due_at <= due.at:
        return None
    if rule.kind == "after":
        return "its window was longer before the calendar changed: a party's never moves earlier"
    return "its days had passed when that became known"


def _bare(timer: Timer, zone: Zone) -> dict[str, Any]:
    """A deadline of a definition that this process does not know: when, and no more."""
    return {
        "name": timer.name,
        "kind": None,
        "due_at": None if timer.due_at is None else zone.text(timer.due_at),
        "frozen": timer.due_at is None,
        "provisional": timer.provisional,
        "passed": False,
        "blocked": False,
        "rule": None,
    }


# -- the day of a list ------------------------------------------------------------------------


def day_of(edition: Edition, timer: Timer, now: int) -> dict[str, Any]:
    """The last day on which it is in time, and how many working days away that is.

    day            the local day, or None while it is frozen
    working_day    1: the next working day; 0: today; None: past, or no working day
    day_name       the weekday or the holiday
    day_counted    False: a year that nobody has announced lies between
    whole_day      it is in time until that day ends
    """
    if timer.due_at is None:
        still = {"day": None, "working_day": None, "day_name": None}
        return {**still, "day_counted": True, "whole_day": False}
    zone = edition.zone
    day, today = zone.local_day(timer.due_at - 1), zone.local_day(now)
    count = edition.count_working(today + 1, day) if edition.is_working(day) else None
    by_days = timer.span is None or timer.span.unit in ("days", "working_days")
    return {
        "day": date.fromordinal(day).isoformat(),
        "working_day": (0 if day == today else count) if day >= today else None,
        "day_name": edition.name_of(day),
        "day_counted": not edition.unannounced(min(day, today), max(day, today)),
        "whole_day": by_days and zone.midnight(day + 1) == timer.due_at,
    }


# -- whom it concerns -------------------------------------------------------------------------


def roles_of(workflow: Workflow, state: State, rule: TimerRule) -> tuple[str, ...]:
    """Whom a deadline concerns: staff whom it binds; else the parties who may act meanwhile, or
    whoever opened the case where no party may."""
    if rule.kind in OF_STAFF:
        return (STAFF,)
    ways = (*state.ways, *workflow.always.ways)
    parties = {role for way in ways if not way.internal for role in way.by} - {STAFF, SYSTEM}
    return tuple(sorted(parties)) or (workflow.opens.by,)


def places_of(versions: Mapping[str, Workflow], role: str) -> Iterator[str]:
    """`<definition> <state> <timer>` of every deadline that concerns a role."""
    for definition, workflow in versions.items():
        for state in workflow.states:
            for owner, rule in workflow.all_timers():
                here = owner is None or owner.name == state.name or rule.name in state.freezes
                if here and not state.final and role in roles_of(workflow, state, rule):
                    yield f"{definition} {state.name} {rule.name}"


def roles_known(versions: Mapping[str, Workflow]) -> set[str]:
    """Every role that the definitions speak of."""
    ways = [way for workflow in versions.values() for _, way in workflow.all_ways()]
    named = {role for way in ways if not way.internal for role in way.by}
    return named | {STAFF} | {workflow.opens.by for workflow in versions.values()}
