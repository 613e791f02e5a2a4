"""When a destination wants no alerts, and how its alerts look."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("style", sa.Text(), server_default="full", nullable=False),
        sa.Column("duplicates", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("muted_until", sa.BigInteger(), nullable=True),
        sa.Column("quiet", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("importance", sa.Text(), server_default="all", nullable=False),
        sa.Column("breaks", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hold_from", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_until", sa.BigInteger(), server_default="0", nullable=False),
    ):
        op.add_column("destinations", column)
    op.create_index(
        "ix_destinations_held",
        "destinations",
        ["held_until"],
        sqlite_where=sa.text("held_until > 0"),
        postgresql_where=sa.text("held_until > 0"),
    )
