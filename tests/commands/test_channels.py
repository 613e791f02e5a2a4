"""Channels and groups steered from a private chat; forum topics with topics of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.haste import Haste
from bot.commands.permissions import KEPT
from bot.sandbox.state import Chat, Member, Status, User
from tests.support.chat import Room


async def channel_of(room: Room, admin: User, name: str = "harbour_news") -> Chat:
    """A channel whose admins are a person and the bot."""
    world = room.world
    channel: Chat = world.add_channel("Harbour news", admins=[admin], username=name, with_bot=False)
    world.promote(channel, ("can_post_messages",), by=admin)
    await room.settle()
    return channel


async def test_an_admin_steers_a_channel_from_a_private_chat(room: Room) -> None:
    """Commands written in private are for the channel until /channel off; each answer says so."""
    reader, chat = room.person()
    channel = await channel_of(room, reader)
    said = await room.ask(reader, chat, "/channel @harbour_news")
    assert "are for Harbour news" in said.text
    answer = await room.ask(reader, chat, "/topic weather")
    assert answer.text.startswith("📢 Harbour news")
    assert await room.follows(channel) == {"topic:weather"}
    assert await room.follows(chat) == set()
    picker = await room.ask(reader, chat, "/topic")
    await room.press(reader, picker, "⚓ Harbour")
    assert await room.follows(channel) == {"topic:weather", "topic:harbour"}
    assert "no longer for Harbour news" in (await room.ask(reader, chat, "/channel off")).text
    await room.ask(reader, chat, "/topic road-works")
    assert await room.follows(chat) == {"topic:road-works"}
    assert await room.follows(channel) == {"topic:weather", "topic:harbour"}


async def test_the_list_offers_what_one_may_steer(room: Room) -> None:
    """Channels of others are not in it."""
    reader, chat = room.person()
    await channel_of(room, reader)
    other, _ = room.person("Other")
    await channel_of(room, other, "other_news")
    listed = await room.ask(reader, chat, "/channel")
    assert listed.button_texts == ["Harbour news"]
    await room.press(reader, listed, "Harbour news")
    assert "are for Harbour news" in listed.text
    listed = await room.ask(reader, chat, "/channel")
    await room.press(reader, listed, "This chat")
    assert "no longer for Harbour news" in listed.text


async def test_who_is_no_admin_there_changes_nothing(room: Room) -> None:
    """Neither at the beginning nor later, when they are no admin any more."""
    owner, _ = room.person("Owner")
    channel = await channel_of(room, owner)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/channel @harbour_news")
    assert "no admin of Harbour news" in answer.text
    channel.members[reader.id] = Member(Status.ADMINISTRATOR)
    room.clock[0] += timedelta(seconds=KEPT)
    await room.ask(reader, chat, "/channel @harbour_news")
    channel.members[reader.id] = Member(Status.MEMBER)
    room.clock[0] += timedelta(seconds=KEPT)
    answer = await room.ask(reader, chat, "/topic weather")
    assert "Only the admins of this channel" in answer.text
    assert await room.follows(channel) == set()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("@nobody_there", "I cannot see a channel"),
        ("no name at all", "is no name of a channel"),
        ("off", "are for this chat"),
        ("-1", "is no name of a channel"),
    ],
)
async def test_wrong_names(room: Room, text: str, answer: str) -> None:
    """What is no channel, or none the bot can see, is said with what to do."""
    reader, chat = room.person()
    assert answer in (await room.ask(reader, chat, f"/channel {text}")).text


async def test_a_forum_topic_gets_exactly_what_is_named(room: Room) -> None:
    """/here replaces what was on in that topic, and touches no other."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Forum", admins=[owner], forum=True)
    thread = room.world.add_topic(group, "Storm").id
    await room.ask(owner, group, "/topic weather, harbour", thread_id=thread)
    answer = await room.ask(owner, group, "/here road works", thread_id=thread)
    assert "Road works" in answer.text
    assert await room.follows(group, thread) == {"topic:road-works"}
    await room.ask(owner, group, "/here klingons", thread_id=thread)
    assert await room.follows(group, thread) == {"topic:road-works"}


async def test_watches_stay_and_are_named(room: Room) -> None:
    """/here chooses among topics and sources; what is watched for by words is said to go on."""
    reader, chat = room.person()
    offer = await room.ask(reader, chat, "/watch storm")
    await room.press(reader, offer, "✅ Watch for it")
    assert "Watches: 1" in (await room.ask(reader, chat, "/here weather")).text


async def test_who_asks_too_much_is_told_once(room: Room) -> None:
    """A burst is answered; what goes on is not, until they are calm."""
    object.__setattr__(room.services, "haste", Haste(lambda: room.clock[0], burst=3))
    reader, chat = room.person()
    answers = []
    for _ in range(6):
        answers += await room.say(reader, chat, "/status")
    texts = [answer.text for answer in answers]
    assert len(texts) == 4
    assert "faster than I can answer" in texts[-1]
    other, elsewhere = room.person("Other")
    assert "faster" not in (await room.ask(other, elsewhere, "/status")).text
