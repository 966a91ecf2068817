"""The alarm clock: it wakes for what is next, survives what goes wrong, and stops cleanly.

Its loop is driven by hand: `beat()` does what the scheduler's thread would do, and says how long
it would wait. The clock is moved, never waited for (LIBRARIES 3).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from freezegun import freeze_time

from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.daemon import Daemon
from orchestrator.db import sqlite
from tests.daemon import herd

FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/offer/1.html"],
    "reason": "counterfeit",
}


class HandDriven(BaseScheduler):
    """A scheduler without a thread."""

    def wakeup(self):
        pass

    def shutdown(self, wait=True):
        super().shutdown(wait)


def scheduler():
    executors = {"default": DebugExecutor(), "advance": DebugExecutor()}
    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    beats = HandDriven(executors=executors, job_defaults=defaults, timezone=UTC)
    beats.start()
    return beats


class Driven:
    """A daemon on a file, its scheduler driven by hand under a frozen clock."""

    def __init__(self, path, frozen):
        self.frozen = frozen
        self.orchestrator = Orchestrator.from_config("config", database=f"sqlite:///{path}")
        self.daemon = Daemon(self.orchestrator, accept_clock=True)
        self.beats = scheduler()
        self.daemon.schedule(self.beats)

    def beat(self):
        """One turn of the scheduler's loop; the pass pulls its next run as the thread would."""
        self.beats._process_jobs()
        self.daemon._wake_for(self.orchestrator.engine.next_due())

    def next_pass(self):
        return self.beats.get_job("advance").next_run_time

    def move_to(self, text):
        self.frozen.move_to(datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None))

    def close(self):
        self.beats.shutdown()
        self.orchestrator.close()


@pytest.fixture
def driven(tmp_path):
    with freeze_time("2025-03-03 02:00:00") as frozen:
        made = Driven(tmp_path / "case.db", frozen)
        yield made
        made.close()


def other_process(path):
    """Another engine on the same file, with its own connections."""
    return Orchestrator.from_config("config", database=f"sqlite:///{path}")


def test_the_daemon_wakes_for_the_next_due_instant_and_lets_it_pass(driven):
    driven.orchestrator.open(
        "ip_complaint", docket="shop-1", by="complainant", facts=FILING, case="A", assume=True
    )
    driven.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "general"})
    driven.move_to("2025-03-06T23:59:58+08:00")
    driven.beat()

    assert driven.next_pass() == datetime.fromisoformat("2025-03-07T00:00:00+08:00")

    driven.move_to("2025-03-07T00:00:00+08:00")
    driven.beat()

    assert driven.orchestrator.case("A")["state"] == "final_upheld"


def test_without_anything_due_the_heartbeat_goes_on(driven):
    driven.beat()

    assert driven.next_pass() == datetime(2025, 3, 3, 2, 0, 15, tzinfo=UTC)


def test_a_far_deadline_does_not_push_the_heartbeat_back(driven):
    driven.orchestrator.open(
        "ip_complaint", docket="shop-1", by="complainant", facts=FILING, case="A", assume=True
    )
    driven.beat()

    assert driven.next_pass() <= datetime(2025, 3, 3, 2, 0, 15, tzinfo=UTC)


def test_an_exception_in_a_batch_is_survived(driven, monkeypatch):
    calls = []

    def breaks(until=None):
        calls.append(until)
        raise RuntimeError("the disk went away")

    monkeypatch.setattr(driven.orchestrator.engine, "advance_batch", breaks)
    driven.beat()
    driven.move_to("2025-03-03T10:00:15+08:00")
    driven.beat()

    assert len(calls) == 2
    assert driven.beats.get_job("advance") is not None


def test_timers_that_another_process_made_are_noticed_before_the_heartbeat(driven, tmp_path):
    driven.beat()
    driven.daemon.changed()
    with other_process(tmp_path / "case.db") as other:
        other.open(
            "ip_complaint", docket="shop-1", by="complainant", facts=FILING, case="A", assume=True
        )
    driven.move_to("2025-03-03T10:00:01+08:00")
    driven.daemon._watch()

    assert driven.next_pass() == datetime(2025, 3, 3, 2, 0, 1, tzinfo=UTC)


def test_a_quiet_database_does_not_wake_the_daemon(driven):
    driven.beat()
    driven.daemon.changed()

    assert driven.daemon.changed() is False


@pytest.mark.fault(34, 41)
def test_a_months_backlog_has_the_effective_times_it_should_have_had(tmp_path):
    path = herd.make(tmp_path / "herd.db", 20)
    with herd.opened(path) as orchestrator:
        Daemon(orchestrator).passes()
        effective = {
            entry["effective_at"]
            for entry in orchestrator.queries.journal()
            if entry["name"] in ("appeal_window", "response_window")
        }

        assert effective == {"2025-03-08T00:00:00+08:00", "2025-03-11T00:00:00+08:00"}


@pytest.mark.fault(34)
def test_firing_pauses_when_the_wall_clock_jumps_by_more_than_an_hour(tmp_path):
    path = herd.make(tmp_path / "herd.db", 4)
    with herd.opened(path) as orchestrator:
        daemon = Daemon(orchestrator)
        orchestrator.clock.move_to(herd.LATER + 2 * 3_600_000_000)
        daemon.passes()
        quiet = [e for e in orchestrator.queries.journal() if e["kind"] == "timer"]
        Daemon(orchestrator, accept_clock=True).passes()
        loud = [e for e in orchestrator.queries.journal() if e["kind"] == "timer"]

        assert quiet == []
        assert loud != []


@pytest.mark.fault(11)
def test_the_second_daemon_of_a_file_stands_by(tmp_path):
    url = f"sqlite:///{tmp_path / 'case.db'}"
    first, second = sqlite.daemon_lock(url), sqlite.daemon_lock(url)

    assert first.try_take() is True
    assert second.try_take() is False

    first.release()

    assert second.try_take() is True
    second.release()


def test_a_definition_that_this_process_does_not_know_is_left_alone_without_spinning(tmp_path):
    path = herd.make(tmp_path / "herd.db", 4)
    with herd.opened(path) as orchestrator:
        with orchestrator.store.write() as tx:
            tx.one(
                "UPDATE cases SET definition = 'ip_complaint@9:unknown' WHERE docket = 'shop-0000'"
            )
        daemon = Daemon(orchestrator)
        daemon.passes()
        fired = {e["docket"] for e in orchestrator.queries.journal() if e["kind"] == "timer"}

        assert fired == {"shop-0001"}
        assert orchestrator.engine.next_due() is None


@pytest.mark.fault(8, 11)
@pytest.mark.slow
def test_sigterm_ends_the_daemon_cleanly_while_inject_works_beside_it(tmp_path):
    shutil.copytree("config", tmp_path / "config")
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    program = [sys.executable, "-m", "orchestrator.cli.main"]
    daemon = subprocess.Popen(
        [*program, "daemon"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert daemon.stderr is not None
    for line in daemon.stderr:
        if '"ready"' in line:
            break
    facts = '{"kind": "entity", "name": "五粮液集团", "identity_document": "营业执照"}'
    act = ["open", "complainant_registration", "--docket", "holder-1", "--by", "complainant"]
    opened = subprocess.run(
        [*program, *act, "--facts", facts],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in daemon.stderr:
        if '"delivered"' in line:
            break
    daemon.send_signal(signal.SIGTERM)
    rest = daemon.stderr.read()
    daemon.stderr.close()

    assert daemon.wait() == 0
    assert '"stopped"' in rest
    assert opened.returncode == 0
    assert "notify:complainant:received" in (tmp_path / "outbox.jsonl").read_text("utf-8")


@pytest.mark.fault(8)
def test_a_stop_waits_for_a_worker_without_the_locks_that_the_worker_may_want(
    tmp_path, monkeypatch
):
    """A pass pulls its next beat while the scheduler is shut down: neither waits for the other."""
    moving, waiting = threading.Event(), threading.Event()
    free = []

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True):
            if wait:
                waiting.set()
            super().shutdown(wait)

    pools = {"default": Pool(2), "advance": Pool(1)}
    monkeypatch.setattr("orchestrator.daemon.workers", lambda: pools)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with other_process(tmp_path / "case.db") as orchestrator:
        daemon = Daemon(orchestrator)
        move = daemon._move

        def moves_late(job, to):
            moving.set()
            waiting.wait()
            lock = daemon._scheduler._jobstores_lock
            free.append(lock.acquire(blocking=False))
            if free[-1]:
                lock.release()
                move(job, to)

        def stops():
            moving.wait()
            daemon._stop(signal.SIGTERM, None)

        monkeypatch.setattr(daemon, "_move", moves_late)
        daemon.run(stops)

    assert free != []
    assert all(free)


def test_the_virtual_clock_refuses_to_go_back():
    clock = VirtualClock(parse_instant("2025-03-03T10:00:00+08:00"))

    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(clock.now() - 1)


def test_the_heartbeat_is_an_interval_job_that_lives_through_anything(driven):
    job = driven.beats.get_job("advance")

    assert job.trigger.interval == timedelta(seconds=15)
    assert job.misfire_grace_time is None
    assert job.coalesce is True
    assert job.max_instances == 1
