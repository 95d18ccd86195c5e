"""A bin for what was deleted, and what a client is asked once: height, how a name is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns; SQLite adds them without making a table anew."""
    op.add_column("clients", sa.Column("reading", sa.Text()))
    op.add_column("clients", sa.Column("height_cm", sa.Float()))
    op.add_column("clients", sa.Column("deleted_at", _MOMENT))
    op.add_column("visits", sa.Column("deleted_at", _MOMENT))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("visits", "deleted_at")
    for name in ("deleted_at", "height_cm", "reading"):
        op.drop_column("clients", name)
