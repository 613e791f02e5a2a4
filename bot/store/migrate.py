"""Brings the database to the schema this version needs, by Alembic's numbered migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from bot.errors import NewerSchemaError, NotADatabaseError
from bot.store import locks
from bot.store.engine import Database


async def upgrade(database: Database) -> list[str]:
    """Apply the missing migrations in one transaction; return the revisions that were applied.

    Processes that start at the same time wait for the first of them, which applies them.

    Raises:
        NewerSchemaError: the database was written by a newer LiveRelay; nothing was changed.
        NotADatabaseError: the file holds somebody else's tables.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    if await _checked(database, script) == head:
        return []

    def run(connection: sa.Connection) -> str | None:
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before

    async with database.write() as connection:
        await locks.take(connection, locks.Lock.MIGRATING)
        before = await connection.run_sync(run)
    if before == head:
        return []
    return [step.revision for step in script.iterate_revisions(head, before or "base")][::-1]


async def _checked(database: Database, script: ScriptDirectory) -> str | None:
    """The schema's revision, if we may bring it forward."""
    revision = await current(database)
    if revision is None:
        await _refuse_foreign_tables(database)
    elif not _is_known(script, revision):
        raise NewerSchemaError(
            f"{database.label} was written by a newer LiveRelay (schema {revision}); "
            "update LiveRelay, or restore a backup made by this version"
        )
    return revision


async def current(database: Database) -> str | None:
    """The schema's revision; None for an empty database."""

    def run(connection: sa.Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.read() as connection:
        return await connection.run_sync(run)


def head() -> str | None:
    """The revision this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    return config


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    try:
        return script.get_revision(revision) is not None
    except CommandError:
        return False


async def _refuse_foreign_tables(database: Database) -> None:
    async with database.read() as connection:
        names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    names = [name for name in names if name != "alembic_version"]
    if names:
        raise NotADatabaseError(
            f"{database.label} belongs to another program (it has the tables "
            f"{', '.join(sorted(names)[:3])}…); name another "
            f"{'file' if database.is_sqlite else 'database'}"
        )
