"""An entry's title against its body: what stands twice is told once."""

from __future__ import annotations

from dataclasses import replace

from bot.sources.canonical import Body, read_body
from bot.sources.clock import leading_clock

_SAME_CUT = 40  # characters that a shortened headline shares with the body it was cut from


def settle(title: str, body: Body, blog_title: str, base_url: str) -> tuple[str, Body]:
    """The title without its clock time, and the body without the title at its start.

    A title that is the live blog's own, the whole body, or cut from the body's start is dropped.

    Args:
        title: one clean line.
        body: the entry's body.
        blog_title: the live blog's headline, "" to keep titles that equal it.
        base_url: what the body's links are relative to.
    """
    if (lead := leading_clock(title)) and lead.separated and lead.end < len(title):
        title = title[lead.end :].strip()
    if not title or not body.text:
        return title, body
    words = _folded(title)
    start = _folded(body.text.partition("\n\n")[0])
    if words in (_folded(blog_title), _folded(body.text)):
        return "", body
    if words == start:
        return title, _without_first(body, base_url)
    cut = words.rstrip(".… ")
    if len(cut) >= _SAME_CUT and start.startswith(cut):
        return "", body
    return title, body


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).rstrip(". ")


def _without_first(body: Body, base_url: str) -> Body:
    """The body without its first paragraph."""
    end = body.html.find("</p>")
    if not body.html.startswith("<p>") or end < 0:
        return body
    rest = read_body(body.html[end + len("</p>") :], base_url)
    return replace(rest, media=body.media)
