"""bot.sources.sourcefabric: Live Blog 3, through both of its APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.intake.inspect import inspect
from bot.sources import detect, read
from bot.sources.base import Hints, Page
from bot.sources.sourcefabric import MAX_PAGES, Sourcefabric
from tests.support.conversations import GOLDEN, converse, golden, read_wrecks, site, told
from tests.support.pages import corpus, page

ADAPTER = Sourcefabric()
ID = "5f1a2b3c4d5e6f7a8b9c0d1e"
HOST = "https://lb.coast.example"
BLOG = f"{HOST}/api/client_blogs/{ID}"
QUERY = "%7B%22sort%22%3A%5B%7B%22_updated%22%3A%7B%22order%22%3A%22desc%22%7D%7D%5D%7D"
POSTS = f"{BLOG}/posts?max_results=100&page=1&source={QUERY}"
SECOND = f"{HOST}/api/v2/client_blogs/{ID}/posts?ordering=newest_first&limit=100&page=1"
ABOUT = {
    "_id": ID,
    "title": "Hafenfest live",
    "blog_status": "closed",
    "public_url": "https://coast.example/hafenfest",
}


def blog_page() -> Page:
    """The page that names the blog."""
    return golden("sourcefabric/page.html", "https://coast.example/embed")


def posts() -> Page:
    """The answer of the first API."""
    return golden("sourcefabric/posts.json", POSTS)


def post(number: int, **more: object) -> dict[str, object]:
    """A post as the first API gives it."""
    return {
        "_id": f"urn:{number}",
        "published_date": f"2024-03-05T10:{number % 60:02}:00+00:00",
        "post_status": "open",
        "groups": [{"id": "main", "refs": [{"item": {"item_type": "text", "text": f"P{number}"}}]}],
        **more,
    }


def answer(url: str, found: list[dict[str, object]], **meta: int) -> Page:
    """An answer of either API."""
    return document(url, {"_items": found, "_meta": meta})


def document(url: str, value: object) -> Page:
    """A JSON document."""
    return page(json.dumps(value), url, "application/json")


def test_golden() -> None:
    """Every kind of item is read; what was deleted or unpublished is withdrawn; no adverts."""
    expected = json.loads((GOLDEN / "sourcefabric/posts.expected.json").read_text("utf-8"))
    snapshot, asked = converse(
        ADAPTER.reading(posts(), Hints()), {BLOG: document(BLOG, {**ABOUT, "blog_status": "open"})}
    )
    assert told(snapshot) == expected
    assert [request.url for request in asked] == [BLOG]


def test_a_page_names_its_api() -> None:
    """The page is recognised, and the posts' lasting address is polled instead."""
    found = detect(blog_page())
    assert (found.adapter.name, found.recognition.poll_url) == ("sourcefabric", POSTS)


@pytest.mark.parametrize(
    ("script", "host"),
    [
        (f'window.LB={{blog:{{"_id":"{ID}"}},settings:{{}},api_host:"{HOST}"}}', HOST),
        (
            f"window.LB = {{ 'api_host': '//lb.coast.example/', 'blog': {{\"_id\":\"{ID}\"}} }}",
            HOST,
        ),
        (f'LB.api_host = "https:\\/\\/lb.coast.example\\/"; LB.blog = {{"_id": "{ID}"}};', HOST),
        (f'var LB_API_HOST="/"; var LB_BLOG_ID="{ID}";', "https://coast.example"),
        (f"window.LB={{blog:{{_id:'{ID}',title:'x'}},api_host:'{HOST}/lb'}}", f"{HOST}/lb"),
    ],
)
def test_where_the_api_is(script: str, host: str) -> None:
    """Blog and host are found in every way themes write them."""
    source = page(f"<html><script>{script}</script></html>", "https://coast.example/embed")
    assert ADAPTER.recognises(source).poll_url == POSTS.replace(HOST, host)


@pytest.mark.parametrize(
    "body",
    [
        "<html><script>window.LB = window.LB || {}; LB.open = 1;</script></html>",
        '<html><script>window.LB={api_host:"https://x.example"}</script></html>',
        "<html><p>An article about api_host and client_blogs.</p></html>",
        '{"_items": [{"_id": 1, "name": "a shelf"}], "_meta": {"total": 1}}',
        '{"blog_status": "open"}',
        '{"_items": 3',
    ],
)
def test_what_is_no_live_blog(body: str) -> None:
    """Other scripts named LB and other Eve APIs are not taken for Live Blog 3."""
    kind = "text/html" if body.startswith("<") else "application/json"
    source = page(body, "https://coast.example/x", kind)
    assert ADAPTER.recognises(source).confidence == 0
    with pytest.raises(NoLiveBlogError):
        ADAPTER.read(source, Hints())


def test_a_pasted_api_address() -> None:
    """Of a pasted address of the API, the lasting form is polled; that one stays as it is."""
    assert ADAPTER.recognises(answer(f"{BLOG}/posts?page=3", [post(1)])).poll_url == POSTS
    assert ADAPTER.recognises(answer(f"{SECOND}&x=1", [post(1)])).poll_url == SECOND
    assert ADAPTER.recognises(document(BLOG, ABOUT)).poll_url == POSTS
    found = ADAPTER.recognises(posts())
    assert (found.confidence, found.poll_url) == (0.95, None)


def test_a_page_that_is_polled_itself() -> None:
    """The posts are asked for; what the page tells of the blog needs no further request."""
    snapshot, asked = converse(ADAPTER.reading(blog_page(), Hints()), {POSTS: posts()})
    assert [request.url for request in asked] == [POSTS]
    assert (snapshot.title, snapshot.url, snapshot.language) == (
        "Hafenfest & Regatta live",
        "https://coast.example/hafenfest",
        "de",
    )


def test_an_api_that_does_not_answer() -> None:
    """Both APIs are tried; that none answered is an error, not an empty blog."""
    with pytest.raises(UnreadableError, match="did not answer"):
        converse(ADAPTER.reading(blog_page(), Hints()), {})


def test_closed() -> None:
    """A closed blog has ended."""
    snapshot, _ = converse(ADAPTER.reading(posts(), Hints()), {BLOG: document(BLOG, ABOUT)})
    assert snapshot.ended


def test_backfill() -> None:
    """The first poll reads all pages, within bounds; later ones stop at what is known."""

    def reply(number: int) -> Page:
        url = POSTS.replace("page=1", f"page={number}")
        found = [post(100 * number + i) for i in range(2)]
        return answer(url, found, total=90, max_results=2, page=number)

    pages = {reply(number).url: reply(number) for number in range(1, 46)}
    snapshot, asked = converse(ADAPTER.reading(pages[POSTS], Hints()), pages)
    assert len(snapshot.entries) == 2 * MAX_PAGES
    assert not snapshot.complete
    later = Hints(known=frozenset({"urn:201"}))
    snapshot, asked = converse(ADAPTER.reading(pages[POSTS], later), pages)
    assert [entry.text for entry in snapshot.entries] == ["P100", "P101", "P200", "P201"]
    assert len(asked) == 2  # page 2, and the blog


def test_complete_only_when_all_is_there() -> None:
    """A page that fails leaves a gap, so that nothing is taken for withdrawn."""
    first = answer(POSTS, [post(1)], total=2, max_results=1, page=1)
    second = answer(POSTS.replace("page=1", "page=2"), [post(2)], total=2, max_results=1, page=2)
    whole, _ = converse(ADAPTER.reading(first, Hints()), {second.url: second})
    torn, _ = converse(ADAPTER.reading(first, Hints()), {})
    assert (whole.complete, torn.complete) == (True, False)
    assert [entry.text for entry in torn.entries] == ["P1"]


def test_second_api() -> None:
    """Its flat items are read, and the posts pinned on top, which it lists apart."""
    flat = {
        "_id": "urn:1",
        "published_date": "2024-03-05T10:00:00+00:00",
        "post_status": "open",
        "lb_highlight": True,
        "publisher": {"display_name": "Desk", "picture_url": ""},
        "items": [
            {"item_type": "text", "text": "<p>One.</p>"},
            {
                "item_type": "image",
                "meta": {"caption": "The quay", "credit": "Desk"},
                "renditions": {"baseImage": {"href": "https://img.example/1.jpg", "width": 900}},
            },
        ],
    }
    pinned = answer(f"{SECOND}&sticky=1", [post(2, sticky=True)], total=1, max_results=100, page=1)
    first = answer(SECOND, [flat], total=1, max_results=100, page=1)
    snapshot, asked = converse(ADAPTER.reading(first, Hints()), {pinned.url: pinned})
    assert {request.url for request in asked} == {pinned.url, BLOG}
    assert [(entry.text, entry.pinned) for entry in snapshot.entries] == [
        ("P2", True),
        ("One.", False),
    ]
    assert snapshot.entries[1].media[0].caption == "The quay"
    assert snapshot.complete


def test_odd_posts() -> None:
    """Posts lacking anything are read as far as they go."""
    found: list[dict[str, object]] = [
        {"_id": "a", "post_status": "open", "groups": [{"refs": [{}, {"item": 3}, None]}, 7]},
        {"_id": "b", "post_status": None, "groups": [], "items": [{"text": "Words."}]},
        {"groups": [{"refs": [{"item": {"item_type": "image", "meta": None, "text": "Pic"}}]}]},
        {"_id": "c", "items": [{"item_type": "embed", "meta": {"html": 5}}], "order": "x"},
        {"_id": "d", "deleted": "on"},
        {"_id": "e", "items": [{"item_type": "embed", "meta": {"original_url": "javascript:x"}}]},
    ]
    snapshot = read(answer(POSTS, found), Hints(), "sourcefabric")
    assert [(e.id, e.text, e.withdrawn) for e in snapshot.entries] == [
        ("b", "Words.", False),
        (None, "Pic", False),
        ("c", "5", False),
        ("d", "", True),
    ]


def test_wrecks() -> None:
    """Whatever of its documents is broken, only our errors come of it."""
    about = document(BLOG, ABOUT)
    read_wrecks(ADAPTER, blog_page(), [posts(), about], 150)
    read_wrecks(ADAPTER, posts(), [about, posts()], 150)


def test_a_real_answer() -> None:
    """The 15 posts of a newsroom's blog: ids, times, pictures, embeds."""
    body = corpus("sourcefabric-dpa-2016-03-29/posts.json").read_bytes()
    source = page(body, content_type="application/json")
    assert detect(source).adapter.name == "sourcefabric"
    snapshot = read(source, Hints())
    assert len({entry.id for entry in snapshot.entries}) == 15
    assert all(entry.published_at and entry.text for entry in snapshot.entries)
    assert snapshot.complete
    assert [entry.withdrawn for entry in snapshot.entries] == [True, *[False] * 14]
    picture = snapshot.entries[1]
    assert (picture.text, picture.media[0].caption) == (
        "Foto mit Text drüber.",
        "Das dpa-live-Logo",
    )


async def test_over_http() -> None:
    """From the page's address alone, over real sockets: the API is found, asked and read."""

    def documents(root: str) -> Iterator[tuple[str, bytes, str]]:
        markup = blog_page().text.replace(HOST, root)
        yield "/hafenfest", markup.encode(), "text/html"
        yield POSTS.removeprefix(HOST), posts().document.body, "application/json"
        yield BLOG.removeprefix(HOST), json.dumps(ABOUT).encode(), "application/json"

    async with site(documents) as (server, fetcher):
        found = await inspect(fetcher, f"{server.url}hafenfest")
    assert (found.adapter, found.snapshot.title) == ("sourcefabric", "Hafenfest live")
    assert len(found.snapshot.entries) == 5
    assert found.snapshot.ended
