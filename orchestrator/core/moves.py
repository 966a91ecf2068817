"""What an edition would do to each pending deadline, and why, in a sentence.

The computing is that of the real thing (`Run.anew`); nothing is changed here, it is only told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import NamedTuple

from orchestrator.core.calendar import Announcement, Edition
from orchestrator.core.docket import Anew, Run
from orchestrator.core.spans import Due, end, explain
from orchestrator.core.values import Timer

MOST_NAMED = 3  # ranges of days in one sentence; of more it is told how many days they are
STAYS = "a party's window never moves earlier: it stays"
AT_ONCE = "its end has passed: it acts at once"


class Move(NamedTuple):
    """A pending deadline that an edition touches."""

    case: str
    workflow: str
    edition: Edition
    was: Timer
    timer: Timer
    what: str  # later, earlier, final, stays, released, blocked, frozen
    why: str


def moves(run: Run, news: Announcement) -> Iterator[Move]:
    """Every deadline of a docket that an edition would move, make final, or count otherwise.

    The docket was run to the instant of the announcement, under the editions before it; a stopped
    one stands as it was left, and what fires there before this edition is left out.

    raises   Missing: not all of its timers were loaded
    """
    at = run.heard(news)
    for found in run.anew(at, news):
        before = run.world.almanac.edition(found.edition.name, run.edition)
        told = _told(found, before, at)
        if told is not None:
            case = found.case
            yield Move(case.id, case.workflow, found.edition, found.was, found.timer, *told)


def _told(found: Anew, before: Edition, at: int) -> tuple[str, str] | None:
    """What becomes of a timer, and why; None: nothing that anybody would notice."""
    was = found.was
    if was.span is None or not was.span.by_calendar:
        return None
    if was.due_at is None:
        return _frozen(was, before, found.edition)
    if was.due_at <= at and not was.provisional:
        return None
    old, due = _end(was, before), _end(was, found.edition)
    is_same = (found.timer.due_at, found.timer.provisional) == (was.due_at, was.provisional)
    if is_same and due.at == old.at:
        return None
    what = _what(was, found.timer, at)
    reasons = [*_certainty(what, found, due), *_days(found, before, old, due)]
    if found.rule.kind == "after" and due.at < was.due_at and what != "released":
        reasons.append(STAYS)
    if found.timer.due_at == at and what != "blocked":
        reasons.append(AT_ONCE)
    return what, "; ".join(reasons)


def _what(was: Timer, timer: Timer, at: int) -> str:
    assert was.due_at is not None
    assert timer.due_at is not None
    if was.due_at <= at:
        return "blocked" if timer.provisional else "released"
    if timer.due_at != was.due_at:
        return "later" if timer.due_at > was.due_at else "earlier"
    return "final" if was.provisional and not timer.provisional else "stays"


def _certainty(what: str, found: Anew, due: Due) -> Iterator[str]:
    if found.timer.provisional:
        years = " and ".join(str(year) for year in due.missing)
        now = "blocked" if what == "blocked" else "provisional"
        verb = "stays" if found.was.provisional else "becomes"
        yield f"{verb} {now} without {years}"
    elif found.was.provisional:
        yield "is released" if what == "released" else "becomes final"


def _days(found: Anew, before: Edition, old: Due, due: Due) -> Iterator[str]:
    """The days that the count asks about and that are worked now, or no longer."""
    assert found.was.span is not None
    assert old.last_day is not None
    assert due.last_day is not None
    last = max(old.last_day, due.last_day)
    start = found.was.start_day + (not found.was.span.in_office)  # where its hours count too
    first = min(old.last_day, due.last_day) if found.was.span.roll else start
    after = found.edition
    changed = [
        day for day in range(first, last + 1) if before.is_working(day) != after.is_working(day)
    ]
    ranges = _ranges(changed, after)
    yield from (_range(days[0], days[-1], after) for days in ranges[:MOST_NAMED])
    left = sum(len(days) for days in ranges[MOST_NAMED:])
    if left:
        yield f"and {left} more {'day' if left == 1 else 'days'}"


def _ranges(days: list[int], edition: Edition) -> list[list[int]]:
    """Days in a row that are the same kind of day for the same reason."""

    def same(pair: tuple[int, int]) -> tuple[int, str]:
        return pair[1] - pair[0], edition.name_of(pair[1])

    return [[day for _, day in run] for _, run in groupby(enumerate(days), key=same)]


def _range(first: int, last: int, edition: Edition) -> str:
    what = f"{'worked' if edition.is_working(first) else 'off'} ({edition.name_of(first)})"
    start, end_ = date.fromordinal(first), date.fromordinal(last)
    return f"{start} is {what}" if first == last else f"{start} to {end_} are {what}"


def _frozen(timer: Timer, before: Edition, after: Edition) -> tuple[str, str] | None:
    """A clock that stands still is counted when it is resumed; what it has left may change now."""
    assert timer.span is not None
    was, is_now = (
        list(explain(timer.span, timer.start_day, timer.pauses, edition, timer.start_at))[
            -1
        ].why  # "4 left"
        for edition in (before, after)
    )
    if was == is_now:
        return None
    said = f"its clock stands still with {is_now} instead of {was}"
    return "frozen", f"{said}; it is counted when it is resumed"


def _end(timer: Timer, edition: Edition) -> Due:
    assert timer.span is not None
    return end(timer.span, timer.start_day, timer.start_at, timer.pauses, edition)
