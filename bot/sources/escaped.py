"""Bodies and titles in JSON: plain text, markup, or markup escaped once or twice."""

from __future__ import annotations

import html
import re

from bot.sources.canonical import Body, plain, read_body, read_text

_TAG = re.compile(
    r"</?(?:a|b|blockquote|br|code|del|div|em|figure|h[1-6]|i|iframe|img|li|ol|p|pre|s|script|section"
    r"|small|span|strong|sub|sup|table|u|ul|video)(?:\s[^<>]{0,4000})?/?>",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"<(?:p|br|div|li|ul|ol|h[1-6]|blockquote|table|pre|figure|section)\b", re.IGNORECASE
)
_ESCAPED_TAG = re.compile(r"&(?:amp;)?lt;/?[a-zA-Z]")
_ESCAPED_TWICE = re.compile(r"&amp;(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")


def read_escaped(raw: str, base_url: str) -> Body:
    """Read a body whose kind only its text tells."""
    if "<" not in raw and "&" not in raw:
        return read_text(raw)
    for _ in range(2):
        if _TAG.search(raw) or not (_ESCAPED_TAG.search(raw) or _ESCAPED_TWICE.search(raw)):
            break
        raw = html.unescape(raw)
    if not _TAG.search(raw):
        return read_text(html.unescape(raw) if "&" in raw else raw)
    if not _BLOCK.search(raw):
        raw = _BLANK_LINE.sub("<br><br>", raw)
    return read_body(raw, base_url)


def read_title(raw: str) -> str:
    """Read a title: one line without markup."""
    for _ in range(2):
        if "&" not in raw:
            break
        raw = html.unescape(raw)
    if "<" in raw and _TAG.search(raw):
        return plain(read_body(raw, "").text)
    return plain(raw)
