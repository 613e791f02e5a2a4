"""Live blogs of vendors: found in a publisher's page, read from the vendor's API."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.sources import by_name, detect, read
from bot.sources.base import Conversing, Hints, Page
from bot.sources.reader import asks_each_poll
from tests.support.conversations import GOLDEN, converse, golden, read_wrecks, told
from tests.support.pages import page

FEED = "https://livecentercdn.norkon.net/BulletinFeed/newspaper/90611/"
EVENT = "https://data.24liveplus.com/v1/retrieve_server/x/event/3577972495301732666/"
NEWS = f"{EVENT}news/?inverted_order=1&last_nid=&limit=100"
ARENA = "https://cached-api.arena.im/v1/liveblog/canal/eYsOvI6"
TICKAROO = (
    "https://cdn.tickaroo.com/api/embed/v4/prefetch/liveblog.json"
    "?client_id=63c9a9f25d2a2a96383bc60d&liveblogId=69d7f6b873c197e4f2ecfc0a"
)

WP = "https://kustkrant.example/wp-json/"
ZONE = "?_fields=timezone_string,gmt_offset"


@dataclass(frozen=True)
class Case:
    """A publisher's page, and what the vendor answers by address."""

    name: str
    url: str
    answers: dict[str, str]

    @property
    def page(self) -> Page:
        """The page with the embed."""
        return golden(f"{self.name}/page.html", self.url)

    @property
    def pages(self) -> dict[str, Page | None]:
        """Every answer."""
        return {url: golden(f"{self.name}/{file}", url) for url, file in self.answers.items()}

    @property
    def adapter(self) -> Conversing:
        """The one that reads it."""
        adapter = by_name(self.name)
        assert isinstance(adapter, Conversing)
        return adapter


CASES = (
    Case(
        "norkon",
        "https://newspaper.example/live/storm",
        {f"{FEED}Initial/": "initial.json", f"{FEED}EarlierObj/7001200/": "earlier.json"},
    ),
    Case(
        "liveblog24",
        "https://omroep.example/liveblog/storm/",
        {NEWS: "news.json", EVENT: "event.json"},
    ),
    Case("arena", "https://canal.example/vivo", {ARENA: "blog.json"}),
    Case("tickaroo", "https://paper.example/live", {TICKAROO: "blog.json"}),
    Case(
        "easyliveblogs",
        "https://kustkrant.example/storm/",
        {f"{WP}easy-liveblogs/v1/liveblog/10729": "feed.json", f"{WP}{ZONE}": "root.json"},
    ),
)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each
def test_golden(case: Case) -> None:
    """The embed leads to the API; its posts are read whole, under the page's headline."""
    assert detect(case.page).adapter.name == case.name
    snapshot, asked = converse(case.adapter.reading(case.page, Hints()), case.pages)
    assert {request.url for request in asked} == set(case.answers)
    expected = json.loads((GOLDEN / case.name / "blog.expected.json").read_text("utf-8"))
    assert told(snapshot) == expected


@each
def test_a_pasted_api_address(case: Case) -> None:
    """An address of the API is recognised by itself, and gives the same posts."""
    url, file = next(iter(case.answers.items()))
    answer = golden(f"{case.name}/{file}", url)
    assert detect(answer).adapter.name == case.name
    snapshot, _ = converse(case.adapter.reading(answer, Hints()), case.pages)
    whole, _ = converse(case.adapter.reading(case.page, Hints()), case.pages)
    assert [entry.text for entry in snapshot.entries] == [entry.text for entry in whole.entries]


@each
def test_an_api_that_does_not_answer(case: Case) -> None:
    """A page without entries of its own says where they come from; it is no lost live blog."""
    with pytest.raises(UnreadableError, match="did not answer"):
        converse(case.adapter.reading(case.page, Hints()), {})


@each
def test_entries_that_the_page_holds_itself(case: Case) -> None:
    """Where the API does not answer, the page's own structured data are read, never as complete."""
    update = {"headline": "Pier shut", "datePublished": "2024-03-05T11:00:00Z", "url": "#7001300"}
    blog = json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": [update]})
    text = case.page.text.replace(
        "</head>", f'<script type="application/ld+json">{blog}</script></head>'
    )
    snapshot = read(page(text, case.url), Hints(), case.name)
    assert (snapshot.adapter, snapshot.complete) == (case.name, False)
    assert [entry.title for entry in snapshot.entries] == ["Pier shut"]


@each
def test_an_unchanged_page_is_read_again(case: Case) -> None:
    """The page does not change with its posts, so it is never skipped."""
    assert asks_each_poll(case.name, case.page)
    url, file = next(iter(case.answers.items()))
    assert not asks_each_poll(case.name, golden(f"{case.name}/{file}", url))


@each
def test_a_page_that_lost_its_embed(case: Case) -> None:
    """A page without the embed is no live blog of the vendor's any more."""
    with pytest.raises(NoLiveBlogError, match="any more"):
        converse(case.adapter.reading(page("<html><p>Gone.</p></html>"), Hints()), {})


@each
def test_wrecks(case: Case) -> None:
    """Whatever of its documents is broken, only our errors come of it."""
    others = [found for found in case.pages.values() if found is not None]
    read_wrecks(case.adapter, case.page, others, 150)
    read_wrecks(case.adapter, others[0], others, 150)


@pytest.mark.parametrize(
    ("markup", "feed"),
    [
        (
            "<script>setJsonContent('times', 90611)</script><i class=ncpost>NcPosts</i>",
            "times/90611",
        ),
        ('<script>NcPosts.start({channelId: 7, tenantKey: "times"})</script>', "times/7"),
        ('<iframe src="https://livecenter.norkon.net/frame/times/7/default"></iframe>', "times/7"),
        (
            '<script src="https://livecentercdn.norkon.net/LiveCenter/ExtensionJs/times"></script>'
            '<div data-norkon-channel-id="7"></div>',
            "times/7",
        ),
        ('<div class="norkon" data-norkon-channel-id="7"></div>', None),
    ],
)
def test_how_live_center_is_embedded(markup: str, feed: str | None) -> None:
    """Frames and scripts give tenant and channel; a channel alone is not enough."""
    source = page(f"<html><body>{markup}</body></html>")
    if feed is None:
        assert by_name("norkon").recognises(source).confidence == 0
        return
    adapter = by_name("norkon")
    assert isinstance(adapter, Conversing)
    first = next(adapter.reading(source, Hints()))
    assert [request.url for request in first] == [
        f"https://livecentercdn.norkon.net/BulletinFeed/{feed}/Initial/"
    ]


def test_another_host_of_live_center() -> None:
    """A feed on a host of its own is asked there."""
    feed = "https://livecenter-aus.example.net/BulletinFeed/paper/6133"
    source = page(f"<html><script>load('{feed}/Initial/')</script></html>")
    adapter = by_name("norkon")
    assert isinstance(adapter, Conversing)
    assert next(adapter.reading(source, Hints()))[0].url == f"{feed}/Initial/"


def test_live_center_is_asked_for_what_is_new() -> None:
    """Once a post is known, earlier ones are not asked for; then absence says nothing."""
    case = CASES[0]
    known = Hints(known=frozenset({"7001200"}))
    snapshot, asked = converse(case.adapter.reading(case.page, known), case.pages)
    assert [request.url for request in asked] == [f"{FEED}Initial/"]
    assert not snapshot.complete


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src='https://go.arena.im/embed/canal/eYsOvI6?v=2'></iframe>",
        "<div id='arena-live' data-publisher='canal' data-event='eYsOvI6'></div>",
        "<script src='//go.arena.im/public/js/arenalib.js?p=canal&e=eYsOvI6'></script>",
    ],
)
def test_how_arena_is_embedded(markup: str) -> None:
    """Script, frame and element alike name publisher and event."""
    adapter = by_name("arena")
    assert isinstance(adapter, Conversing)
    first = next(adapter.reading(page(f"<html><body>{markup}</body></html>"), Hints()))
    assert first[0].url == ARENA


def test_the_zone_of_a_site() -> None:
    """A site's local times are read in the zone it names, or an earlier poll found; else in UTC."""
    case = CASES[4]
    feed = next(iter(case.answers))
    first = {feed: case.pages[feed]}
    known, asked = converse(case.adapter.reading(case.page, Hints(timezone="Asia/Tokyo")), first)
    assert [request.url for request in asked] == [feed]
    assert str(known.entries[0].published_at) == "2024-03-05 03:41:00+00:00"
    unknown, _ = converse(case.adapter.reading(case.page, Hints()), first)
    assert str(unknown.entries[0].published_at) == "2024-03-05 12:41:00+00:00"
    assert "does not tell its zone" in unknown.warnings[0]
    offset = page('{"timezone_string":"","gmt_offset":-3}', content_type="application/json")
    there, _ = converse(case.adapter.reading(case.page, Hints()), first | {f"{WP}{ZONE}": offset})
    assert there.timezone == "Etc/GMT+3"


def test_a_long_blog_of_24liveblog() -> None:
    """A full page of posts is followed by the next, from its last post on."""
    posts = [
        {
            "nid": str(number),
            "contents": f"<p>Report {number}</p>",
            "created": 1_709_600_000 + number,
        }
        for number in range(130, 0, -1)
    ]

    def answer(part: list[dict[str, object]]) -> Page:
        return page(json.dumps({"data": {"news": part}}), content_type="application/json")

    second = NEWS.replace("last_nid=", "last_nid=31")
    case = CASES[1]
    answers = {NEWS: answer(posts[:100]), second: answer(posts[100:])}
    snapshot, _ = converse(case.adapter.reading(case.page, Hints()), answers)
    assert [entry.id for entry in snapshot.entries] == [post["nid"] for post in posts]
    assert snapshot.complete
