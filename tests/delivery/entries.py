"""Entries as the tests of rendering and choosing want them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Entry

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def entry(number: int, text: str = "The tide is rising.", **fields: Any) -> Entry:
    """Entry `number` of a live blog, that many minutes past noon."""
    made = Entry(
        id=number,
        source_id=1,
        identity=str(number),
        revision=1,
        withdrawn=False,
        published_at=NOON + timedelta(minutes=number),
        updated_at=None,
        first_seen_at=NOON + timedelta(minutes=number),
        revised_at=None,
        title=f"Report {number}",
        text=text,
        html="",
        url=f"https://news.example/live#{number}",
        author="",
        key_event=False,
        pinned=False,
    )
    return replace(made, **fields)
