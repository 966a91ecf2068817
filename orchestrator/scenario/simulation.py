"""A scenario played: every docket is run to each step's instant, then somebody acts."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from orchestrator import inputs
from orchestrator.answers import Answer
from orchestrator.api import Orchestrator
from orchestrator.calendars import edition_from
from orchestrator.clock import VirtualClock
from orchestrator.core.journal import canonical
from orchestrator.db.library import Shelf
from orchestrator.db.store import Store
from orchestrator.errors import BadInput, Conflict, NotFound
from orchestrator.registry import Registry
from orchestrator.rulebook import rulebook_from
from orchestrator.scenario.expectations import (
    looks_at_a_case,
    unmet_of_case,
    unmet_of_docket,
    unmet_of_step,
)
from orchestrator.scenario.form import Expect, Scenario, Step, instant_of
from orchestrator.settings import Settings


class Outcome(NamedTuple):
    """What one step came to."""

    step: int
    answer: Answer | None  # None: nobody acted, or it was turned away
    refused: bool
    reason: str | None
    effects: list[str]


class Report(NamedTuple):
    """What a scenario came to, in the shape of DESIGN 7.1."""

    unmet: list[str]
    steps: list[Outcome]
    cases: dict[str, dict[str, Any]]
    dockets: dict[str, dict[str, Any]]
    journal: list[dict[str, Any]]
    outbox: list[dict[str, Any]]

    @property
    def ok(self) -> bool:
        return not self.unmet

    def as_data(self) -> dict[str, Any]:
        steps = [{"index": s.step, "refused": s.refused, "reason": s.reason} for s in self.steps]
        return {"ok": self.ok, **self._asdict(), "steps": steps}


class Simulation:
    """A scenario on its way: an engine of its own on an empty database in memory."""

    def __init__(
        self, scenario: Scenario, shelf: Shelf, registry: Registry, settings: Settings
    ) -> None:
        """raises   NotFound: no such rulebook or calendar"""
        self.scenario = scenario
        rulebook = scenario.rulebook or settings.default_rulebook
        self.clock = VirtualClock(instant_of(scenario.step[0].at))
        self.orchestrator = Orchestrator(
            Store("sqlite://"),
            registry,
            _shelf_for(scenario, rulebook, shelf, registry),
            settings.model_copy(update={"default_rulebook": rulebook}),
            self.clock,
        )
        self.aliases: dict[str, str] = {}
        self._told: set[tuple[str, int, int]] = set()  # effects of the steps before

    def run(self) -> Report:
        """Play every step; gives the report."""
        unmet: list[str] = []
        steps: list[Outcome] = []
        for index, step in enumerate(self.scenario.step):
            outcome = self._play(index, step)
            steps.append(outcome)
            for expect in step.expectations():
                place = f"step {index} ({self._text(self.clock.now())})"
                unmet += [f"{place}: {said}" for said in self._unmet(expect, step, outcome)]
        return self._report(unmet, steps)

    def timeline(self, title: str, *, noticed: bool = False) -> str:
        """What was played so far as an SVG, cases by their aliases."""
        names = {case: alias for alias, case in self.aliases.items()}
        return self.orchestrator.queries.story(title, names, noticed=noticed)

    def _play(self, index: int, step: Step) -> Outcome:
        self.clock.move_to(instant_of(step.at))
        self.orchestrator.engine.advance()
        answer, reason = self._act(step)
        refused = answer.refused if answer else reason is not None
        effects = self._new_effects()
        return Outcome(index, answer, refused, answer.reason if answer else reason, effects)

    def _act(self, step: Step) -> tuple[Answer | None, str | None]:
        try:
            if step.open is not None:
                answer = self.orchestrator.open(
                    step.open,
                    docket=step.docket or "",
                    by=step.by or "",
                    facts=step.facts,
                    case=step.case if step.case and inputs.may_be_given(step.case) else None,
                    assume=step.assume,
                    rulebook=step.rulebook,
                )
                if not answer.refused and answer.case is not None:
                    self.aliases[step.case or answer.case] = answer.case
                return answer, None
            if step.event is not None and step.case is not None:
                if step.case not in self.aliases:
                    return None, f"the opening of case {step.case} was refused: it does not exist"
                case = self.aliases[step.case]
                return self.orchestrator.inject(
                    case, step.event, by=step.by or "", facts=step.facts
                ), None
        except (BadInput, Conflict) as error:  # turned away: it counts as refused (law 9)
            return None, str(error)
        return None, None

    def _new_effects(self) -> list[str]:
        """What this step put in the outbox, cause after cause in time order."""
        with self.orchestrator.store.read() as tx:
            found = tx.rows("SELECT docket, seq, n, name, at FROM outbox")
        new = [row for row in found if (row[0], row[1], row[2]) not in self._told]
        self._told |= {(row[0], row[1], row[2]) for row in new}
        new.sort(key=lambda row: (row[4], row[0], row[1], row[2]))
        return [row[3] for row in new]

    def _unmet(self, expect: Expect, step: Step, outcome: Outcome) -> list[str]:
        unmet = unmet_of_step(
            expect, refused=outcome.refused, reason=outcome.reason, effects=outcome.effects
        )
        if expect.docket is not None:
            standing = self.orchestrator.standing(expect.docket)
            return unmet + unmet_of_docket(expect, standing, self._text)
        if not looks_at_a_case(expect):
            return unmet
        made = outcome.answer.case if outcome.answer else None
        alias = expect.case or step.case or made
        case = self.aliases.get(alias or "")
        shown = None if case is None else self.orchestrator.case(case)
        return unmet + unmet_of_case(expect, alias, shown, self._text)

    def _text(self, at: int) -> str:
        with self.orchestrator.store.read() as tx:
            return self.orchestrator.queries.zone(tx).text(at)

    def _report(self, unmet: list[str], steps: list[Outcome]) -> Report:
        queries = self.orchestrator.queries
        shape = ("workflow", "docket", "state", "overdue", "data", "timers")
        cases = {
            alias: {key: shown[key] for key in shape}
            for alias, case in self.aliases.items()
            for shown in [queries.case(case)]
        }
        with self.orchestrator.store.read() as tx:
            keys = [row[0] for row in tx.rows("SELECT key FROM dockets ORDER BY key")]
        dockets = {key: self.orchestrator.standing(key) for key in keys}
        return Report(unmet, steps, cases, dockets, list(queries.journal()), list(queries.outbox()))


def simulate(scenario: Scenario, shelf: Shelf, registry: Registry, settings: Settings) -> Report:
    """Play a scenario from nothing; nothing outside is read or written."""
    simulation = Simulation(scenario, shelf, registry, settings)
    try:
        return simulation.run()
    finally:
        simulation.orchestrator.close()


def _shelf_for(scenario: Scenario, rulebook: str, shelf: Shelf, registry: Registry) -> Shelf:
    """Config's shelf as the scenario wants it: its calendar, announced until its year."""
    names = sorted({book.name for book, _ in shelf.rulebooks})
    used = (rulebook, *(step.rulebook for step in scenario.step if step.rulebook))
    for wanted in used:
        if wanted not in names:
            raise NotFound(f"no rulebook {wanted!r}; there are {', '.join(names)}")
    if scenario.calendar is not None and scenario.calendar not in shelf.calendars:
        known = ", ".join(sorted(shelf.calendars))
        raise NotFound(f"no calendar {scenario.calendar!r}; there are {known}")
    books = list(shelf.rulebooks)
    if scenario.calendar is not None:
        others = [(book, text) for book, text in books if book.name not in used]
        here = {"calendar": scenario.calendar}
        texts = [canonical({**json.loads(t), **here}) for book, t in books if book.name in used]
        books = [*((rulebook_from(text, registry.sections), text) for text in texts), *others]
    calendars = dict(shelf.calendars)
    if scenario.announced_until is not None:
        calendars = {n: _cut(text, scenario.announced_until) for n, text in calendars.items()}
    return Shelf(tuple(books), calendars)


def _cut(text: str, last_year: int) -> str:
    if edition_from(text).always:
        return text
    content = json.loads(text)
    content["years"] = {y: d for y, d in content["years"].items() if int(y) <= last_year}
    return canonical(content)
