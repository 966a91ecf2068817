"""Facts about libraries that our code leans on: an upgrade that changes one is noticed here."""

from __future__ import annotations

import inspect
import sqlite3
import tomllib
from datetime import UTC, datetime

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from freezegun import freeze_time
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import create_engine, event
from transitions import Machine, MachineError

from orchestrator.clock import WallClock
from orchestrator.core.instants import parse_instant


class Cursor:
    __slots__ = ("state",)

    def __init__(self, state):
        self.state = state


def machine(**more):
    return Machine(
        model=None,
        states=["a", "b"],
        initial="a",
        auto_transitions=False,
        send_event=True,
        transitions=[{"trigger": "go", "source": "a", "dest": "b", **more}],
    )


def test_a_shared_machine_moves_an_unregistered_slotted_cursor():
    shared, cursor = machine(), Cursor("a")
    moved = shared.events["go"].trigger(cursor)

    assert (moved, cursor.state, shared.models) == (True, "b", [])


def test_transitions_has_four_kinds_of_no():
    def false(_):
        return False

    assert machine(conditions=false).events["go"].trigger(Cursor("a")) is False
    with pytest.raises(MachineError):
        machine().events["go"].trigger(Cursor("b"))
    with pytest.raises(KeyError):
        machine().events["fly"]
    with pytest.raises(ValueError, match="not a registered state"):
        machine().events["go"].trigger(Cursor("c"))


@pytest.mark.fault(58)
def test_an_error_in_a_callback_leaves_the_cursor_already_moved():
    """Why no callback of a definition does anything: only a throw-away cursor is ever moved."""

    def breaks(_):
        raise RuntimeError

    cursor = Cursor("a")
    with pytest.raises(RuntimeError):
        machine(after=breaks).events["go"].trigger(cursor)

    assert cursor.state == "b"


def test_transitions_accepts_a_destination_that_is_no_state():
    """Why the linter looks at destinations itself."""
    built = machine()
    built.add_transition("fly", "a", "nowhere")

    assert "fly" in built.events


def test_apscheduler_drops_what_is_later_than_a_second_unless_told_otherwise():
    source = inspect.getsource(BaseScheduler)

    assert 'asint(job_defaults.get("misfire_grace_time", 1))' in source


class HandDriven(BaseScheduler):
    def wakeup(self):
        pass

    def shutdown(self, wait=True):
        super().shutdown(wait)


def test_an_interval_job_that_raises_comes_again():
    with freeze_time("2025-03-03 02:00:00") as frozen:
        runs = []

        def breaks():
            runs.append(1)
            raise RuntimeError

        beats = HandDriven(executors={"default": DebugExecutor()}, timezone=UTC)
        beats.add_job(breaks, "interval", seconds=15, misfire_grace_time=None)
        beats.start()
        for second in (15, 30):
            frozen.move_to(datetime(2025, 3, 3, 2, 0, second, tzinfo=UTC).replace(tzinfo=None))
            beats._process_jobs()
        beats.shutdown()

        assert len(runs) == 2


@pytest.mark.fault(44)
def test_the_wall_clock_is_looked_up_late_so_that_freezing_reaches_it():
    with freeze_time("2025-03-07 16:00:00") as frozen:
        before = WallClock().now()
        frozen.move_to(datetime(2025, 3, 7, 16, 0, 0, 1, tzinfo=UTC).replace(tzinfo=None))

        assert before == parse_instant("2025-03-08T00:00:00+08:00")
        assert WallClock().now() == before + 1


@pytest.mark.fault(12)
def test_a_deferred_transaction_that_turns_to_write_is_busy_at_once(tmp_path):
    """Why every write begins with BEGIN IMMEDIATE."""
    path = tmp_path / "x.db"
    one, two = (sqlite3.connect(path, isolation_level=None, timeout=5) for _ in range(2))
    one.execute("PRAGMA journal_mode=WAL")
    one.execute("CREATE TABLE t (n)")
    one.execute("BEGIN")
    one.execute("SELECT * FROM t").fetchall()
    two.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.OperationalError) as caught:
        one.execute("INSERT INTO t VALUES (2)")

    assert caught.value.sqlite_errorname == "SQLITE_BUSY_SNAPSHOT"
    one.close()
    two.close()


def test_sqlalchemy_says_begin_through_the_event_alone():
    engine = create_engine("sqlite://")
    said = []
    event.listen(engine, "connect", lambda dbapi, _: setattr(dbapi, "isolation_level", None))
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n)")
    engine.dispose()

    assert said == ["BEGIN IMMEDIATE", "CREATE TABLE t (n)"]


@pytest.mark.fault(5)
def test_a_full_database_has_rolled_back_already(tmp_path):
    """Why trouble is told by its code, and nothing is rolled back twice."""
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    connection.execute("CREATE TABLE t (n)")
    connection.execute("PRAGMA max_page_count = 4")
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 4_000,)] * 10)

    assert caught.value.sqlite_errorname == "SQLITE_FULL"
    assert connection.in_transaction is False
    connection.close()


def test_strict_models_refuse_what_lax_ones_would_guess():
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        rounds: int

    for given in ({"rounds": "2"}, {"rounds": 2.0}, {"rounds": True}, {"rounds": 2, "x": 1}):
        with pytest.raises(ValidationError):
            Strict.model_validate(given)


def test_toml_refuses_a_key_that_stands_twice():
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads("rounds = 2\nrounds = 3\n")
