"""Values for the tests of the core: calendars, rulebooks, small worlds, and a docket that is told
what happens, line by line. No clock and no database: instants are written in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import create_model

from orchestrator.calendars import edition_from, read_calendar
from orchestrator.core.calendar import Almanac, Announcement, Edition, SpecialDay
from orchestrator.core.docket import Answered, Docket, Run, World, docket_born
from orchestrator.core.instants import MICROS_PER_MINUTE, Zone, parse_instant
from orchestrator.core.office import Hours
from orchestrator.core.rules import Rulebook
from orchestrator.core.spans import Span, parse_span
from orchestrator.core.values import Case, Event, Timer
from orchestrator.core.view import View
from orchestrator.core.workflow import (
    NoFacts,
    Opens,
    RulesModel,
    State,
    Workflow,
    opens,
    workflow,
)
from orchestrator.registry import Registry

CONFIG = Path(__file__).parents[2] / "config"
BEIJING = Zone("Asia/Shanghai")
CN = edition_from(read_calendar(CONFIG / "calendars" / "cn"))
ROME = edition_from(read_calendar(CONFIG / "calendars" / "rome"))
LONG_AGO = parse_instant("2000-01-01T00:00:00+08:00")


# -- instants and days ------------------------------------------------------------------------


def at(when: str, offset: str = "+08:00") -> int:
    """Microseconds of `Mon 2025-03-03 10:00`; the weekday, where there is one, must be true."""
    weekday, text = when.split(" ", 1) if when[0].isalpha() else ("", when)
    there = date.fromisoformat(text[:10])
    assert weekday in ("", f"{there:%a}"), f"{text[:10]} is a {there:%A}"
    return parse_instant(text.replace(" ", "T") + offset)


def day(text: str) -> int:
    """The ordinal of a day such as `2025-03-03`."""
    return date.fromisoformat(text).toordinal()


def wall(instant: int | None, zone: Zone = BEIJING) -> str | None:
    """An instant as the wall clock shows it: `2025-03-08 00:00`, finer where it is finer."""
    if instant is None:
        return None
    return f"{zone.local(instant).replace(tzinfo=None)}".removesuffix(":00")


def span(**table: Any) -> Span:
    return parse_span(table)


# -- calendars --------------------------------------------------------------------------------


def announced(edition: Edition, year: int, days: Mapping[str, bool]) -> Edition:
    """The same calendar with a year announced: day → is it off."""
    special = tuple(SpecialDay(day(text), "named", off) for text, off in days.items())
    return Edition(
        edition.name,
        edition.zone,
        weekend=edition.weekend,
        fixed=edition.fixed,
        always=edition.always,
        years={**edition.years, year: special},
        hours=edition.hours,
    )


def almanac(*later: tuple[str, Edition], first: Edition = CN) -> Almanac:
    """One edition since long ago, and those announced later."""
    news = [Announcement(1, LONG_AGO, first)]
    news += [Announcement(n, at(when), told) for n, (when, told) in enumerate(later, 2)]
    return Almanac(tuple(news))


def hours(*texts: str) -> tuple[Hours, ...]:
    """Office hours such as `08:30-17:00`."""
    return tuple(Hours(*(_past_midnight(clock) for clock in text.split("-"))) for text in texts)


def _past_midnight(clock: str) -> int:
    there, minutes = clock.split(":")
    return (int(there) * 60 + int(minutes)) * MICROS_PER_MINUTE


def with_hours(edition: Edition, *texts: str) -> Edition:
    """The same calendar with office hours."""
    return Edition(
        edition.name,
        edition.zone,
        weekend=edition.weekend,
        fixed=edition.fixed,
        always=edition.always,
        years=edition.years,
        hours=hours(*texts),
    )


# -- rulebooks and small workflows ------------------------------------------------------------


def section(**spans: Any) -> tuple[type[RulesModel], RulesModel]:
    """A model with these spans as its fields, and a value of it."""
    fields = dict.fromkeys(spans, (Any, ...))
    model = create_model("Section", __base__=RulesModel, **fields)  # type: ignore[call-overload]
    values = {
        name: parse_span(value) if isinstance(value, Mapping) else value
        for name, value in spans.items()
    }
    return model, model.model_construct(**values)


def rulebook(name: str = "book", *, calendar: str = "cn", **sections: RulesModel) -> Rulebook:
    return Rulebook(name, 1, date(2022, 12, 12), calendar, "0" * 64, sections)


def small(
    *chapters: Any,
    name: str = "small",
    opening: Opens | None = None,
    spans: Mapping[str, Any] | None = None,
    **more: Any,
) -> tuple[Workflow, Rulebook]:
    """A hand-made workflow whose spans are `small.<key>`, and a rulebook for it."""
    model, values = section(**(spans or {}))
    made = workflow(
        name,
        opening or opens("buyer"),
        *chapters,
        rules={name: model},
        story="",
        source="the tests",
        **more,
    )
    return made, rulebook(**{name: values})


def merged(*books: Rulebook) -> Rulebook:
    """One rulebook with the sections of all of them."""
    sections = {name: values for book in books for name, values in book.sections.items()}
    return replace(books[0], sections=sections)


def world_of(*workflows: Workflow, books: Iterable[Rulebook], when: Almanac | None = None) -> World:
    return Registry(workflows).world(books, when or almanac())


def a_case(made: Workflow, state: str | State = "", **changes: Any) -> Case:
    """A case of a workflow, in its first state unless said otherwise."""
    opened = at("2025-03-03 10:00")
    case = Case(
        id="A",
        docket="shop-1",
        workflow=made.name,
        definition=f"{made.name}@1:0",
        rulebook="book@1:0000000000000000",
        state=str(state) or made.initial,
        overdue=False,
        data={},
        seq=1,
        opened_at=opened,
        closed_at=None,
        since=opened,
        moved_by=None,
        opened_seq=1,
    )
    return case._replace(**changes)


def a_timer(name: str = "window", **changes: Any) -> Timer:
    timer = Timer(
        docket="shop-1",
        case="A",
        name=name,
        priority=0,
        due_at=at("2025-03-07 00:00"),
        computed_at=at("2025-03-07 00:00"),
        span=span(days=3),
        start_day=day("2025-03-03"),
        start_at=at("2025-03-03 10:00"),
        pauses=(),
        edition=1,
        provisional=False,
        armed_seq=1,
        armed_n=0,
        chain=0,
    )
    return timer._replace(**changes)


def a_view(
    *cases: Case, rules: Any = None, books: Mapping[str, Rulebook] | None = None, **more: Any
) -> View:
    """A view at Mon 2025-03-03 10:00 of these cases and no others."""

    def cases_of(name: str) -> list[Case]:
        return [case for case in cases if case.workflow == name]

    when = more.pop("when", at("2025-03-03 10:00"))
    return View(
        when,
        CN.zone.local_day(when),
        rules,
        "book@1:0000000000000000",
        CN,
        cases_of,
        books or {},
        **more,
    )


def an_event(name: str, by: str = "buyer", facts: Any = None, **given: Any) -> Event:
    return Event(name, by, facts, given)


# -- a docket that is told what happens -------------------------------------------------------


class Told:
    """One docket, moved by hand: `opens`, `says`, `passes`, each at its instant."""

    def __init__(self, world: World, *, key: str = "shop-1", docket: Docket | None = None) -> None:
        self.world = world
        born = docket or docket_born(key, at("2025-01-01 00:00"), world.almanac)
        self.run = Run(born, world)
        self._shown = 0

    def opens(
        self,
        when: str,
        name: str,
        by: str = "buyer",
        facts: Mapping[str, Any] | None = None,
        *,
        case: str | None = "A",
        book: str | None = None,
        assume: bool = False,
    ) -> Answered:
        instant = at(when)
        found = next(
            b
            for (definition, pin), b in self.world.books.items()
            if definition.startswith(f"{name}@") and (book is None or pin.startswith(f"{book}@"))
        )
        event = _event(name, by, found.terms.workflow.opens.needs, facts)
        self.run.to(instant, acting=True)
        answered = self.run.open(found, case, event, instant, assume=assume)
        self.run.to(instant)
        return answered

    def says(
        self,
        when: str,
        name: str,
        by: str = "buyer",
        facts: Mapping[str, Any] | None = None,
        *,
        case: str = "A",
    ) -> Answered:
        instant = at(when)
        self.run.to(instant, acting=True)
        there = self.run.cases[case]
        terms = self.world.books[there.definition, there.rulebook].terms
        way = terms.ways.get((there.state, name))
        event = _event(name, by, way.needs if way else NoFacts, facts if way else None)
        answered = self.run.handle(case, event, instant)
        self.run.to(instant)
        return answered

    def passes(self, when: str) -> bool:
        return self.run.to(at(when))

    def state(self, case: str = "A") -> str:
        return self.run.cases[case].state

    def data(self, case: str = "A") -> Mapping[str, Any]:
        return self.run.cases[case].data

    def overdue(self, case: str = "A") -> bool:
        return self.run.cases[case].overdue

    def timers(self, case: str = "A") -> dict[str, str]:
        """Name → when it is due on Beijing's wall clock, or `frozen`."""
        armed = self.run.timers.get(case, {})
        return {name: wall(timer.due_at) or "frozen" for name, timer in sorted(armed.items())}

    def sent(self) -> list[str]:
        """The names of the effects since this was last asked, in order."""
        names = [out.name for out in self.run.outgoing[self._shown :]]
        self._shown = len(self.run.outgoing)
        return names

    def fired(self) -> list[str]:
        """`case.timer` of every firing so far, in order."""
        return [f"{e.case}.{e.name}" for e in self.run.entries if e.kind == "timer"]

    def reloaded(self, world: World | None = None, **changes: Any) -> Told:
        """The same docket as another process would load it."""
        run = self.run
        docket = Docket(
            run.docket.key,
            run.clock,
            run.seq,
            run.head,
            run.edition,
            dict(run.cases),
            dict(run.timers),
            frozenset({"*"}),
        )
        return Told(world or self.world, docket=docket._replace(**changes))


def _event(name: str, by: str, needs: type, facts: Mapping[str, Any] | None) -> Event:
    model = needs.model_validate(dict(facts or {}))  # type: ignore[attr-defined]
    given = model.model_dump(mode="json", exclude_unset=True)
    return Event(name, by, model, given)
