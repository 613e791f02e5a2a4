"""Reads a live blog from its first page on, fetching what its format needs besides.

Most formats are one document. Those that converse (``bot.sources.base.Conversing``) ask for
further ones, bounded here; their own code stays free of the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, runtime_checkable

from bot.errors import FetchError, NoLiveBlogError, SourceError, UnreadableError
from bot.model import Snapshot
from bot.sources import ADAPTERS, Detection, by_name, detect, finished, read
from bot.sources.base import Adapter, Conversing, Hints, Page, Reading, Request
from bot.sources.fetch import Fetching
from bot.wording import Wording

ROUNDS = 12  # times an adapter may ask in one reading
REQUESTS = 60  # further documents in one reading


@runtime_checkable
class AskingEachPoll(Protocol):
    """A format whose first document may stay the same although its entries change."""

    def asks_each_poll(self, page: Page) -> bool:
        """Whether that is so for this first document."""
        ...


async def read_live_blog(
    fetcher: Fetching, page: Page, hints: Hints, adapter_name: str | None = None
) -> Snapshot:
    """Read a page with the format its source is stored with, or with the one it has now.

    Args:
        fetcher: for further documents.
        page: the first one.
        hints: what is known of the source.
        adapter_name: the stored format; None detects it.

    Raises:
        NoLiveBlogError: it is no live blog (any more).
        UnreadableError: its markup is built to exhaust whoever reads it.
    """
    adapter: Adapter | None = by_name(adapter_name) if adapter_name else None
    if adapter is None:
        adapter = (await asyncio.to_thread(detect, page, hints.options)).adapter
    if not isinstance(adapter, Conversing):
        return await asyncio.to_thread(read, page, hints, adapter.name)
    try:
        snapshot = await _converse(fetcher, page, adapter.reading(page, hints))
    except NoLiveBlogError:
        if adapter_name is None:
            raise
        # The page may have turned into another format.
        found = (await asyncio.to_thread(detect, page, hints.options)).adapter
        if found.name == adapter_name:
            raise
        return await read_live_blog(fetcher, page, hints, found.name)
    return finished(snapshot, page)


async def read_detected(
    fetcher: Fetching, page: Page, hints: Hints, found: Detection
) -> tuple[Page, Snapshot]:
    """Read a page whose format was just detected, from the address it is to be polled at.

    Where that one does not answer, a format that converses may find its entries from the page on.

    Returns:
        The document to poll from now on, and what was read.

    Raises:
        FetchError: the address to poll did not answer, and the page is of no help.
        UnreadableError: it is no live blog, or cannot be read.
    """
    poll_url = found.recognition.poll_url
    if not poll_url:
        return page, await read_live_blog(fetcher, page, hints, found.adapter.name)
    try:
        first = Page(await fetcher.fetch(poll_url))
    except FetchError:
        if not isinstance(found.adapter, Conversing):
            raise
        with suppress(UnreadableError):
            return page, await read_live_blog(fetcher, page, hints, found.adapter.name)
        raise
    return first, await read_live_blog(fetcher, first, hints, found.adapter.name)


def asks_each_poll(adapter_name: str, page: Page) -> bool:
    """Whether entries may have changed although this first document of a poll stays the same.

    An unchanged one then says nothing, so it is fetched and read like a changed one.
    """
    return any(
        isinstance(adapter, AskingEachPoll) and adapter.asks_each_poll(page)
        for adapter in ADAPTERS
        if adapter.name == adapter_name
    )


async def _converse(fetcher: Fetching, page: Page, reading: Reading) -> Snapshot:
    """Answer an adapter's requests until it has its snapshot; beyond the bounds it gets None."""
    pages: Sequence[Page | None] | None = None
    left = REQUESTS
    for _ in range(ROUNDS):
        done, result = await asyncio.to_thread(_step, reading, pages)
        if done is not None:
            return done
        asked = list(result[:left])
        left -= len(asked)
        fetched = await asyncio.gather(*(_fetch(fetcher, request) for request in asked))
        pages = [*fetched, *[None] * (len(result) - len(asked))]
    reading.close()
    raise NoLiveBlogError(
        Wording("{url} leads on and on; its format cannot be read.", url=page.url)
    )


def _step(
    reading: Reading, pages: Sequence[Page | None] | None
) -> tuple[Snapshot | None, Sequence[Request]]:
    try:
        return None, next(reading) if pages is None else reading.send(pages)
    except StopIteration as stop:
        return stop.value, ()


async def _fetch(fetcher: Fetching, request: Request) -> Page | None:
    try:
        return Page(await fetcher.fetch(request.url, headers=dict(request.headers)))
    except SourceError:
        return None  # the adapter knows what can be read without it
