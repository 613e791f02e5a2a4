"""Makes values fit for a reply: one line, harmless, short; and packs lines into messages.

Replies are Telegram HTML (https://core.telegram.org/bots/api#html-style). Every value that comes
from a page, a person or a chat's title passes `shown` (or `plain` where no markup is read).
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime

from bot.wording import in_language

Translate = Callable[[str], str]

MAX_MESSAGE = 4096  # UTF-16 units
MAX_NOTICE = 200  # characters of an answer to a press
_JOINERS = "\u200c\u200d"  # scripts and emoji need them
_FLAG_TAGS = range(0xE0020, 0xE0080)  # spell the flags of regions


def plain(value: str, limit: int = 60) -> str:
    """`value` on one line, without control and direction characters, at most `limit` long."""
    kept = "".join(_harmless(character) for character in value[: limit * 20])
    line = " ".join(kept.split())
    if len(line) > limit:
        line = line[: limit - 1].rstrip(f" {_JOINERS}") + "…"
    return line


def shown(value: str, limit: int = 60) -> str:
    """`plain`, escaped for Telegram's HTML."""
    return html.escape(plain(value, limit), quote=True)


def spoken(text: str, language: str, limit: int = 60) -> str:
    """`shown` of a text that is said in the language if it is a wording."""
    said = in_language(text, language, lambda value: plain(value, limit))
    if len(said) > limit:
        said = said[: limit - 1].rstrip(f" {_JOINERS}") + "…"
    return html.escape(said, quote=True)


def link(url: str, text: str, limit: int = 60) -> str:
    """A link in HTML; only the text where the address is not one of the web or is endless."""
    if not url.startswith(("http://", "https://")) or len(url) > 1000:
        return shown(text, limit)
    return f'<a href="{html.escape(url, quote=True)}">{shown(text, limit)}</a>'


def units(text: str) -> int:
    """The length of `text` in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def packed(lines: Iterable[str], limit: int = MAX_MESSAGE) -> tuple[str, ...]:
    """Lines joined into as few messages as fit; no line is split, so tags stay whole.

    Each line must be shorter than `limit` UTF-16 units, markup included.
    """
    messages: list[str] = []
    for line in lines:
        if messages and units(messages[-1]) + 1 + units(line) <= limit:
            messages[-1] += "\n" + line
        else:
            messages.append(line)
    stripped = (message.strip("\n") for message in messages)
    return tuple(message for message in stripped if message.strip())


def ago(then: datetime | None, now: datetime, translate: Translate) -> str:
    """How long ago, for people: "12 s ago", "3 min ago", "never"."""
    _ = translate
    if then is None:
        return _("never")
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 60:
        return _("{n} s ago").format(n=seconds)
    if seconds < 3600:
        return _("{n} min ago").format(n=seconds // 60)
    if seconds < 86400:
        return _("{n} h ago").format(n=seconds // 3600)
    return _("{n} d ago").format(n=seconds // 86400)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return ""
    if category == "Cf" and character not in _JOINERS and ord(character) not in _FLAG_TAGS:
        return ""
    return character
