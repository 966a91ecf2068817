"""Verbs of the house: db, daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import DryRun, OutputOption
from orchestrator.cli.show import Output

db_app = typer.Typer(no_args_is_help=True, help="The database.")


@db_app.command("upgrade")
def upgrade(output: OutputOption = Output.TABLE) -> None:
    """Make an empty database ready, or bring an older one to this program's schema.

    orchestrator db upgrade
    """
    from orchestrator.db import schema, sqlite
    from orchestrator.db.store import Store
    from orchestrator.settings import read_settings

    given = {"database": ctx.chosen.database} if ctx.chosen.database else {}
    store = Store(read_settings(ctx.chosen.config, **given).database)
    try:
        before = schema.version(store)
        after = schema.upgrade(store)
    finally:
        store.dispose()
    library = sqlite.library()
    if output is Output.JSON:
        show.document({"database": store.url, "before": before, "schema": after, **library})
        return
    change = "was ready" if before == after else f"went from {before or 'nothing'}"
    show.say(f"{store.url} {change}: schema {after}; SQLite {library['sqlite']}")
    if not library["safe"]:
        show.warn(
            f"SQLite {library['sqlite']} has the WAL-reset bug (fixed in 3.51.3):"
            " every write holds a lock on a side file"
        )


@db_app.command("reindex")
def reindex(dry_run: DryRun = False, output: OutputOption = Output.TABLE) -> None:
    """Make anew what lists look through (texts, points), from journal and standings.

    For when `journal verify` finds a text or points that are not what the journal says.

    orchestrator db reindex
    """
    with ctx.engine() as orchestrator:
        texts = orchestrator.rebuild_lists(preview=dry_run)
    if output is Output.JSON:
        show.document({"texts": texts, "written": not dry_run})
        return
    done = "would be made anew; nothing is written" if dry_run else "were made anew"
    show.say(f"{show.counted(texts, 'text')} and the points of all dockets {done}")


def daemon(
    accept_clock: Annotated[
        bool, typer.Option(help="Fire although the wall clock jumped; it is right.")
    ] = False,
) -> None:
    """Advance cases by itself, each at its own instant, until SIGTERM or Ctrl-C.

    orchestrator daemon
    """
    from orchestrator.daemon import Daemon

    with ctx.engine() as orchestrator:
        Daemon(orchestrator, accept_clock=accept_clock).run()


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(db_app, name="db")
    app.command("daemon")(daemon)
