"""What fails around the process: Telegram, the database, the machine. Nothing is lost by it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from tests.process.killing import a_process_a_role
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.store import add_private_chats, add_source, temp_database
from tests.support.tally import SqliteRows, Tally

pytestmark = pytest.mark.process

AWAY = float(os.environ.get("LIVERELAY_TEST_AWAY", "0"))  # seconds more that Telegram is down
FAST = {"PACING__GLOBAL_RATE": "1000", "PACING__PER_CHAT_RATE": "500"}


class Scene:
    """A process, the page it polls, and chats that follow everything."""

    def __init__(self, sandbox: SandboxServer, relays: list[Relay], tally: Tally) -> None:
        self.sandbox = sandbox
        self.relays = relays
        self.tally = tally
        self.blog = LiveBlog()
        self.people = range(0)
        self.told: list[int] = []

    async def open(self, chats: int) -> None:
        """Fill the database and start; what stands on the page is not told."""
        await self.blog.start()
        self.blog.add("05:30", "The storm has reached the coast, the harbour office says.")
        self.people = self.sandbox.world.add_bulk(chats)
        async with temp_database(self.relays[0].environment()["LIVERELAY_DATABASE__URL"]) as db:
            await add_source(
                db, self.blog.url, name="Bay News", adapter="timestamped", primed=False
            )
            await add_private_chats(db, chats, first=self.people[0])
        for relay in self.relays:
            relay.api_root = self.sandbox.api_root
            relay.settings |= FAST
            await relay.start(until="started")
        await self.rows("entries", 1)

    async def close(self) -> None:
        for relay in self.relays:
            await relay.kill()
            # Shown where the test fails.
            sys.stdout.write(f"{relay.folder.name}:\n{''.join(relay.output[-40:])}\n")
        await self.blog.stop()

    def publish(self) -> None:
        """A new entry."""
        self.told.append(len(self.told) + 1)
        number = self.told[-1]
        self.blog.add(f"07:{number:02}", f"Bulletin {number}: the storm goes on, officials say.")

    async def rows(self, table: str, wanted: int) -> None:
        """Wait for so many rows."""
        for _ in range(900):
            if (await self.tally.rows.fetch(f"SELECT count(*) FROM {table}"))[0][0] == wanted:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never {wanted} {table}")

    async def accepted(self, count: int) -> None:
        """Wait until so many messages were accepted."""
        await eventually(lambda: self.sandbox.counters.accepted >= count)

    async def all_told(self) -> None:
        """Wait until everything is recorded as told, and see that it was: once, in order."""
        await self.rows("deliveries WHERE state = 2", len(self.told) * len(self.people))
        self.tally.verify(self.people, self.told)


@pytest.fixture
async def scene(sandbox: SandboxServer, nursery: Nursery, tmp_path: Path) -> AsyncIterator[Scene]:
    """Not opened yet; on SQLite."""
    relay = Relay(tmp_path, "", nursery=nursery)
    made = Scene(sandbox, [relay], Tally(sandbox, SqliteRows(relay.database)))
    yield made
    await made.close()


@pytest.fixture
async def several(
    sandbox: SandboxServer, nursery: Nursery, postgres: PostgresServer, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Not opened yet; a process for each role and three senders."""
    with postgres.database() as address:
        relays, rows = a_process_a_role(tmp_path, nursery, address)
        made = Scene(sandbox, list(relays.values()), Tally(sandbox, rows))
        yield made
        await made.close()


# Telegram


async def test_telegram_is_down_for_a_while(scene: Scene) -> None:
    """Alerts wait, entries are still noticed, and when it is back each chat has each, once."""
    scene.sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=0.1))
    await scene.open(300)
    scene.publish()
    await scene.accepted(50)
    await scene.sandbox.down()
    await scene.tally.killed()  # of these Telegram's acceptance was not heard
    scene.publish()
    await scene.rows("deliveries", 600)
    await asyncio.sleep(AWAY)
    await scene.sandbox.up()
    await scene.all_told()


async def test_telegram_takes_five_seconds_for_each_answer(scene: Scene) -> None:
    """Slow is not broken: many wait at a time, nothing is sent twice."""
    scene.sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=5.0, methods=("sendMessage",)))
    await scene.open(150)
    scene.publish()
    await scene.all_told()
    assert scene.sandbox.counters.accepted == 150


async def test_a_proxy_answers_with_pages_of_html(scene: Scene) -> None:
    """502 means that Telegram did not get it: it is tried again, and nothing comes twice."""
    await scene.open(100)
    scene.sandbox.faults.add(
        Fault(FaultKind.STATUS, status=502, times=60, methods=("sendMessage",))
    )
    scene.publish()
    await scene.all_told()
    assert scene.sandbox.counters.accepted == 100


async def test_connections_break_after_the_message_was_accepted(scene: Scene) -> None:
    """Nobody can know: those and only those may come twice, and they are counted."""
    await scene.open(100)
    scene.sandbox.faults.add(Fault(FaultKind.DROP, times=10, methods=("sendMessage",)))
    scene.publish()
    await scene.rows("deliveries WHERE state = 2", 100)
    got = Counter(message.chat_id for message in scene.sandbox.world.accepted)
    assert sorted(got.values()) == [1] * 90 + [2] * 10
    assert await scene.relays[0].metric("possible_repeats_total") == 10


# The database


async def test_the_database_is_locked_while_it_is_backed_up(scene: Scene, tmp_path: Path) -> None:
    """A backup runs, and another program holds the write lock: all waits, then goes on."""
    await scene.open(200)
    scene.publish()
    await scene.accepted(1)
    copy = tmp_path / "copy.sqlite3"
    database = scene.relays[0].database
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        scene.publish()
        copying = asyncio.create_task(scene.relays[0].command("backup", str(copy)))
        await scene.relays[0].said("paused")  # the lock was held for longer than is waited for
        other.execute("ROLLBACK")
    assert str(copy) in await copying
    await scene.relays[0].said("sending goes on")
    await scene.all_told()
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("SELECT count(*) FROM destinations").fetchone() == (200,)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_the_disk_is_full(sandbox: SandboxServer, nursery: Nursery, small_disk: Path) -> None:
    """Everything waits and says so once; with room again each entry comes once, in order."""
    relay = Relay(small_disk, "", nursery=nursery)
    scene = Scene(sandbox, [relay], Tally(sandbox, SqliteRows(relay.database)))
    try:
        await scene.open(100)
        filler = small_disk / "filler"
        _fill(filler)
        scene.publish()
        await relay.said("cannot store")
        scene.publish()
        filler.unlink()
        await scene.all_told()
    finally:
        await scene.close()


def _fill(path: Path) -> None:
    """Leave no byte free."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


async def test_postgresql_is_restarted_under_load(several: Scene, postgres: PostgresServer) -> None:
    """Connections break in the middle of everything; each process finds its way back."""
    several.sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=0.05))
    await several.open(600)
    several.publish()
    await several.accepted(100)
    await asyncio.to_thread(postgres.stop)
    # What was answered meanwhile waits to be recorded; no sender has died of it.
    several.publish()
    await asyncio.to_thread(postgres.start)
    await several.all_told()
    assert several.sandbox.counters.accepted <= 1_200
    assert all(one.process and one.process.returncode is None for one in several.relays)


# The machine


async def test_a_process_that_slept_does_not_stampede(scene: Scene) -> None:
    """Stopped and woken up: one poll for all that were missed, and nothing sent twice."""
    scene.sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=0.5))
    scene.relays[0].settings |= {"DELIVERY__LEASE": "7"}
    await scene.open(150)
    scene.publish()
    await scene.accepted(20)
    await scene.relays[0].signal(signal.SIGSTOP)
    await asyncio.sleep(7.5)  # longer than its leases last, and twenty polls
    scene.publish()
    before = scene.blog.hits
    await scene.relays[0].signal(signal.SIGCONT)
    await scene.rows("entries", 3)
    assert scene.blog.hits - before <= 2
    await scene.all_told()
    assert scene.tally.repeats == 0
