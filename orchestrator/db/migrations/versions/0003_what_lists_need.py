"""What lists need: an index in the order of each, the text of facts, the points of dockets"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from orchestrator.core.values import Entry
from orchestrator.db import lists

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SLICE = 5_000  # openings read at once


def upgrade() -> None:
    op.drop_index("ix_cases_docket", table_name="cases")
    op.create_index("ix_cases_docket", "cases", ["docket", "workflow", "opened_at", "id"])
    op.create_index("ix_cases_opened", "cases", ["opened_at", "id"])
    op.create_index("ix_cases_state", "cases", ["workflow", "state", "opened_at", "id"])
    op.create_index(
        "ix_cases_overdue", "cases", ["opened_at", "id"], sqlite_where=sa.text("overdue = 1")
    )
    op.create_index(
        "ix_timers_pending",
        "timers",
        ["due_at", "case", "name"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_timers_frozen", "timers", ["case", "name"], sqlite_where=sa.text("due_at IS NULL")
    )
    op.create_table(
        "texts",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_texts")),
        sqlite_strict=True,
    )
    op.create_index("ix_texts_case", "texts", ["case"], unique=True)
    op.create_table(
        "standings",
        sa.Column("docket", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("docket", name=op.f("pk_standings")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_standings_points", "standings", ["points", "docket"])
    op.execute(lists.CREATE_GRAMS)
    _fill_texts(op.get_bind())


def _fill_texts(connection: sa.Connection) -> None:
    """The texts of cases that are there; their points are found at the next start, which knows the
    workflows."""
    for some in _openings(connection):
        texts = list(lists.opened_in(some))
        if texts:
            connection.exec_driver_sql(lists.INSERT_TEXT, texts)
    connection.exec_driver_sql(lists.REBUILD_GRAMS)
    connection.exec_driver_sql(
        "INSERT INTO standings (docket) SELECT ? WHERE EXISTS (SELECT 1 FROM cases)",
        (lists.UNKNOWN,),
    )


def _openings(connection: sa.Connection) -> Iterator[list[Entry]]:
    after: tuple[Any, ...] = ("", 0)
    while True:
        found = connection.exec_driver_sql(
            'SELECT docket, seq, "case", effective_at, kind, name, by, "from", "to", content, hash'
            " FROM journal WHERE kind = 'opened' AND (docket, seq) > (?, ?)"
            " ORDER BY docket, seq LIMIT ?",
            (*after, SLICE),
        ).fetchall()
        if not found:
            return
        yield [Entry(*row) for row in found]
        after = tuple(found[-1][:2])
