"""News that a second live blog tells, from its poll to what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import schema, sources
from tests.intake.test_poller import Desk, Site
from tests.support.store import add_entries, add_source, temp_database, utc_now

FLASH = "The harbour of Norwick is closed after 14 ships lost their anchors, port authority says"


@pytest.mark.parametrize(
    ("text", "is_repeated"), [(FLASH, True), (FLASH.replace("14", "15"), False)]
)
async def test_a_flash_that_another_blog_told(tmp_path: Path, text: str, is_repeated: bool) -> None:
    """It is noted as that one's repetition, whose messages are to name the second source."""
    async with temp_database(tmp_path) as db:
        other = await add_source(db, "https://courier.example/live")
        (first,) = await add_entries(db, other, [FLASH])
        async with db.write() as connection:
            await sources.pause(connection, other)  # the desk watches one page
        desk = Desk(db, Site({"a": "The gates are closed"}), utc_now())
        desk.source_id = await desk.watch()
        await desk.tick()
        desk.site.posts["b"] = text
        await desk.until_due()
        async with db.read() as connection:
            columns = schema.entries.c
            repeats = dict(
                (
                    await connection.execute(
                        sa.select(columns.text, columns.duplicate_of).where(
                            columns.source_id == desk.source_id
                        )
                    )
                ).all()
            )
            revision = await connection.scalar(
                sa.select(columns.revision).where(columns.id == first)
            )
        assert repeats == {"The gates are closed": None, text: first if is_repeated else None}
        assert revision == (2 if is_repeated else 1)
