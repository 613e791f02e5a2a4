"""Up to where a chat has read, and what was written in a stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import Follow
from bot.store import reads
from bot.store.engine import Database
from tests.store.rows import HOUR, commit, new, withdrawn
from tests.support.store import add_chat, add_source, add_topic, utc_now

EVERYTHING = ((Follow.ALL, 0),)


async def test_the_mark_only_moves_forward(db: Database) -> None:
    """A chat that has said nothing has no mark; an earlier instant changes none."""
    destination = await add_chat(db, 1_001)
    now = utc_now()
    async with db.write() as connection:
        assert await reads.last_read_at(connection, destination.id) is None
        for instant in (now, now - HOUR, now - 2 * HOUR):
            await reads.mark_read(connection, destination.id, instant)
        assert await reads.last_read_at(connection, destination.id) == now
        await reads.mark_read(connection, destination.id, now + HOUR)
        assert await reads.last_read_at(connection, destination.id) == now + HOUR


async def test_a_stretch_of_time(db: Database) -> None:
    """What was shown in it, oldest first; the newest where there are too many; none withdrawn."""
    source = await add_source(db)
    storm = await add_topic(db, "storm")
    now = utc_now()
    await commit(
        db,
        source,
        *(new(f"e{n}", published=now - n * HOUR) for n in range(6)),
        topics={"e1": [storm], "e3": [storm]},
    )
    await commit(db, source, withdrawn("e2"))
    end = utc_now() + timedelta(seconds=1)

    async def between(start: datetime, limit: int = 10, **how: timedelta) -> list[str]:
        async with db.read() as connection:
            found = await reads.between(connection, EVERYTHING, start, end, limit, **how)
        return [entry.identity for entry in found]

    start = now - 4.5 * HOUR
    assert await between(start) == ["e4", "e3", "e1", "e0"]
    assert await between(start, 2) == ["e1", "e0"]
    assert await between(start, late=HOUR) == ["e5", "e4", "e3", "e1", "e0"]
    assert await between(now) == ["e0"]
    async with db.read() as connection:
        moments = await reads.activity(connection, ((Follow.TOPIC, storm),), start, end, 10)
        assert [moment.at for moment in moments] == [now - 3 * HOUR, now - HOUR]
        assert await reads.activity(connection, (), start, end, 10) == []
        assert await reads.between(connection, (), start, end, 10) == []


async def test_what_is_seen_later_belongs_to_the_next_stretch(db: Database) -> None:
    """Two stretches side by side hold every entry once, whenever it was published and seen."""
    source = await add_source(db)
    first = utc_now()
    await commit(db, source, new("early", published=first - HOUR))
    middle = utc_now()
    await commit(db, source, new("late", published=middle - HOUR), new("now", published=middle))
    end = utc_now() + timedelta(seconds=1)
    async with db.read() as connection:
        halves = [
            await reads.between(connection, EVERYTHING, start, until, 10, late=2 * HOUR)
            for start, until in ((first - 2 * HOUR, middle), (middle, end))
        ]
    assert [[entry.identity for entry in half] for half in halves] == [["early"], ["late", "now"]]
