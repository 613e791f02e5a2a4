"""A fetcher that asks a site's robots.txt first and keeps to it.

What RFC 9309 (section 2.3.1) leaves to the state of the answer:

- 200: its rules hold for an hour; while it cannot be read anew, for a day.
- 4xx, an endless circle of redirects, something that is no text: there are no rules.
- 429, 5xx: the site is not asked for anything until the answer is a better one; that is tried
  again after a minute. No connection means the same, and its reason is told as of the page itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog

from bot.errors import (
    FetchTimeoutError,
    ForbiddenAddressError,
    HttpStatusError,
    RobotsError,
    SourceError,
    UnreachableError,
)
from bot.model import Document
from bot.sources.address import AddressPolicy
from bot.sources.fetch import Fetching, normalise_url
from bot.sources.robots import ALLOW_ALL, Rules, read_robots
from bot.sources.url import host_of
from bot.wording import Wording

AGENT = "LiveRelay"  # the product token of the User-Agent
FRESH = timedelta(hours=1)
STALE = timedelta(hours=24)  # RFC 9309, section 2.4
FAILED = timedelta(minutes=1)
SITES = 1_000  # remembered at once

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Site:
    """What is known of one origin's robots.txt.

    Attributes:
        rules: as last read, None before.
        read_at: when that was.
        error: why it could not be read last time.
        ask_at: when it is asked again.
        lock: held while it is asked: one request, however many wait for it.
    """

    rules: Rules | None = None
    read_at: datetime | None = None
    error: SourceError | None = None
    ask_at: datetime | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PoliteFetcher:
    """Fetches only what robots.txt allows.

    Args:
        fetcher: does the fetching.
        exempt: hosts, ``host:port``, addresses or networks as in ``fetch.allow_hosts`` that are
            the operator's own and not asked.
        now: the clock, UTC.
    """

    def __init__(
        self,
        fetcher: Fetching,
        *,
        exempt: Sequence[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._fetcher = fetcher
        self._own = AddressPolicy(exempt)
        self._now = now
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """Fetch as `Fetcher.fetch` does; the document's `crawl_delay` is what the site asks for.

        Raises:
            RobotsError: robots.txt closes the address, or the one it redirects to, or cannot be
                read because the server is in trouble.
            SourceError: as `Fetcher.fetch`.
        """
        asked = normalise_url(url)
        rules = await self._check(asked)
        document = await self._fetcher.fetch(
            asked,
            etag=etag,
            last_modified=last_modified,
            wire_hash=wire_hash,
            accept=accept,
            headers=headers,
        )
        if document.url != asked:
            rules = await self._check(document.url)
        return replace(document, crawl_delay=rules.crawl_delay)

    async def _check(self, url: str) -> Rules:
        parts = urlsplit(url)
        if self._own.names(parts.hostname or "", parts.port or _PORTS[parts.scheme]):
            return ALLOW_ALL
        rules = await self._rules(f"{parts.scheme}://{parts.netloc}")
        if not rules.allows(url):
            raise RobotsError(
                Wording(
                    "{host} asks robots not to read this page (robots.txt), so it is not read. Ask "
                    "the newsroom for leave; with it, fetch.respect_robots = false reads it all "
                    "the same.",
                    host=host_of(url),
                )
            )
        return rules

    async def _rules(self, origin: str) -> Rules:
        site = self._sites.setdefault(origin, _Site())
        self._sites.move_to_end(origin)
        while len(self._sites) > SITES:
            self._sites.popitem(last=False)
        async with site.lock:
            if site.ask_at is None or self._now() >= site.ask_at:
                await self._ask(origin, site)
        if site.error is not None:
            raise copy(site.error)  # a raised one keeps its traceback
        assert site.rules is not None
        return site.rules

    async def _ask(self, origin: str, site: _Site) -> None:
        url = f"{origin}/robots.txt"
        try:
            document = await self._fetcher.fetch(url, accept="text/plain,*/*;q=0.5")
            rules = read_robots(document.body, AGENT)
        except SourceError as error:
            failure = _failure(host_of(url), error)
            if failure is not None:
                self._keep(site, failure)
                log.warning("robots.txt cannot be read", site=origin, reason=str(error))
                return
            rules = ALLOW_ALL
        now = self._now()
        site.rules, site.read_at, site.error, site.ask_at = rules, now, None, now + FRESH

    def _keep(self, site: _Site, failure: SourceError) -> None:
        """Go on with the rules as they were, for a day; without any, be refused for a minute."""
        now = self._now()
        site.ask_at = now + FAILED
        known = site.rules is not None and site.read_at is not None
        site.error = None if known and now - (site.read_at or now) < STALE else failure


_PORTS = {"http": 80, "https": 443}


def _failure(host: str, error: SourceError) -> SourceError | None:
    """What is raised instead of fetching; None where the failure means that there are no rules."""
    if isinstance(error, (UnreachableError, FetchTimeoutError, ForbiddenAddressError)):
        return error
    if isinstance(error, HttpStatusError) and (error.status >= 500 or error.status == 429):
        return RobotsError(
            Wording(
                "{host} cannot say what robots may read: its robots.txt answers with an error "
                "({status}). Until it can, nothing is asked of it; it will be tried again.",
                host=host,
                status=str(error.status),
            ),
            retry_after=error.retry_after,
        )
    return None
