"""Calendars from their folders: `calendar.toml` and one year file per announced year.

Year files (`yearfiles`) are the only source; every error is told at once, with file, key, wanted,
got.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from orchestrator.core.calendar import WEEKDAYS, Edition, SpecialDay
from orchestrator.core.instants import Zone
from orchestrator.core.journal import canonical
from orchestrator.errors import BadConfig
from orchestrator.officehours import OfficeHours, hours_of
from orchestrator.rulebook import complaints
from orchestrator.yearfiles import read_year


def _zone(value: str) -> str:
    try:
        return Zone(value).name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"an IANA time zone such as Asia/Shanghai, got {value!r}") from None


def _day_of_year(value: str) -> str:
    try:
        _fixed([value])
    except ValueError:
        raise ValueError(f"a month and a day such as 01-01, got {value!r}") from None
    return value


class _Calendar(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    zone: Annotated[str, AfterValidator(_zone)]
    weekend: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(max_length=6)
    fixed: list[Annotated[str, AfterValidator(_day_of_year)]] = []
    announced: Literal["by_year", "always"]
    office: OfficeHours = []
    source: str = ""
    licence: str = ""


def read_calendar(folder: Path) -> str:
    """A calendar's folder as the canonical text of one edition, as the database keeps it.

    raises   BadConfig: every error of every file
    """
    path = folder / "calendar.toml"
    errors: list[str] = []
    settings: _Calendar | None = None
    try:
        settings = _Calendar.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        errors.append(f"{path}: not a readable TOML file ({error})")
    except ValidationError as error:
        errors += [f"{path}: {said}" for said in complaints(error)]
    years: dict[str, Any] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            year, days = read_year(file, named=True)
            years[str(year)] = days
        except BadConfig as bad:
            errors += bad.errors
    if errors or settings is None:
        raise BadConfig(errors)
    said = settings.model_dump(by_alias=True)
    if not said["office"]:
        del said["office"]  # what an edition without office hours always said
    return canonical({"name": folder.name, **said, "years": years})


def with_year(text: str, year: int, days: list[dict[str, Any]]) -> str:
    """An edition's text with one year announced, or announced anew."""
    content = json.loads(text)
    content["years"][str(year)] = days
    return canonical(content)


def edition_from(text: str) -> Edition:
    """An edition from its canonical text."""
    content: Mapping[str, Any] = json.loads(text)
    return Edition(
        content["name"],
        Zone(content["zone"]),
        weekend=frozenset(WEEKDAYS.index(day) for day in content["weekend"]),
        fixed=_fixed(content["fixed"]),
        always=content["announced"] == "always",
        years={int(year): _days(days) for year, days in content["years"].items()},
        hours=hours_of(content),
    )


def _days(days: list[Mapping[str, Any]]) -> tuple[SpecialDay, ...]:
    return tuple(
        SpecialDay(date.fromisoformat(d["date"]).toordinal(), d["name"], d["isOffDay"])
        for d in days
    )


def _fixed(days: list[str]) -> dict[tuple[int, int], str]:
    found = {}
    for day in days:
        there = date.fromisoformat(f"2024-{day}")  # a leap year: 02-29 is a day too
        found[there.month, there.day] = f"{there.strftime('%-d %B')}, every year"
    return found
