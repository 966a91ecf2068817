"""Process, power, disk (rows 1 to 10): what dies, stops, forks or lies under a database."""

from __future__ import annotations

import os
import random
import resource
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
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

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
CUTS, FLIPS = 60, 60


# -- power and disk -----------------------------------------------------------------------------


class Lived:
    """A history on a file: its bytes as they lie on the disk, and all that it was on the way."""

    def __init__(self, path: Path) -> None:
        self.moments: list[tuple[int, dict[str, Any]]] = []  # (bytes of the WAL, all rows)
        self.folder = path.parent
        with house(WHEN, path=empty_database(path)) as there:
            self.keeps(there)
            for n in range(8):
                files_a_complaint(there, f"A{n}", f"shop-{n % 3}")
                self.keeps(there)
                facts = {"lane": ("minor", "severe")[n % 2]}
                there.orchestrator.inject(f"A{n}", "uphold", by="staff", facts=facts, key=f"k{n}")
                self.keeps(there)
            there.move_to("2025-03-20 00:00")
            there.orchestrator.engine.advance_batch()
            self.keeps(there)
            self.heads = heads(there)
            self.file = path.read_bytes()
            self.wal = _wal(path).read_bytes()

    def keeps(self, there: House) -> None:
        path = _wal(sqlite.path_of(there.orchestrator.store.url) or Path())
        size = path.stat().st_size if path.exists() else 0
        self.moments.append((size, everything(there)))

    def left(self, file: bytes, wal: bytes) -> Path:
        """A disk with just these bytes."""
        path = self.folder / "left.db"
        path.write_bytes(file)
        _wal(path).write_bytes(wal)
        path.with_name("left.db-shm").unlink(missing_ok=True)
        return path


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def heads(there: House) -> set[tuple[str, int, str]]:
    """The last entry of each docket, as `journal export` tells it to whoever keeps it elsewhere."""
    found = {
        e["docket"]: (e["docket"], e["seq"], e["hash"])
        for e in there.orchestrator.queries.journal()
    }
    return set(found.values())


def entries(there: House) -> set[tuple[str, int, str]]:
    return {(e["docket"], e["seq"], e["hash"]) for e in there.orchestrator.queries.journal()}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    return Lived(tmp_path_factory.mktemp("lived") / "lived.db")


@pytest.mark.fault(3)
@pytest.mark.slow
def test_a_power_loss_at_any_byte_leaves_every_commit_that_was_answered_and_no_half_of_another(
    lived: Lived,
) -> None:
    dice = random.Random(20261124)
    kept = [rows for _, rows in lived.moments]
    sizes = [size for size, _ in lived.moments]
    cuts = [*sizes, *(size - 1 for size in sizes[1:])]
    cuts += [dice.randrange(len(lived.wal) + 1) for _ in range(CUTS)]
    for cut in cuts:
        torn = dice.randbytes(dice.choice((0, 0, 4_000)))  # what was never synced is anything
        with house(WHEN, path=lived.left(lived.file, lived.wal[:cut] + torn)) as there:
            found = kept.index(everything(there))

            assert found == max(n for n, size in enumerate(sizes) if size <= cut)
            assert there.orchestrator.verify() == []


@pytest.mark.fault(4)
@pytest.mark.slow
def test_a_flipped_byte_of_the_wal_never_shortens_a_journal_unseen(lived: Lived) -> None:
    dice = random.Random(20261124)
    shorter = 0
    for _ in range(FLIPS):
        wal = bytearray(lived.wal)
        wal[dice.randrange(len(wal))] ^= 1 << dice.randrange(8)
        with house(WHEN, path=lived.left(lived.file, bytes(wal))) as there:
            whole = everything(there) == lived.moments[-1][1]
            shorter += not whole

            assert there.orchestrator.verify() == []  # it is clean, and alone would say nothing
            assert whole == (lived.heads <= entries(there))
    assert shorter > FLIPS // 2


@pytest.mark.fault(4)
def test_a_flipped_byte_of_any_entry_in_the_file_is_found(lived: Lived) -> None:
    path = lived.left(lived.file, lived.wal)
    with house(WHEN, path=path) as there:
        contents = [row[0].encode() for row in there.rows("SELECT content FROM journal")]
    whole = path.read_bytes()  # its last user checkpointed it
    for content in contents:
        spoilt = bytearray(whole)
        spoilt[whole.index(content) + len(content) // 2] ^= 1

        assert _is_found(lived.left(bytes(spoilt), b""))


def _is_found(path: Path) -> bool:
    """Whether `verify` tells of a fault, or the database itself does."""
    try:
        with house(WHEN, path=path) as there:
            return there.orchestrator.verify() != []
    except (Unavailable, DatabaseError, ValueError):
        return True


def fails_from_here(path: Path) -> None:
    """From now on the disk takes no byte more: the kernel answers EFBIG, SQLite `disk I/O error`."""
    size = _wal(path).stat().st_size
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1_000, most))


def works_again() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.fault(6)
def test_after_an_i_o_error_nothing_is_written_and_the_next_act_has_a_handle_of_its_own(
    tmp_path: Path,
) -> None:
    path = empty_database(tmp_path / "io.db")

    def does(voice: Voice) -> None:
        with house(WHEN, path=path) as there:
            files_a_complaint(there)
            before = everything(there)
            opened: list[Any] = []
            event.listen(there.orchestrator.store.engine, "connect", lambda *_: opened.append(1))
            fails_from_here(path)
            try:
                files_a_complaint(there, "B", "shop-2")
            except Unavailable as trouble:
                voice.says(str(trouble))
            works_again()
            voice.says(f"{everything(there) == before} {len(opened)}")
            files_a_complaint(there, "B", "shop-2")
            voice.says(f"{there.orchestrator.verify()} {len(opened)}")

    with children(does) as (child,):
        assert child.hears() == f"sqlite:///{path} cannot be used (disk I/O error)"
        assert child.hears() == "True 0"
        assert child.hears() == "[] 1"
        assert child.ends() == 0


@pytest.mark.fault(6)
@pytest.mark.xfail(strict=True, reason="the daemon tries again at its next heartbeat")
def test_a_daemon_whose_disk_has_failed_stops(tmp_path: Path) -> None:
    path = herd.make(tmp_path / "herd.db", 8)

    def does(voice: Voice) -> None:
        with house(MAY, path=path) as there:
            with there.orchestrator.store.write() as tx:
                tx.one("UPDATE dockets SET clock = clock")  # there is a WAL
            daemon = Daemon(there.orchestrator)
            fails_from_here(path)
            daemon.passes()
            voice.says(f"{daemon._stopping.is_set()}")

    with children(does) as (child,):
        assert child.hears() == "True"


def _unsaid(*_: Any) -> Any:
    raise structlog.DropEvent


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


@pytest.mark.fault(15, 16)
@pytest.mark.parametrize("fails", [False, True])
def test_a_sender_that_stood_still_beyond_its_lease_changes_no_row(
    filed: Path, fails: bool
) -> None:
    def stands_still(voice: Voice) -> None:
        class Asleep(Told):
            def send(self, effects: Any) -> None:
                os.kill(os.getpid(), signal.SIGSTOP)
                if fails:
                    raise OSError("and then it fails")

        with house(WHEN, path=filed) as there:
            voice.says(f"{outbox(there, Asleep(voice)).deliver()}")

    with children(stands_still) as (sender,), house(WHEN, path=filed) as there:
        sender.stopped()
        later(there, LEASE_US)
        taken_over = outbox(there, Wire()).deliver()
        before = everything(there)
        sender.gets(signal.SIGCONT)
        sender.hears()

        assert sender.ends() == 0
        assert taken_over == Sent(1, 0)
        assert everything(there) == before
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
        daemon.hears_until("stopping")
        daemon.told()
        daemon.hears_until("stopped")

        assert daemon.ends() == 0
    assert moved(path) == 3  # one batch, whole
    assert settled(path) == calm


def interrupted_at(event_: int, daemon: Daemon, voice: Voice) -> None:
    """Handle SIGTERM, and a second one that comes at the n-th line of handling the first."""
    left = event_

    def traced(frame: Any, what: str, _: Any) -> Any:
        nonlocal left
        if Path(frame.f_code.co_filename).name in ("daemon.py", "threading.py"):
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGTERM)
        return traced

    signal.signal(signal.SIGTERM, daemon._stop)
    signal.alarm(1)  # whoever waits for himself waits for ever
    structlog.configure(processors=[_unsaid])
    sys.settrace(traced)
    signal.raise_signal(signal.SIGTERM)
    sys.settrace(None)
    voice.says("over" if left > 0 else "stopping")


@pytest.mark.fault(8)
@pytest.mark.xfail(strict=True, reason="the handler waits for a lock that it holds itself")
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
