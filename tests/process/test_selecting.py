"""A page no format fits, read by an admin's selectors, through the real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay, eventually

pytestmark = pytest.mark.process

ODD = "<aside class='x9'><i>8 Jan 2026, {clock} UTC</i><span>{text}</span></aside>"
SELECTORS = ("--select", "entry=aside.x9", "--select", "time=i", "--select", "text=span")


async def test_an_odd_page_is_relayed_by_the_selectors_an_admin_gives(tmp_path: Path) -> None:
    """`sources add --select` beside the running process; new entries reach a subscriber."""
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog(template=ODD) as blog:
        reader = server.world.add_user("Reader")
        chat = server.world.private_chat(reader)
        blog.add("06:00", "The boats are in the harbour, all of them.")
        async with Relay(tmp_path, server.api_root) as relay:
            await server.say(reader, chat, "/subscribe all")
            added = await relay.command("sources", "add", blog.url, "--name", "Bay", *SELECTORS)
            assert "selectors that were given" in added
            polled = blog.hits + 2
            await eventually(lambda: blog.hits >= polled)
            blog.add("06:30", "Bulletin 1: the red boat has left for the race.")
            alert = await server.wait_for(chat, "Bulletin 1", timeout=40)
            assert "Bay" in alert.text
            assert "boats are in the harbour" not in alert.text
            assert await relay.stop() == 0


async def test_an_admin_gives_the_selectors_in_the_chat(tmp_path: Path) -> None:
    """/addsource with selectors: seen, confirmed, polled by them; a wrong one is told."""
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog(template=ODD) as blog:
        admin = server.world.add_user("Desk")
        desk = server.world.private_chat(admin)
        blog.add("06:00", "The boats are in the harbour, all of them.")
        settings = {"ADMINS": str(admin.id), "PACING__PER_CHAT_RATE": "100"}
        async with Relay(tmp_path, server.api_root, settings) as relay:
            await server.say(admin, desk, f"/addsource {blog.url} Bay entry=aside.none")
            await server.wait_for(desk, "(aside.none) chooses nothing", timeout=40)
            await server.say(
                admin, desk, f"/addsource {blog.url} Bay\nentry=aside.x9\ntime=i\nbody=span"
            )
            offer = await server.wait_for(desk, "Read as selectors", timeout=40)
            await server.press(admin, offer, "✅ Watch it")
            await eventually(lambda: "Watching Bay" in offer.text, within=40)
            await server.say(admin, desk, "/subscribe all")
            await server.wait_for(desk, "Everything", timeout=40)
            blog.add("06:30", "Bulletin 1: the red boat has left for the race.")
            alert = await server.wait_for(desk, "Bulletin 1", timeout=40)
            assert "Bay" in alert.text
            assert await relay.stop() == 0
