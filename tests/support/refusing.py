"""A database that refuses to commit as long as a test wants it to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.engine import Database


class Refusing(Database):
    """Passes everything on; while `error` is set, writing transactions are rolled back with it.

    Attributes:
        error: raised at the end of each writing transaction.
        times: how often yet; None for as long as `error` is set.
        refused: how often it was.
        begun: how many writing transactions there were.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.url = db.url
        self.error: StoreError | None = None
        self.times: int | None = None
        self.refused = 0
        self.begun = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """As the real one."""
        async with self._db.read() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction, unless the disk is "full"."""
        self.begun += 1
        async with self._db.write() as connection:
            yield connection
            if self.error is not None and self.times != 0:
                if self.times is not None:
                    self.times -= 1
                self.refused += 1
                raise self.error
