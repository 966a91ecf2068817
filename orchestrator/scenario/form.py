"""A scenario as its file has it: read from TOML or JSON, every error with step and key."""

from __future__ import annotations

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator import inputs
from orchestrator.core.instants import BadInstant, micros, parse_instant
from orchestrator.errors import BadInput, Unreadable
from orchestrator.rulebook import complaints


class Expect(BaseModel):
    """What should hold after a step; what is not named is not looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    case: str | None = None
    docket: str | None = None
    state: str | None = None
    timers: dict[str, Any] | None = None
    overdue: bool | None = None
    provisional: list[str] | None = None
    data: dict[str, Any] | None = None
    points: int | None = None
    strikes: int | None = None
    restricted_until: Any = None
    refused: bool | None = None
    effects: list[str] | None = None
    no_effects: bool | None = None


class Step(BaseModel):
    """One moment: time passes, and perhaps somebody opens a case or sends an event."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    at: Any
    open: str | None = None
    case: str | None = None
    docket: str | None = None
    event: str | None = None
    by: str | None = None
    facts: dict[str, Any] = {}
    assume: bool = False
    rulebook: str | None = None
    expect: Expect | list[Expect] = []

    def expectations(self) -> list[Expect]:
        """One table or a list."""
        return self.expect if isinstance(self.expect, list) else [self.expect]


class Scenario(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rulebook: str | None = None
    calendar: str | None = None
    announced_until: int | None = Field(None, ge=1900, le=9000)
    step: list[Step] = Field(min_length=1)


def read_scenario(path: Path) -> Scenario:
    """A scenario from TOML or JSON, the same content.

    raises   Unreadable: every error of the file, with step and key
    """
    try:
        text = path.read_text("utf-8")
        content = (
            inputs.read_json(text, str(path))
            if path.suffix == ".json"
            else tomllib.loads(text, parse_float=Decimal)
        )
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError, BadInput) as error:
        raise Unreadable(f"{path}: not a readable scenario ({error})") from None
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        said = "\n".join(f"{path}: {complaint}" for complaint in complaints(error))
        raise Unreadable(said) from None
    _prove_steps(path, scenario)
    return scenario


def _prove_steps(path: Path, scenario: Scenario) -> None:
    errors, before = [], None
    known: set[str] = set()
    for index, step in enumerate(scenario.step):
        place = f"{path}: step.{index}"
        try:
            at = instant_of(step.at)
            if before is not None and at < before:
                errors.append(f"{place}.at: not before the step before it, got {step.at}")
            before = at
        except BadInstant as error:
            errors.append(f"{place}.at: {error}")
        errors += [f"{place}: {said}" for said in _step_errors(step, known)]
        if step.open and step.case:
            known.add(step.case)
    if errors:
        raise Unreadable("\n".join(errors))


def _step_errors(step: Step, known: set[str]) -> list[str]:
    return _act_errors(step, known) + [
        said for expect in step.expectations() for said in _expect_errors(expect)
    ]


def _act_errors(step: Step, known: set[str]) -> list[str]:
    errors = []
    if step.open is not None and step.event is not None:
        errors.append("open or event, got both")
    if step.open is not None and step.docket is None:
        errors.append("docket: required to open a case, and missing")
    if step.event is not None and step.case is None:
        errors.append("case: required to send an event, and missing")
    if (step.open or step.event) and step.by is None:
        errors.append("by: required, and missing")
    if step.event is not None and step.case is not None and step.case not in known:
        errors.append(f"case: the alias of a case opened before, got {step.case!r}")
    return errors


def _expect_errors(expect: Expect) -> list[str]:
    errors = []
    if expect.case is not None and expect.docket is not None:
        errors.append("expect: case or docket, got both")
    instants = {f"timers.{name}": due for name, due in (expect.timers or {}).items()}
    if expect.restricted_until is not None:
        instants["restricted_until"] = expect.restricted_until
    for name, due in instants.items():
        words = ("none", "undecided") if name == "restricted_until" else ("frozen",)
        if due not in words:
            try:
                instant_of(due)
            except BadInstant as error:
                errors.append(f"expect.{name}: {error}, or {' or '.join(words)}")
    return errors


def instant_of(value: object) -> int:
    """Microseconds UTC of what a file may say: text, or a datetime of TOML with its offset.

    raises   BadInstant
    """
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, str):
        return parse_instant(value)
    raise BadInstant(f"an instant such as 2025-03-08T00:00:00+08:00, got {value!r}")
