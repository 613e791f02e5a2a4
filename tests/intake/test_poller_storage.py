"""A database that refuses is told to the admins once, and once that it takes everything again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import StorageFullError, StoreError
from bot.store import schema, topics
from tests.intake.test_poller import Desk, Site
from tests.support.refusing import Refusing
from tests.support.store import add_topic, temp_database


async def test_a_full_disk_and_its_end(tmp_path: Path) -> None:
    """However many polls meet it."""
    async with temp_database(tmp_path) as real:
        db = Refusing(real)
        desk = Desk(db, Site({"a": "The gates are closed"}))
        desk.source_id = await desk.watch()
        await desk.tick()
        db.error = StorageFullError("no space is left; make room")
        for _ in range(3):
            await desk.tick(600)
        assert len(desk.reports) == 1
        assert "The database refuses" in desk.reports[0]
        db.error = None
        for _ in range(2):
            await desk.tick(600)
        assert desk.reports[1:] == ["The database takes everything again; polling goes on."]


@pytest.mark.parametrize("committed", [False, True], ids=["rolled back", "answer lost"])
@pytest.mark.parametrize("claimed", [False, True], ids=["claiming", "storing"])
async def test_a_source_is_polled_again_soon(
    tmp_path: Path, claimed: bool, committed: bool
) -> None:
    """Where the database failed once in the middle: after the usual interval, not the lease."""
    async with temp_database(tmp_path) as real:
        db = Refusing(real)
        desk = Desk(db, Site({"a": "The gates are closed"}))
        desk.source_id = await desk.watch()
        await desk.tick()
        desk.site.posts["b"] = "The ferry stays in port"
        db.error, db.committed, db.times = StoreError("away"), committed, 1
        if claimed:
            desk.site.gate = asyncio.Event()
            db.times = 0
        desk.now += timedelta(seconds=await desk.wait())
        desk.poller.wake()
        await desk.poller.tick()
        db.times = 1 - db.refused
        if desk.site.gate is not None:
            desk.site.gate.set()
        await desk.poller.stop()
        assert db.refused == 1
        for _ in range(3):
            await desk.tick(desk.bounds.minimum + 1)
        assert list(await desk.stored()) == ["a", "b"]
        assert await desk.fanned_out() == ["new"]


async def test_all_entries_of_a_source_get_its_own_topics(tmp_path: Path) -> None:
    """Whatever their words: what comes with a poll belongs to them at once."""
    async with temp_database(tmp_path) as db:
        desk = Desk(db, Site({"a": "The gates are closed"}))
        desk.source_id = await desk.watch()
        topic_id = await add_topic(db, "harbour")
        async with db.write() as connection:
            assert await topics.toggle_for_source(connection, desk.source_id, topic_id)
        await desk.tick()
        async with db.read() as connection:
            found = await connection.execute(sa.select(schema.entry_topics))
        assert [tuple(row) for row in found] == [(1, topic_id)]
