"""Pages of the BBC's kinds, written for tests."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.model import Snapshot, SourceEntry
from bot.sources.base import Hints, Page, Request
from bot.sources.bbc import Bbc
from tests.support.pages import page

GOLDEN = Path(__file__).parent / "golden" / "bbc"
URL = "https://www.bbc.co.uk/news/live/uk-68000001"
NEW_URL = "https://www.bbc.com/news/live/c0harbourwallt"
LATER = datetime(2025, 1, 1, tzinfo=UTC)
ADAPTER = Bbc()
URI = (
    "/data/bbc-morph-lx-commentary-data-paged/assetUri/%2Fnews%2Flive%2Fuk-68000001"
    "/isUk/false/limit/20/nitroKey/lx-nitro/pageNumber/1/version/1.2.23"
)
STREAM = json.loads((GOLDEN / "stream.json").read_text(encoding="utf-8"))


def html_page(body: str | bytes, url: str = URL) -> Page:
    """A page of the BBC's site."""
    return page(body, url, "text/html", LATER)


def json_page(value: object, url: str = "https://push.api.bbci.co.uk/batch") -> Page:
    """A document of data."""
    return page(json.dumps(value), url, "application/json", LATER)


def payload(value: object, uri: str = URI) -> str:
    """A script that hands data to the page, as pages did from 2016 to 2023."""
    written = json.dumps(value).replace("/", "\\/")
    return (
        "<script>Morph.toInit.payloads.push(function() "
        f"{{ Morph.setPayload('{uri}', {written}); }});</script>"
    )


def whole(*parts: str, title: str = "Harbour wall breach") -> str:
    """A page with those parts."""
    return f'<html lang="en-gb"><body><h1>{title}</h1>{"".join(parts)}</body></html>'


def morph(posts: list[dict[str, Any]], pages: int = 1, current: int = 1) -> dict[str, Any]:
    """The data of a stream of 2016 to 2023."""
    return {"body": {"results": posts, "numberOfPages": pages, "currentPage": current}}


def post(number: int, **more: Any) -> dict[str, Any]:
    """A post of such a stream."""
    return {
        "assetId": f"65e6f7a05c8cf7066bdf{number:04x}",
        "locator": f"urn:asset:{number}",
        "title": f"Title {number}",
        "firstPublished": f"2024-03-05T11:{number % 60:02d}:00+00:00",
        "body": [
            {"name": "paragraph", "children": [{"name": "text", "text": f"Report {number}."}]}
        ],
        **more,
    }


def block(kind: str, *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A typed block."""
    return {"type": kind, "model": {"blocks": list(inner), **more}}


def fragment(text: str, *marks: str) -> dict[str, Any]:
    """Some words."""
    return {"type": "fragment", "model": {"text": text, "attributes": list(marks)}}


def paragraph(*inner: dict[str, Any]) -> dict[str, Any]:
    """A paragraph of fragments and links."""
    return block("paragraph", *inner, text="".join(i["model"].get("text", "") for i in inner))


def new_post(number: int, *content: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A post as streams have it since 2023."""
    title = block("headline", block("text", paragraph(fragment(f"Title {number}"))))
    body = content or (paragraph(fragment(f"Report {number}.")),)
    return {
        "urn": f"asset:0f3c7a52-1111-4222-8333-44445555{number:04x}",
        "type": "POST",
        "options": {"isBreakingNews": False},
        "dates": {
            "firstPublished": f"2024-03-05T11:{number % 60:02d}:00+00:00",
            "lastPublished": f"2024-03-05T11:{number % 60:02d}:00+00:00",
            "curated": f"2024-03-05T11:{number % 60:02d}:01.200Z",
        },
        "header": {"model": {"blocks": [title]}},
        "content": {"model": {"blocks": list(body)}},
        **more,
    }


def new_data(*posts: dict[str, Any], pages: int = 1, live: bool = True) -> dict[str, Any]:
    """The page data of a live page since 2023."""
    results = {"results": list(posts), "page": {"index": 1, "total": pages}}
    data = {
        "title": "Harbour wall breach",
        "isLive": live,
        "liveTextStream": {"id": "c0", "content": {"data": results}},
    }
    return {"props": {"pageProps": {"pageData": data}}}


def next_page(data: object, url: str = NEW_URL) -> Page:
    """The World Service's page with that data."""
    script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'
    return html_page(whole(script), url)


def initial_page(data: object, url: str = NEW_URL) -> Page:
    """The news site's page with that data: JSON within a string."""
    return html_page(
        whole(f"<script>window.__INITIAL_DATA__={json.dumps(json.dumps(data))};</script>"), url
    )


def read(source: Page, hints: Hints | None = None) -> Snapshot:
    """The snapshot of a page that is recognised."""
    assert ADAPTER.recognises(source).confidence > 0.9
    return ADAPTER.read(source, hints or Hints())


def ids(snapshot: Snapshot) -> list[str | None]:
    """The entries' ids in their order."""
    return [entry.id for entry in snapshot.entries]


def talk(source: Page, answers: dict[str, Page], hints: Hints) -> tuple[Snapshot, list[str]]:
    """Answer what the adapter asks for; returns its snapshot and the addresses it asked for."""
    reading = ADAPTER.reading(source, hints)
    asked: list[str] = []
    sent: Sequence[Page | None] | None = None
    while True:
        try:
            requests: Sequence[Request] = next(reading) if sent is None else reading.send(sent)
        except StopIteration as stop:
            return stop.value, asked
        asked += [request.url for request in requests]
        sent = [answers.get(request.url) for request in requests]


def row(entry: SourceEntry) -> dict[str, Any]:
    """An entry as the golden file spells it."""
    return {
        "id": entry.id,
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
        "title": entry.title,
        "text": entry.text.split("\n\n") if entry.text else [],
        "html": entry.html,
        "author": entry.author,
        "key_event": entry.key_event,
        "media": [[m.kind, m.url, m.caption] for m in entry.media],
        "url": entry.url,
    }
