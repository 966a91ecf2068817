"""Verbs that look at calendars: due, show."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption, config_books
from orchestrator.cli.show import Output
from orchestrator.core.instants import EARLIEST, LATEST
from orchestrator.errors import NotFound, Unreadable

if TYPE_CHECKING:
    from orchestrator.core.calendar import Announcement, Edition
    from orchestrator.core.spans import Span

calendar_app = typer.Typer(no_args_is_help=True, help="Calendars: which days count.")

Calendar = Annotated[str | None, typer.Option(help="Its name; else the default rulebook's.")]


class Found(NamedTuple):
    """A calendar, and where it was found: its editions in the database, or its folder in config."""

    edition: Edition
    editions: list[Announcement]
    folder: Path


def _found(name: str | None) -> Found:
    """The latest edition: the database's where there is one, else config's."""
    from orchestrator.calendars import edition_from
    from orchestrator.db import sqlite
    from orchestrator.settings import read_settings

    given = {"database": ctx.chosen.database} if ctx.chosen.database else {}
    settings = read_settings(ctx.chosen.config, **given)
    _, shelf = config_books()
    if name is None:
        books = [book for book, _ in shelf.rulebooks if book.name == settings.default_rulebook]
        name = books[0].calendar if books else "cn"
    folder = ctx.chosen.config / "calendars" / name
    path = sqlite.path_of(settings.database)
    if path is not None and path.is_file():
        with ctx.engine() as orchestrator:
            editions = orchestrator.editions.history(name)
        return Found(editions[-1].edition, editions, folder)
    if name not in shelf.calendars:
        raise NotFound(f"no calendar {name!r}; there are {', '.join(sorted(shelf.calendars))}")
    return Found(edition_from(shelf.calendars[name]), [], folder)


def _span(text: str) -> Span:
    from orchestrator.core.spans import BadSpan, parse_span

    try:
        return parse_span(tomllib.loads(f"span = {text}")["span"])
    except tomllib.TOMLDecodeError as error:
        wanted = "a span as in a rulebook, such as '{ working_days = 5 }'"
        raise Unreadable(f"SPAN: {wanted}, got {text!r} ({error})") from None
    except BadSpan as error:
        raise Unreadable(f"SPAN: {error}") from None


@calendar_app.command("due")
def due(
    start: Annotated[str, typer.Argument(help="An instant with its offset.")],
    span: Annotated[str, typer.Argument(help="As in a rulebook: '{ working_days = 5 }'.")],
    calendar: Calendar = None,
    every: Annotated[
        bool, typer.Option("--every-day", help="A long count day by day too, not by month.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """When a span ends, and why: every day on the way, counted or skipped.

    orchestrator calendar due 2025-09-26T16:00:00+08:00 '{ working_days = 5 }'
    """
    from orchestrator.cli.counting import explained, rows
    from orchestrator.core.spans import end

    at, wanted = ctx.instant("START", start), _span(span)
    edition = _found(calendar).edition
    if wanted.in_office and edition.office is None:
        raise Unreadable(
            f"SPAN: a calendar with office hours, got {edition.name}, whose calendar.toml has no"
            " `office`"
        )
    day = edition.zone.local_day(at)
    found = end(wanted, day, at, (), edition)
    days = explained(wanted, day, found, edition, at)
    shown: dict[str, Any] = {
        "start": edition.zone.text(at),
        "span": wanted.as_data(),
        "calendar": edition.name,
        "due_at": edition.zone.text(found.at),
        "provisional": found.provisional,
        "missing": list(found.missing),
        "days": days,
    }
    if output is Output.JSON:
        show.document(shown)
        return
    show.table(("day", "", "why", ""), rows(wanted, days, every=every), "hours run on")
    in_all = "" if wanted.in_office else _sum(days)
    show.say(f"{wanted} from {show.readable(shown['start'])}{in_all}")
    show.say(f"due {show.readable(shown['due_at'])}: before it is in time, at it is late")
    if found.missing:
        years = ", ".join(str(year) for year in found.missing)
        show.say(f"provisional: calendar {edition.name} has not announced {years}")


def _sum(days: list[dict[str, Any]]) -> str:
    """How many days that is in all; the start day is none of them."""
    if not days:
        return ""
    counted = sum(day["what"] == "counted" for day in days)
    passed = show.counted(len(days) - 1 - counted, "day")
    return f": {show.counted(counted, 'day')} counted, {passed} passed over"


@calendar_app.command("show")
def show_calendar(
    name: Annotated[str | None, typer.Argument(help="Else the default rulebook's.")] = None,
    year: Annotated[
        int | None, typer.Option(min=EARLIEST, max=LATEST, help="Else the present one.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """A year drawn month by month: what is worked, what is off and why, who announced it.

    orchestrator calendar show cn --year 2026
    """
    found = _found(name)
    drawn = year or found.edition.zone.local(ctx.clock().now()).year
    shown = _year(found, drawn)
    if output is Output.JSON:
        show.document(shown)
    else:
        _draw(found, drawn, shown)


def _year(found: Found, year: int) -> dict[str, Any]:
    """A calendar and one of its years as data."""
    from orchestrator.cli import yeargrid
    from orchestrator.core.calendar import WEEKDAYS

    edition, file = found.edition, found.folder / f"{year}.json"
    months = yeargrid.months(edition, year)
    hours = [part.as_data() for part in edition.hours]
    return {
        "calendar": edition.name,
        "zone": edition.zone.name,
        **({"office": hours} if hours else {}),
        "weekend": [WEEKDAYS[day] for day in sorted(edition.weekend)],
        "edition": found.editions[-1].number if found.editions else None,
        "announced": [
            {
                "year": number,
                "off": sum(day.off for day in days),
                "make_up": sum(not day.off for day in days),
            }
            for number, days in edition.years.items()
        ],
        "year": year,
        "is_announced": edition.announced(year),
        "told": _told(found.editions, year),
        "file": str(file) if file.is_file() else None,
        "working_days": sum(month["working"] for month in months),
        "months": months,
        "days": [
            {"day": special.day.isoformat(), "name": special.name, "off": special.off}
            for special in yeargrid.specials(edition, year)
        ],
    }


def _told(editions: list[Announcement], year: int) -> list[dict[str, Any]]:
    """The editions that said something new of a year, and when; null: the one it began with."""
    told, before = [], None
    for n, news in enumerate(editions):
        days = news.edition.years.get(year)
        if days != before:
            at = news.edition.zone.text(news.announced_at) if n else None
            told.append({"edition": news.number, "announced_at": at})
        before = days
    return told


def _draw(found: Found, year: int, shown: dict[str, Any]) -> None:
    from orchestrator.cli import yeargrid

    edition = found.edition
    show.say(f"calendar {edition.name}, {edition.zone.name}: {_announced(edition)}")
    if edition.hours:
        told = (f"{part['from']} to {part['to']}" for part in shown["office"])
        show.say(f"office hours {', '.join(told)}")
    show.say(_year_in_words(edition, year, shown))
    show.out.print()
    show.out.print(yeargrid.grid(edition, year, show.out.width))
    show.out.print(yeargrid.legend())
    show.out.print()
    show.table(
        ("name", "off", "worked instead"),
        [(n, off or None, on or None) for n, off, on in _names(edition, year)],
        "no day is off or worked for a reason of its own",
    )


def _names(edition: Edition, year: int) -> list[tuple[str, str, str]]:
    from orchestrator.cli import yeargrid

    return list(yeargrid.by_name(yeargrid.specials(edition, year)))


def _announced(edition: Edition) -> str:
    if edition.always:
        return "every year counts as announced"
    years = [year for year, days in edition.years.items() if days]
    if not years:
        return "no year is announced"
    gaps = [year for year in range(years[0], years[-1]) if year not in years]
    but = f" but {', '.join(map(str, gaps))}" if gaps else ""
    return f"{years[0]} to {years[-1]}{but} are announced"


def _year_in_words(edition: Edition, year: int, shown: dict[str, Any]) -> str:
    if not shown["is_announced"]:
        return (
            f"{edition.name} has not announced {year}: weekends and fixed days alone are off;"
            " what is counted by it is provisional"
        )
    words = f"{year}: {shown['working_days']} working days"
    for n, told in enumerate(shown["told"]):
        when = (
            "from config" if told["announced_at"] is None else show.readable(told["announced_at"])
        )
        words += f"; {'amended' if n else 'announced'} by edition {told['edition']}, {when}"
    return f"{words}; {shown['file']}" if shown["file"] else words


def add_to(app: typer.Typer) -> None:
    """The verbs of this file and of `editions`."""
    from orchestrator.cli import editions

    editions.add_to(calendar_app)
    app.add_typer(calendar_app, name="calendar")
