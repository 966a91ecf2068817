"""Pages of a list: rows, and the cursor that the next page begins after.

A cursor is the place of a row in the list's own order (keyset paging): rows that come or go between
two pages neither shift the rest nor show it twice. To callers it is an opaque text.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from orchestrator.core.journal import canonical
from orchestrator.errors import Unreadable

MOST_ROWS = 1_000  # of a page
MOST_CURSOR = 4_000  # characters

Place = tuple[Any, ...]  # an instant, then names


class Page(list[dict[str, Any]]):
    """The rows of one page. `next` is the cursor of the page after it; None at the end."""

    def __init__(self, rows: Iterable[dict[str, Any]] = (), next: str | None = None) -> None:  # noqa: A002  as it is called in JSON
        super().__init__(rows)
        self.next = next


def most(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))


def cursor(order: str, place: Place) -> str:
    """A place of a list in this order, as an opaque text."""
    return urlsafe_b64encode(canonical([order, *place]).encode()).decode().rstrip("=")


def place_of(order: str, text: str | None, names: int) -> Place:
    """The place that a cursor names; without one, before the first row.

    names    how many names follow the instant
    raises   Unreadable: not a cursor, or one of a list in another order
    """
    if text is None:
        return (-(2**63), *[""] * names)
    wanted = "after: what the page before gave as `next`"
    try:
        of, at, *rest = _decoded(text)
    except (ValueError, TypeError, RecursionError):
        raise Unreadable(f"{wanted}, got {ascii(text)[:80]}") from None
    if of != order or len(rest) != names:
        raise Unreadable(f"{wanted}, got a cursor of a list by {of} for one by {order}")
    return (at, *rest)


def _decoded(text: str) -> list[Any]:
    """An order, an instant, and names.

    raises   ValueError, TypeError, RecursionError: it is none
    """
    if len(text) > MOST_CURSOR:
        raise ValueError(text)
    of, at, *rest = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    if type(at) is not int or abs(at) >= 2**63 or not all(type(n) is str for n in (of, *rest)):
        raise ValueError(text)
    return [of, at, *rest]
