"""bot.sources.wordpress: live blogs of the WordPress Liveblog plugin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.intake.inspect import inspect
from bot.sources import detect, read
from bot.sources.base import Hints, Page
from bot.sources.wordpress import FAR, MAX_PAGES, WordPress
from tests.support.conversations import GOLDEN, converse, golden, read_wrecks, site, told
from tests.support.pages import corpus, page

ADAPTER = WordPress()
POST = "https://valley.example/2024/03/dam/"
API = "https://valley.example/wp-json/liveblog/v1/4711/"
ENTRIES = f"{API}entries/0/{FAR}/"


def blog_page() -> Page:
    """The post with its empty container."""
    return golden("wordpress/page.html", POST)


def entries() -> Page:
    """All rows of its API."""
    return golden("wordpress/entries.json", ENTRIES)


def row(number: int, **more: object) -> dict[str, object]:
    """A row as the API gives it, a minute after the one before."""
    return {
        "id": str(number),
        "type": "new",
        "content": f"<p>Report {number}.</p>",
        "timestamp": 1709600000 + 60 * number,
        **more,
    }


def answer(url: str, rows: list[dict[str, object]], **more: object) -> Page:
    """An answer of the API."""
    return page(json.dumps({"entries": rows, **more}), url, "application/json")


def test_golden() -> None:
    """Corrections keep their id and first time, a deletion withdraws, commands are no words."""
    expected = json.loads((GOLDEN / "wordpress/entries.expected.json").read_text("utf-8"))
    snapshot, asked = converse(ADAPTER.reading(entries(), Hints()), {POST: blog_page()})
    assert told(snapshot) == expected
    assert [request.url for request in asked] == [POST]


def test_a_page_names_its_api() -> None:
    """The page is recognised, and its API's address, which never ages, is polled instead."""
    found = detect(blog_page())
    assert found.adapter.name == "wordpress"
    assert found.recognition.poll_url == ENTRIES


@pytest.mark.parametrize(
    ("markup", "poll_url"),
    [
        (
            '<div class="12" id="wpcom-liveblog-container"></div>',
            f"https://valley.example/wp-json/liveblog/v1/12/entries/0/{FAR}/",
        ),
        (
            '<link rel="https://api.w.org/" href="/blog/wp-json/">'
            "<div id=wpcom-liveblog-container class=12></div>",
            f"https://valley.example/blog/wp-json/liveblog/v1/12/entries/0/{FAR}/",
        ),
        (
            '<script>liveblog_settings={"endpoint_url":"/?rest_route=/liveblog/v1/12/"}</script>',
            f"https://valley.example/?rest_route=/liveblog/v1/12/entries/0/{FAR}/",
        ),
        (
            '<script>var liveblog_settings = {"endpoint_url":"https:\\/\\/valley.example\\/dam'
            '\\/liveblog\\/"};</script>',
            f"https://valley.example/dam/liveblog/0/{FAR}/",
        ),
        (
            '<script>liveblog_settings = {"endpoint_url":"/?p=12&liveblog="};</script>',
            f"https://valley.example/?p=12&liveblog=0/{FAR}/",
        ),
    ],
)
def test_where_the_api_is(markup: str, poll_url: str) -> None:
    """The API is found by the settings, the container or the link, with or without REST."""
    found = ADAPTER.recognises(page(f"<html><body>{markup}</body></html>", POST))
    assert found.poll_url == poll_url


@pytest.mark.parametrize(
    "body",
    [
        "<html><p>About liveblog_settings and wpcom-liveblog-container in our theme.</p></html>",
        '<html><script>var liveblog_settings = {"plugin_dir":"/x/"};</script></html>',
        "<html><script>var liveblog_settings = {broken</script></html>",
        '<html><div id="wpcom-liveblog-container"></div></html>',
        "<html><p>An article.</p></html>",
    ],
)
def test_what_is_no_live_blog(body: str) -> None:
    """A page that only mentions the plugin, or an editor's page, is not taken for a live blog."""
    assert ADAPTER.recognises(page(body, POST)).confidence == 0
    with pytest.raises(NoLiveBlogError):
        ADAPTER.read(page(body, POST), Hints())


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ('{"code":"rest_no_route","message":"No route","data":{"status":404}}', ENTRIES),
        ('{"entries":[{"id":1,"title":"Accounts"}]}', "https://valley.example/ledger"),
        ("[]", "https://valley.example/list.json"),
        ("[1, 2", ENTRIES),
    ],
)
def test_what_is_no_answer(body: str, url: str) -> None:
    """JSON of other kinds, and the API's errors, are not taken for its entries."""
    source = page(body, url, "application/json")
    assert ADAPTER.recognises(source).confidence == 0
    with pytest.raises(NoLiveBlogError):
        ADAPTER.read(source, Hints())


def test_an_api_address_that_ages_is_replaced() -> None:
    """Of a pasted span of time, the whole is polled; the lasting address is left as it is."""
    spans = [f"{API}entries/1709631000/1709631010/", f"{API}get-entries/2/901-1709631000"]
    for url in spans:
        found = ADAPTER.recognises(answer(url, [row(1)]))
        assert (found.confidence, found.poll_url) == (0.95, ENTRIES)
    assert ADAPTER.recognises(entries()).poll_url is None


def test_a_page_that_is_polled_itself() -> None:
    """A source stored with the page's own address is read all the same, and knows when it ends."""
    archived = page(
        blog_page().text.replace('"state":"enable"', '"state":"archive"'), POST, "text/html"
    )
    snapshot, asked = converse(ADAPTER.reading(archived, Hints()), {ENTRIES: entries()})
    assert [request.url for request in asked] == [ENTRIES]
    assert snapshot.ended
    assert [entry.id for entry in snapshot.entries] == ["901", "902", "903", "904", "905"]


def test_an_api_that_does_not_answer() -> None:
    """All forms of the API are tried; that none answered is an error, not an empty blog."""
    with pytest.raises(UnreadableError, match="did not answer"):
        converse(ADAPTER.reading(blog_page(), Hints()), {})


def test_paged_form() -> None:
    """Where only the paged form answers, the first poll reads its pages, bounded."""
    pages = {
        f"{API}get-entries/{n}/0-0": answer(
            f"{API}get-entries/{n}/0-0",
            [row(1000 - 2 * n), row(999 - 2 * n)],
            page=n,
            pages=40,
        )
        for n in range(1, 41)
    }
    snapshot, asked = converse(ADAPTER.reading(blog_page(), Hints()), pages)
    assert len(snapshot.entries) == 2 * MAX_PAGES
    assert snapshot.complete
    later = Hints(known=frozenset({"994"}))
    snapshot, asked = converse(ADAPTER.reading(pages[f"{API}get-entries/1/0-0"], later), pages)
    assert [entry.id for entry in snapshot.entries] == ["998", "997", "996", "995", "994", "993"]
    assert [request.url[-5:] for request in asked[:2]] == ["2/0-0", "3/0-0"]


def test_lazy_form() -> None:
    """Older entries are asked for by time; two of one second are both read, once."""
    stamp = {"timestamp": 1709600000}
    first = answer(f"{API}lazyload/0/0", [row(5), row(4, **stamp), row(3, **stamp)])
    older = answer(f"{API}lazyload/1709600001/0", [row(3, **stamp), row(2, timestamp=1709500000)])
    answers = {first.url: first, older.url: older}
    snapshot, _ = converse(ADAPTER.reading(blog_page(), Hints()), answers)
    assert [entry.id for entry in snapshot.entries] == ["5", "4", "3", "2"]


def test_rows_in_any_order() -> None:
    """Whatever the order of rows, the last word counts and the first time stays."""
    new, update = row(1), row(1, type="update", content="Better.", timestamp=1709600600)
    for rows in ([new, update], [update, new]):
        (entry,) = read(answer(ENTRIES, rows), Hints(), "wordpress").entries
        assert entry.text == "Better."
        assert entry.published_at is not None
        assert entry.updated_at is not None
        assert (entry.updated_at - entry.published_at).total_seconds() == 540


def test_odd_rows() -> None:
    """Rows lacking anything are read as far as they go; drafts are not published."""
    rows: list[dict[str, object]] = [
        {"id": 7, "content": "Only words."},
        {"type": "new", "content": "Nameless."},
        row(8, status="draft"),
        row(9, timestamp="soon", authors="x", key_event="1", css_classes=None, render=3),
        row(10, content="/key <b>Typed</b> command"),
        {},
    ]
    snapshot = read(answer(ENTRIES, rows), Hints(), "wordpress")
    found = {entry.text: entry for entry in snapshot.entries}
    assert set(found) == {"Only words.", "Nameless.", "3", "Typed command"}
    assert found["Nameless."].id is None
    assert found["3"].key_event
    assert found["3"].published_at is None


def test_title_from_the_rest_api() -> None:
    """Without share links the post's title comes from WordPress's own API."""
    post = page(
        '{"title":{"rendered":"Dam &#8211; live"},"link":"https://valley.example/dam/"}',
        "https://valley.example/wp-json/wp/v2/posts/4711",
        "application/json",
    )
    reading = ADAPTER.reading(answer(ENTRIES, [row(1)]), Hints())
    snapshot, _ = converse(reading, {post.url: post})
    assert (snapshot.title, snapshot.url) == ("Dam – live", "https://valley.example/dam/")


def test_wrecks() -> None:
    """Whatever of its documents is broken, only our errors come of it."""
    read_wrecks(ADAPTER, blog_page(), [entries()], 150)
    read_wrecks(ADAPTER, entries(), [blog_page()], 150)


def test_samples() -> None:
    """Answers that others wrote down are read: ids, times, key events."""
    folder = corpus("format-samples")
    body = (folder / "RECONSTRUCTED_wp-liveblog_mock_api.json").read_bytes()
    snapshot = read(page(body, f"{API}get-entries/1/0-0", "application/json"), Hints())
    assert [entry.id for entry in snapshot.entries] == ["2977", "2976", "2975", "2974", "2973"]
    assert {entry.text for entry in snapshot.entries} == {"This is some test content"}
    body = (folder / "RECONSTRUCTED_wp-liveblog_mock_events.json").read_bytes()
    (event,) = read(page(body, "", "application/json"), Hints()).entries
    assert (event.text, event.key_event, event.author) == (
        "This is a test Key Event",
        True,
        "bb_admin",
    )


async def test_over_http() -> None:
    """From the page's address alone, over real sockets: the API is found, asked and read."""

    def documents(root: str) -> Iterator[tuple[str, bytes, str]]:
        for name, path, kind in (
            ("page.html", "/2024/03/dam/", "text/html"),
            ("entries.json", f"/wp-json/liveblog/v1/4711/entries/0/{FAR}/", "application/json"),
        ):
            body = (GOLDEN / "wordpress" / name).read_text("utf-8")
            plain = body.replace("https://valley.example", root)
            escaped = root.replace("/", "\\/")
            yield path, plain.replace("https:\\/\\/valley.example", escaped).encode(), kind

    async with site(documents) as (server, fetcher):
        found = await inspect(fetcher, f"{server.url}2024/03/dam/")
    assert found.adapter == "wordpress"
    assert found.poll_url.endswith(f"/entries/0/{FAR}/")
    snapshot = replace(found.snapshot, entries=())
    assert (snapshot.title, snapshot.complete) == ("Dam at Upper Lake: live", True)
    assert len(found.snapshot.entries) == 5
