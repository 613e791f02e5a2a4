"""An entry as the messages a chat gets, in its style, within Telegram's limits.

Plain text with entities, never a parse mode, so nothing a page holds can break a send. Pure: what
comes out depends on the arguments alone. Lengths are UTF-16 units: at most 4,096 of text, 1,024 of
a caption (https://core.telegram.org/bots/api#sendmessage, #sendphoto). The designs themselves are
in ``bot.delivery.designs``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from bot.delivery.cleaning import clean_line, is_visible
from bot.delivery.clocks import add_time, local
from bot.delivery.designs import draft
from bot.delivery.direction import isolated
from bot.delivery.entities import MAX_ENTITIES, MAX_ENTITIES_BYTES, entity_bytes, to_entities
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.menu import menu_button
from bot.delivery.pieces import AlertContext, emoji_of, instant_of, name_of, struck, words_of
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten
from bot.delivery.utf16 import utf16_length
from bot.model import Entry
from bot.outgoing import Button, Outgoing

MAX_TEXT = 4_096
MAX_CAPTION = 1_024
MAX_PARTS = 10
MAX_ALBUM = 10

_LIST_LINE = (110, 280)  # least and most units of an entry's words in a list

Picture = Literal["auto", "always", "never"]


def render_alert(
    entry: Entry,
    context: AlertContext,
    *,
    language: str = "en",
    timezone: str = "UTC",
    style: str = "full",
    menu: bool = False,
    picture: Picture = "auto",
) -> tuple[Outgoing, ...]:
    """The messages of one entry: one, or at most ten where a long text has no other place.

    Args:
        entry: in its current revision.
        context: what else is shown.
        language: of the bot's own words.
        timezone: IANA name; an unknown one is read as UTC.
        style: "full", "compact" or "plain".
        menu: a second button opens what can be done with the alert.
        picture: "auto" shows it as the style does: in full the photo, or an album of up to ten,
            with the text as caption where it fits, else the first as a preview above a text; in
            compact as a small preview; in plain not at all. "always" cuts the text to a caption
            (for editing a message that was sent as a photo), and the rest to further messages where
            nothing else leads to it; "never" makes it a text (for editing a text).
    """
    look = Look.of(language, timezone, style)
    link = usable_link(entry.url)
    photos = _photos(entry)
    drawn = draft(entry, context, look)
    as_photo = bool(photos) and (picture == "always" or (picture == "auto" and style == "full"))
    if as_photo and len(photos) > 1 and link:  # an album has no buttons
        open_ = Builder().append(drawn.foot).add("\n\n" if drawn.foot.text else "")
        linked = replace(drawn, foot=open_.add(look.words("Open"), url=link).build())
        if picture == "always" or _is_caption(linked.whole()):
            drawn = linked
        else:
            photos = photos[:1]
    is_caption = as_photo or picture == "always"
    if is_caption and not _is_caption(drawn.whole()):
        if picture == "auto":
            as_photo = is_caption = False
        else:  # there is no room to unfold anything
            drawn = replace(drawn, body=draft(entry, context, look, fold=False).body)
    if is_caption:
        parts = drawn.fitted(MAX_CAPTION, MAX_PARTS, link, look)
    else:
        parts = drawn.fitted(MAX_TEXT, MAX_PARTS, link, look)
    sent = [Outgoing(part.text, to_entities(part)) for part in parts]
    shows_preview = bool(photos) and not as_photo and not look.plain
    sent[0] = replace(
        sent[0],
        photo_url=photos[0] if as_photo else None,
        more_photos=tuple(photos[1:]) if as_photo else (),
        preview_url=photos[0] if shows_preview else None,
        small_preview=shows_preview and look.compact,
    )
    if not sent[0].more_photos:
        button = Button(look.words("Open"), link) if link else None
        sent[-1] = replace(
            sent[-1], button=button, menu=menu_button([entry.id], look) if menu else None
        )
    return tuple(sent)


def _is_caption(rich: RichText) -> bool:
    return utf16_length(rich.text) <= MAX_CAPTION


def _photos(entry: Entry) -> list[str]:
    """The photos to show, each once; a withdrawn entry shows the first at most."""
    usable = (m.url for m in entry.media if m.kind == "photo" and usable_link(m.url))
    return list(dict.fromkeys(usable))[: 1 if entry.withdrawn else MAX_ALBUM]


def plain(out: Outgoing) -> Outgoing:
    """The same words without anything Telegram could refuse."""
    return Outgoing(out.text, silent=out.silent)


# -- lists --------------------------------------------------------------------------------------


def render_list(
    entries: Sequence[Entry],
    contexts: Mapping[int, AlertContext],
    *,
    heading: str,
    language: str = "en",
    timezone: str = "UTC",
    style: str = "full",
) -> tuple[Outgoing, ...]:
    """Several entries, each in a few lines, in the order given, in as few messages as possible.

    Args:
        entries: what to show.
        contexts: by entry id.
        heading: the first line.
        language: of the bot's own words.
        timezone: IANA name.
        style: in "plain" no signs stand before the entries.
    """
    look = Look.of(language, timezone, style)
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
            look=look,
        )
        if not _fits(built[-1].build(), item):
            built.append(Builder())
        if built[-1].length:
            built[-1].add("\n\n")
        built[-1].append(item)
    pages = [page.build() for page in built if page.length]
    if not pages:
        pages = [RichText(look.words("(no text)"))]
    return tuple(Outgoing(page.text, to_entities(page)) for page in pages)


def _list_item(
    entry: Entry,
    context: AlertContext,
    time: tuple[datetime, date | None],
    *,
    room: int,
    named: bool,
    look: Look,
) -> RichText:
    """One entry of a list: a line of when and whence, then its title or first sentences."""
    built = Builder().add(look.mark if look.plain else f"{look.mark}{emoji_of(context)} ")
    add_time(built, time[0], look.language, known_day=time[1])
    if named and (name := name_of(context.source_name, look)):
        built.add(look.comma if look.plain else " · ").add(name, "bold")
    if entry.key_event:
        built.add(look.comma + look.words("Key event") if look.plain else " ❗")
    title, body = words_of(entry, look)
    said = isolated(shorten(title or " ".join(body.text.split()), room), rtl=look.rtl)
    styles = struck(entry) or (("bold",) if title else ())
    return built.add("\n").add(said, *styles, url=usable_link(entry.url)).build()


def _fits(page: RichText, item: RichText) -> bool:
    length = utf16_length(page.text) + 2 + utf16_length(item.text)
    spans = (*page.spans, *item.spans)
    return not page.text or (
        length <= MAX_TEXT
        and len(spans) <= MAX_ENTITIES
        and entity_bytes(spans) <= MAX_ENTITIES_BYTES
    )
