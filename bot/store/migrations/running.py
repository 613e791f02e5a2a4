"""Alembic's part: applies what is missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def bring_to_head(connection: sa.Connection) -> None:
    """Apply the missing migrations in the connection's transaction."""
    command.upgrade(configured(connection), "head")


def configured(connection: sa.Connection) -> Config:
    """Alembic's settings for a connection."""
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["connection"] = connection
    return config
