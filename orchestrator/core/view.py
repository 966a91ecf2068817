"""What guards, folds, choices and wishes may look at besides their own case.

A view never guesses: asked for cases that were not loaded it raises `Missing`, the engine loads
them, and the docket is run again from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.core.instants import Zone
from orchestrator.core.rules import Rulebook
from orchestrator.core.values import Case

if TYPE_CHECKING:
    from orchestrator.core.calendar import Edition

CasesOf = Callable[[str], list[Case]]


class View:
    """The world around one case at one instant.

    at         the effective instant of the cause
    day        the local day from which spans start: for a timer, the last day of its period
    rules      the workflow's own section of the rulebook of the case
    rulebook   the pin of that rulebook
    zone       of the rulebook's calendar
    """

    __slots__ = ("_books", "_cases_of", "_elsewhere", "at", "day", "edition", "rulebook", "rules")

    def __init__(
        self,
        at: int,
        day: int,
        rules: Any,
        rulebook: str,
        edition: Edition,
        cases_of: CasesOf,
        books: Mapping[str, Rulebook],
        elsewhere: CasesOf | None = None,
    ) -> None:
        self.at = at
        self.day = day
        self.rules = rules
        self.rulebook = rulebook
        self.edition = edition
        self._cases_of = cases_of
        self._books = books
        self._elsewhere = elsewhere

    @property
    def zone(self) -> Zone:
        return self.edition.zone

    def text(self, at: int) -> str:
        """An instant as people read it, in the zone of the rulebook's calendar."""
        return self.edition.zone.text(at)

    def cases(self, workflow: str) -> list[Case]:
        """The docket's cases of a workflow, in the order in which they were opened."""
        return self._cases_of(workflow)

    def one(self, workflow: str) -> Case | None:
        """The docket's only (or latest) case of a workflow."""
        cases = self._cases_of(workflow)
        return cases[-1] if cases else None

    def elsewhere(self, workflow: str) -> list[Case]:
        """The cases of a workflow in the docket that the opening `reads`."""
        if self._elsewhere is None:
            msg = "this view has no other docket: only guards of opening marked @elsewhere do"
            raise LookupError(msg)
        return self._elsewhere(workflow)

    def rules_of(self, rulebook: str, workflow: str) -> Any:
        """The section of a workflow in the rulebook that another case is pinned to."""
        return self._books[rulebook].sections[workflow]
