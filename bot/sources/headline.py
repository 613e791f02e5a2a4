"""An entry's title against its body: what stands twice is told once."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.sources.canonical import Body, read_body
from bot.sources.clock import leading_clock

_EARLY_DIGIT = re.compile(r"\D{0,12}\d")
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
    if _EARLY_DIGIT.match(title):
        lead = leading_clock(title)
        if lead and lead.separated and lead.end < len(title):
            title = title[lead.end :].strip()
    if not title or not body.text:
        return title, body
    if _begins_apart(title, body.text, blog_title):
        return title, body
    words = _folded(title)
    first, more, _ = body.text[: 2 * len(title) + 20].partition("\n\n")
    start = _folded(first)
    if words == start and not more and len(first) == len(body.text):
        return "", body
    if words == _folded(blog_title):
        return "", body
    if words == start and more:
        return title, _without_first(body, base_url)
    cut = words.rstrip(".… ")
    if len(cut) >= _SAME_CUT and start.startswith(cut):
        return "", body
    return title, body


def _begins_apart(title: str, *others: str) -> bool:
    """Whether first letters alone show that a title is none of the others, nor their beginning.

    Where one begins with anything but a letter or digit, a glance tells nothing.
    """
    if not title[0].isalnum():
        return False
    first = title[0].casefold()[0]
    for other in others:
        if other and (not other[0].isalnum() or other[0].casefold()[0] == first):
            return False
    return True


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).rstrip(". ")


def _without_first(body: Body, base_url: str) -> Body:
    """The body without its first paragraph."""
    end = body.html.find("</p>")
    if not body.html.startswith("<p>") or end < 0:
        return body
    rest = read_body(body.html[end + len("</p>") :], base_url)
    return replace(rest, media=body.media)
