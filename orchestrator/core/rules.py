"""A rulebook as a value, and a definition under it: its spans and destinations, ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from orchestrator.core.spans import Span
from orchestrator.core.workflow import RulesModel, TimerRule, Workflow


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


class Terms:
    """A workflow under a rulebook: what `decide` needs to know of both, looked up once."""

    def __init__(self, workflow: Workflow, definition: str, rulebook: Rulebook) -> None:
        """raises   KeyError: the rulebook lacks a section or a span that the workflow names"""
        self.workflow = workflow
        self.definition = definition
        self.rulebook = rulebook
        self.rules = rulebook.sections[workflow.name] if workflow.name in workflow.rules else None
        self.states = {state.name: state for state in workflow.states}
        self.timers: dict[str, TimerRule] = {rule.name: rule for _, rule in workflow.all_timers()}
        self.owner = {rule.name: state for state, rule in workflow.all_timers()}
        self.spans: dict[str, Span | None] = {
            rule.name: rulebook.value(rule.span) for rule in self.timers.values() if rule.span
        }
        self.ways = {(state.name, way.event): way for state, way in workflow.all_ways()}
