"""Makes a consistent copy of the database while it is in use.

A SQLite file is copied by SQLite itself; a PostgreSQL database by PostgreSQL's program ``pg_dump``,
in its own format, which ``pg_restore`` reads.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from bot.errors import ConfigError, StorageFullError, StoreError
from bot.store.engine import Database, open_database
from bot.store.engine_postgres import dsn_of


async def backup(database: Database, target: Path) -> int:
    """Write a copy to a file that does not exist yet; return its size in bytes.

    Both ways read one state of the database, so that the copy is whole whatever is written
    meanwhile (https://www.sqlite.org/lang_vacuum.html,
    https://www.postgresql.org/docs/current/app-pgdump.html).

    Raises:
        ConfigError: the target exists, or ``pg_dump`` is needed and missing.
        StorageFullError: the target's folder cannot be written.
        StoreError: the copy failed; the target is removed.
    """
    program = None if database.is_sqlite else _find_pg_dump()
    _reserve(target)
    try:
        if program is None:
            await _vacuum(database, target)
        else:
            await _dump(database, program, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target.stat().st_size


async def _vacuum(database: Database, target: Path) -> None:
    async with database.copying() as connection:
        await connection.execute(sa.text("VACUUM INTO :target"), {"target": str(target)})
    copy = await open_database(str(target))
    try:
        await copy.integrity()
    finally:
        await copy.close()


async def _dump(database: Database, program: str, target: Path) -> None:
    url = database.url
    password = url.password or url.query.get("password")
    # Not on the command line, where every user of the machine could read it.
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    process = await asyncio.create_subprocess_exec(
        program,
        *("--format=custom", "--no-password", "--file", str(target)),
        *("--dbname", dsn_of(url, password=False)),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
        words = lines[0].removeprefix("pg_dump: ").removeprefix("error: ")
        raise StoreError(f"pg_dump could not copy {database.label}: {words}")


def _find_pg_dump() -> str:
    found = shutil.which("pg_dump")
    if found is None:
        raise ConfigError(
            "a PostgreSQL database is backed up by PostgreSQL's own program pg_dump, which is not "
            "installed here. Install it (Debian: postgresql-client), or run it where it is: "
            "pg_dump --format=custom --file FILE DATABASE-URL"
        )
    return found


def _reserve(target: Path) -> None:
    """Make the target, empty: ``VACUUM INTO`` fills it, and nobody else takes the name."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise ConfigError(f"{target} exists already; name a new file") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(f"the folder {target.parent} does not exist") from error
    except OSError as error:
        raise StorageFullError(f"{target} cannot be written: {error.strerror}") from error
