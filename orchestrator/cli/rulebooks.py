"""Verbs about rulebooks: list, show, check, diff, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import BadConfig, NotFound, Unreadable

if TYPE_CHECKING:
    from orchestrator.core.rules import Rulebook

from orchestrator.cli.context import config_books

rulebook_app = typer.Typer(no_args_is_help=True, help="Rulebooks: every number of the rules.")

Name = Annotated[str, typer.Argument(help="Its name.")]


def _book(name: str) -> Rulebook:
    _, shelf = config_books()
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
    _, shelf = config_books()
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

    registry = ctx.config_registry()
    calendars = sorted(p.parent.name for p in ctx.chosen.config.glob("calendars/*/calendar.toml"))
    if not file.is_file():
        raise Unreadable(f"{file}: a rulebook file, got none there")
    errors: list[str] = []
    try:
        book, _ = read_rulebook(file, registry.sections)
        errors = [f"{file}: {said}" for said in misfits(book, registry.workflows.values())]
        if book.calendar not in calendars:
            known = ", ".join(calendars)
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
    from orchestrator.rulebook import schema_of

    show.document(schema_of(ctx.config_registry().sections))


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(rulebook_app, name="rulebook")
