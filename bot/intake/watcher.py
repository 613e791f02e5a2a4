"""Finds the watches that new entries match: keeps their index up to date, and asks it in a thread.

Watches are rows that never change and are read on from the highest known, whoever added them; so
each process keeps an index of its own. One that nobody watches for any more stays in the index
until it is built anew, and harms nobody: its audience is empty.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from bot.model import Decision, Source, Topic
from bot.store import watches
from bot.store.engine import Database
from bot.watches.form import from_form
from bot.watches.index import Watched, WatchIndex

BATCH = 2_000  # watches read at once
RENEWED = 86_400.0  # seconds; then the index is built anew, without what is forgotten meanwhile

log = structlog.get_logger(__name__)


class Watcher:
    """Matches what polls decided.

    Args:
        db: the database.
        clock: seconds, monotonic.
    """

    def __init__(self, db: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._loading = asyncio.Lock()
        self._index = WatchIndex()
        self._last = 0
        self._built_at = clock()

    async def match(
        self,
        decision: Decision,
        *,
        language: str,
        origin: tuple[Source, Source | None],
        topics: Sequence[Topic],
        topic_ids: Mapping[str, Sequence[int]],
    ) -> dict[str, list[int]]:
        """The watches each changed entry matches.

        Args:
            decision: what a poll decided.
            language: of the page, "" where it names none.
            origin: its source, and the section that was found on.
            topics: all topics.
            topic_ids: identity -> topics the entry belongs to.

        Returns:
            Identity -> ids of watches, ascending; without the entries that match none.

        Raises:
            StoreError: the watches could not be read.
        """
        changed = [change for change in decision.changes if change.entry is not None]
        if not changed:
            return {}
        index = await self._current()
        if not len(index):
            return {}
        slugs = {topic.id: topic.slug for topic in topics}
        where = tuple(part for source in origin if source for part in (source.name, source.url))

        def look() -> dict[str, list[int]]:
            found = {}
            for change in changed:
                entry = change.entry
                assert entry is not None
                ids = topic_ids.get(change.identity, ())
                seen = Watched(
                    entry.title,
                    entry.text,
                    language,
                    [slugs[number] for number in ids if number in slugs],
                    where,
                    entry.author,
                )
                found[change.identity] = sorted(index.match(seen))
            return {identity: ids for identity, ids in found.items() if ids}

        return await asyncio.to_thread(look)

    async def _current(self) -> WatchIndex:
        """The index, with every watch that was added before this was called."""
        async with self._loading:
            index, last = self._index, self._last
            if self._clock() - self._built_at > RENEWED:
                index, last = WatchIndex(), 0
                self._built_at = self._clock()
            while True:
                async with self._db.read() as connection:
                    rows = await watches.since(connection, last, BATCH)
                if rows:
                    await asyncio.to_thread(_add, index, rows)
                    last = rows[-1][0]
                if len(rows) < BATCH:
                    break
            self._index, self._last = index, last
            return index


def _add(index: WatchIndex, rows: Sequence[tuple[int, list[object]]]) -> None:
    for watch_id, form in rows:
        if not form:  # it is forgotten
            continue
        try:
            node = from_form(form)
        except (ValueError, IndexError, TypeError):
            log.warning("a watch of another version is left out", watch=watch_id)
        else:
            index.add(watch_id, node)
