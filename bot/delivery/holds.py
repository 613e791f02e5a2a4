"""Rolls holds that ended on to the next ones: the timed job behind quiet hours and digests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.delivery.silence import next_hold
from bot.store import silences
from bot.store.engine import Database

SIZE = 1_000  # destinations a transaction: the write lock is never held long


class Holds:
    """Keeps every chat's hold up to date.

    Args:
        db: where chats and their choices are.
        now: the time, aware UTC.
        wake_sender: says that something became due.
    """

    def __init__(
        self, db: Database, *, now: Callable[[], datetime], wake_sender: Callable[[], None]
    ) -> None:
        self._db = db
        self._now = now
        self._wake_sender = wake_sender

    async def roll(self) -> int:
        """Begin the next hold wherever one ended; for how many destinations.

        Raises:
            StoreError: the database refuses; it comes round again.
        """
        now = self._now()
        async with self._db.read() as connection:
            choices = await silences.ended(connection, now)
        rolled = 0
        for choice in choices:
            hold = next_hold(choice, now)
            while True:
                async with self._db.write() as connection:
                    count = await silences.roll(connection, choice, hold, now, size=SIZE)
                rolled += count
                if count < SIZE:
                    break
        if rolled:
            self._wake_sender()
        return rolled
