"""Entries that repeat what another source told before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entries", sa.Column("duplicate_of", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_entries_duplicate_of",
        "entries",
        ["duplicate_of"],
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
