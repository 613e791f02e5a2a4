"""The pinned message of a live blog."""

from __future__ import annotations

from bot.delivery.pinned import render_pinned
from bot.delivery.utf16 import utf16_length
from bot.model import SourceState
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Message
from bot.store import columns, schema
from bot.store.engine import Database
from tests.delivery.entries import entry
from tests.support.relaying import Relay, all_sent, readers, relaying, until
from tests.support.store import add_entries, add_source, withdraw


async def pinning(db: Database, server: SandboxServer) -> int:
    """A reader who wants pins; the chat's id."""
    [chat] = await readers(db, server, 1)
    async with db.write() as connection:
        await connection.execute(schema.destinations.update().values(pins=True))
    return chat


async def keep(relay: Relay) -> None:
    """As the timed job does it."""
    await relay.sender.keep_pins()


def pinned(server: SandboxServer, chat: int) -> list[Message]:
    """The bot's messages that list key events."""
    return [m for m in server.world.messages(chat) if m.text.startswith("📌")]


def test_the_newest_key_events_are_kept_where_not_all_fit() -> None:
    """What is left out is counted; the message stays within Telegram's limit."""
    key_events = [entry(n, title=f"Report {n}: " + "the tide rises " * 10) for n in range(60)]
    out = render_pinned("Harbour Gazette", key_events, ended=False)
    assert utf16_length(out.text) <= 4096
    assert len(out.entities) <= 100
    assert "Report 59" in out.text
    assert "Report 0:" not in out.text
    assert "earlier ones are left out." in out.text


def test_the_end_of_coverage_is_said() -> None:
    """The heading of a closed list tells so."""
    out = render_pinned("Harbour Gazette", [entry(1)], ended=True)
    assert out.text == "📌 Harbour Gazette · key events, coverage has ended\n\n12:01  Report 1"


async def test_key_events_are_listed_in_one_message_that_grows_and_is_closed(
    db: Database, server: SandboxServer
) -> None:
    """Made with the first, edited with the next and with a withdrawal, closed at the end."""
    chat = await pinning(db, server)
    source = await add_source(db)
    async with relaying(db, server) as relay:
        await add_entries(db, source, ["The storm begins"], key_event=True)
        await add_entries(db, source, ["An ordinary entry"])
        relay.planner.wake()
        await until(all_sent(db, 2))
        await keep(relay)
        [message] = pinned(server, chat)
        assert "The storm begins" in message.text
        assert "ordinary" not in message.text
        assert server.world.chat(chat).pinned == [message.id]  # type: ignore[union-attr]  # it exists
        await add_entries(db, source, ["The barrier is closed"], key_event=True)
        relay.planner.wake()
        await until(all_sent(db, 3))
        await keep(relay)
        assert "The barrier is closed" in message.text
        await withdraw(db, source, "The storm begins")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 3))
        await keep(relay)
        assert "The storm begins" not in message.text
        async with db.write() as connection:
            await connection.execute(schema.sources.update().values(state=SourceState.ENDED))
        await keep(relay)
        assert "coverage has ended" in message.text
        assert len(pinned(server, chat)) == 1
        edits = server.counters.edits
        await keep(relay)
        assert server.counters.edits == edits


async def test_a_chat_that_did_not_ask_gets_no_list(db: Database, server: SandboxServer) -> None:
    """Pins are off by default."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    async with relaying(db, server) as relay:
        await add_entries(db, source, ["The storm begins"], key_event=True)
        relay.planner.wake()
        await until(all_sent(db, 1))
        await keep(relay)
    assert pinned(server, chat) == []


async def test_a_list_that_a_reader_took_away_does_not_come_back(
    db: Database, server: SandboxServer
) -> None:
    """The chat showed that it does not want it."""
    chat = await pinning(db, server)
    source = await add_source(db)
    async with relaying(db, server) as relay:
        await add_entries(db, source, ["The storm begins"], key_event=True)
        relay.planner.wake()
        await until(all_sent(db, 1))
        await keep(relay)
        pinned(server, chat)[0].deleted_at = 1.0
        await add_entries(db, source, ["The barrier is closed"], key_event=True)
        relay.planner.wake()
        await until(all_sent(db, 2))
        await keep(relay)
        await keep(relay)
    assert pinned(server, chat) == []


async def test_a_failed_try_is_made_up_for(db: Database, server: SandboxServer) -> None:
    """When Telegram is away at that moment, the list comes later, once."""
    chat = await pinning(db, server)
    source = await add_source(db)
    async with relaying(db, server) as relay:
        await add_entries(db, source, ["The storm begins"], key_event=True)
        relay.planner.wake()
        await until(all_sent(db, 1))
        server.faults.add(Fault(FaultKind.STATUS, times=1))
        await keep(relay)
        assert pinned(server, chat) == []
        async with db.write() as connection:
            await connection.execute(schema.stories.update().values(due_at=columns.NEVER))
        await keep(relay)
    assert len(pinned(server, chat)) == 1
