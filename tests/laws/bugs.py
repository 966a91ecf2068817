"""Bugs of ours that can be switched on and off: a fold that raises for one docket, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from orchestrator.core.decide import Book
from orchestrator.core.docket import Run


class Bug(NamedTuple):
    """Whatever of this name happens in this docket raises: an event, a timer, a message, or the
    opening of a case of this workflow."""

    docket: str
    name: str
    definition: str | None = None  # of that version alone


class Planted(RuntimeError):
    """Raised by a bug that is switched on."""


THERE: set[Bug] = set()


@contextmanager
def switchable() -> Iterator[None]:
    """While this lasts bugs can be switched on; behind it there is none."""
    follow, born = Book._follow, Run._born

    def follows(book: Book, case: Any, event: Any, view: Any, name: str, way: Any) -> Any:
        _raise_if(case.docket, name, book.terms.definition)
        return follow(book, case, event, view, name, way)

    def is_born(run: Run, book: Book, case: Any, *rest: Any) -> None:
        _raise_if(case.docket, case.workflow, book.terms.definition)
        born(run, book, case, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Book, "_follow", follows)
        patch.setattr(Run, "_born", is_born)
        try:
            yield
        finally:
            THERE.clear()


def _raise_if(docket: str, name: str, definition: str) -> None:
    for bug in THERE:
        if bug[:2] == (docket, name) and bug.definition in (None, definition):
            raise Planted(f"{name} of {docket}")
