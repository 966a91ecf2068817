"""`simulate`: a story told in steps, played on a virtual clock, with what should come of it.

It is the engine itself on an empty database in memory: the same road as every other input. All
expectations are checked and every unmet one is told in a sentence (DESIGN 7.1).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator import inputs
from orchestrator.answers import Answer
from orchestrator.api import Orchestrator
from orchestrator.calendars import edition_from
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import BadInstant, micros, parse_instant
from orchestrator.core.journal import canonical
from orchestrator.db.library import Shelf
from orchestrator.db.store import Store
from orchestrator.errors import BadInput, Conflict, NotFound, Unreadable
from orchestrator.registry import Registry
from orchestrator.rulebook import complaints, rulebook_from
from orchestrator.settings import Settings


class Expect(BaseModel):
    """What should hold after a step; what is not named is not looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    case: str | None = None
    docket: str | None = None
    state: str | None = None
    timers: dict[str, Any] | None = None
    overdue: bool | None = None
    provisional: list[str] | None = None
    data: dict[str, Any] | None = None
    points: int | None = None
    strikes: int | None = None
    restricted_until: Any = None
    refused: bool | None = None
    effects: list[str] | None = None
    no_effects: bool | None = None


class Step(BaseModel):
    """One moment: time passes, and perhaps somebody opens a case or sends an event."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    at: Any
    open: str | None = None
    case: str | None = None
    docket: str | None = None
    event: str | None = None
    by: str | None = None
    facts: dict[str, Any] = {}
    assume: bool = False
    rulebook: str | None = None
    expect: Expect | list[Expect] = []


class Scenario(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rulebook: str | None = None
    calendar: str | None = None
    announced_until: int | None = Field(None, ge=1900, le=9000)
    step: list[Step] = Field(min_length=1)


def read_scenario(path: Path) -> Scenario:
    """A scenario from TOML or JSON, the same content.

    raises   Unreadable: every error of the file, with step and key
    """
    try:
        text = path.read_text("utf-8")
        content = (
            inputs.read_json(text, str(path))
            if path.suffix == ".json"
            else tomllib.loads(text, parse_float=Decimal)
        )
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, BadInput) as error:
        raise Unreadable(f"{path}: not a readable scenario ({error})") from None
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        said = "\n".join(f"{path}: {complaint}" for complaint in complaints(error))
        raise Unreadable(said) from None
    _prove_steps(path, scenario)
    return scenario


def _prove_steps(path: Path, scenario: Scenario) -> None:
    errors, before = [], None
    known: set[str] = set()
    for index, step in enumerate(scenario.step):
        place = f"{path}: step.{index}"
        try:
            at = _instant(step.at)
            if before is not None and at < before:
                errors.append(f"{place}.at: not before the step before it, got {step.at}")
            before = at
        except BadInstant as error:
            errors.append(f"{place}.at: {error}")
        errors += [f"{place}: {said}" for said in _step_errors(step, known)]
        if step.open and step.case:
            known.add(step.case)
    if errors:
        raise Unreadable("\n".join(errors))


def _step_errors(step: Step, known: set[str]) -> list[str]:
    return _act_errors(step, known) + [
        said for expect in _expectations(step) for said in _expect_errors(expect)
    ]


def _act_errors(step: Step, known: set[str]) -> list[str]:
    errors = []
    if step.open is not None and step.event is not None:
        errors.append("open or event, got both")
    if step.open is not None and step.docket is None:
        errors.append("docket: required to open a case, and missing")
    if step.event is not None and step.case is None:
        errors.append("case: required to send an event, and missing")
    if (step.open or step.event) and step.by is None:
        errors.append("by: required, and missing")
    if step.event is not None and step.case is not None and step.case not in known:
        errors.append(f"case: the alias of a case opened before, got {step.case!r}")
    return errors


def _expect_errors(expect: Expect) -> list[str]:
    errors = []
    if expect.case is not None and expect.docket is not None:
        errors.append("expect: case or docket, got both")
    for name, due in (expect.timers or {}).items():
        if due != "frozen":
            try:
                _instant(due)
            except BadInstant as error:
                errors.append(f'expect.timers.{name}: {error}, or "frozen"')
    return errors


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
        self.clock = VirtualClock(_instant(scenario.step[0].at))
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
            for expect in _expectations(step):
                place = f"step {index} ({self._text(self.clock.now())})"
                unmet += [f"{place}: {said}" for said in self._check(expect, step, outcome)]
        return self._report(unmet, steps)

    def _play(self, index: int, step: Step) -> Outcome:
        self.clock.move_to(_instant(step.at))
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
                    case=step.case,
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

    # -- what should hold -------------------------------------------------------------------

    def _check(self, expect: Expect, step: Step, outcome: Outcome) -> list[str]:
        unmet: list[str] = []
        if expect.refused is not None and expect.refused != outcome.refused:
            came = f"refused ({outcome.reason})" if outcome.refused else "not refused"
            unmet.append(f"wanted {'' if expect.refused else 'not '}refused, got {came}")
        unmet += _check_effects(expect, outcome.effects)
        if expect.docket is not None:
            return unmet + self._check_docket(expect)
        looked_at = (
            expect.state,
            expect.timers,
            expect.overdue,
            expect.provisional,
            expect.data,
        )
        if expect.case is None and all(value is None for value in looked_at):
            return unmet
        return unmet + self._check_case(expect, expect.case or step.case or _made(outcome))

    def _check_case(self, expect: Expect, alias: str | None) -> list[str]:
        if alias is None or alias not in self.aliases:
            return [f"case {alias}: does not exist"]
        case = self.orchestrator.queries.case(self.aliases[alias])
        timers = {t["name"]: t["due_at"] or "frozen" for t in case["timers"]}
        unmet = _differs(f"case {alias}", "state", expect.state, case["state"])
        unmet += _differs(f"case {alias}", "overdue", expect.overdue, case["overdue"])
        if expect.timers is not None:
            wanted = {name: self._due(due) for name, due in expect.timers.items()}
            unmet += _differs(f"case {alias}", "timers", wanted, timers)
        if expect.provisional is not None:
            guessed = sorted(t["name"] for t in case["timers"] if t["provisional"])
            unmet += _differs(f"case {alias}", "provisional", sorted(expect.provisional), guessed)
        for key, value in (expect.data or {}).items():
            wanted_value, came = _plain(value), case["data"].get(key)
            unmet += _differs(f"case {alias}", f"data.{key}", wanted_value, came, always=True)
        return unmet

    def _check_docket(self, expect: Expect) -> list[str]:
        assert expect.docket is not None
        standing = self.orchestrator.standing(expect.docket)
        place = f"docket {expect.docket}"
        unmet = []
        for name in ("state", "points", "strikes"):
            unmet += _differs(place, name, getattr(expect, name), standing.get(name))
        if expect.restricted_until is not None:
            wanted = expect.restricted_until
            wanted = wanted if wanted in ("none", "undecided") else self._due(wanted)
            unmet += _differs(place, "restricted_until", wanted, standing.get("restricted_until"))
        return unmet

    def _due(self, value: object) -> str:
        return "frozen" if value == "frozen" else self._text(_instant(value))

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
    for wanted in (rulebook, *(step.rulebook for step in scenario.step if step.rulebook)):
        if wanted not in names:
            raise NotFound(f"no rulebook {wanted!r}; there are {', '.join(names)}")
    if scenario.calendar is not None and scenario.calendar not in shelf.calendars:
        known = ", ".join(sorted(shelf.calendars))
        raise NotFound(f"no calendar {scenario.calendar!r}; there are {known}")
    books = list(shelf.rulebooks)
    if scenario.calendar is not None:
        texts = [canonical({**json.loads(t), "calendar": scenario.calendar}) for _, t in books]
        books = [(rulebook_from(text, registry.sections), text) for text in texts]
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


def _instant(value: object) -> int:
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, str):
        return parse_instant(value)
    raise BadInstant(f"an instant such as 2025-03-08T00:00:00+08:00, got {value!r}")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _expectations(step: Step) -> list[Expect]:
    return step.expect if isinstance(step.expect, list) else [step.expect]


def _made(outcome: Outcome) -> str | None:
    return outcome.answer.case if outcome.answer else None


def _differs(place: str, what: str, wanted: Any, came: Any, *, always: bool = False) -> list[str]:
    if (wanted is None and not always) or wanted == came:
        return []
    return [f"{place}: {what}: wanted {_said(wanted)}, got {_said(came)}"]


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check_effects(expect: Expect, came: list[str]) -> list[str]:
    unmet = []
    if expect.no_effects is not None and expect.no_effects != (not came):
        wanted = "no effects" if expect.no_effects else "effects"
        unmet.append(f"wanted {wanted}, got {_said(came)}")
    if expect.effects is not None:
        rest = iter(came)
        if not all(any(name == other for other in rest) for name in expect.effects):
            unmet.append(f"effects: wanted {_said(expect.effects)} in order, got {_said(came)}")
    return unmet
