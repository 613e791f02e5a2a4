"""Writes SQLite's log back into its file, beside the writer instead of in its commits.

Every commit goes to the end of the log (``-wal``); at a checkpoint its pages are copied to where
they belong, with two waits for the disk (https://www.sqlite.org/wal.html#ckpt). SQLite does that in
the commit that fills the log, which then takes 50 to 300 ms where it else takes 2: too long for
whoever waits to write. A passive checkpoint keeps neither readers nor writers waiting.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

COMMITS = 30  # between two checkpoints
# Pages of the log (4 kB each) from which commits do it after all: it starts over only when all of
# it is copied and nobody writes meanwhile, which beside a busy writer may not happen for long.
BACKSTOP = 32_000
SIZE_LIMIT = 64 * 2**20  # bytes that the log keeps when it starts over


class Checkpoints:
    """Count commits with `committed`; `close` at the end.

    Args:
        path: the file; None for what has none, and needs no checkpoints.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._commits = 0
        self._running: asyncio.Task[None] | None = None

    def committed(self) -> None:
        """A writing transaction has ended: there may be enough to copy."""
        self._commits += 1
        if self._path is None or self._commits < COMMITS or self._running is not None:
            return
        self._commits = 0
        self._running = asyncio.create_task(self._copy(self._path))

    async def close(self) -> None:
        """Wait for the one that is running."""
        if self._running is not None:
            await self._running

    async def _copy(self, path: Path) -> None:
        try:
            await asyncio.to_thread(checkpoint, path)
        finally:
            self._running = None


def checkpoint(path: Path) -> bool:
    """Copy what is in the log, as far as no reader still needs it; whether that went well.

    A disk that refuses loses nothing: the log stays, and whoever writes next is told.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return not busy
