"""Makes a consistent copy of a SQLite database while it is in use."""

from __future__ import annotations

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
    if target.exists():
        raise ConfigError(f"{target} exists already; name a new file")
    if not target.parent.is_dir():
        raise ConfigError(f"the folder {target.parent} does not exist")
    try:
        async with database.copying() as connection:
            await connection.execute(sa.text("VACUUM INTO :target"), {"target": str(target)})
        copy = await open_database(str(target))
        try:
            async with copy.read() as connection:
                state = await connection.scalar(sa.text("PRAGMA quick_check"))
        finally:
            await copy.close()
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if state != "ok":
        target.unlink(missing_ok=True)
        raise StorageFullError(f"the copy is not whole ({state}); try again")
    return target.stat().st_size
