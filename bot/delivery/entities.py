"""Rich text to what Telegram takes: entities in UTF-16 units, nested, sorted, within the limits.

Rules of nesting: https://core.telegram.org/bots/api#formatting-options. Telegram ignores entities
beyond 100 and refuses a message whose entities take more than about 9,500 bytes; the least
important are left out before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.delivery.richtext import RichText, Span
from bot.delivery.utf16 import utf16_offsets
from bot.outgoing import TextEntity

MAX_ENTITIES = 95
"""Per message; Telegram's limit is 100."""

MAX_ENTITIES_BYTES = 9_000
"""Per message, an address counted by its bytes and each entity with a few more."""

ENTITY_BYTES = 16

_RANK = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 1,
    "text_link": 2,
    "date_time": 3,
    "code": 4,
    "bold": 5,
    "italic": 6,
    "underline": 7,
    "strikethrough": 8,
}
"""Outermost first; also the order of importance among a page's own formats."""

_QUOTES = ("blockquote", "expandable_blockquote")
_CODE = ("code", "pre")
_STYLES = ("bold", "italic", "underline", "strikethrough")


def to_entities(rich: RichText) -> tuple[TextEntity, ...]:
    """The entities of `rich.text`, sorted by offset, outer before inner."""
    spans = _kept(_merged(_trimmed(rich)))
    spans = sorted(_kept(_nested(rich.text, spans)), key=_order)
    offsets = utf16_offsets(rich.text)
    return tuple(_entity(span, offsets) for span in spans)


def entity_bytes(spans: Iterable[Span]) -> int:
    """What these take of `MAX_ENTITIES_BYTES`."""
    return sum(ENTITY_BYTES + len((span.url or "").encode()) for span in spans)


def _entity(span: Span, offsets: Sequence[int]) -> TextEntity:
    start = offsets[span.start]
    return TextEntity(
        span.type,
        start,
        offsets[span.end] - start,
        span.url,
        span.unix_time,
        span.date_time_format,
    )


def _order(span: Span) -> tuple[int, int, int]:
    return (span.start, -span.end, _RANK[span.type])


def _trimmed(rich: RichText) -> list[Span]:
    """Spans without the white space at their edges; those with nothing else vanish."""
    kept: list[Span] = []
    for span in rich.spans:
        words = rich.text[span.start : span.end]
        stripped = words.strip()
        if not stripped:
            continue
        start = span.start + len(words) - len(words.lstrip())
        kept.append(replace(span, start=start, end=start + len(stripped)))
    return kept


def _merged(spans: list[Span]) -> list[Span]:
    """Styles of one kind that overlap or touch become one."""
    kept = [span for span in spans if span.type not in _STYLES]
    last: dict[str, int] = {}
    for span in sorted((s for s in spans if s.type in _STYLES), key=lambda s: s.start):
        at = last.get(span.type)
        if at is not None and span.start <= kept[at].end:
            before = kept[at]
            end = max(before.end, span.end)
            kept[at] = replace(before, end=end, ours=before.ours or span.ours)
        else:
            last[span.type] = len(kept)
            kept.append(span)
    return kept


def _kept(spans: list[Span]) -> list[Span]:
    """As many as the limits allow: the design's own first, then by rank, then by place."""
    if len(spans) <= MAX_ENTITIES and entity_bytes(spans) <= MAX_ENTITIES_BYTES:
        return spans
    kept: list[Span] = []
    size = 0
    for span in sorted(spans, key=lambda s: (not s.ours, _RANK[s.type], s.start)):
        more = entity_bytes([span])
        if len(kept) < MAX_ENTITIES and size + more <= MAX_ENTITIES_BYTES:
            kept.append(span)
            size += more
    return kept


def _nested(text: str, spans: list[Span]) -> list[Span]:
    """Spans that lie beside or inside each other, never across."""
    done: list[Span] = []
    for span in sorted(
        spans, key=lambda s: (_RANK[s.type] > _RANK["code"], _RANK[s.type], s.start)
    ):
        if span.type in _STYLES:
            done.extend(piece for piece in _cut(span, done) if _has_words(text, piece))
        elif not any(_clash(span, other) for other in done):
            done.append(span)
    return done


def _has_words(text: str, span: Span) -> bool:
    return bool(text[span.start : span.end].strip())


def _clash(span: Span, other: Span) -> bool:
    """Whether a quote, link, time or code cannot stand where another one stands."""
    if span.end <= other.start or other.end <= span.start:
        return False
    inside = other.start <= span.start and span.end <= other.end
    return not (inside and other.type in _QUOTES and span.type not in _QUOTES)


def _cut(span: Span, done: list[Span]) -> list[Span]:
    """A style cut where it would cross something, and left out of code."""
    pieces: list[Span] = []
    todo = [span]
    while todo:
        piece = todo.pop()
        for other in done:
            parts = _cut_one(piece, other)
            if parts != [piece]:
                todo.extend(parts)
                break
        else:
            pieces.append(piece)
    return pieces


def _cut_one(span: Span, other: Span) -> list[Span]:
    if other.end <= span.start or span.end <= other.start:
        return [span]
    left = replace(span, end=other.start) if span.start < other.start else None
    right = replace(span, start=other.end) if other.end < span.end else None
    if other.type in _CODE:
        return [part for part in (left, right) if part is not None]
    if left is not None and span.end < other.end:
        return [left, replace(span, start=other.start)]
    if right is not None and other.start < span.start:
        return [replace(span, end=other.end), right]
    return [span]
