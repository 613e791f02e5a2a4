"""The pinned message of a live blog: its key events so far, each a line with a link. Pure.

::

    📌 Harbour Gazette · key events so far

    12:03  The flood barrier is closed
    13:40  The storm passes the harbour

    3 earlier ones are left out.

When coverage ends the heading says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.delivery.clocks import add_time, local
from bot.delivery.direction import isolated
from bot.delivery.entities import MAX_ENTITIES, to_entities
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.pieces import instant_of, name_of, words_of
from bot.delivery.render import MAX_TEXT
from bot.delivery.richtext import Builder
from bot.delivery.split import shorten
from bot.delivery.utf16 import utf16_length
from bot.locales import plural
from bot.model import Entry
from bot.outgoing import Outgoing

_LINE = 140  # UTF-16 units of a headline
_ROOM = MAX_TEXT - 300  # units for the lines
_MOST = (MAX_ENTITIES - 5) // 2  # lines: each has a time and a link


def render_pinned(
    source: str,
    key_events: Sequence[Entry],
    *,
    ended: bool,
    language: str = "en",
    timezone: str = "UTC",
    style: str = "full",
) -> Outgoing:
    """The message.

    Args:
        source: the live blog's name.
        key_events: oldest first; of more than fit the newest are shown.
        ended: coverage is over.
        language: of the bot's own words.
        timezone: IANA name.
        style: in "plain" words stand alone.
    """
    look = Look.of(language, timezone, style)
    words = look.words
    built = Builder().add(look.mark).add("" if look.plain else "📌 ")
    built.add(name_of(source, look), "bold")
    built.add(look.comma if look.plain else " · ").add(
        words("key events, coverage has ended" if ended else "key events so far")
    )
    lines: list[Builder] = []
    length = 0
    today = max((local(instant_of(one), timezone).date() for one in key_events), default=None)
    for entry in reversed(key_events):
        line = Builder().add(look.mark)
        add_time(line, local(instant_of(entry), timezone), language, known_day=today)
        title, body = words_of(entry, look)
        said = isolated(shorten(title or " ".join(body.text.split()), _LINE), rtl=look.rtl)
        line.add("  ").add(said, url=usable_link(entry.url))
        length += 1 + utf16_length(line.build().text)
        if length > _ROOM or len(lines) == _MOST:
            break
        lines.append(line)
    built.add("\n")
    for line in reversed(lines):
        built.add("\n").append(line.build())
    if left_out := len(key_events) - len(lines):
        said = plural(
            language,
            "{count} earlier one is left out.",
            "{count} earlier ones are left out.",
            left_out,
        )
        built.add("\n\n").add(said.format(count=left_out), "italic")
    rich = built.build()
    return Outgoing(rich.text, to_entities(rich), silent=True)


def hash_of(out: Outgoing) -> str:
    """What tells whether a message shows this already."""
    return hashlib.blake2b(repr((out.text, out.entities)).encode(), digest_size=8).hexdigest()
