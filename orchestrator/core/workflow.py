"""The notation in which workflows are written.

One block per state, in the order a case lives through them: its timers first, then its ways out;
who may, with what facts, where to, what follows. Plain data: importing a workflow runs nothing.
`lint` proves a definition, `diagram` draws it, `decide` moves cases by it.

Functions named in a definition are pure and take `(case, event, view)`:

    a guard    (`when`)   None, or the sentence that refuses
    a fold     (`fold`)   the items of the case's data that change
    a choice   (`to`)     the name of one of the states it declares
    a wish     (`do`)     effects or messages that depend on the case
    an instant (`at`)     when a date timer is due, or None
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.core.definition import (
    OPENER,
    Always,
    Choice,
    Command,
    Do,
    Fold,
    Freezes,
    Goal,
    Guard,
    Notice,
    On,
    Only,
    Opens,
    Pick,
    State,
    Telling,
    TimerRule,
    When,
    Wish,
    Word,
    Workflow,
    goals,
    looks_elsewhere,
)
from orchestrator.core.models import FactsModel, NoFacts, RulesModel
from orchestrator.core.values import SYSTEM, Case

__all__ = [
    "OPENER",
    "Always",
    "Choice",
    "Command",
    "Do",
    "FactsModel",
    "Fold",
    "Freezes",
    "Goal",
    "Guard",
    "NoFacts",
    "Notice",
    "On",
    "Only",
    "Opens",
    "Pick",
    "RulesModel",
    "State",
    "Telling",
    "TimerRule",
    "When",
    "Wish",
    "Word",
    "Workflow",
    "after",
    "always",
    "at",
    "both",
    "choose",
    "command",
    "elsewhere",
    "final",
    "follows",
    "freezes",
    "goals",
    "hears",
    "limit",
    "looks_elsewhere",
    "notify",
    "on",
    "opens",
    "send",
    "state",
    "target",
    "workflow",
]


def opens(
    by: str,
    needs: type[FactsModel] = NoFacts,
    *,
    when: Sequence[Guard] = (),
    reads: str | None = None,
    fold: Fold | None = None,
    do: Sequence[Do] = (),
) -> Opens:
    """How a case begins; guards that look at the docket named by `reads` are `@elsewhere`."""
    return Opens(by, needs, tuple(when), reads, fold, tuple(do))


def on(
    event: str,
    by: str | tuple[str, ...],
    *,
    needs: type[FactsModel] = NoFacts,
    when: Sequence[Guard] = (),
    to: Goal = None,
    fold: Fold | None = None,
    do: Sequence[Do] = (),
) -> On:
    """What a person or a system may say here. Without `to` the case stays where it is."""
    roles = (by,) if isinstance(by, str) else by
    return On(event, roles, needs, tuple(when), to, fold, tuple(do))


def hears(
    message: str,
    *,
    needs: type[FactsModel] = NoFacts,
    to: Goal = None,
    fold: Fold | None = None,
    do: Sequence[Do] = (),
) -> On:
    """What another case of the docket may say here; no person can."""
    return On(message, (SYSTEM,), needs, (), to, fold, tuple(do), internal=True)


def after(
    name: str,
    span: str,
    to: Goal = None,
    *,
    only: Only | None = None,
    fold: Fold | None = None,
    do: Sequence[Do] = (),
    priority: int = 0,
) -> TimerRule:
    """A party's window: its silence decides. Without `to` it only ends a chance."""
    return TimerRule(name, "after", span, None, to, fold, tuple(do), priority, only=only)


def target(
    name: str,
    span: str,
    *,
    do: Sequence[Do] | None = None,
    priority: int = 0,
) -> TimerRule:
    """A reminder to staff: `notify:staff:<name>` unless said otherwise."""
    wishes = (Notice("staff", name),) if do is None else tuple(do)
    return TimerRule(name, "target", span, None, None, None, wishes, priority)


def limit(
    name: str, span: str, *, level_2: str = "escalation.level_2", priority: int = 0
) -> TimerRule:
    """A limit on staff: overdue and escalated when it passes, twice; it never decides (RULES 3)."""
    level_1 = (Notice("staff", f"{name}_level_1"), Notice(OPENER, "delayed"))
    second_name = f"{name}_level_2"
    told = (Notice("staff", second_name),)
    second = TimerRule(second_name, "level_2", level_2, None, None, None, told, priority)
    return TimerRule(name, "limit", span, None, None, None, level_1, priority, second)


def at(
    name: str,
    when: When,
    to: Goal = None,
    *,
    fold: Fold | None = None,
    do: Sequence[Do] = (),
    priority: int = 0,
    then: TimerRule | None = None,
) -> TimerRule:
    """A timer due at an instant of the case's own, read again whenever the case changes.

    then   armed when this one has acted and the case stays; its span starts on the day that ended
    """
    return TimerRule(name, "date", None, when, to, fold, tuple(do), priority, then)


def freezes(*timers: str) -> Freezes:
    """These timers of the state before stand still here; a limit's level 2 with it."""
    return Freezes(timers)


def state(name: str, *rules: TimerRule | On | Freezes, open_ended: bool = False) -> State:
    """One chapter of the story."""
    timers = tuple(rule for rule in rules if isinstance(rule, TimerRule))
    frozen = tuple(n for rule in rules if isinstance(rule, Freezes) for n in rule.timers)
    levels = tuple(f"{n}_level_2" for n in frozen)
    ways = tuple(rule for rule in rules if isinstance(rule, On))
    return State(name, timers, ways, frozen + levels, open_ended)


def final(*names: str) -> tuple[State, ...]:
    """The ends of the story: nothing happens there any more."""
    return tuple(State(name, final=True) for name in names)


def always(*rules: TimerRule | On) -> Always:
    """Timers and ways of every state that is not final."""
    return Always(
        tuple(rule for rule in rules if isinstance(rule, TimerRule)),
        tuple(rule for rule in rules if isinstance(rule, On)),
    )


def workflow(
    name: str,
    opening: Opens,
    *chapters: State | tuple[State, ...] | Always,
    rules: Mapping[str, type[RulesModel]],
    story: str,
    source: str,
    version: int = 1,
    singleton: bool = False,
    turn: int = 0,
    summary: Callable[[Case | None], Mapping[str, Any]] | None = None,
) -> Workflow:
    """A definition, in the order a case lives through it; the first state is where it begins.

    turn   in one cause the effects of workflows with a lower turn go first (RULES 5)
    """
    states: list[State] = []
    of_every_state: list[Always] = []
    for chapter in chapters:
        if isinstance(chapter, Always):
            of_every_state.append(chapter)
        elif isinstance(chapter, State):
            states.append(chapter)
        else:
            states.extend(chapter)
    merged = Always(
        tuple(rule for part in of_every_state for rule in part.timers),
        tuple(way for part in of_every_state for way in part.ways),
    )
    return Workflow(
        name,
        version,
        story,
        source,
        opening,
        tuple(states),
        merged,
        rules,
        singleton,
        turn,
        summary,
    )


def choose(pick: Pick, *states: str) -> Choice:
    """The destination is what `pick` says, one of these."""
    return Choice(pick, states)


def notify(role: str, template: str) -> Notice:
    """A notice to a role; `OPENER` is whoever opens cases of this workflow."""
    return Notice(role, template)


def both(first: str, second: str, template: str) -> tuple[Notice, Notice]:
    """A notice to two parties is two effects, complainant or buyer first."""
    return Notice(first, template), Notice(second, template)


def command(name: str) -> Command:
    """Something that the marketplace is to do."""
    return Command(name)


def send(to: str, message: str, facts: Telling | None = None) -> Word:
    """A word to the one case of workflow `to` in this docket, opened by it when there is none."""
    return Word(to, message, facts)


def follows(*do: Do) -> tuple[Do, ...]:
    """Wishes under one name, for ways that end alike."""
    return do


def elsewhere(guard: Guard) -> Guard:
    """Marks a guard of opening that looks at another docket; `assume` skips exactly these."""
    guard.looks_elsewhere = True  # type: ignore[attr-defined]
    return guard
