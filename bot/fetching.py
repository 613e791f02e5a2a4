"""The fetcher the settings ask for, open as long as it is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.config import Settings
from bot.sources.fetch import Fetcher, Fetching, FetchLimits
from bot.sources.polite import PoliteFetcher


@asynccontextmanager
async def open_fetcher(settings: Settings) -> AsyncIterator[Fetching]:
    """Fetch within the settings' limits and, unless they say otherwise, as robots.txt allows.

    Raises:
        ConfigError: an item of `fetch.allow_hosts` or `fetch.contact` cannot be used.
    """
    fetch = settings.fetch
    fetcher = Fetcher(
        limits=FetchLimits(deadline=fetch.deadline, max_bytes=fetch.max_bytes),
        allow_hosts=fetch.allow_hosts,
        user_agent=settings.user_agent(),
    )
    try:
        if fetch.respect_robots:
            yield PoliteFetcher(fetcher, exempt=fetch.allow_hosts)
        else:
            yield fetcher
    finally:
        await fetcher.aclose()
