"""What destinations follow."""

from __future__ import annotations

from bot.model import Follow, Topic, TopicRule
from bot.store import sources, subscriptions, topics
from bot.store.engine import Database
from tests.support.store import add_chat, add_source, add_topic, utc_now


async def test_follow_and_unfollow(db: Database) -> None:
    """Each call says whether it changed anything; nothing is followed twice."""
    chat = await add_chat(db, 1, follow=None)
    topic = (Follow.TOPIC, await add_topic(db, "storm"))
    now = utc_now()
    async with db.write() as connection:
        assert await subscriptions.add(connection, chat.id, topic, now)
        assert not await subscriptions.add(connection, chat.id, topic, now)
        assert await subscriptions.of(connection, chat.id) == {topic}
        assert await subscriptions.remove(connection, chat.id, topic)
        assert not await subscriptions.remove(connection, chat.id, topic)
        assert await subscriptions.toggle(connection, chat.id, topic, now)
        assert not await subscriptions.toggle(connection, chat.id, topic, now)
        assert await subscriptions.of(connection, chat.id) == set()


async def test_clear_and_counts(db: Database) -> None:
    """How many follow what; clearing one chat leaves the others."""
    topic = (Follow.TOPIC, await add_topic(db, "storm"))
    one, two = await add_chat(db, 1), await add_chat(db, 2)
    async with db.write() as connection:
        await subscriptions.add(connection, one.id, topic, utc_now())
        assert await subscriptions.counts(connection) == {(Follow.ALL, 0): 2, topic: 1}
        assert await subscriptions.clear(connection, one.id) == 2
        assert await subscriptions.clear(connection, one.id) == 0
        assert await subscriptions.counts(connection) == {(Follow.ALL, 0): 1}
        assert await subscriptions.of(connection, two.id) == {(Follow.ALL, 0)}


async def test_of_leaves_out_what_is_gone(db: Database) -> None:
    """Retired topics and removed sources are not shown; paused sources are."""
    chat = await add_chat(db, 1, follow=None)
    kept, retired = await add_topic(db, "kept"), await add_topic(db, "retired")
    paused = await add_source(db)
    removed = await add_source(db, "https://courier.example/live")
    targets = [
        (Follow.TOPIC, kept),
        (Follow.TOPIC, retired),
        (Follow.SOURCE, paused),
        (Follow.SOURCE, removed),
    ]
    async with db.write() as connection:
        for target in targets:
            await subscriptions.add(connection, chat.id, target, utc_now())
        await sources.pause(connection, paused)
        assert await subscriptions.of(connection, chat.id) == set(targets)
        await sources.remove(connection, removed)
        await topics.sync_file(connection, [Topic(0, "kept", {}, "", TopicRule())])
        assert await subscriptions.of(connection, chat.id) == {
            (Follow.TOPIC, kept),
            (Follow.SOURCE, paused),
        }
