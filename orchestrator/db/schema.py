"""The schema's version: made from nothing, upgraded, or refused when it is newer than this program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from orchestrator.db import sqlite
from orchestrator.db.lists import GRAMS
from orchestrator.db.store import Store
from orchestrator.db.tables import metadata
from orchestrator.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def latest() -> str:
    """The version that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def version(store: Store) -> str | None:
    """The version of a database; None: it has none."""
    return _look(store)[0]


def is_empty(store: Store) -> bool:
    """Whether there is no table at all."""
    return _look(store) == (None, True)


def _look(store: Store) -> tuple[str | None, bool]:
    """The version, and whether there is no table: at one moment, for another may be making them."""
    with store.read() as tx:
        current = MigrationContext.configure(tx.connection).get_current_revision()
        return current, not inspect(tx.connection).get_table_names()


def upgrade(store: Store) -> str:
    """Bring a database to this program's version, in one transaction; gives the version.

    raises   Unavailable: the database is of a newer version
    """
    with store.write() as tx:
        current = MigrationContext.configure(tx.connection).get_current_revision()
        _refuse_newer(store, current)
        if current is None and inspect(tx.connection).get_table_names():
            raise Unavailable(f"{store.url} holds tables that are not this program's")
        for (name,) in tx.rows(
            "SELECT name FROM sqlite_master WHERE name LIKE '\\_alembic\\_tmp\\_%' ESCAPE '\\'"
        ):
            tx.one(f'DROP TABLE "{name}"')  # left by an interrupted migration
        command.upgrade(_config(tx.connection), "head")
    return latest()


def prepare(store: Store) -> None:
    """Make an empty database ready; refuse one of another version.

    raises   Unavailable: an older version (says how to upgrade), or a newer one
    """
    if store.in_memory:
        with store.write() as tx:
            metadata.create_all(tx.connection)
        return
    if not _is_ready(store):
        upgrade(store)


def existing(url: str) -> Store:
    """A database for those who only look: none is made, and none is changed.

    raises   Unavailable: there is none, or one of another version
    """
    path = sqlite.path_of(url) if sqlite.is_ours(url) else None
    if path is not None and not path.is_file():
        raise Unavailable(f"{url}: there is no database yet")
    store = Store(url)
    try:
        _must_be_ready(store)
    except Unavailable:
        store.dispose()
        raise
    return store


def _must_be_ready(store: Store) -> None:
    """raises   Unavailable: it is empty, or of another version"""
    if not _is_ready(store):
        raise Unavailable(f"{store.url}: the database is empty")


def _is_ready(store: Store) -> bool:
    """Whether a database is of this version; False: it is empty.

    raises   Unavailable: an older version (says how to upgrade), or a newer one
    """
    current, is_new = _look(store)
    if current == latest():
        return True
    _refuse_newer(store, current)
    if current is not None:
        raise Unavailable(
            f"{store.url} has schema {current}, this program wants {latest()}:"
            " run `orchestrator db upgrade`"
        )
    if not is_new:
        raise Unavailable(f"{store.url} holds tables that are not this program's")
    return False


def differences(store: Store) -> list[Any]:
    """What the tables in the code and in the database do not agree on: nothing, or a bug."""
    with store.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"include_name": _is_compared})
        return list(compare_metadata(context, metadata))


def _is_compared(name: str | None, kind: str, _: Any) -> bool:
    """What FTS5 keeps is its own; the migration says how it is made."""
    return kind != "table" or not (name or "").startswith(GRAMS)


def _refuse_newer(store: Store, current: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise Unavailable(
            f"{store.url} has schema {current}, which is newer than this program knows"
            f" ({latest()}): install the newer program"
        )
