"""One decision: what an event, a message or a due timer does to one case.

`transitions` is the rule book: every (state, trigger, branch) of a definition is asked of one
shared machine, once, when the definition is proven, and its answer is remembered. Guards are ours:
the first that refuses says why. Nothing here changes anything; a `Decision` says what would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from transitions import EventData, Machine

from orchestrator.core.terms import Terms
from orchestrator.core.values import SYSTEM, Case, Effect, Event, Facts, Message, Missing, Refusal
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    OPENER,
    Choice,
    Command,
    Do,
    Goal,
    Notice,
    On,
    TimerRule,
    Word,
    Workflow,
    goals,
)

Branch = str | None  # the destination that a way names; None: it stays
Routes = Mapping[tuple[str, str, Branch], str]


class Decision(NamedTuple):
    """What follows: the state to be in, the data as it will be, and wishes in order."""

    to: str
    data: Facts
    effects: list[Effect]
    messages: list[Message]


class _Cursor:
    """What the shared machine moves: thrown away after each question."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def prove(workflow: Workflow) -> Routes:
    """Ask transitions where every (state, trigger, branch) leads, and remember the answers.

    raises   ValueError: a destination that is no state of the workflow
    """
    triggers = list(_triggers(workflow))
    machine = Machine(
        model=None,
        states=[state.name for state in workflow.states],
        initial=workflow.initial,
        auto_transitions=False,
        send_event=True,
    )
    for source, trigger, branch in triggers:
        machine.add_transition(trigger, source, branch, conditions=_is(branch))
    routes: dict[tuple[str, str, Branch], str] = {}
    for source, trigger, branch in triggers:
        cursor = _Cursor(source)
        if not machine.events[trigger].trigger(cursor, branch=branch):
            msg = f"{workflow.name}: {trigger} leads nowhere from {source}"
            raise ValueError(msg)
        routes[source, trigger, branch] = cursor.state
    return routes


def _triggers(workflow: Workflow) -> Iterator[tuple[str, str, Branch]]:
    for state in workflow.states:
        rules: list[On | TimerRule] = [*state.ways, *state.timers]
        if not state.final:
            rules += [*workflow.always.ways, *workflow.always.timers]
        rules += [r.second for r in rules if isinstance(r, TimerRule) and r.second]
        for rule in rules:
            name = rule.event if isinstance(rule, On) else rule.name
            for branch in goals(rule.to):
                yield state.name, name, branch


def _is(branch: Branch) -> Callable[[EventData], bool]:
    return lambda asked: bool(asked.kwargs["branch"] == branch)


class Book:
    """A proven definition under a rulebook: the terms, and where each way leads."""

    __slots__ = ("_said", "routes", "terms")

    def __init__(self, terms: Terms, routes: Routes) -> None:
        self.terms = terms
        self.routes = routes
        self._said = dict(_said(terms))

    def decide(
        self, case: Case, event: Event, view: View, *, message: bool = False
    ) -> Decision | Refusal:
        """What an event or a message does to a case, or the sentence that refuses it (law 9).

        message   it comes from another case of the docket; from a door it never does
        """
        ways = self.terms.hears if message else self.terms.ways
        way = ways.get((case.state, event.name))
        if way is None or event.by not in way.by:
            return self.refusal(case, event, view, message=message)
        for guard in way.when:
            reason = guard(case, event, view)
            if reason is not None:
                return Refusal("rule", reason, guard.__name__)
        return self._follow(case, event, view, event.name, way)

    def fire(self, case: Case, rule: TimerRule, view: View) -> Decision:
        """What a timer does when its instant has come."""
        event = Event(rule.name, SYSTEM, None, {})
        return self._follow(case, event, view, rule.name, rule)

    def _follow(
        self, case: Case, event: Event, view: View, trigger: str, way: On | TimerRule
    ) -> Decision:
        data = case.data
        if way.fold is not None:
            data = {**data, **way.fold(case, event, view)}
            case = case._replace(data=data)
        branch = _branch(way.to, case, event, view)
        to = self.routes[case.state, trigger, branch]
        said = self._said.get(id(way))
        if said is not None:
            return Decision(to, data, said, [])
        case = case._replace(state=to)
        effects, messages = wishes(way.do, case, event, view, self.terms.workflow)
        return Decision(to, data, effects, messages)

    def refusal(self, case: Case, event: Event, view: View, *, message: bool = False) -> Refusal:
        """Why an event that has no way from here is refused, in words for the person who sent it."""
        terms, name = self.terms, event.name
        ways = terms.hears if message else terms.ways
        known = [way for way in ways.values() if way.event == name]
        if not known and name in terms.timers:
            return Refusal(
                "timer", f"{name} is a timer of {case.workflow}; timers act by themselves"
            )
        if not known and any(way.event == name for way in terms.hears.values()):
            return Refusal("message", f"{name} is a message between cases; nobody may send it")
        if not known:
            events = sorted({way.event for way in terms.ways.values()})
            return Refusal(
                "unknown_event",
                f"{case.workflow} has no event {name!r}; it knows {', '.join(events)}",
            )
        way = ways.get((case.state, name))
        if way is not None:
            return Refusal(
                "role",
                f"case {case.id}: {name} is for {' or '.join(way.by)}, it came from {event.by}",
            )
        roles = {role for w in known for role in w.by}
        if event.by not in roles:
            return Refusal(
                "role",
                f"case {case.id}: {name} is for {' or '.join(sorted(roles))}, "
                f"it came from {event.by}",
            )
        said = f"{self._whereabouts(case, view)}; possible there: {self._possible(case, view)}"
        return Refusal("state", said)

    def _whereabouts(self, case: Case, view: View) -> str:
        since = f"case {case.id} is {case.state} since {view.text(case.since)}"
        if case.moved_by is None:
            return since
        return f"{since}, when its {case.moved_by} ended"

    def _possible(self, case: Case, view: View) -> str:
        allowed = [option for option in options(self, case, view) if option.allowed]
        return ", ".join(f"{o.event} ({' or '.join(o.by)})" for o in allowed) or "nothing"


def _said(terms: Terms) -> Iterator[tuple[int, list[Effect]]]:
    """The effects of each rule that says the same whatever the case: asked once, remembered."""
    rules: list[On | TimerRule] = [
        *terms.ways.values(),
        *terms.hears.values(),
        *terms.timers.values(),
    ]
    for rule in rules:
        if all(isinstance(wish, (Notice, Command)) for wish in rule.do):
            nobody: Any = None
            effects, _ = wishes(rule.do, nobody, nobody, nobody, terms.workflow)
            yield id(rule), effects


def _branch(to: Goal, case: Case, event: Event, view: View) -> Branch:
    if not isinstance(to, Choice):
        return to
    picked = to.pick(case, event, view)
    if picked not in to.states:
        msg = f"{to.pick.__name__} picked {picked!r}, wanted one of {', '.join(to.states)}"
        raise ValueError(msg)
    return picked


def wishes(
    do: tuple[Do, ...], case: Case, event: Event, view: View, workflow: Workflow
) -> tuple[list[Effect], list[Message]]:
    """The effects and messages of a list of wishes, in order."""
    effects: list[Effect] = []
    messages: list[Message] = []
    for wish in do:
        if isinstance(wish, Notice):
            role = workflow.opens.by if wish.role == OPENER else wish.role
            effects.append(Effect(f"notify:{role}:{wish.template}", {}))
        elif isinstance(wish, Command):
            effects.append(Effect(f"command:{wish.name}", {}))
        elif isinstance(wish, Word):
            facts = wish.facts(case, event, view) if wish.facts else {}
            messages.append(Message(wish.workflow, wish.name, dict(facts), to_the_one=True))
        else:
            for made in wish(case, event, view):
                if isinstance(made, Effect):
                    effects.append(made)
                else:
                    messages.append(made)
    return effects, messages


class FactsAreOpen(Exception):
    """A guard looked at the facts of an event that nobody has sent yet."""


class _OpenFacts:
    """Stands for facts that are not known when it is asked what would be allowed."""

    def __getattr__(self, name: str) -> Any:
        raise FactsAreOpen(name)


OPEN_FACTS = _OpenFacts()


class Option(NamedTuple):
    """One event that a case knows: who may send it now, or why not (or on what it depends)."""

    event: str
    by: tuple[str, ...]
    allowed: bool
    why: str | None


def options(book: Book, case: Case, view: View) -> Iterator[Option]:
    """Every event of the workflow: allowed now and for whom, or the reason why not."""
    here = {way.event: way for (s, _), way in book.terms.ways.items() if s == case.state}
    names = dict.fromkeys(way.event for way in book.terms.ways.values())
    for name in names:
        way = here.get(name)
        if way is None:
            states = [s for s, n in book.terms.ways if n == name]
            roles = next(w.by for (_, n), w in book.terms.ways.items() if n == name)
            yield Option(name, roles, allowed=False, why=f"only in {' or '.join(states)}")
            continue
        asked = Event(name, way.by[0], OPEN_FACTS, {})
        try:
            reason = _first_reason(way, case, asked, view)
        except FactsAreOpen:
            yield Option(name, way.by, allowed=True, why="depends on its facts")
            continue
        except Missing:
            raise
        except Exception as error:  # noqa: BLE001  it is asked about just when a guard is broken
            reason = f"its guard raises {error!r}"
        yield Option(name, way.by, allowed=reason is None, why=reason)


def _first_reason(way: On, case: Case, event: Event, view: View) -> str | None:
    """raises   FactsAreOpen: nothing refuses, but a guard wants to know what is said"""
    open_facts: FactsAreOpen | None = None
    for guard in way.when:
        try:
            reason = guard(case, event, view)
        except FactsAreOpen as error:
            open_facts = error
            continue
        if reason is not None:
            return reason
    if open_facts is not None:
        raise open_facts
    return None
