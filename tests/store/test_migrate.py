"""Migrations: they build what the code expects, once, and only where it is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.errors import NewerSchemaError, NotADatabaseError, StorageFullError
from bot.store import migrate
from bot.store.columns import metadata
from bot.store.engine import Database, open_database
from bot.store.migrations.running import configured
from bot.store.search import TABLES
from tests.support.store import add_source


async def test_migrations_build_the_schema(db: Database) -> None:
    """After all migrations Alembic finds no difference to the tables in the code."""

    def compare(connection: sa.Connection) -> list[Any]:
        def ours(name: str | None, kind: str, _: object) -> bool:
            # The search index is made by statements of its own: see the next test.
            return kind != "table" or not (name or "").startswith(TABLES)

        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        return list(compare_metadata(context, metadata))

    async with db.read() as connection:
        assert await connection.run_sync(compare) == []


async def test_same_statements(db: Database, tmp_path: Path) -> None:
    """Migrated and freshly created SQLite files agree to the letter: partial indexes, rowids."""
    if not db.is_sqlite:
        pytest.skip("reads SQLite's own record of its tables")

    async def statements(database: Database) -> dict[str, str]:
        async with database.read() as connection:
            rows = await connection.execute(
                sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            )
            return {name: " ".join(sql.split()) for name, sql in rows}

    created = await open_database(str(tmp_path / "created.db"))
    try:
        async with created.write() as connection:
            await connection.run_sync(metadata.create_all)
        expected = await statements(created)
    finally:
        await created.close()
    found = await statements(db)
    del found["alembic_version"]
    assert _sorted_clauses(found) == _sorted_clauses(expected)


async def test_the_files_numbers_are_the_revisions(db: Database) -> None:
    """Which ones there are is read off the files' names; Alembic reads the same out of them."""

    def theirs(connection: sa.Connection) -> list[str]:
        script = ScriptDirectory.from_config(configured(connection))
        return [step.revision for step in script.walk_revisions()][::-1]

    async with db.read() as connection:
        assert list(migrate.revisions()) == await connection.run_sync(theirs)


async def test_upgrade_twice(tmp_path: Path) -> None:
    """The first upgrade says what it applied; the second has nothing to do and keeps the rows."""
    db = await open_database(str(tmp_path / "relay.db"))
    try:
        assert await migrate.current(db) is None
        applied = await migrate.upgrade(db)
        assert applied[-1] == migrate.head()
        source_id = await add_source(db)
        assert await migrate.upgrade(db) == []
        assert await migrate.current(db) == migrate.head()
        async with db.read() as connection:
            assert await connection.scalar(sa.text("SELECT id FROM sources")) == source_id
    finally:
        await db.close()


async def test_newer_schema_refused(db: Database) -> None:
    """A database written by a newer version is left as it is, and the message says what to do."""
    change = sa.text("UPDATE alembic_version SET version_num = :version")
    async with db.write() as connection:
        await connection.execute(change, {"version": "9999"})
    try:
        with pytest.raises(NewerSchemaError, match=r"schema 9999.*update LiveRelay"):
            await migrate.upgrade(db)
        assert await migrate.current(db) == "9999"
    finally:
        async with db.write() as connection:  # on PostgreSQL other tests use the database again
            await connection.execute(change, {"version": migrate.head()})


async def test_foreign_tables_refused(tmp_path: Path) -> None:
    """A database of another program is not touched; the message names its tables."""
    db = await open_database(str(tmp_path / "other.db"))
    try:
        async with db.write() as connection:
            await connection.execute(sa.text("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"))
        with pytest.raises(NotADatabaseError, match=r"another program.*recipes"):
            await migrate.upgrade(db)
        async with db.read() as connection:
            names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
        assert names == ["recipes"]
    finally:
        await db.close()


async def test_half_a_migration_is_none(tmp_path: Path) -> None:
    """When the disk fills up in the middle of migrating, the database is as empty as before."""
    db = await open_database(str(tmp_path / "relay.db"))
    try:
        async with db.write() as connection:
            await connection.execute(sa.text("PRAGMA max_page_count = 12"))
        with pytest.raises(StorageFullError, match="no space left"):
            await migrate.upgrade(db)
        assert await migrate.current(db) is None
        async with db.write() as connection:
            await connection.execute(sa.text("PRAGMA max_page_count = 100000"))
        assert (await migrate.upgrade(db))[-1] == migrate.head()
    finally:
        await db.close()


def _sorted_clauses(statements: dict[str, str]) -> dict[str, tuple[str, list[str], str]]:
    """Each statement as its head, sorted clauses and tail: constraints may change places."""
    found = {}
    for name, sql in statements.items():
        head, _, rest = sql.replace('"', "").partition("(")
        inside, _, tail = rest.rpartition(")")
        found[name] = (head.strip(), sorted(part.strip() for part in inside.split(", ")), tail)
    return found
