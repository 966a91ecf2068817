"""The alarm clock: a long-running process that advances what is due, and waits for what is next.

APScheduler beats time, it holds no deadline: one interval job `advance` is the heartbeat, pulled
earlier to the next due instant after each pass; another delivers the outbox, with workers of its
own; a third looks whether another process changed the file. A thread listens for nudges. Whatever is
lost of it is found again by the next pass, for the timers are rows (law 11).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from orchestrator.api import Orchestrator
from orchestrator.clock import JumpGuard
from orchestrator.core.instants import EPOCH
from orchestrator.db import sqlite
from orchestrator.errors import DiskFailed

log = structlog.get_logger("orchestrator.daemon")

NEAR_US = 100_000  # what is due by then is waited for in the pass itself
DELIVER_EVERY_US = 250_000  # no two deliveries are closer
DELIVERED_AT_ONCE = 100  # effects that are claimed and settled in one commit
PAUSE_S = 0.005
LOOK_S = 1  # how often a daemon that works looks whether it was told to end
STAND_BY_S = 5  # how often a daemon that stands by asks whether the first one is gone


def workers() -> dict[str, ThreadPoolExecutor]:
    """Two pools: the pass has a worker of its own, so that housekeeping never delays it."""
    return {"default": ThreadPoolExecutor(2), "advance": ThreadPoolExecutor(1)}


def scheduler(pools: dict[str, ThreadPoolExecutor]) -> BaseScheduler:
    return BackgroundScheduler(
        executors=pools,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=UTC,
    )


class Daemon:
    """One per database file; `passes` does the work and can be called without the loop."""

    def __init__(self, orchestrator: Orchestrator, *, accept_clock: bool = False) -> None:
        self._orchestrator = orchestrator
        self._settings = orchestrator.settings.daemon
        self._scheduler: BaseScheduler | None = None
        self._stopping = threading.Event()
        self._wishes: SimpleQueue[int | None] = SimpleQueue()  # signals that came; None: our own
        self._failed: DiskFailed | None = None
        self._jump = None if accept_clock else JumpGuard(orchestrator.clock)
        self._version: int | None = None
        self._delivered_at = 0

    # -- one pass ---------------------------------------------------------------------------

    def passes(self) -> int | None:
        """Advance what is due, a batch at a time; gives the next due instant.

        An exception in a batch is told and survived: the heartbeat comes again.
        """
        try:
            if self._jumped():
                return None
            while not self._stopping.is_set():
                done = self._orchestrator.engine.advance_batch()
                if done.dockets or done.incidents:
                    log.info("advanced", **done._asdict())
                if not done.more:
                    break
            return self._orchestrator.engine.next_due()
        except DiskFailed as error:
            self._gives_up(error)
            return None
        except Exception:
            log.exception("a pass failed; the next heartbeat tries again")
            return None

    def delivers(self) -> None:
        """Send what waits in the outbox; a failure is told and tried again."""
        self._delivered_at = self._orchestrator.clock.now()
        try:
            total = 0
            while sent := self._orchestrator.outbox.deliver(DELIVERED_AT_ONCE).delivered:
                total += sent
                if self._stopping.wait(PAUSE_S):  # a pass that waits for the file comes first
                    break
            if total:
                log.info("delivered", effects=total)
        except DiskFailed as error:
            self._gives_up(error)
        except Exception:
            log.exception("delivery failed; the next heartbeat tries again")

    def changed(self) -> bool:
        """Whether another process has committed since this was last asked (8 µs a look)."""
        version = self._orchestrator.store.data_version()
        changed = self._version is not None and version != self._version
        self._version = version
        return changed

    def _gives_up(self, error: DiskFailed) -> None:
        """What a handle holds after its disk failed is anybody's guess: end, and be started anew."""
        log.critical("the disk failed: this process ends", error=str(error))
        self._failed = error
        self._stopping.set()
        self._wishes.put(None)

    def _jumped(self) -> bool:
        """Firing pauses when the wall clock has jumped by more than an hour (law 8)."""
        if self._jump is None or not self._jump.jumped():
            return False
        log.error(
            "the wall clock jumped: firing is paused; start with --accept-clock when it is right",
            seconds=round(self._jump.jump_s()),
        )
        return True

    # -- the loop ---------------------------------------------------------------------------

    def schedule(self, beats: BaseScheduler) -> None:
        """The jobs of the alarm clock: the pass, the delivery, the look at other processes."""
        self._scheduler = beats
        beats.add_job(
            self._pass_and_rearm,
            "interval",
            seconds=self._settings.heartbeat_s,
            id="advance",
            executor="advance",
            next_run_time=_moment(self._orchestrator.clock.now()),
        )
        beats.add_job(self.delivers, "interval", seconds=self._settings.heartbeat_s, id="deliver")
        beats.add_job(self._watch, "interval", seconds=self._settings.watch_s, id="watch")

    def run(self, ready: Callable[[], None] | None = None) -> None:
        """Stand by until this is the only daemon of the file, then work until SIGTERM or SIGINT.

        raises   DiskFailed: the file cannot be read or written any more
        """
        lock = sqlite.daemon_lock(self._orchestrator.store.url)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            if not self._take(lock):
                return
            pools = workers()
            beats = scheduler(pools)
            self.schedule(beats)
            beats.start()
            listener = threading.Thread(target=self._listens, name="nudges", daemon=True)
            listener.start()
            log.info("ready", database=self._orchestrator.store.url)
            if ready is not None:
                ready()
            while not self._waits_for_its_end(LOOK_S):
                pass  # a signal that came just before the wait is seen at the next look
            # A worker may want the locks that a shutdown holds: it is waited for without them.
            beats.shutdown(wait=False)
            for pool in pools.values():
                pool.shutdown(wait=True)  # the running batch ends or is rolled back
            self._orchestrator.store.nudge.wake()
            listener.join()
            log.info("stopped")
        finally:
            lock.release()
        if self._failed is not None:
            raise self._failed

    def _listens(self) -> None:
        """Who makes something due soon gives a nudge: look now, not at the next heartbeat."""
        nudge = self._orchestrator.store.nudge
        if not nudge.listen():
            return
        while not self._stopping.is_set():
            if nudge.wait(LOOK_S):
                self._pull("advance")

    def _waits_for_its_end(self, seconds: float) -> bool:
        """Until a signal comes, or so long; tells whether one came."""
        try:
            number = self._wishes.get(timeout=seconds)
        except Empty:
            return False
        self._stopping.set()
        log.info("stopping", signal=number and signal.Signals(number).name)
        return True

    def _take(self, lock: sqlite.SideLock) -> bool:
        told = False
        while not lock.try_take():
            if not told:
                log.info("another daemon has this file: standing by")
                told = True
            if self._waits_for_its_end(STAND_BY_S):
                return False
        return True

    def _stop(self, number: int, _: FrameType | None) -> None:
        """A handler may interrupt whoever holds a lock, also that of the log: it takes none."""
        self._wishes.put(number)

    def _pass_and_rearm(self) -> None:
        next_due = self.passes()
        while self._is_near(next_due):
            next_due = self.passes()
        self._wake_for(next_due)
        self._deliver_soon()

    def _is_near(self, next_due: int | None) -> bool:
        """Wait here for what is due in a moment: the way through the scheduler takes longer."""
        before = self._orchestrator.clock.now()
        if next_due is None or not 0 <= next_due - before <= NEAR_US:
            return False
        self._deliver_soon()
        stopped = self._stopping.wait((next_due - before) / 1e6)
        return not stopped and self._orchestrator.clock.now() >= next_due

    def _deliver_soon(self) -> None:
        """What passes put in the outbox goes out at once, or with what follows it in a moment: each
        delivery is on disk before it is settled, and passes wait for the same disk."""
        earliest = self._delivered_at + DELIVER_EVERY_US
        if self._scheduler is not None and not self._stopping.is_set():
            self._move("deliver", _moment(max(self._orchestrator.clock.now(), earliest)))

    def _wake_for(self, next_due: int | None) -> None:
        """Pull the heartbeat earlier to the next due instant; never push it back."""
        if next_due is None or self._scheduler is None or self._stopping.is_set():
            return
        heartbeat = timedelta(seconds=self._settings.heartbeat_s)
        latest = _moment(self._orchestrator.clock.now()) + heartbeat
        self._move("advance", min(_moment(next_due), latest))

    def _watch(self) -> None:
        """Another process put something in: look now, not at the next heartbeat."""
        try:
            if self.changed():
                self._pull("advance")
        except DiskFailed as error:
            self._gives_up(error)
        except Exception:
            log.exception("the watch failed; the heartbeat goes on")

    def _pull(self, job: str) -> None:
        """Let a job run now, not at its next beat."""
        if self._scheduler is not None and not self._stopping.is_set():
            self._move(job, _moment(self._orchestrator.clock.now()))

    def _move(self, job: str, to: datetime) -> None:
        assert self._scheduler is not None
        try:
            self._scheduler.modify_job(job, next_run_time=to)
        except JobLookupError:  # a scheduler that was stopped meanwhile has no jobs
            if not self._stopping.is_set():
                raise


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)
