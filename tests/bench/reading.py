"""How long reading takes.

The reference does the least any reader must: parse the page's markup, parse its JSON-LD.
"""

from __future__ import annotations

import gzip
import hashlib
import statistics
import time
from collections.abc import Callable

import orjson
from selectolax.lexbor import LexborHTMLParser

from bot.sources import read
from bot.sources.base import Hints, Page
from tests.bench.figures import Options, Row
from tests.support.pages import document

UPDATES = 150
PAGE_BYTES = 500_000
RUNS = 30
GOALS = {"read": 1.5, "unchanged": 1 / 200}


def long_page() -> bytes:
    """A page of about 500 KB with 150 updates in JSON-LD and the furniture pages have."""
    updates = [
        {
            "@type": "BlogPosting",
            "@id": f"https://news.example/live#block-{number:024x}",
            "headline": f"Headline number {number} of a long evening",
            "datePublished": f"2026-03-05T{number // 60:02}:{number % 60:02}:00Z",
            "articleBody": " ".join(
                f"Sentence {number}.{line} of the report from the harbour." for line in range(12)
            ),
        }
        for number in range(UPDATES)
    ]
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "A long evening",
        "liveBlogUpdate": updates,
    }
    head = (
        b"<!doctype html><html lang=en><head><title>A long evening</title>"
        b'<script type="application/ld+json">' + orjson.dumps(blog) + b"</script></head><body>"
    )
    # Real pages of this size hold a tag every 60 to 150 bytes.
    row = (
        b'<div class="teaser teaser--small" data-track="river|teaser|small|position">'
        b'<a class="teaser__link" href="https://news.example/2026/03/05/another-story-of-the-day">'
        b'<span class="teaser__title">Another story of the day, told in one line</span></a></div>\n'
    )
    filler = row * ((PAGE_BYTES - len(head)) // len(row))
    return head + filler + b"</body></html>"


def _reference(body: bytes) -> None:
    tree = LexborHTMLParser(body.decode())
    for node in tree.css('script[type="application/ld+json"]'):
        orjson.loads(node.text())


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


async def rows(_options: Options) -> list[Row]:
    """Reading the page, and seeing that it did not change."""
    body = long_page()
    fetched = document(body)
    wire = gzip.compress(body, mtime=0)  # what is hashed: the bytes before inflating
    known = hashlib.blake2b(wire).digest()
    reference = _median(lambda: _reference(body))
    reading = _median(lambda: read(Page(fetched), Hints(), "schemaorg"))
    unchanged = _median(lambda: hashlib.blake2b(wire).digest() == known)
    ratio, share = reading / reference, unchanged / reading
    return [
        Row(
            f"read a page of {len(body) / 1e3:.0f} KB with {UPDATES} JSON-LD updates",
            f"selectolax + orjson alone: {reference * 1e3:.1f} ms",
            f"{reading * 1e3:.1f} ms",
            ratio,
            f"≤ {GOALS['read']}",
            ratio <= GOALS["read"],
            {"reference": reference, "reading": reading},
        ),
        Row(
            "see that the page did not change",
            f"reading it: {reading * 1e3:.1f} ms",
            f"{unchanged * 1e3:.3f} ms",
            share,
            f"≤ 1/{1 / GOALS['unchanged']:.0f}",
            share <= GOALS["unchanged"],
            {"unchanged": unchanged},
        ),
    ]
