"""Telegram's HTML into text and entities, with Telegram's errors.

Follows https://core.telegram.org/bots/api#html-style and, for the order of checks and the wording
of errors, TDLib's parser. Offsets in errors are bytes of the UTF-8 text as it was sent; offsets
of entities are UTF-16 units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.sandbox.answers import Json
from bot.sandbox.links import BadLinkError, check_link, user_of

_PLAIN = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
}
_TAGS = {*_PLAIN, "a", "tg-emoji", "tg-time", "code", "pre", "blockquote"}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_REFERENCE = re.compile(rb"&(?:#[xX]([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_TEXT = re.compile(rb"[^<&]+")
_NAME = re.compile(rb"[^ \t\r\n\v\f>]*")
_ATTRIBUTE_NAME = re.compile(rb"[^ \t\r\n\v\f=>/\"']*")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
_SPACES = re.compile(rb"[ \t\r\n\v\f]*")
_SPACE = b" \t\r\n\v\f"
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_SURROGATES = (
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched"
    " surrogate code units"
)


class MarkupError(ValueError):
    """The HTML is not acceptable; the text is what follows "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    offset: int
    part: int
    values: dict[str, str] = field(default_factory=dict)


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, the unit of every offset in the Bot API."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(text: str) -> tuple[str, list[Json]]:
    """The plain text and its entities, in the order in which their tags closed.

    Raises:
        MarkupError: with Telegram's words.
    """
    if "<" not in text and "&" not in text:
        return text, []
    return _Reader(text.encode("utf-8", "surrogatepass")).read()


class _Reader:
    """One pass over the bytes of the text."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.at = 0
        self.offset = 0
        self.parts: list[str] = []
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        source = self.source
        while self.at < len(source):
            if source[self.at] == 0x26:  # &
                self._put(self._reference() or self._one())
            elif source[self.at] != 0x3C:  # <
                found = _TEXT.match(source, self.at)
                assert found is not None
                self.at = found.end()
                self._put(found[0].decode("utf-8", "surrogatepass"))
            elif source[self.at + 1 : self.at + 2] == b"/":
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            tag = self.open[-1].tag
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        result = "".join(self.parts)
        if any("\ud800" <= character <= "\udfff" for character in result):
            raise MarkupError(_SURROGATES)
        return result, self.entities

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.offset += utf16_length(text)

    def _one(self) -> str:
        self.at += 1
        return self.source[self.at - 1 : self.at].decode()

    def _reference(self) -> str | None:
        """A character reference at the present place; unknown ones stay as they are written."""
        found = _REFERENCE.match(self.source, self.at)
        if found is None:
            return None
        if found[3] is not None:
            character = _NAMED.get(found[3])
        else:
            digits = found[1] or found[2]
            code = int(digits, 16 if found[1] else 10) if len(digits) < 9 else 0
            character = chr(code) if 0 < code < 0x10FFFF else None
        if character is not None:
            self.at = found.end()
        return character

    def _skip_spaces(self) -> None:
        found = _SPACES.match(self.source, self.at)
        assert found is not None
        self.at = found.end()

    def _peek(self) -> bytes:
        return self.source[self.at : self.at + 1]

    def _start_tag(self) -> None:
        begin = self.at
        found = _NAME.match(self.source, begin + 1)
        assert found is not None
        self.at = found.end()
        if not self._peek():
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        tag = found[0].decode("utf-8", "replace").lower()
        if tag not in _TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        values: dict[str, str] = {}
        while self._peek() != b">":
            self._skip_spaces()
            if self._peek() == b">":
                break
            self._attribute(tag, begin, values)
        self.at += 1
        if tag == "span" and values.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, self.offset, len(self.parts), values))

    def _attribute(self, tag: str, begin: int, values: dict[str, str]) -> None:
        found = _ATTRIBUTE_NAME.match(self.source, self.at)
        assert found is not None
        name = found[0].decode("utf-8", "replace").lower()
        self.at = found.end()
        if not name and not self._peek():
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if not name:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_spaces()
        if self._peek() != b"=":
            if not self._peek():
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            values[name] = ""
            return
        self.at += 1
        self._skip_spaces()
        quote = self._peek()
        if not quote:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        values[name] = self._quoted(quote) if quote in (b'"', b"'") else self._token()
        if not self._peek():
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")

    def _token(self) -> str:
        begin = self.at
        found = _TOKEN.match(self.source, begin)
        assert found is not None
        self.at = found.end()
        after = self._peek()
        if after != b">" and (not after or after not in _SPACE):
            raise MarkupError(f"Unexpected end of name token at byte offset {begin}")
        return found[0].decode().lower()

    def _quoted(self, quote: bytes) -> str:
        self.at += 1
        value: list[str] = []
        while self._peek() not in (quote, b""):
            if self._peek() == b"&" and (character := self._reference()) is not None:
                value.append(character)
                continue
            stop = self.at + 1
            while stop < len(self.source) and self.source[stop] not in (quote[0], 0x26):
                stop += 1
            value.append(self.source[self.at : stop].decode("utf-8", "surrogatepass"))
            self.at = stop
        if self._peek() == quote:
            self.at += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        found = _NAME.match(self.source, begin + 2)
        assert found is not None
        self.at = found.end()
        self._skip_spaces()
        if self._peek() != b">":
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        name = found[0].decode("utf-8", "replace").lower()
        opened = self.open.pop()
        if name and name != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>",'
                f' found "</{name}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        tag, values = opened.tag, opened.values
        place: Json = {"offset": opened.offset, "length": self.offset - opened.offset}
        if tag in _PLAIN:
            self.entities.append({"type": _PLAIN[tag], **place})
        elif tag == "a":
            self._close_link(opened, place)
        elif tag == "blockquote":
            kind = "expandable_blockquote" if "expandable" in values else "blockquote"
            self.entities.append({"type": kind, **place})
        elif tag == "tg-emoji":
            if re.fullmatch(r"-?[1-9]\d{0,18}", values.get("emoji-id", "")) is None:
                raise MarkupError("Invalid custom emoji identifier specified")
            emoji = values["emoji-id"]
            self.entities.append({"type": "custom_emoji", **place, "custom_emoji_id": emoji})
        elif tag == "tg-time":
            self._close_time(values, place)
        else:
            self._close_code(tag, values, place)

    def _close_link(self, opened: _Open, place: Json) -> None:
        url = opened.values.get("href") or "".join(self.parts[opened.part :])
        user = user_of(url)
        if user is not None:
            self.entities.append({"type": "text_mention", **place, "user_id": user})
            return
        try:
            self.entities.append({"type": "text_link", **place, "url": check_link(url)})
        except BadLinkError:
            return  # in HTML a bad link is dropped without a word; as an entity it is an error

    def _close_time(self, values: dict[str, str], place: Json) -> None:
        if re.fullmatch(r"-?\d{1,15}", values.get("unix", "")) is None:
            raise MarkupError("Invalid Unix time specified")
        date_format = values.get("format", "")
        if _DATE_FORMAT.fullmatch(date_format) is None:
            raise MarkupError("Invalid date-time format specified")
        entity: Json = {"type": "date_time", **place, "unix_time": int(values["unix"])}
        self.entities.append({**entity, "date_time_format": date_format})

    def _close_code(self, tag: str, values: dict[str, str], place: Json) -> None:
        """`pre` and `code` on the same text are one entity when the code names its language."""
        language = values.get("class", "")
        language = language[9:] if tag == "code" and language.startswith("language-") else ""
        last = self.entities[-1] if self.entities else None
        same = last is not None and all(last[key] == place[key] for key in place)
        if last is not None and same and tag == "pre" and last["type"] == "code":
            if last.get("language"):
                last["type"] = "pre"
                return
        elif last is not None and same and tag == "code" and last["type"] == "pre" and language:
            last["language"] = language
            return
        entity: Json = {"type": tag, **place}
        if language:
            entity["language"] = language
        self.entities.append(entity)
