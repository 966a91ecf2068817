"""A database of an earlier version, with everything in it, becomes one of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from orchestrator.db import schema
from orchestrator.db.store import Store
from orchestrator.errors import Unavailable
from tests.desks import desk, rows_of
from tests.doors.house import House, house, parts

LISTS = "texts", "standings"


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full database of this version."""
    path = tmp_path_factory.mktemp("now") / "now.db"
    with desk(path):
        pass
    return path


@pytest.fixture
def before(now: Path, tmp_path: Path) -> Path:
    """The same content in the tables that version 0002 had."""
    path = tmp_path / "before.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as tx:
        command.upgrade(schema._config(tx.connection), "0002")
    store.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS later", (str(now),))
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
        ).fetchall()
        for (table,) in names:
            connection.execute(f'INSERT INTO "{table}" SELECT * FROM later."{table}"')
        connection.commit()
    return path


@pytest.fixture
def upgraded(before: Path) -> Iterator[House]:
    store = Store(f"sqlite:///{before}")
    schema.upgrade(store)
    store.dispose()
    with house("2025-03-18 12:00", path=before) as there:
        yield there


def test_an_older_database_is_refused_with_the_verb_that_helps(before: Path) -> None:
    with (
        pytest.raises(Unavailable, match="has schema 0002, this program wants"),
        house(path=before),
    ):
        pass


def test_an_upgraded_database_is_the_same_as_one_that_was_made_so(
    upgraded: House, now: Path
) -> None:
    with house("2025-03-18 12:00", path=now) as there:
        for table in (*LISTS, "cases", "timers", "journal", "outbox", "dockets"):
            text = (
                f"SELECT * FROM {table}" if table != "texts" else 'SELECT "case", text FROM texts'
            )
            assert sorted(upgraded.rows(text)) == sorted(there.rows(text))

    assert schema.differences(upgraded.orchestrator.store) == []
    assert upgraded.orchestrator.verify() == []


def test_its_cases_are_found_by_every_list(upgraded: House) -> None:
    by_text = [case["case"] for case in upgraded.orchestrator.cases(text="五粮液")]
    by_points = {case["docket"] for case in upgraded.orchestrator.cases(points_from=8)}

    assert by_text == sorted(by_text, key=[row.id for row in by_opening(upgraded)].index)
    assert len(by_text) == 6
    assert by_points == {"shop-0", "shop-1"}


def by_opening(there: House) -> list[object]:
    return sorted(rows_of(there), key=lambda row: (row.opened_at, row.id))


def test_its_indices_are_those_of_a_new_one(upgraded: House, tmp_path: Path) -> None:
    query = "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'table') ORDER BY name"
    with house(path=tmp_path / "new.db") as there:
        assert upgraded.rows(query) == there.rows(query)


def test_an_empty_database_of_an_earlier_version_is_upgraded_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as tx:
        command.upgrade(schema._config(tx.connection), "0002")
    assert schema.upgrade(store) == schema.latest()
    store.dispose()

    with house(path=path) as there:
        assert there.rows("SELECT * FROM standings") == []


def test_points_that_a_start_cannot_find_are_found_by_one_that_knows_the_standing(
    before: Path,
) -> None:
    """The first to start may know other workflows than those that keep a standing."""
    store = Store(f"sqlite:///{before}")
    schema.upgrade(store)
    store.dispose()
    some = [w for w in parts().registry.versions.values() if w.name == "complainant_registration"]
    with house("2025-03-18 12:00", path=before, workflows=some) as early:
        found_early = early.orchestrator.cases(points_from=8)
    with house("2025-03-18 12:00", path=before) as late:
        found = {case["docket"] for case in late.orchestrator.cases(points_from=8)}
        left = late.rows("SELECT docket FROM standings WHERE docket = ''")

    assert (found_early, found, left) == ([], {"shop-0", "shop-1"}, [])
