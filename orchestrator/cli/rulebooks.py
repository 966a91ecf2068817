"""Verbs about rulebooks: list, show, check, diff, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import BadConfig

if TYPE_CHECKING:
    from orchestrator.core.rules import Rulebook
    from orchestrator.registry import Registry

from orchestrator.cli.context import config_books

rulebook_app = typer.Typer(no_args_is_help=True, help="Rulebooks: every number of the rules.")

CALLED = "NAME (its latest version), NAME@VERSION, or a TOML file."


def books_called(*names: str) -> tuple[list[Rulebook], list[Rulebook], Registry]:
    """The rulebooks of these names or files, all that are known, and the workflows of config.

    raises   NotFound, Unreadable, BadConfig
    """
    from orchestrator.bookshelf import called, is_a_file, read_alone

    registry, books = ctx.known_books()
    calendars = ctx.chosen.config / "calendars"
    found = [
        read_alone(Path(name), registry, calendars) if is_a_file(name) else called(name, books)
        for name in names
    ]
    return found, books, registry


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
def show_rulebook(
    name: Annotated[str, typer.Argument(help=CALLED)], output: OutputOption = Output.TABLE
) -> None:
    """Every value of a rulebook in words.

    orchestrator rulebook show seed-2022
    """
    from orchestrator.rulebook import as_sentences

    (book,), _, _ = books_called(name)
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
    from orchestrator.bookshelf import read_alone

    errors: list[str] = []
    try:
        read_alone(file, ctx.config_registry(), ctx.chosen.config / "calendars")
    except BadConfig as bad:
        errors = bad.errors
    if output is Output.JSON:
        show.document({"file": str(file), "errors": errors})
    else:
        for error in errors:
            show.say(error)
        show.say(f"{file}: {show.counted(len(errors), 'error') if errors else 'no errors'}")
    if errors:
        ctx.leave(1)


@rulebook_app.command("diff")
def diff_rulebooks(
    first: Annotated[str, typer.Argument(help=CALLED)],
    second: Annotated[str, typer.Argument(help="The other one.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """What changes from one rulebook to another, a sentence for each value.

    orchestrator rulebook diff seed-2022 marketplace-practice
    """
    from orchestrator.bookshelf import named
    from orchestrator.rule_changes import rule_changes

    (before, after), _, _ = books_called(first, second)
    found = rule_changes(before, after)
    if output is Output.JSON:
        show.document([change._asdict() for change in found])
        return
    for change in found:
        show.say(change.sentence)
    differ = "differs" if len(found) == 1 else "differ"
    end = f"{show.counted(len(found), 'value')} {differ}" if found else "they say the same"
    show.say(f"from {named(before)} to {named(after)}: {end}")


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
