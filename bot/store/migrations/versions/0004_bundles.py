"""Entries sent together, edits by admins, stories, and how long deliveries took."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("entries", sa.Column("retracted", sa.Text(), nullable=True))
    for name in ("threads", "pins"):
        op.add_column(
            "destinations",
            sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.add_column("deliveries", sa.Column("bundle", sa.JSON(), nullable=True))
    op.add_column("deliveries", sa.Column("shape", sa.Text(), nullable=True))
    op.add_column(
        "fanouts", sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.create_table(
        "stories",
        sa.Column("destination_id", Key, nullable=False),
        sa.Column("source_id", Key, nullable=False),
        sa.Column("first_message_id", sa.BigInteger(), nullable=True),
        sa.Column("pinned_message_id", sa.BigInteger(), nullable=True),
        sa.Column("pinned_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_stories_destination_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_stories_source_id")),
        sa.PrimaryKeyConstraint("destination_id", "source_id", name=op.f("pk_stories")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stories_source_id", "stories", ["source_id"], unique=False)
    op.create_index(
        "ix_stories_due",
        "stories",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "latencies",
        sa.Column("entry_id", Key, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_latencies_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "stage", "bucket", name=op.f("pk_latencies")),
        sqlite_with_rowid=False,
    )
