"""Looks at a section page or feed an admin wants to follow: which live blogs does it link to?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.intake.follow import candidates, check_pattern, links_on, title_of
from bot.sources.base import Page
from bot.sources.fetch import Fetching, normalise_url


@dataclass(frozen=True, slots=True)
class Section:
    """A page that links to live blogs.

    Attributes:
        url: the address, normalised; it names the source.
        title: what it calls itself, else its host.
        pattern: which links count; "" for those that look like live blogs.
        links: addresses that count at present; they were not looked at.
    """

    url: str
    title: str
    pattern: str
    links: tuple[str, ...]


async def survey(fetcher: Fetching, text: str, pattern: str = "") -> Section:
    """Fetch a page and find the links that would be followed.

    Raises:
        bot.errors.SourceError: the text is no address, the pattern says nothing, or the page
            cannot be fetched or read; `str()` of it is for a person.
    """
    url, wanted = normalise_url(text), check_pattern(pattern)
    page = Page(await fetcher.fetch(url))

    def read() -> Section:
        links = tuple(candidates(links_on(page), page.url, wanted))
        return Section(url, title_of(page) or urlsplit(url).hostname or url, wanted, links)

    return await asyncio.to_thread(read)
