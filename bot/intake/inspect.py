"""Looks at an address an admin pasted: what is there, and what would a poll read?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Snapshot
from bot.sources import detect
from bot.sources.base import Hints, Page
from bot.sources.fetch import Fetching, normalise_url
from bot.sources.reader import read_detected


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found at an address.

    Attributes:
        url: the address, normalised; it names the source.
        poll_url: the address that will be fetched, usually the same.
        adapter: the name of the adapter that reads it.
        reason: one sentence: what gave the format away.
        confidence: 0 to 1.
        snapshot: what a poll of it would read now.
    """

    url: str
    poll_url: str
    adapter: str
    reason: str
    confidence: float
    snapshot: Snapshot


async def inspect(
    fetcher: Fetching,
    text: str,
    options: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> Inspection:
    """Fetch, detect and read an address.

    Args:
        fetcher: gets the page.
        text: the address as pasted.
        options: of the source to be, such as selectors.
        timezone: IANA name, for a page that names no zone.

    Raises:
        bot.errors.SourceError: the text is no address, it cannot be fetched, or holds no live
            blog; `str()` of it is for a person.
    """
    url = normalise_url(text)
    page = Page(await fetcher.fetch(url))
    hints = Hints(timezone=timezone, options=options or {})
    found = await asyncio.to_thread(detect, page, hints.options)
    polled, snapshot = await read_detected(fetcher, page, hints, found)
    poll_url = url if polled is page else found.recognition.poll_url or url
    return Inspection(
        url=url,
        poll_url=poll_url,
        adapter=snapshot.adapter,
        reason=found.recognition.reason,
        confidence=found.recognition.confidence,
        snapshot=snapshot,
    )
