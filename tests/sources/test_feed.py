"""Feeds of every kind become entries with ids that last."""

import json
import time
from datetime import UTC, datetime

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Document, Media, Snapshot
from bot.sources.base import Hints, Page
from bot.sources.feed import Feed
from bot.sources.reader import read_live_blog
from tests.support.pages import BASE, corpus, document, page

FEED_URL = "https://news.example/storm/feed"


def rss(
    *items: str, head: str = "<title>Storm</title><link>https://news.example/storm</link>"
) -> str:
    """An RSS 2.0 feed with those items."""
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel>{head}{body}</channel></rss>"
    )


def read(body: str | bytes, hints: Hints | None = None) -> Snapshot:
    """The snapshot of a feed."""
    return Feed().read(feed_page(body), hints or Hints())


def feed_page(body: str | bytes) -> Page:
    """The page that a feed's address gives."""
    return page(body, FEED_URL, "application/xml")


RSS = rss(
    "<title>Pier &amp;amp; quay closed</title><link>/storm/1</link><guid>id-1</guid>"
    "<pubDate>Tue, 05 Mar 2024 12:00:00 +0100</pubDate><author>The harbour master</author>"
    "<description>&lt;p&gt;At &lt;b&gt;ten&lt;/b&gt;.&lt;/p&gt;</description>"
    '<media:content url="https://i.example/a.jpg?w=1" width="140" type="image/jpeg"/>'
    '<media:content url="https://i.example/a.jpg?w=4" width="460" type="image/jpeg"/>'
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<channel rdf:about="https://news.example/storm"><title>Storm</title>'
    "<link>https://news.example/storm</link></channel>"
    '<item rdf:about="id-1"><title>Pier &amp; quay closed</title>'
    "<link>https://news.example/storm/1</link><description>At ten.</description>"
    "<dc:date>2024-03-05T12:00:00+01:00</dc:date></item></rdf:RDF>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Storm</title>'
    '<link rel="alternate" href="https://news.example/storm"/><entry><id>id-1</id>'
    '<title type="html">Pier &amp;amp; quay closed</title>'
    '<link href="/storm/1"/><published>2024-03-05T11:00:00Z</published>'
    "<updated>2024-03-05T11:30:00Z</updated>"
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>At ten.</p></div></content>'
    "</entry></feed>"
)
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Storm",
        "home_page_url": "https://news.example/storm",
        "items": [
            {
                "id": "id-1",
                "url": "/storm/1",
                "title": "Pier & quay closed",
                "content_html": "<p>At ten.</p>",
                "date_published": "2024-03-05T12:00:00+01:00",
                "image": "/a.jpg",
                "authors": [{"name": "The harbour master"}],
            }
        ],
    }
)


@pytest.mark.parametrize("body", [RSS, RDF, ATOM, JSON_FEED], ids=["rss", "rdf", "atom", "json"])
def test_kinds(body: str) -> None:
    """Each kind of feed gives the same entry."""
    assert Feed().recognises(feed_page(body)).confidence >= 0.5
    snapshot = read(body)
    assert (snapshot.title, snapshot.url) == ("Storm", "https://news.example/storm")
    assert snapshot.complete is False
    (entry,) = snapshot.entries
    assert (entry.id, entry.title, entry.text) == ("id-1", "Pier & quay closed", "At ten.")
    assert entry.published_at == datetime(2024, 3, 5, 11, 0, tzinfo=UTC)
    assert entry.url == "https://news.example/storm/1"


def test_rss_details() -> None:
    """Formats, author and the largest size of a picture survive."""
    (entry,) = read(RSS).entries
    assert entry.html == "<p>At <strong>ten</strong>.</p>"
    assert entry.author == "The harbour master"
    assert entry.media == (Media("photo", "https://i.example/a.jpg?w=4"),)


def test_atom_update() -> None:
    """An Atom entry's later change is its update."""
    assert read(ATOM).entries[0].updated_at == datetime(2024, 3, 5, 11, 30, tzinfo=UTC)


def test_identities() -> None:
    """A repeated guid gives way to the link, a repeated link to no id at all."""
    snapshot = read(
        rss(
            "<title>a</title><guid isPermaLink='false'>same</guid><link>https://e.example/1</link>",
            "<title>b</title><guid isPermaLink='false'>same</guid><link>https://e.example/2</link>",
            "<title>c</title><link>https://e.example/3</link>",
            "<title>d</title><link>https://e.example/3</link>",
        )
    )
    assert [entry.id for entry in snapshot.entries] == [
        "https://e.example/1",
        "https://e.example/2",
        None,
        None,
    ]
    assert any("neither an id nor a link" in warning for warning in snapshot.warnings)


@pytest.mark.parametrize(
    ("guid", "bare"),
    [
        ("https://e.example/story-7#3", "https://e.example/story-7"),
        ("story-7@1709636400", "story-7"),
        ("story-7-20240305110000", "story-7"),
        ("story-7?t=2024-03-05T11:00:00Z", "story-7"),
        ("story-7?id=1309636400", "story-7?id=1309636400"),
        ("https://e.example/?p=1234567", "https://e.example/?p=1234567"),
    ],
)
def test_moving_guids(guid: str, bare: str) -> None:
    """A time of change or a counter at the end of a guid is no part of an item's identity."""
    item = f"<title>a</title><guid isPermaLink='false'>{guid}</guid>"
    snapshot = read(rss(f"{item}<pubDate>Tue, 05 Mar 2024 11:00:00 GMT</pubDate>"))
    assert snapshot.entries[0].id == bare
    assert bool(snapshot.warnings) is (guid != bare)


def test_times() -> None:
    """Times in other languages and without a zone are read; what cannot be is told."""
    snapshot = read(
        rss(
            "<title>a</title><guid>1a</guid><pubDate>Seg, 24 Set 2018 19:42:40 -0300</pubDate>",
            "<title>b</title><guid>2b</guid><pubDate>2024-03-05 11:00:00</pubDate>",
            "<title>c</title><guid>3c</guid><pubDate>about noon</pubDate>",
        ),
        Hints(timezone="Europe/Berlin"),
    )
    assert [entry.published_at for entry in snapshot.entries] == [
        datetime(2018, 9, 24, 22, 42, 40, tzinfo=UTC),
        datetime(2024, 3, 5, 10, 0, tzinfo=UTC),
        None,
    ]
    assert any("read as Europe/Berlin" in warning for warning in snapshot.warnings)
    assert any("1 of 3 items" in warning for warning in snapshot.warnings)


def test_entity_bomb() -> None:
    """A feed that declares entities is refused before any parser sees it."""
    bomb = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    body = bomb + rss("<title>&b;</title>").partition("?>")[2]
    assert Feed().recognises(feed_page(body)).confidence > 0
    for encoded in (body.encode(), body.encode("utf-16")):
        with pytest.raises(UnreadableError, match="entities"):
            read(encoded)


def test_old_doctype() -> None:
    """RSS 0.91's own document type declares nothing and is read."""
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.example/publish/formats/rss-0.91.dtd">'
    )
    body = '<?xml version="1.0"?>' + doctype + rss("<title>a</title>").partition("?>")[2]
    assert len(read(body).entries) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<rss>" + "<a>" * 100_000,
        "<rss " + " ".join(f'a{i}="1"' for i in range(50_000)) + ">",
    ],
    ids=["deep", "attributes"],
)
def test_hostile_xml(body: str) -> None:
    """XML that would keep a parser busy for minutes is refused in a moment."""
    started = time.perf_counter()
    with pytest.raises(UnreadableError):
        read(body)
    assert time.perf_counter() - started < 1.0


def test_cut_feed() -> None:
    """The item in which a feed breaks off is left out, and an admin is told."""
    whole = rss("<title>a</title>", "<title>b</title><description>half of it</description>")
    snapshot = read(whole[: whole.index("of it")])
    assert [entry.title for entry in snapshot.entries] == ["a"]
    assert "breaks off" in snapshot.warnings[0]


def test_broken_xml() -> None:
    """A feed with a stray sign is read all the same."""
    assert [e.title for e in read(rss("<title>a & b</title>")).entries] == ["a & b"]


def test_a_body_is_never_an_address() -> None:
    """A body that looks like a file name or an address is not opened."""
    for body in ("/etc/hostname", "http://127.0.0.1:9/feed"):
        assert Feed().recognises(feed_page(body)).confidence == 0
        with pytest.raises(NoLiveBlogError):
            read(body)


def test_page_that_links_to_a_feed() -> None:
    """A page's feed is offered with low confidence: the nearest one, and not that of comments."""
    links = (
        '<link rel="alternate" type="application/rss+xml" href="/feed">'
        '<link rel="alternate" type="application/rss+xml" href="/live/feed">'
        '<link rel="alternate" type="application/rss+xml" href="/live/storm/comments/feed">'
        '<link rel="alternate" type="application/json" href="/wp-json/posts/1">'
    )
    recognition = Feed().recognises(page(f"<html><head>{links}</head></html>"))
    assert 0 < recognition.confidence < 0.5
    assert recognition.poll_url == "https://news.example/live/feed"


def test_a_page_that_opens_with_many_comments() -> None:
    """Comments before the root, as old pages have for old browsers, cost one look and no more."""
    comments = "<!--[if gt IE 8]><!-- a --><!-- b -->\n" * 40
    started = time.perf_counter()
    assert Feed().recognises(page(f"<!DOCTYPE html>{comments}<html></html>")).confidence == 0
    assert time.perf_counter() - started < 1.0
    assert Feed().recognises(feed_page(f"{comments}{RSS.partition('?>')[2]}")).confidence > 0.5


def test_ids_do_not_depend_on_the_address() -> None:
    """A feed that moves keeps its items' ids."""
    moved = page(RSS, "https://other.example/feed?session=1", "application/xml")
    assert Feed().read(moved, Hints()).entries[0].id == read(RSS).entries[0].id


@pytest.mark.parametrize(
    ("name", "count"),
    [("guardian.rss", 55), ("heise.atom", 15), ("uol.rss", 15), ("feed.json", 20)],
)
def test_corpus(name: str, count: int) -> None:
    """Real feeds give all their items, each with an id, a time and words."""
    body = corpus("feeds").joinpath(name).read_bytes()
    entries = read(body).entries
    assert len(entries) == count
    assert len({entry.id for entry in entries if entry.id}) == count
    assert all(entry.published_at and (entry.title or entry.text) for entry in entries)


async def test_older_pages_are_read_at_the_first_poll_only() -> None:
    """A paged feed (RFC 5005) is taken in whole, each item once; later polls read page one."""
    pages = {
        BASE: _paged("?page=2", "one", "two"),
        f"{BASE}?page=2": _paged("?page=3", "two", "three"),
        f"{BASE}?page=3": _paged("?page=2", "four"),  # a circle
    }
    fetched: list[str] = []

    class Pages:
        async def fetch(self, url: str, **_: object) -> Document:
            fetched.append(url)
            return document(pages[url], url, "application/rss+xml")

    first = page(pages[BASE], content_type="application/rss+xml")
    whole = await read_live_blog(Pages(), first, Hints(), "feed")
    assert [entry.title for entry in whole.entries] == ["one", "two", "three", "four"]
    assert len(fetched) == 2
    later = await read_live_blog(Pages(), first, Hints(known=frozenset({"one"})), "feed")
    assert [entry.title for entry in later.entries] == ["one", "two"]
    assert len(fetched) == 2


def _paged(older: str, *names: str) -> str:
    items = "".join(
        f"<item><guid>{name}</guid><title>{name}</title><description>News of {name}.</description>"
        "<pubDate>Tue, 05 Mar 2024 11:00:00 GMT</pubDate></item>"
        for name in names
    )
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Ferry</title>'
        f'<atom:link rel="next" href="{BASE}{older}"/>{items}</channel></rss>'
    )
