"""The headline a page gives itself, for formats whose entries come from elsewhere."""

from __future__ import annotations

from bot.sources.base import Page
from bot.sources.escaped import read_title

_METAS = ("meta[property='og:title']", "meta[name='twitter:title']")


def page_title(page: Page) -> str:
    """What the page tells to be shared under, else its only heading, else its window's title."""
    for selector in _METAS:
        node = page.html.css_first(selector)
        title = read_title((node.attributes.get("content") or "") if node is not None else "")
        if title:
            return title
    headings = page.html.css("h1")
    if len(headings) == 1 and (title := read_title(headings[0].text())):
        return title
    node = page.html.css_first("title")
    return read_title(node.text()) if node is not None else ""
