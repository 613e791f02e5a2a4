"""schema.org live blogs as publishers really write them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import NoLiveBlogError
from bot.model import Link, Media, Snapshot
from bot.sources.base import Hints
from bot.sources.schemaorg import SchemaOrg
from bot.sources.validate import validated
from tests.support.pages import BASE, NOON, page


def update(number: int, **more: Any) -> dict[str, Any]:
    """One update, with an id and a time of its own."""
    return {
        "@type": "BlogPosting",
        "headline": f"Headline {number}",
        "url": f"{BASE}#entry-{number}a{number * 7}",
        "datePublished": f"2024-03-05T11:{number:02d}:00Z",
        "articleBody": f"Body {number}.",
        **more,
    }


def blog(*updates: Any, **more: Any) -> dict[str, Any]:
    """A live blog with those updates."""
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": BASE,
        "headline": "Storm over the bay",
        "liveBlogUpdate": list(updates),
        **more,
    }


def html(*blocks: Any, body: str = "") -> str:
    """A page with those blocks of JSON-LD."""
    scripts = "".join(
        f'<script type="application/ld+json">{b if isinstance(b, str) else json.dumps(b)}</script>'
        for b in blocks
    )
    return f'<html lang="en"><head>{scripts}</head><body>{body}</body></html>'


def read(*blocks: Any, body: str = "", hints: Hints | None = None) -> Snapshot:
    """The snapshot of a page with those blocks."""
    return SchemaOrg().read(page(html(*blocks, body=body)), hints or Hints())


def test_an_update() -> None:
    """Every property of an update arrives where a reader expects it."""
    snapshot = read(
        blog(
            update(
                1,
                articleBody='<p>See <a href="/map">the map</a>.</p>',
                dateModified="2024-03-05T12:30:00+01:00",
                author=[{"@type": "Person", "name": "The harbour master"}],
                image={"@type": "ImageObject", "url": "/pier.jpg", "caption": "The pier"},
                video={"@type": "VideoObject", "embedUrl": "https://v.example/1", "name": "Waves"},
            )
        )
    )
    assert (snapshot.title, snapshot.url, snapshot.language) == ("Storm over the bay", BASE, "en")
    assert snapshot.complete is False
    (entry,) = snapshot.entries
    assert entry.id == "entry-1a7"
    assert entry.published_at == datetime(2024, 3, 5, 11, 1, tzinfo=UTC)
    assert entry.updated_at == datetime(2024, 3, 5, 11, 30, tzinfo=UTC)
    assert (entry.title, entry.text, entry.author) == (
        "Headline 1",
        "See the map.",
        "The harbour master",
    )
    assert entry.html == '<p>See <a href="https://news.example/map">the map</a>.</p>'
    assert entry.links == (Link("the map", "https://news.example/map"),)
    assert entry.media == (
        Media("embed", "https://v.example/1", "Waves"),
        Media("photo", "https://news.example/pier.jpg", "The pier"),
    )
    assert entry.url == f"{BASE}#entry-1a7"


SHAPES = {
    "object": [blog(update(1), update(2))],
    "array": [[{"@type": "WebPage"}, blog(update(1), update(2))]],
    "graph": [{"@context": "x", "@graph": [{"@type": "Thing"}, blog(update(1), update(2))]}],
    "several blocks": [{"@type": "Organization"}, blog(update(1)), blog(update(2))],
    "the same block twice": [blog(update(1), update(2)), blog(update(1), update(2))],
    "list of types": [blog(update(1), update(2), **{"@type": ["NewsArticle", "LiveBlogPosting"]})],
    "long type": [blog(update(1), update(2), **{"@type": "http://schema.org/LiveBlogPosting"})],
    "list items": [blog({"@type": "ListItem", "item": update(1)}, {"item": update(2)})],
    "references": [
        {
            "@graph": [
                blog({"@id": "#a9"}, {"@id": "#b8"}),
                {**update(1), "@id": "#a9"},
                {**update(2), "@id": "#b8"},
            ]
        }
    ],
    "comment around it": ["<!-- " + json.dumps(blog(update(1), update(2))) + " -->"],
    "CDATA around it": ["//<![CDATA[\n" + json.dumps(blog(update(1), update(2))) + ";\n//]]>"],
    "escaped JSON": [json.dumps(blog(update(1), update(2))).replace('"', "&quot;")],
    "line break in a string": [json.dumps(blog(update(1), update(2))).replace("Body", "Bo\ndy")],
    "trailing commas": [json.dumps(blog(update(1), update(2))).replace("]}", ",],}")],
    "unescaped quotes": [json.dumps(blog(update(1), update(2))).replace("Body", 'The "body"')],
}


@pytest.mark.parametrize("blocks", SHAPES.values(), ids=SHAPES.keys())
def test_shapes(blocks: list[Any]) -> None:
    """Each way of writing the same two updates gives the same two entries."""
    snapshot = read(*blocks)
    assert [entry.title for entry in snapshot.entries] == ["Headline 1", "Headline 2"]
    assert all(entry.published_at for entry in snapshot.entries)
    assert len({entry.id for entry in snapshot.entries}) == 2


def test_one_update_as_object() -> None:
    """A single update may stand without a list around it."""
    assert len(read(blog(liveBlogUpdate=update(1))).entries) == 1


def test_cut_json_gives_no_half_update() -> None:
    """Where the JSON breaks off, the update it breaks off in is left out, and an admin is told."""
    whole = json.dumps(blog(update(1), update(2), update(3)))
    cut = whole[: whole.index("Body 3") + 3]
    snapshot = SchemaOrg().read(page(f'<html><script type="application/ld+json">{cut}'), Hints())
    assert [entry.text for entry in snapshot.entries] == ["Body 1.", "Body 2."]
    assert any("broken off" in warning for warning in snapshot.warnings)


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"@type":"LiveBlogPosting","liveBlogUpdate":['])
def test_deep_json(opening: str) -> None:
    """JSON nested beyond any parser is no live blog, and no crash."""
    block = '"LiveBlogPosting"' + opening * 100_000
    assert SchemaOrg().recognises(page(html(block))).confidence < 0.6


BODIES = [
    ("plain", "A & B.", "A & B."),
    ("paragraphs", "One.\n\nTwo.", "One.\n\nTwo."),
    ("a newline after each sentence", "One.\nTwo.", "One.\n\nTwo."),
    ("wrapped line", "The tide\nrises.", "The tide rises."),
    ("markup", "<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
    ("escaped markup", "&lt;p&gt;One &amp;amp; 2.&lt;/p&gt;", "One & 2."),
    ("twice escaped markup", "&amp;lt;p&amp;gt;One.&amp;lt;/p&amp;gt;", "One."),
    ("escaped signs", "the &#39;tide&#39; &amp; the &quot;wind&quot;", "the 'tide' & the \"wind\""),
    ("twice escaped signs", "the &amp;quot;wind&amp;quot;", 'the "wind"'),
    ("a sign that is no markup", "5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
]


@pytest.mark.parametrize(("raw", "text"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES])
def test_bodies(raw: str, text: str) -> None:
    """A body reads the same however often it was escaped."""
    assert read(blog(update(1, articleBody=raw))).entries[0].text == text


TITLES = [
    ("its own", "Pier closed", "It shut at ten.", "Pier closed", "It shut at ten."),
    ("the blog's", "Storm over the bay", "It shut.", "", "It shut."),
    ("repeated first", "Pier closed", "<p>Pier closed</p><p>At ten.</p>", "Pier closed", "At ten."),
    ("the whole body", "Pier closed.", "Pier closed.", "", "Pier closed."),
    (
        "cut from the body",
        "The pier was closed at ten because of the very high…",
        "The pier was closed at ten because of the very high tide.",
        "",
        "The pier was closed at ten because of the very high tide.",
    ),
    ("with a clock time", "19:02(IST) Pier closed", "At ten.", "Pier closed", "At ten."),
    ("escaped", "The &#39;old&#39; <b>pier</b>", "At ten.", "The 'old' pier", "At ten."),
    ("without a body", "Storm over the bay", "", "Storm over the bay", ""),
]


@pytest.mark.parametrize(
    ("headline", "body", "title", "text"), [t[1:] for t in TITLES], ids=[t[0] for t in TITLES]
)
def test_titles(headline: str, body: str, title: str, text: str) -> None:
    """What stands in the title and in the body is told once."""
    (entry,) = read(blog(update(1, headline=headline, articleBody=body))).entries
    assert (entry.title, entry.text) == (title, text)


def ids(*urls: str) -> list[str | None]:
    """The ids of updates with those addresses, each of another time."""
    snapshot = read(blog(*(update(i, url=url) for i, url in enumerate(urls))))
    return [entry.id for entry in validated(snapshot, NOON).entries]


def test_ids() -> None:
    """Fragments and own addresses name an entry; positions, shared and repeated ones do not."""
    assert ids(f"{BASE}#x9", f"{BASE}#k3") == ["x9", "k3"]
    assert ids("https://news.example/live/storm/1", "https://news.example/live/storm/9") == [
        "https://news.example/live/storm/1",
        "https://news.example/live/storm/9",
    ]
    assert ids(f"{BASE}#post1", f"{BASE}#post2", f"{BASE}#post3") == [None, None, None]
    assert ids(f"{BASE}#2", f"{BASE}#1", f"{BASE}#0") == [None, None, None]
    assert ids(BASE, f"{BASE}?at=1", "") == [None, None, None]
    assert ids(f"{BASE}#x9", f"{BASE}#x9", f"{BASE}#k3") == [None, None, "k3"]


def test_positions_are_no_anchor() -> None:
    """An anchor that will be another entry's tomorrow is not linked."""
    entries = read(blog(update(1, url=f"{BASE}#post1"), update(2, url=f"{BASE}#post2"))).entries
    assert {entry.url for entry in entries} == {BASE}


def test_naive_times() -> None:
    """Times without a zone are read in the source's zone, else UTC, and an admin is told."""
    block = blog(update(1, datePublished="2024-07-05T11:00:00"))
    utc = read(block)
    assert utc.entries[0].published_at == datetime(2024, 7, 5, 11, 0, tzinfo=UTC)
    assert "without a zone" in utc.warnings[0]
    berlin = read(block, hints=Hints(timezone="Europe/Berlin"))
    assert berlin.entries[0].published_at == datetime(2024, 7, 5, 9, 0, tzinfo=UTC)


def test_one_time_for_all() -> None:
    """Where every update carries the blog's latest time, the times shown on the page count."""
    block = blog(
        *({**update(n), "@id": f"5f{n}e", "datePublished": "2024-03-05T11:50:00Z"} for n in (1, 2))
    )
    body = "".join(
        f'<article id="block-5f{n}e"><time datetime="2024-03-05T11:3{n}:00Z">x</time></article>'
        for n in (1, 2)
    )
    entries = read(block, body=body).entries
    assert [entry.published_at.minute for entry in entries if entry.published_at] == [31, 32]
    assert entries[0].url == f"{BASE}#block-5f1e"


def test_shared_pictures_are_the_blogs() -> None:
    """The blog's own picture, or one under many updates, belongs to none of them."""
    shared = {"@type": "ImageObject", "url": "https://i.example/all.jpg?w=1"}
    own = {"@type": "ImageObject", "url": "https://i.example/own.jpg"}
    entries = read(
        blog(
            update(1, image=[{**shared, "url": "https://i.example/all.jpg?w=2"}]),
            update(2, image=own),
            image=shared,
        )
    ).entries
    assert [[media.url for media in entry.media] for entry in entries] == [[], [own["url"]]]


def test_authors() -> None:
    """Authors may be strings, objects or references; the publisher itself is none."""
    publisher = {"@type": "Organization", "name": "The Example", "@id": "#us"}
    entries = read(
        blog(
            update(1, author="The harbour master"),
            update(2, author=[{"@id": "#p"}, {"name": "A ranger"}]),
            update(3, author={"@id": "#us"}),
            publisher=publisher,
        ),
        {"@type": "Person", "@id": "#p", "name": "A pilot", "sameAs": "LiveBlogPosting"},
    ).entries
    assert [entry.author for entry in entries] == ["The harbour master", "A pilot, A ranger", ""]


@pytest.mark.parametrize(
    ("more", "last", "ended"),
    [
        ({"headline": "Storm – as it happened"}, "Body.", True),
        ({"coverageEndTime": "2024-03-04T12:00:00Z"}, "Body.", False),
        ({"coverageEndTime": "2024-03-04T12:00:00Z"}, "This concludes our live coverage.", True),
        ({"coverageEndTime": "2024-03-09T12:00:00Z"}, "This concludes our live coverage.", False),
        ({}, "We are closing this live blog now. Thank you for reading.", True),
        ({}, "The storm has ended the old debate about tides.", False),
    ],
)
def test_ended(more: dict[str, Any], last: str, ended: bool) -> None:
    """Coverage is over when the headline or the newest entry says so, not by a planned time."""
    assert read(blog(update(1), update(9, articleBody=last), **more)).ended is ended


def test_before_the_event() -> None:
    """A live blog without updates yet is one, but less surely than one with updates."""
    assert 0.5 <= SchemaOrg().recognises(page(html(blog()))).confidence < 0.6
    assert SchemaOrg().recognises(page(html(blog(update(1))))).confidence > 0.8
    assert read(blog()).entries == ()


def test_other_live_blogs_on_the_page() -> None:
    """The live blog with the page's own address is read, even beside a longer one."""
    other = blog(
        update(1), update(2), **{"@id": "https://news.example/live/other", "headline": "O"}
    )
    assert read(other, blog(update(3))).title == "Storm over the bay"


def test_no_live_blog() -> None:
    """Ordinary articles are not recognised, and reading one says so."""
    article = page(html({"@type": "NewsArticle", "headline": "No LiveBlogPosting"}))
    assert SchemaOrg().recognises(article).confidence == 0
    with pytest.raises(NoLiveBlogError):
        SchemaOrg().read(article, Hints())
    data = page(json.dumps(blog()), content_type="application/json")
    assert SchemaOrg().recognises(data).confidence == 0
