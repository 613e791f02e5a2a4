"""How many deliveries wait, for the metrics and for ``/health``, however often they ask.

Counting millions takes a second of a core: beside a broadcast that is a second in which the planner
and every command are slower. So what was counted is told again for a while that depends on how long
it took.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.store import outbox
from bot.store.engine import Database

SHARE = 0.01  # of the time may go into counting


class WaitingCount:
    """Await `look`.

    Args:
        db: the database.
        clock: seconds that never run backwards.
    """

    def __init__(self, db: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._count = 0
        self._good_until = float("-inf")

    async def look(self) -> int:
        """The number; as old as `SHARE` has it, and fresh where counting is quick.

        Raises:
            StoreError: the database refuses.
        """
        began = self._clock()
        if began >= self._good_until:
            async with self._db.read() as connection:
                self._count = await outbox.waiting_count(connection)
            self._good_until = began + (self._clock() - began) / SHARE
        return self._count
