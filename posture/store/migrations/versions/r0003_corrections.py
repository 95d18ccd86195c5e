"""What somebody corrected by hand in a recording, and the analysis as it was measured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; SQLite adds them without making a table anew."""
    op.add_column("recordings", sa.Column("corrections", sa.JSON(none_as_null=True)))
    op.add_column("recordings", sa.Column("measured", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("recordings", "measured")
    op.drop_column("recordings", "corrections")
