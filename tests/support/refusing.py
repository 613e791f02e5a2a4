"""A database that refuses to commit as long as a test wants it to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.engine import Database

T = TypeVar("T")


class Refusing(Database):
    """Passes everything on; while `error` is set, writing transactions end with it.

    Attributes:
        error: raised at the end of each writing transaction.
        committed: they are committed all the same, and only the answer is lost; else rolled back.
        times: how often yet; None for as long as `error` is set.
        share: of the writing transactions, drawn by lot.
        refused: how often it was.
        begun: how many writing transactions there were.
        going: while it is not set, none is committed, and none refused.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.url = db.url
        self.precedence = db.precedence
        self.error: StoreError | None = None
        self.committed = False
        self.times: int | None = None
        self.share = 1.0
        self._lot = random.Random(1)
        self.refused = 0
        self.begun = 0
        self.going = asyncio.Event()
        self.going.set()

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
            await self.going.wait()
            if not self.committed:
                self._refuse()
        if self.committed:
            self._refuse()

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """As the real one, but as a `write`."""
        async with self.write() as connection:
            return await work(connection)

    def _refuse(self) -> None:
        if self.error is not None and self.times != 0 and self._lot.random() < self.share:
            if self.times is not None:
                self.times -= 1
            self.refused += 1
            raise self.error
