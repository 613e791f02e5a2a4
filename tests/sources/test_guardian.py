"""Guardian live blogs: blocks in the page, page data as JSON, older pages, the pinned post."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.model import Snapshot, SourceEntry
from bot.sources import detect
from bot.sources.base import Hints, Page, Request
from bot.sources.guardian import OLDER_PAGES, Guardian
from bot.sources.schemaorg import SchemaOrg
from bot.sources.validate import validated
from tests.support.broken import broken, replaced_values
from tests.support.pages import corpus, page

GOLDEN = Path(__file__).parent / "golden" / "guardian"
URL = "https://www.theguardian.com/uk-news/live/2024/mar/05/harbour-wall-breach-live"
LATER = datetime(2025, 1, 1, tzinfo=UTC)
ADAPTER = Guardian()
PAGE = (GOLDEN / "page.html").read_bytes()


def html_page(body: str | bytes, url: str = URL) -> Page:
    """A page of the Guardian's site."""
    return page(body, url, "text/html", LATER)


def json_page(value: object, url: str = f"{URL}.json?dcr=true") -> Page:
    """A document of the Guardian's page data."""
    return page(json.dumps(value), url, "application/json", LATER)


def name(number: int) -> str:
    """The id of the block that was begun `number` minutes after 10:00 on 5 March 2024."""
    return f"{1709632800 + 60 * number:08x}8f08a1b2c3d4e5{number:02x}"


def article(number: int, body: str = "", title: str = "") -> str:
    """A block in the markup of the page."""
    heading = f"<h2>{title}</h2>" if title else ""
    return (
        f'<article id="block-{name(number)}" class="block"><header><a href="?page=with:block-'
        f'{name(number)}#block-{name(number)}"><time datetime="2024-03-05T10:{number:02d}:30Z">'
        f"now</time></a>{heading}</header>{body or f'<p>Report {number}.</p>'}<footer></footer>"
        "</article>"
    )


def live(*articles: str, more: str = "") -> str:
    """A page with those blocks."""
    return (
        '<html lang="en"><body><script>window.guardian = {"isLive":true,"isLiveBlog":true}</script>'
        f"<h1>Harbour live</h1>{''.join(articles)}{more}</body></html>"
    )


def block(number: int, **more: Any) -> dict[str, Any]:
    """A block of the page data."""
    first = 1709632800000 + number * 60_000
    return {
        "id": name(number),
        "elements": [text(f"<p>Report {number}.</p>")],
        "attributes": {"pinned": False, "keyEvent": False, "summary": False},
        "blockCreatedOn": first - 200_000,
        "blockFirstPublished": first,
        "blockFirstPublishedDisplay": "10.00\u00a0GMT",
        "blockLastUpdated": first,
        "contributors": [],
        **more,
    }


def element(kind: str, **more: Any) -> dict[str, Any]:
    """An element of a block."""
    return {"_type": f"model.dotcomrendering.pageElements.{kind}", **more}


def text(html: str) -> dict[str, Any]:
    """An element of words."""
    return element("TextBlockElement", html=html)


def model(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The data of a page with those blocks."""
    return {
        "webTitle": "Harbour live",
        "webURL": URL,
        "blocks": list(blocks),
        "pagination": {"currentPage": 1, "totalPages": 1},
        **more,
    }


def read(source: Page) -> Snapshot:
    """The snapshot of a page that is recognised."""
    assert ADAPTER.recognises(source).confidence > 0.9
    return ADAPTER.read(source, Hints())


def ids(snapshot: Snapshot) -> list[str | None]:
    """The entries' ids in their order."""
    return [entry.id for entry in snapshot.entries]


def talk(source: Page, answers: dict[str, Page], hints: Hints) -> tuple[Snapshot, list[str]]:
    """Answer what the adapter asks for; returns its snapshot and the addresses it asked for."""
    reading = ADAPTER.reading(source, hints)
    asked: list[str] = []
    sent: Sequence[Page | None] | None = None
    while True:
        try:
            requests: Sequence[Request] = next(reading) if sent is None else reading.send(sent)
        except StopIteration as stop:
            return stop.value, asked
        asked += [request.url for request in requests]
        sent = [answers.get(request.url) for request in requests]


def row(entry: SourceEntry) -> dict[str, Any]:
    """An entry as the golden file spells it."""
    return {
        "id": entry.id,
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
        "title": entry.title,
        "text": entry.text.split("\n\n") if entry.text else [],
        "html": entry.html,
        "author": entry.author,
        "key_event": entry.key_event,
        "pinned": entry.pinned,
        "media": [[m.kind, m.url, m.caption] for m in entry.media],
        "url": entry.url,
    }


def test_golden_page() -> None:
    """A whole page reads as a careful reader would copy it, without shares and related links."""
    want = json.loads((GOLDEN / "page.html.json").read_text(encoding="utf-8"))
    snapshot = read(html_page(PAGE))
    for key in ("title", "url", "timezone", "language", "complete", "ended"):
        assert getattr(snapshot, key) == want[key], key
    assert [row(entry) for entry in snapshot.entries] == want["entries"]


def test_it_is_preferred_to_the_json_ld_and_keeps_its_ids() -> None:
    """A source that was read by its JSON-LD knows the same entries by the same ids."""
    source = html_page(PAGE)
    assert detect(source).adapter.name == "guardian"
    before = SchemaOrg().read(source, Hints())
    assert ids(before) == ids(ADAPTER.read(source, Hints()))


def test_the_pinned_copy_of_a_block_on_another_page_is_that_block() -> None:
    """A pinned post whose own place is further back is told once, under its own id and time."""
    pinned = (
        '<div id="pinned-post"><article class="block"><header><a href="?page=with:block-'
        f'{name(1)}#block-{name(1)}"><span>10.01 GMT</span></a></header><p>Report 1.</p>'
        "</article></div>"
    )
    link = f'<a href="?page=with:block-{name(3)}">Next</a>'
    older = html_page(live(article(3), article(1)), f"{URL}?page=with:block-{name(3)}")
    front = html_page(live(pinned, article(9), article(8), more=link))
    alone = read(front)
    assert ids(alone) == [name(1), name(9), name(8)]
    assert [entry.pinned for entry in alone.entries] == [True, False, False]
    assert alone.entries[0].published_at == datetime(2024, 3, 5, 10, 1, tzinfo=UTC)
    both, _ = talk(front, {older.url: older}, Hints())
    assert ids(both) == [name(9), name(8), name(3), name(1)]
    assert both.entries[3].pinned
    assert both.entries[3].published_at == datetime(2024, 3, 5, 10, 1, 30, tzinfo=UTC)
    assert both.complete


def test_older_pages_are_read_at_the_first_poll_only() -> None:
    """Backfill is bounded, and a source that knows its entries reads the first page alone."""
    addresses = [f"{URL}?page=with:block-{name(50 - 2 * n)}" for n in range(1, 12)]
    answers = {
        address: html_page(
            live(
                article(50 - 2 * n),
                article(49 - 2 * n),
                more=f'<a href="?page=with:block-{name(48 - 2 * n)}">Next</a>',
            ),
            address,
        )
        for n, address in enumerate(addresses, 1)
    }
    front = html_page(
        live(article(50), article(49), more=f'<a href="?page=with:block-{name(48)}">Next</a>')
    )
    first, asked = talk(front, answers, Hints())
    assert asked == addresses[:OLDER_PAGES]
    assert len(first.entries) == 2 * (1 + OLDER_PAGES)
    assert not first.complete
    later, asked = talk(front, answers, Hints(known=frozenset({name(50)})))
    assert (len(later.entries), asked) == (2, [])


def test_a_burst_longer_than_a_page_is_read_whole() -> None:
    """A poll goes back until it meets a known block; the pinned copy of one proves nothing."""
    pinned = (
        '<div id="pinned-post"><article class="block"><header><a href="?page=with:block-'
        f'{name(1)}#block-{name(1)}">10.01</a></header><p>Report 1.</p></article></div>'
    )
    numbers = [(9, 8), (7, 6), (5, 4), (3, 2)]
    pages: dict[str, Page] = {}
    for (first, second), (older, _) in zip(numbers, [*numbers[1:], (0, 0)], strict=True):
        url = f"{URL}?page=with:block-{name(first)}" if pages else URL
        link = f'<a href="?page=with:block-{name(older)}">Next</a>'
        body = live("" if pages else pinned, article(first), article(second), more=link)
        pages[url] = html_page(body, url)
    snapshot, asked = talk(pages[URL], pages, Hints(known=frozenset({name(1), name(5)})))
    assert asked == list(pages)[1:3]
    assert len(snapshot.entries) == 7


def test_an_older_page_that_fails_or_leads_in_a_circle_ends_the_backfill() -> None:
    """What was read is kept; the snapshot does not claim to be complete."""
    front = html_page(live(article(9), more=f'<a href="?page=with:block-{name(3)}">Next</a>'))
    failed, asked = talk(front, {}, Hints())
    assert (ids(failed), len(asked), failed.complete) == ([name(9)], 1, False)
    circle, asked = talk(front, {asked[0]: front}, Hints())
    assert (ids(circle), len(asked), circle.complete) == ([name(9)], 1, False)
    other = html_page("<html><body>Not found</body></html>")
    assert ids(talk(front, {asked[0]: other}, Hints())[0]) == [name(9)]


def test_an_unnamed_link_to_older_blocks_is_found_by_its_id() -> None:
    """Without the word "Next", the nearest page of older blocks is asked for."""
    links = "".join(f'<a href="?page=with:block-{name(n)}"></a>' for n in (2, 5, 30))
    _, asked = talk(html_page(live(article(9), article(8), more=links)), {}, Hints())
    assert asked == [f"{URL}?page=with:block-{name(5)}"]


@pytest.mark.parametrize(
    ("body", "ended"),
    [
        (live(article(1)), False),
        (live(article(1)).replace('"isLive":true', '"isLive":false'), True),
        (live(article(1)).replace("Harbour live", "Harbour wall – as it happened"), True),
    ],
)
def test_the_end_of_coverage(body: str, ended: bool) -> None:
    """The page's configuration tells, and so does its headline."""
    assert read(html_page(body)).ended is ended


def test_a_link_to_one_block_is_polled_at_the_front_page() -> None:
    """Older pages never show what is new, so the address of the newest blocks is polled."""
    source = html_page(live(article(1)), f"{URL}?page=with:block-{name(1)}#block-{name(1)}")
    assert ADAPTER.recognises(source).poll_url == URL
    assert not read(source).complete
    assert ADAPTER.recognises(html_page(live(article(1)))).poll_url is None


def test_markup_of_before_2020() -> None:
    """The older page's blocks are divisions with a title of their own class."""
    body = (
        f'<div id="block-{name(4)}" class="block block--content is-key-event">'
        '<p class="block-time published-time"><a href="#"><time datetime="2016-06-24T04:01:00Z">'
        '04.01</time></a></p><h2 class="block-title">Count begins</h2>'
        '<div class="block-elements"><h2>First boxes</h2><p>Opened at <b>four</b>.</p></div>'
        '<p class="block-time updated-time">Updated <time datetime="2016-06-24T04:05:00Z">at '
        '04.05</time></p><div class="block-share"><a href="/share">Share</a></div></div>'
    )
    (entry,) = read(html_page(live(body))).entries
    assert (entry.title, entry.key_event) == ("Count begins", True)
    assert entry.text == "First boxes\n\nOpened at four."
    assert entry.published_at == datetime(2016, 6, 24, 4, 1, tzinfo=UTC)
    assert entry.updated_at == datetime(2016, 6, 24, 4, 5, tzinfo=UTC)


def test_page_data() -> None:
    """The time shown is the first publication; flags, authors and titles come along."""
    snapshot = read(
        json_page(
            model(
                block(
                    7,
                    title="Wall gives way",
                    blockLastUpdated=1709633400000,
                    contributors=[{"name": "The port reporter"}],
                    attributes={"keyEvent": True, "pinned": True},
                ),
                block(6, attributes={"summary": True}),
            )
        )
    )
    first, second = snapshot.entries
    assert first.published_at == datetime(2024, 3, 5, 10, 7, tzinfo=UTC)
    assert first.updated_at == datetime(2024, 3, 5, 10, 10, tzinfo=UTC)
    assert (first.title, first.author) == ("Wall gives way", "The port reporter")
    assert (first.key_event, first.pinned) == (True, True)
    assert (second.key_event, second.updated_at) == (True, None)
    assert first.url == f"{URL}?page=with:block-{name(7)}#block-{name(7)}"
    assert (snapshot.url, snapshot.timezone, snapshot.complete) == (URL, "Europe/London", True)


@pytest.mark.parametrize(
    ("item", "words", "media"),
    [
        (element("SubheadingBlockElement", html="<h2>Ports</h2>"), "Ports", []),
        (element("BlockquoteBlockElement", html="<blockquote><p>Yes</p></blockquote>"), "Yes", []),
        (element("RichLinkBlockElement", url="https://a.example/", text="Related"), "", []),
        (element("NewsletterSignupBlockElement", html="<p>Sign up</p>"), "", []),
        (
            element("YoutubeBlockElement", assetId="abc", mediaTitle="The wall"),
            "",
            [("embed", "https://www.youtube.com/watch?v=abc", "The wall")],
        ),
        (
            element("VideoVimeoBlockElement", url="https://vimeo.com/1", title="Tide"),
            "",
            [("embed", "https://vimeo.com/1", "Tide")],
        ),
        (
            element(
                "ImageBlockElement",
                imageSources=[
                    {"srcSet": [{"src": f"https://i.example/{w}.jpg", "width": w}]}
                    for w in (300, 1240, 4000)
                ],
                data={"caption": "The mole. Photograph: Port Authority", "credit": "Port"},
            ),
            "",
            [("photo", "https://i.example/1240.jpg", "The mole.")],
        ),
        (
            element(
                "ImageBlockElement",
                media={"allImages": [{"url": "https://i.example/a.jpg", "fields": {"width": "9"}}]},
            ),
            "",
            [("photo", "https://i.example/a.jpg", "")],
        ),
        (
            element(
                "GuVideoBlockElement", assets=[{"url": "https://v.example/a.mp4"}], caption="Tide"
            ),
            "",
            [("video", "https://v.example/a.mp4", "Tide")],
        ),
        (
            element("ListBlockElement", items=[{"title": "One", "elements": [text("<p>Two</p>")]}]),
            "One\n\nTwo",
            [],
        ),
        (element("UnheardOfBlockElement"), "", []),
    ],
)
def test_elements(item: dict[str, Any], words: str, media: list[tuple[str, str, str]]) -> None:
    """Each kind of element is read as what a reader sees of it."""
    (entry,) = read(json_page(model(block(1, elements=[item])))).entries
    assert entry.text == words
    assert [(one.kind, one.url, one.caption) for one in entry.media] == media


def test_older_pages_of_page_data() -> None:
    """JSON leads on to JSON, in the form that was asked for."""
    more = {"pagination": {"currentPage": 1, "totalPages": 2, "older": f"?page=with:{'block-'}x"}}
    front = json_page(model(block(9), **more))
    address = f"{URL}.json?page=with:block-x&dcr=true"
    assert not read(front).complete
    older = json_page(model(block(2), pagination={"currentPage": 2, "totalPages": 2}), address)
    snapshot, asked = talk(front, {address: older}, Hints())
    assert asked == [address]
    assert (ids(snapshot), snapshot.complete) == ([name(9), name(2)], True)


def test_the_answer_to_polling() -> None:
    """New blocks come as markup in JSON; they are no complete page."""
    answer = {"numNewBlocks": 2, "html": article(6) + article(5), "mostRecentBlockId": "block-x"}
    snapshot = read(json_page(answer, f"{URL}.json?lastUpdate=block-{name(4)}&isLivePage=true"))
    assert ids(snapshot) == [name(6), name(5)]
    assert (snapshot.url, snapshot.complete) == (URL, False)


def test_the_configuration_of_another_page_does_not_end_the_blog() -> None:
    """Only the page's own configuration tells whether it is live."""
    other = model(block(1), pageId="a/live/b", config={"pageId": "c/d", "isLive": False})
    own = model(block(1), pageId="a/live/b", config={"pageId": "a/live/b", "isLive": False})
    assert not read(json_page(other)).ended
    assert read(json_page(own)).ended
    assert read(json_page(model(block(1), format={"design": "DeadBlogDesign"}))).ended


@pytest.mark.parametrize(
    "source",
    [
        html_page("<html><body><article>An ordinary article.</article></body></html>"),
        page(live(article(1)).replace("window.guardian", "x"), "https://other.example/live/x"),
        html_page(f"<html><body><amp-live-list>{article(1)}</amp-live-list></body></html>"),
        json_page({"blocks": []}),
        json_page(["blockFirstPublished"]),
        page("{blockFirstPublished", f"{URL}.json", "application/json"),
    ],
)
def test_other_pages_are_not_taken(source: Page) -> None:
    """Articles, other sites with such ids, AMP pages and other JSON are left to others."""
    assert ADAPTER.recognises(source).confidence == 0


@given(broken(PAGE))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_a_broken_page_is_read_or_refused(body: bytes) -> None:
    """Whatever becomes of a page, reading it ends soon, in a snapshot or in an error of ours."""
    survives(html_page(body))


@given(replaced_values(model(block(3, title="A"), block(2), pinnedPost=block(1))))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_broken_page_data_is_read_or_refused(value: object) -> None:
    """Any property may be missing or of another type."""
    survives(page(json.dumps(value), f"{URL}.json", "application/json", LATER))


@given(st.permutations([article(n) for n in range(6)]))
@settings(max_examples=20)
def test_the_order_of_blocks_is_the_pages(order: list[str]) -> None:
    """However blocks are shuffled, each is read once and keeps its time."""
    snapshot = read(html_page(live(*order)))
    assert sorted(entry.text for entry in snapshot.entries) == [f"Report {n}." for n in range(6)]
    for entry in snapshot.entries:
        assert entry.published_at is not None
        assert entry.text == f"Report {entry.published_at.minute}."


def survives(source: Page) -> None:
    """Recognise and read; only our errors may come, and soon."""
    start = time.perf_counter()
    try:
        ADAPTER.recognises(source)
        validated(ADAPTER.read(source, Hints()), source.fetched_at)
        talk(source, {}, Hints())
    except SourceError:
        pass
    assert time.perf_counter() - start < 2


def test_a_page_of_ten_thousand_blocks_is_read_in_time() -> None:
    """Size is bounded before it is work."""
    start = time.perf_counter()
    many = "".join(article(1).replace(name(1), f"{n:024x}") for n in range(10_000))
    snapshot = read(html_page(live(many)))
    assert 0 < len(snapshot.entries) <= 10_000
    assert time.perf_counter() - start < 2


def test_the_corpus_page() -> None:
    """A real page's blocks agree with what an independent reader found: ids, times, titles."""
    folder = corpus("guardian-ukraine-2023-05-15")
    lines = (folder / "oracle.dom.jsonl").read_text(encoding="utf-8").splitlines()
    want = [json.loads(line) for line in lines]
    snapshot = read(html_page((folder / "page.html").read_bytes()))
    got = [(f"block-{entry.id}", entry.published_at, entry.title) for entry in snapshot.entries]
    assert got == [(w["id"], datetime.fromisoformat(w["time"]), w["title"]) for w in want]
    before = SchemaOrg().read(html_page((folder / "page.html").read_bytes()), Hints())
    assert ids(before) == ids(snapshot)
    assert max(len(entry.text) for entry in snapshot.entries) > 1_000


def test_the_corpus_page_data() -> None:
    """A real page's data gives each block once, at its first publication."""
    path = corpus("guardian-api-live") / "page.json"
    want = json.loads(path.read_text(encoding="utf-8"))["blocks"]
    snapshot = read(page(path.read_bytes(), f"{URL}.json", "application/json", LATER))
    got = [(entry.id, entry.published_at, entry.title) for entry in snapshot.entries]
    assert got == [
        (w["id"], datetime.fromtimestamp(w["blockFirstPublished"] / 1000, UTC), w.get("title", ""))
        for w in want
    ]
    assert (snapshot.complete, snapshot.ended) == (False, True)
