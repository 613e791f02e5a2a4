"""The life of a source, and its turns to be polled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.model import Follow, Source, SourceState
from bot.store import sources, subscriptions
from bot.store.engine import Database
from bot.store.sources import PollMark
from bot.wording import Wording, in_language
from tests.store.rows import HOUR, commit, new
from tests.support.store import add_chat, add_source, utc_now

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
URL = "https://news.example/live"


async def propose(db: Database, url: str = URL, *, name: str = "Gazette") -> Source:
    """Preview a source."""
    async with db.write() as connection:
        return await sources.propose(
            connection,
            url=url,
            poll_url=url + "/feed",
            name=name,
            adapter="feed",
            title="Storm, live",
            interval=10,
            added_by=42,
            now=NOON,
        )


async def get(db: Database, source_id: int) -> Source:
    """The source as stored."""
    async with db.read() as connection:
        found = await sources.get(connection, source_id)
    assert found is not None
    return found


async def claim(
    db: Database, now: datetime, owner: str = "one", *, limit: int = 10, lease: float = 60
) -> list[int]:
    """Claim due sources; their ids."""
    async with db.write() as connection:
        due = await sources.claim_due(connection, owner, now, limit=limit, lease=lease)
    return [source.id for source in due]


async def next_due(db: Database) -> datetime | None:
    """When the next poll can be claimed."""
    async with db.read() as connection:
        return await sources.next_due(connection)


async def test_proposed(db: Database) -> None:
    """A preview is remembered with everything, and neither polled nor listed before a yes."""
    source = await propose(db)
    assert (source.state, source.adapter, source.poll_url) == ("proposed", "feed", URL + "/feed")
    assert (source.added_by, source.created_at, source.primed) == (42, NOON, False)
    assert await claim(db, NOON + HOUR) == []
    assert await next_due(db) is None
    async with db.read() as connection:
        assert await sources.listed(connection) == []
        assert await sources.by_url(connection, URL) == source
        assert await sources.by_url(connection, URL + "/") is None


async def test_proposed_again(db: Database) -> None:
    """A second preview replaces the first; one of a watched source leaves it as it is."""
    first = await propose(db)
    second = await propose(db, name="The Gazette")
    assert (second.id, second.name) == (first.id, "The Gazette")
    async with db.write() as connection:
        assert await sources.activate(connection, first.id, NOON)
    third = await propose(db, name="Something else")
    assert (third.id, third.name, third.state) == (first.id, "The Gazette", SourceState.ACTIVE)


async def test_activated(db: Database) -> None:
    """After the yes it is due at once; a second yes says that it is watched already."""
    source = await propose(db)
    async with db.write() as connection:
        assert await sources.activate(connection, source.id, NOON)
        assert not await sources.activate(connection, source.id, NOON)
        assert not await sources.activate(connection, 999, NOON)
    assert await next_due(db) == NOON
    assert await claim(db, NOON) == [source.id]


async def test_paused_and_resumed(db: Database) -> None:
    """A paused source is not polled; resumed it is due at once, unconditionally, still primed."""
    id_ = await add_source(db)
    await commit(db, id_, mark=PollMark(NOON, NOON, 10, etag='"1"', wire_hash="x"))
    async with db.write() as connection:
        assert await sources.pause(connection, id_)
        assert not await sources.pause(connection, id_)
    assert await claim(db, NOON + HOUR) == []
    assert await next_due(db) is None
    async with db.write() as connection:
        assert await sources.resume(connection, id_, NOON + HOUR)
        assert not await sources.resume(connection, id_, NOON + HOUR)
    source = await get(db, id_)
    assert (source.etag, source.wire_hash, source.primed) == (None, "", True)
    assert await next_due(db) == NOON + HOUR
    assert await commit(db, id_, new("meanwhile")) == 1


async def test_removed_and_added_again(db: Database) -> None:
    """Removing ends polling and subscriptions; added again it tells nothing that stands there."""
    id_ = await add_source(db)
    await commit(db, id_, new("a"))
    chat = await add_chat(db, 1, follow=Follow.SOURCE, target=id_)
    async with db.write() as connection:
        assert await sources.remove(connection, id_)
        assert not await sources.remove(connection, id_)
        assert await sources.listed(connection) == []
        assert await subscriptions.counts(connection) == {}
        assert await subscriptions.of(connection, chat.id) == set()
        assert await sources.entry_counts(connection) == {id_: 1}
    again = await propose(db)
    assert again.id == id_
    async with db.write() as connection:
        await sources.activate(connection, id_, NOON)
    assert not (await get(db, id_)).primed
    assert await commit(db, id_, new("came meanwhile")) == 0
    assert await commit(db, id_, new("fresh")) == 1


async def test_claims(db: Database) -> None:
    """Longest overdue first, as many as asked, nobody twice; a lease ends by itself."""
    ids = [await add_source(db, f"{URL}/{n}") for n in range(4)]
    for id_, minutes in zip(ids, (3, 1, 2, 90), strict=True):
        due = NOON + timedelta(minutes=minutes)
        await commit(db, id_, mark=PollMark(NOON, due, 10))
    at = NOON + HOUR
    assert await claim(db, at, limit=2) == [ids[1], ids[2]]
    assert await claim(db, at, "two") == [ids[0]]
    assert await claim(db, at + timedelta(seconds=59), "two") == []
    assert await claim(db, at + timedelta(seconds=61), "two") == [ids[1], ids[2], ids[0]]


async def test_claims_in_parallel(db: Database) -> None:
    """Several pollers at the same instant share the sources."""
    for number in range(12):
        await add_source(db, f"{URL}/{number}")
    claims = await asyncio.gather(
        *(claim(db, utc_now() + HOUR, f"p{n}", limit=3) for n in range(5))
    )
    assert sorted(id_ for ids in claims for id_ in ids) == list(range(1, 13))


async def test_next_due_knows_leases(db: Database) -> None:
    """While a poll is under way it is not due before its lease ends; after it, when it says."""
    id_ = await add_source(db)
    await commit(db, id_, mark=PollMark(NOON, NOON + HOUR, 10))
    assert await next_due(db) == NOON + HOUR
    await claim(db, NOON + HOUR, lease=60)
    assert await next_due(db) == NOON + HOUR + timedelta(seconds=60)
    await commit(db, id_, mark=PollMark(NOON, NOON + 2 * HOUR, 10))
    assert await next_due(db) == NOON + 2 * HOUR


async def test_failures(db: Database) -> None:
    """Failures are counted from the first one's instant; validators stay; one success ends them."""
    id_ = await add_source(db)
    await commit(db, id_, mark=PollMark(NOON, NOON, 10, etag='"1"'))
    for number in (1, 2, 3):
        await claim(db, NOON + number * HOUR)
        async with db.write() as connection:
            failed = await sources.mark_failed(
                connection,
                id_,
                error=f"error {number}",
                now=NOON + number * HOUR,
                next_poll_at=NOON + (number + 1) * HOUR,
            )
        assert failed == number
    source = await get(db, id_)
    assert (source.failures, source.last_error, source.etag) == (3, "error 3", '"1"')
    assert (source.failing_since, source.last_polled_at) == (NOON + HOUR, NOON + 3 * HOUR)
    assert await next_due(db) == NOON + 4 * HOUR
    await commit(db, id_)
    source = await get(db, id_)
    assert (source.failures, source.failing_since, source.last_error) == (0, None, "")


async def test_an_error_is_told_in_the_language_of_who_reads_it(db: Database) -> None:
    """A wording that is stored is one again; a name in it may hold what no text column takes."""
    id_ = await add_source(db)
    error = Wording(
        "There is no host named {host}. Check the spelling of the address.", host="a\0b"
    )
    async with db.write() as connection:
        await sources.mark_failed(connection, id_, error=error, now=NOON, next_poll_at=NOON + HOUR)
    stored = (await get(db, id_)).last_error
    assert stored == "There is no host named a\0b. Check the spelling of the address."
    assert in_language(stored, "de").startswith("Einen Host namens a\0b gibt es nicht.")


async def test_closing_and_ended(db: Database) -> None:
    """A closed blog is polled on, then ends; resumed it is watched again."""
    id_ = await add_source(db)
    await commit(db, id_, mark=PollMark(NOON, NOON, 10, closing=True))
    source = await get(db, id_)
    assert (source.closing, source.state) == (True, SourceState.ACTIVE)
    await commit(db, id_, mark=PollMark(NOON, NOON, 10, closing=True, ended=True))
    assert (await get(db, id_)).state is SourceState.ENDED
    assert await next_due(db) is None
    async with db.write() as connection:
        assert [source.id for source in await sources.listed(connection)] == [id_]
        assert await sources.resume(connection, id_, NOON)
    assert await next_due(db) == NOON


async def test_a_poll_under_way_does_not_undo_a_pause(db: Database) -> None:
    """Paused in the middle of its last poll, a source stays paused though coverage ended."""
    id_ = await add_source(db)
    async with db.write() as connection:
        await sources.pause(connection, id_)
    await commit(db, id_, mark=PollMark(NOON, NOON, 10, ended=True))
    assert (await get(db, id_)).state is SourceState.PAUSED


async def test_poll_now(db: Database) -> None:
    """An admin's /poll makes an active source due, whatever it was before; not a paused one."""
    id_ = await add_source(db)
    await commit(db, id_, mark=PollMark(NOON, NOON + 24 * HOUR, 10, etag='"1"', wire_hash="x"))
    async with db.write() as connection:
        assert await sources.poll_now(connection, id_, NOON)
    source = await get(db, id_)
    assert (source.next_poll_at, source.etag, source.wire_hash) == (NOON, None, "")
    async with db.write() as connection:
        await sources.pause(connection, id_)
        assert not await sources.poll_now(connection, id_, NOON)


async def test_renew(db: Database) -> None:
    """A poll that takes long keeps its source; what another took over stays the other's."""
    at = utc_now() + HOUR
    slow = await add_source(db, "https://one.example/")
    assert await claim(db, at, "me", lease=20) == [slow]
    async with db.write() as connection:
        await sources.renew(connection, "me", at + HOUR, held={slow}, lease=20)
        await sources.renew(connection, "other", at + 2 * HOUR, held={slow}, lease=20)
    assert await claim(db, at + HOUR, "other") == []
    assert await claim(db, at + HOUR + timedelta(seconds=21), "other") == [slow]


async def test_let_go(db: Database) -> None:
    """What this process claimed and does not poll is due after its interval; nothing else is."""
    at = utc_now() + HOUR
    held = await add_source(db, "https://one.example/")
    assert await claim(db, at, "me", lease=10_000) == [held]
    idle = await add_source(db, "https://two.example/")
    assert await claim(db, at, "me", lease=10_000) == [idle]
    other = await add_source(db, "https://three.example/")
    assert await claim(db, at, "other", lease=10_000) == [other]
    async with db.write() as connection:
        await sources.let_go(connection, "me", lease=10_000, held={held})
    assert await claim(db, at, "me") == []
    interval = timedelta(seconds=(await get(db, idle)).interval)
    assert await claim(db, at + interval, "next") == [idle]


async def test_release_all(db: Database) -> None:
    """After a crash, what was being polled is due again at once."""
    id_ = await add_source(db)
    at = utc_now() + HOUR
    await claim(db, at, "crashed", lease=10_000)
    assert await claim(db, at, "next") == []
    async with db.write() as connection:
        await sources.release_all(connection)
    assert await claim(db, at, "next") == [id_]


async def test_rename(db: Database) -> None:
    """A source can be given another name."""
    id_ = await add_source(db)
    async with db.write() as connection:
        await sources.rename(connection, id_, "The Harbour Gazette")
    assert (await get(db, id_)).name == "The Harbour Gazette"
