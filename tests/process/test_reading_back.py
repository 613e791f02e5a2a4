"""The whole program in a process of its own: what was relayed is found, summed up and shared."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay, eventually

pytestmark = pytest.mark.process


class LiveBlogOfToday(LiveBlog):
    """A live blog whose entries are some minutes old."""

    written = datetime.now(UTC) - timedelta(minutes=5)

    def page(self) -> str:
        """The page, of today."""
        return super().page().replace("2026-01-08", f"{self.written:%Y-%m-%d}")


def stored(database: Path) -> int:
    """How many entries are in the file."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])


async def test_search_catch_up_timeline_and_inline(tmp_path: Path) -> None:
    """Words are found with a page to turn, the picture arrives as a photo, inline as entries."""
    blog = LiveBlogOfToday(structured=True)
    for number in range(8):
        blog.add(f"{blog.written:%H:%M}", f"Bulletin {number}: the flood barrier is closed.")
    async with await SandboxServer(limits=Limits.off()).start() as server, blog:
        reader = server.world.add_user("Reader")
        chat = server.world.private_chat(reader)
        async with Relay(tmp_path, server.api_root) as relay:
            await relay.command("sources", "add", blog.url, "--name", "Bay News")

            await eventually(lambda: stored(relay.database) == 8)
            await asyncio.sleep(1.1)  # a catch-up goes up to the last whole second
            asked = await server.say(reader, chat, '/search "flood barrier" source:bay 2h')
            found = await server.wait_for(chat, "8 entries", timeout=15, after=asked)
            await server.press(reader, found, "More »")
            await eventually(lambda: "page 2 of 2" in found.text)

            asked = await server.say(reader, chat, "/catchup 2h")
            told = await server.wait_for(chat, "Bay News", timeout=15, after=asked)
            assert "Bulletin 7" in told.text

            asked = await server.say(reader, chat, "/timeline 2h")
            shown = await server.wait_for(chat, "8 entries", timeout=15, after=asked)
            assert shown.photo is not None
            assert shown.photo["type"] == "image/png"

            query = server.world.ask_inline(reader, "barrier topic:nothing")
            assert (await server.world.answer_of(query, 15))["results"] == []
            query = server.world.ask_inline(reader, "barrier")
            offered = await server.world.answer_of(query, 15)
            assert len(offered["results"]) == 8
            assert "Bay News" in offered["results"][0]["input_message_content"]["message_text"]
            assert await relay.stop() == 0
