"""Deadlines counted a day at a time (RULES 2): armed, frozen and resumed, moved by a calendar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from orchestrator.core.instants import parse_instant
from tests.laws.oracles import by_docket, rule_of
from tests.laws.stories import BEIJING
from tests.laws.world import Line, World

Calendar = Mapping[str, bool]  # day → whether it is off, of the days that are announced
ONE_DAY = timedelta(days=1)


class Count(NamedTuple):
    """A day-counted span under way: from which day, what it waited for, when it ends."""

    span: Mapping[str, Any]
    start: date
    pauses: tuple[tuple[date, date], ...] = ()  # the day of the freeze, the day of the resumption
    frozen_on: date | None = None
    computed: int = 0
    due: int = 0

    def end(self, calendar: Calendar) -> int:
        """Walk to it; the start day, that of a freeze and that of a resumption do not count."""
        day, left = self.start, self.span.get("working_days", self.span.get("days"))
        for frozen_on, resumed_on in self.pauses:
            while day + ONE_DAY < frozen_on:
                day += ONE_DAY
                left -= bool(left) and self._counts(day, calendar)
            day = resumed_on
        while left:
            day += ONE_DAY
            left -= self._counts(day, calendar)
        while self.span.get("roll") and not _works(day, calendar):
            day += ONE_DAY
        return BEIJING.midnight(day.toordinal() + 1)

    def _counts(self, day: date, calendar: Calendar) -> bool:
        return "days" in self.span or _works(day, calendar)


Counts = dict[tuple[str, str], Count]  # by case and timer


def deadlines_are_counted_day_by_day(world: World) -> None:
    """Every span that is armed, resumed or counted anew ends where one finds it by walking."""
    calendars = _calendars(world)
    for _, lines in by_docket(world.journal()):
        counts: Counts = {}
        workflows = {line.case: line.name for line in lines if line.kind == "opened"}
        for line in lines:
            if line.kind == "calendar_changed":
                _counted_anew(counts, line, calendars[line.content["edition"]], workflows)
            else:
                _counted(counts, line, calendars)


def _counted(counts: Counts, line: Line, calendars: Mapping[int, Calendar]) -> None:
    case, content = line.case or "", line.content
    today = BEIJING.local(line.effective_at - (line.kind == "timer")).date()
    over = [line.name] if line.kind == "timer" else []
    for name in (*over, *content.get("cancelled", ())):
        counts.pop((case, name), None)
    for name in content.get("frozen", ()):
        counts[case, name] = counts[case, name]._replace(frozen_on=today)
    for told in content.get("resumed", ()):
        was = counts[case, told["name"]]
        pauses = (*was.pauses, (was.frozen_on or today, today))
        resumed = was._replace(pauses=pauses, frozen_on=None)
        counts[case, told["name"]] = _checked(resumed, line, told, calendars)
    for told in content.get("armed", ()):
        if "span" in told and "hours" not in told["span"]:
            armed = Count(told["span"], today)
            counts[case, told["name"]] = _checked(armed, line, told, calendars)


def _checked(count: Count, line: Line, told: Any, calendars: Mapping[int, Calendar]) -> Count:
    computed = count.end(calendars[told["edition"]])
    due = max(computed, line.effective_at)
    assert parse_instant(told["due_at"]) == due, f"{line.docket} {line.seq} {told}"
    return count._replace(computed=computed, due=due)


def _counted_anew(
    counts: Counts, line: Line, calendar: Calendar, workflows: Mapping[str | None, str]
) -> None:
    """An edition: a party's window only moves later, what binds staff moves both ways."""
    moved = {(told["case"], told["name"]): told for told in line.content["moved"]}
    for key, count in counts.items():
        where = f"{line.docket} {line.seq} {key}"
        if count.frozen_on is not None or not ({"working_days", "roll"} & set(count.span)):
            assert key not in moved, f"{where}: nothing moves it"
            continue
        computed = count.end(calendar)
        if rule_of(workflows[key[0]], key[1]).kind == "after":
            computed = max(computed, count.computed)
            due = max(computed, line.effective_at, count.due)
        else:
            due = max(computed, line.effective_at)
        told = moved.get(key)
        found = count.due if told is None else parse_instant(told["due_at"])
        assert found == due, f"{where}: counted anew"
        counts[key] = count._replace(computed=computed, due=due)


def _calendars(world: World) -> dict[int, Calendar]:
    """By the number of each edition, the calendar cn as it was then."""
    found: dict[int, Calendar] = {}
    latest: Calendar = {}
    for number, _, text in sorted(world.editions()):
        content = json.loads(text)
        if content["name"] == "cn":
            years = content["years"].values()
            latest = {day["date"]: day["isOffDay"] for days in years for day in days}
        found[number] = latest
    return found


def _works(day: date, calendar: Calendar) -> bool:
    off = calendar.get(day.isoformat())
    if off is not None:
        return not off
    return day.weekday() < 5 and (day.month, day.day) != (1, 1)
