"""How far a replay has come, and which dockets a process is at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MICROS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["docket", "seq", "n", "next_try_at"],
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "replays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("position", MICROS, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("latest", MICROS, nullable=True),
        sa.Column("applied", MICROS, nullable=False),
        sa.Column("refused", MICROS, nullable=False),
        sa.Column("rejected", MICROS, nullable=False),
        sa.Column("held", MICROS, nullable=False),
        sa.Column("firings", MICROS, nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("started_at", MICROS, nullable=False),
        sa.Column("finished_at", MICROS, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
        sqlite_strict=True,
    )
    op.create_table(
        "rejects",
        sa.Column("replay", sa.Integer(), nullable=False),
        sa.Column("line", MICROS, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["replay"], ["replays.id"], name=op.f("fk_rejects_replay")),
        sa.PrimaryKeyConstraint("replay", "line", name=op.f("pk_rejects")),
        sqlite_strict=True,
    )
    op.create_table(
        "tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=True),
        sa.Column("dockets", sa.Text(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
        sqlite_strict=True,
    )
