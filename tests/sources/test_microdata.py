"""schema.org live blogs written as microdata."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.errors import SourceError
from bot.model import Media, Snapshot
from bot.sources import CUT, detect, read
from bot.sources.base import Hints
from bot.sources.microdata import from_microdata
from tests.support.pages import BASE, page

FERRY = """
<html lang="en"><body><main itemscope itemtype="https://schema.org/LiveBlogPosting">
<h1 itemprop="headline">Ferry strike</h1>
<meta itemprop="url" content="https://news.example/live/storm">
<article itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting" id="p81">
  <h2 itemprop="headline">Pickets at pier two</h2>
  <time itemprop="datePublished" datetime="2024-03-05T11:05:00+01:00">11.05</time>
  <span itemprop="author" itemscope itemtype="https://schema.org/Person">By
    <b itemprop="name">The harbour desk</b></span>
  <div itemprop="articleBody"><p>Cars <a href="/queue">queue</a>.</p>
    <ul><li>One boat sails</li></ul>
    <figure><img itemprop="image" src="/pier.jpg"><figcaption>Pier two</figcaption></figure></div>
</article>
<article itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting" id="p80">
  <meta itemprop="dateModified" content="2024-03-05T10:30:00Z">
  <meta itemprop="datePublished" content="2024-03-05T10:00:00Z">
  <div><div><p>The first ferry stayed in port.</p></div></div>
</article>
</main></body></html>
"""


def snapshot(body: str) -> Snapshot:
    """What a poll of the page reads."""
    return read(page(body), Hints(), "schemaorg")


def test_every_property_arrives() -> None:
    """Headline, time, author, body, links and picture of an update are read off the tags."""
    found = snapshot(FERRY)
    assert (found.adapter, found.title, found.url) == ("schemaorg", "Ferry strike", BASE)
    first, second = found.entries
    assert (first.id, first.title, first.author) == (
        "p81",
        "Pickets at pier two",
        "The harbour desk",
    )
    assert first.published_at == datetime(2024, 3, 5, 10, 5, tzinfo=UTC)
    assert first.text == "Cars queue.\n\n• One boat sails"
    assert '<a href="https://news.example/queue">' in first.html
    assert first.media == (Media("photo", "https://news.example/pier.jpg", "Pier two"),)
    assert first.url == f"{BASE}#p81"
    assert second.updated_at == datetime(2024, 3, 5, 10, 30, tzinfo=UTC)


def test_a_body_without_a_mark_is_what_is_no_property() -> None:
    """Words that stand in an update without an itemprop of their own are its body."""
    assert snapshot(FERRY).entries[1].text == "The first ferry stayed in port."


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('itemprop="', "itemprop=").replace('" itemscope', " itemscope"),
        lambda text: text.replace(
            "<main", '<script type="application/ld+json">{"a": ,]</script><main'
        ),
        lambda text: text.replace("https://schema.org/Live", "http://schema.org/Live"),
        lambda text: text.replace('itemprop="headline"', 'itemprop="https://schema.org/headline"'),
        lambda text: text.replace("<main itemscope ", "<main "),
    ],
    ids=["unquoted", "invalid JSON-LD beside it", "http", "full names", "no itemscope"],
)
def test_spellings(change: object) -> None:
    """What publishers get wrong in the markup changes nothing of what is read."""
    assert callable(change)
    changed = change(FERRY)
    if 'itemprop=headline"' in changed:
        changed = changed.replace('headline"', "headline").replace('articleBody"', "articleBody")
        for name in ("datePublished", "dateModified", "author", "name", "image", "url"):
            changed = changed.replace(f'itemprop={name}"', f"itemprop={name}")
    assert snapshot(changed).entries == snapshot(FERRY).entries


def test_quotation_marks_inside_content() -> None:
    """A text in ``content`` with bare quotation marks is read to its end."""
    body = FERRY.replace(
        "<div><div><p>The first ferry stayed in port.</p></div></div>",
        '<meta itemprop="articleBody" content="The union said "not today" and left">',
    )
    assert snapshot(body).entries[1].text == 'The union said "not today" and left'


def test_the_blog_with_updates_wins_over_json_ld_without() -> None:
    """JSON-LD that names the blog but lists no update does not hide the microdata."""
    empty = '<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>'
    assert len(snapshot(FERRY.replace("<main", f"{empty}<main")).entries) == 2


def test_positions_are_no_ids() -> None:
    """Elements that are merely counted give their entries no id."""
    counted = FERRY.replace('id="p81"', 'id="post2"').replace('id="p80"', 'id="post1"')
    assert [entry.id for entry in snapshot(counted).entries] == [None, None]


def test_other_microdata_is_no_live_blog() -> None:
    """An article's microdata gives nothing."""
    assert from_microdata(page(FERRY.replace("LiveBlogPosting", "NewsArticle"))) is None


@pytest.mark.parametrize("end", range(100, len(FERRY), 61))
def test_cut_anywhere(end: int) -> None:
    """A page that is cut at any place is read without a fault, and never as a whole one."""
    try:
        found = snapshot(FERRY[:end])
    except SourceError:
        return
    assert not found.complete
    assert CUT in found.warnings or "</body>" in FERRY[:end]


def test_a_page_that_leaves_out_closing_tags_is_whole() -> None:
    """HTML lets a page omit its closing tags; one that omits its head's too is not cut."""
    body = FERRY.replace("</body></html>", "").replace("<body>", "<head><body>")
    assert CUT not in snapshot(body).warnings
    assert CUT not in snapshot(FERRY).warnings


def test_recognised_with_a_reason() -> None:
    """Detection names what it saw."""
    assert detect(page(FERRY)).recognition.reason == "a schema.org LiveBlogPosting with 2 updates"


def test_deep_markup() -> None:
    """Items nested without end are read within bounds."""
    deep = '<div itemprop="about" itemscope><p itemprop="text">Text</p>' * 900
    body = f'<main itemscope itemtype="https://schema.org/LiveBlogPosting">{deep}'
    assert from_microdata(page(f"<html>{body}")) is not None


def test_a_body_inside_a_body_inside_a_body() -> None:
    """Values that repeat each other cost no more than a bounded number of characters."""
    nested = '<div itemprop="articleBody">' * 900 + "<p>word</p>" * 60_000
    start = time.process_time()
    body = f'<main itemscope itemtype="https://schema.org/LiveBlogPosting">{nested}'
    from_microdata(page(f"<html>{body}"))
    assert time.process_time() - start < 2
