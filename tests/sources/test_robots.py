"""bot.sources.robots and bot.sources.polite: what robots may read, as RFC 9309 has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RobotsError, UnreachableError
from bot.sources.fetch import Fetcher, FetchLimits
from bot.sources.polite import PoliteFetcher
from bot.sources.robots import MAX_CRAWL_DELAY, read_robots
from tests.sources.rawserver import RawServer, Request, reply, serving

START = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)
PAGE = reply(b"<p>The ferry is in.</p>", "Content-Type: text/html")


def allows(robots: str, path: str) -> bool:
    """Whether LiveRelay may read a path."""
    return read_robots(robots.encode(), "LiveRelay").allows(f"https://news.example{path}")


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/live", True),
        ("<!doctype html><p>Not found: Disallow: /</p>", "/live", True),
        ("User-agent: *\nDisallow: /", "/live", False),
        ("User-agent: *\nDisallow:", "/live", True),
        ("Disallow: /", "/live", True),  # belongs to nobody
        # The longest rule decides, wherever it stands.
        ("User-agent: *\nDisallow: /\nAllow: /live/", "/live/storm", True),
        ("User-agent: *\nAllow: /\nDisallow: /live/", "/live/storm", False),
        ("User-agent: *\nDisallow: /live\nAllow: /live", "/live", True),
        # Wildcards and the end.
        ("User-agent: *\nDisallow: /*.json$", "/live/data.json", False),
        ("User-agent: *\nDisallow: /*.json$", "/live/data.json?page=2", True),
        ("User-agent: *\nDisallow: /*?", "/live?page=2", False),
        ("User-agent: *\nDisallow: /*?", "/live", True),
        ("User-agent: *\nDisallow: /live$", "/live", False),
        ("User-agent: *\nDisallow: /live$", "/live/storm", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a-x-b-y-c-z", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-x-c-y-b-z", True),
        ("User-agent: *\nDisallow: /ab*b$", "/ab", True),
        # Whom a group is for.
        ("User-agent: LiveRelay\nDisallow: /\n\nUser-agent: *\nAllow: /", "/live", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: liverelay/2.0\nDisallow: /x", "/live", True),
        ("User-agent: OtherBot\nDisallow: /", "/live", True),
        ("User-agent: LiveRelay\nUser-agent: OtherBot\nDisallow: /", "/live", False),
        ("User-agent: OtherBot\n\nUser-agent: *\nDisallow: /", "/live", False),
        ("User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: *\nDisallow: /c",
         "/c", False),
        ("User-agent: *\nDisallow: /a\nSitemap: /s\nDisallow: /c", "/c", False),
        # How it may be written.
        ("\ufeffuser-AGENT :*\r\nDISALLOW:/live # the archive\r\n", "/live/1", False),
        ("User-agent: *\rDisallow: /live", "/live/1", False),
        ("User-agent: *\nDisallow: /h%c3%a4fen", "/h%C3%A4fen/1", False),
        ("User-agent: *\nDisallow: /häfen", "/h%C3%A4fen/1", False),
        ("User-agent: *\nDisallow: /%6Cive", "/live", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
    ],
)  # fmt: skip
def test_what_may_be_read(robots: str, path: str, allowed: bool) -> None:
    """Groups, the longest rule, wildcards and spellings, case by case."""
    assert allows(robots, path) is allowed


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("10", 10), ("0.5", 0.5), ("a while", 0), ("-3", 0), ("999999999", MAX_CRAWL_DELAY)],
)
def test_the_delay_a_site_asks_for(written: str, seconds: float) -> None:
    """Whole and part seconds; nonsense is no wish, and nobody can switch a source off with it."""
    robots = f"User-agent: *\nCrawl-delay: {written}\n"
    assert read_robots(robots.encode(), "LiveRelay").crawl_delay == seconds


@given(st.binary(max_size=400), st.text(max_size=40))
def test_any_bytes_are_read(robots: bytes, path: str) -> None:
    """Whatever a server serves as robots.txt, there is an answer."""
    rules = read_robots(b"User-agent: *\n" + robots, "LiveRelay")
    assert rules.allows(f"https://news.example/{path}") in (True, False)


@given(st.text(alphabet="ab*$/", max_size=12), st.text(alphabet="ab/", max_size=12))
def test_a_longer_opposite_rule_always_wins(rule: str, path: str) -> None:
    """What one rule closes, the same rule with the rest of the path opens."""
    robots = f"User-agent: *\nDisallow: /{rule}\nAllow: /{path}$"
    closed = allows(f"User-agent: *\nDisallow: /{rule}", f"/{path}")
    if closed and len(rule) <= len(path):
        assert allows(robots, f"/{path}")


def test_a_pattern_of_stars_is_quick() -> None:
    """No backtracking: thousands of stars against a long path take no time."""
    robots = "User-agent: *\nDisallow: /" + "*a" * 5_000 + "$"
    assert allows(robots, "/" + "a" * 5_000 + "b")


class Site:
    """A server whose robots.txt a test changes."""

    def __init__(self, robots: bytes) -> None:
        self.robots = robots
        self.pages: dict[str, bytes] = {}
        self.server: RawServer | None = None

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """robots.txt, or a page."""
        found = self.pages.get(request.path, PAGE)
        writer.write(self.robots if request.path == "/robots.txt" else found)
        await writer.drain()

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for."""
        assert self.server is not None
        return [request.path for request in self.server.requests]


@asynccontextmanager
async def polite(
    site: Site, clock: list[datetime], exempt: Sequence[str] = ()
) -> AsyncIterator[tuple[PoliteFetcher, str]]:
    """A polite fetcher and the address of a site's front page."""
    fetcher = Fetcher(
        limits=FetchLimits(deadline=5),
        allow_hosts=["127.0.0.0/8"],
        user_agent="LiveRelay test",
    )
    async with serving(site.answer) as server:
        site.server = server
        yield PoliteFetcher(fetcher, exempt=exempt, now=lambda: clock[0]), server.url
        await fetcher.aclose()


def robots(text: str) -> bytes:
    """A robots.txt as it is served."""
    return reply(text.encode(), "Content-Type: text/plain")


async def test_a_closed_page_is_not_asked_for() -> None:
    """The refusal is a sentence for a person, and the page is left alone."""
    site = Site(robots("User-agent: *\nDisallow: /live"))
    async with polite(site, [START]) as (fetcher, url):
        with pytest.raises(RobotsError, match=r"robots\.txt.*respect_robots"):
            await fetcher.fetch(f"{url}live")
        assert (await fetcher.fetch(f"{url}open")).body == b"<p>The ferry is in.</p>"
    assert site.asked == ["/robots.txt", "/open"]


async def test_robots_txt_is_asked_for_once_an_hour_however_many_ask() -> None:
    """One request for many pages at once; another when the hour is over."""
    site = Site(robots("User-agent: *\nCrawl-delay: 30"))
    clock = [START]
    async with polite(site, clock) as (fetcher, url):
        found = await asyncio.gather(*(fetcher.fetch(f"{url}{n}") for n in range(5)))
        assert {document.crawl_delay for document in found} == {30.0}
        clock[0] += timedelta(minutes=59)
        await fetcher.fetch(f"{url}5")
        assert site.asked.count("/robots.txt") == 1
        site.robots = robots("User-agent: *\nDisallow: /")
        clock[0] += timedelta(minutes=2)
        with pytest.raises(RobotsError):
            await fetcher.fetch(f"{url}6")
    assert site.asked.count("/robots.txt") == 2


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
async def test_a_site_without_rules_is_open(status: str) -> None:
    """4xx: there are no rules (RFC 9309, 2.3.1.3)."""
    site = Site(reply(b"", status=status))
    async with polite(site, [START]) as (fetcher, url):
        assert (await fetcher.fetch(f"{url}live")).status == 200


async def test_what_is_no_text_holds_no_rules() -> None:
    """A picture in the place of robots.txt closes nothing."""
    site = Site(reply(b"\x89PNG\r\n\x1a\n", "Content-Type: image/png"))
    async with polite(site, [START]) as (fetcher, url):
        assert (await fetcher.fetch(f"{url}live")).status == 200


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
async def test_a_server_in_trouble_is_left_alone_until_it_answers(status: str) -> None:
    """5xx: nothing is fetched (RFC 9309, 2.3.1.4); a minute later it is asked again."""
    site = Site(reply(b"", "Retry-After: 7", status=status))
    clock = [START]
    async with polite(site, clock) as (fetcher, url):
        for _ in range(2):
            with pytest.raises(RobotsError, match="answers with an error") as caught:
                await fetcher.fetch(f"{url}live")
            assert caught.value.retry_after == 7
        assert site.asked == ["/robots.txt"]
        site.robots = robots("")
        clock[0] += timedelta(minutes=1)
        assert (await fetcher.fetch(f"{url}live")).status == 200


async def test_rules_once_read_hold_through_a_day_of_trouble() -> None:
    """An outage of robots.txt alone stops no live blog, and opens nothing that was closed."""
    site = Site(robots("User-agent: *\nDisallow: /closed"))
    clock = [START]
    async with polite(site, clock) as (fetcher, url):
        await fetcher.fetch(f"{url}live")
        site.robots = reply(b"", status="500 Internal Server Error")
        clock[0] += timedelta(hours=23)
        assert (await fetcher.fetch(f"{url}live")).status == 200
        with pytest.raises(RobotsError, match="asks robots not to read"):
            await fetcher.fetch(f"{url}closed")
        clock[0] += timedelta(hours=2)
        with pytest.raises(RobotsError, match="answers with an error"):
            await fetcher.fetch(f"{url}live")


async def test_no_connection_is_told_as_such() -> None:
    """The sentence is about the site, not about robots."""
    fetcher = Fetcher(allow_hosts=["127.0.0.0/8"], user_agent="LiveRelay test")
    async with serving(PAGE) as server:
        url = server.url
    with pytest.raises(UnreachableError):
        await PoliteFetcher(fetcher).fetch(url)
    await fetcher.aclose()


async def test_where_a_page_redirects_to_is_judged_too() -> None:
    """An open address is no way into a closed one."""
    site = Site(robots("User-agent: *\nDisallow: /closed"))
    site.pages["/open"] = reply(b"", "Location: /closed", status="302 Found")
    async with polite(site, [START]) as (fetcher, url):
        with pytest.raises(RobotsError):
            await fetcher.fetch(f"{url}open")


@pytest.mark.parametrize("exempt", ["127.0.0.1", "127.0.0.0/8"])
async def test_the_operators_own_hosts_are_not_asked(exempt: str) -> None:
    """What is in fetch.allow_hosts is read whatever its robots.txt says."""
    site = Site(robots("User-agent: *\nDisallow: /"))
    async with polite(site, [START], [exempt]) as (fetcher, url):
        assert (await fetcher.fetch(f"{url}live")).status == 200
    assert site.asked == ["/live"]
