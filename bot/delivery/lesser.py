"""Messages made smaller: without what Telegram refused, or to fit what was sent already. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.delivery.render import MAX_CAPTION, MAX_TEXT, plain
from bot.delivery.split import shorten
from bot.delivery.utf16 import utf16_length
from bot.outgoing import Outgoing

# How much of a message is left: all; its photos as a preview of the first; none; words alone.
FULL, AS_PREVIEW, WITHOUT_PICTURE, PLAIN = range(4)
ELLIPSIS = " …"


def reduced(out: Outgoing, level: int) -> Outgoing:
    """A message with less that could be refused."""
    if level >= PLAIN:
        return plain(out)
    if level == WITHOUT_PICTURE:
        return replace(out, photo_url=None, more_photos=(), preview_url=None)
    if level == AS_PREVIEW and out.photo_url is not None:
        return replace(out, photo_url=None, more_photos=(), preview_url=out.photo_url)
    return out


def next_level(out: Outgoing, level: int) -> int | None:
    """What to try after `out` was refused at `level`; None if nothing is left to leave out."""
    if level == FULL and out.photo_url is not None:
        return AS_PREVIEW
    if level < WITHOUT_PICTURE and (out.photo_url is not None or out.preview_url is not None):
        return WITHOUT_PICTURE
    return PLAIN if level < PLAIN else None


def fitted(parts: tuple[Outgoing, ...], count: int) -> tuple[Outgoing, ...]:
    """Parts for at most `count` messages: the last one says that there is more, and links to it."""
    if len(parts) <= count:
        return parts
    last = parts[count - 1]
    text = last.text
    if utf16_length(text + ELLIPSIS) <= MAX_TEXT:
        text += ELLIPSIS
    return *parts[: count - 1], replace(
        last, text=text, button=parts[-1].button, menu=parts[-1].menu
    )


def as_caption(out: Outgoing) -> Outgoing:
    """A text as the caption of a photo that was sent with an earlier revision."""
    if utf16_length(out.text) <= MAX_CAPTION:
        return out
    text = shorten(out.text, MAX_CAPTION)
    end = utf16_length(text) - utf16_length("…")
    kept = tuple(entity for entity in out.entities if entity.offset + entity.length <= end)
    return replace(out, text=text, entities=kept)
