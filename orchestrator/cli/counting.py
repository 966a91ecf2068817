"""How a span is counted, day by day, for people: each day's place in the count, long ones by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from orchestrator.core.calendar import Edition
from orchestrator.core.spans import DayOfCount, Due, Span, explain

MOST_DAYS = 60  # that are told one by one
ENDS = 14  # of a longer count: so many at its beginning, and at its end
REST = {"rest": "weekend", "holiday": "holiday"}


def explained(span: Span, start: int, due: Due, edition: Edition, at: int) -> list[dict[str, Any]]:
    """Each day from the start to the end: what was done with it, why, and its place in the count."""
    days = list(explain(span, start, (), edition, at))
    n = 0
    found = []
    for day in days:
        n += day.what == "counted" and span.unit != "working_hours"
        found.append(
            {
                "day": day.day.isoformat(),
                "what": day.what,
                "why": day.why,
                "kind": edition.kind(day.day.toordinal()),
                "n": n if n and day.what == "counted" else None,
                "provisional": _is_assumed(span, day, n, due),
            }
        )
    return found


def _is_assumed(span: Span, day: DayOfCount, n: int, due: Due) -> bool:
    """Whether the count asked about this day, and nobody has announced its year."""
    if day.day.year not in due.missing or day.what == "start":
        return False
    return (span.by_calendar and not span.roll) or n == span.number


def rows(span: Span, days: Sequence[dict[str, Any]], *, every: bool) -> Iterator[tuple[str, ...]]:
    """(day, what, why, place in the count); the middle of a long count is told by month."""
    if every or len(days) <= MOST_DAYS:
        yield from (_row(span, day) for day in days)
        return
    yield from (_row(span, day) for day in days[:ENDS])
    for _, month in groupby(days[ENDS:-ENDS], key=lambda day: day["day"][:7]):
        yield _month(span, list(month))
    yield from (_row(span, day) for day in days[-ENDS:])


def _row(span: Span, day: dict[str, Any]) -> tuple[str, ...]:
    there = date.fromisoformat(day["day"])
    place = {
        "start": "" if span.in_office else "not counted",
        "counted": "" if day["n"] is None else f"{_unit(span)} {day['n']} of {span.number}",
        "last": "the next working day",
    }.get(day["what"])
    place = REST.get(day["kind"], "") if place is None else place
    assumed = f"; assumed: {there.year} is not announced" if day["provisional"] else ""
    return (
        f"{there:%a} {there}",
        day["what"],
        day["why"],
        f"{place}{assumed}".removeprefix("; ").removeprefix("; "),
    )


def _month(span: Span, days: list[dict[str, Any]]) -> tuple[str, ...]:
    """A month, or the part of it that is not told day by day."""
    counted = [day["n"] for day in days if day["n"] is not None]
    skipped = len(days) - len(counted)
    names = dict.fromkeys(day["why"] for day in days if day["kind"] in ("holiday", "make_up"))
    place = f"{_unit(span)}s {counted[0]} to {counted[-1]} of {span.number}" if counted else ""
    assumed = "; assumed" if any(day["provisional"] for day in days) else ""
    return (
        f"{days[0]['day']} to {days[-1]['day'][-2:]}",
        f"{len(counted)} counted, {skipped} skipped",
        "; ".join(names),
        f"{place}{assumed}",
    )


def _unit(span: Span) -> str:
    return "working day" if span.unit == "working_days" else "day"
