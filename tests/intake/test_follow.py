"""bot.intake.follow: which links of a section page look like live blogs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.intake.follow import (
    MAX_CANDIDATES,
    candidates,
    check_pattern,
    links_on,
    looks_live,
    matches,
    same_site,
    title_of,
)
from bot.model import Link
from tests.support.pages import page

SECTION = "https://www.news.example/harbour"
URLS = st.builds(
    "https://{}/{}".format,
    st.sampled_from(["www.news.example", "news.example", "live.news.example", "other.example"]),
    st.text(alphabet="abl/ive-.*?&=%_0é", max_size=30),
)


@pytest.mark.parametrize(
    "path",
    [
        "/news/live/harbour-storm-12345",
        "/world/live/2031/jan/08/harbour-storm-latest",
        "/2031/01/08/world/live-news/harbour-storm",
        "/en/harbour-storm-live-updates/live-51910",
        "/liveblog/sturm-am-hafen-100.html",
        "/panorama/sturm-liveticker-a-1234",
        "/newsticker/sturm-vom-hafen.html",
        "/international/live/2031/01/08/en-direct-la-tempete_61.html",
        "/direct/tempete-sur-le-port",
        "/internacional/2031-01-08/la-tormenta-en-directo.html",
        "/mundo/ao-vivo/a-tempestade.ghtml",
        "/cronaca/diretta/la-tempesta",
        "/swiat/relacja-na-zywo-sztorm",
        "/news/onlayn-shtorm",
        "/новости/онлайн/шторм",
        "/dunya/firtina-canli-anlatim-1234",
        "/sport/harbour-regatta-as-it-happened",
        "/sport/regatta-minute-by-minute-1",
        "/أخبار/بث-مباشر/عاصفة",
    ],
)
def test_addresses_of_live_blogs_in_many_languages(path: str) -> None:
    """Each wording publishers use in addresses is taken for a live blog."""
    assert looks_live(f"https://news.example{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/harbour/storm-damages-pier-12345",
        "/news/olive-oil-prices",
        "/news/delivery-of-ferries",
        "/news/people-who-lived-here",
        "/video/live/harbour-cam",
        "/live/tv",
        "/radio/live",
        "/live/storm.jpg",
        "/harbour/live.rss",
        "/newsletters/live",
        "/",
    ],
)
def test_addresses_of_other_pages(path: str) -> None:
    """A word that only contains "live", films, radio, pictures and feeds are no candidates."""
    assert not looks_live(f"https://news.example{path}")


@pytest.mark.parametrize(
    ("title", "is_one"),
    [
        ("LIVE: storm over the harbour", True),
        ("Live updates – storm over the harbour", True),
        ("Live | the regatta", True),
        ("EN DIRECT, la tempête sur le port", False),
        ("EN DIRECT - la tempête sur le port", True),
        ("Liveticker: Sturm am Hafen", True),
        ("Lively scenes at the harbour", False),
        ("Where to live by the sea", False),
        ("Storm over the harbour", False),
    ],
)
def test_titles_of_live_blogs(title: str, is_one: bool) -> None:
    """An item whose address says nothing is known by how its title begins."""
    assert looks_live("https://news.example/a/12345", title) is is_one


def test_the_links_of_a_page() -> None:
    """Relative to the page's base, in order, mail and scripts left out."""
    html = (
        '<html><title> Harbour\n news </title><base href="/en/">'
        '<a href="live/storm">Storm <b>now</b></a><a href="mailto:desk@news.example">Mail</a>'
        '<a href="javascript:void(0)">x</a><a>no</a><a href="//other.example/a">Other</a></html>'
    )
    found = page(html, SECTION)
    assert links_on(found) == [
        Link("Storm now", "https://www.news.example/en/live/storm"),
        Link("Other", "https://other.example/a"),
    ]
    assert title_of(found) == "Harbour news"


def test_the_items_of_a_feed() -> None:
    """A feed's items are links with their titles."""
    feed = (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Harbour</title>"
        "<item><title>LIVE: storm &amp; flood</title><link>https://news.example/a/1</link></item>"
        "<item><title>Pier opened</title><link>/a/2</link></item></channel></rss>"
    )
    found = page(feed, "https://news.example/rss", "application/rss+xml")
    assert links_on(found) == [
        Link("LIVE: storm & flood", "https://news.example/a/1"),
        Link("Pier opened", "https://news.example/a/2"),
    ]
    assert title_of(found) == "Harbour"
    assert candidates(links_on(found), found.url) == ["https://news.example/a/1"]


def test_text_holds_no_links() -> None:
    """What is neither page nor feed gives none."""
    found = page("14:50 The pier is shut. https://news.example/live/1", content_type="text/plain")
    assert links_on(found) == []
    assert title_of(found) == ""


def test_each_live_blog_is_one_candidate() -> None:
    """Fragments, tracking, doubles, the page itself and other sites are left out."""
    links = [
        Link("", url)
        for url in (
            "https://www.news.example/live/storm#entry-3",
            "https://www.news.example/live/storm?utm_source=home&fbclid=1",
            "https://www.news.example/live/storm?page=with:block-12",
            "https://www.news.example/live/show?id=7&utm_medium=x",
            "https://www.news.example/live/show?id=8",
            "https://live.news.example/flood-live",
            "https://other.example/live/storm",
            "https://www.news.example/harbour#live",
            "ftp://www.news.example/live/storm",
            "https://user:secret@www.news.example/live/storm",
        )
    ]
    assert candidates(links, SECTION) == [
        "https://www.news.example/live/storm",
        "https://www.news.example/live/show?id=7",
        "https://www.news.example/live/show?id=8",
        "https://live.news.example/flood-live",
    ]


def test_a_page_that_is_itself_called_live_does_not_follow_itself() -> None:
    """The section /live is no candidate of its own, with or without a slash."""
    links = [Link("", "https://news.example/live/"), Link("", "https://news.example/live/1")]
    assert candidates(links, "https://news.example/live") == ["https://news.example/live/1"]


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("/events/", "https://news.example/events/1", True),
        ("/EVENTS/", "https://news.example/events/1", True),
        ("/events/", "https://news.example/live/1", False),
        ("/events/*", "https://news.example/events/1", True),
        ("/events/*-2031", "https://news.example/events/regatta-2031", True),
        ("/events/*-2031", "https://news.example/events/regatta-2031/photos", False),
        ("*-live", "https://news.example/storm-live", True),
        ("*-live*", "https://news.example/storm-live/2", True),
        ("https://news.example/*", "https://news.example/x", True),
        ("https://news.example/*", "https://other.example/https://news.example/x", False),
        ("/x*x", "https://news.example/x", False),
    ],
)
def test_patterns(pattern: str, url: str, fits: bool) -> None:
    """A part of the address, or the whole of it with stars."""
    assert matches(pattern, url) is fits


def test_a_pattern_replaces_the_guess_and_may_name_another_site() -> None:
    """With a pattern only it counts; one with a scheme may leave the site."""
    urls = [
        "https://www.news.example/live/storm",
        "https://www.news.example/events/fair",
        "https://ticker.other.example/fair",
    ]
    links = [Link("", url) for url in urls]
    assert candidates(links, SECTION, "/events/") == [urls[1]]
    assert candidates(links, SECTION, "ticker.other") == []
    assert candidates(links, SECTION, "https://ticker.other.example/*") == [urls[2]]


@pytest.mark.parametrize("pattern", ["*", " ** ", "/", "https://*", "http:///", "x" * 501])
def test_a_pattern_that_fits_everything_is_refused(pattern: str) -> None:
    """A slip must not add a whole site."""
    with pytest.raises(SourceError):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.news.example/a", "https://news.example/b", True),
        ("https://live.news.example/a", "https://www.news.example/b", True),
        ("https://news.example:8080/a", "http://news.example/b", True),
        ("https://news.example.evil.example/a", "https://news.example/b", False),
        ("https://badnews.example/a", "https://news.example/b", False),
    ],
)
def test_what_one_site_is(one: str, other: str, same: bool) -> None:
    """Hosts below each other are one site, look-alikes are not."""
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@given(
    st.lists(st.builds(Link, st.sampled_from(["", "LIVE: storm"]), URLS), max_size=40),
    st.text(alphabet="ab/*", max_size=6),
)
def test_candidates_are_few_distinct_and_of_this_site(links: list[Link], pattern: str) -> None:
    """Whatever stands on a page: canonical addresses, each once, none of another site."""
    found = candidates(links, SECTION, pattern)
    assert len(found) == len(set(found)) <= MAX_CANDIDATES
    assert all(same_site(url, SECTION) and "#" not in url for url in found)


@given(st.text(alphabet="ab/", max_size=12), st.text(alphabet="ab/*", max_size=8))
def test_a_pattern_without_its_stars_is_in_the_address(url: str, pattern: str) -> None:
    """Every piece of a pattern that fits stands in the address, in order."""
    address = f"https://news.example/{url}"
    if matches(pattern, address):
        at = 0
        for piece in pattern.split("*"):
            at = address.find(piece, at)
            assert at >= 0
            at += len(piece)
