"""Who may administrate: those of the settings, and those who were made admins in the chat.

The second ones are rows that another process may change, so they are read anew every few
seconds. Asking is quick and needs no database: `refresh` was awaited before, for each update.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from bot.locales import ENGLISH
from bot.store import admins, chats
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
        self._languages: dict[int, str] = {}
        self._last_spoken: dict[int, str] = {}
        self._read_at: float | None = None

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._all

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._all))

    def is_of_settings(self, user_id: int) -> bool:
        """Whether a person is an admin by the settings, which the chat cannot change."""
        return user_id in self._of_settings

    def language_of(self, user_id: int) -> str:
        """The language of an admin's private chat, else the one they wrote in last, else English.

        As read at the last `refresh`: it is asked also when the database is away.
        """
        return self._languages.get(user_id) or self._last_spoken.get(user_id, ENGLISH)

    def heard(self, user_id: int | None, language: str) -> None:
        """Remember the language somebody writes in, if it is an admin."""
        if user_id is not None and user_id in self._all:
            self._last_spoken[user_id] = language

    async def refresh(self) -> None:
        """Read the tables again, unless that was just done.

        Raises:
            StoreError: it cannot be read; those known last stay.
        """
        now = self._clock()
        if self._read_at is not None and now - self._read_at < FRESH:
            return
        async with self._db.read() as connection:
            granted = await admins.listed(connection)
            everybody = self._of_settings | {each.user_id for each in granted}
            self._languages = await chats.languages(connection, everybody)
        self._all = everybody
        self._read_at = now

    def forget(self) -> None:
        """Read the table at the next `refresh`: it was just changed."""
        self._read_at = None
