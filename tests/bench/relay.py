"""The whole program as a process, with a million destinations: how soon, how responsive, how large.

While the fan-out of one live blog's entry to a million chats is being planned, another live blog
publishes and somebody writes commands; afterwards many sources are polled on and on. The process's
memory is looked at all the time.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.model import ChatKind
from bot.store import fanouts, sources
from bot.store.engine import Database, open_database
from tests.bench.figures import Options, Row, percentile, resident
from tests.bench.rig import seed_readers, words
from tests.bench.stub_process import TOKEN, Stub, stub
from tests.support.relay import LiveBlog, Relay
from tests.support.store import FIRST_CHAT, add_chat, add_source, temp_database, utc_now

DESTINATIONS = 1_000_000
FEW = 200  # readers of the second live blog
INTERVAL = 0.2  # seconds between polls
RATE = 1_000.0  # messages a second
ENTRIES, ALL_ENTRIES = 5, 20  # of the large live blog, one after the other
PLANNED_WITHIN = 12.0  # seconds one of its fan-outs is waited for
BETWEEN = 0.35  # seconds between two entries of the small live blog; no multiple of the interval
POLLS, ALL_POLLS = 2_000, 10_000
POLLED_WITHIN, ALL_POLLED_WITHIN = 60.0, 600.0  # seconds
SOURCES = 30  # live blogs that are polled meanwhile
STARTED_WITHIN = 120.0  # seconds, on a busy machine
SAMPLE = 0.5  # seconds between two looks at the memory
LOOK = 0.02  # seconds between two looks at what arrived
ANSWER_WITHIN = 10.0  # seconds a command's answer or an alert is waited for

MEMORY_GOAL = 150.0  # megabytes
GROWTH_GOAL = 1.05  # the last fifth of the polls against the second
COMMAND_GOAL = 0.2  # seconds
SEEN_GOAL = INTERVAL / 2 + 0.15  # seconds

# Who writes commands, in turn: one alone would wait for the second between two of its messages.
_ASKING = range(FIRST_CHAT - 10, FIRST_CHAT)
_COMMANDS = ("/status", "/importance key", "/latest", "/importance all")  # every other one writes
_FEW_FIRST = FIRST_CHAT + DESTINATIONS


@dataclass
class _Measured:
    large: list[float] = field(default_factory=list)  # seconds from publishing to the first alert
    small: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)  # (seconds, megabytes)
    polls: list[tuple[float, float]] = field(default_factory=list)  # (polls, megabytes)
    planning: list[float] = field(default_factory=list)  # seconds each large fan-out took
    unanswered: int = 0


async def rows(options: Options) -> list[Row]:
    """Latencies while planning, and memory over time."""
    folder = options.folder
    async with stub() as server, LiveBlog(structured=True) as large, LiveBlog() as small:
        small.structured = True
        blogs = [await LiveBlog(structured=True).start() for _ in range(SOURCES)]
        try:
            await _seed(folder / "relay.sqlite3", large, small, blogs)
            db = await open_database(str(folder / "relay.sqlite3"))
            try:
                run = _Run(server, large, small, blogs, db)
                return _told(await run.measured(full=options.full), full=options.full)
            finally:
                await db.close()
        finally:
            for blog in blogs:
                await blog.stop()


async def _seed(path: Path, large: LiveBlog, small: LiveBlog, blogs: list[LiveBlog]) -> None:
    """A million follow the large live blog, some the small one, nobody the others."""
    async with temp_database(str(path)) as db:
        first = await add_source(db, large.url, name="Large")
        second = await add_source(db, small.url, name="Small")
        for number, blog in enumerate(blogs):
            other = await add_source(db, blog.url, name=f"Other {number}")
            async with db.write() as connection:
                await sources.pause(connection, other)  # until it is their turn
        await seed_readers(db, DESTINATIONS, follow="source", target=first)
        await seed_readers(db, FEW, first=_FEW_FIRST, follow="source", target=second)
        for chat in _ASKING:
            await add_chat(db, chat, kind=ChatKind.PRIVATE, follow=None)


class _Run:
    """One life of the process."""

    def __init__(
        self, server: Stub, large: LiveBlog, small: LiveBlog, blogs: list[LiveBlog], db: Database
    ) -> None:
        assert db.path is not None
        self._server = server
        self._large = large
        self._small = small
        self._blogs = blogs
        self._db = db
        self._marks = 0
        self._said = 0
        self._measured = _Measured()
        self._relay = Relay(
            db.path.parent,
            server.api_root,
            {
                "TELEGRAM__TOKEN": TOKEN,
                "POLL__MIN_INTERVAL": str(INTERVAL),
                "POLL__MAX_INTERVAL": str(INTERVAL),
                "PACING__GLOBAL_RATE": str(RATE),
                "LOG__LEVEL": "info",
            },
        )
        self._web = httpx.AsyncClient(timeout=30.0)

    async def measured(self, *, full: bool) -> _Measured:
        """Live, and measure."""
        await self._server.reset(latency=0.04, watch=_ASKING)
        async with self._web, self._running():
            started = await self._relay.said("started", STARTED_WITHIN)
            await self._relay.said("connected", STARTED_WITHIN)
            found = re.search(r"web=\W*(http://[\d.:]+)", started)
            assert found is not None, started
            self._address = found[1]
            looking = asyncio.create_task(self._look())
            try:
                for _ in range(ALL_ENTRIES if full else ENTRIES):
                    await self._one_large_entry()
                await self._poll_on(full=full)
            finally:
                looking.cancel()
            await self._relay.stop()
        return self._measured

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """The process, ended in any case."""
        await self._relay.start(until="")
        try:
            yield
        finally:
            await self._relay.kill()

    async def _look(self) -> None:
        """Note the memory as time goes by."""
        began = time.monotonic()
        assert self._relay.process is not None
        while True:
            now = time.monotonic() - began
            self._measured.memory.append((now, resident(self._relay.process.pid)))
            await asyncio.sleep(SAMPLE)

    async def _one_large_entry(self) -> None:
        """Publish for the million; until that is planned, publish for the few and ask."""
        mark, at = self._publish(self._large)
        first = asyncio.create_task(self._first_alert(mark, at, self._measured.large))
        while not await self._open_fanouts():
            if time.monotonic() - at > ANSWER_WITHIN:
                raise RuntimeError("the large live blog's entry was not noticed")
            await asyncio.sleep(0.02)
        waiting = [first]
        while await self._open_fanouts() and time.monotonic() - at < PLANNED_WITHIN:
            mark, published = self._publish(self._small)
            waiting.append(
                asyncio.create_task(self._first_alert(mark, published, self._measured.small))
            )
            await self._ask()
            await asyncio.sleep(BETWEEN)
        self._measured.planning.append(time.monotonic() - at)
        await asyncio.gather(*waiting)

    async def _poll_on(self, *, full: bool) -> None:
        """Let all sources be polled, each changing now and then."""
        wanted = ALL_POLLS if full else POLLS
        await self._resume_others()
        began, start = time.monotonic(), await self._metric("liverelay_polls_total")
        longest = ALL_POLLED_WITHIN if full else POLLED_WITHIN
        changes = 0
        while time.monotonic() - began < longest:
            self._publish(self._blogs[changes % SOURCES])
            changes += 1
            done = await self._metric("liverelay_polls_total") - start
            self._measured.polls.append((done, self._measured.memory[-1][1]))
            if done >= wanted:
                return
            await asyncio.sleep(0.2)

    async def _resume_others(self) -> None:
        async with self._db.write() as connection:
            for source in await sources.listed(connection):
                await sources.resume(connection, source.id, utc_now())

    def _publish(self, blog: LiveBlog) -> tuple[int, float]:
        """A new entry on a page; its mark and the moment."""
        self._marks += 1
        minute = self._marks % 1440
        blog.add(f"{minute // 60:02}:{minute % 60:02}", words(self._marks))
        del blog.entries[150:]
        return self._marks, time.monotonic()

    async def _first_alert(self, mark: int, at: float, into: list[float]) -> None:
        """Note how long it took until somebody had an entry."""

        def here(seen: dict[str, Any]) -> float | None:
            found: float | None = seen["first_of"].get(str(mark))
            return found

        arrived = await self._seen(here)
        if arrived is None:
            self._measured.unanswered += 1
        into.append(ANSWER_WITHIN if arrived is None else arrived - at)

    async def _ask(self) -> None:
        """Write a command, and note how long its answer took."""
        self._said += 1
        text = _COMMANDS[self._said % len(_COMMANDS)]
        number = len((await self._server.brief())["told"])
        await self._server.say(_update(self._said, text))

        def answered(seen: dict[str, Any]) -> float | None:
            if len(seen["told"]) <= number:
                return None
            told = seen["told"][number]
            return next((at - told for _, at, _ in seen["log"] if at > told), None)

        took = await self._seen(answered)
        if took is None:
            self._measured.unanswered += 1
        self._measured.commands.append(ANSWER_WITHIN if took is None else took)

    async def _seen(self, fact: Callable[[dict[str, Any]], float | None]) -> float | None:
        """What the stub saw, as soon as it is there; None if it does not come."""
        deadline = time.monotonic() + ANSWER_WITHIN
        while time.monotonic() < deadline:
            found = fact(await self._server.brief())
            if found is not None:
                return found
            await asyncio.sleep(LOOK)
        return None

    async def _open_fanouts(self) -> int:
        # From the file: asking the process would have it count what waits, millions of rows.
        async with self._db.read() as connection:
            return await fanouts.open_count(connection)

    async def _metric(self, name: str) -> float:
        text = (await self._web.get(f"{self._address}/metrics")).text
        return sum(
            float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)
        )


def _update(number: int, text: str) -> dict[str, Any]:
    """A private message with a command."""
    person = {"id": _ASKING[number % len(_ASKING)], "first_name": "Reader"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": int(time.time()),
            "from": person | {"is_bot": False, "language_code": "en"},
            "chat": person | {"type": "private"},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}],
        },
    }


def _told(found: _Measured, *, full: bool) -> list[Row]:
    small, large = percentile(found.small, 0.95), percentile(found.large, 0.95)
    slowest = max(found.commands)
    most = max(megabytes for _, megabytes in found.memory)
    fifth = max(1, len(found.polls) // 5)
    second = [megabytes for _, megabytes in found.polls[fifth : 2 * fifth]] or [most]
    last = [megabytes for _, megabytes in found.polls[-fifth:]]
    growth = (sum(last) / len(last)) / (sum(second) / len(second))
    polls = found.polls[-1][0]
    while_planning = f"while a fan-out to {DESTINATIONS:,} is planned"
    return [
        Row(
            f"publish → first alert, p95, {while_planning}",
            f"poll interval {INTERVAL} s",
            f"{large:.2f} s; median {percentile(found.large, 0.5):.2f} s of {len(found.large)}",
            goal=f"≤ {SEEN_GOAL:.2f} s",
            met=large <= SEEN_GOAL,
            data={"seconds": found.large},
        ),
        Row(
            "the same of another live blog, which waits behind that one's chats, p95",
            f"poll interval {INTERVAL} s",
            f"{small:.2f} s; median {percentile(found.small, 0.5):.2f} s of {len(found.small)}",
            data={"seconds": found.small},
        ),
        Row(
            f"a command's answer, slowest, {while_planning}",
            "",
            f"{slowest * 1e3:.0f} ms of {len(found.commands)}; "
            f"median {percentile(found.commands, 0.5) * 1e3:.0f} ms",
            goal=f"< {COMMAND_GOAL * 1e3:.0f} ms",
            met=slowest < COMMAND_GOAL,
            data={"commands": found.commands, "unanswered": found.unanswered},
        ),
        Row(
            f"memory with {DESTINATIONS:,} destinations, at most",
            "",
            f"{most:.0f} MB",
            goal=f"≤ {MEMORY_GOAL:.0f} MB",
            met=most <= MEMORY_GOAL,
            data={"over_time": found.memory, "planning": found.planning},
        ),
        Row(
            f"memory over {polls:,.0f} polls",
            f"in the second fifth of them: {sum(second) / len(second):.1f} MB",
            f"in the last: {sum(last) / len(last):.1f} MB",
            growth,
            f"≤ {GROWTH_GOAL}",
            growth <= GROWTH_GOAL and polls >= (ALL_POLLS if full else POLLS),
            {"over_polls": found.polls},
        ),
    ]
