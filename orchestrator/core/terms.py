"""A definition under a rulebook: its states, ways, timers and spans, looked up once."""

from __future__ import annotations

from orchestrator.core.rules import Rulebook
from orchestrator.core.spans import Span
from orchestrator.core.workflow import TimerRule, Workflow


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
        ways = [((state.name, way.event), way) for state, way in workflow.all_ways()]
        self.ways = {place: way for place, way in ways if not way.internal}
        self.hears = {place: way for place, way in ways if way.internal}
