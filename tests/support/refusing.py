"""A database that refuses to commit as long as a test wants it to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.engine import Database


class Refusing:
    """Passes everything on; while `error` is set, writing transactions are rolled back with it.

    Attributes:
        error: raised at the end of each writing transaction.
        refused: how often it was.
        begun: how many writing transactions there were.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.error: StoreError | None = None
        self.refused = 0
        self.begun = 0

    @property
    def is_sqlite(self) -> bool:
        """As the real one."""
        return self._db.is_sqlite

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """As the real one."""
        return self._db.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction, unless the disk is "full"."""
        self.begun += 1
        async with self._db.write() as connection:
            yield connection
            if self.error is not None:
                self.refused += 1
                raise self.error
