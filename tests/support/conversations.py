"""Formats that ask for further documents: answered by hand, or by a server on the loopback."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.errors import SourceError
from bot.model import Snapshot
from bot.sources.base import Conversing, Hints, Page, Reading, Request
from bot.sources.fetch import Fetcher, FetchLimits
from bot.sources.validate import validated
from tests.sources import rawserver
from tests.support.pages import NOON, page

GOLDEN = Path(__file__).parents[1] / "sources" / "golden"
Answers = Mapping[str, Page | None] | Callable[[Request], Page | None]


def golden(name: str, url: str, content_type: str = "application/json") -> Page:
    """A golden document, as a fetch of `url` would give it."""
    kind = "text/html" if name.endswith(".html") else content_type
    return page((GOLDEN / name).read_bytes(), url, kind)


def converse(reading: Reading, answers: Answers) -> tuple[Snapshot, list[Request]]:
    """Answer a reading by address; what is not named fails. Returns what it asked for, too."""
    asked: list[Request] = []
    pages: list[Page | None] | None = None
    for _ in range(30):
        try:
            requests = next(reading) if pages is None else reading.send(pages)
        except StopIteration as stop:
            return validated(stop.value, NOON), asked
        asked += requests
        answer = answers if callable(answers) else lambda request: answers.get(request.url)
        pages = [answer(request) for request in requests]
    raise AssertionError("the reading does not end")


def told(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as golden files write it: what is empty is left out."""
    entries = []
    for entry in snapshot.entries:
        row: dict[str, Any] = {
            "id": entry.id,
            "published_at": entry.published_at.isoformat() if entry.published_at else None,
            "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
            "title": entry.title,
            "text": entry.text.split("\n\n") if entry.text else [],
            "html": entry.html,
            "url": entry.url,
            "author": entry.author,
            "media": [[media.kind, media.url, media.caption] for media in entry.media],
            "links": [[link.text, link.url] for link in entry.links],
        }
        for name in ("key_event", "pinned", "withdrawn", "unread"):
            row[name] = getattr(entry, name)
        entries.append({key: value for key, value in row.items() if value})
    return {
        "adapter": snapshot.adapter,
        "title": snapshot.title,
        "url": snapshot.url,
        "language": snapshot.language,
        "complete": snapshot.complete,
        "ended": snapshot.ended,
        "entries": entries,
    }


def wreck(body: bytes, chance: random.Random) -> bytes:
    """A document gone wrong: cut off, shuffled, or with bytes corrupted."""
    way = chance.randrange(3)
    if way == 0:
        return body[: chance.randrange(len(body) + 1)]
    if way == 1:
        parts = body.split(b",")
        chance.shuffle(parts)
        return b",".join(parts)
    broken = bytearray(body)
    for _ in range(chance.randint(1, 40)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def read_wrecks(adapter: Conversing, first: Page, others: list[Page], number: int) -> None:
    """Read a format whose every document may be wrecked; only our errors may come of it."""
    for seed in range(number):
        chance = random.Random(seed)

        def spoilt(source: Page, chance: random.Random = chance) -> Page:
            body = source.document.body
            if chance.random() < 0.6:
                body = wreck(body, chance)
            return page(body, source.url, source.document.content_type)

        def answer(_: Request, chance: random.Random = chance) -> Page | None:
            if not others or chance.random() < 0.2:
                return None
            return spoilt(chance.choice(others), chance)

        with suppress(SourceError):
            converse(adapter.reading(spoilt(first), Hints()), answer)


@asynccontextmanager
async def site(
    documents: Callable[[str], Iterator[tuple[str, bytes, str]]],
) -> AsyncIterator[tuple[rawserver.RawServer, Fetcher]]:
    """A site on the loopback, and a fetcher that may reach it.

    Args:
        documents: given the site's address, yields (path with query, body, content type).
    """
    served: dict[str, tuple[bytes, str]] = {}

    async def handle(request: rawserver.Request, writer: asyncio.StreamWriter) -> None:
        found = served.get(request.path)
        if found is None:
            writer.write(rawserver.reply(b"no such page", status="404 Not Found"))
        else:
            writer.write(rawserver.reply(found[0], f"Content-Type: {found[1]}"))
        await writer.drain()

    fetcher = Fetcher(
        limits=FetchLimits(deadline=5),
        allow_hosts=["127.0.0.0/8"],
        user_agent="LiveRelay test",
        now=lambda: NOON,
    )
    async with rawserver.serving(handle) as server:
        for path, body, content_type in documents(server.url.rstrip("/")):
            served[path] = (body, content_type)
        try:
            yield server, fetcher
        finally:
            await fetcher.aclose()
