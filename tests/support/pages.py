"""Pages without the network: what a fetch of some bytes would give, and real pages."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model import Document
from bot.sources.base import Page

BASE = "https://news.example/live/storm"
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


def document(
    body: str | bytes,
    url: str = BASE,
    content_type: str = "text/html",
    fetched_at: datetime = NOON,
) -> Document:
    """The document that a fetch of `body` gives."""
    raw = body.encode() if isinstance(body, str) else body
    return Document(url, url, 200, content_type, raw, fetched_at)


def page(
    body: str | bytes,
    url: str = BASE,
    content_type: str = "text/html",
    fetched_at: datetime = NOON,
) -> Page:
    """The page that a fetch of `body` gives."""
    return Page(document(body, url, content_type, fetched_at))


def corpus(name: str) -> Path:
    """A file or folder of the corpus of real pages; skips the test where there is none."""
    default = Path(__file__).parents[3] / "shared" / "corpus"
    path = Path(os.environ.get("LIVERELAY_CORPUS") or default) / name
    if not path.exists():
        pytest.skip("the corpus of real pages is not here; set LIVERELAY_CORPUS")
    return path
