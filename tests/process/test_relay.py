"""The whole program in a process of its own: pages in, alerts out, through restarts and crashes."""

from __future__ import annotations

import asyncio
import random
import re
import resource
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bot.delivery.turns import MOST_OPEN, most_unrecorded
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, Message, User
from tests.support.nursery import Nursery
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.seed import seed_subscribers
from tests.support.tally import SqliteRows, Tally

pytestmark = pytest.mark.process

TOPICS = """
[[topic]]
slug = "weather"
emoji = "🌧"
any = ["storm", "rain", "wind*"]
name = {en = "Weather"}

[[topic]]
slug = "transport"
emoji = "🚆"
any = ["train", "ferry", "road"]
name = {en = "Transport"}

[[topic]]
slug = "power"
emoji = "💡"
any = ["power", "electricity"]
name = {en = "Power"}
"""
FAST = {
    "PACING__GLOBAL_RATE": "1000",
    "PACING__PER_CHAT_RATE": "500",
    "PACING__GROUP_PER_MINUTE": "60000",
}


def _blog() -> LiveBlog:
    blog = LiveBlog()
    for clock, text in (
        ("06:00", "The storm has reached the coast, the harbour office says."),
        ("06:05", "A train stands still north of the town because of fallen trees."),
        ("06:11", "The power company counts 400 homes without electricity."),
        ("06:20", "The mayor's office asks people to stay at home."),
    ):
        blog.add(clock, text)
    return blog


def _settings(tmp_path: Path, **more: str) -> dict[str, str]:
    topics = tmp_path / "topics.toml"
    topics.write_text(TOPICS, encoding="utf-8")
    return {"TOPICS_FILE": str(topics)} | more


async def _add_source(server: SandboxServer, admin: User, url: str) -> Chat:
    chat = server.world.private_chat(admin)
    await server.say(admin, chat, f"/addsource {url} Bay News")
    preview = await server.wait_for(
        chat, lambda message: any("Watch it" in text for text in message.button_texts), timeout=15
    )
    await server.press(admin, preview, _button(preview, "Watch it"))
    return chat


def _alerts(server: SandboxServer, chat: Chat | int) -> list[str]:
    """The numbers of the entries a chat was sent, in order, repeats and all, merged or not."""
    return [
        number
        for message in server.world.messages(chat)
        if message.from_bot
        for number in re.findall(r"Bulletin (\d+)\b", message.text)
    ]


async def test_admin_adds_a_page_and_each_subscriber_gets_exactly_the_own_topics(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """From a pasted address to the right alerts in the right chats, in order, over a restart."""
    server, world = sandbox, sandbox.world
    admin = world.add_user("Desk")
    readers = {topic: world.add_user(topic) for topic in ("Weather", "Transport", "Power")}
    relay = Relay(tmp_path, server.api_root, _settings(tmp_path, ADMINS=str(admin.id), **FAST))
    async with _blog() as blog, relay:
        desk = await _add_source(server, admin, blog.url)
        await server.wait_for(desk, "Bay News")
        for topic, reader in readers.items():
            chat = world.private_chat(reader)
            await server.say(reader, chat, "/start")
            picker = await server.wait_for(chat, lambda message: bool(message.buttons))
            await server.press(reader, picker, _button(picker, topic))
            await eventually(partial(_is_ticked, picker, topic))
        await eventually(lambda: _count(relay.database, "entries") == 4)

        told: dict[str, list[str]] = {"Weather": [], "Transport": [], "Power": []}
        words = {"Weather": "storm", "Transport": "ferry", "Power": "power"}
        for number in range(1, 11):
            topic = list(told)[number % 3]
            told[topic].append(str(number))
            blog.add(
                f"07:{number:02}", f"Bulletin {number}: news of the {words[topic]}, officials say."
            )
            await asyncio.sleep(random.uniform(0.0, 0.4))
            if number == 5:
                assert await relay.stop() == 0
                await relay.start()
        for topic, reader in readers.items():
            chat = world.private_chat(reader)
            await eventually(partial(_has_alerts, server, chat, len(told[topic])))
        await asyncio.sleep(1.0)  # time for a repeat, if there were one
        got = {topic: _alerts(server, world.private_chat(r)) for topic, r in readers.items()}
        assert got == told
        assert await relay.stop() == 0


async def test_a_correction_and_a_withdrawal_reach_messages_already_sent(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """A reworded entry edits the sent message; one that vanishes is struck through in place."""
    server, world = sandbox, sandbox.world
    admin, reader = world.add_user("Desk"), world.add_user("Reader")
    relay = Relay(tmp_path, server.api_root, _settings(tmp_path, ADMINS=str(admin.id), **FAST))
    async with _blog() as blog, relay:
        await _add_source(server, admin, blog.url)
        chat = world.private_chat(reader)
        await server.say(reader, chat, "/subscribe all")
        await eventually(lambda: _count(relay.database, "entries") == 4)
        blog.add("07:01", "Bulletin 1: the ferry has 30 passengers on board, the port says.")
        blog.add("07:02", "Bulletin 2: the harbour bridge is said to have collapsed.")
        blog.add("07:03", "Bulletin 3: the wind is easing, the weather service says.")
        await eventually(lambda: len(_alerts(server, chat)) == 3)
        first = await server.wait_for(chat, "Bulletin 1")
        second = await server.wait_for(chat, "Bulletin 2")
        third = await server.wait_for(chat, "Bulletin 3")
        blog.entries[2] = ("07:01", "Bulletin 1: the ferry has 13 passengers on board, it says.")
        del blog.entries[1]
        await eventually(lambda: "13 passengers" in first.text)
        await eventually(
            lambda: any(entity["type"] == "strikethrough" for entity in second.entities), within=15
        )
        assert third.edited_at is None or third in (first, second)
        assert len(_alerts(server, chat)) == 3
        assert await relay.stop() == 0


async def test_ten_kills_in_a_broadcast_lose_nothing_and_repeat_only_what_was_in_flight(
    sandbox: SandboxServer, nursery: Nursery, tmp_path: Path
) -> None:
    """Killed at ten random instants of broadcasts to 500 chats: every chat has every entry."""
    people = list(sandbox.world.add_bulk(500))
    sandbox.faults.add(Fault(FaultKind.LATENCY, seconds=0.03, jitter=0.02))
    rate = 400
    settings = _settings(tmp_path, **FAST | {"PACING__GLOBAL_RATE": str(rate)})
    relay = Relay(tmp_path, sandbox.api_root, settings, nursery=nursery)
    tally = Tally(sandbox, SqliteRows(relay.database))
    async with _blog() as blog:
        await seed_subscribers(relay.database, people, url=blog.url, name="Bay News")
        await relay.start()
        await eventually(lambda: _count(relay.database, "entries") == 4)
        for number in range(1, 11):
            blog.add(f"07:{number:02}", f"Bulletin {number}: the storm goes on, officials say.")
            await asyncio.sleep(random.uniform(0.1, 1.5))
            await relay.kill()
            await tally.killed()
            await relay.start()
        await eventually(lambda: _count(relay.database, "entries") == 14)
        await eventually(lambda: _count(relay.database, "deliveries", "state = 2") == 5000)
        await relay.stop()
    tally.verify(people, range(1, 11))
    assert max(tally.in_flight) <= MOST_OPEN + most_unrecorded(rate), tally.in_flight


async def test_a_full_disk_loses_nothing_and_repeats_nothing(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """While nothing can be written nothing moves; with room again each entry arrives once."""
    reader = sandbox.world.add_user("Reader")
    chat = sandbox.world.private_chat(reader)
    relay = Relay(tmp_path, sandbox.api_root, _settings(tmp_path, **FAST))
    async with _blog() as blog:
        await seed_subscribers(relay.database, [reader.id], url=blog.url, name="Bay News")
        async with relay:
            await eventually(lambda: _count(relay.database, "entries") == 4)
            assert relay.process is not None
            pid = relay.process.pid
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, before[1]))
            for number in range(1, 4):
                blog.add(f"07:0{number}", f"Bulletin {number}: the storm goes on, officials say.")
            await relay.said("cannot store")
            assert not _alerts(sandbox, chat)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            await eventually(lambda: len(_alerts(sandbox, chat)) == 3)
            await asyncio.sleep(0.5)
            assert _alerts(sandbox, chat) == ["1", "2", "3"]
            assert await relay.stop() == 0


async def test_a_page_that_changes_its_format_is_not_told_again(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Clock times one minute, JSON-LD the next: only what is really new is sent."""
    reader = sandbox.world.add_user("Reader")
    chat = sandbox.world.private_chat(reader)
    relay = Relay(tmp_path, sandbox.api_root, _settings(tmp_path, **FAST))
    async with _blog() as blog:
        await seed_subscribers(relay.database, [reader.id], url=blog.url, name="Bay News")
        async with relay:
            await eventually(lambda: _count(relay.database, "entries") == 4)
            blog.add("07:01", "Bulletin 1: the first wave is over the quay, the port says.")
            await eventually(lambda: _alerts(sandbox, chat) == ["1"])
            blog.structured = True
            blog.add("07:02", "Bulletin 2: the wind is easing, the weather service says.")
            await eventually(lambda: len(_alerts(sandbox, chat)) == 2)
            blog.add("07:03", "Bulletin 3: the ferry sails again, the port says.")
            await eventually(lambda: len(_alerts(sandbox, chat)) == 3)
            blog.structured = False
            blog.add("07:04", "Bulletin 4: the mayor thanks the fire service.")
            await eventually(lambda: len(_alerts(sandbox, chat)) == 4)
            await asyncio.sleep(1.0)
            assert _alerts(sandbox, chat) == ["1", "2", "3", "4"]
            assert sandbox.counters.accepted == 4
            assert await relay.stop() == 0


async def test_half_a_page_and_no_page_are_waited_out(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """A page cut in the middle or gone for a while withdraws, rewords and repeats nothing."""
    reader = sandbox.world.add_user("Reader")
    chat = sandbox.world.private_chat(reader)
    relay = Relay(tmp_path, sandbox.api_root, _settings(tmp_path, **FAST))
    async with _blog() as blog:
        await seed_subscribers(relay.database, [reader.id], url=blog.url, name="Bay News")
        async with relay:
            await eventually(lambda: _count(relay.database, "entries") == 4)
            for number in range(1, 7):
                blog.add(f"07:0{number}", f"Bulletin {number}: the storm goes on, officials say.")
            await eventually(lambda: len(_alerts(sandbox, chat)) == 6)
            for blog.cut, blog.gone in ((0.5, False), (0.7, False), (1.0, True)):
                polled = blog.hits + 4
                await eventually(lambda: blog.hits >= polled)  # noqa: B023  # called in this round
            blog.gone = False
            blog.add("07:30", "Bulletin 7: the wind is easing, the weather service says.")
            await eventually(lambda: len(_alerts(sandbox, chat)) == 7)
            assert _alerts(sandbox, chat) == [str(number) for number in range(1, 8)]
            assert sandbox.counters.edits == 0
            assert _count(relay.database, "entries", "withdrawn OR revision > 1") == 0
            assert await relay.stop() == 0


def _is_ticked(picker: Message, topic: str) -> bool:
    return "✅" in _button(picker, topic)


def _has_alerts(server: SandboxServer, chat: Chat, number: int) -> bool:
    return len(_alerts(server, chat)) >= number


def _button(message: Message, words: str) -> str:
    return next(
        str(button["text"]) for row in message.buttons for button in row if words in button["text"]
    )


def _count(database: Path, table: str, where: str = "1") -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    return int(found[0])
