"""The pieces every alert is made of: words, times, names, tags, what happened to an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.delivery.cleaning import clean_line, is_visible
from bot.delivery.clocks import add_time, local
from bot.delivery.direction import directed, isolated, runs_right_to_left
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.markup import Block, join_blocks, read_blocks, text_blocks
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten
from bot.model import Entry

MAX_HASHTAGS = 3
MAX_ALSO = 3
NEUTRAL = "📰"
_MAX_NAME = 80
_MAX_EMOJI = 16


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What an alert shows besides the entry.

    Attributes:
        source_name: as subscribers know the source.
        topics: (emoji, name in the chat's language) of the entry's topics, the first one leading.
        also: (name, address) of other sources that told the same news later.
    """

    source_name: str
    topics: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()


def instant_of(entry: Entry) -> datetime:
    """When readers of the source saw it, as far as that is known; UTC."""
    return entry.published_at or entry.first_seen_at


def emoji_of(context: AlertContext) -> str:
    """What an alert begins with: the leading topic's sign, else a neutral one."""
    emoji = clean_line(context.topics[0][0]) if context.topics else ""
    return emoji if is_visible(emoji) and len(emoji) <= _MAX_EMOJI else NEUTRAL


def name_of(source_name: str, look: Look) -> str:
    """A source's name, safe to stand in a line of ours; "" if nothing of it can be seen."""
    name = shorten(clean_line(source_name), _MAX_NAME)
    return isolated(name, rtl=look.rtl) if is_visible(name) else ""


def hashtags_of(contexts: Iterable[AlertContext]) -> str:
    """The topics as tags in one line, at most three."""
    tags: list[str] = []
    for context in contexts:
        for _, name in context.topics:
            tag = tag_of(name)
            if tag and tag not in tags:
                tags.append(tag)
    return " ".join(f"#{tag.lower()}" for tag in tags[:MAX_HASHTAGS])


def tag_of(name: str) -> str:
    """A topic's name as a tag without its sign; "" where Telegram would make none of it."""
    tag = "_".join("".join(c if c.isalnum() else " " for c in clean_line(name)).split())
    return tag if not tag.isdecimal() and len(tag) <= _MAX_NAME else ""


def topics_line(contexts: Iterable[AlertContext], look: Look) -> str:
    """The topics in words, as many as there would be tags; "" without any."""
    names: list[str] = []
    for context in contexts:
        for _, name in context.topics:
            said = shorten(clean_line(name), _MAX_NAME)
            if is_visible(said) and said not in names:
                names.append(said)
    if not names:
        return ""
    said = look.comma.join(isolated(name, rtl=look.rtl) for name in names[:MAX_HASHTAGS])
    return look.words("Topics: {names}").format(names=said)


def words_of(entry: Entry, look: Look) -> tuple[str, RichText]:
    """Title and body, each line running the way its script does; never both empty."""
    title = clean_line(entry.title)
    title = title if is_visible(title) else ""
    blocks = _blocks(entry)
    if blocks and blocks[0].rich.text == title:
        blocks = blocks[1:]  # feeds often say the headline twice
    if not blocks and not title:
        return "", _instead(entry, look)
    body = join_blocks(blocks)
    rtl = runs_right_to_left(title, body.text)
    return directed(RichText(title), rtl=rtl).text, directed(body, rtl=rtl)


def struck(entry: Entry) -> tuple[str, ...]:
    """The format of all words of an entry that was withdrawn."""
    return ("strikethrough",) if entry.withdrawn else ()


def withdrawn_line(entry: Entry, when: datetime, look: Look) -> RichText:
    """The line that says that an entry was taken back; `when` is its local time."""
    said = look.words("Withdrawn by the newsroom")
    line = Builder().add("" if look.plain else "✖ ")
    changed = _revised(entry, look)
    line.append(_changed(said, changed, when.date(), look) if changed else RichText(said), "italic")
    return line.build()


def also_line(context: AlertContext, look: Look) -> RichText | None:
    """The line that names who told the same news, too; None where nobody did."""
    named = ((name_of(each, look), usable_link(url)) for each, url in context.also)
    names = {name: url for name, url in named if name}
    if not names:
        return None
    line = Builder()
    for number, (name, url) in enumerate(list(names.items())[:MAX_ALSO]):
        line.add(look.comma if number else look.words("also:") + " ").add(name, url=url)
    return line.build()


def updated_line(entry: Entry, when: datetime, look: Look) -> RichText | None:
    """What says when an entry was corrected; None for one that was not."""
    changed = _revised(entry, look)
    if changed is None or entry.revision == 1 or entry.withdrawn:
        return None
    said = look.words("Updated") if look.plain else look.words("updated")
    return _changed(said, changed, when.date(), look)


def _revised(entry: Entry, look: Look) -> datetime | None:
    return local(entry.revised_at, look.timezone) if entry.revised_at else None


def _changed(said: str, changed: datetime, day: date, look: Look) -> RichText:
    line = Builder().add(f"{said} ")
    add_time(line, changed, look.language, known_day=day)
    return line.build()


def _blocks(entry: Entry) -> list[Block]:
    return (read_blocks(entry.html) if entry.html else []) or text_blocks(entry.text)


def _instead(entry: Entry, look: Look) -> RichText:
    """What stands for the words of an entry that has none: its picture's, or where it leads."""
    for media in entry.media:
        if is_visible(caption := clean_line(media.caption)):
            return Builder().add(caption, "italic").build()
    for media in entry.media:
        if media.kind != "photo" and (url := usable_link(media.url)):
            return Builder().add(shorten(url, 200), url=url).build()
    if url := usable_link(entry.url):
        return Builder().add(look.words("(no text)"), url=url).build()
    return RichText(look.words("(no text)"))
