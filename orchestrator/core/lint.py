"""Is a definition sound? Small checks that yield flaws: all of them are shown at once.

A definition with a flaw is not taken: no case ever depends on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from orchestrator.core.fingerprint import code_digests, functions, identity
from orchestrator.core.reads import missed, unread
from orchestrator.core.rules import Rulebook
from orchestrator.core.spans import Span
from orchestrator.core.values import SYSTEM
from orchestrator.core.workflow import (
    Choice,
    Goal,
    Notice,
    On,
    State,
    TimerRule,
    Word,
    Workflow,
    goals,
    looks_elsewhere,
)

MOST_NAME = 100


class Flaw(str):
    """A sentence that names the place and what is wrong with it."""

    __slots__ = ()


def flaws(workflow: Workflow, others: Mapping[str, Workflow]) -> list[Flaw]:
    """Every flaw of a definition; `others` are the workflows that messages may go to."""
    if not workflow.states:
        return [Flaw("has no state")]
    found = [flaw for check in CHECKS for flaw in check(workflow)]
    found += _messages(workflow, others)
    return list(dict.fromkeys(found))


def rulebook_flaws(workflow: Workflow, rulebook: Rulebook) -> list[Flaw]:
    """Spans that a rulebook lacks, or that are no spans."""
    found = []
    for _, rule in workflow.all_timers():
        if rule.span is None:
            continue
        try:
            value = rulebook.value(rule.span)
        except KeyError:
            found.append(Flaw(f"{rule.name}: rulebook {rulebook.name} lacks {rule.span}"))
            continue
        if value is not None and not isinstance(value, Span):
            found.append(Flaw(f"{rule.name}: {rule.span} of {rulebook.name} is no span"))
    return found


def value_flaws(workflows: Sequence[Workflow]) -> list[Flaw]:
    """Values that a rulebook must give and no workflow reads; those read that none can give."""
    return [
        *(
            Flaw(f"{value}: no workflow reads it ({', '.join(by)} declares it)")
            for value, by in unread(workflows).items()
        ),
        *(
            Flaw(f"{value}: is in no section of `rules` ({', '.join(by)} reads it)")
            for value, by in missed(workflows).items()
        ),
    ]


def lock_of(workflow: Workflow) -> dict[str, object]:
    """What the lock file keeps of a definition: its identity, and what its functions say."""
    return {"definition": identity(workflow), "functions": code_digests(workflow)}


def lock_flaws(workflow: Workflow, locked: Mapping[str, object] | None) -> list[Flaw]:
    """What changed without a new version: cases under way keep the definition they began with."""
    if locked is None:
        return [Flaw("is not in the lock file")]
    now = lock_of(workflow)
    if now == locked:
        return []
    before = str(locked["definition"])
    if before.partition(":")[0] != identity(workflow).partition(":")[0]:
        return [Flaw(f"is {identity(workflow)}, the lock file has {before}")]
    if now["definition"] != before:
        return [Flaw("its notation changed without a new version")]
    return [Flaw("what its functions do changed without a new version")]


def _no_state_stands_twice(workflow: Workflow) -> Iterator[Flaw]:
    for name, count in Counter(state.name for state in workflow.states).items():
        if count > 1:
            yield Flaw(f"{name}: stands {count} times")
    if workflow.initial in [state.name for state in workflow.states if state.final]:
        yield Flaw(f"{workflow.initial}: is final and the first state")


def _every_destination_is_a_state(workflow: Workflow) -> Iterator[Flaw]:
    known = {state.name for state in workflow.states}
    for place, to in _goals(workflow):
        for name in goals(to):
            if name is not None and name not in known:
                yield Flaw(f"{place}: leads to {name}, which is no state")
        if isinstance(to, Choice) and len(set(to.states)) < 2:
            yield Flaw(f"{place}: a choice needs two states to choose from")


def _every_state_can_be_reached(workflow: Workflow) -> Iterator[Flaw]:
    leads: dict[str, set[str]] = {}
    for state in workflow.states:
        rules = [] if state.final else [*_rules(state), *_rules_of_always(workflow)]
        leads[state.name] = {n for rule in rules for n in goals(rule.to) if n}
    reached, waiting = set(), [workflow.initial]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += leads.get(name, ())
    for state in workflow.states:
        if state.name not in reached:
            yield Flaw(f"{state.name}: cannot be reached")


def _no_state_waits_for_ever(workflow: Workflow) -> Iterator[Flaw]:
    for state in workflow.states:
        if not (state.final or state.open_ended or state.timers):
            yield Flaw(f"{state.name}: has no timer and is not marked open_ended")


def _no_final_has_a_way_out(workflow: Workflow) -> Iterator[Flaw]:
    for state in workflow.states:
        if state.final and (state.ways or state.timers):
            yield Flaw(f"{state.name}: is final and has a way out")


def _no_choice_is_ambiguous(workflow: Workflow) -> Iterator[Flaw]:
    for state in workflow.states:
        ways = [] if state.final else [*state.ways, *workflow.always.ways]
        for (event, _), count in Counter((way.event, way.internal) for way in ways).items():
            if count > 1:
                yield Flaw(f"{state.name}: {event} has {count} ways, which is ambiguous")


def _no_timer_stands_twice(workflow: Workflow) -> Iterator[Flaw]:
    events = {way.event for _, way in workflow.all_ways()}
    for name, count in Counter(rule.name for _, rule in workflow.all_timers()).items():
        if count > 1:
            yield Flaw(f"{name}: {count} timers have this name")
        if name in events:
            yield Flaw(f"{name}: is an event and a timer")


def _what_freezes_is_known(workflow: Workflow) -> Iterator[Flaw]:
    rules = {rule.name: rule for _, rule in workflow.all_timers()}
    for state in workflow.states:
        for name in state.freezes:
            rule = rules.get(name)
            if rule is None and not name.endswith("_level_2"):
                yield Flaw(f"{state.name}: freezes {name}, which is no timer")
            elif rule is not None and rule.span is None:
                yield Flaw(f"{state.name}: freezes {name}, which is a date and cannot stand still")


def _what_freezes_is_entered_from_what_it_freezes(workflow: Workflow) -> Iterator[Flaw]:
    """Else a case could come to the frozen timers' state with none of them armed (law 5)."""
    known = {rule.name for _, rule in workflow.all_timers()}
    for frozen in workflow.states:
        names = known & set(frozen.freezes)
        for source in workflow.states:
            own = {rule.name for rule in source.timers} | set(source.freezes)
            leads = {n for rule in _rules(source) for n in goals(rule.to)}
            if names and frozen.name in leads and source is not frozen and not names & own:
                yield Flaw(f"{frozen.name}: freezes timers that {source.name}, before it, lacks")


def _every_event_has_one_form(workflow: Workflow) -> Iterator[Flaw]:
    """What an event needs is proven before its case is locked, whatever state that is in."""
    forms: dict[tuple[str, bool], set[type]] = {}
    for _, way in workflow.all_ways():
        forms.setdefault((way.event, way.internal), set()).add(way.needs)
    for (event, _), needs in forms.items():
        if len(needs) > 1:
            yield Flaw(f"{event}: needs other facts in one state than in another")


def _no_loop_of_timers_alone(workflow: Workflow) -> Iterator[Flaw]:
    """A ring of states that nothing but timers moves through never comes to rest."""
    leads = {
        state.name: {
            name
            for rule in _with_what_follows(state.timers)
            for name in goals(rule.to)
            if name and name != state.name
        }
        for state in workflow.states
    }
    for start, first in leads.items():
        reached: set[str] = set()
        waiting = list(first)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += leads.get(name, ())
        if start in reached:
            yield Flaw(f"{start}: timers alone lead from here back to here")


def _names_are_plain(workflow: Workflow) -> Iterator[Flaw]:
    names = [workflow.name, *(state.name for state in workflow.states)]
    names += [way.event for _, way in workflow.all_ways()]
    names += [rule.name for _, rule in workflow.all_timers()]
    for name in dict.fromkeys(names):
        if not (name.isidentifier() and name.isascii() and len(name) <= MOST_NAME):
            yield Flaw(f"{name!r}: a name of letters, digits and underscores")
    for place, do in _wishes(workflow):
        if isinstance(do, Notice) and not do.template:
            yield Flaw(f"{place}: a notice to {do.role} without a template")


def _spans_have_a_section(workflow: Workflow) -> Iterator[Flaw]:
    for _, rule in workflow.all_timers():
        if rule.span is None:
            continue
        section, _, key = rule.span.partition(".")
        model = workflow.rules.get(section)
        if model is None or key not in model.model_fields:
            yield Flaw(f"{rule.name}: its span {rule.span} is in no section of `rules`")


def _the_opening_is_whole(workflow: Workflow) -> Iterator[Flaw]:
    opens = workflow.opens
    if opens.reads is not None and opens.reads not in opens.needs.model_fields:
        yield Flaw(f"opens: reads {opens.reads}, which is no fact of it")
    for guard in opens.when:
        if looks_elsewhere(guard) and opens.reads is None:
            yield Flaw(f"opens: {guard.__name__} looks elsewhere, but nothing is read")
    if workflow.singleton and opens.by == SYSTEM and not workflow.states[0].open_ended:
        yield Flaw(f"{workflow.initial}: is opened by a message, so it must be open_ended")


def _functions_have_names(workflow: Workflow) -> Iterator[Flaw]:
    for name, found in functions(workflow).items():
        if name == "<lambda>":
            yield Flaw("a function without a name: give the lambda one")
        elif len(found) > 1:
            yield Flaw(f"{name}: {len(found)} functions have this name")


def _messages(workflow: Workflow, others: Mapping[str, Workflow]) -> Iterator[Flaw]:
    for place, do in _wishes(workflow):
        if not isinstance(do, Word):
            continue
        other = others.get(do.workflow)
        if other is None:
            yield Flaw(f"{place}: sends {do.name} to {do.workflow}, which is no workflow here")
            continue
        if not other.singleton:
            yield Flaw(f"{place}: sends {do.name} to {do.workflow}, which is no singleton")
            continue
        for state in other.states:
            ways = [*state.ways, *other.always.ways]
            if not state.final and not any(w.internal and w.event == do.name for w in ways):
                yield Flaw(f"{place}: {do.workflow} does not hear {do.name} in {state.name}")


def _goals(workflow: Workflow) -> Iterator[tuple[str, Goal]]:
    for state in workflow.states:
        for way in state.ways:
            yield f"{state.name}.{way.event}", way.to
        for rule in _with_what_follows(state.timers):
            yield f"{state.name}.{rule.name}", rule.to
    for rule_of_all in _rules_of_always(workflow):
        yield "always", rule_of_all.to


def _wishes(workflow: Workflow) -> Iterator[tuple[str, object]]:
    for do in workflow.opens.do:
        yield "opens", do
    for state in workflow.states:
        for way in state.ways:
            yield from ((f"{state.name}.{way.event}", do) for do in way.do)
        for rule in _with_what_follows(state.timers):
            yield from ((f"{state.name}.{rule.name}", do) for do in rule.do)
    for rule_of_all in _rules_of_always(workflow):
        yield from (("always", do) for do in rule_of_all.do)


def _with_what_follows(timers: tuple[TimerRule, ...]) -> list[TimerRule]:
    """Timers, and those that are armed when one of them has passed."""
    return [rule for first in timers for rule in (first, first.second) if rule is not None]


def _rules(state: State) -> list[On | TimerRule]:
    return [*state.ways, *_with_what_follows(state.timers)]


def _rules_of_always(workflow: Workflow) -> list[On | TimerRule]:
    return [*workflow.always.ways, *_with_what_follows(workflow.always.timers)]


CHECKS: tuple[Callable[[Workflow], Iterator[Flaw]], ...] = (
    _no_state_stands_twice,
    _every_destination_is_a_state,
    _every_state_can_be_reached,
    _no_state_waits_for_ever,
    _no_final_has_a_way_out,
    _no_choice_is_ambiguous,
    _no_timer_stands_twice,
    _what_freezes_is_known,
    _what_freezes_is_entered_from_what_it_freezes,
    _every_event_has_one_form,
    _no_loop_of_timers_alone,
    _names_are_plain,
    _spans_have_a_section,
    _the_opening_is_whole,
    _functions_have_names,
)
