"""Deliveries without foreign keys: the largest table by far, and each row paid for two look-ups.

A chat that goes had all of them read, too, for there is no index by destination alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    "entry_id, destination_id, state, priority, due_at, attempts, revision_sent, message_ids, "
    "error, sent_at, bundle, shape, queued_at, edited_at"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_deliveries_entry_id", "deliveries", type_="foreignkey")
        op.drop_constraint("fk_deliveries_destination_id", "deliveries", type_="foreignkey")
        return
    # SQLite cannot drop one (https://www.sqlite.org/lang_altertable.html): the rows move.
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.drop_index("ix_deliveries_waiting", table_name="deliveries")
    op.rename_table("deliveries", "deliveries_bound")
    op.create_table(
        "deliveries",
        sa.Column("entry_id", Key, nullable=False),
        sa.Column("destination_id", Key, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revision_sent", sa.Integer(), nullable=True),
        sa.Column("message_ids", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("bundle", sa.JSON(), nullable=True),
        sa.Column("shape", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", "destination_id", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO deliveries ({COLUMNS}) SELECT {COLUMNS} FROM deliveries_bound"  # noqa: S608 - ours
    )
    op.drop_table("deliveries_bound")
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["priority", "due_at", "entry_id", "destination_id"],
        unique=False,
        sqlite_where=sa.text("state < 2"),
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["destination_id", "entry_id"],
        unique=False,
        sqlite_where=sa.text("state < 2"),
    )
