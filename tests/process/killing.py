"""Kills at random instants while a broadcast, corrections and commands go on.

`kill_at_random` does it, sized for a test or for an hour. The long form, with figures::

    python -m tests.process.killing --chats 20000 --kills 200 [--postgres]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.nursery import Nursery, open_nursery
from tests.support.postgres import postgres_server
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.store import add_private_chats, add_source, temp_database
from tests.support.tally import PostgresRows, Rows, SqliteRows, Tally

ROLES = ("send", "send", "send", "poll", "plan", "chat")
WORDS = "the storm goes on, the harbour office says"
CORRECTED = "the storm is easing, the harbour office says"
FINISH_WITHIN = 900.0  # seconds


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What is to be gone through.

    Attributes:
        chats: private chats that follow everything.
        kills: of random processes, each started again at once.
        entries: new ones, spread over the kills.
        edits: corrections of entries already told.
        rate: messages a second, over all processes.
        pause: seconds between two kills, at least and at most.
        end_leases: let the leases of a killed process run out when it was counted what it had in
            flight, instead of waiting for it.
        seed: of the instants and the victims.
    """

    chats: int
    kills: int
    entries: int
    edits: int
    rate: int
    pause: tuple[float, float] = (0.1, 1.0)
    end_leases: bool = True
    seed: int = 0


@dataclass(slots=True)
class Survived:
    """What became of it; the counts of a run that is in order."""

    seconds: float = 0.0
    killed: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    edits: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    repeats: int = 0
    asked: int = 0
    answered: int = 0
    floods: int = 0
    peak: int = 0


class _Stage:
    """The processes, the page they watch, and the chats."""

    def __init__(
        self, ordeal: Ordeal, server: SandboxServer, relays: dict[str, Relay], rows: Rows
    ) -> None:
        self.ordeal = ordeal
        self.server = server
        self.relays = relays
        self.tally = Tally(server, rows)
        self.rows = rows
        self.chance = random.Random(ordeal.seed)
        self.survived = Survived()
        self.told: list[int] = []
        self.corrected: set[int] = set()
        self.asker = server.world.add_user("Asker")

    async def kill_one(self) -> None:
        name = self.chance.choice(sorted(self.relays))
        relay = self.relays[name]
        assert relay.process is not None
        owner = f"{os.uname().nodename}:{relay.process.pid}"
        await relay.kill()
        self.survived.killed[name] = self.survived.killed.get(name, 0) + 1
        if len(self.relays) == 1 or name.startswith("send"):
            await self.tally.killed(owner)
        if self.ordeal.end_leases and len(self.relays) > 1:
            for table in ("destinations", "sources"):
                await self.rows.fetch(
                    f"UPDATE {table} SET lease_until = 0 WHERE lease_owner = '{owner}'"
                )
        # One that is alone is to be killed at work, and not while it starts.
        await relay.start(until="connected" if len(self.relays) == 1 else "")

    async def at_work(self) -> None:
        """Wait until something is sent: to kill what has not begun yet would show little."""
        sent = self.server.counters.requests
        with suppress(AssertionError):  # nothing is left to send
            await eventually(lambda: self.server.counters.requests >= sent + 5, within=10.0)

    def publish(self, blog: LiveBlog) -> None:
        number = len(self.told) + 1
        self.told.append(number)
        blog.add(f"{6 + number // 60:02}:{number % 60:02}", f"Bulletin {number}: {WORDS}.")

    def correct(self, blog: LiveBlog) -> None:
        open_ = [number for number in self.told if number not in self.corrected]
        if open_:
            number = self.chance.choice(open_)
            self.corrected.add(number)
            before = f"Bulletin {number}: {WORDS}."
            blog.entries = [
                (clock, f"Bulletin {number}: {CORRECTED}." if text == before else text)
                for clock, text in blog.entries
            ]

    async def ask(self) -> None:
        chat = self.server.world.private_chat(self.asker)
        await self.server.say(self.asker, chat, "/help")
        self.survived.asked += 1

    async def count(self, query: str) -> int:
        return int((await self.rows.fetch(f"SELECT count(*) FROM {query}"))[0][0])

    async def until(self, check: Callable[[], object], query: str, wanted: int) -> None:
        """Wait until so many rows are there and the check holds."""
        deadline = time.monotonic() + FINISH_WITHIN
        while await self.count(query) != wanted or not check():
            assert time.monotonic() < deadline, f"{await self.count(query)} {query}, not {wanted}"
            self.tally.look()
            await asyncio.sleep(0.2)

    def shows(self, chat_id: int, number: int) -> bool:
        """Whether the chat shows the entry in its newest words."""
        words = CORRECTED if number in self.corrected else WORDS
        wanted = f"Bulletin {number}: {words}."
        return any(wanted in message.text for message in self.server.world.messages(chat_id))


async def kill_at_random(
    ordeal: Ordeal,
    relays: dict[str, Relay],
    rows: Rows,
    *,
    progress: Callable[[str], object] = str,
) -> Survived:
    """Run the ordeal on processes that are not started yet; what became of it.

    The relays' settings name the database; what they need further is set here.

    Raises:
        AssertionError: an entry was lost, came out of order, or came twice without having been in
            flight; or a correction did not reach a chat.
    """
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(SandboxServer(limits=Limits.off()))
        blog = await stack.enter_async_context(LiveBlog())
        server.faults.add(Fault(FaultKind.LATENCY, seconds=0.03, jitter=0.02))
        stage = _Stage(ordeal, server, relays, rows)
        people = server.world.add_bulk(ordeal.chats)
        for relay in relays.values():
            stack.push_async_callback(relay.kill)
            relay.api_root = server.api_root
            relay.settings |= {
                "PACING__GLOBAL_RATE": str(ordeal.rate),
                "PACING__PER_CHAT_RATE": "500",
            }
        blog.add("05:30", "The storm has reached the coast, the harbour office says.")
        blog.add("05:40", "The mayor's office asks people to stay at home.")
        address = next(iter(relays.values())).environment()["LIVERELAY_DATABASE__URL"]
        async with temp_database(address) as db:
            await add_source(db, blog.url, name="Bay News", adapter="timestamped", primed=False)
            await add_private_chats(db, ordeal.chats, first=people[0])
        for relay in relays.values():
            await relay.start(until="")
        await stage.until(lambda: True, "entries", 2)
        began = time.monotonic()
        for number in range(ordeal.kills):
            if number * ordeal.entries // ordeal.kills >= len(stage.told):
                stage.publish(blog)
            elif number * ordeal.edits // ordeal.kills >= len(stage.corrected):
                stage.correct(blog)
            if number % 5 == 0:
                await stage.ask()
            await stage.at_work()
            await asyncio.sleep(stage.chance.uniform(*ordeal.pause))
            await stage.kill_one()
            if number % 10 == 9:
                progress(f"{number + 1} kills, {server.counters.accepted} messages, {stage.tally}")
        while len(stage.told) < ordeal.entries:
            stage.publish(blog)
        await stage.until(lambda: True, "entries", 2 + ordeal.entries)
        await stage.until(
            lambda: all(stage.shows(people[-1], number) for number in stage.told),
            "deliveries WHERE state = 2",
            ordeal.chats * ordeal.entries,
        )
        ended = time.monotonic()
        for name, relay in relays.items():  # none has ended by itself
            dead = relay.process is None or relay.process.returncode is not None
            assert not dead, f"{name} has ended by itself:\n{''.join(relay.output[-40:])}"
        await stage.ask()
        chat = server.world.private_chat(stage.asker)
        await server.wait_for(chat, "/topic", timeout=60)
        senders = [relay for name, relay in relays.items() if name == "all" or "send" in name]
        given_up = sum([await relay.metric("possible_repeats_total") for relay in senders])
        stage.tally.verify(people, stage.told, given_up=given_up)
        old = [
            f"chat {chat_id} does not show {number} as it reads now"
            for chat_id in people
            for number in stage.told
            if not stage.shows(chat_id, number)
        ]
        assert not old, f"{len(old)}: {old[:5]}"
        survived = stage.survived
        survived.seconds = round(ended - began, 1)
        survived.messages = server.counters.accepted
        survived.edits = server.counters.edits
        survived.in_flight = sum(stage.tally.in_flight)
        survived.most_in_flight = max(stage.tally.in_flight, default=0)
        survived.repeats = stage.tally.repeats
        survived.answered = sum(m.from_bot for m in server.world.messages(chat))
        survived.floods = server.counters.floods
        survived.peak = server.counters.peak_per_second
        return survived


def one_process(folder: Path, nursery: Nursery) -> tuple[dict[str, Relay], Rows]:
    """One process that plays all roles, on SQLite."""
    relay = Relay(folder, "", nursery=nursery)
    return {"all": relay}, SqliteRows(relay.database)


def a_process_a_role(folder: Path, nursery: Nursery, address: str) -> tuple[dict[str, Relay], Rows]:
    """Three senders and one process for each other role, on PostgreSQL."""
    relays: dict[str, Relay] = {}
    for number, role in enumerate(ROLES):
        name = f"{role} {number}"
        (folder / name).mkdir()
        relays[name] = Relay(
            folder / name,
            "",
            {"DATABASE__URL": address},
            ("run", "--role", role),
            nursery=nursery,
        )
    return relays, PostgresRows(address)


async def _run(ordeal: Ordeal, postgres: str | None) -> Survived:
    with tempfile.TemporaryDirectory() as folder, open_nursery() as address:
        async with Nursery.at(address) as nursery:
            if postgres is None:
                relays, rows = one_process(Path(folder), nursery)
            else:
                relays, rows = a_process_a_role(Path(folder), nursery, postgres)
            return await kill_at_random(ordeal, relays, rows, progress=_say)


def _say(progress: str) -> None:
    sys.stderr.write(f"{progress}\n")


def main() -> None:
    """The long form; prints its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--chats", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--edits", type=int, default=5)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--postgres", action="store_true", help="with 3 senders, on PostgreSQL")
    given = vars(parser.parse_args())
    on_postgres = given.pop("postgres")
    ordeal = Ordeal(**given, end_leases=False)
    if on_postgres:
        with postgres_server() as server, server.fresh_database() as address:
            survived = asyncio.run(_run(ordeal, address))
    else:
        survived = asyncio.run(_run(ordeal, None))
    found = {"ordeal": asdict(ordeal), "survived": asdict(survived)}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
