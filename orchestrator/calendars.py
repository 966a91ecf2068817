"""Calendars from their folders: `calendar.toml` and one year file per announced year.

Year files have the form of NateScarlet/holiday-cn: `{"year", "papers", "days": [{"name", "date",
"isOffDay"}]}`. They are the only source; every error is told at once, with file, key, wanted, got.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orchestrator.core.calendar import WEEKDAYS, Edition, SpecialDay
from orchestrator.core.instants import EARLIEST, LATEST, Zone
from orchestrator.core.journal import canonical
from orchestrator.errors import BadConfig
from orchestrator.rulebook import complaints


def _date(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"a date such as 2026-10-01, got {value!r}")


class _Day(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1)
    date: Annotated[date, BeforeValidator(_date)]
    isOffDay: bool  # noqa: N815  the name in the files


class YearFile(BaseModel):
    """One year's notice of days off and make-up days."""

    model_config = ConfigDict(extra="forbid", strict=True)

    schema_: str | None = Field(None, alias="$schema")
    id_: str | None = Field(None, alias="$id")
    year: int = Field(ge=EARLIEST, le=LATEST)
    papers: list[str] = []
    days: list[_Day]


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
    source: str = ""
    licence: str = ""


def read_year(path: Path) -> tuple[int, list[dict[str, Any]]]:
    """A year file: its year, and its days as plain data.

    raises   BadConfig: every error of the file
    """
    try:
        content = json.loads(path.read_text("utf-8"), object_pairs_hook=_no_double_keys)
    except (OSError, ValueError, RecursionError) as error:
        raise BadConfig([f"{path}: not a readable JSON file ({error})"]) from None
    try:
        year = YearFile.model_validate(content)
    except ValidationError as error:
        raise BadConfig([f"{path}: {said}" for said in complaints(error)]) from None
    errors = []
    seen: dict[date, int] = {}
    for n, day in enumerate(year.days):
        if abs(day.date.year - year.year) > 1:
            errors.append(f"{path}: days.{n}.date: a day in or next to {year.year}, got {day.date}")
        if day.date in seen:
            errors.append(f"{path}: days.{n}.date: {day.date} stands at days.{seen[day.date]} too")
        seen[day.date] = n
    if errors:
        raise BadConfig(errors)
    return year.year, [
        {"name": d.name, "date": d.date.isoformat(), "isOffDay": d.isOffDay} for d in year.days
    ]


def _no_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key stands twice in {sorted(key for key, _ in pairs)}")
    return found


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
            year, days = read_year(file)
            if file.stem != str(year):
                errors.append(f"{file}: year: {file.stem} as the file is named, got {year}")
            years[str(year)] = days
        except BadConfig as bad:
            errors += bad.errors
    if errors or settings is None:
        raise BadConfig(errors)
    return canonical({"name": folder.name, **settings.model_dump(), "years": years})


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
