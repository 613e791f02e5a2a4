"""Followed sections in the store: the tree, its audience, and the step from the first schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.model import Follow, LinkOutcome, Source, SourceKind, SourceState
from bot.store import entries, following, migrate, sources, subscriptions
from bot.store.engine import Database, open_database
from bot.store.following import KEPT, as_tree
from bot.store.schema import followed_links
from tests.store.rows import count, plan
from tests.support.store import add_chat, add_entries, add_source, delivery_rows, utc_now

URL = "https://news.example/live/1"


async def family(db: Database, *urls: str) -> tuple[Source, list[Source]]:
    """A followed section and primed live blogs that were found on it."""
    now = utc_now()
    async with db.write() as connection:
        parent = await sources.propose(
            connection,
            url="https://news.example/harbour",
            poll_url="https://news.example/harbour",
            name="Harbour",
            adapter="",
            title="Harbour",
            interval=10.0,
            added_by=None,
            now=now,
            kind=SourceKind.FOLLOW,
            pattern="/live/",
        )
        await sources.activate(connection, parent.id, now)
        children = []
        for url in urls:
            child = await following.adopt(
                connection,
                parent,
                url=url,
                same_as=url,
                poll_url=url,
                name=url,
                adapter="schemaorg",
                title=url,
                interval=10.0,
                now=now,
            )
            assert child is not None
            children.append(child)
    for child in children:
        await add_entries(db, child.id, [])  # primes it
    return parent, children


async def test_a_childs_entry_reaches_who_follows_the_section(db: Database) -> None:
    """Followers of the section, of the blog and of everything get it once; others do not."""
    parent, [child] = await family(db, URL)
    stranger = await add_source(db)
    for number, (follow, target) in enumerate(
        [
            (Follow.SOURCE, parent.id),
            (Follow.SOURCE, child.id),
            (Follow.ALL, 0),
            (Follow.SOURCE, stranger),
        ],
        1,
    ):
        await add_chat(db, number, follow=follow, target=target)
    both = await add_chat(db, 5, follow=Follow.SOURCE, target=parent.id)
    async with db.write() as connection:
        await subscriptions.add(connection, both.id, (Follow.SOURCE, child.id), utc_now())
    await add_entries(db, child.id, ["The pier is shut."])
    await plan(db)
    assert [row.telegram_id for row in await delivery_rows(db)] == [1, 2, 3, 5]


async def test_the_newest_of_a_section_are_its_live_blogs(db: Database) -> None:
    """/latest of the section shows what was found on it, and nothing else."""
    parent, children = await family(db, URL, "https://news.example/live/2")
    for child in children:
        await add_entries(db, child.id, [f"Entry of {child.id}"])
    await add_entries(db, await add_source(db), ["Another"])
    async with db.read() as connection:
        found = await entries.latest(connection, [(Follow.SOURCE, parent.id)], 10)
    assert {entry.source_id for entry in found} == {child.id for child in children}


async def test_removing_a_section_removes_what_was_found_on_it(db: Database) -> None:
    """The whole tree goes, with the subscriptions to each."""
    parent, [child] = await family(db, URL)
    await add_chat(db, 1, follow=Follow.SOURCE, target=child.id)
    async with db.write() as connection:
        assert await sources.remove(connection, parent.id)
        assert await sources.listed(connection) == []
        found = await sources.get(connection, child.id)
        left = await connection.scalar(sa.text("SELECT count(*) FROM subscriptions"))
    assert found is not None
    assert found.state is SourceState.REMOVED
    assert left == 0


async def test_a_known_address_is_not_adopted(db: Database) -> None:
    """What an admin added keeps its place, also under another spelling."""
    own = await add_source(db, URL)
    parent, _ = await family(db)
    async with db.write() as connection:
        for url, same_as in ((URL, "https://a.example/"), ("https://b.example/", URL)):
            assert (
                await following.adopt(
                    connection,
                    parent,
                    url=url,
                    same_as=same_as,
                    poll_url=url,
                    name="x",
                    adapter="feed",
                    title="x",
                    interval=1.0,
                    now=utc_now(),
                )
                is None
            )
        found = await sources.get(connection, own)
    assert found is not None
    assert found.parent_id is None


async def test_links_are_remembered_once_and_not_for_ever(db: Database) -> None:
    """The last outcome counts; what is very old goes with the next one."""
    parent, _ = await family(db)
    now = utc_now()
    async with db.write() as connection:
        await following.remember(connection, parent.id, "https://a.example/", LinkOutcome.OVER, now)
        for outcome in (LinkOutcome.FAILED, LinkOutcome.NO_LIVE_BLOG):
            await following.remember(connection, parent.id, URL, outcome, now)
        assert await following.unseen(connection, parent.id, [URL], {}, now) == []
    assert await count(db, followed_links) == 2
    async with db.write() as connection:
        later = now + KEPT * 2
        await following.remember(connection, parent.id, URL, LinkOutcome.FAILED, later)
    assert await count(db, followed_links) == 1


async def test_a_thousand_links_are_looked_up(db: Database) -> None:
    """More addresses than a database takes in one query, in their order."""
    parent, [child] = await family(db, URL)
    urls = [f"https://news.example/live/{number}" for number in range(1_000)]
    async with db.read() as connection:
        found = await following.unseen(connection, parent.id, urls, {}, utc_now())
    assert found == [url for url in urls if url != child.url]


async def test_an_ended_source_that_is_resumed_is_not_over_at_once(db: Database) -> None:
    """Its silence counts from the moment an admin wanted it back."""
    source_id = await add_source(db)
    now = utc_now()
    async with db.write() as connection:
        assert await sources.end(connection, source_id)
        assert await sources.resume(connection, source_id, now)
        found = await sources.get(connection, source_id)
    assert found is not None
    assert found.state is SourceState.ACTIVE
    assert found.last_entry_at == now


async def test_the_tree_of_sources(db: Database) -> None:
    """Sections with what was found on them; what stands alone, or whose section is gone, too."""
    alone = await add_source(db)
    parent, children = await family(db, URL, "https://news.example/live/2")
    async with db.read() as connection:
        found = await sources.listed(connection)
    tree = [(source.id, [each.id for each in below]) for source, below in as_tree(found)]
    assert tree == [(alone, []), (parent.id, [child.id for child in children])]
    orphans = [source for source in found if source.id != parent.id]
    assert [source.id for source, _ in as_tree(orphans)] == [
        alone,
        *(child.id for child in children),
    ]


async def test_sources_of_the_first_schema_stay_what_they_were(tmp_path: Path) -> None:
    """The second migration keeps every row: pages an admin added."""
    db = await open_database(str(tmp_path / "relay.db"))
    try:
        config = Config()
        config.set_main_option("script_location", "bot.store:migrations")

        def to_first(connection: sa.Connection) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")

        async with db.write() as connection:
            await connection.run_sync(to_first)
            await connection.execute(
                sa.text(
                    "INSERT INTO sources (url, poll_url, name, state, adapter, interval, "
                    "next_poll_at, created_at) VALUES (:u, :u, 'Post', 'active', 'feed', 5, 0, 0)"
                ),
                {"u": URL},
            )
        assert "0002" in await migrate.upgrade(db)
        async with db.read() as connection:
            [source] = await sources.listed(connection)
        assert (source.url, source.kind, source.parent_id, source.pattern) == (
            URL,
            SourceKind.PAGE,
            None,
            "",
        )
    finally:
        await db.close()
