"""Entities Telegram finds in a text by itself: addresses, commands, hashtags, mentions, e-mail.

After TDLib's `find_entities`, for what bots and their readers meet; offsets are UTF-16 units.
"""

from __future__ import annotations

import re

from bot.sandbox.answers import Json
from bot.sandbox.markup import utf16_length

_HINT = re.compile(r"[/#@$.]")
_AT = r"(?:@[A-Za-z]\w{2,31})?"
_TOP = r"(?:com|org|net|info|io|me|dev|app|eu|uk|de|fr|es|it|ru|ua|co|tv|news|example|test)"
_URL = re.compile(
    r"(?<![\w@/.-])(?:https?://|ftp://|tg://|ton://)[^\s<>\"«»“”]+"
    rf"|(?<![\w@/.:-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,6}}{_TOP}"
    r"(?![\w-])(?:[:/?#][^\s<>\"«»“”]*)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w@.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_COMMAND = re.compile(rf"(?<![\w/<>@])/[A-Za-z0-9_]{{1,64}}{_AT}(?![\w/<>])")
_HASHTAG = re.compile(rf"(?<![\w#@])#(?=\w*[^\W\d])\w{{1,256}}{_AT}(?![\w#])")
_MENTION = re.compile(r"(?<![\w@/.])@[A-Za-z]\w{2,31}(?!\w)", re.ASCII)
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")
_KINDS = (  # kind, a sign the text must hold, pattern
    ("url", ".", _URL),
    ("email", "@", _EMAIL),
    ("bot_command", "/", _COMMAND),
    ("hashtag", "#", _HASHTAG),
    ("mention", "@", _MENTION),
    ("cashtag", "$", _CASHTAG),
)
_TRAILING = ".,:;!?…'\""


def detect(text: str) -> list[Json]:
    """Entities found in `text`, in order, without overlaps."""
    if _HINT.search(text) is None:
        return []
    spans: list[tuple[int, int, str]] = []
    for kind, sign, pattern in _KINDS:
        if sign not in text:
            continue
        for found in pattern.finditer(text):
            start, end = found.span()
            if kind == "url":
                end = _url_end(text, start, end)
            if not any(start < other[1] and other[0] < end for other in spans):
                spans.append((start, end, kind))
    spans.sort()
    if not spans:
        return []
    wide = not text.isascii() and max(text) > "\uffff"
    found_entities: list[Json] = []
    for start, end, kind in spans:
        offset = utf16_length(text[:start]) if wide else start
        length = utf16_length(text[start:end]) if wide else end - start
        found_entities.append({"type": kind, "offset": offset, "length": length})
    return found_entities


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
