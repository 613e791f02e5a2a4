"""How much of an entry's words a chat sees at once, and how it gets to the rest. Pure.

A long text is shown to a sentence near `FOLD_AT`; the rest follows in a quotation that a tap opens
("expandable_blockquote"), in the same message. What does not fit into the message is cut at a
sentence, with a link to the entry; an entry without a link of its own goes on in further messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.richtext import Builder, RichText, Span
from bot.delivery.split import first_break, sentences_end, shorten, split
from bot.delivery.utf16 import utf16_length
from bot.model import Entry

FOLD_FROM = 900
"""UTF-16 units of a body that is shown whole: 94 % of the entries of real live blogs are shorter,
and so much is about what a phone shows at once."""

FOLD_AT = 600
"""Where a longer body is folded at the latest, so that there is something worth unfolding."""

EXCERPT = 220
"""UTF-16 units of the first sentence or two in the compact style."""

EMPTY = RichText()

_MARKER_ROOM = len("\n\n(10/10)")
_MORE_ROOM = 100
_GAPS = len("\n\n … ") + 2
_BLOCKS = ("blockquote", "pre")


def folded(body: RichText, *, start: int = FOLD_FROM, at: int = FOLD_AT) -> RichText:
    """A body whose end is folded up if it is longer than `start` units."""
    if utf16_length(body.text) <= start:
        return body
    cut = first_break(body.text, at)
    for span in body.spans:  # neither a quotation nor code is torn, where that can be avoided
        if span.type in _BLOCKS and span.start < cut < span.end:
            if span.start >= at // 3:
                cut = span.start
            elif span.end <= start:
                cut = span.end
    head = body.slice(0, len(body.text[:cut].rstrip()))
    begin = len(body.text) - len(body.text[cut:].lstrip())
    rest = body.slice(begin, len(body.text))
    if not head.text or not rest.text or begin == len(head.text):  # inside of an endless word
        return body
    # Quotations do not nest; one that goes on needs no mark of its own there.
    torn = any(s.type == "blockquote" and s.start < cut < s.end for s in body.spans)
    spans = tuple(
        replace(span, type="italic") if span.type == "blockquote" else span
        for span in rest.spans
        if not (torn and span.type == "blockquote" and span.start == 0)
    )
    fold = Span(0, len(rest.text), "expandable_blockquote", ours=True)
    return Builder().append(head).add("\n").append(RichText(rest.text, (*spans, fold))).build()


def is_folded(rich: RichText) -> bool:
    """Whether a part of it is folded up."""
    return any(span.type == "expandable_blockquote" for span in rich.spans)


def excerpt(body: RichText, entry: Entry, look: Look, *types: str, more: bool = True) -> RichText:
    """The first sentence or two in these formats.

    Args:
        body: the entry's words.
        entry: the entry.
        look: how the chat reads.
        types: of entities over all of it.
        more: where there is more, a link says so; else "…" does.
    """
    words = " ".join(body.text.split())
    if utf16_length(words) <= EXCERPT:
        return Builder().append(_tight(body), *types).build()
    link = usable_link(entry.url)
    if link is None:  # then all of it has to be here
        return Builder().append(folded(body, start=EXCERPT, at=EXCERPT), *types).build()
    said = words[: sentences_end(words, EXCERPT)] or shorten(words, EXCERPT)
    built = Builder().add(said, *types)
    if not said.endswith("…"):
        built.add(" …")
    if more:
        built.add(" ").add(look.words("more"), url=link)
    return built.build()


def _tight(rich: RichText) -> RichText:
    """The same words without empty lines."""
    built = Builder()
    start = 0
    for line in rich.text.splitlines(keepends=True):
        if line.strip():
            built.append(rich.slice(start, start + len(line)))
        start += len(line)
    return built.build()


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert before it is fitted into messages.

    Attributes:
        head: what stands above the words.
        body: the words.
        foot: what stands below them; may be empty.
    """

    head: RichText
    body: RichText
    foot: RichText = EMPTY

    def whole(self) -> RichText:
        """All of it as one text."""
        built = Builder().append(self.head)
        for piece in (self.body, self.foot):
            if piece.text:
                built.add("\n\n" if built.length else "").append(piece)
        return built.build()

    def fitted(self, limit: int, most: int, link: str | None, look: Look) -> list[RichText]:
        """It as one text of at most `limit` units; as several only where nothing leads to all.

        Args:
            limit: UTF-16 units.
            most: texts at most.
            link: leads to all of the entry.
            look: how the chat reads.
        """
        whole = self.whole()
        if utf16_length(whole.text) <= limit:
            return [whole]
        if link is None:
            return _parts(whole, limit, most)
        more = shorten(look.words("Continue reading"), _MORE_ROOM)
        around = replace(self, body=EMPTY).whole()
        room = limit - utf16_length(around.text) - utf16_length(more) - _GAPS
        cut = Builder().append(self.body.slice(0, first_break(self.body.text, max(room, 1))))
        cut.add("\n" if is_folded(cut.build()) else " … ").add(more, url=link)
        return _parts(replace(self, body=cut.build()).whole(), limit, 1)


def _parts(rich: RichText, limit: int, most: int) -> list[RichText]:
    """Rich text as at most `most` messages of at most `limit` units; the rest becomes "…"."""
    if utf16_length(rich.text) <= limit:
        return [rich]
    room = limit - _MARKER_ROOM
    whole, rich = rich, rich.slice(0, most * limit)  # more cannot fit
    ranges = split(rich.text, room)
    if cut := len(ranges) > most or len(rich.text) < len(whole.text):
        ranges = ranges[:most]
        start, end = ranges[-1]
        ranges[-1] = (start, start + first_break(rich.text[start:end], room - 2))
    parts: list[RichText] = []
    for number, (start, end) in enumerate(ranges, 1):
        built = Builder().append(rich.slice(start, end))
        if cut and number == len(ranges):
            built.add(" …")
        if len(ranges) > 1:
            built.add(f"\n\n({number}/{len(ranges)})")
        parts.append(built.build())
    return parts
