"""What Alembic runs: the steps, over the connection that `store.schema` hands it."""

from __future__ import annotations

from alembic import context

from posture.store.tables import Base

context.configure(
    connection=context.config.attributes.get("connection"),
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a column by making the table anew
)
with context.begin_transaction():
    context.run_migrations()
