"""Calendars with office hours, and spans counted by them, for the tests of the core."""

from __future__ import annotations

from orchestrator.core.calendar import Edition
from orchestrator.core.instants import Zone
from orchestrator.core.spans import Pause, end
from tests.core.builders import CN, at, hours, with_hours

OFFICE = with_hours(CN, "08:30-17:00")


def due(start, counted, *pauses, edition=OFFICE):
    return end(counted, edition.zone.local_day(at(start)), at(start), pauses, edition)


def pause(frozen, resumed):
    return Pause(at(frozen), at(resumed), CN.zone.local_day(at(resumed)))


def in_york(*texts, weekend=(5, 6)):
    zone = Zone("America/New_York")
    return Edition(
        "york",
        zone,
        weekend=frozenset(weekend),
        fixed={},
        always=True,
        years={},
        hours=hours(*texts),
    )
