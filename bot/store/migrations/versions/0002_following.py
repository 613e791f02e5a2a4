"""Sources that follow a section, the live blogs they add, and the links they looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sources", sa.Column("kind", sa.Text(), server_default="page", nullable=False))
    op.add_column("sources", sa.Column("parent_id", Key, nullable=True))
    op.add_column("sources", sa.Column("pattern", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_sources_parent_id", "sources", ["parent_id"], unique=False)
    op.create_table(
        "followed_links",
        sa.Column("source_id", Key, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_followed_links_source_id")
        ),
        sa.PrimaryKeyConstraint("source_id", "url", name=op.f("pk_followed_links")),
    )
