"""What a definition is made of: plain, frozen data, named as the notation names it.

`workflow` has the words in which it is written; `lint` proves it, `decide` moves cases by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from orchestrator.core.models import FactsModel, RulesModel
from orchestrator.core.values import Case, Effect, Event, Message

if TYPE_CHECKING:
    from orchestrator.core.view import View

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
    second: TimerRule | None = None  # armed when this one passes and the case stays: a level 2
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
    turn: int = 0  # in one cause the effects of a lower turn go first (RULES 5)
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

    @cached_property
    def needs(self) -> Mapping[str, type[FactsModel]]:
        """Event → the model of its facts, of those that people may send."""
        ways = {
            way.event: way.needs for _, way in reversed(list(self.all_ways())) if not way.internal
        }
        return MappingProxyType(ways)

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


def looks_elsewhere(guard: Guard) -> bool:
    return getattr(guard, "looks_elsewhere", False)


def goals(to: Goal) -> tuple[str | None, ...]:
    """Every destination a way can have; None: the case stays."""
    return to.states if isinstance(to, Choice) else (to,)
