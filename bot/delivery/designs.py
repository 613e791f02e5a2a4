"""The three designs of an alert: full, compact, plain. Pure.

::

    🌊 Harbour Gazette · 14:50         🌊 Harbour Gazette · 14:50 · ❗
    ❗ KEY EVENT                       The flood barrier is closed
                                       The first sentence or two. … more
    The flood barrier is closed
                                       Harbour Gazette, 14:50
    The text of the entry, with        Key event
    its quotes, lists and links.
                                       The flood barrier is closed
    updated 16:41
    #weather #transport                The text of the entry, in words alone.

                                       Updated 16:41
                                       Topics: Weather, Transport
"""

from __future__ import annotations

from datetime import datetime

from bot.delivery.cleaning import clean_line, is_visible
from bot.delivery.clocks import add_time, local
from bot.delivery.folding import Draft, excerpt, folded
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.pieces import (
    AlertContext,
    also_line,
    emoji_of,
    hashtags_of,
    instant_of,
    name_of,
    struck,
    topics_line,
    updated_line,
    withdrawn_line,
    words_of,
)
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten
from bot.model import Entry

_MAX_CAPTION_SAID = 200  # units of a picture's caption, read out in its place
_LOOKED_AT = 8_192  # characters, twice of what a message holds
_KEPT_STRUCK = ("blockquote", "text_link", "bold", "italic")


def draft(entry: Entry, context: AlertContext, look: Look, *, fold: bool = True) -> Draft:
    """An alert in a chat's style.

    Args:
        entry: in its current revision.
        context: what else is shown.
        look: how the chat reads.
        fold: a long text of the full style is folded up.
    """
    when = local(instant_of(entry), look.timezone)
    if look.plain:
        return _plain(entry, context, when, look)
    if look.compact:
        return _compact(entry, context, when, look)
    return _full(entry, context, when, look, fold=fold)


def said_of(entry: Entry, look: Look, *, gap: str, fold: bool) -> RichText:
    """An entry's title and body, struck through if it was withdrawn.

    Args:
        entry: the entry.
        look: how the chat reads.
        gap: what stands between the two.
        fold: a long body is folded up.
    """
    built, body = _begun(entry, look)
    if len(body.text) > _LOOKED_AT and usable_link(entry.url):
        body = body.slice(0, _LOOKED_AT)  # the link leads to what no message could hold
    if body.text:
        built.add(gap if built.length else "")
        built.append(folded(body) if fold else body, *struck(entry))
    return built.build()


def beginning_of(entry: Entry, look: Look, *, more: bool = True) -> RichText:
    """An entry's title and its first sentence or two; `more` as in `excerpt`."""
    built, body = _begun(entry, look)
    if body.text:
        built.add("\n" if built.length else "")
        built.append(excerpt(body, entry, look, *struck(entry), more=more))
    return built.build()


def _begun(entry: Entry, look: Look) -> tuple[Builder, RichText]:
    """A text that begins with an entry's title, and the body that follows it."""
    title, body = words_of(entry, look)
    built = Builder()
    if title:
        built.add(title, "bold", *struck(entry))
    return built, body.only(_KEPT_STRUCK) if entry.withdrawn else body


def _full(entry: Entry, context: AlertContext, when: datetime, look: Look, *, fold: bool) -> Draft:
    head = Builder().add(f"{look.mark}{emoji_of(context)} ")
    if name := name_of(context.source_name, look):
        head.add(name, "bold").add(" · ")
    add_time(head, when, look.language, known_day=None)
    if entry.key_event:
        head.add(f"\n{look.mark}❗ ").add(look.words("KEY EVENT"), "bold")
    if entry.withdrawn:
        head.add(f"\n{look.mark}").append(withdrawn_line(entry, when, look))
    lines: list[RichText] = []
    if updated := updated_line(entry, when, look):
        lines.append(Builder().append(updated, "italic").build())
    if also := also_line(context, look):
        lines.append(Builder().append(also, "italic").build())
    if tags := hashtags_of([context]):
        lines.append(RichText(tags))
    return Draft(head.build(), said_of(entry, look, gap="\n\n", fold=fold), _foot(lines, look))


def _compact(entry: Entry, context: AlertContext, when: datetime, look: Look) -> Draft:
    head = Builder().add(f"{look.mark}{emoji_of(context)} ")
    if name := name_of(context.source_name, look):
        head.add(name, "bold").add(" · ")
    add_time(head, when, look.language, known_day=None)
    if entry.key_event:
        head.add(" · ❗")
    if updated := updated_line(entry, when, look):
        head.add(" · ").append(updated, "italic")
    if also := also_line(context, look):
        head.add(" · ").append(also, "italic")
    head.add("\n")
    if entry.withdrawn:
        head.add(look.mark).append(withdrawn_line(entry, when, look)).add("\n")
    return Draft(RichText(), head.append(beginning_of(entry, look)).build())


def _plain(entry: Entry, context: AlertContext, when: datetime, look: Look) -> Draft:
    head = Builder().add(look.mark)
    if name := name_of(context.source_name, look):
        head.add(name, "bold").add(look.comma)
    add_time(head, when, look.language, known_day=None)
    if entry.key_event:
        head.add(f"\n{look.mark}").add(look.words("Key event"))
    if entry.withdrawn:
        head.add(f"\n{look.mark}").append(withdrawn_line(entry, when, look))
    lines: list[RichText] = [RichText(said) for said in _pictures(entry, look)]
    if updated := updated_line(entry, when, look):
        lines.append(updated)
    if also := also_line(context, look):
        lines.append(also)
    if topics := topics_line([context], look):
        lines.append(RichText(topics))
    return Draft(head.build(), said_of(entry, look, gap="\n\n", fold=False), _foot(lines, look))


def _foot(lines: list[RichText], look: Look) -> RichText:
    """Lines below the words, each running as the language does."""
    foot = Builder()
    for line in lines:
        foot.add(f"\n{look.mark}" if foot.length else look.mark).append(line)
    return foot.build()


def _pictures(entry: Entry, look: Look) -> list[str]:
    """What an entry's pictures show, for those who do not see them."""
    captions = (
        shorten(clean_line(media.caption), _MAX_CAPTION_SAID)
        for media in entry.media
        if media.kind == "photo" and not entry.withdrawn
    )
    shown = dict.fromkeys(filter(is_visible, captions))
    return [look.words("Picture: {caption}").format(caption=caption) for caption in shown][:3]
