"""Topics: the file's and the admins'."""

from __future__ import annotations

from bot.model import Follow, Topic, TopicRule
from bot.store import subscriptions, topics
from bot.store.engine import Database
from tests.support.store import add_chat, utc_now

STORM = Topic(
    0,
    "storm",
    {"en": "Storm", "de": "Sturm"},
    "🌊",
    TopicRule(any=("storm*", "high water"), all=("harbour",), none=("tea cup",), sources=("live",)),
)
SPORT = Topic(0, "sport", {"en": "Sport"}, "⚽", TopicRule(any=("goal",)))
ARTS = Topic(0, "arts", {"en": "Arts"}, "🎭", TopicRule(any=("opera",)), origin="admin")


async def sync(db: Database, *from_file: Topic) -> None:
    """Bring a file in."""
    async with db.write() as connection:
        await topics.sync_file(connection, from_file)


async def listed(db: Database) -> list[str]:
    """The slugs people can choose."""
    async with db.read() as connection:
        return [topic.slug for topic in await topics.listed(connection)]


async def test_a_topic_comes_back_whole(db: Database) -> None:
    """Names, emoji, every part of the rule and the origin survive."""
    await sync(db, STORM)
    async with db.read() as connection:
        found = await topics.by_slug(connection, "storm")
        assert await topics.by_slug(connection, "storms") is None
    assert found == Topic(1, "storm", STORM.names, "🌊", STORM.rule, "file")


async def test_the_files_order(db: Database) -> None:
    """The file's topics stand in its order, those of admins after them."""
    async with db.write() as connection:
        await topics.save(connection, ARTS)
    await sync(db, STORM, SPORT)
    assert await listed(db) == ["storm", "sport", "arts"]
    await sync(db, SPORT, STORM)
    assert await listed(db) == ["sport", "storm", "arts"]


async def test_leaving_and_returning(db: Database) -> None:
    """A topic that left the file is offered no more; on its return its followers are there."""
    await sync(db, STORM, SPORT)
    chat = await add_chat(db, 1, follow=Follow.TOPIC, target=1)
    await sync(db, SPORT)
    assert await listed(db) == ["sport"]
    await sync(db, STORM, SPORT)
    async with db.read() as connection:
        found = await topics.by_slug(connection, "storm")
        assert found is not None
        assert found.id == 1
        assert await subscriptions.of(connection, chat.id) == {(Follow.TOPIC, 1)}


async def test_an_empty_file(db: Database) -> None:
    """A file without topics retires the file's, not the admins'."""
    async with db.write() as connection:
        await topics.save(connection, ARTS)
    await sync(db, STORM)
    await sync(db)
    assert await listed(db) == ["arts"]


async def test_the_file_takes_a_slug_over(db: Database) -> None:
    """A topic an admin added and the file now has is the file's, with the same id."""
    async with db.write() as connection:
        await topics.save(connection, ARTS)
    await sync(db, Topic(0, "arts", {"en": "Culture"}, "🎨", TopicRule(any=("museum",))))
    async with db.read() as connection:
        found = await topics.by_slug(connection, "arts")
    assert found == Topic(1, "arts", {"en": "Culture"}, "🎨", TopicRule(any=("museum",)), "file")
    await sync(db)
    assert await listed(db) == []


async def test_retire(db: Database) -> None:
    """A topic an admin removes is offered no more, and nobody follows it."""
    async with db.write() as connection:
        await topics.save(connection, ARTS)
    await add_chat(db, 1, follow=Follow.TOPIC, target=1)
    async with db.write() as connection:
        assert await topics.retire(connection, "arts")
        assert not await topics.retire(connection, "arts")
        assert await subscriptions.counts(connection) == {}
        await subscriptions.add(connection, 1, (Follow.ALL, 0), utc_now())
    assert await listed(db) == []
