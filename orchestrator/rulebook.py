"""Rulebooks: TOML, read by strict models that the workflows declare, proven and frozen.

A rulebook is `name`, `version`, `effective_from`, `calendar` and one table per section; which
sections and keys there may be is said by the workflows (`rules=`). Every error of a file is told
at once: file, key, what was wanted, what came.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from orchestrator.core.journal import canonical, digest
from orchestrator.core.reads import models_in
from orchestrator.core.rules import Rulebook
from orchestrator.core.spans import Span
from orchestrator.core.workflow import RulesModel, Workflow
from orchestrator.errors import BadConfig


class Head(BaseModel):
    """What every rulebook begins with."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    version: int = Field(ge=1, le=1_000_000)
    effective_from: date
    calendar: str = Field(min_length=1)


WANTED = {  # what a kind of error of pydantic's wanted, in the words of this house
    "bool_type": "true or false",
    "date_type": "a date such as 2022-12-12",
    "dict_type": "a table",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than_equal": "at most {le}",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "literal_error": "one of {expected}",
    "list_type": "a list",
    "model_type": "a table",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "string_type": "a text",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
    "tuple_type": "a list",
}

HEAD = frozenset(Head.model_fields)


def sections_of(workflows: Iterable[Workflow]) -> dict[str, type[RulesModel]]:
    """The sections that these workflows read, each with its model.

    raises   BadConfig: two workflows declare one section differently
    """
    found: dict[str, type[RulesModel]] = {}
    by: dict[str, str] = {}
    for workflow in workflows:
        me = f"{workflow.name}@{workflow.version}"
        for section, model in workflow.rules.items():
            first = by.setdefault(section, me)
            if found.setdefault(section, model) is not model:
                said = f"section {section}: one model for {first} and {me} to import, got two"
                raise BadConfig([said])
    return found


def model_of(sections: Mapping[str, type[RulesModel]]) -> type[BaseModel]:
    """The strict model of a whole rulebook file."""
    fields: dict[str, Any] = {name: (model, ...) for name, model in sorted(sections.items())}
    return create_model("Rulebook", __base__=Head, **fields)


def schema_of(sections: Mapping[str, type[RulesModel]]) -> dict[str, Any]:
    """The JSON Schema of a rulebook file, for editors (`#:schema` on its first line)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model_of(sections).model_json_schema(),
    }


def read_rulebook(path: Path, sections: Mapping[str, type[RulesModel]]) -> tuple[Rulebook, str]:
    """A rulebook from its file, and the canonical text of its content.

    raises   BadConfig: every error, with file, key, wanted and got
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        raise BadConfig([f"{path}: not a readable TOML file ({error})"]) from None
    text = canonical(_plain(content))
    try:
        return rulebook_from(text, sections), text
    except ValidationError as error:
        model = model_of(sections)
        raise BadConfig([f"{path}: {said}" for said in complaints(error, model)]) from None


def rulebook_from(text: str, sections: Mapping[str, type[RulesModel]]) -> Rulebook:
    """A rulebook from its canonical text.

    raises   ValidationError
    """
    return _rulebook(json.loads(text), digest(text), sections)


def rulebook_kept(text: str, sections: Mapping[str, type[RulesModel]]) -> Rulebook:
    """A rulebook as the database keeps it: it may be older than some of today's sections."""
    content = json.loads(text)
    here = {name: model for name, model in sections.items() if name in content}
    known = {name: item for name, item in content.items() if name in here or name in HEAD}
    return _rulebook(known, digest(text), here)


def _rulebook(
    content: dict[str, Any], text_hash: str, sections: Mapping[str, type[RulesModel]]
) -> Rulebook:
    if "effective_from" in content and isinstance(content["effective_from"], str):
        with suppress(ValueError):  # the model says what was wanted
            content["effective_from"] = date.fromisoformat(content["effective_from"])
    whole = model_of(sections).model_validate(content)
    return Rulebook(
        name=whole.name,  # type: ignore[attr-defined]
        version=whole.version,  # type: ignore[attr-defined]
        effective_from=whole.effective_from,  # type: ignore[attr-defined]
        calendar=whole.calendar,  # type: ignore[attr-defined]
        hash=text_hash,
        sections={name: getattr(whole, name) for name in sections},
    )


def complaints(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """Each error of a validation as `key: what was wanted, got what came`.

    model   where it is given, what it knows is told for a key that it does not know
    """
    return [
        complaint(detail["loc"], detail["msg"], detail, _known(model, detail["loc"][:-1]))
        for detail in error.errors()
    ]


def _known(model: Any, place: tuple[Any, ...]) -> list[str]:
    """The keys that there may be at a place, by way of the models that lead there."""
    for part in place:
        field = model.model_fields.get(part) if model and isinstance(part, str) else None
        model = next(models_in(field.annotation), None) if field else model
    return sorted(model.model_fields) if model else []


def complaint(
    place: tuple[Any, ...], said: str, detail: Mapping[str, Any], known: Sequence[str] = ()
) -> str:
    """One error in words, with the key as a person would write it."""
    key = ".".join(str(part) for part in place if part not in ("function-before", "str")) or "facts"
    if detail["type"] == "extra_forbidden":
        wanted = f" one of {', '.join(known)}," if known else ""
        return f"{key}: unknown;{wanted} got {_short(detail['input'])}"
    if detail["type"] == "missing":
        return f"{key}: required, and missing"
    said = said.removeprefix("Value error, ")
    if "got " in said and detail["type"] == "value_error":
        return f"{key}: {said}"
    words_for = WANTED.get(detail["type"])
    context = detail.get("ctx", {})
    words = words_for.format(**context) if words_for else f"{said[0].lower()}{said[1:]}"
    if detail["type"] in ("too_long", "too_short"):
        return f"{key}: {words}, got {context['actual_length']}"
    return f"{key}: {words}, got {_short(detail['input'])}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _plain(value: Any) -> Any:
    """TOML as JSON: dates as ISO text, decimals as text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def misfits(rulebook: Rulebook, workflows: Iterable[Workflow]) -> list[str]:
    """Spans that workflows name and the rulebook lacks: each a named error."""
    errors = []
    for workflow in workflows:
        for _, rule in workflow.all_timers():
            if rule.span is None:
                continue
            try:
                value = rulebook.value(rule.span)
            except KeyError:
                value = None
                errors.append(f"{rulebook.name}: {rule.span}: missing ({workflow.name} names it)")
            if value is not None and not isinstance(value, Span):
                errors.append(f"{rulebook.name}: {rule.span}: a span, got {value!r}")
    return errors


def in_office(rulebook: Rulebook) -> list[str]:
    """The keys of the spans that can only be counted where the calendar has office hours."""
    return [
        key
        for section, values in rulebook.sections.items()
        for key, span in _spans(section, values)
        if span.in_office
    ]


def without_office(rulebook: Rulebook, calendar: str) -> list[str]:
    """Spans in office hours under a calendar whose text has none: each a named error."""
    keys = in_office(rulebook)
    if not keys or has_office(calendar):
        return []
    got = f"got {rulebook.calendar}, whose calendar.toml has no `office`"
    return [f"{rulebook.name}: {key}: a calendar with office hours, {got}" for key in keys]


def has_office(calendar: str) -> bool:
    """Whether a calendar's text says when its office is open."""
    return bool(json.loads(calendar).get("office"))


def _spans(place: str, value: object) -> Iterator[tuple[str, Span]]:
    """Every span of a section, with the key at which it stands."""
    if isinstance(value, Span):
        yield place, value
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from _spans(f"{place}.{key}", getattr(value, key))
    elif isinstance(value, tuple | list):
        for n, item in enumerate(value):
            yield from _spans(f"{place}.{n}", item)


def in_force(rulebooks: Iterable[Rulebook], name: str, day: date) -> Rulebook | None:
    """The version of a rulebook in force on a day; the oldest one also before its first day."""
    versions = sorted(
        (book for book in rulebooks if book.name == name),
        key=lambda book: (book.effective_from, book.version),
    )
    current = [book for book in versions if book.effective_from <= day]
    return current[-1] if current else (versions[0] if versions else None)


def out_of_order(rulebooks: Iterable[Rulebook]) -> Iterator[tuple[Rulebook, Rulebook, str]]:
    """Versions of one name whose numbers and first days do not go up together, and what is wrong.

    Which version a case gets must never depend on which file is read first.
    """
    versions = sorted(rulebooks, key=lambda book: (book.name, book.version))
    for first, second in pairwise(versions):
        if first.name != second.name or first.version == second.version:
            continue
        if second.effective_from <= first.effective_from:
            said = (
                f"rulebook {first.name}: effective_from: a later day for a later version, got"
                f" {first.effective_from} for version {first.version}"
                f" and {second.effective_from} for version {second.version}"
            )
            yield first, second, said


def as_sentences(rulebook: Rulebook) -> list[tuple[str, str]]:
    """Every value of a rulebook as (key, words)."""
    return [
        (f"{section}.{key}", _words(getattr(values, key)))
        for section, values in rulebook.sections.items()
        for key in type(values).model_fields
    ]


def _words(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Span):
        return str(value)
    if isinstance(value, tuple | list):
        return "; ".join(_words(item) for item in value)
    if isinstance(value, BaseModel):
        return ", ".join(f"{k} {_words(getattr(value, k))}" for k in type(value).model_fields)
    return str(value)
