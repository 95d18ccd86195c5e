"""What a trainer writes about a visit: a comment for the report, and a note for nobody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; SQLite adds them without making a table anew."""
    op.add_column("visits", sa.Column("comment", sa.Text()))
    op.add_column("visits", sa.Column("note", sa.Text()))
    op.add_column("visits", sa.Column("written", sa.Integer()))


def downgrade() -> None:
    """Take them away again."""
    for name in ("written", "note", "comment"):
        op.drop_column("visits", name)
