"""The buttons under an alert, pressed by those who may and by those who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commands.keyboards import Action
from bot.delivery.look import Look
from bot.delivery.menu import MENU, menu_button
from bot.model import Follow
from bot.sandbox.state import Chat, Message
from bot.store import chats, retention, saved, silences, subscriptions, topics
from bot.store.columns import DeliveryState
from bot.store.schema import deliveries, entries
from tests.support.chat import NOW, Room, entry

URL = "https://news.example/live#1"


async def stored(room: Room, *titles: str, topic: str | None = "weather") -> list[int]:
    """Entries of one live blog about one topic; their ids."""
    items = [entry(title, url=URL) for title in titles]
    source = await room.add_source("Harbour Gazette", *items, topic=topic)
    async with room.db.read() as connection:
        found = await connection.scalars(
            sa.select(entries.c.id).where(entries.c.source_id == source.id).order_by(entries.c.id)
        )
        return list(found)


async def alert(
    room: Room, chat: Chat, ids: list[int], *, thread_id: int | None = None, follow: str = ""
) -> Message:
    """A message that shows entries, as the sender left it; the chat follows what is named."""
    menu = menu_button(ids, Look.of())
    row: list[dict[str, str]] = [{"text": menu.text, "callback_data": menu.data}]
    if len(ids) == 1:
        row.insert(0, {"text": "Open", "url": URL})
    sent: dict[str, Any] = {"chat_id": chat.id, "text": "An alert"}
    if thread_id is not None:
        sent["message_thread_id"] = thread_id
    result = await room.server.call(
        "sendMessage", {**sent, "reply_markup": {"inline_keyboard": [row]}}
    )
    async with room.db.write() as connection:
        place = await chats.meet(
            connection,
            telegram_id=chat.id,
            thread_id=thread_id,
            kind=chat.kind,  # type: ignore[arg-type]  # the same words in both
            title=chat.title,
            language="en",
            timezone="UTC",
            now=NOW,
        )
        for entry_id in ids:
            await connection.execute(
                deliveries.insert().values(
                    entry_id=entry_id,
                    destination_id=place.id,
                    state=DeliveryState.SENT,
                    priority=1,
                    due_at=NOW,
                    message_ids=[result["message_id"]],
                    bundle=["merged", *ids] if len(ids) > 1 else None,
                )
            )
        for name in follow.split():
            await subscriptions.add(connection, place.id, await target(connection, name), NOW)
    last: Message = room.world.messages(chat)[-1]
    return last


async def target(connection: Any, name: str) -> tuple[Follow, int]:
    """What a word names: "all", "source", or a topic."""
    if name == "all":
        return (Follow.ALL, 0)
    if name == "source":
        return (Follow.SOURCE, 1)
    found = await topics.by_slug(connection, name)
    assert found is not None
    return (Follow.TOPIC, found.id)


def buttons(message: Message) -> list[str]:
    """What they say, in their order."""
    return [button["text"] for row in message.buttons for button in row]


async def test_the_menu_opens_and_closes(room: Room) -> None:
    """⋯ changes the keyboard alone; Less brings the first one back, with its link."""
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "Barrier shut"), follow="weather")
    first = message.buttons
    await room.press(reader, message, "⋯")
    assert buttons(message) == ["Open", "Less", "🔕 Mute #weather", "❗ Only key events", "🔖 Save"]
    assert message.text == "An alert"
    await room.press(reader, message, "Less")
    assert message.buttons == first


async def test_mute_the_topic_and_back(room: Room) -> None:
    """The topic is off at a tap and on again at another; a double tap does nothing twice."""
    reader, chat = room.person()
    ids = await stored(room, "Barrier shut")
    message = await alert(room, chat, ids, follow="weather harbour")
    await room.press(reader, message, "⋯")
    data = message.buttons[1][0]["callback_data"]
    assert (await room.press(reader, message, "🔕 Mute #weather"))["text"] == (
        "#weather is off here now."
    )
    assert await room.follows(chat) == {"topic:harbour"}
    assert "🔔 #weather again" in buttons(message)
    again = await room.press(reader, message, room.forge(message, data))
    assert again["text"] == "#weather is off here already."
    await room.press(reader, message, "🔔 #weather again")
    assert await room.follows(chat) == {"topic:harbour", "topic:weather"}


async def test_a_source_that_is_followed_can_be_muted(room: Room) -> None:
    """An alert that came by its live blog offers to mute that."""
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "Shut", topic=None), follow="source")
    await room.press(reader, message, "⋯")
    answer = await room.press(reader, message, "🔕 Mute Harbour Gazette")
    assert answer["text"] == "Harbour Gazette is off here now."
    assert await room.follows(chat) == set()


async def test_where_everything_is_followed_all_other_topics_are_offered(room: Room) -> None:
    """One topic cannot be taken from everything: the bot says so and offers what can be done."""
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "Shut"), follow="all")
    await room.press(reader, message, "⋯")
    answer = await room.press(reader, message, "🔕 Mute #weather")
    assert answer["show_alert"]
    assert "Everything is on here" in answer["text"]
    assert await room.follows(chat) == {"all"}
    await room.press(reader, message, "Every topic but #weather")
    assert await room.follows(chat) == {
        "topic:harbour",
        "topic:road-works",
        "topic:city-council",
    }


async def test_only_key_events(room: Room) -> None:
    """The choice is that of /importance, and is taken back the same way."""
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "Shut"), follow="weather")
    await room.press(reader, message, "⋯")
    for button, wanted in (("❗ Only key events", "key"), ("All entries again", "all")):
        await room.press(reader, message, button)
        destination = await room.destination(chat)
        assert destination is not None
        async with room.db.read() as connection:
            assert (await silences.get(connection, destination.id)).importance == wanted


async def test_save_list_and_remove(room: Room) -> None:
    """What is saved is listed with its link, survives forgetting, and can be removed."""
    reader, chat = room.person()
    ids = await stored(room, "Barrier <shut>", "Ferry late")
    for number in ids:
        message = await alert(room, chat, [number])
        await room.press(reader, message, "⋯")
        assert "Saved" in (await room.press(reader, message, "🔖 Save"))["text"]
    data = f"{Action.SAVE_ENTRY}:{ids[1]}:1"
    assert "already" in (await room.press(reader, message, room.forge(message, data)))["text"]
    far = NOW + timedelta(days=400)
    await retention.prune(
        room.db, now=far, edit_window=timedelta(days=1), entry_age=timedelta(days=30)
    )
    listed = await room.ask(reader, chat, "/saved")
    assert listed.text.splitlines()[0] == "Saved: 2"
    assert "1. Ferry late" in listed.text
    assert "2. Barrier <shut>" in listed.text
    assert [e["url"] for e in listed.entities if e["type"] == "text_link"] == [URL, URL]
    await room.press(reader, listed, "Remove 1")
    assert "Ferry" not in listed.text
    await room.press(reader, listed, "Remove 1")
    assert "Nothing is saved yet" in listed.text


async def test_saved_pages(room: Room) -> None:
    """Many saved entries are shown by pages."""
    reader, chat = room.person()
    ids = await stored(room, *(f"Report {n}" for n in range(20)))
    message = await alert(room, chat, ids)
    await room.press(reader, message, "⋯")
    await room.press(reader, message, "🔖 Save all of it")
    listed = await room.ask(reader, chat, "/saved")
    assert "8. Report" in listed.text
    await room.press(reader, listed, "More »")
    await room.press(reader, listed, "More »")
    assert "20. Report" in listed.text
    assert buttons(listed) == ["Remove 17", "Remove 18", "Remove 19", "Remove 20", "« Back"]


async def test_there_is_a_most(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the bot says how many there can be, and saves nothing."""
    monkeypatch.setattr(saved, "MOST", 1)
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "One", "Two"))
    await room.press(reader, message, "⋯")
    answer = await room.press(reader, message, "🔖 Save all of it")
    assert answer["show_alert"]
    assert "At most 1" in answer["text"]


async def test_a_merged_message_offers_what_fits(room: Room) -> None:
    """Without one link, with a topic only if all of its entries share it, saving all of it."""
    reader, chat = room.person()
    ids = await stored(room, "One", "Two")
    async with room.db.write() as connection:
        await connection.execute(sa.text(f"DELETE FROM entry_topics WHERE entry_id = {ids[1]}"))
    message = await alert(room, chat, ids, follow="weather")
    await room.press(reader, message, "⋯")
    assert buttons(message) == ["Less", "❗ Only key events", "🔖 Save all of it"]
    await room.press(reader, message, "Less")
    assert buttons(message) == ["⋯"]


async def test_a_merged_message_whose_deliveries_are_forgotten(room: Room) -> None:
    """Days later the buttons still mean all that it shows, by what they carry."""
    reader, chat = room.person()
    ids = await stored(room, "One", "Two", "Three")
    message = await alert(room, chat, ids, follow="weather")
    async with room.db.write() as connection:
        await connection.execute(deliveries.delete())
    await room.press(reader, message, "⋯")
    assert "🔕 Mute #weather" in buttons(message)
    await room.press(reader, message, "Less")
    await room.press(reader, message, "⋯")
    await room.press(reader, message, "🔖 Save all of it")
    assert "Save no more" in buttons(message)[-1]
    listed = await room.ask(reader, chat, "/saved")
    assert listed.text.splitlines()[0] == "Saved: 3"


async def test_in_groups_only_admins_may(room: Room) -> None:
    """A member's press is refused in words and changes nothing; saving is for private chats."""
    admin, member = room.world.add_user("Admin"), room.world.add_user("Member")
    group = room.world.add_group("Watchers", admins=[admin], members=[member], supergroup=True)
    message = await alert(room, group, await stored(room, "Shut"), follow="weather")
    answer = await room.press(member, message, "⋯")
    assert answer["show_alert"]
    assert "Only the admins" in answer["text"]
    assert buttons(message) == ["Open", "⋯"]
    await room.press(admin, message, "⋯")
    assert "🔖 Save" not in buttons(message)
    answer = await room.press(member, message, "🔕 Mute #weather")
    assert "Only the admins" in answer["text"]
    assert await room.follows(group) == {"topic:weather"}
    forged = room.forge(message, f"{Action.SAVE_ENTRY}:1:1")
    assert "private chat" in (await room.press(admin, message, forged))["text"]


async def test_in_a_forum_topic_that_topic_is_meant(room: Room) -> None:
    """What is muted is what the thread follows, not the group."""
    admin = room.world.add_user("Admin")
    forum = room.world.add_group("Desk", admins=[admin], forum=True)
    thread = room.world.add_topic(forum, "Storm")
    message = await alert(
        room, forum, await stored(room, "Shut"), thread_id=thread.id, follow="weather"
    )
    await room.press(admin, message, "⋯")
    await room.press(admin, message, "🔕 Mute #weather")
    assert await room.follows(forum, thread.id) == set()


@pytest.mark.parametrize(
    "data",
    [
        "al:999:0",
        "al:0:0",
        "mt:1:9999",
        "ht:1:0",
        "ab:1:77",
        "sv:999999999999999999:1",
        "su:1:9999",
        "sp:0:9999",
        "ls:999:0",
        "ai:999:1",
        "ms:999:0",
        "al:999:0+AAAA",
        "sv:998:1+zzzzzzzzzzzzzzzzzzzz",
        "sv:999999999999999999:1+AAAA",
        "sv:998:1+zz________________A",
    ],
)
async def test_forged_data_is_answered_and_harmless(room: Room, data: str) -> None:
    """Numbers of nothing get an answer; nothing is followed, saved or muted by them."""
    reader, chat = room.person()
    message = await alert(room, chat, await stored(room, "Shut"), follow="weather")
    await room.press(reader, message, room.forge(message, data))
    assert await room.follows(chat) == {"topic:weather"}
    assert "Nothing is saved yet" in (await room.ask(reader, chat, "/saved")).text


async def test_old_and_deleted_alerts(room: Room) -> None:
    """An alert whose entry is forgotten, or was taken back, says so."""
    reader, chat = room.person()
    old, gone, withdrawn = await stored(room, "Old", "Gone", "Withdrawn")
    messages = [await alert(room, chat, [number]) for number in (old, gone, withdrawn)]
    async with room.db.write() as connection:
        table = entries.update()
        await connection.execute(table.where(entries.c.id == old).values(pruned=True))
        await connection.execute(table.where(entries.c.id == gone).values(retracted="delete"))
        await connection.execute(table.where(entries.c.id == withdrawn).values(withdrawn=True))
    assert "too old" in (await room.press(reader, messages[0], "⋯"))["text"]
    assert "taken back" in (await room.press(reader, messages[1], "⋯"))["text"]
    await room.press(reader, messages[2], "⋯")
    assert "nothing to save" in (await room.press(reader, messages[2], "🔖 Save"))["text"]


async def test_plain_chats_get_words_on_buttons(room: Room) -> None:
    """In the plain style no sign stands on a button, for it would be read out."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/style plain")
    message = await alert(room, chat, await stored(room, "Shut"), follow="weather")
    await room.press(reader, message, "⋯")
    assert buttons(message) == ["Open", "Less", "Mute Weather", "Only key events", "Save"]
    await room.press(reader, message, "Less")
    assert buttons(message) == ["Open", "More"]


async def test_style(room: Room) -> None:
    """The command tells what is chosen, changes it, and says what the choices are."""
    reader, chat = room.person()
    assert "in full" in (await room.ask(reader, chat, "/style")).text
    assert "compact" in (await room.ask(reader, chat, "/style Compact")).text
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.style == "compact"
    assert "none of the choices" in (await room.ask(reader, chat, "/style <b>")).text


def test_the_sender_and_the_commands_agree() -> None:
    """The data the sender puts under an alert is the action that opens the menu."""
    assert Action.ALERT_MENU == MENU
