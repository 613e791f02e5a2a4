"""bot.sources.aljazeera: Al Jazeera's live blogs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.intake.decide import decide
from bot.intake.identity import content_hash
from bot.intake.inspect import inspect
from bot.model import ChangeKind, Known, Snapshot
from bot.sources import detect
from bot.sources.aljazeera import AGAIN, FIRST, IN_TURN, NEW, AlJazeera
from bot.sources.base import Hints, Page, Request
from bot.sources.reader import REQUESTS, asks_each_poll
from tests.support.conversations import GOLDEN, converse, golden, read_wrecks, site, told
from tests.support.pages import NOON, corpus, page

ADAPTER = AlJazeera()
SLUG = "storm-live-harbour-closed"
URL = f"https://www.aljazeera.com/news/liveblog/2024/3/5/{SLUG}"
UPDATES = {
    int(update["data"]["posts"]["id"]): update
    for update in json.loads((GOLDEN / "aljazeera/updates.json").read_text("utf-8"))
}


def blog_page() -> Page:
    """The live blog's page, without its updates."""
    return golden("aljazeera/page.html", URL)


def document(value: object, url: str = "") -> Page:
    """An answer of the API."""
    return page(json.dumps(value), url, "application/json")


def asked_for(request: Request) -> tuple[str, dict[str, object]]:
    """The operation and the variables of a request."""
    query = parse_qs(urlsplit(request.url).query)
    return query["operationName"][0], json.loads(query["variables"][0])


def server(request: Request) -> Page | None:
    """Answers as Al Jazeera's does."""
    operation, variables = asked_for(request)
    if operation == "SingleLiveBlogChildrensQuery" and variables == {"postName": SLUG}:
        return golden("aljazeera/list.json", request.url)
    if operation == "ArchipelagoSingleLiveBlogQuery" and variables["name"] == SLUG:
        return golden("aljazeera/shell.json", request.url)
    if operation == "LiveBlogUpdateQuery" and variables["postType"] == "liveblog-update":
        found = UPDATES.get(int(str(variables["postID"])))
        return document(found or {"data": {"posts": None}, "errors": [{}]}, request.url)
    return None


def blog_of(ids: list[int], *, live: bool = True) -> Callable[[Request], Page | None]:
    """A server whose blog has so many updates, a minute apart, the first id the newest."""

    def answer(request: Request) -> Page | None:
        operation, variables = asked_for(request)
        if operation == "LiveBlogUpdateQuery":
            number = variables["postID"]
            return document({"data": {"posts": {"id": str(number), "content": f"U{number}"}}})
        meta = [{"id": str(n), "publishedTime": str(1709600000 + 60 * n)} for n in ids]
        article = {"children": ids, "childrenMeta": meta, "isLive": live, "title": "Storm"}
        return document({"data": {"article": article}})

    return answer


def poll(ids: list[int], known: set[int], minute: int = 0) -> tuple[Snapshot, list[object]]:
    """One poll: the snapshot, and the ids of the updates that were asked for."""
    source = page("<html>aljazeera</html>", URL, fetched_at=NOON + timedelta(minutes=minute))
    hints = Hints(known=frozenset(map(str, known)))
    snapshot, asked = converse(ADAPTER.reading(source, hints), blog_of(ids))
    return snapshot, [asked_for(request)[1].get("postID") for request in asked[2:]]


def test_golden() -> None:
    """Titles as shown, authors as shown, pictures, and times that are UTC without saying so."""
    expected = json.loads((GOLDEN / "aljazeera/blog.expected.json").read_text("utf-8"))
    snapshot, asked = converse(ADAPTER.reading(blog_page(), Hints()), server)
    assert told(snapshot) == expected
    assert {request.headers for request in asked} == {(("wp-site", "aje"),)}
    assert [asked_for(request)[1].get("postID") for request in asked[2:]] == [
        9000103,
        9000102,
        9000101,
    ]


def test_recognition() -> None:
    """A page is recognised by its address, before the little JSON-LD that it carries."""
    update = {"headline": "x", "datePublished": "2024-03-05T11:00:00Z", "url": "#k7x"}
    blog = json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": [update]})
    markup = f'<html><script type="application/ld+json">{blog}</script></html>'
    found = detect(page(markup, URL))
    assert (found.adapter.name, found.recognition.poll_url) == ("aljazeera", None)
    assert ADAPTER.read(page(markup, URL), Hints()).adapter == "schemaorg"
    assert detect(page(markup, "https://paper.example/news/liveblog/2024/3/5/x")).adapter.name == (
        "schemaorg"
    )


@pytest.mark.parametrize(
    ("host", "edition"),
    [("www.aljazeera.com", "aje"), ("www.aljazeera.net", "aja"), ("balkans.aljazeera.net", "ajb")],
)
def test_editions(host: str, edition: str) -> None:
    """Each edition is asked for as the site calls it, on its own host."""
    source = page("<html></html>", f"https://{host}/news/liveblog/2024/3/5/%D8%B9-x?update=7")
    requests = next(ADAPTER.reading(source, Hints()))
    assert {request.headers for request in requests} == {(("wp-site", edition),)}
    assert asked_for(requests[0])[1] == {"postName": "ع-x"}
    assert requests[0].url.startswith(f"https://{host}/graphql?wp-site={edition}&")


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("<html>aljazeera</html>", "https://www.aljazeera.com/news/2024/3/5/an-article"),
        ("<html>news</html>", "https://paper.example/news/liveblog/2024/3/5/x"),
        ('{"data": {"article": null}}', f"{URL}"),
        ('{"data": {"article": {"children": [1, 2]}}}', "https://paper.example/graphql"),
        ('{"data": {"posts": {"id": "1", "postType": "post"}}}', ""),
        ('{"data"', URL),
    ],
)
def test_what_is_no_live_blog(body: str, url: str) -> None:
    """Articles, other sites and other answers are not taken for live blogs."""
    source = page(body, url, "text/html" if body.startswith("<") else "application/json")
    assert ADAPTER.recognises(source).confidence == 0
    with pytest.raises(NoLiveBlogError):
        next(ADAPTER.reading(source, Hints()))


def test_a_pasted_api_address() -> None:
    """The list's own address is read like the page: edition and blog stand in it."""
    first = next(ADAPTER.reading(blog_page(), Hints()))
    listed = golden("aljazeera/list.json", first[0].url)
    assert detect(listed).adapter.name == "aljazeera"
    snapshot, _ = converse(ADAPTER.reading(listed, Hints()), server)
    assert [entry.id for entry in snapshot.entries] == ["9000103", "9000102", "9000101"]


def test_one_answer_alone() -> None:
    """A list without the network tells ids and times; one update is read as it is."""
    snapshot = ADAPTER.read(golden("aljazeera/shell.json", ""), Hints())
    assert [entry.unread for entry in snapshot.entries] == [True, True, True]
    assert all(entry.published_at for entry in snapshot.entries)
    (entry,) = ADAPTER.read(document(UPDATES[9000101]), Hints()).entries
    assert (entry.title, entry.author) == ("We start here", "The weather desk")
    with pytest.raises(UnreadableError, match="by its address only"):
        ADAPTER.read(blog_page(), Hints())


def test_an_api_that_does_not_answer() -> None:
    """No list, or a list of which nothing can be read, is an error, not an empty blog."""
    with pytest.raises(UnreadableError, match="list of updates"):
        converse(ADAPTER.reading(blog_page(), Hints()), {})

    def only_the_list(request: Request) -> Page | None:
        return None if "LiveBlogUpdateQuery" in request.url else server(request)

    with pytest.raises(UnreadableError, match="None of the live blog's 3 updates"):
        converse(ADAPTER.reading(blog_page(), Hints()), only_the_list)


def test_over() -> None:
    """The blog's own flag tells that it is over."""
    for live in (True, False):
        snapshot, _ = converse(ADAPTER.reading(blog_page(), Hints()), blog_of([2, 1], live=live))
        assert snapshot.ended is not live


def test_first_poll() -> None:
    """At first the newest are read, bounded; what is left out is not even listed."""
    snapshot, asked = poll(list(range(200, 0, -1)), set())
    assert asked == list(range(200, 200 - FIRST, -1))
    assert len(snapshot.entries) == FIRST
    assert not any(entry.unread for entry in snapshot.entries)
    assert REQUESTS >= 2 + FIRST


def test_later_polls() -> None:
    """New ones are read, the newest known again, others in turn; the rest is only listed."""
    known = set(range(101, 151))
    ids = [152, 151, *range(150, 0, -1)]
    snapshot, asked = poll(ids, known)
    assert asked[: 2 + AGAIN] == [151, 152, 150, 149, 148, 147, 146]
    assert len(asked) <= 2 + AGAIN + IN_TURN
    assert [entry.text for entry in snapshot.entries[:2]] == ["U152", "U151"]
    assert sum(entry.unread for entry in snapshot.entries) == len(ids) - len(asked)
    turned: set[object] = set()
    for minute in range(45):
        turned.update(poll(ids, known, minute)[1])
    assert turned == {151, 152, *known}
    for every in (2, 3, 4, 5):  # minutes between polls
        turned = set()
        for minute in range(0, 45 * every, every):
            turned.update(poll(ids, known, minute)[1])
        assert turned == {151, 152, *known}
    assert REQUESTS >= 2 + NEW + AGAIN + IN_TURN


def test_a_burst() -> None:
    """More new updates than are read at once come oldest first, so that their order holds."""
    _, asked = poll(list(range(100, 0, -1)), {1})
    assert asked[:NEW] == list(range(2, 2 + NEW))


def test_decisions() -> None:
    """Through intake: listed ones stay as they are, a new one is new, one gone is withdrawn."""
    ids = list(range(20, 0, -1))
    first, _ = poll(ids, set())
    stored = [
        Known(entry.id or "", content_hash(entry), 1, entry.published_at, entry.text)
        for entry in first.entries
    ]
    ids.remove(10)
    second, _ = poll([21, *ids], set(range(1, 21)), minute=1)
    decision = decide(stored, second)
    assert [(change.kind, change.identity) for change in decision.changes] == [
        (ChangeKind.NEW, "21")
    ]
    assert decision.missing == {"10": 1}


def test_an_unchanged_page_is_read_again() -> None:
    """The page may stay the same while the list grows, so it is never skipped."""
    assert asks_each_poll("aljazeera", blog_page())
    assert not asks_each_poll("feed", blog_page())


def test_wrecks() -> None:
    """Whatever of its documents is broken, only our errors come of it."""
    others = [
        golden("aljazeera/list.json", ""),
        golden("aljazeera/shell.json", ""),
        *(document(update) for update in UPDATES.values()),
    ]
    read_wrecks(ADAPTER, blog_page(), others, 200)
    listed = golden("aljazeera/list.json", f"{URL}?variables=%7B%22postName%22%3A%22x%22%7D")
    read_wrecks(ADAPTER, listed, others, 100)


def test_real_answers() -> None:
    """A real blog's list of 25 and its times, and three real updates."""
    folder = corpus("aljazeera-graphql-2026-04-22")

    def real(name: str) -> Page:
        return page((folder / name).read_bytes(), content_type="application/json")

    shell = real("ArchipelagoSingleLiveBlogQuery--snapshot-0.TRIMMED.json")
    assert detect(shell).adapter.name == "aljazeera"
    snapshot = ADAPTER.read(shell, Hints())
    assert len(snapshot.entries) == 25
    times = [entry.published_at for entry in snapshot.entries if entry.published_at]
    assert times == sorted(times, reverse=True)
    assert len(times) == 25
    assert not snapshot.ended
    for number, count in ((0, 25), (1, 26), (2, 27)):
        listed = real(f"SingleLiveBlogChildrensQuery--snapshot-{number}.json")
        assert detect(listed).adapter.name == "aljazeera"
        assert len(ADAPTER.read(listed, Hints()).entries) == count
    for path in folder.glob("LiveBlogUpdateQuery--*.json"):
        (entry,) = ADAPTER.read(real(path.name), Hints()).entries
        want = json.loads(path.read_text("utf-8"))["data"]["posts"]
        assert entry.id == want["id"]
        assert entry.published_at is not None
        assert entry.published_at.isoformat() == want["date"] + "+00:00"
        assert entry.text
        assert entry.author == ("Patrick Fok" if entry.id == "4512107" else "")


async def test_over_http() -> None:
    """From the page's address alone, over real sockets, with the header the API wants."""

    def documents(root: str) -> Iterator[tuple[str, bytes, str]]:
        yield f"/news/liveblog/2024/3/5/{SLUG}", blog_page().document.body, "text/html"
        source = page(blog_page().document.body, f"{root}/news/liveblog/2024/3/5/{SLUG}")
        reading = ADAPTER.reading(source, Hints())
        requests = list(next(reading))
        requests += reading.send([server(request) for request in requests])
        for request in requests:
            answer = server(request)
            assert answer is not None
            yield request.url.removeprefix(root), answer.document.body, "application/json"

    async with site(documents) as (running, fetcher):
        found = await inspect(fetcher, f"{running.url}news/liveblog/2024/3/5/{SLUG}")
    assert found.adapter == "aljazeera"
    assert [entry.id for entry in found.snapshot.entries] == ["9000103", "9000102", "9000101"]
    graphql = [request for request in running.requests if request.path.startswith("/graphql")]
    assert {request.headers.get("wp-site") for request in graphql} == {"aje"}
