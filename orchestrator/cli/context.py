"""What every command shares: the global options, the engine they open, and how errors end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import structlog
import typer

from orchestrator.cli import show
from orchestrator.cli.show import Output
from orchestrator.core.instants import BadInstant, parse_instant
from orchestrator.errors import BadInput, Unavailable, Unreadable

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.clock import Clock
    from orchestrator.core.rules import Rulebook
    from orchestrator.db.library import Shelf
    from orchestrator.db.store import Store
    from orchestrator.registry import Registry

OutputOption = Annotated[
    Output, typer.Option("--output", "-o", help="A table for people, or one JSON document.")
]
DocketOption = Annotated[str | None, typer.Option(help="Of this docket alone.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", help="Repeat safely: the same key gives the first answer."),
]


@dataclass
class Globals:
    """`--config`, `--database`, `--now`, `--debug`."""

    config: Path = Path("config")
    database: str | None = None
    now: str | None = None
    debug: bool = False


chosen = Globals()


def log_to_stderr() -> None:
    """JSON lines on stderr: stdout belongs to the answer."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def clock() -> Clock:
    """The wall clock, or the instant of `--now`."""
    from orchestrator.clock import VirtualClock, WallClock

    return WallClock() if chosen.now is None else VirtualClock(instant("--now", chosen.now))


@contextmanager
def engine() -> Iterator[Orchestrator]:
    """The engine on the configured database; closed at the end."""
    from orchestrator.api import Orchestrator

    with Orchestrator.from_config(
        chosen.config, database=chosen.database, clock=clock()
    ) as orchestrator:
        for warning in orchestrator.warnings:
            show.warn(warning)
        yield orchestrator


def config_registry() -> Registry:
    """The workflows of config, and no rulebook: one of them may be what is being mended."""
    from orchestrator.registry import load
    from orchestrator.settings import read_settings

    settings = read_settings(chosen.config)
    return load(settings.workflows, beside=chosen.config.resolve().parent)


def config_books() -> tuple[Registry, Shelf]:
    """What config alone says: workflows, rulebooks, calendars; no database is opened."""
    from orchestrator.api import read_shelf

    registry = config_registry()
    return registry, read_shelf(chosen.config, registry)


@contextmanager
def looking() -> Iterator[Store]:
    """The configured database as it is, for those who write nothing: it is not even seeded.

    raises   Unavailable: there is none, or one of another version
    """
    from orchestrator.db import schema
    from orchestrator.settings import read_settings

    given = {} if chosen.database is None else {"database": chosen.database}
    store = schema.existing(read_settings(chosen.config, **given).database)
    try:
        yield store
    finally:
        store.dispose()


def known_books() -> tuple[Registry, list[Rulebook]]:
    """Workflows, and every rulebook of config and database."""
    from orchestrator.db import library

    registry, shelf = config_books()
    books = [book for book, _ in shelf.rulebooks]
    there = {(book.name, book.version) for book in books}
    try:
        with looking() as store, store.read() as tx:
            kept = library.rulebooks(tx, registry.sections)
    except Unavailable:  # config alone is known then
        kept = []
    books += [book for book in kept if (book.name, book.version) not in there]
    return registry, books


def instant(option: str, text: str) -> int:
    """An instant from the command line.

    raises   Unreadable
    """
    try:
        return parse_instant(text)
    except BadInstant as error:
        raise Unreadable(f"{option}: {error}") from None


def facts(text: str | None) -> Any:
    """Facts from the command line: a JSON object, or @FILE.

    raises   Unreadable
    """
    from orchestrator.inputs import read_json

    if text is None:
        return None
    if text.startswith("@"):
        path = Path(text[1:])
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"--facts: {path} cannot be read ({error})") from None
    try:
        found = read_json(text, "--facts")
    except BadInput as error:
        raise Unreadable(str(error)) from None
    if not isinstance(found, dict):
        raise Unreadable(f"--facts: a JSON object, got {text[:80]}")
    return found


def leave(code: int) -> NoReturn:
    """End with an exit code (DESIGN 7)."""
    raise typer.Exit(code)
