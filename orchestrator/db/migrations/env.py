"""Alembic's entry: it runs on the connection that `schema.upgrade` hands in."""

from __future__ import annotations

from alembic import context

from orchestrator.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is the one
)
with context.begin_transaction():
    context.run_migrations()
