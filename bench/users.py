"""What users write: a case in an ORM, a `transitions` machine for it, an APScheduler job its deadline.

One session and one commit a firing: the case moves, its timer row goes, a history row comes. The
scheduler's own rows are its own pickles, written in bulk.

    python -m bench.users seed DATABASE N
    python -m bench.users drain DATABASE N
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import sys
import threading
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from transitions import Machine

from bench.machine import report

WORKERS = 10
DUE = datetime(2025, 3, 7, 16, tzinfo=UTC)
STATES = [
    "under_review",
    "supplement_requested",
    "appeal_window",
    "awaiting_complainant",
    "staff_intervention",
    "final_upheld",
    "rejected",
    "closed_incomplete",
    "withdrawn",
    "overturned",
]
MOVES = [
    ["uphold", "under_review", "appeal_window"],
    ["reject", "under_review", "rejected"],
    ["request_supplement", "under_review", "supplement_requested"],
    ["supplement", "supplement_requested", "under_review"],
    ["supplement_window", "supplement_requested", "closed_incomplete"],
    ["appeal", "appeal_window", "awaiting_complainant"],
    ["appeal_window_ends", "appeal_window", "final_upheld"],
    ["respond", "awaiting_complainant", "staff_intervention"],
    ["response_window", "awaiting_complainant", "staff_intervention"],
    ["dismiss_appeal", "staff_intervention", "final_upheld"],
    ["grant_appeal", "staff_intervention", "overturned"],
    *(["withdraw", state, "withdrawn"] for state in STATES[:6]),
]
DATA = {"complainant": "holder-1", "right_id": "TM-1", "lane": "general"}


class Base(DeclarativeBase):
    pass


class Case(Base):
    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    seq: Mapped[int]
    data: Mapped[str]


class Timer(Base):
    __tablename__ = "timers"
    case_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    due: Mapped[datetime]


class History(Base):
    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int]
    seq: Mapped[int]
    event: Mapped[str]
    src: Mapped[str]
    dst: Mapped[str]
    at: Mapped[datetime]


class Complaint:
    """What the machine moves."""

    state: str


class Worker:
    """The process's own: jobs are functions, so their sessions and their count live here."""

    sessions: sessionmaker[Session]
    left: int
    lock = threading.Lock()
    done = threading.Event()


def open_database(path: str) -> Engine:
    """As durable as ours."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60}, pool_size=WORKERS + 2)

    @event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def scheduler(path: str) -> BackgroundScheduler:
    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=open_database(path))},
        executors={"default": ThreadPoolExecutor(WORKERS)},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )


def fire(case_id: int) -> None:
    """The job: load, build the machine, trigger, save, remember, commit."""
    with Worker.sessions.begin() as session:
        case = session.get_one(Case, case_id)
        timer = session.get_one(Timer, case_id)
        complaint = Complaint()
        Machine(complaint, STATES, case.state, MOVES, auto_transitions=False)
        came_from = case.state
        complaint.trigger("appeal_window_ends")  # type: ignore[attr-defined]
        case.state, case.seq = complaint.state, case.seq + 1
        session.delete(timer)
        session.add(
            History(
                case_id=case_id,
                seq=case.seq,
                event=timer.name,
                src=came_from,
                dst=case.state,
                at=datetime.now(UTC),  # noqa: TID251  what users write asks the clock
            )
        )
    with Worker.lock:
        Worker.left -= 1
        if Worker.left == 0:
            Worker.done.set()


def seed(path: str, n: int) -> None:
    """Cases, timers, and the scheduler's jobs as it would have stored them."""
    engine = open_database(path)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        data = json.dumps(DATA)
        cases = [{"id": i, "state": "appeal_window", "seq": 2, "data": data} for i in range(n)]
        timers = [{"case_id": i, "name": "appeal_window", "due": due(i)} for i in range(n)]
        connection.execute(insert(Case), cases)
        connection.execute(insert(Timer), timers)
    jobs = scheduler(path)
    jobs.start(paused=True)
    first = jobs.add_job(fire, "date", run_date=due(0), args=(0,), id="0")
    state, table = first.__getstate__(), jobs._lookup_jobstore("default").jobs_t  # noqa: SLF001
    jobs.remove_job("0")
    jobs.shutdown()
    with engine.begin() as connection:
        connection.execute(insert(table), [job_row(state, i) for i in range(n)])
    engine.dispose()


def due(i: int) -> datetime:
    return DUE + timedelta(milliseconds=i)


def job_row(state: dict[str, Any], i: int) -> dict[str, Any]:
    at = due(i)
    own = {"id": str(i), "args": (i,), "next_run_time": at, "trigger": DateTrigger(at, UTC)}
    pickled = pickle.dumps({**state, **own}, pickle.HIGHEST_PROTOCOL)
    return {"id": str(i), "next_run_time": at.timestamp(), "job_state": pickled}


def drain(path: str, n: int) -> None:
    """From the start of the scheduler to the last commit."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    engine = open_database(path)
    Worker.sessions, Worker.left = sessionmaker(engine), n
    jobs = scheduler(path)
    began = perf_counter()
    jobs.start()
    assert Worker.done.wait(600), f"{Worker.left} of {n} left after ten minutes"
    seconds = perf_counter() - began
    jobs.shutdown()
    with Worker.sessions() as session:
        final = select(func.count()).select_from(Case).where(Case.state == "final_upheld")
        assert session.scalar(final) == n
        assert session.scalar(select(func.count()).select_from(History)) == n
        assert session.scalar(select(func.count()).select_from(Timer)) == 0
    report(n, seconds)
    sys.stdout.flush()
    os._exit(0)  # its threads are not worth waiting for


if __name__ == "__main__":
    {"seed": seed, "drain": drain}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
