"""bot.sources.reddit: Reddit live threads."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.intake.inspect import inspect
from bot.sources import detect, read
from bot.sources.base import Hints, Page
from bot.sources.reddit import MAX_PAGES, Reddit
from tests.support.conversations import GOLDEN, converse, golden, read_wrecks, site, told
from tests.support.pages import corpus, page

ADAPTER = Reddit()
THREAD = "https://www.reddit.com/live/1abc2def3ghi"
POLL = f"{THREAD}.json?limit=100"
ABOUT = f"{THREAD}/about.json"


def thread() -> Page:
    """The newest updates of a thread."""
    return golden("reddit/thread.json", POLL)


def about(**more: object) -> Page:
    """What Reddit tells of a thread."""
    value = {"kind": "LiveUpdateEvent", "data": {"title": "Ferry aground &amp; afloat", **more}}
    return page(json.dumps(value), ABOUT, "application/json")


def uuid(number: int) -> str:
    """An id as Reddit gives it."""
    return f"LiveUpdate_{number:08x}-0000-11ee-8000-000000000000"


def listing(url: str, numbers: list[int], after: str | None) -> Page:
    """A page of a listing."""
    children = [
        {
            "kind": "LiveUpdate",
            "data": {"name": uuid(n), "body": f"Report {n}.", "created_utc": 1709600000 + 60 * n},
        }
        for n in numbers
    ]
    value = {"kind": "Listing", "data": {"children": children, "after": after, "before": None}}
    return page(json.dumps(value), url, "application/json")


def test_golden() -> None:
    """Words from markup or markdown, pictures and cards, stricken updates withdrawn."""
    expected = json.loads((GOLDEN / "reddit/thread.expected.json").read_text("utf-8"))
    snapshot, asked = converse(ADAPTER.reading(thread(), Hints()), {ABOUT: about(state="live")})
    assert told(snapshot) == expected
    assert [request.url for request in asked] == [
        f"{POLL}&after=LiveUpdate_11111111-0000-11ee-8000-000000000001",
        ABOUT,
    ]


@pytest.mark.parametrize(
    "url",
    [
        THREAD,
        f"{THREAD}/",
        "https://old.reddit.com/live/1abc2def3ghi/updates/22222222-0000-11ee-8000-000000000002",
    ],
)
def test_a_page_names_its_listing(url: str) -> None:
    """By its address alone a thread's page is recognised, and its listing polled."""
    found = detect(page("<html><body>Loading</body></html>", url))
    assert (found.adapter.name, found.recognition.poll_url) == ("reddit", POLL)


def test_a_pasted_listing() -> None:
    """An older page of the listing leads to the newest; about.json does, too."""
    older = listing(f"{THREAD}.json?after={uuid(9)}", [8], None)
    assert ADAPTER.recognises(older).poll_url == POLL
    assert ADAPTER.recognises(about()).poll_url == POLL
    assert ADAPTER.recognises(thread()).poll_url is None
    assert detect(thread()).adapter.name == "reddit"


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("<html><p>live</p></html>", "https://www.reddit.com/r/live/comments/abc123/x"),
        ("<html><p>live</p></html>", "https://www.reddit.com/live/create"),
        ("<html><p>Concert tonight</p></html>", "https://hall.example/live/concert"),
        ('{"kind": "Listing", "data": {"children": [{"kind": "t3", "data": {}}]}}', THREAD),
        ('{"kind": "Listing", "data": {"children": []}}', "https://www.reddit.com/r/x.json"),
        ('{"kind": "Listing"', THREAD),
    ],
)
def test_what_is_no_thread(body: str, url: str) -> None:
    """Other pages of Reddit, other listings and other sites are not taken for live threads."""
    kind = "text/html" if body.startswith("<") else "application/json"
    source = page(body, url, kind)
    assert ADAPTER.recognises(source).confidence == 0
    with pytest.raises(NoLiveBlogError):
        ADAPTER.read(source, Hints())


def test_a_page_that_is_polled_itself() -> None:
    """The listing is asked for; without its answer the poll fails rather than reading nothing."""
    source = page("<html><body>Loading</body></html>", THREAD)
    snapshot, _ = converse(ADAPTER.reading(source, Hints()), {POLL: thread(), ABOUT: about()})
    assert len(snapshot.entries) == 4
    with pytest.raises(UnreadableError, match="did not answer"):
        converse(ADAPTER.reading(source, Hints()), {})


def test_over() -> None:
    """A thread that its reporters completed has ended."""
    for state, ended in (("live", False), ("complete", True)):
        reading = ADAPTER.reading(thread(), Hints())
        snapshot, _ = converse(reading, {ABOUT: about(state=state)})
        assert (snapshot.title, snapshot.ended) == ("Ferry aground & afloat", ended)


def test_backfill() -> None:
    """The first poll reads older pages, bounded; later ones stop at what is known."""
    pages: dict[str, Page | None] = {}
    for start in range(2000, 0, -10):
        numbers = list(range(start, start - 10, -1))
        url = POLL if start == 2000 else f"{POLL}&after={uuid(start + 1)}"
        pages[url] = listing(url, numbers, uuid(start - 9))
    first = pages[POLL]
    assert first is not None
    snapshot, _ = converse(ADAPTER.reading(first, Hints()), pages)
    assert len(snapshot.entries) == 10 * MAX_PAGES
    later = Hints(known=frozenset({uuid(1985)}))
    snapshot, asked = converse(ADAPTER.reading(first, later), pages)
    assert len(snapshot.entries) == 20
    assert [request.url for request in asked] == [f"{POLL}&after={uuid(1991)}", ABOUT]


def test_odd_updates() -> None:
    """Updates lacking anything are read as far as they go."""
    data: list[object] = [
        {"body": "Nameless."},
        {"name": 5, "body_html": 7, "created_utc": "x", "embeds": [None, {"url": "data:x"}]},
        {"name": uuid(1), "body": "", "embeds": [{"url": "https://img.example/a.JPG"}]},
        {},
        3,
    ]
    children = [{"kind": "LiveUpdate", "data": item} for item in data]
    value = {"kind": "Listing", "data": {"children": children}}
    snapshot = read(page(json.dumps(value), POLL, "application/json"), Hints(), "reddit")
    assert [(e.id, e.text, len(e.media)) for e in snapshot.entries] == [
        (None, "Nameless.", 0),
        ("5", "7", 0),
        (uuid(1), "", 1),
    ]


def test_wrecks() -> None:
    """Whatever of its documents is broken, only our errors come of it."""
    read_wrecks(ADAPTER, thread(), [about(), thread()], 200)


def test_a_real_thread() -> None:
    """Three pages of a real thread: 200 updates, each once, newest first, all with their words."""
    folder = corpus("reddit-live-ukaeu1ik4sw5")
    url = "https://www.reddit.com/live/ukaeu1ik4sw5.json?limit=100"
    pages: dict[str, Page | None] = {}
    for entry in json.loads((folder / "index.json").read_text("utf-8")):
        after = entry["uri"].partition("after=")[2].partition("&")[0]
        own = f"{url}&after={after}" if after else url
        pages[own] = page((folder / entry["file"]).read_bytes(), own, "application/json")
    first = pages[url]
    assert first is not None
    snapshot, asked = converse(ADAPTER.reading(first, Hints()), pages)
    assert [request.url for request in asked[:2]] == list(pages)[1:]
    assert len({entry.id for entry in snapshot.entries}) == 200
    times = [entry.published_at for entry in snapshot.entries if entry.published_at]
    assert len(times) == 200
    assert times == sorted(times, reverse=True)
    assert all(entry.text and entry.author for entry in snapshot.entries)
    assert sum(bool(entry.media) for entry in snapshot.entries) >= 13


async def test_over_http() -> None:
    """From the page's address alone, over real sockets: the listing is found and read."""

    def documents(_: str) -> Iterator[tuple[str, bytes, str]]:
        markup = '<html><body class="liveupdate-app">Loading</body></html>'
        yield "/live/1abc2def3ghi", markup.encode(), "text/html"
        body = thread().document.body
        yield "/live/1abc2def3ghi.json?limit=100", body, "application/json"
        yield "/live/1abc2def3ghi/about.json", about().document.body, "application/json"

    async with site(documents) as (server, fetcher):
        found = await inspect(fetcher, f"{server.url}live/1abc2def3ghi")
    assert (found.adapter, found.snapshot.title) == ("reddit", "Ferry aground & afloat")
    assert found.snapshot.entries[0].url.startswith(f"{server.url}live/1abc2def3ghi/updates/5555")
