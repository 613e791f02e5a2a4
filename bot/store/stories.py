"""Queries about stories: a live blog as one destination sees it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.inserting import insert_new
from bot.store.schema import stories

Story = tuple[int, int]  # destination, source


async def first_messages(connection: AsyncConnection, wanted: Iterable[Story]) -> dict[Story, int]:
    """The message each story began with, as far as one is stored."""
    pairs = list(wanted)
    if not pairs:
        return {}
    rows = await connection.execute(
        sa.select(stories.c.destination_id, stories.c.source_id, stories.c.first_message_id).where(
            stories.c.destination_id.in_({pair[0] for pair in pairs}),
            stories.c.source_id.in_({pair[1] for pair in pairs}),
            stories.c.first_message_id.is_not(None),
        )
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def begin(connection: AsyncConnection, story: Story, message_id: int) -> None:
    """A story's first message was sent; a later one changes nothing."""
    destination_id, source_id = story
    here = (stories.c.destination_id == destination_id, stories.c.source_id == source_id)
    result = await connection.execute(
        stories.update()
        .where(*here, stories.c.first_message_id.is_(None))
        .values(first_message_id=message_id)
    )
    if result.rowcount:
        return
    story_row = {"destination_id": destination_id, "source_id": source_id}
    await insert_new(connection, stories, {**story_row, "first_message_id": message_id})
