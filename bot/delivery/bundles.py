"""Several entries as one message: merged in full, or as a digest. Pure.

::

    📰 Harbour Gazette · 3 updates

    🌊 14:50 · ❗ KEY EVENT · Open
    The flood barrier is closed
    The text of the entry.

    🌊 14:53 · Open
    The text of the next one.

    #weather

A digest shows key events so and every other entry as one line: its time and its headline, or its
first words, as a link.
One message holds what fits: the caller sends the rest with the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.delivery.clocks import add_time, local
from bot.delivery.entities import MAX_ENTITIES, MAX_ENTITIES_BYTES, entity_bytes, to_entities
from bot.delivery.links import usable_link
from bot.delivery.pieces import (
    NEUTRAL,
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
from bot.delivery.render import MAX_TEXT
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import shorten, split
from bot.delivery.utf16 import utf16_length
from bot.locales import plural, translation
from bot.model import Entry, Form, Outgoing, Retraction

HEADLINE = 160
"""UTF-16 units of an ordinary entry in a digest."""

_KEY_ROOMS = (MAX_TEXT, 1_200, 500, HEADLINE)  # units of a key event, from generous to least


@dataclass(frozen=True, slots=True)
class Bundled:
    """A message and how many of the entries, from the first one on, it shows."""

    out: Outgoing
    count: int


def render_bundle(
    entries: Sequence[Entry],
    contexts: Mapping[int, AlertContext],
    form: Form,
    *,
    language: str = "en",
    timezone: str = "UTC",
) -> Bundled:
    """As many of the entries as one message holds, oldest first; at least the first one.

    Args:
        entries: at least one, in the order of the message.
        contexts: by entry id.
        form: in full, or as a digest.
        language: of the bot's own words.
        timezone: IANA name.
    """
    drawing = _Drawing(entries, contexts, translation(language), language, timezone)
    if form is Form.DIGEST:
        rooms = _KEY_ROOMS if any(entry.key_event for entry in entries) else _KEY_ROOMS[-1:]
        tries = (drawing.draw(form, room) for room in rooms)
        best = next((bundled for bundled in tries if bundled.count == len(entries)), None)
        return best or drawing.draw(form, _KEY_ROOMS[-1])
    return drawing.draw(form, None)


def render_sent_bundle(
    entries: Sequence[Entry],
    contexts: Mapping[int, AlertContext],
    form: Form,
    *,
    language: str = "en",
    timezone: str = "UTC",
) -> Outgoing:
    """All the entries in one message, for editing one that was sent.

    Entries that grew meanwhile may not fit in full any more; then they become a digest, and if
    need be each is cut shorter, but none vanishes. Those an admin had deleted are left out.
    """
    kept = [entry for entry in entries if entry.retracted is not Retraction.DELETE]
    bundled = render_bundle(kept, contexts, form, language=language, timezone=timezone)
    if bundled.count < len(kept) and form is Form.MERGED:
        bundled = render_bundle(kept, contexts, Form.DIGEST, language=language, timezone=timezone)
    drawing = _Drawing(kept, contexts, translation(language), language, timezone)
    room = HEADLINE
    while bundled.count < len(kept) and room > 20:
        room = room * 2 // 3
        bundled = drawing.draw(Form.DIGEST, room)
    return bundled.out


class _Drawing:
    """One bundle in one language and zone."""

    def __init__(
        self,
        entries: Sequence[Entry],
        contexts: Mapping[int, AlertContext],
        words: Words,
        language: str,
        timezone: str,
    ) -> None:
        self._entries = entries
        self._contexts = [contexts.get(entry.id, AlertContext("")) for entry in entries]
        self._words = words
        self._language = language
        self._timezone = timezone
        self._whens = [local(instant_of(entry), timezone) for entry in entries]
        self._today = max(when.date() for when in self._whens)
        self._one_source = len({context.source_name for context in self._contexts}) == 1

    def draw(self, form: Form, room: int | None) -> Bundled:
        """The longest beginning of the entries that fits, each cut to `room` units if given."""
        items: list[RichText] = []
        frame = self._heading(len(self._entries))
        length = utf16_length(frame.text) + 2 + utf16_length(hashtags_of(self._contexts))
        spans, size = len(frame.spans), entity_bytes(frame.spans)
        for number in range(len(self._entries)):
            item = self._item(number, form, room)
            length += 2 + utf16_length(item.text)
            spans += len(item.spans)
            size += entity_bytes(item.spans)
            too_much = length > MAX_TEXT or spans > MAX_ENTITIES or size > MAX_ENTITIES_BYTES
            if too_much and items:
                break
            items.append(item)
        built = Builder().append(self._heading(len(items)))
        for number, item in enumerate(items):
            lines = number and not (self._in_full(number, form) or self._in_full(number - 1, form))
            built.add("\n" if lines else "\n\n").append(item)
        if tags := hashtags_of(self._contexts[: len(items)]):
            built.add("\n\n").add(tags)
        rich = built.build()
        if utf16_length(rich.text) > MAX_TEXT:  # a first entry that is too long by itself
            rich = rich.slice(0, split(rich.text, MAX_TEXT - 2)[0][1])
            rich = Builder().append(rich).add(" …").build()
        return Bundled(
            Outgoing(rich.text, to_entities(rich), preview_url=self._picture(form, len(items))),
            len(items),
        )

    def _heading(self, count: int) -> RichText:
        built = Builder()
        emojis = {emoji_of(context) for context in self._contexts[:count]}
        built.add(f"{emojis.pop() if len(emojis) == 1 else NEUTRAL} ")
        name = name_of(self._contexts[0].source_name) if self._one_source else ""
        if name:
            built.add(name, "bold").add(" · ")
        said = plural(self._language, "{count} update", "{count} updates", count)
        return built.add(said.format(count=count), "bold").build()

    def _item(self, number: int, form: Form, room: int | None) -> RichText:
        entry = self._entries[number]
        in_full = self._in_full(number, form)
        built = self._first_line(number, in_full=in_full)
        if not in_full:
            return (
                built.add("  ")
                .append(self._headline(entry, min(room or HEADLINE, HEADLINE)))
                .build()
            )
        when = self._whens[number]
        if entry.withdrawn:
            line = withdrawn_line(entry, when, self._timezone, self._words)
            built.add("\n").append(line)
        said = Builder()
        add_words(said, entry, self._words, gap="\n")
        built.append(said.build() if room is None else _cut(said.build(), room))
        if updated := updated_line(entry, when, self._timezone, self._words):
            built.add("\n").append(updated, "italic")
        return built.build()

    def _in_full(self, number: int, form: Form) -> bool:
        return form is Form.MERGED or self._entries[number].key_event

    def _first_line(self, number: int, *, in_full: bool) -> Builder:
        entry, context = self._entries[number], self._contexts[number]
        built = Builder().add(f"{emoji_of(context)} " if in_full else "")
        known: date | None = self._today
        add_time(built, self._whens[number], known_day=known)
        if not self._one_source and (name := name_of(context.source_name)):
            built.add(" · ").add(name, "bold")
        if entry.key_event:
            built.add(" · ❗ ").add(self._words("Key event").upper(), "bold")
        if in_full and (link := usable_link(entry.url)):
            built.add(" · ").add(self._words("Open"), url=link)
        return built

    def _headline(self, entry: Entry, room: int) -> RichText:
        title, body = words_of(entry, self._words)
        said = shorten(title or " ".join(body.text.split()), room)
        strike = ("strikethrough",) if entry.withdrawn else ()
        built = Builder().add(said, *strike, url=usable_link(entry.url))
        return built.build()

    def _picture(self, form: Form, count: int) -> str | None:
        """The first photo, shown large above the text; a digest shows none."""
        if form is Form.DIGEST:
            return None
        photos = (
            media.url
            for entry in self._entries[:count]
            if not entry.withdrawn
            for media in entry.media
            if media.kind == "photo" and usable_link(media.url)
        )
        return next(photos, None)


def _cut(rich: RichText, room: int) -> RichText:
    if utf16_length(rich.text) <= room:
        return rich
    end = split(rich.text, max(20, room - 2))[0][1]
    return Builder().append(rich.slice(0, end)).add(" …").build()
