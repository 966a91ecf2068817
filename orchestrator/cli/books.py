"""Verbs about rules: workflow, rulebook, calendar."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import BadConfig, NotFound, Unreadable

if TYPE_CHECKING:
    from orchestrator.core.calendar import Edition
    from orchestrator.core.rules import Rulebook
    from orchestrator.core.spans import Span
    from orchestrator.db.library import Shelf
    from orchestrator.registry import Registry

workflow_app = typer.Typer(no_args_is_help=True, help="Workflows: the rules of moving.")
rulebook_app = typer.Typer(no_args_is_help=True, help="Rulebooks: every number of the rules.")
calendar_app = typer.Typer(no_args_is_help=True, help="Calendars: which days count.")

Name = Annotated[str, typer.Argument(help="Its name.")]


def _config() -> tuple[Registry, Shelf]:
    from orchestrator.api import read_shelf
    from orchestrator.registry import load
    from orchestrator.settings import read_settings

    settings = read_settings(ctx.chosen.config)
    registry = load(settings.workflows, beside=ctx.chosen.config.resolve().parent)
    return registry, read_shelf(ctx.chosen.config, registry)


# -- workflows -------------------------------------------------------------------------------


@workflow_app.command("list")
def list_workflows(output: OutputOption = Output.TABLE) -> None:
    """Every workflow that the settings name.

    orchestrator workflow list
    """
    registry, _ = _config()
    found = [
        {
            "workflow": name,
            "version": workflow.version,
            "definition": registry.definitions[name],
            "source": workflow.source,
            "story": workflow.story.strip().partition("\n")[0],
        }
        for name, workflow in registry.workflows.items()
    ]
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("workflow", "version", "source", "story"),
        [(w["workflow"], w["version"], w["source"], w["story"]) for w in found],
        "no workflow",
    )


@workflow_app.command("show")
def show_workflow(name: Name, output: OutputOption = Output.TABLE) -> None:
    """The story of a workflow, state by state, read from the definition itself.

    orchestrator workflow show ip_complaint
    """
    from orchestrator.core.fingerprint import as_data

    registry, _ = _config()
    workflow = registry.workflow(name)
    data = as_data(workflow)
    if output is Output.JSON:
        show.document(data)
        return
    show.say(workflow.story.strip())
    rows = []
    for state in [*data["states"], {"name": "always", **data["always"]}]:
        rows += [
            (state["name"], t["name"], t["kind"], _goal(t), t["span"]) for t in state["timers"]
        ]
        rows += [
            (
                state["name"],
                w["event"],
                " or ".join(w["by"]),
                _goal(w),
                ", ".join(w["needs"]["required"] + w["needs"]["optional"]),
            )
            for w in state["ways"]
        ]
        if not state["timers"] and not state["ways"]:
            rows.append(
                (state["name"], None, "final" if state.get("final") else "rests", None, None)
            )
    show.table(("state", "event or timer", "by or kind", "leads to", "facts or span"), rows, "")


def _goal(rule: dict[str, Any]) -> str | None:
    to = rule["to"]
    return " or ".join(to["states"]) if isinstance(to, dict) else to


@workflow_app.command("lint")
def lint(
    write_lock: Annotated[
        bool, typer.Option(help="Accept the definitions as they are, into definitions.lock.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Prove every definition, its spans in every rulebook, and that versions were kept.

    orchestrator workflow lint
    """
    from orchestrator.core.lint import lock_flaws, lock_of, rulebook_flaws

    registry, shelf = _config()  # every flaw of the notation is told here already
    path = _lock_path()
    if write_lock:
        locks = {identity: lock_of(workflow) for identity, workflow in _by_version(registry)}
        path.write_text(json.dumps(locks, indent=2, sort_keys=True) + "\n", "utf-8")
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    found = [
        f"{workflow.name}: {flaw}"
        for identity, workflow in _by_version(registry)
        for flaw in [
            *lock_flaws(workflow, kept.get(identity)),
            *(f for book, _ in shelf.rulebooks for f in rulebook_flaws(workflow, book)),
        ]
    ]
    if output is Output.JSON:
        show.document({"flaws": found})
    else:
        for flaw in found:
            show.say(flaw)
        show.say(f"{len(registry.versions)} definitions, {len(found) or 'no'} flaws")
    if found:
        ctx.leave(1)


def _by_version(registry: Registry) -> list[tuple[str, Any]]:
    return [(f"{w.name}@{w.version}", w) for w in registry.versions.values()]


def _lock_path() -> Path:
    """Beside the first package of workflows that the settings name."""
    import importlib

    from orchestrator.settings import read_settings

    package = importlib.import_module(read_settings(ctx.chosen.config).workflows[0])
    return Path(package.__file__ or "").parent / "definitions.lock"


@workflow_app.command("diagram")
def diagram(
    name: Name,
    form: Annotated[str, typer.Option(help="mermaid, dot or svg.")] = "mermaid",
    state: Annotated[str | None, typer.Option(help="The state to light.")] = None,
) -> None:
    """A workflow drawn from its definition, on stdout.

    orchestrator workflow diagram ip_complaint --form svg > ip_complaint.svg
    """
    from orchestrator.core import diagram as drawn

    registry, _ = _config()
    workflow = registry.workflow(name)
    if state is not None and state not in [s.name for s in workflow.states]:
        raise NotFound(f"{name} has no state {state!r}")
    forms = {"mermaid": drawn.mermaid, "dot": drawn.dot, "svg": drawn.svg}
    if form not in forms:
        raise Unreadable(f"--form: mermaid, dot or svg, got {form!r}")
    typer.echo(forms[form](workflow, state))


# -- rulebooks -------------------------------------------------------------------------------


def _book(name: str) -> Rulebook:
    _, shelf = _config()
    found = [book for book, _ in shelf.rulebooks if book.name == name]
    if not found:
        known = ", ".join(book.name for book, _ in shelf.rulebooks)
        raise NotFound(f"no rulebook {name!r}; there are {known}")
    return max(found, key=lambda book: book.version)


@rulebook_app.command("list")
def list_rulebooks(output: OutputOption = Output.TABLE) -> None:
    """Every rulebook in config.

    orchestrator rulebook list
    """
    _, shelf = _config()
    found: list[dict[str, Any]] = [
        {
            "rulebook": book.name,
            "version": book.version,
            "effective_from": book.effective_from.isoformat(),
            "calendar": book.calendar,
            "hash": book.hash,
        }
        for book, _ in shelf.rulebooks
    ]
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("rulebook", "version", "effective from", "calendar", "hash"),
        [(*list(b.values())[:4], b["hash"][:16]) for b in found],
        "no rulebook",
    )


@rulebook_app.command("show")
def show_rulebook(name: Name, output: OutputOption = Output.TABLE) -> None:
    """Every value of a rulebook in words.

    orchestrator rulebook show seed-2022
    """
    from orchestrator.rulebook import as_sentences

    book = _book(name)
    values = as_sentences(book)
    if output is Output.JSON:
        show.document({"rulebook": book.name, "version": book.version, "values": dict(values)})
        return
    show.table(("key", "value"), values, "no value")


@rulebook_app.command("check")
def check_rulebook(
    file: Annotated[Path, typer.Argument(help="A rulebook, TOML.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Every error of a rulebook file: file, key, what was wanted, what came.

    orchestrator rulebook check config/rulebooks/seed-2022.toml
    """
    from orchestrator.rulebook import misfits, read_rulebook

    registry, shelf = _config()
    if not file.is_file():
        raise Unreadable(f"{file}: a rulebook file, got none there")
    errors: list[str] = []
    try:
        book, _ = read_rulebook(file, registry.sections)
        errors = [f"{file}: {said}" for said in misfits(book, registry.workflows.values())]
        if book.calendar not in shelf.calendars:
            known = ", ".join(sorted(shelf.calendars))
            errors.append(f"{file}: calendar: one of {known}, got {book.calendar!r}")
    except BadConfig as bad:
        errors = bad.errors
    if output is Output.JSON:
        show.document({"file": str(file), "errors": errors})
    else:
        for error in errors:
            show.say(error)
        show.say(f"{file}: {len(errors) or 'no'} errors")
    if errors:
        ctx.leave(1)


@rulebook_app.command("diff")
def diff_rulebooks(
    first: Annotated[str, typer.Argument(help="The name of a rulebook.")],
    second: Annotated[str, typer.Argument(help="The name of another.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """What differs between two rulebooks, value by value.

    orchestrator rulebook diff seed-2022 marketplace-practice
    """
    from orchestrator.rulebook import as_sentences

    ours, theirs = dict(as_sentences(_book(first))), dict(as_sentences(_book(second)))
    found = [
        {"key": key, first: ours.get(key), second: theirs.get(key)}
        for key in dict.fromkeys([*ours, *theirs])
        if ours.get(key) != theirs.get(key)
    ]
    if output is Output.JSON:
        show.document(found)
        return
    show.table(("key", first, second), [tuple(d.values()) for d in found], "they say the same")


@rulebook_app.command("schema")
def rulebook_schema() -> None:
    """The JSON Schema of a rulebook file, for editors.

    orchestrator rulebook schema > config/rulebooks/rulebook.schema.json
    """
    from orchestrator.registry import load
    from orchestrator.rulebook import schema_of
    from orchestrator.settings import read_settings

    settings = read_settings(ctx.chosen.config)
    registry = load(settings.workflows, beside=ctx.chosen.config.resolve().parent)
    show.document(schema_of(registry.sections))


# -- calendars -------------------------------------------------------------------------------

Calendar = Annotated[str | None, typer.Option(help="Its name; else the default rulebook's.")]


def _edition(name: str | None) -> Edition:
    """The latest edition: the database's where there is one, else config's."""
    from orchestrator.calendars import edition_from
    from orchestrator.db import sqlite
    from orchestrator.settings import read_settings

    given = {"database": ctx.chosen.database} if ctx.chosen.database else {}
    settings = read_settings(ctx.chosen.config, **given)
    registry, shelf = _config()
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
    app.add_typer(workflow_app, name="workflow")
    app.add_typer(rulebook_app, name="rulebook")
    app.add_typer(calendar_app, name="calendar")
