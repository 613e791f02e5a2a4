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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from bot.delivery.cleaning import clean_line, is_visible, isolated
from bot.delivery.clocks import add_time, local
from bot.delivery.entities import MAX_ENTITIES, MAX_ENTITIES_BYTES, entity_bytes, to_entities
from bot.delivery.links import usable_link
from bot.delivery.markup import Block, join_blocks, read_blocks, text_blocks
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten, split
from bot.delivery.utf16 import utf16_length
from bot.locales import translation
from bot.model import Button, Entry, Outgoing

MAX_TEXT = 4_096
MAX_CAPTION = 1_024
MAX_PARTS = 10
MAX_HASHTAGS = 3

_NEUTRAL = "📰"
_MAX_NAME = 80
_MAX_EMOJI = 16
_MARKER_ROOM = len("\n\n(10/10)")
_MORE_ROOM = 120
_LIST_LINE = (110, 280)  # least and most units of an entry's words in a list

Picture = Literal["auto", "always", "never"]
Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What an alert shows besides the entry.

    Attributes:
        source_name: as subscribers know the source.
        topics: (emoji, name in the chat's language) of the entry's topics, the first one leading.
    """

    source_name: str
    topics: tuple[tuple[str, str], ...] = ()


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
        picture: "auto" sends the first photo with the text as caption where it fits, else shows
            it as a preview above a text; "always" cuts the text to a caption (for editing a
            message that was sent as a photo); "never" makes it a text (for editing a text).
    """
    words = translation(language)
    link = usable_link(entry.url)
    photo = next((m.url for m in entry.media if m.kind == "photo" and usable_link(m.url)), None)
    button = Button(words("Open"), link) if link else None
    rich = _alert(entry, context, words, timezone)
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
        preview_url=None if as_photo else photo,
    )
    sent[-1] = replace(sent[-1], button=button)
    return tuple(sent)


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
    whens = [local(_instant(entry), timezone) for entry in entries]
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
    when = local(_instant(entry), timezone)
    built = Builder()
    _add_header(built, entry, context, when, words)
    changed = local(entry.revised_at, timezone) if entry.revised_at else None
    if entry.withdrawn:
        built.add("\n").append(_withdrawn(words, changed, when.date()))
    title, body = _words_of(entry, words)
    strike = ("strikethrough",) if entry.withdrawn else ()
    if title:
        built.add("\n\n").add(title, "bold", *strike)
    if body.text:
        if entry.withdrawn:
            body = body.only(("blockquote", "text_link", "bold", "italic"))
        built.add("\n\n").append(body, *strike)
    footer = Builder()
    if changed is not None and entry.revision > 1 and not entry.withdrawn:
        footer.append(_changed(words("updated"), changed, when.date()), "italic")
    if tags := _hashtags(context):
        footer.add("\n" if footer.length else "").add(tags)
    if footer.length:
        built.add("\n\n").append(footer.build())
    return built.build()


def _add_header(
    built: Builder, entry: Entry, context: AlertContext, when: datetime, words: Words
) -> None:
    built.add(f"{_emoji(context)} ")
    if name := _name(context.source_name):
        built.add(name, "bold").add(" · ")
    add_time(built, when, known_day=None)
    if entry.key_event:
        built.add("\n❗ ").add(words("Key event").upper(), "bold")


def _withdrawn(words: Words, changed: datetime | None, day: date) -> RichText:
    said = words("Withdrawn by the newsroom")
    line = Builder().add("✖ ")
    line.append(_changed(said, changed, day) if changed else RichText(said), "italic")
    return line.build()


def _changed(said: str, changed: datetime, day: date) -> RichText:
    line = Builder().add(f"{said} ")
    add_time(line, changed, known_day=day)
    return line.build()


def _words_of(entry: Entry, words: Words) -> tuple[str, RichText]:
    """Title and body; never both empty."""
    title = clean_line(entry.title)
    title = title if is_visible(title) else ""
    blocks = _blocks(entry)
    if blocks and blocks[0].rich.text == title:
        blocks = blocks[1:]  # feeds often say the headline twice
    if not blocks and not title:
        return "", _instead(entry, words)
    return title, join_blocks(blocks)


def _blocks(entry: Entry) -> list[Block]:
    return (read_blocks(entry.html) if entry.html else []) or text_blocks(entry.text)


def _instead(entry: Entry, words: Words) -> RichText:
    """What stands for the words of an entry that has none: its picture's, or where it leads."""
    for media in entry.media:
        if is_visible(caption := clean_line(media.caption)):
            return Builder().add(caption, "italic").build()
    for media in entry.media:
        if media.kind != "photo" and (url := usable_link(media.url)):
            return Builder().add(shorten(url, 200), url=url).build()
    if url := usable_link(entry.url):
        return Builder().add(words("(no text)"), url=url).build()
    return RichText(words("(no text)"))


def _instant(entry: Entry) -> datetime:
    return entry.published_at or entry.first_seen_at


def _emoji(context: AlertContext) -> str:
    emoji = clean_line(context.topics[0][0]) if context.topics else ""
    return emoji if is_visible(emoji) and len(emoji) <= _MAX_EMOJI else _NEUTRAL


def _name(source_name: str) -> str:
    name = shorten(clean_line(source_name), _MAX_NAME)
    return isolated(name) if is_visible(name) else ""


def _hashtags(context: AlertContext) -> str:
    tags: list[str] = []
    for _, name in context.topics:
        tag = "_".join("".join(c if c.isalnum() else " " for c in clean_line(name)).split())
        if tag and not tag.isdecimal() and len(tag) <= _MAX_NAME and tag not in tags:
            tags.append(tag)
    return " ".join(f"#{tag.lower()}" for tag in tags[:MAX_HASHTAGS])


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
    built = Builder().add(f"{_emoji(context)} ")
    add_time(built, time[0], known_day=time[1])
    if named and (name := _name(context.source_name)):
        built.add(" · ").add(name, "bold")
    if entry.key_event:
        built.add(" ❗")
    title, body = _words_of(entry, words)
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
