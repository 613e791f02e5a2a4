"""The pieces every alert is made of: words, times, names, tags, what happened to an entry. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.delivery.cleaning import clean_line, is_visible, isolated
from bot.delivery.clocks import add_time, local
from bot.delivery.links import usable_link
from bot.delivery.markup import Block, join_blocks, read_blocks, text_blocks
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten
from bot.model import Entry

MAX_HASHTAGS = 3
NEUTRAL = "📰"
_MAX_NAME = 80
_MAX_EMOJI = 16

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


def instant_of(entry: Entry) -> datetime:
    """When readers of the source saw it, as far as that is known; UTC."""
    return entry.published_at or entry.first_seen_at


def emoji_of(context: AlertContext) -> str:
    """What an alert begins with: the leading topic's sign, else a neutral one."""
    emoji = clean_line(context.topics[0][0]) if context.topics else ""
    return emoji if is_visible(emoji) and len(emoji) <= _MAX_EMOJI else NEUTRAL


def name_of(source_name: str) -> str:
    """A source's name, safe to stand in a line of ours; "" if nothing of it can be seen."""
    name = shorten(clean_line(source_name), _MAX_NAME)
    return isolated(name) if is_visible(name) else ""


def hashtags_of(contexts: Iterable[AlertContext]) -> str:
    """The topics as tags in one line, at most three."""
    tags: list[str] = []
    for context in contexts:
        for _, name in context.topics:
            tag = "_".join("".join(c if c.isalnum() else " " for c in clean_line(name)).split())
            if tag and not tag.isdecimal() and len(tag) <= _MAX_NAME and tag not in tags:
                tags.append(tag)
    return " ".join(f"#{tag.lower()}" for tag in tags[:MAX_HASHTAGS])


def words_of(entry: Entry, words: Words) -> tuple[str, RichText]:
    """Title and body; never both empty."""
    title = clean_line(entry.title)
    title = title if is_visible(title) else ""
    blocks = _blocks(entry)
    if blocks and blocks[0].rich.text == title:
        blocks = blocks[1:]  # feeds often say the headline twice
    if not blocks and not title:
        return "", _instead(entry, words)
    return title, join_blocks(blocks)


def add_words(built: Builder, entry: Entry, words: Words, *, gap: str) -> None:
    """Append an entry's title and body, struck through if it was withdrawn.

    Args:
        built: what they are appended to.
        entry: the entry.
        words: the bot's own words.
        gap: what stands before each of the two.
    """
    title, body = words_of(entry, words)
    strike = ("strikethrough",) if entry.withdrawn else ()
    if title:
        built.add(gap).add(title, "bold", *strike)
    if body.text:
        if entry.withdrawn:
            body = body.only(("blockquote", "text_link", "bold", "italic"))
        built.add(gap).append(body, *strike)


def withdrawn_line(entry: Entry, when: datetime, timezone: str, words: Words) -> RichText:
    """The line that says that an entry was taken back; `when` is its local time."""
    said = words("Withdrawn by the newsroom")
    line = Builder().add("✖ ")
    changed = _revised(entry, timezone)
    line.append(_changed(said, changed, when.date()) if changed else RichText(said), "italic")
    return line.build()


def updated_line(entry: Entry, when: datetime, timezone: str, words: Words) -> RichText | None:
    """The line that says when an entry was corrected; None for one that was not."""
    changed = _revised(entry, timezone)
    if changed is None or entry.revision == 1 or entry.withdrawn:
        return None
    return _changed(words("updated"), changed, when.date())


def _revised(entry: Entry, timezone: str) -> datetime | None:
    return local(entry.revised_at, timezone) if entry.revised_at else None


def _changed(said: str, changed: datetime, day: date) -> RichText:
    line = Builder().add(f"{said} ")
    add_time(line, changed, known_day=day)
    return line.build()


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
