"""When a delivery was queued and last edited, so that every one can be explained."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("queued_at", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("edited_at", sa.BigInteger(), nullable=True))
