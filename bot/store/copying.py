"""Moves what a SQLite database holds to an empty PostgreSQL database, all of it or nothing.

The source is read as one state, in one transaction, and the target is written in one: a copy that
fails in the middle leaves the target as empty as it was. LiveRelay must not run on the source
meanwhile: what it stored after the copy had begun would be missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConfigError, NewerSchemaError, NotADatabaseError, StoreError
from bot.store import migrate, search
from bot.store.columns import metadata
from bot.store.engine import Database

BATCH = 1_000  # rows


@dataclass(frozen=True, slots=True)
class Copied:
    """A table and how many rows it got."""

    table: str
    rows: int


async def copy(
    source: Database, target: Database, *, told: Callable[[Copied], None] = lambda _: None
) -> list[Copied]:
    """Copy every table, and see that each arrived whole.

    The target's schema is made, or brought to this version's, first.

    Args:
        source: a SQLite database with this version's schema.
        target: a PostgreSQL database without rows.
        told: called after each table.

    Raises:
        ConfigError: the two are not SQLite and PostgreSQL, the target holds rows, or LiveRelay
            runs on the source.
        NewerSchemaError: the source has another schema than this version's.
        NotADatabaseError: one of them belongs to another program.
        StoreError: the databases refuse, or a table did not arrive whole.
    """
    if not source.is_sqlite or target.is_sqlite:
        raise ConfigError("db copy moves a SQLite file to PostgreSQL, and not the other way round")
    source.hold()
    await _check_schema(source)
    await migrate.upgrade(target)
    done: list[Copied] = []
    async with source.read() as reading, target.write() as writing:
        await _refuse_rows(writing, target.label)
        for table in metadata.sorted_tables:
            copied = Copied(table.name, await _copy_table(reading, writing, table, source.label))
            done.append(copied)
            told(copied)
        await _reset_sequences(writing)
        await search.rebuild(writing)  # it is made of what was copied
        for copied in done:
            await _compare(reading, writing, metadata.tables[copied.table], copied.rows)
    return done


async def _check_schema(source: Database) -> None:
    revision = await migrate.current(source)
    if revision is None:
        raise NotADatabaseError(f"{source.label} holds no LiveRelay database; name its file")
    if revision != migrate.head():
        raise NewerSchemaError(
            f"{source.label} has schema {revision}, this version needs {migrate.head()}; "
            "run on it with this version first: liverelay db upgrade"
        )


async def _refuse_rows(writing: AsyncConnection, label: str) -> None:
    """Nobody may write to the target meanwhile, and nobody may have written before."""
    names = ", ".join(metadata.tables)
    await writing.execute(sa.text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE NOWAIT"))
    for table in metadata.sorted_tables:
        if await writing.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)):
            raise ConfigError(
                f"{label} is not empty (its table {table.name} has rows); "
                "name a new database: createdb NAME"
            )


async def _copy_table(
    reading: AsyncConnection, writing: AsyncConnection, table: sa.Table, label: str
) -> int:
    count = 0
    # A missing value of a JSON column is NULL; without this it would become JSON's own null.
    json = {
        column.name: sa.bindparam(f"json_{column.name}", type_=sa.JSON(none_as_null=True))
        for column in table.columns
        if isinstance(column.type, sa.JSON)
    }
    insert = table.insert().values(json) if json else table.insert()
    names = {name: f"json_{name}" for name in json}
    async for found in _batches(reading, table):
        rows = [{names.get(key, key): value for key, value in row.items()} for row in found]
        try:
            await writing.execute(insert, rows)
        except sa.exc.DBAPIError as error:
            reason = " ".join(str(error.orig).partition(": ")[2].split())
            raise StoreError(
                f"rows {count + 1} to {count + len(rows)} of the table {table.name} in {label} do "
                f"not fit into PostgreSQL ({reason}); nothing was copied"
            ) from error
        count += len(rows)
    return count


async def _batches(
    reading: AsyncConnection, table: sa.Table
) -> AsyncIterator[Sequence[RowMapping]]:
    """The rows of a table in the order of its key, some at a time."""
    result = await reading.stream(
        sa.select(table).order_by(*table.primary_key), execution_options={"yield_per": BATCH}
    )
    async for rows in result.mappings().partitions():
        yield rows


async def _reset_sequences(writing: AsyncConnection) -> None:
    """The next row gets a number above all that were copied."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        await writing.execute(sa.select(sa.func.setval(sequence, highest, False)))


async def _compare(
    reading: AsyncConnection, writing: AsyncConnection, table: sa.Table, copied: int
) -> None:
    query = sa.select(sa.func.count()).select_from(table)
    there, here = await writing.scalar(query), await reading.scalar(query)
    if not there == here == copied:
        raise StoreError(
            f"the table {table.name} did not arrive whole: {here} rows in SQLite, {there} in "
            "PostgreSQL; nothing was copied"
        )
