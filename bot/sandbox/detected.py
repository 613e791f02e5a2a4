"""Entities Telegram finds in a text by itself: addresses, commands, hashtags, mentions, e-mail.

After TDLib's `find_entities`, for what bots and their readers meet; offsets are UTF-16 units.
"""

from __future__ import annotations

import re

from bot.sandbox.answers import Json

_HINT = re.compile(r"[/#@$.]")
_AT = r"(?:@[A-Za-z]\w{2,31})?"
_KINDS = (
    (
        "url",
        re.compile(
            r"(?<![\w@/.-])(?:https?://|ftp://|tg://|ton://)[^\s<>\"«»“”]+"
            r"|(?<![\w@/.:-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}"
            r"(?:com|org|net|info|io|me|dev|app|eu|uk|de|fr|es|it|ru|ua|co|tv|news|example|test)"
            r"(?![\w-])(?:[:/?#][^\s<>\"«»“”]*)?",
            re.IGNORECASE,
        ),
    ),
    (
        "email",
        re.compile(r"(?<![\w@.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63})+"),
    ),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/<>])"),
    ),
    ("hashtag", re.compile(r"(?<![\w#@])#(?=\w*[^\W\d])\w{1,256}(?:@[A-Za-z]\w{2,31})?(?![\w#])")),
    ("mention", re.compile(r"(?<![\w@/.])@[A-Za-z]\w{2,31}(?!\w)", re.ASCII)),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
)
_TRAILING = ".,:;!?…'\""


def detect(text: str) -> list[Json]:
    """Entities found in `text`, in order, without overlaps."""
    if _HINT.search(text) is None:
        return []
    spans: list[tuple[int, int, str]] = []
    for kind, pattern in _KINDS:
        for found in pattern.finditer(text):
            start, end = found.span()
            if kind == "url":
                end = _url_end(text, start, end)
            if not any(start < other[1] and other[0] < end for other in spans):
                spans.append((start, end, kind))
    spans.sort()
    wide = not text.isascii() and max(text) > "\uffff"
    return [
        {"type": kind, "offset": _utf16(text, start, wide=wide), "length": end - start}
        if not wide
        else {
            "type": kind,
            "offset": _utf16(text, start, wide=wide),
            "length": _utf16(text, end, wide=wide) - _utf16(text, start, wide=wide),
        }
        for start, end, kind in spans
    ]


def _url_end(text: str, start: int, end: int) -> int:
    """Without the punctuation of the sentence, and without a bracket that was opened before."""
    while end > start:
        last = text[end - 1]
        if last in _TRAILING or (
            last in ")]}"
            and text.count(last, start, end)
            > text.count({")": "(", "]": "[", "}": "{"}[last], start, end)
        ):
            end -= 1
        else:
            break
    return end


def _utf16(text: str, index: int, *, wide: bool) -> int:
    if not wide:
        return index
    return index + sum(1 for character in text[:index] if character > "\uffff")
