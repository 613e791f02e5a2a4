"""Entries that people saved for later."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "saved",
        sa.Column("destination_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_saved_destination_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_saved_entry_id")),
        sa.PrimaryKeyConstraint("destination_id", "entry_id", name=op.f("pk_saved")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_saved_entry_id", "saved", ["entry_id"])
