"""Hints between processes that there is new work: `LISTEN` and `NOTIFY` on PostgreSQL.

A hint only saves waiting. Everything is found without it, by looking at the rows every second or
so; so one that gets lost is nothing, and none needs to be in the transaction it speaks of. On
SQLite, where one process does all, a hint reaches the listeners of that process.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from bot.errors import LiveRelayError
from bot.store.engine import Database
from bot.store.engine_postgres import connect

if TYPE_CHECKING:
    import asyncpg

GATHER = 0.01  # seconds; at most so often this process tells others
KEEP_ALIVE = 30.0  # seconds between looks whether the connection still lives
FIRST_RETRY = 0.5  # seconds
LONGEST_RETRY = 30.0
_NAME = "liverelay"  # of the channel; which hint it is, is its payload

log = structlog.get_logger(__name__)


class Hint(StrEnum):
    """What there is to do."""

    POLL = "poll"  # a source was added or asked for
    PLAN = "plan"  # a fan-out was queued
    SEND = "send"  # deliveries were queued


class Hints:
    """Give with `notify`, get with `on`; await `run` in a task.

    Args:
        database: whose processes are to hear of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[Hint, list[Callable[[], None]]] = defaultdict(list)
        self._untold: set[Hint] = set()
        self._awake = asyncio.Event()
        self._listening = asyncio.Event()

    def on(self, hint: Hint, wake: Callable[[], None]) -> None:
        """Call `wake` at each such hint, from this process or another; it must return at once."""
        self._listeners[hint].append(wake)

    def notify(self, hint: Hint) -> None:
        """There is work; to be called after it was committed. Never fails, never waits."""
        self._wake(hint)
        if not self._database.is_sqlite:
            self._untold.add(hint)
            self._awake.set()

    async def wait_listening(self) -> None:
        """Return once hints of other processes arrive; at once where there are none."""
        if not self._database.is_sqlite:
            await self._listening.wait()

    async def run(self) -> None:
        """Pass hints between the processes until cancelled; a server that is away is awaited."""
        if self._database.is_sqlite:
            await asyncio.Event().wait()
        failures = 0
        while True:
            try:
                connection = await connect(self._database.url)
                try:
                    if failures:
                        log.info("hints from other processes arrive again")
                    failures = 0
                    await self._serve(connection)
                finally:
                    self._listening.clear()
                    connection.terminate()
            except (LiveRelayError, OSError) as error:
                if not failures:
                    log.warning("no hints from other processes; work is found", reason=str(error))
                failures += 1
            await asyncio.sleep(min(LONGEST_RETRY, FIRST_RETRY * 2**failures))

    async def _serve(self, connection: asyncpg.Connection) -> None:
        """Listen and tell until the connection breaks."""
        import asyncpg

        own = connection.get_server_pid()

        def hear(_connection: object, pid: int, _channel: str, payload: str) -> None:
            with suppress(ValueError):  # of a newer version
                if pid != own:
                    self._wake(Hint(payload))

        connection.add_termination_listener(lambda _: self._awake.set())
        try:
            await connection.add_listener(_NAME, hear)
            self._listening.set()
            for hint in Hint:  # what was told while nobody listened
                self._wake(hint)
            while not connection.is_closed():
                with suppress(TimeoutError):
                    async with asyncio.timeout(KEEP_ALIVE):
                        await self._awake.wait()
                self._awake.clear()
                told, self._untold = self._untold, set()
                if told:
                    names = [(_NAME, hint.value) for hint in sorted(told)]
                    await connection.executemany("SELECT pg_notify($1, $2)", names)
                else:
                    await connection.execute("SELECT 1")
                await asyncio.sleep(GATHER)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.debug("the connection for hints broke", reason=str(error))

    def _wake(self, hint: Hint) -> None:
        for wake in self._listeners[hint]:
            wake()
