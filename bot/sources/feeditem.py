"""What all kinds of feed have in common, as strings, before it is cleaned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed.

    Attributes:
        id: guid or id, "" without one.
        url: as written; may be relative.
        title: may hold markup.
        body: text or markup, perhaps escaped.
        base: what the item's links are relative to.
        published: as written.
        updated: as written.
        fallback: Unix time of publication as the feed parser understood it, None if it did not.
        author: names.
        media: (kind, address), the best of each picture first.
    """

    id: str
    url: str
    title: str
    body: str
    base: str
    published: str = ""
    updated: str = ""
    fallback: int | None = None
    author: str = ""
    media: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed.

    Attributes:
        title: may hold markup.
        url: absolute address of the page it belongs to.
        language: BCP 47 tag, "" if not told.
        items: in the feed's order.
        warnings: sentences for an admin.
        older: absolute address of the page with the items before these, None without one.
    """

    title: str
    url: str
    language: str
    items: tuple[Item, ...]
    warnings: tuple[str, ...] = ()
    older: str | None = None
