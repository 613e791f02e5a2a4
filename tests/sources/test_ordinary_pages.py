"""Ordinary pages are refused by every format, in words that a person understands."""

import json
from datetime import UTC, datetime

import pytest

from bot.errors import NoLiveBlogError
from bot.sources import detect
from bot.sources.base import Page
from tests.sources.ordinary_pages import LINES, PAGES, TODAY
from tests.support.pages import page

NOON = datetime.fromisoformat(f"{TODAY}T12:00:00+00:00")
FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'


def ordinary(name: str, *, head: str = "") -> Page:
    """The page of that name, fetched at noon of the day it is of."""
    path, body = PAGES[name]
    body = body.replace("</head>", f"{head}</head>")
    return page(body, f"https://norwick.example{path}", fetched_at=NOON)


@pytest.mark.parametrize("name", PAGES)
def test_refused(name: str) -> None:
    """Neither times nor the word "live" make a live blog; a feed it links to is the hint."""
    with pytest.raises(NoLiveBlogError, match=r"^This page holds no live blog: \S.*\.$") as caught:
        detect(ordinary(name, head=FEED))
    assert caught.value.hint is not None
    assert "https://norwick.example/feed.xml" in caught.value.hint


@pytest.mark.parametrize("name", PAGES)
def test_refused_years_later(name: str) -> None:
    """A programme is one too when it is over."""
    path, body = PAGES[name]
    later = datetime(2026, 5, 1, tzinfo=UTC)
    with pytest.raises(NoLiveBlogError):
        detect(page(body, f"https://norwick.example{path}", fetched_at=later))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chronicle in an article", "oldest first, and nothing says that it is written live"),
        ("sections of a law", "the numbers are those of sections"),
        ("television", "a programme or a timetable"),
        ("latest news", "8 of them lead to other pages: a list of links"),
        ("recording with chapters", "the chapters of a recording"),
        ("comments", "8 comments or posts of readers"),
        ("questions", "8 blocks with a time by 8 people: a discussion"),
        ("how to watch", "far down in a text of another kind"),
        ("structured data of an article", "an ordinary article (no paragraph starts with a clock"),
    ],
)
def test_reason(name: str, words: str) -> None:
    """The reason says what the page seems to be."""
    with pytest.raises(NoLiveBlogError) as caught:
        detect(ordinary(name))
    assert words in str(caught.value)


@pytest.mark.parametrize("path", ["/", "/news", "/news/"])
def test_a_front_page_that_lists_live_blogs(path: str) -> None:
    """The structured data of a home or section page describe its live blogs: read those pages."""
    update = {"headline": "Line fast", "datePublished": "2024-03-05T11:00:00Z"}
    blog = {
        "@type": "LiveBlogPosting",
        "headline": "Crane",
        "url": "https://norwick.example/news/crane-leans-over-quay-live",
        "liveBlogUpdate": [update, update],
    }
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": blog}]}
    data = f'<script type="application/ld+json">{json.dumps(listed)}</script>'
    body = f"<html><head>{data}</head><body><h1>The Quay</h1></body></html>"
    with pytest.raises(NoLiveBlogError, match="lists a live blog, https://norwick") as caught:
        detect(page(body, f"https://norwick.example{path}", fetched_at=NOON))
    assert "crane-leans-over-quay-live" in str(caught.value)
    assert detect(page(body, str(blog["url"]), fetched_at=NOON)).adapter.name == "schemaorg"


@pytest.mark.parametrize(
    ("headline", "path"),
    [
        ("Crane leans over quay – live", "/news/1"),
        ("Crane leans over quay: live updates", "/news/1"),
        ("LIVE: Crane leans over quay", "/news/1"),
        ("Crane leans over quay", "/news/live/crane"),
        ("Crane leans over quay", "/news/crane-leans-over-quay-live-b7712.html"),
        ("Kran kippt: Der Tag im Liveticker", "/news/1"),
        ("EN DIRECT. La grue penche", "/news/1"),
        ("Direct – La grue penche", "/news/1"),
        ("La grúa se inclina, minuto a minuto", "/news/1"),
        ("La gru pende: la diretta", "/news/1"),
        ("Grua inclina-se: acompanhe ao minuto", "/news/1"),
        ("Dźwig się przechylił. Relacja na żywo", "/news/1"),
        ("Кран накренился. Онлайн-трансляция", "/news/1"),
        ("Кран нахилився: текстова трансляція", "/news/1"),
        ("Vinç devrildi: dakika dakika", "/news/1"),
        ("مباشر: الرافعة تميل على الرصيف", "/news/1"),
    ],
)
def test_a_page_that_says_so_may_be_oldest_first(headline: str, path: str) -> None:
    """With a sign in the headline or the address the same paragraphs are a live blog."""
    rows = "".join(f"<p><b>1{n}:1{n}</b> {line}</p>" for n, line in enumerate(LINES[:6]))
    body = f"<html><body><main><h1>{headline}</h1>{rows}</main></body></html>"
    found = detect(page(body, f"https://norwick.example{path}", fetched_at=NOON))
    assert found.adapter.name == "timestamped"


def test_markup_may_say_so() -> None:
    """Class names around the entries count as the headline does."""
    rows = "".join(f"<div><b>1{n}:1{n}</b> <p>{line}</p></div>" for n, line in enumerate(LINES[:6]))
    body = f"<html><body><h1>Crane leans</h1><div class='{{}}'>{rows}</div></body></html>"
    there = "https://norwick.example/news/1"
    assert detect(page(body.format("c-liveblog"), there, fetched_at=NOON))
    with pytest.raises(NoLiveBlogError):
        detect(page(body.format("c-story"), there, fetched_at=NOON))
