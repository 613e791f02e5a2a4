"""A watch, from the words somebody writes to the alert that holds them, in the real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay, eventually

pytestmark = pytest.mark.process

FAST = {"PACING__PER_CHAT_RATE": "100"}


async def test_who_watches_gets_what_matches_and_nothing_else(tmp_path: Path) -> None:
    """Another form of the word is found; after /unwatch nothing comes any more."""
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog() as blog:
        world = server.world
        reader, other = world.add_user("Reader"), world.add_user("Other")
        chat, others = world.private_chat(reader), world.private_chat(other)
        blog.add("06:00", "The boats are in the harbour, all of them.")
        blog.add("06:05", "A ferry was cancelled before anybody watched for it.")
        async with Relay(tmp_path, server.api_root, FAST) as relay:
            await relay.command("sources", "add", blog.url, "--name", "Bay")
            polled = blog.hits + 2
            await eventually(lambda: blog.hits >= polled)
            await server.say(reader, chat, "/watch ferry (cancelled or late) source:bay")
            offer = await server.wait_for(chat, "1 would have matched", timeout=40)
            await server.press(reader, offer, "✅ Watch for it")
            await eventually(lambda: "I watch for this here" in offer.text, within=40)
            await server.say(other, others, "/subscribe all")
            await server.wait_for(others, "Everything", timeout=40)

            blog.add("06:30", "Bulletin 1: the red boat has left for the race.")
            blog.add("06:31", "Bulletin 2: two FERRIES are late because of fog.")
            alert = await server.wait_for(chat, "Bulletin 2", timeout=40)
            assert "Bay" in alert.text
            await server.say(reader, chat, "/unwatch 1")
            await server.wait_for(chat, "I no longer watch for", timeout=40)
            blog.add("06:40", "Bulletin 3: another ferry is cancelled.")
            await server.wait_for(others, "Bulletin 3", timeout=40)
            assert await relay.stop() == 0
        said = "\n".join(message.text for message in world.messages(chat) if message.from_bot)
        assert "Bulletin 1" not in said
        assert "Bulletin 3" not in said
