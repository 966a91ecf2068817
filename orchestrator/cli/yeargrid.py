"""A year of a calendar on a terminal: twelve months, each kind of day with a mark and a colour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from orchestrator.core.calendar import Edition

MONTH_WIDTH = 7 * 4
MOST_IN_A_ROW = 4
MAKE_UP = ", make-up working day"  # as an edition names such a day
MARKS = {"worked": " ", "rest": "·", "holiday": "*", "make_up": "+"}
STYLES = {"worked": "", "rest": "dim", "holiday": "bold red", "make_up": "bold green"}
WORDS = {
    "worked": "a working day",
    "rest": "weekend",
    "holiday": "holiday",
    "make_up": "make-up working day",
}


class Special(NamedTuple):
    """A day that is off or worked for a reason of its own."""

    day: date
    name: str
    off: bool


def days_of(year: int) -> range:
    """The local ordinals of a year."""
    return range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)


def specials(edition: Edition, year: int) -> list[Special]:
    """Holidays and make-up days of a year, in order."""
    found = []
    for day in days_of(year):
        kind = edition.kind(day)
        if kind in ("holiday", "make_up"):
            name = edition.name_of(day).removesuffix(MAKE_UP)
            found.append(Special(date.fromordinal(day), name, kind == "holiday"))
    return found


def months(edition: Edition, year: int) -> list[dict[str, int]]:
    """How many days of each month are worked, and how many are off."""
    found = []
    for month in range(1, 13):
        days = [day for day in days_of(year) if date.fromordinal(day).month == month]
        working = sum(edition.is_working(day) for day in days)
        found.append({"month": month, "working": working, "off": len(days) - working})
    return found


def grid(edition: Edition, year: int, width: int) -> Table:
    """The months side by side, as many in a row as there is room for."""
    in_a_row = max(1, min(MOST_IN_A_ROW, (width + 3) // (MONTH_WIDTH + 3)))
    drawn = Table.grid(padding=(0, 3, 1, 0))
    blocks = [_month(edition, year, month) for month in range(1, 13)]
    for first in range(0, 12, in_a_row):
        drawn.add_row(*blocks[first : first + in_a_row])
    return drawn


def legend() -> Text:
    """What the marks mean."""
    parts = []
    for kind, words in WORDS.items():
        parts.append(Text.assemble((f"12{MARKS[kind]}".strip(), STYLES[kind]), f" {words}"))
    return Text("   ").join(parts)


def by_name(found: list[Special]) -> Iterator[tuple[str, str, str]]:
    """(name, days off, days worked instead), in the order in which the year has them."""
    names = dict.fromkeys(special.name for special in found)
    for name in names:
        mine = [special for special in found if special.name == name]
        off, worked = ([s.day for s in mine if s.off is wanted] for wanted in (True, False))
        yield name, _ranges(off), _ranges(worked)


def _ranges(days: list[date]) -> str:
    rows = groupby(enumerate(days), key=lambda pair: pair[1].toordinal() - pair[0])
    runs = [[day for _, day in run] for _, run in rows]
    return ", ".join(_range(run[0], run[-1]) for run in runs)


def _range(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _month(edition: Edition, year: int, month: int) -> Text:
    monday = _week_begins(edition)
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    first = date(year, month, 1)
    block = Text()
    block.append(f"{first:%B %Y}".center(MONTH_WIDTH).rstrip() + "\n", style="bold")
    block.append("".join(f" {names[(monday + n) % 7]} " for n in range(7)) + "\n", style="dim")
    column = (first.weekday() - monday) % 7
    block.append(" " * (4 * column))
    for day in days_of(year):
        there = date.fromordinal(day)
        if there.month != month:
            continue
        kind = edition.kind(day)
        block.append(f"{there.day:3}{MARKS[kind]}", style=STYLES[kind])
        column = (column + 1) % 7
        if column == 0:
            block.append("\n")
    return block


def _week_begins(edition: Edition) -> int:
    """The weekday after the weekend; Monday where there is none."""
    rest = edition.weekend
    return next((d for d in range(7) if d not in rest and (d - 1) % 7 in rest), 0)
