"""The same news of two live blogs reach a chat once, and name both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.delivery.pieces import AlertContext
from bot.delivery.render import render_alert
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database
from tests.delivery.entries import entry
from tests.store.rows import commit, new
from tests.support.relaying import Relay, all_sent, readers, relaying, until
from tests.support.store import add_entries, add_source, revise, withdraw

FLASH = "The harbour of Norwick is closed after 14 ships lost their anchors, port authority says"


@asynccontextmanager
async def _told_twice(db: Database, server: SandboxServer) -> AsyncIterator[tuple[Relay, int, int]]:
    """While a relay runs: it, a chat that was sent `FLASH` before another source had it too, and
    the first source's id.
    """
    [chat] = await readers(db, server, 1)
    gazette = await add_source(db)
    courier = await add_source(db, "https://courier.example/live", name="Hill Courier")
    (first,) = await add_entries(db, gazette, [FLASH])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        await commit(db, courier, new("again", FLASH), same_as={"again": first})
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        yield relay, chat, gazette


async def test_the_message_that_was_sent_names_the_second_source(
    db: Database, server: SandboxServer
) -> None:
    """No second message comes; the first says "also" and links to the other, not "updated"."""
    async with _told_twice(db, server) as (_, chat, _):
        [message] = server.world.messages(chat)
        assert "also: Hill Courier" in message.text
        assert "updated" not in message.text


async def test_when_the_first_is_withdrawn_the_second_comes(
    db: Database, server: SandboxServer
) -> None:
    """The chat is told once more, by the newsroom that stands by it; not again if both do."""
    async with _told_twice(db, server) as (relay, chat, gazette):
        await withdraw(db, gazette, FLASH)
        relay.planner.wake()
        await until(all_sent(db, 2))
        old, alert = server.world.messages(chat)
        assert "Withdrawn" in old.text
        assert "also" not in old.text
        assert alert.text.startswith("📰 Hill Courier")
        assert FLASH in alert.text
        await revise(db, gazette, FLASH, FLASH)
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 3)
        old, alert = server.world.messages(chat)
        assert "Withdrawn" not in old.text
        assert "also: Hill Courier" in old.text
        assert alert.text.startswith("📰 Hill Courier")


@pytest.mark.parametrize("style", ["full", "compact", "plain"])
def test_every_style_names_the_others(style: str) -> None:
    """At most three, those that can be seen, each a link where it has an address."""
    courier = "https://courier.example/1"
    also = (("Courier", courier), ("\u200b", ""), ("Herald", ""), ("Courier", courier))
    context = AlertContext("Gazette", (), also)
    (out,) = render_alert(entry(1), context, style=style)
    (line,) = (line for line in out.text.splitlines() if "also:" in line)
    assert "Courier" in line
    assert "Herald" in line
    assert line.count("Courier") == 1
