"""Starting and stopping the real program, rightly and wrongly."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.seed import seed_subscribers

pytestmark = [pytest.mark.process, pytest.mark.as_a_person]


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    """A Bot API server that sets no limits."""
    async with SandboxServer(limits=Limits.off()) as server:
        yield server


async def _refused(relay: Relay) -> str:
    """Start a process that must not start; its words."""
    await relay.start(until="")
    status = await relay.ended()
    said = "".join(relay.output)
    assert status == 2, said
    assert "Traceback" not in said
    return said


async def test_without_a_token_run_explains_how_to_get_one(tmp_path: Path) -> None:
    """No token: three steps to one, and the demo offered."""
    said = await _refused(Relay(tmp_path, "http://127.0.0.1:9", {"TELEGRAM__TOKEN": ""}))
    assert "@BotFather" in said
    assert "liverelay demo" in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"POLL__MIN_INTERVAL": "soon"}, "LIVERELAY_POLL__MIN_INTERVAL"),
        ({"POLL__MIN_INTERVALL": "3"}, "did you mean LIVERELAY_POLL__MIN_INTERVAL?"),
        ({"ADMINS": "me"}, "LIVERELAY_ADMINS"),
        ({"TIMEZONE": "Mars/Base"}, "LIVERELAY_TIMEZONE"),
        ({"TOPICS_FILE": "nowhere.toml"}, "nowhere.toml"),
        ({"DATABASE__URL": "mysql://x/y"}, "mysql"),
        ({"CONFIG": "nowhere.toml"}, "nowhere.toml"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    """One line, exit status 2, and the line names what is wrong."""
    said = await _refused(Relay(tmp_path, "http://127.0.0.1:9", settings))
    assert words in said
    assert len(said.strip().splitlines()) == 1, said


async def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    """Somebody else's file is neither used nor changed."""
    relay = Relay(tmp_path, "http://127.0.0.1:9")
    relay.database.write_text("a shopping list, not a database")
    assert "not a SQLite database" in await _refused(relay)
    assert relay.database.read_text() == "a shopping list, not a database"


async def test_a_database_of_a_newer_version_is_refused(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The schema of a newer LiveRelay is neither used nor changed."""
    relay = Relay(tmp_path, sandbox.api_root)
    async with relay:
        await relay.stop()
    with sqlite3.connect(relay.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer LiveRelay" in await _refused(relay)


async def test_a_wrong_token_ends_the_start_and_is_not_printed(tmp_path: Path) -> None:
    """Telegram's 401 becomes one sentence without the token in it."""
    async with SandboxServer(token="7000000001:the-right-one") as server:
        token = "7000000001:a-wrong-one-of-the-usual-length-12345"
        said = await _refused(Relay(tmp_path, server.api_root, {"TELEGRAM__TOKEN": token}))
    assert "@BotFather" in said
    assert token not in said


async def test_without_network_it_keeps_trying_and_says_so(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Telegram out of reach at the start: polling goes on, alerts follow when it is back."""
    reader = sandbox.world.add_user("Reader")
    chat = sandbox.world.private_chat(reader)
    relay = Relay(tmp_path, sandbox.api_root)
    async with LiveBlog() as blog:
        for minute in range(5):
            blog.add(f"06:0{minute}", f"Line {minute}: all is quiet at the harbour tonight.")
        await seed_subscribers(relay.database, [reader.id], url=blog.url, name="Bay")
        await sandbox.down()
        await relay.start(until="cannot be reached")
        await eventually(lambda: blog.hits >= 3)
        blog.add("06:30", "Bulletin 1: the first wave is over the quay.")
        await sandbox.up()
        await relay.said("connected")
        await sandbox.wait_for(chat, "Bulletin 1", timeout=20)
        assert await relay.stop() == 0


async def test_two_processes_on_one_file_the_second_leaves_with_one_line(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """One SQLite file serves one process; the second says which process has it."""
    async with Relay(tmp_path, sandbox.api_root) as first:
        assert first.process is not None
        said = await _refused(Relay(tmp_path, sandbox.api_root))
        assert f"process {first.process.pid}" in said
        assert len(said.strip().splitlines()) == 1
        assert await first.stop() == 0


async def test_two_instances_on_one_token_are_told_and_go_on(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Telegram's 409 becomes a clear line; neither process ends."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    async with Relay(one, sandbox.api_root) as first, Relay(two, sandbox.api_root) as second:
        said = asyncio.create_task(first.said("Stop the other", within=20))
        also = asyncio.create_task(second.said("Stop the other", within=20))
        done, waiting = await asyncio.wait({said, also}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        assert "409" in next(iter(done)).result()
        assert await first.stop() == 0
        assert await second.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_in_a_broadcast_stops_cleanly_and_nothing_is_lost_or_repeated(
    sandbox: SandboxServer, tmp_path: Path, number: signal.Signals
) -> None:
    """In-flight sends finish and are recorded; the next start sends exactly the rest."""
    people = list(sandbox.world.add_bulk(150))
    sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=0.2, methods=("sendMessage",)))
    relay = Relay(
        tmp_path,
        sandbox.api_root,
        {"PACING__GLOBAL_RATE": "100", "PACING__PER_CHAT_RATE": "500"},
    )
    async with LiveBlog() as blog:
        for minute in range(5):
            blog.add(f"06:0{minute}", f"Line {minute}: all is quiet at the harbour tonight.")
        await seed_subscribers(relay.database, people, url=blog.url, name="Bay")
        async with relay:
            await eventually(lambda: blog.hits >= 2)
            blog.add("06:30", "Bulletin 1: the first wave is over the quay.")
            await eventually(lambda: sandbox.counters.accepted >= 40)
            await relay.signal(number)
            assert await relay.ended() == 0
            assert "stopped; nothing is lost" in relay.output[-1]
            assert 40 <= sandbox.counters.accepted < 150
            await relay.start()
            await eventually(lambda: sandbox.counters.accepted >= 150)
            await asyncio.sleep(0.5)
            assert await relay.stop() == 0
    assert [len(sandbox.world.sends(person)) for person in people] == [1] * 150


async def test_a_second_signal_ends_at_once(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Whoever presses Ctrl-C twice does not wait for Telegram."""
    people = list(sandbox.world.add_bulk(3))
    sandbox.faults.add(Fault(FaultKind.HANG, seconds=60, methods=("sendMessage",)))
    relay = Relay(tmp_path, sandbox.api_root)
    async with LiveBlog() as blog:
        for minute in range(5):
            blog.add(f"06:0{minute}", f"Line {minute}: all is quiet at the harbour tonight.")
        await seed_subscribers(relay.database, people, url=blog.url, name="Bay")
        async with relay:
            await eventually(lambda: blog.hits >= 2)
            blog.add("06:30", "Bulletin 1: the first wave is over the quay.")
            await eventually(lambda: sandbox.counters.requests >= 5)
            await asyncio.sleep(1.0)
            await relay.signal(signal.SIGINT)
            await relay.said("stopping")
            before = time.monotonic()
            await relay.signal(signal.SIGINT)
            await relay.ended()
            assert time.monotonic() - before < 2.0


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
async def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    """A database that cannot be written stops the start with one line."""
    tmp_path.chmod(0o500)
    try:
        assert "cannot be written" in await _refused(Relay(tmp_path, "http://127.0.0.1:9"))
    finally:
        tmp_path.chmod(0o700)
