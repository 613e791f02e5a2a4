"""Corrections and withdrawals reach the messages that were sent."""

from __future__ import annotations

import asyncio

import pytest

from bot.model import Media
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database
from tests.support.relaying import all_sent, readers, relaying, until, words
from tests.support.store import (
    add_chat,
    add_entries,
    add_source,
    delivery_rows,
    revise,
    withdraw,
)

PHOTO = Media("photo", "https://news.example/harbour.jpg")


async def test_a_correction_changes_the_message(db: Database, server: SandboxServer) -> None:
    """The message shows the new words; no second message comes."""
    ids = await readers(db, server, 3)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 3))
        await revise(db, source, "One", "One, corrected")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 3)
        assert [relay.texts(chat) for chat in ids] == [["One, corrected"]] * 3
        assert "updated" in server.world.messages(ids[0])[0].text
        await until(all_sent(db, 3))


async def test_a_withdrawal_strikes_the_message_through(
    db: Database, server: SandboxServer
) -> None:
    """The message stays, marked as withdrawn and struck through."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        await withdraw(db, source, "One")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        [message] = server.world.messages(chat)
        assert "Withdrawn" in message.text
        assert "strikethrough" in {entity["type"] for entity in message.entities}


async def test_an_entry_corrected_while_it_is_sent_is_corrected_in_the_chat(
    db: Database, server: SandboxServer
) -> None:
    """A revision that arrives between claim and record is not missed."""
    [chat] = await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.LATENCY, seconds=0.4, methods=("sendMessage",)))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(lambda: server.faults.listing()[1].hits == 1)
        await revise(db, source, "One", "One, corrected")
        relay.planner.wake()
        await until(lambda: relay.texts(chat) == ["One, corrected"])


async def test_a_chat_that_wants_no_corrections_gets_none(
    db: Database, server: SandboxServer
) -> None:
    """The setting is kept also for a correction that overtakes the message."""
    reader = server.world.add_user("Reader")
    server.world.private_chat(reader)
    await add_chat(db, reader.id, edits="none")
    server.faults.add(Fault(FaultKind.LATENCY, seconds=0.3, methods=("sendMessage",)))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(lambda: server.faults.listing()[1].hits == 1)
        await revise(db, source, "One", "One, corrected")
        await until(all_sent(db, 1))
        await asyncio.sleep(0.2)
        assert relay.texts(reader.id) == ["One"]
        assert relay.metric("deliveries", outcome="edited") == 0


LONG = "\n\n".join(
    f"Paragraph {n}. " + "The tide is rising in the old harbour. " * 20 for n in range(12)
)
LONGER = LONG + "\n\n" + LONG


async def test_a_long_entry_arrives_in_parts_and_goes_on_where_it_failed(
    db: Database, server: SandboxServer
) -> None:
    """An entry without a link of its own is split; a part that fails repeats no other one."""
    [chat] = await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.STATUS, times=1, skip=1))
    source = await add_source(db)
    await add_entries(db, source, ["Before", LONG, "After"], url="")
    async with relaying(db, server):
        await until(all_sent(db, 3))
    texts = [message.text for message in server.world.messages(chat)]
    assert "(1/3)" in texts[1]
    assert "(2/3)" in texts[2]
    assert "(3/3)" in texts[3]
    assert len(texts) == 5
    assert words(texts[4]) == "After"
    assert server.world.duplicates() == 0
    assert len((await delivery_rows(db))[1].message_ids) == 3


async def test_a_correction_of_another_length_keeps_to_the_messages_there_are(
    db: Database, server: SandboxServer
) -> None:
    """Fewer parts: the surplus is taken away. More parts: the last one says so."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, [LONG], url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        await revise(db, source, LONG, LONGER, url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        shown = server.world.messages(chat)
        assert len(shown) == 3
        assert shown[-1].text.endswith("…")
        assert shown[-1].buttons
        await revise(db, source, LONG, "Short", url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 2)
        assert relay.texts(chat) == ["Short"]
        await until(all_sent(db, 1))
    [row] = await delivery_rows(db)
    assert len(row.message_ids) == 1


@pytest.mark.parametrize(("first", "then"), [([PHOTO], []), ([], [PHOTO])])
async def test_a_correction_with_or_without_a_picture_edits_what_was_sent(
    db: Database, server: SandboxServer, first: list[Media], then: list[Media]
) -> None:
    """A photo's caption, or a text, is edited whatever the entry has become."""
    ids = await readers(db, server, 3)
    source = await add_source(db)
    await add_entries(db, source, ["One"], media=first)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 3))
        await revise(db, source, "One", LONG if first else "Two", media=then)
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 3)
        for chat in ids:
            [message] = server.world.messages(chat)
            assert (message.photo is not None) == bool(first)
            assert words(message.text).startswith("Paragraph 0" if first else "Two")
        assert relay.troubles == []


async def test_a_message_that_is_gone_is_not_edited_for_ever(
    db: Database, server: SandboxServer
) -> None:
    """The correction counts as shown, with a note."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        [message] = server.world.messages(chat)
        message.deleted_at = 1.0
        await revise(db, source, "One", "Two")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 1))
    [row] = await delivery_rows(db)
    assert "not found" in row.error
