"""Structured data that list only some of the entries that the page shows."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bot.model import Snapshot
from bot.sources import read
from bot.sources.base import Hints
from tests.support.pages import page


def name(number: int) -> str:
    """An entry's id."""
    return f"65e6f0aa11bb22cc33dd44{number:02x}"


def article(number: int, *, kind: str = "post", time: bool = True) -> str:
    """An entry as the page shows it."""
    stamp = f'<time datetime="2024-03-05T{10 - number % 9:02}:41:00Z">x</time>' if time else ""
    text = f"Report {number}: the ferries stay in port."
    return f'<article class="{kind}" data-post-id="{name(number)}">{stamp}<p>{text}</p></article>'


def read_page(told: Iterable[int], body: str) -> Snapshot:
    """A page whose structured data list some entries."""
    updates = [
        {
            "@id": f"#{name(number)}",
            "headline": "",
            "articleBody": f"Report {number}: the ferries stay in port.",
            "datePublished": f"2024-03-05T{10 - number % 9:02}:41:00Z",
        }
        for number in told
    ]
    blog = json.dumps({"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": updates})
    script = f'<script type="application/ld+json">{blog}</script>'
    return read(page(f"<html><head>{script}</head><body>{body}</body></html>"), Hints())


def test_entries_that_only_the_page_has() -> None:
    """Those cut off, and those left out in between, stand where the page has them."""
    body = "".join(article(number) for number in range(6))
    snapshot = read_page([0, 2, 3], body)
    assert [entry.id for entry in snapshot.entries] == [name(number) for number in range(6)]
    assert snapshot.entries[1].text == "Report 1: the ferries stay in port."
    assert snapshot.entries[1].published_at is not None


def test_entries_that_only_the_structured_data_have() -> None:
    """A page that shows the newest few leaves the others as they are."""
    body = "".join(article(number) for number in range(3))
    snapshot = read_page([0, 1, 5, 6], body)
    assert [entry.id for entry in snapshot.entries] == [name(n) for n in (0, 1, 2, 5, 6)]


def test_what_is_no_entry() -> None:
    """Elements of another kind, or without a time, are none, whatever ids they carry."""
    body = "".join(article(number) for number in range(2))
    more = article(7, kind="post", time=False) + f"<aside>{article(8, kind='teaser')}</aside>"
    snapshot = read_page([0, 1], f"<main>{body}{more}</main>")
    assert [entry.id for entry in snapshot.entries] == [name(0), name(1)]
