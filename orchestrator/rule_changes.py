"""What changes from one rulebook to another, in sentences that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from pydantic import BaseModel

from orchestrator.core.rules import Rulebook
from orchestrator.core.spans import Span


class RuleChange(NamedTuple):
    """One value that differs; None where one of the two has none."""

    path: str  # of the value, or of the list whose item it is
    before: Any  # as a rulebook file writes it
    after: Any
    sentence: str


def rule_changes(before: Rulebook, after: Rulebook) -> list[RuleChange]:
    """Every value that differs, in the order of the first rulebook, then of the second."""
    old, new = dict(_values(before)), dict(_values(after))
    found: list[RuleChange] = []
    for path in dict.fromkeys([*old, *new]):
        was, will_be = old.get(path), new.get(path)
        if was == will_be:
            continue
        if _is_list(was) or _is_list(will_be):
            found += _items(path, was or (), will_be or ())
        else:
            found.append(_change(path, "", was, will_be))
    return found


def _values(book: Rulebook) -> Iterator[tuple[str, Any]]:
    """Every value by its path; one that is not set is None, in its place."""
    yield "effective_from", book.effective_from
    yield "calendar", book.calendar
    for section, values in book.sections.items():
        yield from _leaves(section, values)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(f"{path}.{name}", getattr(value, name))
    else:
        yield path, value


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple) and not isinstance(value, Span)


def _items(path: str, was: Sequence[Any], will_be: Sequence[Any]) -> Iterator[RuleChange]:
    """A list item by item: each found again by what tells it apart, else by its place."""
    key = _key_of([*was, *will_be], was, will_be)
    if key is None:
        for n, (before, after) in enumerate(zip_longest(was, will_be), start=1):
            if before != after:
                yield _change(path, f"the {_ordinal(n)}: ", before, after)
        return
    old = {getattr(item, key): item for item in was}
    new = {getattr(item, key): item for item in will_be}
    for value in sorted({*old, *new}):
        before, after = old.get(value), new.get(value)
        if before != after:
            name = f"at {value} {key}: " if isinstance(value, int) else f"{key} {value}: "
            yield _change(path, name, before, after, but=key)


def _key_of(items: Sequence[Any], *lists: Sequence[Any]) -> str | None:
    """The first value of a table that is another one in each table of its list."""
    if not items or not all(isinstance(item, BaseModel) for item in items):
        return None
    for name in type(items[0]).model_fields:
        values = [[getattr(item, name, None) for item in some] for some in lists]
        kinds = {type(value) for some in values for value in some}
        if kinds in ({int}, {str}) and all(len(set(some)) == len(some) for some in values):
            return str(name)
    return None


def _change(path: str, name: str, was: Any, will_be: Any, *, but: str = "") -> RuleChange:
    if was is None:
        said = f"new: {name}{in_words(will_be, but)}"
    elif will_be is None:
        said = f"no longer: {name}{in_words(was, but)}"
    else:
        old = in_words(was, but)
        said = f"{name}{old}{',' if ', ' in old else ''} becomes {in_words(will_be, but)}"
    return RuleChange(path, _as_data(was), _as_data(will_be), f"{path}: {said}")


def in_words(value: object, but: str = "") -> str:
    """A value of a rulebook as it is said: `3 days, rolled to a working day`.

    but   the name of an item that was said before
    """
    if isinstance(value, Span):
        plain = str(value._replace(roll=False))
        if value.unit == "hours" and value.number % 24 == 0 and value.number > 24:
            plain += f" ({value.number // 24} days)"
        return f"{plain}, rolled to a working day" if value.roll else plain
    if isinstance(value, BaseModel):
        return ", ".join(_parts(value, but))
    if isinstance(value, list | tuple):
        return "; ".join(in_words(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(table: BaseModel, but: str) -> Iterator[str]:
    """Item by item; one that names another (`does = "restrict"`) is said by that one."""
    items = {name: getattr(table, name) for name in type(table).model_fields if name != but}
    set_ = {name: value for name, value in items.items() if value is not None}
    for name, value in set_.items():
        if isinstance(value, str) and value in set_:
            continue
        yield in_words(value) if isinstance(value, str) else f"{name} {in_words(value)}"


def _as_data(value: Any) -> Any:
    """A value as a rulebook file writes it, in JSON."""
    if isinstance(value, Span):
        return value.as_data()
    if isinstance(value, BaseModel):
        items = {name: getattr(value, name) for name in type(value).model_fields}
        return {name: _as_data(item) for name, item in items.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_as_data(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
