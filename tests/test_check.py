"""``liverelay check``: what a poll would read, for people and for scripts."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from bot.check import CheckResult, check_target, render_table, to_json
from bot.errors import UnreachableError
from bot.model import Document
from tests.support.pages import BASE, NOON, document

UPDATES = [
    {
        "headline": "Pier [bold]closed[/bold]",
        "datePublished": "2024-03-05T11:00:00+01:00",
        "dateModified": "2024-03-05T10:30:00Z",
        "url": "#k7x",
        "author": "The harbour master",
        "articleBody": '<p>See <a href="/map">the map</a>.</p><p>Then wait.</p>',
        "image": {"url": "/pier.jpg", "caption": "The pier"},
    },
    {"headline": "Tide rises", "url": "#m2p"},
]
BLOG = {"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": UPDATES}
PAGE = f'<html lang="en"><script type="application/ld+json">{json.dumps(BLOG)}</script></html>'
ARTICLE = (
    '<html><link rel="alternate" type="application/rss+xml" href="/feed">'
    "<body><p>The pier was shut at ten.</p></body></html>"
)


class Web:
    """A web of a few pages."""

    def __init__(self, **pages: str) -> None:
        self.pages = {f"https://news.example/{path}": body for path, body in pages.items()}

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """The page at `url`, or no connection."""
        if url not in self.pages:
            raise UnreachableError("news.example does not answer. Try again later.")
        return document(self.pages[url], url)


async def check(target: str, web: Web | None = None, url: str | None = None) -> CheckResult:
    """One check."""
    return await check_target(
        target, url=url, fetcher=web or Web(), now=lambda: NOON, stdin=PAGE.encode()
    )


def shown(result: CheckResult) -> str:
    """What a person sees on 80 columns."""
    console = Console(file=io.StringIO(), width=80)
    render_table(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_json() -> None:
    """The JSON form has exactly the promised keys and values."""
    result = await check("news.example/storm", Web(storm=PAGE))
    assert result.exit_code == 0
    printed = to_json(result)
    assert list(printed) == [
        "adapter", "url", "title", "timezone", "complete", "ended", "entries",
    ]  # fmt: skip
    assert printed["adapter"] == "schemaorg"
    assert printed["url"] == "https://news.example/storm"
    assert printed["entries"][0] == {
        "id": "k7x",
        "published_at": "2024-03-05T10:00:00Z",
        "updated_at": "2024-03-05T10:30:00Z",
        "title": "Pier [bold]closed[/bold]",
        "text": "See the map.\n\nThen wait.",
        "html": '<p>See <a href="https://news.example/map">the map</a>.</p><p>Then wait.</p>',
        "url": "https://news.example/storm#k7x",
        "author": "The harbour master",
        "key_event": False,
        "pinned": False,
        "media": [{"kind": "photo", "url": "https://news.example/pier.jpg", "caption": "The pier"}],
        "links": [{"text": "the map", "url": "https://news.example/map"}],
    }
    assert printed["entries"][1]["published_at"] is None
    assert json.loads(json.dumps(printed)) == printed


async def test_table() -> None:
    """The table fits 80 columns, says what was detected, and shows a page's words as they are."""
    text = shown(await check("https://news.example/storm", Web(storm=PAGE)))
    assert max(map(len, text.splitlines())) <= 80
    assert "schema.org LiveBlogPosting with 2 updates" in text
    assert "2024-03-05 10:00" in text
    assert "[bold]closed[/bold]" in text
    assert "Tide rises" in text


async def test_file(tmp_path: Path) -> None:
    """A file is read without the network; its address, if given, is the base of its links."""
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    result = await check(str(path), url=BASE)
    assert result.exit_code == 0
    assert to_json(result)["entries"][0]["url"] == f"{BASE}#k7x"
    alone = to_json(await check(str(path)))
    assert alone["entries"][0]["url"] == ""
    assert alone["entries"][0]["text"] == "See the map.\n\nThen wait."


async def test_stdin() -> None:
    """A dash means the bytes that came through the pipe."""
    assert len(to_json(await check("-", url=BASE))["entries"]) == 2


@pytest.mark.parametrize("name", ["nothing.html", "./nothing", "/nowhere/page"])
async def test_missing_file(name: str) -> None:
    """A missing file could not be fetched, and the sentence names it."""
    result = await check(name)
    assert result.exit_code == 4
    assert "There is no file" in shown(result)


async def test_folder(tmp_path: Path) -> None:
    """A folder is not a page."""
    result = await check(str(tmp_path))
    assert (result.exit_code, "is a folder" in result.error) == (4, True)


@pytest.mark.parametrize(
    "target", ["https://news.example/gone", "ftp://news.example/", "two words", "http://"]
)
async def test_not_fetched(target: str) -> None:
    """Addresses that cannot be fetched end with 4 and a sentence."""
    result = await check(target)
    assert result.exit_code == 4
    assert result.error.endswith(".")
    assert to_json(result)["error"] == result.error


async def test_no_live_blog() -> None:
    """A page without a live blog ends with 3, says why, and offers its feed."""
    result = await check("https://news.example/a", Web(a=ARTICLE))
    assert result.exit_code == 3
    assert "https://news.example/feed" in shown(result).replace("\n", "")
    printed = to_json(result)
    assert (printed["adapter"], printed["entries"]) == (None, [])


async def test_before_the_event() -> None:
    """A live blog without entries yet ends with 3, and the sentence says that it is one."""
    empty = PAGE.replace(json.dumps(UPDATES), "[]")
    result = await check("https://news.example/a", Web(a=empty))
    assert result.exit_code == 3
    assert "no entries yet" in shown(result)
    assert "LiveBlogPosting" in shown(result)


async def test_long_page() -> None:
    """Many entries are cut in the table, never in the JSON form."""
    updates = [{"headline": f"Wave {n}", "url": f"#w{n}e{n}"} for n in range(70)]
    body = PAGE.replace(json.dumps(UPDATES), json.dumps(updates))
    result = await check("https://news.example/a", Web(a=body))
    assert "and 20 more" in shown(result)
    assert len(to_json(result)["entries"]) == 70
