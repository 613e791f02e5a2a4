"""Pages read by the shape of their markup, and pages that only look like live blogs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import NoLiveBlogError
from bot.model import Media, Snapshot
from bot.sources import THRESHOLD, detect, read
from bot.sources.base import Hints, Page
from bot.sources.dom import Dom
from tests.support.mutations import survives
from tests.support.pages import BASE, corpus, page

WORDS = (
    "The harbour master closed the outer basin after a crane tipped over.",
    "Two tugs have reached the freighter, and a line is fast.",
    "The ferry to the island stays in port until further notice.",
    "Divers found no leak below the waterline, the coast guard says.",
    "The wind has reached ten on the pier, and it is still rising.",
    "The freighter lost its engine four miles off the light.",
)
HEADS = ("Basin closed", "Line fast", "Ferry stays", "No leak", "Storm grows", "Engine lost")


def entry(number: int, shape: str) -> str:
    """The markup of one entry, in the shape of one design."""
    minutes, name = 55 - 9 * number, f"e{(7919 * (number + 3)) % 99991}"
    at = f"2024-03-05T11:{minutes:02d}:00+00:00"
    head, words = HEADS[number], WORDS[number]
    return {
        "article": f'<article id="{name}"><header><time datetime="{at}">11:{minutes:02d}</time>'
        f'<span class="byline">By The port desk</span></header><h2>{head}</h2><p>{words}</p>'
        f'<div class="share-bar"><a href="#">Share</a></div></article>',
        "list": f'<li data-id="{name}"><div class="meta"><time datetime="{at}">{number + 1} minutes'
        f" ago</time></div><div><h3>{head}</h3><p>{words}</p></div></li>",
        "unix": f'<div class="item" id="{name}" data-timestamp="{1709639700 - 540 * number}">'
        f"<h4>{head}</h4><div><p>{words}</p></div></div>",
        "wrapped": f'<div class="cell"><div class="x1"><div id="{name}"><span class="when"><time '
        f'datetime="{at}">11.{minutes:02d} GMT</time></span><b class="headline">{head}</b>'
        f"<p>{words}</p></div></div></div>",
        "flat": f'<h3 id="{name}"><time datetime="{at}">11:{minutes:02d}</time> {head}</h3>'
        f"<p>{words}</p>",
        "clock": f'<div class="update" id="{name}"><span class="update__time">11:{minutes:02d}'
        f'</span><h3 class="update__title">{head}</h3><p>{words}</p></div>',
        "bsp": f'<bsp-liveblog-post data-post-id="{name}" data-posted-date-timestamp='
        f'"{1709639700000 - 540000 * number}"><div class="LiveBlogPost"><h2>{head}</h2>'
        f"<p>{words}</p></div></bsp-liveblog-post>",
        "testid": f'<div data-testid="live-blog-post" id="{name}"><time datetime="{at}">Now</time>'
        f"<h2>{head}</h2><p>{words}</p></div>",
        "story-post": f'<article class="live-story-post" data-post-id="{name}"><time '
        f'datetime="{at}">Now</time><h2>{head}</h2><p>{words}</p></article>',
        "anchor": f'<div class="liveblog--anchor" id="{name}"></div><h2>{head}</h2><time '
        f'datetime="{at}">11:{minutes:02d} Uhr</time><p>{words}</p>',
    }[shape]


SHAPES = (
    "article", "list", "unix", "wrapped", "flat", "clock", "bsp", "testid", "story-post", "anchor",
)  # fmt: skip


def blog(shape: str, count: int = 6) -> str:
    """A page of entries in one design, between the usual furniture."""
    entries = "".join(entry(number, shape) for number in range(count))
    teasers = "".join(
        f'<li><a href="/news/{n}"><time datetime="2024-03-05T0{n}:00:00Z">{n}am</time>'
        f"<h3>Other news {n}</h3></a></li>"
        for n in range(1, 9)
    )
    return f"""<!doctype html><html lang="en"><head>
<title>Freighter adrift - live | The Quay</title>
<meta property="article:published_time" content="2024-03-05T10:00:00Z"></head><body>
<nav><a href="/">Home</a></nav><main><h1>Freighter adrift off Norwick: live updates</h1>
<p>By the port desk, 5 March 2024</p><section class="stream"><ul>{entries}</ul></section></main>
<aside><h2>More</h2><ul>{teasers}</ul></aside><footer>The Quay</footer></body></html>"""


def snapshot(body: str, hints: Hints | None = None) -> Snapshot:
    """What the adapter reads."""
    return read(page(body), hints or Hints(timezone="UTC"), "dom")


@pytest.mark.parametrize("shape", SHAPES)
def test_designs(shape: str) -> None:
    """Each design gives the same six entries: id, time, title and words, and nothing else."""
    found = snapshot(blog(shape))
    assert found.adapter == "dom"
    assert found.title == "Freighter adrift off Norwick: live updates"
    assert [one.title for one in found.entries] == list(HEADS)
    assert [one.text for one in found.entries] == list(WORDS)
    ids = [f"e{(7919 * (number + 3)) % 99991}" for number in range(6)]
    assert [one.id for one in found.entries] == ids
    minutes = [55 - 9 * number for number in range(6)]
    assert [one.published_at for one in found.entries] == [
        datetime(2024, 3, 5, 11, minute, tzinfo=UTC) for minute in minutes
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_page_gives_the_same(shape: str) -> None:
    """Reading twice gives equal snapshots, and detection takes the page."""
    assert snapshot(blog(shape)) == snapshot(blog(shape))
    assert detect(page(blog(shape))).recognition.confidence >= THRESHOLD


def test_author_picture_and_own_anchor() -> None:
    """Author and pictures are told apart from the words, and the anchor is the entry's address."""
    figure = '<figure><img src="/a.jpg"><figcaption>The crane</figcaption></figure></article>'
    first = snapshot(blog("article").replace("</article>", figure, 1)).entries[0]
    assert first.author == "The port desk"
    assert first.media == (Media("photo", "https://news.example/a.jpg", "The crane"),)
    assert first.url == f"{BASE}#{first.id}"


def test_relative_times_are_not_read() -> None:
    """A relative time beside an instant is no word of the entry, so it never looks revised."""
    later = blog("list").replace("minutes ago", "hours ago")
    assert snapshot(later).entries == snapshot(blog("list")).entries


def test_days_in_sections_of_their_own() -> None:
    """Entries stand in a section a day, one of them alone; all are found."""
    first = "".join(entry(number, "article") for number in range(3))
    old = entry(3, "article").replace("2024-03-05", "2024-03-04")
    sections = f"<section class='day'>{first}</section><section class='day'>{old}</section>"
    found = snapshot(f"<html><body><h1>Storm live</h1><main>{sections}</main></body></html>")
    assert [one.title for one in found.entries] == list(HEADS[:4])


def test_day_headings_date_clock_times() -> None:
    """A clock time belongs to the day of the heading above it."""
    rows = [entry(number, "clock") for number in range(6)]
    body = blog("clock").replace(rows[3], f"<h2>Monday, 4 March 2024</h2>{rows[3]}")
    days = [one.published_at.day for one in snapshot(body).entries if one.published_at]
    assert days == [5, 5, 5, 4, 4, 4]


def test_numbers_counted_from_the_top_are_no_ids() -> None:
    """Where the newest entry is always number 1, its number is nobody's."""
    body = blog("article")
    for number in range(6):
        body = body.replace(f'id="e{(7919 * (number + 3)) % 99991}"', f'id="row{number * 2 + 3}"')
    assert [one.id for one in snapshot(body).entries] == [None] * 6


def test_key_events_and_pinned_entries() -> None:
    """Classes say what the newsroom put on top, and what it calls important."""
    body = blog("article").replace('<article id="', '<article class="post is-pinned" id="', 1)
    body = body.replace('<article id="', '<article class="post key-event" id="', 1)
    first, second, third, *_ = snapshot(body).entries
    assert (first.pinned, second.key_event, third.pinned, third.key_event) == (
        True, True, False, False,
    )  # fmt: skip


def test_more_entries_behind_a_button() -> None:
    """A page that offers more is not complete."""
    assert snapshot(blog("article")).complete
    more = blog("article").replace("</ul></section>", "</ul><button>Load more</button></section>")
    assert not snapshot(more).complete


def _page(body: str, title: str = "The Quay", head: str = "") -> str:
    return f'<html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'


def _many(count: int, write: str, step: int = 13) -> str:
    rows = []
    for n in range(count):
        minute = 11 * 60 + 50 - step * n
        time = f"2024-03-{25 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
        rows.append(
            write.format(n=n, at=time, clock=time[11:16], head=HEADS[n % 6], words=WORDS[n % 6])
        )
    return "".join(rows)


NEGATIVE = {
    "home page": _page(
        "<h1>The Quay</h1>" + _many(
            30, '<article><a href="/news/s{n}"><img src="/{n}.jpg"><h3>{head}</h3></a>'
            '<p>{words}</p><time datetime="{at}">{clock}</time></article>')
    ),
    "cards": _page(_many(
        12, '<a class="card" href="/news/s{n}"><h3>{head}</h3><time datetime="{at}">{clock}</time>'
        "</a>")),
    "search results": _page("<h1>Results for live</h1>" + _many(
        10, '<li><h3><a href="/news/s{n}">{head}</a></h3><span class="date"><time datetime="{at}">'
        "{clock}</time></span><p>… {words} …</p></li>"), "live - search"),
    "read more": _page(_many(
        8, '<div class="post"><h3>{head}</h3><time datetime="{at}">{clock}</time><p>{words}</p>'
        '<p><a href="/news/s{n}">Read more</a></p></div>')),
    "comments": _page(
        "<h1>Crane tips over</h1><p>It fell at noon.</p><div id='comments'>" + _many(
            9, '<div class="item"><b class="author">reader{n}</b><time datetime="{at}">{clock}'
            "</time><p>{words}</p></div>") + "</div>"),
    "comments without a name": _page(_many(
        9, '<div class="x"><b>reader{n}</b> <time datetime="{at}">{clock}</time><p>{words}</p>'
        "<button>Reply</button></div>"), "Crane tips over: live"),
    "forum": _page("<h1>Who saw the freighter?</h1>" + _many(
        9, '<div class="x"><a class="author" href="/members/m{n}">sailor{n}</a><time '
        'datetime="{at}">{clock}</time><p>{words}</p></div>', step=-13)),
    "programme": _page("<h1>Tonight on channel two</h1>" + _many(
        12, '<li><time datetime="{at}">{clock}</time><h3>{head}</h3><p>{words}</p></li>',
        step=-30)),
    "timetable of today": _page("<h1>What is on</h1>" + _many(
        12, '<li><time datetime="{at}">{clock}</time> <b>{head} with guests</b></li>', step=30
    ).replace("</li><li>", "</li>\n<li>")),
    "archive": _page("<h1>Press releases</h1>" + _many(
        8, '<div class="item"><time datetime="{at}">{clock}</time><h3>{head}</h3><p>{words}</p>'
        "</div>", step=2000)),
    "prices": _page("<table>" + _many(
        30, '<tr><td><time datetime="{at}">{clock}</time></td><td>1.{n}4</td>'
        "<td>+0.{n} in Norwick</td></tr>")),
    "one time for all": _page(
        '<div class="product"><time datetime="2024-03-05T11:00:00Z">11:00</time><h3>Rope</h3>'
        "<p>Ten metres of strong rope for the quay and beyond.</p></div>" * 9),
    "an article": _page(
        '<h1>Crane tips over</h1><time datetime="2024-03-05T11:00:00Z">11:00</time> updated '
        '<time datetime="2024-03-05T12:00:00Z">12:00</time>' + f"<p>{'</p><p>'.join(WORDS)}</p>"),
    "dates": _page(_many(
        8, '<div class="item"><time datetime="2024-03-05">5 March</time><h3>{head}</h3><p>{words}'
        "</p></div>")),
}  # fmt: skip


def negative(name: str) -> Page:
    """A page of that kind, fetched on the day it speaks of, or a few days later."""
    today = "programme" in name or "timetable" in name
    fetched_at = datetime(2024, 3, 25 if today else 28, 12, tzinfo=UTC)
    return page(NEGATIVE[name], url="https://news.example/p/77", fetched_at=fetched_at)


@pytest.mark.parametrize("name", NEGATIVE)
def test_what_only_looks_like_one(name: str) -> None:
    """Teasers, comments, forums, programmes and archives are refused, by this and every format."""
    with pytest.raises(NoLiveBlogError, match="no live blog"):
        detect(negative(name))
    assert Dom().recognises(negative(name)).confidence < THRESHOLD


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("home page", "30 of 30 blocks with a time lead to other pages: a list of links"),
        ("comments", "9 comments or posts of readers"),
        ("forum", "by 9 people: a discussion"),
        ("programme", "lie in the future: a programme"),
        ("archive", "days lie between them"),
        ("prices", "hardly a word in them: a table"),
    ],
)
def test_the_reason_can_be_understood(name: str, words: str) -> None:
    """A person reads why a page is refused."""
    assert words in Dom().recognises(negative(name)).reason


@pytest.mark.parametrize("shape", ["article", "flat", "clock"])
def test_damaged_pages(shape: str) -> None:
    """However a page is damaged, it is read or refused, quickly."""
    assert survives(Dom(), blog(shape), 60) > 10


@pytest.mark.parametrize(
    "hostile",
    [
        "<div><time>11:00</time>some more words" * 400,
        "<i><time>11:00</time>" * 3_000,
        '<p data-time="1709639700">word word word</p>' * 8_000,
        '<div class="' + "time " * 100 + '">11:00 word word</div>' * 5_000,
        "<ul>"
        + "<li><ul>" * 90
        + '<li><time datetime="2024-03-05T11:00:00Z">x</time></li>' * 4_000,
    ],
)
def test_hostile_pages(hostile: str) -> None:
    """Times by the ten thousand, and nested ones, cost no more than a moment."""
    assert survives(Dom(), f"<html><body>{hostile}", 1) >= 0
    Dom().recognises(page(f"<html><body>{hostile}"))


@pytest.mark.parametrize(
    "folder",
    ["express-royals-2024-07-18", "corkbeo-level3-2020-10-06", "guardian-ukraine-2023-05-15"],
)
def test_corpus(folder: str) -> None:
    """Real pages give the entries that an independent reading of their markup counts."""
    path = corpus(folder)
    body = path.joinpath("page.html").read_bytes()
    later = datetime(2026, 1, 1, tzinfo=UTC)
    found = read(page(body, fetched_at=later), Hints(), "dom")
    lines = path.joinpath("oracle.dom.jsonl").read_text("utf-8").splitlines()
    assert len(found.entries) == len(lines)
    assert all(f'"{one.id}"' in line for one, line in zip(found.entries, lines, strict=True))
