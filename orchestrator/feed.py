"""Deadlines as iCalendar (RFC 5545), for calendars of people.

Events, for most calendars show no to-dos. What is in time until a day ends is an all-day event on
that very day, though the instant that is stored is the 00:00 after it; what ends at an instant is a
moment, the last whole second that is still in time. Nothing here is the time of writing: the same
deadlines give the same bytes, and a later file replaces an earlier one (UID; SEQUENCE, which is how
far the docket's journal has come).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from orchestrator.core.journal import canonical, digest

PRODUCT = "-//case-orchestrator//deadlines//EN"
HOST = "case-orchestrator"


def feed(deadlines: Iterable[Mapping[str, Any]]) -> bytes:
    """A calendar of deadlines as `queries.deadlines` shows them; frozen ones have no day."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Deadlines")
    for deadline in deadlines:
        if deadline["due_at"] is not None:
            calendar.add_component(_event(deadline))
    text: bytes = calendar.to_ical()
    return text


def _event(deadline: Mapping[str, Any]) -> Event:
    event = Event()
    event.add("uid", uid(deadline["docket"], deadline["case"], deadline["name"]))
    event.add("dtstamp", datetime.fromisoformat(deadline["docket_clock"]).astimezone(UTC))
    event.add("sequence", deadline["docket_seq"])
    event.add("summary", _summary(deadline))
    event.add("description", "\n".join(_described(deadline)))
    event.add("status", "TENTATIVE" if deadline["provisional"] else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # it takes nobody's time
    event.add("categories", [deadline["workflow"], deadline["state"]])
    if deadline["whole_day"]:
        day = date.fromisoformat(deadline["day"])
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    else:
        due = datetime.fromisoformat(deadline["due_at"]).astimezone(UTC)
        event.add("dtstart", (due - timedelta(microseconds=1)).replace(microsecond=0))
    return event


def uid(docket: str, case: str, timer: str) -> str:
    """What stays the same of a deadline however often it is moved."""
    return f"{digest(canonical([docket, case, timer]))[:32]}@{HOST}"


def _summary(deadline: Mapping[str, Any]) -> str:
    marks = [mark for mark, holds in _marks(deadline).items() if holds]
    before = f"{', '.join(marks)}: " if marks else ""
    return f"{before}{deadline['name']} of case {deadline['case']} ({deadline['docket']})"


def _marks(deadline: Mapping[str, Any]) -> dict[str, bool]:
    return {
        "stopped": deadline["incident"] is not None,
        "blocked": deadline["blocked"],
        "provisional": deadline["provisional"] and not deadline["blocked"],
        "overdue": deadline["overdue"],
    }


def _described(deadline: Mapping[str, Any]) -> Iterable[str]:
    yield f"{deadline['workflow']} {deadline['case']} of docket {deadline['docket']}"
    yield f"stands in {deadline['state']}"
    if deadline["whole_day"]:
        yield f"in time until 24:00 of {deadline['day']} ({deadline['day_name']})"
    else:
        yield f"in time before {deadline['due_at']}"
    if deadline["provisional"]:
        yield "provisional: it may move when the year is announced"
    if deadline["incident"] is not None:
        yield f"stopped by incident {deadline['incident']}: nothing acts until it is settled"
    if deadline["rule"]:
        yield f"rule: {deadline['rule']}"
