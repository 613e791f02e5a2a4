"""Makes a consistent copy of a SQLite database while it is in use."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa

from bot.errors import ConfigError, StorageFullError
from bot.store.engine import Database, open_database


async def backup(database: Database, target: Path) -> int:
    """Write a copy to a file that does not exist yet; return its size in bytes.

    ``VACUUM INTO`` reads one state of the database (https://www.sqlite.org/lang_vacuum.html), so
    the copy is whole whatever is written meanwhile.

    Raises:
        ConfigError: the target exists, or the database is a server.
        StorageFullError: the target's folder cannot be written.
        StoreError: the copy failed; the target is removed.
    """
    if not database.is_sqlite:
        raise ConfigError(
            "backup copies a SQLite file; for PostgreSQL use pg_dump, which does it better"
        )
    _reserve(target)
    try:
        async with database.copying() as connection:
            await connection.execute(sa.text("VACUUM INTO :target"), {"target": str(target)})
        copy = await open_database(str(target))
        try:
            await copy.integrity()
        finally:
            await copy.close()
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target.stat().st_size


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
