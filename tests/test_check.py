"""``liverelay check``: what a poll would read, for people and for scripts."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.check import MAX_FILE, CheckResult, check_target
from bot.check_report import render_table, to_json
from bot.errors import UnreachableError, UnreadableError
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


KEYS = ["adapter", "url", "title", "timezone", "complete", "ended", "entries"]


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


def shown(result: CheckResult, width: int = 80) -> str:
    """What a person sees on so many columns."""
    console = Console(file=io.StringIO(), width=width)
    render_table(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_json() -> None:
    """The JSON form has exactly the promised keys and values."""
    result = await check("news.example/storm", Web(storm=PAGE))
    assert result.exit_code == 0
    printed = to_json(result)
    assert list(printed) == KEYS
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
    assert list(to_json(result)) == KEYS


async def test_no_live_blog() -> None:
    """A page without a live blog ends with 3, says why, and offers its feed."""
    result = await check("https://news.example/a", Web(a=ARTICLE))
    assert result.exit_code == 3
    assert "https://news.example/feed" in shown(result).replace("\n", "")
    printed = to_json(result)
    assert list(printed) == KEYS
    assert (printed["adapter"], printed["entries"]) == (None, [])


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.html", b"", "is empty"),
        ("a.html", b" \n", "is empty"),
        ("a", b"\x7fELF\x02\x01", "holds a program, not a page"),
        ("a.html", b"\x89PNG\r\n\x1a\n\x00", "holds a picture"),
        ("a.html.gz", b"\x1f\x8b\x08\x00", "holds an archive"),
        ("a", b"x\x00y" * 9, "holds binary data"),
    ],
)
async def test_wrong_files(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    """A file that is no page is read and holds no live blog; the sentence says what it holds."""
    (tmp_path / name).write_bytes(body)
    result = await check(str(tmp_path / name))
    assert result.exit_code == 3
    assert said in result.error
    assert name in result.error


@pytest.mark.parametrize(
    ("stdin", "code", "said"),
    [(b"", 3, "Standard input is empty"), (b"x" * (MAX_FILE + 1), 4, "larger than 8 MiB")],
)
async def test_wrong_input(stdin: bytes, code: int, said: str) -> None:
    """The same of what comes through a pipe."""
    result = await check_target("-", url=None, fetcher=Web(), stdin=stdin)
    assert (result.exit_code, said in result.error) == (code, True)


async def test_a_picture_of_the_web() -> None:
    """What could be fetched and is no page ends with 3, not 4."""

    class Gallery(Web):
        async def fetch(self, url: str, **_: object) -> Document:
            raise UnreadableError("news.example answers with a picture, not a page.")

    assert (await check("https://news.example/a.png", Gallery())).exit_code == 3


@pytest.mark.parametrize("target", ["nosuchword", "missing/dir/file", "", " "])
async def test_neither_file_nor_address(target: str) -> None:
    """What is neither is told to be neither; nothing at all is no file of this folder."""
    result = await check(target)
    assert result.exit_code == 4
    assert ("There is no file of that name either." in result.error) == bool(target.strip())
    assert "folder" not in result.error


async def test_the_way_out_is_told() -> None:
    """A page that no format fits can still be read by selectors; an unfinished one needs none."""
    assert "--select entry=" in shown(await check("https://news.example/a", Web(a=ARTICLE)))
    empty = PAGE.replace(json.dumps(UPDATES), "[]")
    assert "--select" not in shown(await check("https://news.example/a", Web(a=empty)))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_each_entry_takes_two_lines(width: int) -> None:
    """However long its words, of any script, an entry fits the width in two lines, cut with "…"."""
    long = "The harbour master says that the pier stays shut until the wind is easing. " * 5
    updates = [
        {"headline": long, "articleBody": long[5:], "url": "#a1b2"},
        {"articleBody": long, "url": "#c3d4"},
        {"headline": "港口主管表示码头将一直关闭" * 9, "articleBody": "短", "url": "#e5f6"},
        {"headline": "Short", "articleBody": "Words", "url": "#a7b8"},
    ]
    body = PAGE.replace(json.dumps(UPDATES), json.dumps(updates))
    text = shown(await check("https://news.example/a", Web(a=body)), width)
    assert max(map(cell_len, text.splitlines())) <= width
    table = text[text.index("Links") :].splitlines()[1:]
    assert len([line for line in table if line.strip()]) == 8
    assert sum("…" in line for line in table) == 4
    assert sum(line.strip().startswith("–") for line in table) == 4


async def test_the_day_is_told_once() -> None:
    """Times under one another show their day where it changes."""
    updates = [
        {"headline": f"Wave {at}", "datePublished": f"2024-03-0{at}:00Z", "url": f"#w{n}e{n}"}
        for n, at in enumerate(["5T00:10", "5T00:05", "4T23:55"])
    ]
    body = PAGE.replace(json.dumps(UPDATES), json.dumps(updates))
    text = shown(await check("https://news.example/a", Web(a=body)))
    assert text.count("2024-03-05") == 1
    assert text.count("2024-03-04") == 1
    assert "  00:05" in text


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
