"""Planner and sender at work on a real database, against the sandbox's Bot API over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.delivery.pacer import Pacer, Rates
from bot.delivery.paid import PaidPolicy
from bot.delivery.planner import Planner
from bot.delivery.sender import LEASE, Sender
from bot.delivery.telegram import HttpRequest, Transport
from bot.delivery.trouble import Trouble
from bot.observe import Metrics
from bot.sandbox.server import SandboxServer
from bot.store import fanouts
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from tests.support.store import add_private_chats, state_counts, utc_now

_SEVERAL = re.compile(r"\b\d+ updates$")  # the heading of a merged message
_HEADLINE = re.compile(r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d  ")  # a line of a digest


@dataclass
class Relay:
    """What a test needs of a running delivery."""

    db: Database
    server: SandboxServer
    pacer: Pacer
    planner: Planner
    sender: Sender
    metrics: Metrics
    transport: Transport
    troubles: list[Trouble] = field(default_factory=list)
    running: asyncio.Task[None] | None = None

    def metric(self, name: str, **labels: str) -> float:
        """A counter's value."""
        found = self.metrics.registry.get_sample_value(f"liverelay_{name}_total", labels)
        return found or 0.0

    def texts(self, chat_id: int) -> list[str]:
        """The words of every entry a chat shows, oldest first, alone or merged with others."""
        return [
            said for message in self.server.world.messages(chat_id) for said in told(message.text)
        ]


def words(text: str) -> str:
    """An alert's own words, without header, title and footer."""
    return text.split("\n\n")[1] if "\n\n" in text else text


def told(text: str) -> list[str]:
    """The words of each entry in a message: one in an alert, several in a merged one or digest."""
    if not _SEVERAL.search(text.partition("\n")[0]):
        return [words(text)]
    found: list[str] = []
    for item in text.split("\n\n")[1:]:
        first, _, rest = item.partition("\n")
        if _HEADLINE.match(first):
            found += [_HEADLINE.sub("", line) for line in item.split("\n")]
        elif not item.startswith("#"):
            found.append(rest)
    return found


@asynccontextmanager
async def relaying(
    db: Database,
    server: SandboxServer,
    *,
    rates: Rates | None = None,
    paid: PaidPolicy | None = None,
    owner: str = "test",
    read_timeout: float = 5.0,
    grace: float = 5.0,
    lease: float = LEASE,
) -> AsyncIterator[Relay]:
    """A planner and a sender that run until the end of the block."""
    request = HttpRequest(read_timeout=read_timeout)
    await request.initialize()
    transport = Transport(request, server.token, api_root=server.api_root)
    pacer, metrics, troubles = Pacer(rates or Rates.off(), paid=paid), Metrics(), []

    async def on_trouble(trouble: Trouble) -> None:
        troubles.append(trouble)

    sender = Sender(
        db,
        transport,
        pacer,
        owner=owner,
        now=utc_now,
        metrics=metrics,
        on_trouble=on_trouble,
        lease=lease,
    )
    planner = Planner(db, now=utc_now, on_planned=sender.wake)
    stop = asyncio.Event()
    planning = asyncio.create_task(planner.run(stop))
    sending = asyncio.create_task(sender.run())
    relay = Relay(db, server, pacer, planner, sender, metrics, transport, troubles, sending)
    try:
        yield relay
    finally:
        stop.set()
        await planning
        if not sending.done():
            await sender.stop(grace)
        await asyncio.gather(sending, return_exceptions=True)
        await request.shutdown()


async def until(
    fact: Callable[[], bool] | Callable[[], Awaitable[bool]],
    seconds: float = 5.0,
) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while True:
            found = fact()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


async def plan(db: Database) -> None:
    """What was added waits for its chats: a sender finds all of it at once."""
    while True:
        async with db.write() as connection:
            if await fanouts.plan_chunk(connection, size=1_000, now=utc_now()) is None:
                return


async def readers(db: Database, server: SandboxServer, count: int) -> list[int]:
    """Private chats that follow everything; their ids."""
    ids = server.world.add_bulk(count)
    await add_private_chats(db, count, first=ids[0])
    return list(ids)


def all_sent(db: Database, count: int) -> Callable[[], Awaitable[bool]]:
    """Whether so many deliveries are recorded as sent, and none waits."""

    async def fact() -> bool:
        return await state_counts(db) == {State.SENT: count}

    return fact
