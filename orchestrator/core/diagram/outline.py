"""What a definition says, read for drawing: who leads where, and what happens inside a state.

The three drawings (`diagram.mermaid`, `diagram.dot`, `drawing.svg`) are made of these few values,
so that none of them forgets what another shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.core.workflow import Choice, On, State, TimerRule, Workflow

EVERY_STATE = "in every state"
SIGNS = {"event": "", "message": "✉ ", "timer": "⏱ ", "frozen": "❄ ", "rest": "∞ "}
SAYS = {
    "target": "reminds",
    "limit": "escalates",
    "level_2": "escalates again",
    "after": "ends a chance",
    "date": "stays",
}
RESERVED = re.compile(  # words of Mermaid and Graphviz, which cannot name a state
    "as|class|classdef|default|direction|edge|end|graph|digraph|hide|node|note|root|scale|state"
    "|strict|style|subgraph",
    re.IGNORECASE,
)

Source = str | None  # None: every state that is not final
Place = str | Choice | None


class Mark(NamedTuple):
    """What is written beside an arrow: an event with who may send it, a message, a timer."""

    kind: str  # a key of SIGNS
    name: str
    who: str = ""

    def __str__(self) -> str:
        return SIGNS[self.kind] + self.name + (f" ({self.who})" if self.who else "")


class Arrow(NamedTuple):
    """From a state, or from every state, to a state or to a choice of states."""

    source: Source
    to: str | Choice
    mark: Mark


class Remark(NamedTuple):
    """What happens inside a state, which the case does not leave by it."""

    mark: Mark
    says: str = ""

    def __str__(self) -> str:
        return f"{self.mark} {self.says}".rstrip()


def opening(workflow: Workflow) -> Mark:
    """Who begins a case."""
    return Mark("event", "opens", workflow.opens.by)


def sources(workflow: Workflow) -> list[Source]:
    """The states in the order of the chapters, then "every state" if anything holds there."""
    always = workflow.always.timers or workflow.always.ways
    return [*(state.name for state in workflow.states), *([None] if always else [])]


def arrows(workflow: Workflow) -> list[Arrow]:
    """Every way and timer that leads on, chapter after chapter, those of every state last."""
    found: list[Arrow] = []
    for source in sources(workflow):
        chapter = workflow.always if source is None else workflow.state(source)
        seconds = [rule.second for rule in chapter.timers if rule.second is not None]
        rules: list[TimerRule | On] = [*chapter.timers, *seconds, *chapter.ways]
        found += [Arrow(source, rule.to, _mark(rule)) for rule in rules if rule.to is not None]
    return found


def remarks(workflow: Workflow, source: Source) -> list[Remark]:
    """What happens in a state (None: in every state) without leaving it."""
    if source is None:
        return list(_inside(*workflow.always.timers, *workflow.always.ways))
    state = workflow.state(source)
    return [
        *_inside(*state.timers, *state.ways),
        *_frozen(workflow, state),
        *([Remark(Mark("rest", "may rest here for ever"))] if state.open_ended else []),
    ]


def choices(workflow: Workflow) -> list[Choice]:
    """Every choice, each once however many ways lead to it."""
    return list(dict.fromkeys(a.to for a in arrows(workflow) if isinstance(a.to, Choice)))


def ids(workflow: Workflow) -> dict[Place, str]:
    """An identifier for each state, each choice and "every state" (None): its name if it can be."""
    wanted: list[tuple[Place, str]] = [
        *((state.name, state.name) for state in workflow.states),
        *((choice, choice.pick.__name__) for choice in choices(workflow)),
        (None, EVERY_STATE.replace(" ", "_")),
    ]
    given: dict[Place, str] = {}
    for number, (place, name) in enumerate(wanted, start=1):
        plain = re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) and not RESERVED.fullmatch(name)
        unused = name if plain else f"state_{number}"
        while unused in given.values():
            unused += "_"
        given[place] = unused
    return given


def _mark(rule: TimerRule | On) -> Mark:
    if isinstance(rule, TimerRule):
        return Mark("timer", rule.name)
    if rule.internal:
        return Mark("message", rule.event)
    return Mark("event", rule.event, ", ".join(rule.by))


def _inside(*rules: TimerRule | On) -> Iterator[Remark]:
    for rule in rules:
        if rule.to is None:
            yield Remark(_mark(rule), _said(rule))
        if isinstance(rule, TimerRule) and rule.second and rule.second.to is None:
            yield Remark(_mark(rule.second), _said(rule.second))


def _said(rule: TimerRule | On) -> str:
    """What a rule does that leads nowhere else."""
    if isinstance(rule, On):
        return "stays"
    return "acts" if rule.kind == "after" and rule.do else SAYS[rule.kind]


def _frozen(workflow: Workflow, state: State) -> Iterator[Remark]:
    """The timers that stand still here; a limit's level 2 goes without saying."""
    first_levels = {t.name for _, t in workflow.all_timers() if t.kind != "level_2"}
    for name in state.freezes:
        if name in first_levels:
            yield Remark(Mark("frozen", name), "stands still")
