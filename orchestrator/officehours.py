"""Office hours in a calendar's file: `office = [{ from = "08:30", to = "17:00" }]`, in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orchestrator.core.instants import MICROS_PER_MINUTE
from orchestrator.core.office import Hours

LEAST = 60  # minutes a day: a span of many working hours ends in our lifetimes
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError(f"a clock time such as 08:30, got {value!r}")
    return value


class _Part(BaseModel):
    """From an opening up to a closing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    from_: Annotated[str, AfterValidator(_clock)] = Field(alias="from")
    to: Annotated[str, AfterValidator(_clock)]


def _in_order(parts: list[_Part]) -> list[_Part]:
    times = [time for part in parts for time in (part.from_, part.to)]
    if times != sorted(set(times)):
        raise ValueError(f"clock times, each later than the one before, got {', '.join(times)}")
    open_for = sum(_minutes(part.to) - _minutes(part.from_) for part in parts)
    if parts and open_for < LEAST:
        raise ValueError(f"at least {LEAST} minutes a day in all, got {open_for}")
    return parts


OfficeHours = Annotated[list[_Part], AfterValidator(_in_order)]


def hours_of(calendar: Mapping[str, Any]) -> tuple[Hours, ...]:
    """The office hours of an edition's content; none where it says nothing of them."""
    return tuple(
        Hours(*(_minutes(part[key]) * MICROS_PER_MINUTE for key in ("from", "to")))
        for part in calendar.get("office", ())
    )


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
