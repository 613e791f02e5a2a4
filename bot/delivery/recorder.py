"""Stores what became of deliveries, in groups: whatever is there, at once.

A message that was sent and is not recorded yet would be sent again after a crash, so the recorder
hardly waits for company: the first is committed at once, and while that is done the next ones
gather, for a few milliseconds at least. If the database
refuses, everything stays in memory and is tried again; the sender takes on nothing new meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.errors import StoreError
from bot.store import latencies, outbox
from bot.store.engine import Database
from bot.store.outbox import Outcome, Release

GATHER = 0.005  # seconds between two commits; each costs as much as twenty records
FIRST_RETRY = 0.25  # seconds
LONGEST_RETRY = 5.0

Action = Callable[[AsyncConnection], Awaitable[object]]


@dataclass(slots=True)
class _Note:
    outcomes: list[Outcome]
    action: Action | None
    release: Release | None
    took: Sequence[tuple[int, float]] = ()
    done: asyncio.Future[None] | None = None


class Recorder:
    """Run `run` in a task; give it work with `note`.

    Args:
        db: the database.
        owner: whose leases are released.
        on_trouble: called once when the database begins to refuse.
        on_recovery: called once when it takes again what it refused.
        on_settled: called when a group was committed: there is room again.
    """

    def __init__(
        self,
        db: Database,
        owner: str,
        *,
        on_trouble: Callable[[StoreError], None],
        on_recovery: Callable[[], None],
        on_settled: Callable[[], None],
    ) -> None:
        self._db = db
        self._owner = owner
        self._on_trouble = on_trouble
        self._on_recovery = on_recovery
        self._on_settled = on_settled
        self._notes: list[_Note] = []
        self._committing: list[_Note] = []
        self._there = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._settled = asyncio.Event()
        self.failures = 0

    @property
    def waiting(self) -> int:
        """How many notes are not committed yet."""
        return len(self._notes) + len(self._committing)

    def note(
        self,
        *,
        outcomes: list[Outcome],
        action: Action | None = None,
        release: Release | None = None,
        took: Sequence[tuple[int, float]] = (),
    ) -> None:
        """Store outcomes, then do an action in the database, then hand a destination back.

        Args:
            outcomes: of deliveries.
            action: in the same transaction.
            release: the destination, free again.
            took: pairs of an entry that was sent and the seconds it took.
        """
        self._add(_Note(outcomes, action, release, took))

    async def do(self, action: Action) -> None:
        """Do an action in the database; returns once it is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(_Note([], action, None, done=done))
        await done

    def releasing(self) -> set[int]:
        """The destinations that are to be handed back and are not yet."""
        notes = (*self._notes, *self._committing)
        return {note.release.destination_id for note in notes if note.release is not None}

    async def flush(self) -> None:
        """Return once everything noted is committed."""
        await self._empty.wait()

    async def room(self, most: int) -> None:
        """Return once fewer than `most` notes are not committed yet."""
        while self.waiting >= most:
            await self._settled.wait()

    async def run(self) -> None:
        """Commit until cancelled."""
        while True:
            await self._there.wait()
            self._there.clear()
            self._committing += self._notes
            self._notes = []
            try:
                await self._commit(self._committing)
            except StoreError as error:
                self.failures += 1
                if self.failures == 1:
                    self._on_trouble(error)
                self._there.set()
                await asyncio.sleep(
                    backoff(self.failures, first=FIRST_RETRY, longest=LONGEST_RETRY)
                )
                continue
            self._settle()
            if self._notes:
                await asyncio.sleep(GATHER)

    def _settle(self) -> None:
        """The group is stored."""
        for note in self._committing:
            if note.done is not None and not note.done.done():
                note.done.set_result(None)
        self._committing = []
        self._settled.set()
        self._settled = asyncio.Event()
        if not self._notes:
            self._empty.set()
        if self.failures:
            self.failures = 0
            self._on_recovery()
        self._on_settled()

    def _add(self, note: _Note) -> None:
        self._notes.append(note)
        self._empty.clear()
        self._there.set()

    async def _commit(self, notes: list[_Note]) -> None:
        outcomes = [outcome for note in notes for outcome in note.outcomes]
        releases = [note.release for note in notes if note.release is not None]

        async def store(connection: AsyncConnection) -> None:
            await outbox.record(connection, self._owner, outcomes, [])
            await latencies.add(connection, (one for note in notes for one in note.took))
            for note in notes:
                if note.action is not None:
                    await note.action(connection)
            await outbox.record(connection, self._owner, [], releases)

        await self._db.transact(store)
