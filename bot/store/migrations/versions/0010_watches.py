"""Expressions people watch for, and which of them an entry matched."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("expression", name=op.f("uq_watches_expression")),
    )
    op.create_table(
        "entry_watches",
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("watch_id", KEY, autoincrement=False, nullable=False),
        sa.Column("large", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_entry_watches_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "watch_id", name=op.f("pk_entry_watches")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry_watchers",
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("destination_id", KEY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_entry_watchers_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "destination_id", name=op.f("pk_entry_watchers")),
        sqlite_with_rowid=False,
    )
    op.add_column("fanouts", sa.Column("watch_cursor", KEY, server_default="0", nullable=False))
