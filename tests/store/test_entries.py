"""What is known of a source, the newest, topics and names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model import Follow, Known
from bot.store import entries
from bot.store.engine import Database
from tests.store.rows import HOUR, commit, new, revised, withdrawn
from tests.support.store import add_source, add_topic

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


async def test_known(db: Database) -> None:
    """Deciding gets what it compares with: hash, revision, time, words, and what was taken back."""
    source = await add_source(db)
    await commit(db, source, new("a", "one", published=NOON), new("b", published=NOON))
    await commit(db, source, revised("a", "two"), withdrawn("b"))
    async with db.read() as connection:
        found = {item.identity: item for item in await entries.known(connection, source)}
        assert await entries.known(connection, source + 1) == []
    assert found["b"] == Known("b", "b", 2, NOON, "b", "", withdrawn=True)
    assert (found["a"].content_hash, found["a"].revision, found["a"].text) == ("two", 2, "two")


async def test_newest_published(db: Database) -> None:
    """The latest time of a source, whatever was stored last; None where there is none."""
    source = await add_source(db)
    async with db.read() as connection:
        assert await entries.newest_published(connection, source) is None
    await commit(db, source, new("b", published=NOON), new("a", published=NOON - HOUR))
    async with db.read() as connection:
        assert await entries.newest_published(connection, source) == NOON


async def test_latest(db: Database) -> None:
    """The newest of what is followed by the publishers' time, each once; none withdrawn."""
    gazette = await add_source(db)
    courier = await add_source(db, "https://courier.example/live")
    storm, sport = await add_topic(db, "storm"), await add_topic(db, "sport")
    times = [NOON + timedelta(minutes=m) for m in range(10)]
    await commit(
        db,
        gazette,
        *(new(f"g{n}", published=times[n]) for n in (3, 1, 2)),
        topics={"g1": [storm], "g2": [storm, sport], "g3": [sport]},
    )
    await commit(
        db,
        courier,
        *(new(f"c{n}", published=times[n]) for n in (5, 4)),
        topics={"c4": [storm]},
    )
    await commit(db, courier, withdrawn("c5"))

    async def newest(limit: int, *follows: tuple[Follow, int]) -> list[str]:
        async with db.read() as connection:
            return [e.identity for e in await entries.latest(connection, follows, limit)]

    assert await newest(9, (Follow.ALL, 0)) == ["c4", "g3", "g2", "g1"]
    assert await newest(2, (Follow.ALL, 0), (Follow.TOPIC, storm)) == ["c4", "g3"]
    assert await newest(9, (Follow.TOPIC, storm)) == ["c4", "g2", "g1"]
    assert await newest(9, (Follow.TOPIC, storm), (Follow.TOPIC, sport)) == ["c4", "g3", "g2", "g1"]
    assert await newest(9, (Follow.SOURCE, gazette)) == ["g3", "g2", "g1"]
    assert await newest(9, (Follow.SOURCE, courier), (Follow.TOPIC, sport)) == ["c4", "g3", "g2"]
    assert await newest(9) == []


async def test_by_ids(db: Database) -> None:
    """Entries, their topics and source names come by their ids; strangers are left out."""
    source = await add_source(db, name="Gazette")
    await commit(db, source, new("a"), new("b"))
    async with db.read() as connection:
        found = await entries.get_many(connection, [1, 2, 77])
        names = await entries.source_names(connection, [source, source, 99])
        topics = await entries.topics_of(connection, [1, 2])
    assert {id_: entry.identity for id_, entry in found.items()} == {1: "a", 2: "b"}
    assert names == {source: "Gazette"}
    assert topics == {}
