"""Whole pages in the markup of many publishers, about invented events, read as a reader would."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from bot.model import SourceEntry
from bot.sources import detect, read
from bot.sources.base import Hints
from tests.support.pages import page

GOLDEN = Path(__file__).parent / "golden" / "publishers"
KINDS = {".html": "text/html", ".txt": "text/plain", ".json": "application/json"}


def row(entry: SourceEntry, url: str) -> dict[str, object]:
    """What a reader sees of an entry; what is empty is left out."""
    at, changed = entry.published_at, entry.updated_at
    every = {
        "id": entry.id,
        "published": at.isoformat().replace("+00:00", "Z") if at else None,
        "updated": changed.isoformat().replace("+00:00", "Z") if changed else None,
        "title": entry.title,
        "text": entry.text,
        "url": entry.url.removeprefix(url),
        "author": entry.author,
        "key_event": entry.key_event,
        "pinned": entry.pinned,
        "media": [[media.kind, media.url, media.caption] for media in entry.media],
        "links": [[link.text, link.url] for link in entry.links],
    }
    return {name: value for name, value in every.items() if value}


@pytest.mark.parametrize(
    "expected", sorted(GOLDEN.glob("*.expected.json")), ids=lambda path: path.name.partition(".")[0]
)
def test_page_of_a_publisher(expected: Path) -> None:
    """Entries, their times, words, authors, pictures and links are those a reader sees."""
    want = json.loads(expected.read_text(encoding="utf-8"))
    name = expected.name.removesuffix(".expected.json")
    path = next(one for one in GOLDEN.glob(f"{name}.*") if one != expected)
    now = datetime.fromisoformat(want["fetched_at"])
    source = page(path.read_bytes(), want["url"], KINDS[path.suffix], now)
    assert detect(source).adapter.name == want["adapter"]
    snapshot = read(source, Hints())
    for key in ("adapter", "title", "timezone", "language", "complete", "ended"):
        assert getattr(snapshot, key) == want[key], key
    assert [row(entry, want["url"]) for entry in snapshot.entries] == want["entries"]
