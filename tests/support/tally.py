"""What chats were told, as the sandbox saw it, against what the database holds as told.

Entries are told apart by a number in their words: "Bulletin 7 …". A message that was accepted and
is not recorded when its sender is killed was in flight: it may come again, once. Whatever else
comes twice, too late or never is a fault.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.sandbox.server import SandboxServer

_NUMBER = re.compile(r"\bBulletin (\d+)\b")
# What the chats under a lease were not yet recorded to have been told.
_UNRECORDED = """
SELECT c.telegram_id, e.text
FROM destinations AS x
JOIN chats AS c ON c.id = x.chat_id
JOIN deliveries AS d ON d.destination_id = x.id
JOIN entries AS e ON e.id = d.entry_id
WHERE x.lease_owner {owner} AND d.state = 0
"""

Pair = tuple[int, int]  # a chat and the number of an entry


class Rows(Protocol):
    """A database a test looks into."""

    async def fetch(self, query: str) -> list[Any]:
        """The rows of a query."""


@dataclass(frozen=True, slots=True)
class SqliteRows:
    """A file that a process works on."""

    path: Path

    async def fetch(self, query: str) -> list[Any]:
        """The rows of a query."""
        address = f"file:{self.path}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
            return connection.execute(query).fetchall()


@dataclass
class PostgresRows:
    """A PostgreSQL database; its server may have been restarted since the last look."""

    url: str

    async def fetch(self, query: str) -> list[Any]:
        """The rows of a query."""
        import asyncpg  # where there is no server's wheel, the driver may be missing, too

        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()


@dataclass
class Tally:
    """Follows what a sandbox accepts; `look` as often as you like.

    Attributes:
        told: every pair that was told at least once.
        in_flight: of each kill, the messages accepted and not recorded.
        repeats: messages that told something again which was in flight at a kill.
        faults: what should not have happened, for people.
        unexplained: messages that told something again which was in flight at no kill.
    """

    server: SandboxServer
    rows: Rows
    told: set[Pair] = field(default_factory=set)
    in_flight: list[int] = field(default_factory=list)
    repeats: int = 0
    faults: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    _excused: set[Pair] = field(default_factory=set)
    _lost: Counter[int] = field(default_factory=Counter)
    _newest: dict[int, int] = field(default_factory=dict)
    _seen: int = 0

    def __str__(self) -> str:
        return f"{sum(self.in_flight)} in flight, {self.repeats} repeats, {len(self.faults)} faults"

    def look(self) -> None:
        """Take note of what was accepted since the last time."""
        accepted = self.server.world.accepted
        for message in accepted[self._seen :]:
            numbers = sorted({int(number) for number in _NUMBER.findall(message.text)})
            if numbers:
                self._note(message.chat_id, numbers)
        self._seen = len(accepted)

    async def killed(self, owner: str | None = None) -> int:
        """A process was killed: count what it had in flight; how many messages.

        Args:
            owner: the process's name on leases; by default nobody else sends.
        """
        await self.server.settle()
        self.look()
        condition = f"= '{owner}'" if owner else "IS NOT NULL"
        flying: set[Pair] = set()
        for chat_id, text in await self.rows.fetch(_UNRECORDED.format(owner=condition)):
            number = _NUMBER.search(text)
            if number and (chat_id, int(number[1])) in self.told:
                flying.add((chat_id, int(number[1])))
        flying -= self._excused  # in flight at an earlier kill, and nobody came to it since
        self._excused |= flying
        messages = len({chat_id for chat_id, _ in flying})  # each chat gets one at a time
        self.in_flight.append(messages)
        return messages

    def verify(self, chats: Iterable[int], numbers: Iterable[int], *, given_up: float = 0) -> None:
        """Each of these chats was told each of these entries, in order.

        Args:
            chats: those that follow everything.
            numbers: of the entries.
            given_up: messages whose answers the senders say they waited for in vain: on a machine
                that is far too busy some come again, and no kill is the reason.

        Raises:
            AssertionError: one was not, or something came twice that was not in flight.
        """
        self.look()
        wanted = set(numbers)
        for chat_id in chats:
            lost = sorted(number for number in wanted if (chat_id, number) not in self.told)
            if lost:
                self.faults.append(f"chat {chat_id} was never told {lost}")
        if len(self.unexplained) > given_up:
            self.faults += self.unexplained
        assert not self.faults, f"{len(self.faults)} faults: " + "; ".join(self.faults[:10])
        explained = sum(self.in_flight) + self._lost.total() + len(self.unexplained)
        assert self.repeats <= explained

    def _note(self, chat_id: int, numbers: list[int]) -> None:
        again = [number for number in numbers if (chat_id, number) in self.told]
        # The sender gave up waiting for an answer, as on a machine that is far too busy.
        gone = {chat_id} if again and self._lost[chat_id] < self.server.unheard[chat_id] else set()
        self._lost.update(gone)
        odd = [number for number in again if (chat_id, number) not in self._excused]
        self._excused.difference_update((chat_id, number) for number in again)
        if odd and chat_id not in gone:
            self.unexplained.append(f"chat {chat_id} was told {odd} again, not in flight")
        self.repeats += bool(again)
        fresh = [number for number in numbers if (chat_id, number) not in self.told]
        if fresh and fresh[0] < self._newest.get(chat_id, 0):
            self.faults.append(f"chat {chat_id} was told {fresh} after {self._newest[chat_id]}")
        self.told.update((chat_id, number) for number in fresh)
        self._newest[chat_id] = max(self._newest.get(chat_id, 0), *numbers)
