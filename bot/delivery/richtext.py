"""Text with formatted stretches, counted in characters: what a message is built from.

Offsets become UTF-16 units only at the end (``bot.delivery.entities``), so that nothing before
can cut a surrogate pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Span:
    """A formatted stretch; `start` and `end` count characters.

    Attributes:
        type: as in https://core.telegram.org/bots/api#messageentity.
        ours: belongs to the alert's design; kept before any formatting of the page's.
    """

    start: int
    end: int
    type: str
    url: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class RichText:
    """Text and its spans, in any order."""

    text: str = ""
    spans: tuple[Span, ...] = ()

    def slice(self, start: int, end: int) -> RichText:
        """A part of it; spans are cut at its edges and go on in the next part."""
        return RichText(
            self.text[start:end],
            tuple(
                replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
                for span in self.spans
                if span.start < end and span.end > start
            ),
        )

    def only(self, types: Iterable[str]) -> RichText:
        """The same words with the spans of these types alone."""
        kept = frozenset(types)
        return RichText(self.text, tuple(span for span in self.spans if span.type in kept))


@dataclass(slots=True)
class Builder:
    """Puts rich text together, piece by piece."""

    _texts: list[str] = field(default_factory=list)
    _spans: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, *types: str, url: str | None = None) -> Builder:
        """Append words of ours in these formats, and as a link where `url` is given."""
        end = self.length + len(text)
        if text:
            self._spans.extend(Span(self.length, end, type_, ours=True) for type_ in types)
            if url is not None:
                self._spans.append(Span(self.length, end, "text_link", url=url, ours=True))
            self._texts.append(text)
            self.length = end
        return self

    def add_time(self, text: str, unix_time: int, date_time_format: str) -> Builder:
        """Append a time that each reader sees in the own zone; `text` is for older apps."""
        span = Span(self.length, self.length + len(text), "date_time", None, unix_time)
        self._spans.append(replace(span, date_time_format=date_time_format, ours=True))
        return self.add(text)

    def append(self, rich: RichText, *types: str) -> Builder:
        """Append rich text, all of it also in these formats."""
        start = self.length
        self.add(rich.text, *types)
        self._spans.extend(
            replace(span, start=span.start + start, end=span.end + start) for span in rich.spans
        )
        return self

    def build(self) -> RichText:
        """What was put together."""
        return RichText("".join(self._texts), tuple(self._spans))
