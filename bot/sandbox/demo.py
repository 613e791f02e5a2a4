"""The people and chats of the demo, named by their roles."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.state import Chat, Topic, User
from bot.sandbox.world import World

SUBSCRIBER_ID = 500_100_001
SECOND_SUBSCRIBER_ID = 500_100_002
ADMIN_ID = 500_100_003
GROUP_ADMIN_ID = 500_100_004
GROUP_MEMBER_ID = 500_100_005
CHANNEL_OWNER_ID = 500_100_006


@dataclass(frozen=True, slots=True)
class Demo:
    """What `demo_world` made."""

    world: World
    subscriber: User
    second_subscriber: User
    admin: User
    group_admin: User
    group_member: User
    channel_owner: User
    group: Chat
    forum: Chat
    topics: tuple[Topic, ...]
    channel: Chat


def demo_world(world: World | None = None) -> Demo:
    """Two subscribers, the bot's admin, a group, a forum and a channel, with the bot in all.

    `ADMIN_ID` is the user id to put into the relay's settings. Nobody has pressed start yet, so
    the first thing to do on the page is what a new reader does.
    """
    world = world if world is not None else World()
    subscriber = world.add_user("Subscriber", language="en", user_id=SUBSCRIBER_ID)
    second = world.add_user("Second subscriber", language="de", user_id=SECOND_SUBSCRIBER_ID)
    admin = world.add_user("Newsroom admin", language="en", user_id=ADMIN_ID)
    group_admin = world.add_user("Group admin", language="en", user_id=GROUP_ADMIN_ID)
    member = world.add_user("Group member", language="en", user_id=GROUP_MEMBER_ID)
    owner = world.add_user("Channel owner", language="en", user_id=CHANNEL_OWNER_ID)
    for user in (subscriber, second, admin):
        world.private_chat(user, started=False)
    group = world.add_group(
        "Harbour watchers", admins=[group_admin], members=[member], supergroup=True
    )
    forum = world.add_group(
        "City desk",
        admins=[group_admin],
        members=[member],
        forum=True,
        bot_rights=("can_manage_topics", "can_pin_messages", "can_delete_messages"),
    )
    topics = tuple(world.add_topic(forum, name) for name in ("Storm", "Elections"))
    channel = world.add_channel("Evening wire", admins=[owner, admin], username="evening_wire")
    return Demo(
        world,
        subscriber,
        second,
        admin,
        group_admin,
        member,
        owner,
        group,
        forum,
        topics,
        channel,
    )
