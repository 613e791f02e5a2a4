"""bot.sources.crowded: JSON of a million values is refused before it is parsed."""

from __future__ import annotations

import time

import orjson
import pytest

from bot.errors import UnreadableError
from bot.intake.follow import links_on
from bot.sources import detect, read
from bot.sources.base import Hints, Page
from bot.sources.crowded import MAX_VALUES, is_crowded
from tests.support.pages import page

MILLIONS = {
    "objects": b"[" + b",".join(b'{"a":1}' for _ in range(500_000)) + b"]",
    "numbers": b"[" + b"1," * 1_000_000 + b"1]",
    "lists": b"[" * 1_000_000 + b"]" * 1_000_000,
    "members": b"{" + b",".join(b'"%d":0' % number for number in range(500_000)) + b"}",
}


def script(data: bytes, kind: str = "application/ld+json") -> Page:
    """A page that carries data."""
    return page(b'<html><body><p>14:50 <script type="%s">%s</script>' % (kind.encode(), data))


@pytest.mark.parametrize("kind", MILLIONS)
def test_a_million_values_are_refused(kind: str) -> None:
    """Every shape of a million values is refused with its reason, in no time, however it comes."""
    data = MILLIONS[kind]
    documents = [
        page(data, content_type="application/json"),
        page(b"\xef\xbb\xbf\n" + data, content_type=""),
        script(data),
        script(data, "text/javascript"),
    ]
    started = time.process_time()
    for document in documents:
        with pytest.raises(UnreadableError, match="more than 300,000 values"):
            detect(document)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("adapter", ["sourcefabric", "guardian", "feed", "schemaorg"])
def test_a_source_that_turned_into_a_million_values(adapter: str) -> None:
    """A source that was once of a format is refused as a new page is; so is a followed feed."""
    with pytest.raises(UnreadableError, match="values"):
        read(page(MILLIONS["objects"], content_type="application/json"), Hints(), adapter)
    with pytest.raises(UnreadableError, match="values"):
        links_on(page(MILLIONS["objects"], content_type="application/json"))


def test_a_long_live_blog_is_not_crowded() -> None:
    """Three thousand updates with all that publishers write into them are read."""
    update = {
        "@type": "BlogPosting",
        "headline": "The pier, the bridge, the ferry",
        "datePublished": "2024-03-05T10:00:00Z",
        "articleBody": "The pier is shut, the bridge is open, the ferry sails, they say. " * 5,
        "author": [{"@type": "Person", "name": "The desk"}, {"@type": "Organization"}],
        "image": {"@type": "ImageObject", "url": "https://news.example/a.jpg", "width": 1},
    }
    updates = [{**update, "@id": f"#{number}"} for number in range(3_000)]
    data = orjson.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": updates})
    assert not is_crowded(data.decode())
    assert detect(script(data)).adapter.name == "schemaorg"


def test_the_bound() -> None:
    """Exactly as many values as allowed pass."""
    assert not is_crowded("[" + "0 ," * (MAX_VALUES - 1) + "0]")
    assert is_crowded("[" + "0 ," * MAX_VALUES + "0]")
