"""The schema: made from nothing, upgraded once, and never a database that is not ours."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from orchestrator.db import schema
from orchestrator.db.store import Store
from orchestrator.db.tables import metadata
from orchestrator.errors import Unavailable
from tests.doors.house import empty_database, files_a_complaint, house


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the migrations made from nothing."""
    path = tmp_path_factory.mktemp("schema") / "made.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.dispose()
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it, to be spoilt."""
    path = tmp_path / "copy.db"
    shutil.copy(made, path)
    store = Store(f"sqlite:///{path}")
    yield store
    store.dispose()


def said_by(store: Store) -> str:
    """The one sentence with which a database is refused."""
    before = _all(store)
    with pytest.raises(Unavailable) as raised:
        schema.prepare(store)

    assert _all(store) == before
    assert "\n" not in str(raised.value)
    return str(raised.value)


def _all(store: Store) -> list[tuple[str, ...]]:
    path = store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM sqlite_master ORDER BY name").fetchall()


def does(store: Store, *statements: str) -> None:
    with store.write() as tx:
        for statement in statements:
            tx.connection.execute(text(statement))


def test_an_empty_database_is_brought_to_the_latest_version(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")

    assert (schema.version(store), schema.is_empty(store)) == (None, True)
    assert schema.upgrade(store) == schema.latest()
    assert schema.version(store) == schema.latest()
    store.dispose()


def test_a_first_start_beside_another_first_start_finds_its_own_tables(tmp_path: Path) -> None:
    """The other one is ready between the two looks of this one: at the version, at the tables."""
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    store, other = Store(f"sqlite:///{path}"), Store(f"sqlite:///{path}")
    looks = iter(range(2))

    def overtaken(*_: object) -> None:
        if next(looks, None) == 1:  # BEGIN, then the first look
            schema.prepare(other)

    event.listen(store._reader, "after_cursor_execute", overtaken)
    schema.prepare(store)

    assert schema.version(store) == schema.latest()
    store.dispose()
    other.dispose()


def test_an_upgrade_done_twice_changes_nothing(store: Store) -> None:
    before = _all(store)

    assert schema.upgrade(store) == schema.latest()
    assert _all(store) == before


def test_the_tables_in_the_code_and_in_the_database_agree(store: Store) -> None:
    assert schema.differences(store) == []


def test_a_difference_is_found(store: Store) -> None:
    does(store, "CREATE TABLE more (x INTEGER) STRICT", "DROP INDEX ix_timers_due")

    kinds = {difference[0] for difference in schema.differences(store)}
    assert kinds == {"remove_table", "add_index"}


def test_what_is_made_in_memory_has_every_object_that_the_migrations_make(store: Store) -> None:
    memory = Store("sqlite://")
    schema.prepare(memory)

    with memory.read() as ours, store.read() as theirs:
        query = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND"
        query += " name NOT LIKE 'sqlite_%' ORDER BY name"
        assert ours.rows(query) == theirs.rows(query)
    memory.dispose()


def test_every_table_is_strict(store: Store) -> None:
    with store.read() as tx:
        strict = {row[1] for row in tx.rows("PRAGMA table_list") if row[5] == 1}

    assert set(metadata.tables) <= strict


def test_a_database_that_is_ready_is_left_as_it_is(store: Store) -> None:
    before = _all(store)

    schema.prepare(store)

    assert _all(store) == before


def test_an_empty_database_is_prepared_by_itself(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")

    schema.prepare(store)

    assert schema.version(store) == schema.latest()
    store.dispose()


def test_a_database_of_a_newer_schema_is_refused(store: Store) -> None:
    does(store, "UPDATE alembic_version SET version_num = '9999'")

    assert said_by(store) == (
        f"{store.url} has schema 9999, which is newer than this program knows"
        f" ({schema.latest()}): install the newer program"
    )


def test_a_newer_schema_is_not_upgraded_either(store: Store) -> None:
    does(store, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(Unavailable, match="newer than this program knows"):
        schema.upgrade(store)


def test_an_older_schema_is_refused_with_the_command_that_helps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "latest", lambda: "0099")

    assert "wants 0099: run `orchestrator db upgrade`" in said_by(store)


def test_tables_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoices (x)")
    store = Store(f"sqlite:///{path}")

    assert said_by(store) == f"{store.url} holds tables that are not this program's"
    store.dispose()


@pytest.mark.parametrize(
    "spoilt",
    ["DROP TABLE alembic_version", "DELETE FROM alembic_version"],
    ids=["the table is gone", "the row is gone"],
)
def test_a_database_without_its_version_is_refused(store: Store, spoilt: str) -> None:
    does(store, spoilt)

    assert "holds tables that are not this program's" in said_by(store)


@pytest.mark.parametrize("table", ["invoices", "cases"])
def test_tables_that_are_not_ours_are_not_upgraded(tmp_path: Path, table: str) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} (x)")
    store = Store(f"sqlite:///{path}")

    with pytest.raises(Unavailable, match="not this program's"):
        schema.upgrade(store)
    assert len(_all(store)) == 1
    store.dispose()


def test_what_an_interrupted_migration_left_behind_is_cleared_away(store: Store) -> None:
    does(store, "CREATE TABLE _alembic_tmp_cases (x INTEGER) STRICT")

    schema.upgrade(store)

    assert schema.differences(store) == []


def test_cases_survive_an_upgrade(tmp_path: Path) -> None:
    path = empty_database(tmp_path / "full.db")
    with house(path=path) as there:
        files_a_complaint(there)
        before = there.journal()

        schema.upgrade(there.orchestrator.store)

        assert there.journal() == before
        assert there.orchestrator.verify() == []
