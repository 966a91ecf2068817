"""A rulebook as a value: every number of the domain, under the pin that says which text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from orchestrator.core.models import RulesModel


@dataclass(frozen=True)
class Rulebook:
    """Every number of the domain, under a name and a version; `pin` says exactly which text."""

    name: str
    version: int
    effective_from: date
    calendar: str
    hash: str
    sections: Mapping[str, RulesModel]

    @cached_property
    def pin(self) -> str:
        return f"{self.name}@{self.version}:{self.hash[:16]}"

    def value(self, path: str) -> Any:
        """The value at `section.key`.

        raises   KeyError: no such section or key
        """
        section, _, key = path.partition(".")
        if key not in type(self.sections[section]).model_fields:
            raise KeyError(path)
        return getattr(self.sections[section], key)
