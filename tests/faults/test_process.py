"""Processes (rows 7 to 10): what dies, stands still, is told to end, or forks."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from orchestrator import daemon as daemon_module
from orchestrator.clock import WallClock
from orchestrator.daemon import Daemon
from orchestrator.db import sqlite
from orchestrator.errors import Unavailable
from orchestrator.outbox import LEASE_US, Outbox, Sent
from tests.daemon import herd
from tests.doors.house import House, empty_database, everything, files_a_complaint, house
from tests.faults.processes import Voice, children, says_what_it_logs
from tests.test_outbox import Wire, later, outbox, statuses

WHEN, MAY = "2025-03-03 10:00", "2025-05-01 00:00"


# -- holders of a lease -------------------------------------------------------------------------


class Told(Wire):
    """Says on the pipe that it sends, and goes on when it is told to."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def send(self, effects: Any) -> None:
        super().send(effects)
        self._voice.says("sending")
        self._voice.hears()


def holds_a_lease(path: Path, voice: Voice) -> None:
    """A sender that has claimed and is sending; afterwards it says how it went."""
    with house(WHEN, path=path) as there:
        sent = outbox(there, Told(voice)).deliver()
        voice.says(f"{sent.delivered} {sent.failed}")


@pytest.fixture
def filed(tmp_path: Path) -> Path:
    """A file on which one effect waits."""
    path = empty_database(tmp_path / "outbox.db")
    with house(WHEN, path=path) as there:
        files_a_complaint(there)
    return path


@pytest.mark.fault(7, 9)
def test_the_effects_of_a_sender_that_was_killed_go_out_once_more_and_not_before_its_lease_ends(
    filed: Path,
) -> None:
    with children(lambda voice: holds_a_lease(filed, voice)) as (sender,):
        assert sender.hears() == "sending"
        sender.gets(signal.SIGKILL)
        assert sender.ends() == -signal.SIGKILL
    with house(WHEN, path=filed) as there:  # the same host, the same command, started again
        wire = Wire()
        again = outbox(there, wire)
        at_once = again.deliver()
        later(there, LEASE_US)

        assert (at_once, again.deliver(), again.deliver()) == (Sent(), Sent(1, 0), Sent())
        assert wire.sent_keys() == [("shop-1", 1, 0)]
        assert statuses(there) == [("delivered", 2)]


@pytest.mark.fault(9)
def test_two_starts_of_one_program_on_one_host_never_have_one_name(filed: Path) -> None:
    def lease(voice: Voice) -> None:
        with house(WHEN, path=filed) as there:
            voice.says(there.orchestrator.outbox._me)

    with children(lease, lease, lease) as made:
        names = {child.hears() for child in made}
        names |= {str(os.getpid()), os.uname().nodename}

    assert len(names) == 5
    assert Outbox(*[None] * 4)._me not in names  # type: ignore[arg-type]


def stands_still(path: Path, fails: bool, voice: Voice) -> None:
    """A sender that is stopped while it sends, and then ends well or badly."""

    class Asleep(Wire):
        def send(self, effects: Any) -> None:
            os.kill(os.getpid(), signal.SIGSTOP)
            if fails:
                raise OSError("and then it fails")

    with house(WHEN, path=path) as there:
        voice.says(f"{outbox(there, Asleep()).deliver()}")


@pytest.mark.fault(15, 16)
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("while_sending", [False, True])
def test_a_sender_that_stood_still_beyond_its_lease_changes_no_row(
    filed: Path, while_sending: bool, fails: bool
) -> None:
    """Whoever took over is done, or is sending just now."""
    with (
        children(lambda voice: stands_still(filed, fails, voice)) as (late,),
        house(WHEN, path=filed) as there,
    ):

        def goes_on() -> None:
            before = everything(there)
            late.gets(signal.SIGCONT)
            late.hears()

            assert late.ends() == 0
            assert everything(there) == before

        class Taker(Wire):
            def send(self, effects: Any) -> None:
                super().send(effects)
                if while_sending:
                    goes_on()

        late.stopped()
        later(there, LEASE_US)

        assert outbox(there, Taker()).deliver() == Sent(1, 0)
        if not while_sending:
            goes_on()
        assert statuses(there) == [("delivered", 2)]


# -- signals ------------------------------------------------------------------------------------


@contextmanager
def today(path: Path) -> Iterator[House]:
    """As late as it really is: a scheduler walks over every beat that it missed."""
    with house(MAY, path=path) as there:
        there.clock.move_to(WallClock().now())
        yield there


def caught_in_a_batch(path: Path, voice: Voice) -> None:
    """A daemon that stands just before the COMMIT of its first batch until it is told to go on."""

    class Beats(BackgroundScheduler):
        def shutdown(self, wait: bool = True) -> None:
            voice.says("shutting down")
            super().shutdown(wait)

    daemon_module.BackgroundScheduler = Beats  # type: ignore[misc]
    with today(path) as there:
        says_what_it_logs(voice)
        there.orchestrator.engine.batch = 3
        dialect = there.orchestrator.store.engine.dialect
        commit = dialect.do_commit
        stood: list[int] = []

        def stands(raw: Any) -> None:
            if not stood:
                stood.append(1)
                voice.says("before the commit")
                voice.hears()
            commit(raw)

        dialect.do_commit = stands  # type: ignore[method-assign]
        Daemon(there.orchestrator, accept_clock=True).run()


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return herd.make(tmp_path_factory.mktemp("herd") / "herd.db", 16)


def settled(path: Path) -> tuple[Any, Any]:
    """What it all comes to when time goes on, but for how effects were sent."""
    with today(path) as there:
        there.orchestrator.advance()
        assert there.orchestrator.verify() == []
        return herd.history(there.orchestrator)


@pytest.fixture(scope="module")
def calm(waiting: Path) -> tuple[Any, Any]:
    """The history that nothing disturbed."""
    return settled(Path(shutil.copy(waiting, waiting.with_name("calm.db"))))


def moved(path: Path) -> int:
    """How many dockets have a timer that fired."""
    with closing(sqlite3.connect(path)) as there:
        found = there.execute("SELECT count(DISTINCT docket) FROM journal WHERE kind = 'timer'")
        return int(found.fetchone()[0])


@pytest.mark.fault(8)
def test_a_second_sigterm_does_not_cut_the_batch_that_the_first_one_let_end(
    waiting: Path, calm: Any, tmp_path: Path
) -> None:
    path = Path(shutil.copy(waiting, tmp_path / "herd.db"))
    with children(lambda voice: caught_in_a_batch(path, voice)) as (daemon,):
        daemon.hears_until("before the commit")
        daemon.gets(signal.SIGTERM)
        daemon.hears_until("shutting down")
        daemon.gets(signal.SIGTERM)
        daemon.told()

        daemon.hears_until("stopped")

        assert daemon.ends() == 0
    assert moved(path) == 3  # one batch, whole
    assert settled(path) == calm


def _unsaid(*_: Any) -> Any:
    raise structlog.DropEvent


def interrupted_at(event_: int, daemon: Daemon, voice: Voice) -> None:
    """Handle SIGTERM, and a second one that comes at the n-th line of handling the first."""
    left = event_

    def traced(frame: Any, what: str, _: Any) -> Any:
        nonlocal left
        if Path(frame.f_code.co_filename).name in ("daemon.py", "threading.py", "_output.py"):
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGTERM)
        return traced

    signal.signal(signal.SIGTERM, daemon._stop)
    signal.alarm(1)  # whoever waits for himself waits for ever
    structlog.reset_defaults()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
        sys.settrace(traced)
        signal.raise_signal(signal.SIGTERM)
        sys.settrace(None)
    voice.says("over" if left > 0 else "stopping")


@pytest.mark.fault(8)
def test_a_second_sigterm_at_any_line_of_handling_the_first_stops_the_daemon_too() -> None:
    with house(WHEN) as there:
        daemon = Daemon(there.orchestrator)
        for line in range(1, 100):
            with children(lambda voice, n=line: interrupted_at(n, daemon, voice)) as (child,):
                said = child.hears()
            if said == "over":
                return
            assert said == "stopping", f"a second SIGTERM at line {line} hangs it"


@pytest.mark.fault(8)
def test_a_terminal_that_is_closed_takes_the_batch_back_and_leaves_the_file_free(
    waiting: Path, calm: Any, tmp_path: Path
) -> None:
    path = Path(shutil.copy(waiting, tmp_path / "herd.db"))
    with children(lambda voice: caught_in_a_batch(path, voice)) as (daemon,):
        daemon.hears_until("before the commit")
        daemon.gets(signal.SIGHUP)

        assert daemon.ends() == -signal.SIGHUP
    assert moved(path) == 0
    assert sqlite.daemon_lock(f"sqlite:///{path}").try_take()
    assert settled(path) == calm


# -- forks --------------------------------------------------------------------------------------


@pytest.mark.fault(10)
@pytest.mark.parametrize("act", ["writes", "looks"])
def test_a_connection_that_a_fork_carried_over_is_refused_and_its_owner_goes_on(
    tmp_path: Path, act: str
) -> None:
    path = empty_database(tmp_path / "fork.db")
    with house(WHEN, path=path) as there:
        files_a_complaint(there)
        before = everything(there)

        def does(voice: Voice) -> None:
            try:
                if act == "writes":
                    files_a_complaint(there, "B", "shop-2")
                else:
                    there.orchestrator.cases()
            except Unavailable as trouble:
                voice.says(str(trouble))
            with house(WHEN, path=path) as anew:  # its own connections
                voice.says(f"{len(anew.orchestrator.cases())}")

        with children(does) as (child,):
            said = f"a connection of process {os.getpid()} was used in process {child.pid}:"

            assert child.hears().startswith(said)
            assert child.hears() == "1"
            assert child.ends() == 0
        assert everything(there) == before
        assert not files_a_complaint(there, "B", "shop-2").refused


@pytest.mark.fault(10)
def test_a_lock_that_a_fork_carried_over_is_not_held_twice(tmp_path: Path) -> None:
    lock = sqlite.SideLock(tmp_path / "x.db", ".lock")
    assert lock.try_take()

    with children(lambda voice: voice.says(f"{lock.try_take()}")) as (child,):
        assert child.hears() == "False"
    lock.release()
