"""What pacing learnt of chats and of the way back to a rate, and what was paid for today."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind, default in (
        ("ceiling", sa.Float(), "1"),
        ("climb", sa.Float(), "0"),
        ("paid_day", sa.Integer(), "0"),
        ("paid_count", sa.BigInteger(), "0"),
    ):
        op.add_column("rate", sa.Column(name, kind, server_default=default, nullable=False))
    op.create_table(
        "slow_chats",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("telegram_id", name=op.f("pk_slow_chats")),
        sqlite_with_rowid=False,
    )
