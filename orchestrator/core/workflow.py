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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.core.models import FactsModel, NoFacts, RulesModel
from orchestrator.core.values import SYSTEM, Case, Effect, Event, Message

if TYPE_CHECKING:
    from orchestrator.core.view import View

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

OPENER = "opener"  # in notices: whoever opens cases of this workflow

Guard = Callable[[Case, Event, "View"], str | None]
Fold = Callable[[Case, Event, "View"], Mapping[str, Any]]
Wish = Callable[[Case, Event, "View"], "Iterable[Effect | Message]"]
Telling = Callable[[Case, Event, "View"], Mapping[str, Any]]
Pick = Callable[[Case, Event, "View"], str]
When = Callable[[Case, "View"], int | None]
Only = Callable[[Case, "View"], bool]


@dataclass(frozen=True, slots=True)
class Notice:
    """`notify:<role>:<template>`."""

    role: str
    template: str


@dataclass(frozen=True, slots=True)
class Command:
    """`command:<name>`: something that the marketplace does."""

    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A message to the one case of another workflow in the docket."""

    workflow: str
    name: str
    facts: Telling | None


Do = Notice | Command | Word | Wish


@dataclass(frozen=True, slots=True)
class Choice:
    """A destination that depends on the case: `pick` names one of `states`."""

    pick: Pick
    states: tuple[str, ...]


Goal = str | Choice | None


@dataclass(frozen=True, slots=True)
class On:
    """A way that an event (`by` its roles) or a message (by the system) takes."""

    event: str
    by: tuple[str, ...]
    needs: type[FactsModel]
    when: tuple[Guard, ...]
    to: Goal
    fold: Fold | None
    do: tuple[Do, ...]
    internal: bool = False  # a message: no person may send it


@dataclass(frozen=True, slots=True)
class TimerRule:
    """A timer of a state, and what its firing does.

    kind   after (a party's window), limit (staff, never decides), level_2, target (reminds), date
    """

    name: str
    kind: str
    span: str | None
    at: When | None
    to: Goal
    fold: Fold | None
    do: tuple[Do, ...]
    priority: int
    second: TimerRule | None = None  # a limit's level 2, armed when the limit passes
    only: Only | None = None  # armed only where this holds


@dataclass(frozen=True, slots=True)
class Freezes:
    """Timers of the state that was left, which stand still in this one."""

    timers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """One chapter: where a case can be, what happens there by itself, and the ways out."""

    name: str
    timers: tuple[TimerRule, ...] = ()
    ways: tuple[On, ...] = ()
    freezes: tuple[str, ...] = ()
    open_ended: bool = False  # may rest here for ever, on purpose
    final: bool = False


@dataclass(frozen=True, slots=True)
class Always:
    """Timers and ways of every state that is not final: they belong to the case."""

    timers: tuple[TimerRule, ...]
    ways: tuple[On, ...]


@dataclass(frozen=True, slots=True)
class Opens:
    """How a case begins. `reads` names the fact that holds the key of another docket."""

    by: str
    needs: type[FactsModel]
    when: tuple[Guard, ...]
    reads: str | None
    fold: Fold | None
    do: tuple[Do, ...]


@dataclass(frozen=True)
class Workflow:
    """A definition: plain data, proven by `lint`, identified by name, version and fingerprint."""

    name: str
    version: int
    story: str
    source: str
    opens: Opens
    states: tuple[State, ...]
    always: Always
    rules: Mapping[str, type[RulesModel]]
    singleton: bool = False
    summary: Callable[[Case | None], Mapping[str, Any]] | None = None

    @property
    def initial(self) -> str:
        return self.states[0].name

    def state(self, name: str) -> State:
        """raises   KeyError: no such state"""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)

    def all_ways(self) -> Iterator[tuple[State, On]]:
        """Every (state, way), those of every state repeated for each state that is not final."""
        for state in self.states:
            if not state.final:
                for way in (*state.ways, *self.always.ways):
                    yield state, way

    def all_timers(self) -> Iterator[tuple[State | None, TimerRule]]:
        """Every timer with the state that owns it; None: the case owns it."""
        owners: list[tuple[State | None, tuple[TimerRule, ...]]] = [
            *((state, state.timers) for state in self.states),
            (None, self.always.timers),
        ]
        for owner, timers in owners:
            for timer in timers:
                yield owner, timer
                if timer.second:
                    yield owner, timer.second


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
) -> TimerRule:
    """A timer due at an instant of the case's own, read again whenever the case changes."""
    return TimerRule(name, "date", None, when, to, fold, tuple(do), priority)


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
    summary: Callable[[Case | None], Mapping[str, Any]] | None = None,
) -> Workflow:
    """A definition, in the order a case lives through it; the first state is where it begins."""
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
        name, version, story, source, opening, tuple(states), merged, rules, singleton, summary
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


def looks_elsewhere(guard: Guard) -> bool:
    return getattr(guard, "looks_elsewhere", False)


def goals(to: Goal) -> tuple[str | None, ...]:
    """Every destination a way can have; None: the case stays."""
    return to.states if isinstance(to, Choice) else (to,)
