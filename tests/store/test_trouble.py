"""Trouble with the disk and the file: one sentence, exit code 5, and never half a step."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.db import schema, sqlite
from orchestrator.db.store import Store
from orchestrator.errors import Unavailable
from tests.doors.house import House, empty_database, everything, files_a_complaint, house

NOBODY = 65_534


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    """A house on a file, with complaint A of shop-1."""
    with house(path=empty_database(tmp_path / "store.db")) as found:
        files_a_complaint(found)
        yield found


def limited(there: House, pages: int) -> None:
    """The disk holds so many pages more than there are now; 0: no limit any more."""
    with there.orchestrator.store.write() as tx:
        now = tx.scalar("PRAGMA page_count")
        tx.scalar(f"PRAGMA max_page_count = {now + pages if pages else 1_073_741_823}")


def said_by(act: Any) -> str:
    with pytest.raises(Unavailable) as raised:
        act()

    assert raised.value.exit_code == 5
    assert "\n" not in str(raised.value)
    return str(raised.value)


# -- a full disk --------------------------------------------------------------------------------


def fills(there: House) -> int:
    """File complaints until the disk is full; gives how many there was room for."""
    room = -1
    said = ""
    while not said:
        room += 1
        try:
            files_a_complaint(there, f"C{room}", f"shop-{room}")
        except Unavailable as trouble:
            said = str(trouble)

    assert said == (
        f"the disk of {there.orchestrator.store.url} is full: nothing was written;"
        " free some space and try again"
    )
    return room


@pytest.mark.fault(5)
def test_a_full_disk_leaves_no_part_of_a_step(there: House) -> None:
    limited(there, 8)

    room = fills(there)

    assert len(there.orchestrator.cases(limit=1_000)) == room + 1
    assert there.orchestrator.verify() == []
    assert there.rows("SELECT count(*) FROM timers") == [(2 * (room + 1),)]
    assert there.rows("SELECT count(*) FROM outbox") == [(room + 1,)]


@pytest.mark.fault(5)
def test_the_full_disk_refuses_again_and_looks_still_work(there: House) -> None:
    limited(there, 8)
    room = fills(there)
    before = everything(there)

    said_by(lambda: files_a_complaint(there, f"C{room}", f"shop-{room}"))

    assert everything(there) == before
    assert there.orchestrator.case("A")["state"] == "under_review"
    assert there.orchestrator.forecast("A")["end"]["state"] == "under_review"


@pytest.mark.fault(5)
def test_when_there_is_room_again_the_same_key_is_decided(there: House) -> None:
    limited(there, 8)
    room = fills(there)
    given = {"case": f"C{room}", "docket": f"shop-{room}", "key": "k1"}
    said_by(lambda: files_a_complaint(there, **given))

    limited(there, 0)
    answer = files_a_complaint(there, **given)

    assert (answer.refused, answer.repeated) == (False, False)
    assert there.orchestrator.verify() == []


@pytest.mark.fault(5)
def test_a_deadline_that_passes_on_a_full_disk_acts_when_there_is_room(there: House) -> None:
    limited(there, 8)
    fills(there)
    there.move_to("2025-06-01 00:00")
    said_by(there.orchestrator.advance)

    limited(there, 0)
    there.orchestrator.advance()

    fired = [e["effective_at"] for e in there.journal() if e["name"] == "review_limit"]
    assert set(fired) == {"2025-03-18T00:00:00+08:00"}


# -- a locked, missing, foreign or read-only file -----------------------------------------------


@contextmanager
def locked_by_another(path: Path) -> Iterator[None]:
    """Somebody else is writing, and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.fault(21)
def test_a_locked_database_is_busy_and_nothing_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 1)
    path = empty_database(tmp_path / "store.db")
    with house(path=path) as there:
        with locked_by_another(path):
            said = said_by(lambda: files_a_complaint(there))
            looks = there.orchestrator.cases()
        answer = files_a_complaint(there)

    assert said == f"sqlite:///{path} is busy: nothing was written; try again"
    assert looks == []
    assert not answer.refused


def test_a_folder_that_is_not_there_is_told_with_the_database(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")

    said = said_by(lambda: schema.prepare(store))

    assert said == f"{store.url} cannot be used (unable to open database file)"


def test_a_folder_that_is_gone_is_told_by_a_write_too(tmp_path: Path) -> None:
    if sqlite.library_is_safe():
        pytest.xfail("this SQLite needs no side file")
    folder = tmp_path / "gone"
    folder.mkdir()
    store = Store(f"sqlite:///{folder / 'x.db'}")
    shutil.rmtree(folder)

    said_by(lambda: schema.upgrade(store))


@pytest.mark.parametrize("act", [schema.prepare, schema.upgrade])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, act: Any) -> None:
    path = tmp_path / "x.db"
    path.write_text("This is a letter, and no database at all. " * 100, "utf-8")
    store = Store(f"sqlite:///{path}")

    said = said_by(lambda: act(store))

    assert said == f"{store.url} cannot be used (file is not a database)"
    assert path.read_text("utf-8").startswith("This is a letter")
    store.dispose()


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}")

    assert "cannot be used" in said_by(lambda: schema.prepare(store))


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everything; nobody may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A database that may be looked at and not written, in a folder that is the same."""
    folder = Path(tempfile.mkdtemp())
    path = empty_database(folder / "x.db")
    path.chmod(0o444)
    (folder / "x.db.write-lock").touch()
    (folder / "x.db.write-lock").chmod(0o666)
    folder.chmod(0o555)
    yield path
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_file_is_told(read_only: Path) -> None:
    store = Store(f"sqlite:///{read_only}")

    with as_nobody():
        said = said_by(lambda: schema.upgrade(store))

    assert f"{store.url} cannot be used (" in said


def test_a_read_only_folder_is_told(read_only: Path) -> None:
    if sqlite.library_is_safe():
        pytest.xfail("this SQLite needs no side file")
    read_only.with_name("x.db.write-lock").unlink()
    store = Store(f"sqlite:///{read_only}")

    with as_nobody():
        said_by(lambda: schema.upgrade(store))


@pytest.mark.fault(4)
def test_a_damaged_file_is_told(there: House, tmp_path: Path) -> None:
    there.orchestrator.close()
    path = tmp_path / "store.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    store = Store(f"sqlite:///{path}")

    try:
        said_by(lambda: schema.upgrade(store))
    finally:
        store.dispose()


# -- how it is written --------------------------------------------------------------------------


@pytest.mark.fault(12)
def test_every_transaction_that_writes_begins_immediate(there: House) -> None:
    told: list[str] = []
    store = there.orchestrator.store
    event.listen(store.engine, "before_cursor_execute", lambda *given: told.append(given[2]))

    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "severe"}, key="k1")
    there.move_to("2025-06-01 00:00")
    there.orchestrator.advance()
    there.orchestrator.deliver()

    begins = [n for n, statement in enumerate(told) if statement.startswith("BEGIN")]
    writes = [n for n, s in enumerate(told) if s.split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert {told[n] for n in begins} == {"BEGIN IMMEDIATE"}
    assert len(begins) >= 3
    assert begins[0] < writes[0]


@pytest.mark.fault(12)
def test_looks_go_through_connections_that_cannot_write(there: House) -> None:
    with there.orchestrator.store.read() as tx:
        assert tx.scalar("PRAGMA query_only") == 1
        with pytest.raises(Exception, match="readonly"):
            tx.connection.exec_driver_sql("DELETE FROM journal")


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 20_000)],
)
def test_the_connection_that_writes_is_durable_and_strict(
    there: House, pragma: str, value: Any
) -> None:
    with there.orchestrator.store.write() as tx:
        assert tx.scalar(f"PRAGMA {pragma}") == value


def test_a_case_without_its_docket_cannot_be_stored(there: House) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), there.orchestrator.store.write() as tx:
        tx.one("UPDATE cases SET docket = 'nobody'")


def test_an_exception_on_the_way_takes_everything_back(there: House) -> None:
    before = everything(there)

    def breaks() -> None:
        with there.orchestrator.store.write() as tx:
            tx.one("UPDATE cases SET state = 'nowhere'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()

    assert everything(there) == before


@pytest.mark.fault(1)
def test_another_process_sees_a_step_whole_or_not_at_all(there: House, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        query = "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM timers)"
        with there.orchestrator.store.write() as tx:
            tx.one("DELETE FROM timers")
            during = other.execute(query).fetchone()
            tx.one("DELETE FROM journal")
        after = other.execute(query).fetchone()

    assert (during, after) == ((1, 2), (0, 0))
