"""From a page to the format that reads it."""

import json
from datetime import UTC, datetime

import pytest

from bot.errors import NoLiveBlogError, UnreadableError
from bot.sources import ADAPTERS, THRESHOLD, by_name, detect, read
from bot.sources.base import Hints
from tests.support.pages import corpus, page

UPDATE = {"headline": "Pier closed", "datePublished": "2024-03-05T11:00:00Z", "url": "#k7x"}
BLOG = json.dumps({"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": [UPDATE]})
BLOG_PAGE = f'<html><script type="application/ld+json">{BLOG}</script></html>'
ARTICLE = "<html><body><h1>Pier closed</h1><p>It was shut at ten.</p></body></html>"
FEED = (
    "<rss version='2.0'><channel><title>Storm</title><item><title>a</title></item></channel></rss>"
)


def test_names() -> None:
    """Names are unique, and find their format; an unknown one says so."""
    names = [adapter.name for adapter in ADAPTERS]
    assert len(set(names)) == len(names)
    assert [by_name(name) for name in names] == list(ADAPTERS)
    with pytest.raises(NoLiveBlogError, match="'gone'"):
        by_name("gone")


def test_detect() -> None:
    """The surest format is chosen, and what every format saw is kept."""
    found = detect(page(BLOG_PAGE))
    assert found.adapter.name == "schemaorg"
    assert found.recognition.confidence >= THRESHOLD
    assert [name for name, _ in found.considered] == [adapter.name for adapter in ADAPTERS]
    assert detect(page(FEED)).adapter.name == "feed"


def test_no_live_blog() -> None:
    """An ordinary article is refused with a sentence; a feed it links to is the hint."""
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    with pytest.raises(NoLiveBlogError, match="no live blog: an ordinary article") as caught:
        detect(page(f"<head>{link}</head>{ARTICLE}"))
    assert caught.value.hint is not None
    assert "https://news.example/feed" in caught.value.hint
    with pytest.raises(NoLiveBlogError, match="an ordinary article") as caught:
        detect(page(ARTICLE))
    assert caught.value.hint is None


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "text/html", "empty page"),
        (b"%PDF-1.7 \x00\xff", "application/pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "image/png"),
        (b"\x00\xff\xfe\x01", "", "ordinary text or data"),
        (b'{"a": 1}', "application/json", "ordinary text or data"),
    ],
)
def test_other_things(body: bytes, content_type: str, words: str) -> None:
    """What is no page at all is called by its name."""
    with pytest.raises(NoLiveBlogError, match=words):
        detect(page(body, content_type=content_type))


def test_hostile_page() -> None:
    """A page that is built to exhaust its reader is refused."""
    with pytest.raises(UnreadableError):
        detect(page("<html>" + "<div>" * 100_000))


def test_read_with_the_stored_format() -> None:
    """A source keeps its format while the page has it, and changes with the page."""
    assert read(page(BLOG_PAGE), Hints(), "schemaorg").adapter == "schemaorg"
    assert read(page(FEED), Hints(), "schemaorg").adapter == "feed"
    assert read(page(FEED), Hints(), "gone").adapter == "feed"
    assert read(page(FEED), Hints()).adapter == "feed"
    with pytest.raises(NoLiveBlogError):
        read(page(ARTICLE), Hints(), "schemaorg")


def test_corpus_negatives() -> None:
    """Ordinary pages with "liveblog" in their markup or many times in their text are refused."""
    for path in sorted(corpus("negative").iterdir()):
        kind = "text/plain" if path.suffix == ".txt" else "text/html"
        with pytest.raises(NoLiveBlogError):
            detect(page(path.read_bytes(), content_type=kind))


@pytest.mark.parametrize(
    "folder",
    [
        "guardian-ukraine-2023-05-15",
        "bbc-coronavirus-2020-05-12",
        "express-royals-2024-07-18",
        "corkbeo-level3-2020-10-06",
        "timesofindia-ipl-2020-10-02",
    ],
)
def test_corpus_json_ld(folder: str) -> None:
    """Real live blogs give the entries that their JSON-LD lists, with their ids and times."""
    path = corpus(folder)
    later = datetime(2026, 1, 1, tzinfo=UTC)
    body = path.joinpath("page.html").read_bytes()
    snapshot = read(page(body, fetched_at=later), Hints())
    lines = path.joinpath("oracle.jsonld.jsonl").read_text("utf-8").splitlines()
    expected = [json.loads(line) for line in lines]
    assert len(snapshot.entries) == len(expected)
    assert all(entry.text or entry.title for entry in snapshot.entries)
    if folder.startswith("guardian"):  # one time in all updates: the page's own times count
        lines = path.joinpath("oracle.dom.jsonl").read_text("utf-8").splitlines()
        expected = [{**json.loads(line), "published": json.loads(line)["time"]} for line in lines]
        expected = [{**one, "id": one["id"].removeprefix("block-")} for one in expected]
    for entry, one in zip(snapshot.entries, expected, strict=True):
        assert entry.id == (None if folder.startswith("timesofindia") else one["id"])
        assert entry.published_at is not None
        assert entry.published_at.isoformat()[:16] == _utc_minute(one["published"])


def _utc_minute(written: str) -> str:
    return datetime.fromisoformat(written).astimezone(UTC).isoformat()[:16]
