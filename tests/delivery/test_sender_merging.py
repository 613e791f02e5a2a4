"""What waits for a chat leaves together, and is corrected together."""

from __future__ import annotations

from datetime import timedelta

from bot.model import Media
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.store import schema
from bot.store.engine import Database
from tests.support.relaying import all_sent, plan, readers, relaying, until
from tests.support.store import (
    add_entries,
    add_source,
    delivery_rows,
    revise,
    utc_now,
    withdraw,
)


async def age(db: Database, texts: list[str], by: timedelta) -> None:
    """Entries were seen so long ago."""
    async with db.write() as connection:
        await connection.execute(
            schema.entries.update()
            .where(schema.entries.c.identity.in_(texts))
            .values(first_seen_at=utc_now() - by)
        )


async def test_entries_that_wait_leave_as_one_message(db: Database, server: SandboxServer) -> None:
    """Five entries, one message, oldest first; each delivery knows what it shared."""
    ids = await readers(db, server, 3)
    source = await add_source(db)
    texts = [f"Entry {n}" for n in range(5)]
    entries = await add_entries(db, source, texts)
    await plan(db)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 15))
        for chat in ids:
            assert len(server.world.messages(chat)) == 1
            assert relay.texts(chat) == texts
        assert relay.metric("deliveries", outcome="sent") == 15
    for row in await delivery_rows(db):
        assert row.bundle == ["merged", *entries]
        assert len(row.message_ids) == 1


async def test_a_correction_edits_the_merged_message(db: Database, server: SandboxServer) -> None:
    """Two corrections at once are one edit; the others stay as they are."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two", "Three"])
    await plan(db)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 3))
        edits = server.counters.edits
        await revise(db, source, "One", "One, corrected")
        await withdraw(db, source, "Three")
        relay.planner.wake()
        await until(lambda: "corrected" in server.world.messages(chat)[0].text)
        await until(all_sent(db, 3))
        [message] = server.world.messages(chat)
        assert "Withdrawn by the newsroom" in message.text
        assert "strikethrough" in {entity["type"] for entity in message.entities}
        assert server.counters.edits - edits <= 2
    assert [row.revision_sent for row in await delivery_rows(db)] == [2, 1, 2]


async def test_a_chat_that_was_away_gets_one_digest(db: Database, server: SandboxServer) -> None:
    """Sixty entries of the last hour are one message with the key events in full."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    texts = [f"Entry {n:02} of the hour" for n in range(60)]
    await add_entries(db, source, texts)
    async with db.write() as connection:
        await connection.execute(
            schema.entries.update()
            .where(schema.entries.c.identity == texts[30])
            .values(key_event=True)
        )
    await age(db, texts, timedelta(minutes=50))
    await plan(db)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 60))
        messages = server.world.messages(chat)
        assert len(messages) <= 2
        assert relay.texts(chat) == texts
        assert "KEY EVENT" in messages[0].text + messages[-1].text


async def test_a_stories_alerts_answer_to_its_first(db: Database, server: SandboxServer) -> None:
    """Where a chat wants threads, each live blog is a thread of its own."""
    [chat] = await readers(db, server, 1)
    async with db.write() as connection:
        await connection.execute(schema.destinations.update().values(threads=True))
    harbour = await add_source(db)
    valley = await add_source(db, "https://valley.example/live", name="Valley Post")
    async with relaying(db, server) as relay:
        for number, source in enumerate((harbour, valley, harbour, valley)):
            await add_entries(db, source, [f"Entry {number}"])
            relay.planner.wake()
            await until(all_sent(db, number + 1))
    first, second, third, fourth = server.world.messages(chat)
    assert (first.reply_to, second.reply_to) == (None, None)
    assert (third.reply_to, fourth.reply_to) == (first.id, second.id)


async def test_an_entry_that_spoils_the_message_of_all_goes_alone(
    db: Database, server: SandboxServer
) -> None:
    """When Telegram refuses a merged message even as plain words, its entries go one by one."""
    [chat] = await readers(db, server, 1)
    server.faults.add(
        Fault(
            FaultKind.REFUSE, times=2, status=400, description="Bad Request: can't parse entities"
        )
    )
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two", "Three"])
    await plan(db)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 3))
        assert relay.texts(chat) == ["One", "Two", "Three"]
        assert len(server.world.messages(chat)) == 2


async def test_pictures_of_an_entry_are_an_album(db: Database, server: SandboxServer) -> None:
    """Three pictures, one album with the words under the first; a correction edits the caption."""
    [chat] = await readers(db, server, 1)
    photos = [Media("photo", f"https://news.example/{n}.jpg") for n in range(3)]
    source = await add_source(db)
    await add_entries(db, source, ["One"], media=photos)
    await plan(db)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        shown = server.world.messages(chat)
        assert len({message.media_group_id for message in shown}) == 1
        assert [bool(message.text) for message in shown] == [True, False, False]
        [row] = await delivery_rows(db)
        assert len(row.message_ids) == 3
        fewer = [photos[0], Media("photo", "https://news.example/new.jpg")]
        await revise(db, source, "One", "One, corrected", media=fewer)
        relay.planner.wake()
        await until(lambda: "corrected" in server.world.messages(chat)[0].text)
        await until(all_sent(db, 1))
        shown = server.world.messages(chat)
        assert len(shown) == 2
        assert shown[1].photo is not None
        assert shown[1].photo["url"] == "https://news.example/new.jpg"


async def test_a_picture_that_telegram_cannot_fetch_becomes_a_preview(
    db: Database, server: SandboxServer
) -> None:
    """The words arrive, with the picture's address as the preview above them."""
    [chat] = await readers(db, server, 1)
    server.faults.add(
        Fault(
            FaultKind.REFUSE,
            times=1,
            methods=("sendPhoto",),
            status=400,
            description="Bad Request: failed to get HTTP URL content",
        )
    )
    source = await add_source(db)
    photo = Media("photo", "https://news.example/tide.jpg")
    await add_entries(db, source, ["One"], media=[photo])
    await plan(db)
    async with relaying(db, server):
        await until(all_sent(db, 1))
    [message] = server.world.messages(chat)
    assert message.photo is None
    assert message.options["link_preview_options"]["url"] == photo.url


async def test_a_key_event_goes_with_what_waited_before_it(
    db: Database, server: SandboxServer
) -> None:
    """Older entries that would not fit are headlines, so that the key event comes at once."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    long = [f"Entry {n}. " + "The tide is rising. " * 80 for n in range(5)]
    await add_entries(db, source, [*long, "The barrier is closed"])
    async with db.write() as connection:
        await connection.execute(
            schema.entries.update()
            .where(schema.entries.c.identity == "The barrier is closed")
            .values(key_event=True)
        )
    await plan(db)
    async with relaying(db, server):
        await until(all_sent(db, 6))
    [message] = server.world.messages(chat)
    assert "The barrier is closed" in message.text
    assert message.text.index("Entry 0") < message.text.index("The barrier is closed")


async def test_a_channel_and_its_readers_are_merged_apart(
    db: Database, server: SandboxServer
) -> None:
    """What one chat had already is not told it again because another chat waits for it."""
    first, second = await readers(db, server, 2)
    source = await add_source(db)
    server.faults.add(Fault(FaultKind.FLOOD, chat_id=second, retry_after=1, times=1))
    async with relaying(db, server) as relay:
        await add_entries(db, source, ["One"])
        relay.planner.wake()
        await until(lambda: relay.texts(first) == ["One"])
        await add_entries(db, source, ["Two"])
        relay.planner.wake()
        await until(all_sent(db, 4))
        assert relay.texts(first) == ["One", "Two"]
        assert len(server.world.messages(first)) == 2
        assert relay.texts(second) == ["One", "Two"]
        assert len(server.world.messages(second)) == 1
