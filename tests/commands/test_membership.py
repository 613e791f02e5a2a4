"""The bot's own comings and goings."""

from __future__ import annotations

from bot.sandbox.state import Member
from tests.support.chat import Room


async def active(room: Room, chat: object) -> bool:
    """Whether alerts go to a chat."""
    destination = await room.destination(chat)  # type: ignore[arg-type] # a sandbox chat
    return destination is not None and destination.active


async def test_added_to_a_group_it_greets_with_the_picker(room: Room) -> None:
    """Once, with buttons an admin can use at once."""
    owner = room.world.add_user("Owner", language="de")
    group = room.world.add_group("Harbour watch", admins=[owner], with_bot=False)
    room.world.add_bot(group, owner)
    await room.settle()
    [greeting] = [message for message in room.world.messages(group) if message.from_bot]
    assert "🌦 Weather" in greeting.button_texts or "🌦 Wetter" in greeting.button_texts
    await room.press(owner, greeting, greeting.button_texts[0])
    assert await room.follows(group) == {"topic:weather"}


async def test_kicked_and_added_again(room: Room) -> None:
    """Nothing goes to a group that threw the bot out; added again it gets what it had."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather")
    room.world.kick(group, owner)
    await room.settle()
    assert not await active(room, group)
    room.world.add_bot(group, owner)
    await room.settle()
    assert await active(room, group)
    assert await room.follows(group) == {"topic:weather"}
    last = room.world.messages(group)[-1]
    back = next(m for m in reversed(room.world.messages(group)) if m.from_bot)
    assert "I am back" in back.text, last
    assert "✅ 🌦 Weather" in back.text


async def test_removed_without_a_ban(room: Room) -> None:
    """Leaving counts like being kicked."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather")
    room.world.remove(group, owner)
    await room.settle()
    assert not await active(room, group)


async def test_every_forum_topic_is_switched_off_with_the_group(room: Room) -> None:
    """All destinations of a chat go off together and come back together."""
    owner = room.world.add_user("Owner")
    forum = room.world.add_group("Forum", admins=[owner], forum=True)
    topic = room.world.add_topic(forum, "Storms")
    await room.ask(owner, forum, "/topic weather", thread_id=topic.id)
    await room.ask(owner, forum, "/topic harbour")
    room.world.kick(forum, owner)
    await room.settle()
    for thread_id in (None, topic.id):
        destination = await room.destination(forum, thread_id)
        assert destination is not None
        assert not destination.active
    room.world.add_bot(forum, owner)
    await room.settle()
    for thread_id in (None, topic.id):
        destination = await room.destination(forum, thread_id)
        assert destination is not None
        assert destination.active


async def test_blocked_and_back(room: Room) -> None:
    """Somebody who blocked the bot and returns finds everything as it was, and is told."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    room.world.block(reader)
    await room.settle()
    assert not await active(room, chat)
    before = room.world.messages(chat)[-1]
    room.world.unblock(reader)
    await room.settle()
    assert await active(room, chat)
    [back] = room.since(chat, before)
    assert "I am back" in back.text
    assert "✅ 🌦 Weather" in back.text


async def test_back_without_subscriptions_is_quiet_until_start(room: Room) -> None:
    """Unblocking alone says nothing where nothing was on; /start is greeted as ever."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/start")
    room.world.block(reader)
    await room.settle()
    before = room.world.messages(chat)[-1]
    room.world.unblock(reader)
    await room.settle()
    assert room.since(chat, before) == []
    assert "Hello" in (await room.ask(reader, chat, "/start")).text


async def test_stopped_then_blocked_then_back_stays_stopped(room: Room) -> None:
    """/stop is not undone by blocking and unblocking."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    await room.ask(reader, chat, "/stop")
    room.world.block(reader)
    room.world.unblock(reader)
    await room.settle()
    assert await room.follows(chat) == set()


async def test_a_group_becomes_a_supergroup(room: Room) -> None:
    """What the group followed, the supergroup follows; the old id is gone."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather harbour")
    before = await room.destination(group)
    new = room.world.migrate(group)
    await room.settle()
    after = await room.destination(new)
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.active
    assert await room.destination(group) is None
    assert await room.follows(new) == {"topic:weather", "topic:harbour"}
    await room.ask(owner, new, "/topic weather")
    assert await room.follows(new) == {"topic:harbour"}


async def test_a_supergroup_that_spoke_first_joins_with_the_group(room: Room) -> None:
    """Where the supergroup was met before the migration was told, both lists are joined."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather")
    new = room.world.migrate(group)
    service = [room.world.updates.waiting.pop() for _ in range(2)]
    await room.ask(owner, new, "/topic harbour")
    for update in service:
        room.world.updates.add("message", update["message"])
    await room.settle()
    assert await room.follows(new) == {"topic:weather", "topic:harbour"}


async def test_let_into_a_channel_it_tells_who_did_it(room: Room) -> None:
    """The channel's readers are spared; the person learns what to post."""
    owner, private = room.person("Owner")
    channel = room.world.add_channel("Harbour <b>news", admins=[owner], with_bot=False)
    room.world.promote(channel, ("can_post_messages",), owner)
    await room.settle()
    assert not [message for message in room.world.messages(channel) if message.from_bot]
    told = room.world.messages(private)[-1]
    assert "Harbour <b>news" in told.text
    assert "/topic" in told.text


async def test_let_into_a_channel_by_a_stranger_it_greets_there(room: Room) -> None:
    """Who never started the bot cannot be written to: then the channel is the place."""
    owner = room.world.add_user("Owner")
    channel = room.world.add_channel("Harbour news", admins=[owner], with_bot=False)
    room.world.promote(channel, ("can_post_messages",), owner)
    await room.settle()
    [greeting] = [message for message in room.world.messages(channel) if message.from_bot]
    await room.press(owner, greeting, "🌦 Weather")
    assert await room.follows(channel) == {"topic:weather"}


async def test_a_channel_without_the_right_to_post_is_off(room: Room) -> None:
    """An administrator that may not post is switched off until it may."""
    owner, _private = room.person("Owner")
    channel = room.world.add_channel("Harbour news", admins=[owner])
    await room.ask(owner, channel, "/topic weather")
    room.world.promote(channel, (), owner)
    await room.settle()
    assert not await active(room, channel)
    room.world.promote(channel, ("can_post_messages",), owner)
    await room.settle()
    assert await active(room, channel)


async def test_promoted_in_a_group_nothing_is_said(room: Room) -> None:
    """Becoming an administrator changes nothing about alerts."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather")
    before = room.world.messages(group)[-1]
    room.world.promote(group, ("can_pin_messages",), owner)
    await room.settle()
    assert room.since(group, before) == []
    assert await active(room, group)


async def test_leaving_the_old_group_does_not_silence_the_new_one(room: Room) -> None:
    """Telegram may tell that the bot left the group before it tells of the migration."""
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Harbour watch", admins=[owner])
    await room.ask(owner, group, "/topic weather")
    room.world.remove(group, owner)
    await room.settle()
    group.bot = Member()
    new = room.world.migrate(group)
    await room.settle()
    assert await active(room, new)
    assert await room.follows(new) == {"topic:weather"}
