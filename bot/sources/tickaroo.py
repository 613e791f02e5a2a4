"""Tickaroo, embedded by newspapers and magazines in German-speaking countries, Oceania and beyond.

``https://cdn.tickaroo.com/api/embed/v4/prefetch/liveblog.json?client_id=&liveblogId=`` gives a blog
as markup for a publisher's page: an element ``<tickaroo-liveblog>`` whose ``initialData`` holds the
blog as a schema.org ``LiveBlogPosting``. Pages that were built on the publisher's server hold the
same element.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import urlencode

import orjson

from bot.errors import NoLiveBlogError
from bot.model import Snapshot
from bot.sources import jsonapi
from bot.sources.base import Hints, Page, Request
from bot.sources.embedded import Told
from bot.sources.enriched import enriched
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import objects
from bot.sources.schemaorg import SchemaOrg

_HOST = "https://cdn.tickaroo.com/api/embed/v4/prefetch/liveblog.json"
_ID = r"[0-9a-f]{24}"
_ELEMENT = re.compile(r"<tickaroo-liveblog\b[^<>]{0,3000}", re.IGNORECASE)
_BLOG = re.compile(rf"\bliveblog-?id[\"']?\s?[=:]\s?[\"'{{]{{0,2}}({_ID})\b", re.IGNORECASE)
_CLIENT = re.compile(rf"\bclient-?_?id[\"']?\s?[=:]\s?[\"'{{]{{0,2}}({_ID})\b", re.IGNORECASE)
_DATA = re.compile(r"\sinitial-?data=(?:\"([^\"]{2,3000000})\"|'([^']{2,3000000})')", re.IGNORECASE)
_SCRIPT = re.compile(r"\A\s*<script\b[^<>]{0,200}>|</script>\s*\Z", re.IGNORECASE)


class Tickaroo:
    """How Tickaroo is embedded, and how its API is read."""

    name = "tickaroo"
    label = "Tickaroo"

    def embed(self, page: Page) -> str | None:
        """Look for the element, or for what a script is told of it."""
        text = page.text
        if "tickaroo" not in text and "Tickaroo" not in text:
            return None
        element = _ELEMENT.search(text)
        blog = (_BLOG.search(element[0]) if element else None) or _BLOG.search(text)
        client = (_CLIENT.search(element[0]) if element else None) or _CLIENT.search(text)
        if blog is None or client is None:
            return None
        return f"{_HOST}?{urlencode({'client_id': client[1], 'liveblogId': blog[1]})}"

    def count(self, page: Page) -> int | None:
        """Look for the markup of an answer."""
        value = jsonapi.answer(page)
        schema = _schema(value) if isinstance(value, dict) else ""
        return schema.count('"BlogPosting"') if schema else None

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Read the one answer there is, as the page that the publisher would have made of it."""
        if first is None:
            (first,) = yield [Request(api)]
        value = jsonapi.answer(first)
        if first is None or not isinstance(value, dict):
            return None
        snapshot = _read(first, value, hints, url)
        if snapshot is None:
            return None
        return Told(
            snapshot.entries,
            complete=False,
            ended=snapshot.ended,
            title=snapshot.title,
            language=snapshot.language,
        )


def _read(answer: Page, value: dict[str, object], hints: Hints, url: str) -> Snapshot | None:
    schema = _without_headlines(_schema(value))
    if not schema:
        return None
    body = _DATA.sub("", jsonapi.text(value, "html"))
    script = schema.replace("</", "<\\/")
    made = f'<html><script type="application/ld+json">{script}</script><body>{body}</body></html>'
    document = replace(
        answer.document, url=url, body=made.encode(), content_type="text/html; charset=utf-8"
    )
    page = Page(document)
    try:
        return enriched(SchemaOrg().read(page, hints), page, hints)
    except NoLiveBlogError:
        return None


def _without_headlines(schema: str) -> str:
    """JSON-LD whose bodies do not begin with their own headline any more."""
    blog = jsonapi.parsed(schema) if schema else None
    if not isinstance(blog, dict):
        return schema
    updates = []
    for update in objects(blog.get("liveBlogUpdate")):
        title = jsonapi.text(update, "headline").strip()
        body = jsonapi.text(update, "articleBody").strip()
        rest = body.removeprefix(title)
        begins = title and rest != body and rest[:1].isspace()
        updates.append({**update, "articleBody": rest.strip()} if begins else update)
    return orjson.dumps({**blog, "liveBlogUpdate": updates}).decode()


def _schema(value: dict[str, object]) -> str:
    """The blog as JSON-LD, from an answer's own field or from the element's data; "" without."""
    own = value.get("schema")
    if isinstance(own, dict):
        return orjson.dumps(own).decode()
    if isinstance(own, str) and "LiveBlogPosting" in own:
        return _SCRIPT.sub("", own).strip()
    match = _DATA.search(jsonapi.text(value, "html"))
    data = jsonapi.parsed(html.unescape(match[1] or match[2])) if match else None
    found = data.get("schemaOrg") if isinstance(data, dict) else None
    if isinstance(found, dict):
        return orjson.dumps(found).decode()
    return found if isinstance(found, str) and "LiveBlogPosting" in found else ""
