"""Who may administrate: those of the settings, and those who were made admins in the chat.

The second ones are rows that another process may change, so they are read anew every few
seconds. Asking is quick and needs no database: `refresh` was awaited before, for each update.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from bot.store import admins
from bot.store.engine import Database

FRESH = 2.0  # seconds; how long a grant by another process may go unnoticed


class Admins:
    """The admins' user ids, as a set that follows its table.

    Args:
        of_settings: ids that stand in the settings; they stay whatever the table says.
        db: the open database.
        clock: seconds that never run backwards.
    """

    def __init__(
        self,
        of_settings: Iterable[int],
        db: Database,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_settings = frozenset(of_settings)
        self._db = db
        self._clock = clock
        self._all = self._of_settings
        self._read_at: float | None = None

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._all

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._all))

    def is_of_settings(self, user_id: int) -> bool:
        """Whether a person is an admin by the settings, which the chat cannot change."""
        return user_id in self._of_settings

    async def refresh(self) -> None:
        """Read the table again, unless that was just done.

        Raises:
            StoreError: it cannot be read; those known last stay.
        """
        now = self._clock()
        if self._read_at is not None and now - self._read_at < FRESH:
            return
        async with self._db.read() as connection:
            granted = await admins.listed(connection)
        self._all = self._of_settings | {each.user_id for each in granted}
        self._read_at = now

    def forget(self) -> None:
        """Read the table at the next `refresh`: it was just changed."""
        self._read_at = None
