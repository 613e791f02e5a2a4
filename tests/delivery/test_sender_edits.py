"""Corrections and withdrawals reach the messages that were sent."""

from __future__ import annotations

import asyncio

import pytest

from bot.model import Media
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Message
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
SECOND = Media("photo", "https://news.example/barrier.jpg")


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


async def test_a_correction_of_another_length(db: Database, server: SandboxServer) -> None:
    """More parts: they come without a sound, each an answer. Fewer: the surplus is taken away."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, [LONG], url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        await add_entries(db, source, ["Between"])
        relay.planner.wake()
        await until(all_sent(db, 2))
        await revise(db, source, LONG, LONGER, url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 2))
        one, two, three, between, four, five = server.world.messages(chat)
        assert words(between.text) == "Between"
        for number, part in enumerate((one, two, three, four, five), 1):
            assert part.text.endswith(f"({number}/5)")
        assert [part.reply_to for part in (four, five)] == [three.id, four.id]
        assert [part.silent for part in (one, four, five)] == [False, True, True]
        assert [bool(part.buttons) for part in (three, four, five)] == [False, False, True]
        assert all_told([one, two, three, four, five]) == LONGER.split()
        await revise(db, source, LONG, "Short", url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 2)
        assert relay.texts(chat) == ["Short", "Between"]
        await until(all_sent(db, 2))
    row, _ = await delivery_rows(db)
    assert len(row.message_ids) == 1


def all_told(parts: list[Message]) -> list[str]:
    """The words of an entry over all its messages."""
    bodies = (part.text.rpartition("\n\n(")[0] or part.text for part in parts)
    return "\n\n".join(bodies).split("\n\n", 1)[1].rpartition("updated")[0].split()


async def test_growth_that_fails_goes_on_where_it_was(db: Database, server: SandboxServer) -> None:
    """What was sent of the further parts is not sent again."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, [LONG], url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        server.faults.add(Fault(FaultKind.STATUS, times=1, skip=1, methods=("sendMessage",)))
        await revise(db, source, LONG, LONGER, url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 1))
        shown = server.world.messages(chat)
    assert [part.text[-5:] for part in shown] == [f"({n}/5)" for n in range(1, 6)]


async def test_growth_that_is_refused_is_said(db: Database, server: SandboxServer) -> None:
    """Where nothing more may be sent the last message says that there is more."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, [LONG], url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        refused = "Bad Request: message text is not wanted"
        server.faults.add(
            Fault(FaultKind.REFUSE, status=400, description=refused, methods=("sendMessage",))
        )
        await revise(db, source, LONG, LONGER, url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 1))
        shown = server.world.messages(chat)
    assert len(shown) == 3
    assert shown[-1].text.endswith("…")
    assert shown[-1].buttons


@pytest.mark.parametrize("why", ["withdrawn", "gone"])
async def test_what_does_not_grow(db: Database, server: SandboxServer, why: str) -> None:
    """Nothing is added to what was withdrawn, nor to what the reader put away."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    text = LONG[:4_050]  # one message, but not with a line more
    await add_entries(db, source, [text], url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        [message] = server.world.messages(chat)
        if why == "gone":
            message.deleted_at = 1.0
            await revise(db, source, text, LONGER, url="")
        else:
            await withdraw(db, source, text)
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 1)
        await until(all_sent(db, 1))
    assert len(server.world.messages(chat)) == (0 if why == "gone" else 1)


@pytest.mark.parametrize("media", [[PHOTO], [PHOTO, SECOND]])
@pytest.mark.parametrize("kept", [True, False])
async def test_captions_grow_by_messages(
    db: Database, server: SandboxServer, media: list[Media], kept: bool
) -> None:
    """What a photo, or an album, has no room for follows it, whether or not it keeps its photo."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, ["One"], media=media, url="")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        longer = LONG[:2_000]
        for number in (1, 2):  # the second time it has them already
            await revise(db, source, "One", longer, media=media if kept else [], url="")
            relay.planner.wake()
            await until(lambda done=number: relay.metric("deliveries", outcome="edited") == done)
            await until(all_sent(db, 1))
            shown = server.world.messages(chat)
            assert sum(message.photo is not None for message in shown) == len(media)
            parts = [shown[0], *shown[len(media) :]]
            assert [part.text[-5:] for part in parts] == ["(1/3)", "(2/3)", "(3/3)"]
            assert all_told(parts) == longer.split()
            longer = longer.replace("tide", "sea")
        await revise(db, source, "One", "Short", media=media if kept else [], url="")
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 3)
        assert relay.texts(chat)[0] == "Short"
        assert len(server.world.messages(chat)) == len(media)


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
