"""What comes in from outside, cleaned and proven before anything is locked (law 9).

Whatever is turned away here was never received: it writes nothing and leaves its key free. The
message names the field, what was wanted and what came.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from orchestrator.core.facts import MOST_TEXT
from orchestrator.core.instants import BadInstant, micros, parse_instant
from orchestrator.core.journal import canonical, digest
from orchestrator.core.values import Event
from orchestrator.core.workflow import FactsModel, Workflow
from orchestrator.errors import BadInput
from orchestrator.rulebook import complaints

MOST_NAME = 200  # characters of a key, an id, a role or the name of an event
MOST_DEPTH = 16
MOST_ITEMS = 10_000
MOST_INTEGER = 2**53


class Input(NamedTuple):
    """One act of a person or a system: an opening, or an event for a case."""

    act: str  # open, inject
    workflow: str
    docket: str
    case: str | None
    name: str  # of the event; of the workflow when it opens
    by: str
    given: Mapping[str, Any]
    assume: bool = False
    rulebook: str | None = None  # by name; None: the default

    def content_hash(self) -> str:
        """What makes a repeat the same act: all of it but its key."""
        return digest(canonical(list(self)))

    def as_text(self) -> str:
        """For `held`: what has to be decided later."""
        return canonical(list(self))


def input_from(text: str) -> Input:
    """An input as `held` keeps it."""
    return Input(*json.loads(text))


def name(field: str, value: object) -> str:
    """A key, id, role or name: one line of text, normalised (NFC).

    raises   BadInput
    """
    wanted = f"{field}: a name of 1 to {MOST_NAME} characters without control characters"
    if not isinstance(value, str):
        raise BadInput(f"{wanted}, got {value!r}")
    plain = unicodedata.normalize("NFC", value)
    if not 1 <= len(plain) <= MOST_NAME or plain != plain.strip():
        raise BadInput(f"{wanted}, got {_short(value)}")
    is_plain = plain.isascii() and plain.isprintable()  # as nearly every name is
    if not is_plain and any(unicodedata.category(c) in ("Cc", "Cs") for c in plain):
        raise BadInput(f"{wanted}, got {_short(value)}")
    return plain


def case_id(value: object) -> str:
    """A case's id from outside; those that end in a dot and a number are made here.

    raises   BadInput
    """
    plain = name("case", value)
    if not may_be_given(plain):
        raise BadInput(f"case: ids that end in a dot and a number are made here, got {plain!r}")
    return plain


def may_be_given(case: str) -> bool:
    """Whether an id is none of those that are made here, `<docket>.<seq>`."""
    before, _, after = case.rpartition(".")
    return not (before and after.isdigit())


def facts(value: object) -> dict[str, Any]:
    """Facts as plain JSON values: no NUL, no lone surrogate, no NaN, no bottomless nesting.

    raises   BadInput
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f'facts: an object such as {{"reason": "…"}}, got {_short(value)}')
    plain: dict[str, Any] = _plain("facts", value, 0)
    return plain


def _plain(field: str, value: Any, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise BadInput(f"{field}: nested at most {MOST_DEPTH} deep")
    if isinstance(value, Mapping):
        _at_most(field, len(value))
        return {
            name(f"a key of {field}", key): _plain(f"{field}.{key}", item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        _at_most(field, len(value))
        return [_plain(f"{field}.{n}", item, depth + 1) for n, item in enumerate(value)]
    return _scalar(field, value)


def _scalar(field: str, value: Any) -> Any:
    if isinstance(value, str):
        return _text(field, value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MOST_INTEGER:
            raise BadInput(f"{field}: a whole number within ±2^53, got {_short(value)}")
        return value
    if isinstance(value, float | Decimal):
        if not Decimal(str(value)).is_finite():
            raise BadInput(f"{field}: a finite number, got {value}")
        return str(value)  # money is decimal; a binary float would not keep it
    if isinstance(value, datetime):
        try:
            micros(value)
        except BadInstant as error:
            raise BadInput(f"{field}: {error}") from None
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise BadInput(f"{field}: text, number, true or false, list or object, got {_short(value)}")


def _text(field: str, value: str) -> str:
    if len(value) > MOST_TEXT:
        raise BadInput(f"{field}: at most {MOST_TEXT} characters, got {len(value)}")
    if "\0" in value:
        raise BadInput(f"{field}: text without NUL characters, got {_short(value)}")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise BadInput(f"{field}: text without lone surrogates, got {_short(value)}")
    return value


def _at_most(field: str, count: int) -> None:
    if count > MOST_ITEMS:
        raise BadInput(f"{field}: at most {MOST_ITEMS} items, got {count}")


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def fitted(model: type[FactsModel], given: Mapping[str, Any], what: str) -> FactsModel:
    """The facts as the model has them.

    raises   BadInput: every fact that does not fit
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadInput(f"{what}: {'; '.join(complaints(error))}") from None


def as_given(model: FactsModel) -> dict[str, Any]:
    """Validated facts as the plain JSON values that the journal keeps."""
    return model.model_dump(mode="json", exclude_none=True)


def event_of(given: Input, workflow: Workflow) -> Event:
    """What the core is told. An event that the workflow does not know keeps its facts as given."""
    opening = given.act == "open"
    needs = workflow.opens.needs if opening else workflow.needs.get(given.name)
    if needs is None:
        return Event(given.name, given.by, None, given.given)
    what = f"open {given.workflow}" if opening else f"{given.workflow} {given.name}"
    model = fitted(needs, given.given, what)
    return Event(given.name, given.by, model, as_given(model))


def instant(value: Any) -> int | None:
    """Microseconds UTC of what a caller may give: text, an aware datetime, or nothing.

    raises   BadInput: naive, malformed, or something else
    """
    if value is None or isinstance(value, int):
        return value
    try:
        return parse_instant(value) if isinstance(value, str) else micros(value)
    except (BadInstant, AttributeError) as error:
        raise BadInput(
            f"{error}" if isinstance(error, BadInstant) else f"an instant, got {value!r}"
        ) from None


def read_json(text: str, what: str) -> Any:
    """JSON from a person: no NaN, no double keys, numbers kept exact, depth bounded.

    raises   BadInput
    """
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise BadInput(f"{what}: a JSON object, got {_short(text)} ({error})") from None


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = sorted({key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1})
        raise ValueError(f"{', '.join(twice)} stands twice")
    return found
