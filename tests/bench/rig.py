"""The parts that are measured, put together as the program does: all seams of the benchmarks.

A changed constructor is mended here and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from bot.delivery.pace_setup import CLOCK
from bot.delivery.pacer import Pacer, Rates
from bot.delivery.planner import Planner
from bot.delivery.sender import Sender
from bot.delivery.telegram import HttpRequest, Transport
from bot.delivery.trouble import Trouble
from bot.observe import Metrics
from bot.store import fanouts
from bot.store.engine import Database
from tests.bench.figures import Spent, Watch, settle
from tests.bench.stub_process import TOKEN, Stub
from tests.support.store import FIRST_CHAT, add_entries, add_source, temp_database, utc_now

LOOK = 0.01  # seconds between two looks whether all is sent
PATIENCE = 300.0  # seconds

_WORDS = (
    "The harbour office says that the tide will turn within the hour and that the barrier stays "
    "closed until the water has fallen by half a metre. Buses of the lines 4 and 11 go round the "
    "old market; the ferry to Kestrel Island does not leave before noon. Who lives below the "
    "castle should move cars to the upper streets, and may ask for sand bags at the fire station."
)


def words(number: int) -> str:
    """The text of an entry; the stub knows it by its number, which no shortening cuts off."""
    return f"Bulletin entry-{number}: {_WORDS}"


@dataclass
class Desk:
    """A database with readers, and what sends from it to the stub.

    Attributes:
        chats: Telegram's ids of the readers.
    """

    db: Database
    stub: Stub
    chats: Sequence[int]
    source: int
    rates: Rates = field(default_factory=Rates.off)
    entries: int = 0

    @property
    def kind(self) -> str:
        """Of the database, for people."""
        return "SQLite" if self.db.is_sqlite else "PostgreSQL"

    async def publish(self, count: int = 1) -> None:
        """New entries for all readers, planned, not sent yet."""
        texts = [words(self.entries + number) for number in range(count)]
        self.entries += count
        await add_entries(self.db, self.source, texts)
        await self.plan()

    async def plan(self) -> None:
        """Expand every open fan-out."""
        stop = asyncio.Event()
        planner = Planner(self.db, now=utc_now, on_planned=lambda: None)
        planning = asyncio.create_task(planner.run(stop))
        while await self._open_fanouts() and not planning.done():  # noqa: ASYNC110  # a row tells
            await asyncio.sleep(LOOK)
        stop.set()
        await planning

    async def send(self, alerts: int) -> Spent:
        """Send what waits, in a sender of its own, until `alerts` are sent and recorded."""
        metrics = Metrics()
        troubles: list[Trouble] = []

        async def note(trouble: Trouble) -> None:
            troubles.append(trouble)

        async with transport(self.stub) as to_stub:
            sender = Sender(
                self.db,
                to_stub,
                Pacer(self.rates, clock=CLOCK),
                owner="bench",
                now=utc_now,
                metrics=metrics,
                on_trouble=note,
            )
            sent = metrics.deliveries.labels(outcome="sent")._value
            settle()
            watch = Watch()
            running = asyncio.create_task(sender.run())
            while sent.get() < alerts:
                if troubles or running.done() or watch.spent(1).wall > PATIENCE:
                    await sender.stop(0.0)
                    raise RuntimeError(troubles[0].text if troubles else "the sender is stuck")
                await asyncio.sleep(LOOK)
            await sender.stop(5.0)
            spent = watch.spent(alerts)
            await running
        return spent

    async def body(self) -> dict[str, Any]:
        """What the last alert's request held, without its chat."""
        body: dict[str, Any] = orjson.loads((await self.stub.seen())["body"])
        del body["chat_id"]
        return body

    async def _open_fanouts(self) -> int:
        async with self.db.read() as connection:
            return await fanouts.open_count(connection)


@asynccontextmanager
async def transport(stub: Stub) -> AsyncIterator[Transport]:
    """The program's way to the stub."""
    request = HttpRequest()
    await request.initialize()
    try:
        yield Transport(request, TOKEN, api_root=stub.api_root)
    finally:
        await request.shutdown()


@asynccontextmanager
async def desk(
    where: Path | str, stub: Stub, readers: int, *, rates: Rates | None = None
) -> AsyncIterator[Desk]:
    """A new database with so many readers who follow everything, and one source."""
    async with temp_database(str(where)) as db:
        await seed_readers(db, readers)
        source = await add_source(db)
        chats = range(FIRST_CHAT, FIRST_CHAT + readers)
        yield Desk(db, stub, chats, source, rates or Rates.off())


async def seed_readers(
    db: Database, count: int, *, first: int = FIRST_CHAT, follow: str = "all", target: int = 0
) -> None:
    """So many private chats that follow something, by three statements."""
    if db.is_sqlite:
        numbers = (
            "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        )
    else:
        numbers = "WITH n(i) AS (SELECT generate_series(CAST(:first AS bigint), :last))"
    who = "telegram_id BETWEEN :first AND :last"
    given = {"first": first, "last": first + count - 1, "follow": follow, "target": target}
    statements = (
        "INSERT INTO chats (telegram_id, kind, title, language, met_at) "
        f"{numbers} SELECT i, 'private', '', 'en', 0 FROM n",
        "INSERT INTO destinations (chat_id, timezone, edits, created_at) "
        f"SELECT id, 'UTC', 'all', 0 FROM chats WHERE {who}",
        "INSERT INTO subscriptions (destination_id, follow, target_id, created_at) "
        "SELECT d.id, :follow, :target, 0 FROM destinations AS d "
        f"JOIN chats AS c ON c.id = d.chat_id WHERE c.{who} ORDER BY d.id",
    )
    async with db.write() as connection:
        for statement in statements:
            text = sa.text(statement)
            await connection.execute(text, {k: v for k, v in given.items() if f":{k}" in statement})
