"""Styles and buttons from the sender's side: what each chat gets, and what corrections leave."""

from __future__ import annotations

from bot.delivery.menu import read_others
from bot.model import ChatKind, Destination, Media
from bot.sandbox.server import SandboxServer
from bot.store import chats
from bot.store.engine import Database
from tests.support.relaying import all_sent, readers, relaying, until
from tests.support.store import add_chat, add_entries, add_source, revise

PHOTO = Media("photo", "https://news.example/harbour.jpg")
SECOND = Media("photo", "https://news.example/quay.jpg")


async def prefer(db: Database, destination: Destination, style: str) -> None:
    """Give a chat a style."""
    async with db.write() as connection:
        await chats.prefer(connection, destination.id, style=style)


async def destination_of(db: Database, chat_id: int) -> Destination:
    """What is stored of a chat."""
    async with db.read() as connection:
        found = await chats.find(connection, chat_id, None)
    assert found is not None
    return found


def labels(server: SandboxServer, chat_id: int) -> list[str]:
    """The buttons under a chat's only message."""
    [message] = server.world.messages(chat_id)
    return [button["text"] for row in message.buttons for button in row]


async def test_a_channel_gets_the_link_alone(db: Database, server: SandboxServer) -> None:
    """Anybody could press a button in a channel, so only people and groups get the menu."""
    [reader] = await readers(db, server, 1)
    owner = server.world.add_user("Owner")
    channel = server.world.add_channel("Wire", admins=[owner])
    await add_chat(db, channel.id, kind=ChatKind.CHANNEL)
    await add_entries(db, await add_source(db), ["One"])
    async with relaying(db, server):
        await until(all_sent(db, 2))
    assert labels(server, reader) == ["Open", "⋯"]
    assert labels(server, channel.id) == ["Open"]


async def test_a_correction_leaves_the_buttons(db: Database, server: SandboxServer) -> None:
    """The keyboard is there after an edit, of a photo's caption as of a text."""
    [first, second] = await readers(db, server, 2)
    source = await add_source(db)
    await add_entries(db, source, ["One"], media=[PHOTO])
    await prefer(db, await destination_of(db, second), "compact")
    async with relaying(db, server) as relay:
        await until(all_sent(db, 2))
        await revise(db, source, "One", "One, corrected", media=[PHOTO])
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 2)
    for chat in (first, second):
        [message] = server.world.messages(chat)
        assert "corrected" in message.text
        assert labels(server, chat) == ["Open", "⋯"]


async def test_each_chat_gets_its_style(db: Database, server: SandboxServer) -> None:
    """One entry: a photo, a text with a small preview, words alone."""
    ids = await readers(db, server, 3)
    for chat, style in zip(ids, ("full", "compact", "plain"), strict=True):
        await prefer(db, await destination_of(db, chat), style)
    await add_entries(db, await add_source(db), ["One"], media=[PHOTO])
    async with relaying(db, server):
        await until(all_sent(db, 3))
    full, compact, plain = (server.world.messages(chat)[0] for chat in ids)
    assert full.photo is not None
    assert compact.photo is None
    assert compact.options["link_preview_options"] == {
        "url": PHOTO.url,
        "prefer_small_media": True,
    }
    assert plain.photo is None
    assert plain.options["link_preview_options"] == {"is_disabled": True}
    assert plain.text.startswith("Harbour Gazette, ")


async def test_another_style_keeps_what_was_sent(db: Database, server: SandboxServer) -> None:
    """A photo stays a photo and an album an album when the chat's style changes before an edit."""
    [one] = await readers(db, server, 1)
    source = await add_source(db)
    await add_entries(db, source, ["Single"], media=[PHOTO])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        await add_entries(db, source, ["Album"], media=[PHOTO, SECOND])
        relay.planner.wake()
        await until(all_sent(db, 2))
        await prefer(db, await destination_of(db, one), "plain")
        for title in ("Single", "Album"):
            await revise(db, source, title, f"{title}, corrected", media=_media(title))
        relay.planner.wake()
        await until(lambda: relay.metric("deliveries", outcome="edited") == 2)
        assert relay.troubles == []
    shown = server.world.messages(one)
    assert [message.photo is not None for message in shown] == [True, True, True]
    assert "Single, corrected" in shown[0].text
    assert "Album, corrected" in shown[1].text
    assert shown[1].text.startswith("Harbour Gazette, ")
    assert not shown[1].buttons


def _media(title: str) -> list[Media]:
    return [PHOTO] if title == "Single" else [PHOTO, SECOND]


async def test_a_merged_message_has_the_menu(db: Database, server: SandboxServer) -> None:
    """It names the entries; the links are in the text."""
    [reader] = await readers(db, server, 1)
    ids = await add_entries(db, await add_source(db), ["One", "Two"])
    async with relaying(db, server):
        await until(all_sent(db, 2))
    [message] = server.world.messages(reader)
    [[button]] = message.buttons
    data, _, code = button["callback_data"].partition("+")
    assert (button["text"], data) == ("⋯", f"al:{ids[0]}:0")
    assert read_others(ids[0], code) == (ids[1],)
