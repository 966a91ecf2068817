"""Transactions (rows 12, 14, 16 and 21): how a write begins, what it takes, what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.daemon import Daemon
from orchestrator.db import schema, sqlite
from orchestrator.db.store import Store
from orchestrator.outbox import Sent
from orchestrator.replay import Replay
from tests.daemon import herd
from tests.doors.house import ROOT, House, empty_database, files_a_complaint, house
from tests.doors.shaky import broken
from tests.store.test_trouble import locked_by_another
from tests.test_incidents import appeals, pleads, shaky
from tests.test_outbox import Wire, outbox

MAY = "2025-05-01 00:00"


@pytest.mark.fault(14)
def test_a_batch_never_moves_more_dockets_than_it_may(tmp_path: Path) -> None:
    with house(MAY, path=herd.make(tmp_path / "herd.db", 24)) as there:
        there.orchestrator.engine.batch = 5
        sizes = [there.orchestrator.engine.advance_batch().dockets for _ in range(4)]

    assert sizes == [5, 5, 2, 0]


@pytest.mark.fault(21)
def test_a_pass_that_finds_the_file_busy_leaves_what_is_due_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 1)
    path = herd.make(tmp_path / "herd.db", 8)
    with house(MAY, path=path) as there:
        daemon = Daemon(there.orchestrator)
        with locked_by_another(path):
            failed = daemon.passes()
            during = there.rows("SELECT count(*) FROM journal WHERE kind = 'timer'")
        daemon.passes()

        assert (failed, during) == (None, [(0,)])
        assert there.rows("SELECT count(*) FROM dockets WHERE next_due_at <= ?", herd.LATER) == [
            (0,)
        ]


def shipped_ways_to_write(there: House, folder: Path) -> Iterator[Callable[[], object]]:
    """What today's doors can write with the shipped workflows."""
    found = there.orchestrator
    year = folder / "2027.json"
    days = (ROOT / "config/calendars/cn/2026.json").read_text("utf-8")
    year.write_text(days.replace("2026", "2027"), "utf-8")
    yield lambda: files_a_complaint(there, key="k1")
    yield lambda: found.inject("A", "uphold", by="staff", facts={"lane": "severe"})
    yield lambda: found.inject("A", "dance", by="staff")
    yield found.deliver
    yield lambda: found.announce("cn", year)
    yield lambda: Replay(found).run(json.dumps(line) for line in herd.lines(4))
    there.move_to("2025-06-01 00:00")
    yield found.advance


def shaky_ways_to_write(there: House) -> Iterator[Callable[[], object]]:
    """What is written when a guard raises, and when it no longer does."""
    yield lambda: pleads(there, "A", "shop-1")
    with broken("guard"):
        yield lambda: appeals(there)
    yield lambda: pleads(there, "B", "shop-1")  # is held
    yield lambda: there.orchestrator.incidents.retry(1)


@pytest.mark.fault(12)
def test_whatever_writes_has_said_so_at_the_beginning_of_its_transaction(tmp_path: Path) -> None:
    """As SQLite itself tells it, statement by statement, of every connection of the process."""
    paths = [empty_database(tmp_path / name) for name in ("shipped.db", "shaky.db")]
    told: list[list[str]] = []
    with house(MAY, path=paths[0], log=tmp_path / "outbox.jsonl") as there:
        _write_each(there.orchestrator.store, told, shipped_ways_to_write(there, tmp_path))
    with shaky(paths[1]) as there:
        _write_each(there.orchestrator.store, told, shaky_ways_to_write(there))
    store = Store(f"sqlite:///{tmp_path / 'fresh.db'}")
    _write_each(store, told, [lambda: schema.upgrade(store)])
    store.dispose()
    transactions = [found for statements in told for found in _transactions(statements)]

    assert {t[0] for t in transactions if any(map(_writes, t))} == {"BEGIN IMMEDIATE"}


def _write_each(store: Store, told: list[list[str]], acts: Iterable[Callable[[], object]]) -> None:
    """Do these, every statement traced; each of them must have written something."""
    store.dispose()  # the next connections are traced
    for engine in (store.engine, store._reader):
        event.listen(engine, "connect", lambda raw, _: _trace(raw, told))
    for act in acts:
        before = sum(_writes(said) for statements in told for said in statements)
        act()
        assert sum(_writes(said) for statements in told for said in statements) > before


def _trace(raw: Any, told: list[list[str]]) -> None:
    statements: list[str] = []
    told.append(statements)
    raw.set_trace_callback(statements.append)


def _transactions(statements: list[str]) -> Iterator[list[str]]:
    """What was said from each BEGIN to its end, and each statement that was said alone."""
    open_: list[str] = []
    for said in statements:
        open_.append(said)
        begun = open_[0].startswith("BEGIN")
        if not begun or said in ("COMMIT", "ROLLBACK"):
            yield open_
            open_ = []


def _writes(statement: str) -> bool:
    return statement.lstrip("- ").split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE", "CREATE")


@pytest.mark.fault(16)
def test_what_was_finished_between_the_look_and_the_claim_is_not_claimed_again(
    tmp_path: Path,
) -> None:
    with house(path=empty_database(tmp_path / "outbox.db")) as there:
        files_a_complaint(there)
        first, second = Wire(), Wire()
        looked: list[Sent] = []

        def finishes(*_: Any) -> None:
            if not looked:
                looked.append(Sent())
                looked[0] = outbox(there, first).deliver()

        event.listen(there.orchestrator.store._reader, "commit", finishes)  # it has looked
        sent = outbox(there, second).deliver()

        assert (looked, sent) == ([Sent(1, 0)], Sent())
        assert (len(first.came), second.came) == (1, [])
