"""Brings the database to the schema this version needs, by Alembic's numbered migrations."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import sqlalchemy as sa

from bot.errors import NewerSchemaError, NotADatabaseError
from bot.store import locks
from bot.store.engine import Database

_TABLE = "alembic_version"


async def upgrade(database: Database) -> list[str]:
    """Apply the missing migrations in one transaction; return the revisions that were applied.

    Processes that start at the same time wait for the first of them, which applies them.

    Raises:
        NewerSchemaError: the database was written by a newer LiveRelay; nothing was changed.
        NotADatabaseError: the file holds somebody else's tables.
    """
    if await _checked(database) == head():
        return []
    # Takes 11 MB of memory for good, and most starts have nothing to do for it.
    from bot.store.migrations.running import bring_to_head

    def run(connection: sa.Connection) -> str | None:
        before = _current(connection)
        bring_to_head(connection)
        return before

    async with database.write() as connection:
        await locks.take(connection, locks.Lock.MIGRATING)
        before = await connection.run_sync(run)
    return [revision for revision in revisions() if revision > (before or "")]


async def current(database: Database) -> str | None:
    """The schema's revision; None for an empty database."""
    async with database.read() as connection:
        return await connection.run_sync(_current)


@cache
def revisions() -> tuple[str, ...]:
    """All that this version knows, the oldest first: the numbers their files begin with."""
    names = (file.name for file in files("bot.store.migrations.versions").iterdir())
    return tuple(sorted(name[:4] for name in names if name[:4].isdigit()))


def head() -> str:
    """The revision this version needs."""
    return revisions()[-1]


async def _checked(database: Database) -> str | None:
    """The schema's revision, if we may bring it forward."""
    revision = await current(database)
    if revision is None:
        await _refuse_foreign_tables(database)
    elif revision not in revisions():
        raise NewerSchemaError(
            f"{database.label} was written by a newer LiveRelay (schema {revision}); "
            "update LiveRelay, or restore a backup made by this version"
        )
    return revision


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.scalar(
        sa.select(sa.text("version_num")).select_from(sa.table(_TABLE))
    )
    return found


async def _refuse_foreign_tables(database: Database) -> None:
    async with database.read() as connection:
        names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    names = [name for name in names if name != _TABLE]
    if names:
        raise NotADatabaseError(
            f"{database.label} belongs to another program (it has the tables "
            f"{', '.join(sorted(names)[:3])}…); name another "
            f"{'file' if database.is_sqlite else 'database'}"
        )
