"""Verbs about calendars: due, show, add."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import NotFound, Unreadable

if TYPE_CHECKING:
    from orchestrator.core.calendar import Edition
    from orchestrator.core.spans import Span

from orchestrator.cli.context import config_books

calendar_app = typer.Typer(no_args_is_help=True, help="Calendars: which days count.")

Calendar = Annotated[str | None, typer.Option(help="Its name; else the default rulebook's.")]


def _edition(name: str | None) -> Edition:
    """The latest edition: the database's where there is one, else config's."""
    from orchestrator.calendars import edition_from
    from orchestrator.db import sqlite
    from orchestrator.settings import read_settings

    given = {"database": ctx.chosen.database} if ctx.chosen.database else {}
    settings = read_settings(ctx.chosen.config, **given)
    registry, shelf = config_books()
    del registry
    if name is None:
        books = [book for book, _ in shelf.rulebooks if book.name == settings.default_rulebook]
        name = books[0].calendar if books else "cn"
    path = sqlite.path_of(settings.database)
    if path is not None and path.is_file():
        with ctx.engine() as orchestrator:
            return orchestrator.edition(name)
    if name not in shelf.calendars:
        raise NotFound(f"no calendar {name!r}; there are {', '.join(sorted(shelf.calendars))}")
    return edition_from(shelf.calendars[name])


def _span(text: str) -> Span:
    from orchestrator.core.spans import BadSpan, parse_span

    try:
        return parse_span(tomllib.loads(f"span = {text}")["span"])
    except (tomllib.TOMLDecodeError, BadSpan) as error:
        raise Unreadable(f"SPAN: {error}") from None


@calendar_app.command("due")
def due(
    start: Annotated[str, typer.Argument(help="An instant with its offset.")],
    span: Annotated[str, typer.Argument(help="As in a rulebook: '{ working_days = 5 }'.")],
    calendar: Calendar = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """When a span ends, and why: every day on the way, counted or skipped.

    orchestrator calendar due 2025-09-26T16:00:00+08:00 '{ working_days = 5 }'
    """
    from orchestrator.core.spans import end, explain

    at, wanted = ctx.instant("START", start), _span(span)
    edition = _edition(calendar)
    day = edition.zone.local_day(at)
    found = end(wanted, day, at, (), edition)
    days = list(explain(wanted, day, (), edition))
    shown: dict[str, Any] = {
        "start": edition.zone.text(at),
        "span": wanted.as_data(),
        "calendar": edition.name,
        "due_at": edition.zone.text(found.at),
        "provisional": found.provisional,
        "missing": list(found.missing),
        "days": [{"day": d.day.isoformat(), "what": d.what, "why": d.why} for d in days],
    }
    if output is Output.JSON:
        show.document(shown)
        return
    show.table(
        ("day", "", "why"), [(f"{d.day:%a} {d.day}", d.what, d.why) for d in days], "hours run on"
    )
    show.say(f"{wanted} from {show.readable(shown['start'])}")
    show.say(f"due {show.readable(shown['due_at'])}: before it is in time, at it is late")
    if found.missing:
        years = ", ".join(str(year) for year in found.missing)
        show.say(f"provisional: calendar {edition.name} has not announced {years}")


@calendar_app.command("show")
def show_calendar(
    name: Annotated[str | None, typer.Argument(help="Else the default rulebook's.")] = None,
    year: Annotated[int | None, typer.Option(help="One year's days by name.")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """The years of a calendar, or one year's special days.

    orchestrator calendar show cn --year 2026
    """
    edition = _edition(name)
    years = [
        {
            "year": number,
            "off": sum(day.off for day in days),
            "make_up": sum(not day.off for day in days),
        }
        for number, days in edition.years.items()
    ]
    special = [
        {"day": _date(day.day), "name": day.name, "off": day.off}
        for day in edition.years.get(year or 0, ())
    ]
    if output is Output.JSON:
        shown = {"calendar": edition.name, "zone": edition.zone.name, "announced": years}
        show.document({**shown, "days": special} if year else shown)
        return
    if year is not None:
        rows = [
            (d["day"], d["name"], "off" if d["off"] else "make-up working day") for d in special
        ]
        show.table(("day", "name", ""), rows, f"{edition.name} has not announced {year}")
        return
    show.say(f"{edition.name}, {edition.zone.name}")
    always = "every year counts as announced" if edition.always else "no year is announced"
    rows_of_years = [(y["year"], y["off"], y["make_up"]) for y in years]
    show.table(("year", "days off", "make-up days"), rows_of_years, always)


def _date(ordinal: int) -> str:
    from datetime import date

    return date.fromordinal(ordinal).isoformat()


@calendar_app.command("add")
def add_year(
    file: Annotated[Path, typer.Argument(help="A year file in the holiday-cn form.")],
    calendar: Calendar = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Announce a year: a new edition, which every docket applies when it is next locked.

    orchestrator calendar add 2027.json --calendar cn
    """
    if not file.is_file():
        raise Unreadable(f"{file}: a year file, got none there")
    with ctx.engine() as orchestrator:
        name = calendar or orchestrator.default_calendar()
        done = orchestrator.announce(name, file)
    if output is Output.JSON:
        show.document(done)
    elif done["edition"] is None:
        show.say(f"calendar {name} says the same of {done['year']} already: nothing was written")
    else:
        show.say(
            f"calendar {name}: {done['year']} is announced as edition {done['edition']};"
            f" {done['pending']} pending deadlines are counted anew when their dockets are next"
            " locked: by the daemon, or by `orchestrator advance`"
        )


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(calendar_app, name="calendar")
