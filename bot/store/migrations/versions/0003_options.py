"""Settings of a source's format, such as the selectors an admin gives."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
