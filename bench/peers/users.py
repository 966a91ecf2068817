"""What users write: a SQLAlchemy ORM case, a `transitions` machine for each case, one commit a move.

The case moves, its timer row goes where there is one, a history row comes: durable when the session
of that move has committed. `users_herd`, `users_lateness` and `users_events` are built on it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from transitions import Machine

WORKERS = 10
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
    ["second_appeal", "final_upheld", "staff_intervention"],
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


def open_database(path: Path, connections: int = WORKERS + 2) -> Engine:
    """As durable as ours."""
    url = f"sqlite:///{path}"
    engine = create_engine(url, connect_args={"timeout": 60}, pool_size=connections)

    @event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def put_cases(engine: Engine, n: int, state: str) -> None:
    """So many cases, in bulk."""
    Base.metadata.create_all(engine)
    data = json.dumps(DATA)
    with engine.begin() as connection:
        rows = [{"id": i, "state": state, "seq": 2, "data": data} for i in range(n)]
        connection.execute(insert(Case), rows)


def move(session: Session, case_id: int, trigger: str) -> None:
    """Load, build the machine, trigger, save, remember."""
    case = session.get_one(Case, case_id)
    complaint = Complaint()
    Machine(complaint, STATES, case.state, MOVES, auto_transitions=False)
    came_from = case.state
    complaint.trigger(trigger)  # type: ignore[attr-defined]
    case.state, case.seq = complaint.state, case.seq + 1
    session.add(
        History(
            case_id=case_id,
            seq=case.seq,
            event=trigger,
            src=came_from,
            dst=case.state,
            at=datetime.now(UTC),  # noqa: TID251  what users write asks the clock
        )
    )
