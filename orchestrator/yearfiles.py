"""Year files: the notice of one year's days off, every error told by its line and its key.

They have the form of NateScarlet/holiday-cn: `{"year", "papers", "days": [{"name", "date",
"isOffDay"}]}`. All errors of a file are told at once, for whoever mends it mends it once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orchestrator.core.instants import EARLIEST, LATEST
from orchestrator.errors import BadConfig
from orchestrator.rulebook import complaint

Place = tuple[Any, ...]  # of a value in a file, such as ("days", 3, "date")
Said = tuple[int, str]  # the line of an error, and its words

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


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


def read_year(path: Path, *, named: bool = False) -> tuple[int, list[dict[str, Any]]]:
    """A year file: its year, and its days as plain data.

    named    the file must be named after its year
    raises   BadConfig: every error of the file, by line and key
    """
    text = _text_of(path)
    content = _content_of(path, text)
    lines = Lines(text)
    errors = [*lines.doubled(), *_odd_days(content, lines)]
    if named and str(content.get("year")) != path.stem and type(content.get("year")) is int:
        said = f"year: {path.stem} as the file is named, got {content['year']}"
        errors.append((lines.of(("year",)), said))
    year = None
    try:
        year = YearFile.model_validate(content)
    except ValidationError as error:
        errors += [(lines.of(d["loc"]), complaint(d["loc"], d["msg"], d)) for d in error.errors()]
    if errors or year is None:
        raise BadConfig([f"{path}, line {line}: {said}" for line, said in sorted(errors)])
    return year.year, [
        {"name": d.name, "date": d.date.isoformat(), "isOffDay": d.isOffDay} for d in year.days
    ]


def _odd_days(content: dict[str, Any], lines: Lines) -> Iterator[Said]:
    """Days of another year, and days that stand twice, among those that can be read.

    A notice may name some days of the month before its year, or after it: a holiday of three days
    at New Year does not ask which year they are in.
    """
    given, dates = content.get("year"), _dates(content.get("days"))
    year = given if type(given) is int and EARLIEST <= given <= LATEST else None
    if year and dates and all(day.year != year for day in dates.values()):
        first = min(dates.values())
        said = f"year: the year of its days, got {year}, and none is of that year ({first} …)"
        yield lines.of(("year",)), said
        return
    seen: dict[date, int] = {}
    for n, day in dates.items():
        line = lines.of(("days", n, "date"))
        if year and not date(year - 1, 12, 1) <= day <= date(year + 1, 1, 31):
            yield line, f"days.{n}.date: a day in or next to {year}, got {day}"
        if day in seen:
            yield line, f"days.{n}.date: {day} stands at line {seen[day]} too"
        seen.setdefault(day, line)


def _dates(days: object) -> dict[int, date]:
    """The dates of a list of days, by their number; what is none is left to the model."""
    found = {}
    for n, day in enumerate(days if isinstance(days, list) else ()):
        with suppress(ValueError):
            found[n] = _date(day.get("date") if isinstance(day, dict) else None)
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadConfig([f"{path}: cannot be read ({error.strerror})"]) from None
    except UnicodeDecodeError as error:
        raw = error.object
        line = raw.count(b"\n", 0, error.start) + 1
        said = f"text in UTF-8, got the byte 0x{raw[error.start]:02x}: save the file as UTF-8"
        raise BadConfig([f"{path}, line {line}: {said}"]) from None


def _content_of(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{path}, line {error.lineno}, column {error.colno}"
        raise BadConfig([f"{place}: not JSON ({error.msg})"]) from None
    except (ValueError, RecursionError) as error:  # too long a number, a bottomless nesting
        raise BadConfig([f"{path}: not a readable JSON file ({error})"]) from None
    if isinstance(content, dict) and {"year", "days"} & content.keys():
        return content
    got = f"one with {', '.join(content) or 'nothing'}" if isinstance(content, dict) else text
    got = got.strip() if len(got.strip()) <= 80 else f"{got.strip()[:77]}…"
    wanted = "an object with year and days, in the form of holiday-cn"
    raise BadConfig([f"{path}: not a calendar year: {wanted}, got {got}"])


class Lines:
    """Where the keys of a JSON text stand, and the items of its lists. It was read as JSON before."""

    def __init__(self, text: str) -> None:
        self._found: dict[Place, int] = {}
        self._twice: dict[Place, int] = {}
        for place, line in _places(text):
            if place not in self._found:
                self._found[place] = line
            elif not any(place[:n] in self._twice for n in range(1, len(place))):
                self._twice[place] = line

    def of(self, place: Place) -> int:
        """The line of a key; of what is around it when it is missing."""
        for n in range(len(place), 0, -1):
            if place[:n] in self._found:
                return self._found[place[:n]]
        return 1

    def doubled(self) -> Iterator[Said]:
        """Keys that stand twice in one object: which of them is meant, nobody can know."""
        for place, line in self._twice.items():
            key = ".".join(str(part) for part in place)
            yield line, f"{key}: the key stands at line {self._found[place]} too"


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Each key of an object, and each item of a list, with its line."""
    place: list[Any] = []  # its last part is None where a key is to come
    line, at = 1, 0
    for token in _TOKEN.finditer(text):
        line, at = line + text.count("\n", at, token.start()), token.start()
        word = token[0]
        if word in ("}", "]"):
            place.pop()
        elif word == ",":
            place[-1] = place[-1] + 1 if isinstance(place[-1], int) else None
        elif word != ":":
            is_key = bool(place) and place[-1] is None
            if is_key:
                place[-1] = json.loads(word)
            if is_key or (place and isinstance(place[-1], int)):
                yield tuple(place), line
            if word in ("{", "["):
                place.append(None if word == "{" else 0)
