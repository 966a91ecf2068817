"""`orchestrator`: the verbs, each in the file of its subject.

Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 refused or conflict, 5 database unreachable.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator import __version__
from orchestrator.cli import (
    acts,
    calendars,
    cases,
    journals,
    keep,
    records,
    rehearsals,
    rulebooks,
    show,
    stories,
    workflows,
)
from orchestrator.cli import context as ctx
from orchestrator.errors import Trouble

INTERRUPTED = 130  # how the library of commands ends what nobody else caught of a Ctrl-C

app = typer.Typer(
    name="orchestrator",
    help="Cases that live by their deadlines: the outcome never depends on when a process woke up.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        show.say(__version__)
        raise typer.Exit


@app.callback()
def options(
    config: Annotated[
        Path, typer.Option(help="Folder of orchestrator.toml, rulebooks and calendars.")
    ] = Path("config"),
    database: Annotated[
        str | None,
        typer.Option(help="For instance sqlite:///orchestrator.db; goes before all settings."),
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="For rehearsals only: pretend that it is this instant.")
    ] = None,
    debug: Annotated[bool, typer.Option(help="Show a traceback with an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that every command takes."""
    ctx.chosen.config = config
    ctx.chosen.database = database
    ctx.chosen.now = now
    ctx.chosen.debug = debug
    ctx.log_to_stderr()


for part in (
    acts,
    cases,
    journals,
    records,
    stories,
    workflows,
    rulebooks,
    rehearsals,
    calendars,
    keep,
):
    part.add_to(app)


def run() -> None:
    """The entry of the program: every trouble is one sentence and its exit code."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            show.warn(
                "interrupted: the database has what was finished by then, and nothing half done"
            )
            sys.exit(1)
        raise
    except Trouble as error:
        if ctx.chosen.debug:
            raise
        show.fail(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if ctx.chosen.debug:
            raise
        show.fail(f"a bug of ours: {type(error).__name__}: {error}; run again with --debug")
        sys.exit(1)


if __name__ == "__main__":
    run()
