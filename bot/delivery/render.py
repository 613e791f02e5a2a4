"""An entry as the messages a chat gets: one design, within Telegram's limits.

::

    🌊 Harbour Gazette · 14:50
    ❗ KEY EVENT

    The flood barrier is closed

    The text of the entry, with its quotes, lists and links.

    updated 16:41
    #weather #transport
    [Open]

Plain text with entities, never a parse mode, so nothing a page holds can break a send. Pure: what
comes out depends on the arguments alone. Lengths are UTF-16 units: at most 4,096 of text, 1,024 of
a caption (https://core.telegram.org/bots/api#sendmessage, #sendphoto).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from bot.delivery.cleaning import clean_line, is_visible, isolated
from bot.delivery.clocks import add_time, local
from bot.delivery.entities import MAX_ENTITIES, MAX_ENTITIES_BYTES, entity_bytes, to_entities
from bot.delivery.links import usable_link
from bot.delivery.pieces import (
    AlertContext,
    Words,
    add_words,
    emoji_of,
    hashtags_of,
    instant_of,
    name_of,
    updated_line,
    withdrawn_line,
    words_of,
)
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten, split
from bot.delivery.utf16 import utf16_length
from bot.locales import translation
from bot.model import Button, Entry, Outgoing

MAX_TEXT = 4_096
MAX_CAPTION = 1_024
MAX_PARTS = 10
MAX_ALBUM = 10

_MARKER_ROOM = len("\n\n(10/10)")
_MORE_ROOM = 120
_LIST_LINE = (110, 280)  # least and most units of an entry's words in a list

Picture = Literal["auto", "always", "never"]


def render_alert(
    entry: Entry,
    context: AlertContext,
    *,
    language: str = "en",
    timezone: str = "UTC",
    picture: Picture = "auto",
) -> tuple[Outgoing, ...]:
    """The messages of one entry: usually one, at most ten when its text is long.

    Args:
        entry: in its current revision.
        context: what else is shown.
        language: of the bot's own words.
        timezone: IANA name; an unknown one is read as UTC.
        picture: "auto" sends the photo, or an album of up to ten, with the text as caption where
            it fits, else shows the first as a preview above a text; "always" cuts the text to a
            caption (for editing a message that was sent as a photo); "never" makes it a text (for
            editing a text).
    """
    words = translation(language)
    link = usable_link(entry.url)
    photos = _photos(entry)
    photo = photos[0] if photos else None
    button = Button(words("Open"), link) if link else None
    rich = _alert(entry, context, words, timezone)
    if len(photos) > 1 and link and picture != "never":  # an album has no buttons
        linked = Builder().append(rich).add("\n\n").add(words("Open"), url=link).build()
        if utf16_length(linked.text) <= MAX_CAPTION or picture == "always":
            rich = linked
        else:
            photos = photos[:1]
    as_photo = photo is not None and (
        picture == "always" or (picture == "auto" and utf16_length(rich.text) <= MAX_CAPTION)
    )
    if as_photo:
        parts = _parts(rich, MAX_CAPTION, 1, link, words)
    else:
        parts = _parts(rich, MAX_TEXT, MAX_PARTS, link, words)
    sent = [Outgoing(part.text, to_entities(part)) for part in parts]
    sent[0] = replace(
        sent[0],
        photo_url=photo if as_photo else None,
        more_photos=tuple(photos[1:]) if as_photo else (),
        preview_url=None if as_photo else photo,
    )
    if not sent[0].more_photos:
        sent[-1] = replace(sent[-1], button=button)
    return tuple(sent)


def _photos(entry: Entry) -> list[str]:
    """The photos to show, each once; a withdrawn entry shows the first at most."""
    usable = (m.url for m in entry.media if m.kind == "photo" and usable_link(m.url))
    return list(dict.fromkeys(usable))[: 1 if entry.withdrawn else MAX_ALBUM]


def render_list(
    entries: Sequence[Entry],
    contexts: Mapping[int, AlertContext],
    *,
    heading: str,
    language: str = "en",
    timezone: str = "UTC",
) -> tuple[Outgoing, ...]:
    """Several entries, each in a few lines, in the order given, in as few messages as possible.

    Args:
        entries: what to show.
        contexts: by entry id.
        heading: the first line.
        language: of the bot's own words.
        timezone: IANA name.
    """
    words = translation(language)
    title = shorten(clean_line(heading), _LIST_LINE[1])
    whens = [local(instant_of(entry), timezone) for entry in entries]
    today = max(whens).date() if whens else None
    sources = {contexts[entry.id].source_name for entry in entries if entry.id in contexts}
    least, most = _LIST_LINE
    overhead = 24 + (max(map(utf16_length, sources), default=0) if len(sources) > 1 else 0)
    room = (MAX_TEXT - utf16_length(title)) // max(1, len(entries)) - overhead
    built = [Builder()]
    if is_visible(title):
        built[0].add(title, "bold")
    for entry, when in zip(entries, whens, strict=True):
        context = contexts.get(entry.id, AlertContext(""))
        item = _list_item(
            entry,
            context,
            (when, today),
            room=min(most, max(least, room)),
            named=len(sources) > 1,
            words=words,
        )
        if not _fits(built[-1].build(), item):
            built.append(Builder())
        if built[-1].length:
            built[-1].add("\n\n")
        built[-1].append(item)
    pages = [page.build() for page in built if page.length]
    if not pages:
        pages = [RichText(words("(no text)"))]
    return tuple(Outgoing(page.text, to_entities(page)) for page in pages)


def plain(out: Outgoing) -> Outgoing:
    """The same words without anything Telegram could refuse."""
    return Outgoing(out.text, silent=out.silent)


# -- one alert ----------------------------------------------------------------------------------


def _alert(entry: Entry, context: AlertContext, words: Words, timezone: str) -> RichText:
    when = local(instant_of(entry), timezone)
    built = Builder().add(f"{emoji_of(context)} ")
    if name := name_of(context.source_name):
        built.add(name, "bold").add(" · ")
    add_time(built, when, known_day=None)
    if entry.key_event:
        built.add("\n❗ ").add(words("Key event").upper(), "bold")
    if entry.withdrawn:
        built.add("\n").append(withdrawn_line(entry, when, timezone, words))
    add_words(built, entry, words, gap="\n\n")
    footer = Builder()
    if updated := updated_line(entry, when, timezone, words):
        footer.append(updated, "italic")
    if tags := hashtags_of([context]):
        footer.add("\n" if footer.length else "").add(tags)
    if footer.length:
        built.add("\n\n").append(footer.build())
    return built.build()


# -- parts --------------------------------------------------------------------------------------


def _parts(rich: RichText, limit: int, most: int, link: str | None, words: Words) -> list[RichText]:
    """Rich text as at most `most` messages of at most `limit` units; the rest becomes "…"."""
    if utf16_length(rich.text) <= limit:
        return [rich]
    room = limit - _MARKER_ROOM
    whole, rich = rich, rich.slice(0, most * limit)  # more cannot fit
    ranges = split(rich.text, room)
    if cut := len(ranges) > most or len(rich.text) < len(whole.text):
        ranges = ranges[:most]
        start, end = ranges[-1]
        end = start + split(rich.text[start:end], room - _MORE_ROOM)[0][1]
        ranges[-1] = (start, end)
    parts: list[RichText] = []
    for number, (start, end) in enumerate(ranges, 1):
        built = Builder().append(rich.slice(start, end))
        if cut and number == len(ranges):
            built.add(" …")
            if link:
                built.add(" ").add(shorten(words("Continue reading"), _MORE_ROOM - 4), url=link)
        if len(ranges) > 1:
            built.add(f"\n\n({number}/{len(ranges)})")
        parts.append(built.build())
    return parts


# -- lists --------------------------------------------------------------------------------------


def _list_item(
    entry: Entry,
    context: AlertContext,
    time: tuple[datetime, date | None],
    *,
    room: int,
    named: bool,
    words: Words,
) -> RichText:
    """One entry of a list: a line of when and whence, then its title or first sentences."""
    built = Builder().add(f"{emoji_of(context)} ")
    add_time(built, time[0], known_day=time[1])
    if named and (name := name_of(context.source_name)):
        built.add(" · ").add(name, "bold")
    if entry.key_event:
        built.add(" ❗")
    title, body = words_of(entry, words)
    said = isolated(shorten(title or " ".join(body.text.split()), room))
    styles = ("strikethrough",) if entry.withdrawn else ("bold",) if title else ()
    return built.add("\n").add(said, *styles, url=usable_link(entry.url)).build()


def _fits(page: RichText, item: RichText) -> bool:
    length = utf16_length(page.text) + 2 + utf16_length(item.text)
    spans = (*page.spans, *item.spans)
    return not page.text or (
        length <= MAX_TEXT
        and len(spans) <= MAX_ENTITIES
        and entity_bytes(spans) <= MAX_ENTITIES_BYTES
    )
