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
first words, as a link. In the compact style "in full" is a title and the first sentences; in the
plain style words stand for the signs.
One message holds what fits: the caller sends the rest with the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.delivery.clocks import add_time, local
from bot.delivery.designs import beginning_of, said_of
from bot.delivery.direction import isolated
from bot.delivery.entities import MAX_ENTITIES, MAX_ENTITIES_BYTES, entity_bytes, to_entities
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.menu import menu_button
from bot.delivery.pieces import (
    NEUTRAL,
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
from bot.delivery.render import MAX_TEXT
from bot.delivery.richtext import Builder, RichText
from bot.delivery.split import first_break, shorten
from bot.delivery.utf16 import utf16_length
from bot.locales import plural
from bot.model import Entry, Form, Retraction
from bot.outgoing import Outgoing

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
    style: str = "full",
    menu: bool = False,
) -> Bundled:
    """As many of the entries as one message holds, oldest first; at least the first one.

    Args:
        entries: at least one, in the order of the message.
        contexts: by entry id.
        form: in full, or as a digest.
        language: of the bot's own words.
        timezone: IANA name.
        style: "full", "compact" or "plain".
        menu: a button opens what can be done with the message.
    """
    look = Look.of(language, timezone, style)
    drawing = _Drawing(entries, contexts, look, menu=menu)
    return drawing.best(form)


def render_sent_bundle(
    entries: Sequence[Entry],
    contexts: Mapping[int, AlertContext],
    form: Form,
    *,
    language: str = "en",
    timezone: str = "UTC",
    style: str = "full",
    menu: bool = False,
) -> Outgoing:
    """All the entries in one message, for editing one that was sent.

    Entries that grew meanwhile may not fit in full any more; then they become a digest, and if
    need be each is cut shorter, but none vanishes. Those an admin had deleted are left out.
    """
    kept = [entry for entry in entries if entry.retracted is not Retraction.DELETE]
    drawing = _Drawing(kept, contexts, Look.of(language, timezone, style), menu=menu)
    bundled = drawing.best(form)
    if bundled.count < len(kept) and form is Form.MERGED:
        bundled = drawing.best(Form.DIGEST)
    room = HEADLINE
    while bundled.count < len(kept) and room > 20:
        room = room * 2 // 3
        bundled = drawing.draw(Form.DIGEST, room)
    return bundled.out


class _Drawing:
    """One bundle in one look."""

    def __init__(
        self,
        entries: Sequence[Entry],
        contexts: Mapping[int, AlertContext],
        look: Look,
        *,
        menu: bool,
    ) -> None:
        self._entries = entries
        self._contexts = [contexts.get(entry.id, AlertContext("")) for entry in entries]
        self._look = look
        self._has_menu = menu and bool(entries)
        self._whens = [local(instant_of(entry), look.timezone) for entry in entries]
        self._today = max(when.date() for when in self._whens)
        self._one_source = len({context.source_name for context in self._contexts}) == 1

    def best(self, form: Form) -> Bundled:
        """As many entries as fit; key events of a digest as long as all still do."""
        if form is not Form.DIGEST:
            return self.draw(form, None)
        rooms = _KEY_ROOMS if any(entry.key_event for entry in self._entries) else _KEY_ROOMS[-1:]
        tries = (self.draw(form, room) for room in rooms)
        found = next((bundled for bundled in tries if bundled.count == len(self._entries)), None)
        return found or self.draw(form, _KEY_ROOMS[-1])

    def draw(self, form: Form, room: int | None) -> Bundled:
        """The longest beginning of the entries that fits, each cut to `room` units if given."""
        items: list[RichText] = []
        frame = self._heading(len(self._entries))
        length = utf16_length(frame.text) + 2 + utf16_length(self._foot(len(self._entries)))
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
        if foot := self._foot(len(items)):
            built.add("\n\n").add(foot)
        rich = built.build()
        if utf16_length(rich.text) > MAX_TEXT:  # a first entry that is too long by itself
            rich = rich.slice(0, first_break(rich.text, MAX_TEXT - 2))
            rich = Builder().append(rich).add(" …").build()
        picture = self._picture(form, len(items))
        shown = [entry.id for entry in self._entries[: len(items)]]
        out = Outgoing(
            rich.text,
            to_entities(rich),
            menu=menu_button(shown, self._look) if self._has_menu else None,
            preview_url=picture,
            small_preview=picture is not None and self._look.compact,
        )
        return Bundled(out, len(items))

    def _heading(self, count: int) -> RichText:
        look = self._look
        built = Builder().add(look.mark)
        if not look.plain:
            emojis = {emoji_of(context) for context in self._contexts[:count]}
            built.add(f"{emojis.pop() if len(emojis) == 1 else NEUTRAL} ")
        name = name_of(self._contexts[0].source_name, look) if self._one_source else ""
        if name:
            built.add(name, "bold").add(look.comma if look.plain else " · ")
        said = plural(look.language, "{count} update", "{count} updates", count)
        return built.add(said.format(count=count), "bold").build()

    def _foot(self, count: int) -> str:
        """Tags, or the topics in words; none under what is short."""
        if self._look.compact:
            return ""
        shown = self._contexts[:count]
        said = topics_line(shown, self._look) if self._look.plain else hashtags_of(shown)
        return f"{self._look.mark}{said}" if said else ""

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
        when, look = self._whens[number], self._look
        if entry.withdrawn:
            built.add("\n").append(withdrawn_line(entry, when, look))
        if look.compact:
            said = beginning_of(entry, look, more=False)
        else:
            said = said_of(entry, look, gap="\n", fold=not look.plain)
        built.add("\n").append(said if room is None else _cut(said, room))
        if updated := updated_line(entry, when, look):
            built.add("\n").append(updated, "italic")
        if also := also_line(self._contexts[number], look):
            built.add("\n").append(also, "italic")
        return built.build()

    def _in_full(self, number: int, form: Form) -> bool:
        return form is Form.MERGED or self._entries[number].key_event

    def _first_line(self, number: int, *, in_full: bool) -> Builder:
        entry, context, look = self._entries[number], self._contexts[number], self._look
        between = look.comma if look.plain else " · "
        built = Builder().add(look.mark)
        if in_full and not look.plain:
            built.add(f"{emoji_of(context)} ")
        known: date | None = self._today
        add_time(built, self._whens[number], look.language, known_day=known)
        if not self._one_source and (name := name_of(context.source_name, look)):
            built.add(between).add(name, "bold")
        if entry.key_event and look.plain:
            built.add(between).add(look.words("Key event"))
        elif entry.key_event:
            built.add(f"{between}❗ ").add(look.words("KEY EVENT"), "bold")
        if in_full and (link := usable_link(entry.url)):
            built.add(between).add(look.words("Open"), url=link)
        return built

    def _headline(self, entry: Entry, room: int) -> RichText:
        title, body = words_of(entry, self._look)
        said = shorten(title or " ".join(body.text.split()), room)
        said = isolated(said, rtl=self._look.rtl)
        if entry.withdrawn and self._look.plain:  # a line through it is not read out
            said = self._look.words("Withdrawn: {title}").format(title=said)
        return Builder().add(said, *struck(entry), url=usable_link(entry.url)).build()

    def _picture(self, form: Form, count: int) -> str | None:
        """The first photo, shown as a preview; a digest and the plain style show none."""
        if form is Form.DIGEST or self._look.plain:
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
    return (
        Builder().append(rich.slice(0, first_break(rich.text, max(20, room - 2)))).add(" …").build()
    )
