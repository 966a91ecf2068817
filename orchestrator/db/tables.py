"""The tables (DESIGN 5). Instants are BIGINT microseconds UTC, JSON is canonical text.

A docket is the unit of order: its row is locked before anything about it is read. A timer's row is
there as long as the timer is pending, frozen or blocked; what fired is in the journal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

Micros = BigInteger().with_variant(Integer(), "sqlite")  # STRICT tables know INTEGER alone
Flag = Integer

# Rows that are only added to lie in the order they came, so that a batch writes few pages; rows
# that are found by their key and changed lie in the order of their keys.
STRICT: dict[str, Any] = {"sqlite_strict": True}
KEYED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _flag(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name} in (0, 1)", name=f"{name}_flag")


dockets = Table(
    "dockets",
    metadata,
    Column("key", Text, primary_key=True),
    Column("clock", Micros),  # the effective instant of its last entry, or of its last reading
    Column("seq", Micros, nullable=False),
    Column("head_hash", Text, nullable=False),
    Column("next_due_at", Micros),  # of the earliest timer that may fire
    Column("edition", Integer, nullable=False),
    Column("incident", Integer),  # set: it is stopped
    Column("replay", Text),  # set: it belongs to an unfinished replay
    CheckConstraint("seq >= 0", name="seq_counts"),
    **KEYED,
)
Index(
    "ix_dockets_due",
    dockets.c.next_due_at,
    dockets.c.key,
    sqlite_where=dockets.c.next_due_at.is_not(None)
    & dockets.c.incident.is_(None)
    & dockets.c.replay.is_(None),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("docket", Text, ForeignKey("dockets.key"), nullable=False),
    Column("workflow", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("overdue", Flag, nullable=False),
    Column("data", Text, nullable=False),
    Column("seq", Micros, nullable=False),
    Column("opened_at", Micros, nullable=False),
    Column("closed_at", Micros),
    Column("since", Micros, nullable=False),
    Column("moved_by", Text),
    Column("opened_seq", Micros, nullable=False),
    _flag("overdue"),
    Index("ix_cases_docket", "docket", "workflow", "opened_at", "id"),
    **KEYED,
)

timers = Table(
    "timers",
    metadata,
    Column("docket", Text, nullable=False),
    Column("case", Text, ForeignKey("cases.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("due_at", Micros),  # null: frozen
    Column("computed_at", Micros),
    Column("span", Text),  # null: a date of the case's own
    Column("start_day", Integer, nullable=False),
    Column("start_at", Micros, nullable=False),
    Column("pauses", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("provisional", Flag, nullable=False),
    Column("armed_seq", Micros, nullable=False),
    Column("armed_n", Integer, nullable=False),
    Column("chain", Integer, nullable=False),
    Column("by_calendar", Flag, nullable=False),  # an amended calendar can move it
    PrimaryKeyConstraint("case", "name"),
    _flag("provisional"),
    _flag("by_calendar"),
    **KEYED,
)
Index(
    "ix_timers_due",
    timers.c.docket,
    timers.c.due_at,
    sqlite_where=timers.c.due_at.is_not(None) & (timers.c.provisional == 0),
)
Index(
    "ix_timers_edition",
    timers.c.edition,
    timers.c.docket,
    sqlite_where=timers.c.due_at.is_not(None) & (timers.c.by_calendar == 1),
)

journal = Table(
    "journal",
    metadata,
    Column("docket", Text, nullable=False),
    Column("seq", Micros, nullable=False),
    Column("case", Text),
    Column("effective_at", Micros, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("from", Text),
    Column("to", Text),
    Column("content", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("docket", "seq"),
    **STRICT,
)

outbox = Table(
    "outbox",
    metadata,
    Column("docket", Text, nullable=False),
    Column("seq", Micros, nullable=False),
    Column("n", Integer, nullable=False),
    Column("case", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("at", Micros, nullable=False),  # the effective instant of its cause
    Column("target", Text),
    Column("status", Text, nullable=False),  # waiting, delivered, given_up
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Micros, nullable=False),
    Column("lease", Text),  # the process that is delivering it, by its random id
    Column("lease_number", Integer, nullable=False),
    PrimaryKeyConstraint("docket", "seq", "n"),
    CheckConstraint(  # not `in (...)`: of three words SQLite makes a table anew for every row
        "status = 'waiting' OR status = 'delivered' OR status = 'given_up'",
        name="status_known",
    ),
    **STRICT,
)
Index(  # in the order in which they go out, so that a long backlog is never sorted
    "ix_outbox_waiting",
    outbox.c.docket,
    outbox.c.seq,
    outbox.c.n,
    outbox.c.next_try_at,
    sqlite_where=outbox.c.status == "waiting",
)

requests = Table(
    "requests",
    metadata,
    Column("caller", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("docket", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    **KEYED,
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("docket", Text, nullable=False),
    Column("opened_at", Micros, nullable=False),
    Column("error", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("input", Text),
    Column("closed_at", Micros),
    Index("ix_incidents_docket", "docket"),
    **STRICT,
)

held = Table(
    "held",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.id"), nullable=False),
    Column("docket", Text, nullable=False),
    Column("at", Micros, nullable=False),  # its stamp: decided at this instant
    Column("input", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("key", Text),
    Column("decided_at", Micros),
    Index("ix_held_docket", "docket"),
    **STRICT,
)

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    PrimaryKeyConstraint("name", "version"),
    UniqueConstraint("hash"),
    **STRICT,
)

definitions = Table(
    "definitions",
    metadata,
    Column("definition", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("notation", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    **STRICT,
)

calendar_editions = Table(
    "calendar_editions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("calendar", Text, nullable=False),
    Column("announced_at", Micros, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    **STRICT,
)

replays = Table(
    "replays",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("first", Text, nullable=False),  # the digest of its first line
    Column("position", Micros, nullable=False),  # so many lines are behind it
    Column("digest", Text, nullable=False),  # of those lines
    Column("latest", Micros),
    Column("applied", Micros, nullable=False),
    Column("refused", Micros, nullable=False),
    Column("rejected", Micros, nullable=False),
    Column("held", Micros, nullable=False),
    Column("firings", Micros, nullable=False),
    Column("ends", Text, nullable=False),  # where it was finished: positions, digests, instants
    Column("started_at", Micros, nullable=False),
    Column("finished_at", Micros),
    **STRICT,
)

rejects = Table(
    "rejects",
    metadata,
    Column("replay", Integer, ForeignKey("replays.id"), nullable=False),
    Column("line", Micros, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("replay", "line"),
    **STRICT,
)

tries = Table(
    "tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("process", Text),  # the random id of the process that is at them; null: suspects
    Column("dockets", Text, nullable=False),
    Column("deaths", Integer, nullable=False),  # of processes that were at them
    **STRICT,
)
