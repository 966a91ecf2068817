"""What users write for deadlines: APScheduler date jobs in its SQLAlchemy store, one for each case.

    python -m bench.peers.users_jobs herd DATABASE --n 2000
    python -m bench.peers.users_jobs lateness DATABASE --n 2000 --rate 100

A firing is durable when the job's session has committed: the case moved, its timer row gone, a
history row there. The scheduler's own rows are its own pickles, written in bulk: adding them one by
one is not what is measured. The lateness is that of the clock after the commit.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from bench.machine import percentiles, report
from bench.peers.users import (
    WORKERS,
    Case,
    History,
    Timer,
    move,
    open_database,
    put_cases,
)

LONG_AGO = datetime(2025, 3, 7, 16, tzinfo=UTC)
PATIENCE_S = 600

Due = Callable[[int], datetime]


class Worker:
    """The process's own: jobs are functions, so their sessions and their count live here."""

    sessions: sessionmaker[Session]
    left: int
    lock = threading.Lock()
    done = threading.Event()
    fired: dict[int, datetime] = {}  # noqa: RUF012  one process, one worker


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  what users write asks the clock


def fire(case_id: int) -> None:
    """The job."""
    with Worker.sessions.begin() as session:
        move(session, case_id, "appeal_window_ends")
        session.delete(session.get_one(Timer, case_id))
    Worker.fired[case_id] = now()
    with Worker.lock:
        Worker.left -= 1
        if Worker.left == 0:
            Worker.done.set()


def scheduler(path: Path) -> BackgroundScheduler:
    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=open_database(path))},
        executors={"default": ThreadPoolExecutor(WORKERS)},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )


def seed(path: Path, n: int, due: Due) -> None:
    """Cases, timers, and the scheduler's jobs as it would have stored them."""
    engine = open_database(path)
    put_cases(engine, n, "appeal_window")
    with engine.begin() as connection:
        timers = [{"case_id": i, "name": "appeal_window", "due": due(i)} for i in range(n)]
        connection.execute(insert(Timer), timers)
    jobs = scheduler(path)
    jobs.start(paused=True)
    first = jobs.add_job(fire, "date", run_date=due(0), args=(0,), id="0")
    state, table = first.__getstate__(), jobs._lookup_jobstore("default").jobs_t  # noqa: SLF001
    jobs.remove_job("0")
    jobs.shutdown()
    with engine.begin() as connection:
        connection.execute(insert(table), [job_row(state, i, due(i)) for i in range(n)])
    engine.dispose()


def job_row(state: dict[str, Any], i: int, at: datetime) -> dict[str, Any]:
    own = {"id": str(i), "args": (i,), "next_run_time": at, "trigger": DateTrigger(at, UTC)}
    pickled = pickle.dumps({**state, **own}, pickle.HIGHEST_PROTOCOL)
    return {"id": str(i), "next_run_time": at.timestamp(), "job_state": pickled}


def drain(path: Path, n: int) -> float:
    """Seconds from the start of the scheduler to the last commit."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    Worker.sessions, Worker.left = sessionmaker(open_database(path)), n
    jobs = scheduler(path)
    began = perf_counter()
    jobs.start()
    assert Worker.done.wait(PATIENCE_S), f"{Worker.left} of {n} left after ten minutes"
    seconds = perf_counter() - began
    jobs.shutdown()
    check(n)
    return seconds


def check(n: int) -> None:
    """raises   AssertionError: work was left, or done twice"""
    with Worker.sessions() as session:
        final = select(func.count()).select_from(Case).where(Case.state == "final_upheld")
        assert session.scalar(final) == n
        assert session.scalar(select(func.count()).select_from(History)) == n
        assert session.scalar(select(func.count()).select_from(Timer)) == 0


def herd(path: Path, n: int) -> None:
    report(n, drain(path, n))


def lateness(path: Path, n: int, due: Due) -> None:
    seconds = drain(path, n)
    late = [(Worker.fired[i] - due(i)).total_seconds() for i in range(n)]
    report(n, seconds, **percentiles(late, 50, 99))


def forked(task: Callable[[], None]) -> None:
    """Seeding in a child, so that it does not count in this process's peak of memory."""
    child = os.fork()
    if child == 0:
        task()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "seeding failed"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("herd", "lateness"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=2_000)
    parser.add_argument("--rate", type=int, default=100, help="due a second (lateness)")
    given = parser.parse_args()
    apart = timedelta(milliseconds=1) if given.what == "herd" else timedelta(seconds=1) / given.rate
    soon = now() + timedelta(seconds=4 + given.n / 2_000)
    start = LONG_AGO if given.what == "herd" else soon

    def due_at(i: int) -> datetime:
        return start + i * apart

    forked(lambda: seed(given.path, given.n, due_at))
    if given.what == "herd":
        herd(given.path, given.n)
    else:
        lateness(given.path, given.n, due_at)
    sys.stdout.flush()
    os._exit(0)  # its threads are not worth waiting for
