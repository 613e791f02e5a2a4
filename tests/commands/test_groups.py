"""Groups, forum topics and channels: who may change what they get."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from telegram import Message as TelegramMessage

from bot.commands.permissions import KEPT
from bot.commands.place import place_of
from bot.sandbox.state import Chat, User
from bot.sandbox.views import chat_view
from tests.support.chat import Room, entry

CHANGING = ("/topic weather", "/topic", "/subscribe all", "/unsubscribe all", "/stop")


def group_of(room: Room, **how: object) -> tuple[User, User, Chat]:
    """An owner, an ordinary member and their group."""
    owner, member = room.world.add_user("Owner"), room.world.add_user("Member")
    return (
        owner,
        member,
        room.world.add_group("Harbour watch", admins=[owner], members=[member], **how),
    )


@pytest.mark.parametrize("supergroup", [False, True])
@pytest.mark.parametrize("command", CHANGING)
async def test_members_change_nothing(room: Room, command: str, supergroup: bool) -> None:
    """A member's command changes nothing and gets a short answer."""
    _owner, member, group = group_of(room, supergroup=supergroup)
    answer = await room.ask(member, group, command)
    assert "Only the admins of this group" in answer.text
    assert await room.follows(group) == set()


async def test_group_admins_change_settings(room: Room) -> None:
    """The creator and other administrators may."""
    owner, _member, group = group_of(room)
    deputy = room.world.add_user("Deputy")
    room.world.join(group, deputy, type(group.members[owner.id].status).ADMINISTRATOR)
    await room.ask(owner, group, "/topic weather")
    await room.ask(deputy, group, "/topic harbour")
    assert await room.follows(group) == {"topic:weather", "topic:harbour"}
    room.world.join(group, deputy)  # an ordinary member again
    room.clock[0] += timedelta(seconds=KEPT)
    answer = await room.ask(deputy, group, "/stop")
    assert "Only the admins" in answer.text
    assert await room.follows(group) == {"topic:weather", "topic:harbour"}


async def test_the_bots_own_admin_is_nobody_special_in_a_group(room: Room) -> None:
    """Administrating the bot gives no right over other people's groups."""
    _owner, _member, group = group_of(room)
    operator, _desk = room.operator()
    room.world.join(group, operator)
    answer = await room.ask(operator, group, "/topic weather")
    assert "Only the admins of this group" in answer.text


async def test_an_anonymous_admin_may(room: Room) -> None:
    """Who writes as the group is one of its administrators."""
    owner, _member, group = group_of(room, supergroup=True)
    answer = await room.ask(owner, group, "/topic weather", anonymous=True)
    assert "is on" in answer.text
    assert await room.follows(group) == {"topic:weather"}


@pytest.mark.parametrize("command", ["/latest", "/sources", "/status", "/help"])
async def test_everyone_may_read(room: Room, command: str) -> None:
    """Reading is for every member."""
    await room.add_source("Gazette", entry("One"))
    _owner, member, group = group_of(room)
    answers = await room.say(member, group, command)
    assert answers
    assert "Only the admins" not in answers[0].text


async def test_presses_in_a_group_are_checked(room: Room) -> None:
    """A member's press on the picker gets a box and changes nothing; an admin's works."""
    owner, member, group = group_of(room)
    picker = await room.ask(member, group, "/start")
    for button in ("🌦 Weather", "📡 Everything"):
        notice = await room.press(member, picker, button)
        assert notice["show_alert"]
        assert "Only the admins of this group" in notice["text"]
    assert await room.follows(group) == set()
    await room.press(owner, picker, "🌦 Weather")
    assert await room.follows(group) == {"topic:weather"}


async def test_a_stranger_cannot_press(room: Room) -> None:
    """Somebody who is not (or no longer) in the group is refused like a member."""
    owner, member, group = group_of(room)
    picker = await room.ask(owner, group, "/topic")
    room.world.leave(group, member)
    stranger = room.world.add_user("Stranger")
    for somebody in (member, stranger):
        assert (await room.press(somebody, picker, "🌦 Weather"))["show_alert"]
    assert await room.follows(group) == set()


async def test_deep_links_in_a_group_need_an_admin(room: Room) -> None:
    """`/start@bot topic_weather` by a member subscribes to nothing."""
    owner, member, group = group_of(room)
    start = f"/start@{room.world.bot.username} topic_weather"
    assert "Only the admins" in (await room.ask(member, group, start)).text
    assert await room.follows(group) == set()
    assert "is on" in (await room.ask(owner, group, start)).text
    assert await room.follows(group) == {"topic:weather"}


@pytest.mark.parametrize(
    "text",
    ["/start@otherbot", "/topic@otherbot weather", "/lates", "/addsource x", "hello", "/", "/@x"],
)
async def test_what_is_not_for_the_bot_is_ignored(room: Room, text: str) -> None:
    """In a group other bots' commands, unknown ones and conversation stay without answer."""
    owner, _member, group = group_of(room)
    assert await room.say(owner, group, text) == []
    assert await room.follows(group) == set()


async def test_own_name_behind_a_command_counts_in_any_case(room: Room) -> None:
    """A command addressed to this bot works however its name is written."""
    owner, _member, group = group_of(room)
    name = room.world.bot.username.upper()
    assert "is on" in (await room.ask(owner, group, f"/topic@{name} weather")).text


async def test_forum_topics_are_places_of_their_own(room: Room) -> None:
    """Each thread follows its own topics, and the answers go where the question was."""
    owner = room.world.add_user("Owner")
    forum = room.world.add_group("Forum", admins=[owner], forum=True)
    storms, ships = room.world.add_topic(forum, "Storms"), room.world.add_topic(forum, "Ships")
    first = await room.ask(owner, forum, "/topic weather", thread_id=storms.id)
    second = await room.ask(owner, forum, "/topic harbour", thread_id=ships.id)
    assert (first.thread_id, second.thread_id) == (storms.id, ships.id)
    assert await room.follows(forum, storms.id) == {"topic:weather"}
    assert await room.follows(forum, ships.id) == {"topic:harbour"}
    assert await room.follows(forum) == set()
    picker = await room.ask(owner, forum, "/topic", thread_id=ships.id)
    await room.press(owner, picker, "🚧 Road works")
    assert await room.follows(forum, ships.id) == {"topic:harbour", "topic:road-works"}
    await room.ask(owner, forum, "/stop", thread_id=ships.id)
    assert await room.follows(forum, storms.id) == {"topic:weather"}


async def test_general_is_the_chat_itself(room: Room) -> None:
    """The General topic is written to without its id, which Telegram refuses."""
    owner = room.world.add_user("Owner")
    forum = room.world.add_group("Forum", admins=[owner], forum=True)
    answer = await room.ask(owner, forum, "/topic weather", thread_id=1)
    assert answer.thread_id is None
    assert await room.follows(forum) == {"topic:weather"}


async def test_a_command_posted_in_a_channel_is_an_admin_act(room: Room) -> None:
    """Only administrators post; the channel follows and the answer stands in it."""
    owner = room.world.add_user("Owner")
    channel = room.world.add_channel("Harbour news", admins=[owner])
    answer = await room.ask(owner, channel, "/topic weather")
    assert "✅ 🌦 Weather is on." in answer.text
    assert await room.follows(channel) == {"topic:weather"}
    assert "/topic" in (await room.ask(owner, channel, "/help")).text


async def test_a_channels_readers_press_in_vain(room: Room) -> None:
    """The picker in a channel obeys the channel's administrators alone."""
    owner, reader = room.world.add_user("Owner"), room.world.add_user("Reader")
    channel = room.world.add_channel("Harbour news", admins=[owner], members=[reader])
    picker = await room.ask(owner, channel, "/topic")
    notice = await room.press(reader, picker, "🌦 Weather")
    assert notice["show_alert"]
    assert "admins of this channel" in notice["text"]
    await room.press(owner, picker, "⚓ Harbour")
    assert await room.follows(channel) == {"topic:harbour"}


async def test_who_writes_as_a_channel_is_nobody_in_particular(room: Room) -> None:
    """Writing in a group under the name of another chat gives no right, even to an owner."""
    owner, _member, group = group_of(room, supergroup=True)
    own_channel = room.world.add_channel("Own channel", admins=[owner])
    room.world.say(owner, group, "/topic weather", anonymous=True)
    room.world.updates.waiting[-1]["message"]["sender_chat"] = chat_view(own_channel)
    await room.settle()
    assert await room.follows(group) == set()
    assert "Only the admins" in room.world.messages(group)[-1].text


@pytest.mark.parametrize(
    ("more", "thread_id"),
    [
        ({}, None),
        ({"message_thread_id": 7, "is_topic_message": True}, 7),
        ({"message_thread_id": 1, "is_topic_message": True}, None),  # General
        ({"message_thread_id": 7}, None),  # an answer in a group without topics
    ],
)
def test_which_thread_a_message_belongs_to(more: dict[str, Any], thread_id: int | None) -> None:
    """Only forum topics other than General are places of their own."""
    chat = {"id": -1001, "type": "supergroup", "title": "Forum"}
    message = TelegramMessage.de_json({"message_id": 9, "date": 1, "chat": chat, **more}, None)
    assert place_of(message).thread_id == thread_id
