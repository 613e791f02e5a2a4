"""The alert under which somebody pressed: found again, and its keyboards.

Everything a button's data names is looked up, and who pressed is checked at every press: data may
be forged, and a menu may stand open in a group for days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Press, only_admins
from bot.commands.follows import meet
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Notice
from bot.commands.texts import plain
from bot.delivery.links import usable_link
from bot.delivery.look import Look
from bot.delivery.menu import menu_button, read_others
from bot.delivery.pieces import tag_of
from bot.model import Destination, Entry, Follow, Retraction, Topic
from bot.store import chats, entries, saved, shown, silences, subscriptions, topics
from bot.store.subscriptions import Target

EVERYTHING: Target = (Follow.ALL, 0)
_MOST_TOPIC = 9_999  # ids that a button's data has room for beside the entry's


@dataclass(frozen=True, slots=True)
class Alert:
    """What a message shows, and what its chat chose.

    Attributes:
        press: in the place that the alert was sent for.
        destination: that place, stored.
        entries: at least one.
        topics: those that all of the entries belong to, the leading one first.
        sources: the live blog of all of them, and the section page that found it: (id, name).
        followed: what the chat follows.
        key_only: only key events arrive.
        saved: the chat saved all of the entries.
    """

    press: Press
    destination: Destination
    entries: tuple[Entry, ...]
    topics: tuple[Topic, ...]
    sources: tuple[tuple[int, str], ...]
    followed: frozenset[Target]
    key_only: bool
    saved: bool

    def topic(self, number: int) -> Topic | None:
        """One of its topics by id; None if none of them has it any more."""
        return next((topic for topic in self.topics if topic.id == number), None)

    def tag(self, topic: Topic) -> str:
        """What a topic is called on a button and in a notice."""
        name = topic.name(self.destination.language)
        tag = tag_of(name)
        return f"#{tag.lower()}" if tag and not self.is_plain else plain(name, 24)

    @property
    def is_plain(self) -> bool:
        """Whether words alone are wanted."""
        return self.destination.style == "plain"


async def find(press: Press) -> Alert | Notice:
    """The alert of a press, or why nothing can be done with it."""
    _ = press.translate
    number, message = press.pressed.number, press.query.message
    said = (number, *read_others(number, press.pressed.others))
    if message is None:
        return _too_old(press)
    if not await press.services.rights.may_change(press.bot, press.place, press.query.from_user.id):
        return Notice(only_admins(press), alert=True)
    destination = press.destination
    async with press.services.db.read() as connection:
        found = await shown.by_message(connection, said, press.place.chat_id, message.message_id)
        listed = await shown.kept(connection, found.entry_ids)
        if found.destination_id is not None:
            destination = await chats.get(connection, found.destination_id)
    if not listed:
        return _too_old(press)
    if all(entry.retracted is Retraction.DELETE for entry in listed):
        return Notice(_("This entry was taken back."), alert=True)
    if destination is None:  # the chat is known by its message only
        async with press.services.db.write() as connection:
            destination = await meet(connection, press)
    here = replace(press.place, thread_id=destination.thread_id)
    press = replace(press, place=here, destination=destination)
    async with press.services.db.read() as connection:
        return await _alert(connection, press, destination, listed)


async def _alert(
    connection: AsyncConnection, press: Press, destination: Destination, listed: Sequence[Entry]
) -> Alert:
    ids = [entry.id for entry in listed]
    topic_ids = await entries.topics_of(connection, ids)
    by_id = {topic.id: topic for topic in await topics.listed(connection)}
    common = [
        by_id[id_]
        for id_ in topic_ids.get(ids[0], ())
        if id_ in by_id and all(id_ in topic_ids.get(each, ()) for each in ids)
    ]
    sources: list[tuple[int, str]] = []
    if len({entry.source_id for entry in listed}) == 1:
        sources = await shown.family(connection, listed[0].source_id)
    return Alert(
        press,
        destination,
        tuple(listed),
        tuple(common),
        tuple(sources),
        frozenset(await subscriptions.of(connection, destination.id)),
        (await silences.get(connection, destination.id)).importance == "key",
        await saved.among(connection, destination.id, ids) == set(ids),
    )


def _too_old(press: Press) -> Notice:
    _ = press.translate
    return Notice(
        _("This alert is too old for its buttons. /topic and /settings change what comes."),
        alert=True,
    )


# -- keyboards ----------------------------------------------------------------------------------


def closed(alert: Alert) -> InlineKeyboardMarkup:
    """As under a new alert."""
    look = Look.of(alert.destination.language, style=alert.destination.style)
    pressed = alert.press.pressed
    menu = menu_button([pressed.number, *read_others(pressed.number, pressed.others)], look)
    more = InlineKeyboardButton(menu.text, callback_data=menu.data)
    return InlineKeyboardMarkup([[*_open(alert), more]])


def opened(alert: Alert) -> InlineKeyboardMarkup:
    """What can be done: one thing a row."""
    _ = alert.press.translate
    rows = [[*_open(alert), _less(alert)]]
    rows += [[button] for button in (_muting(alert), _importance(alert), _saving(alert)) if button]
    return InlineKeyboardMarkup(rows)


def all_but(alert: Alert, topic: Topic) -> InlineKeyboardMarkup:
    """What can be done about a topic where everything is followed."""
    _ = alert.press.translate
    text = _("Every topic but {tag}").format(tag=alert.tag(topic))
    return InlineKeyboardMarkup(
        [[_button(alert, "", text, Action.ALL_BUT, topic.id)], [_less(alert)]]
    )


def _open(alert: Alert) -> list[InlineKeyboardButton]:
    """The link to the entry; a merged message has its links in the text."""
    _ = alert.press.translate
    link = usable_link(alert.entries[0].url) if len(alert.entries) == 1 else None
    return [InlineKeyboardButton(_("Open"), url=link)] if link else []


def _less(alert: Alert) -> InlineKeyboardButton:
    _ = alert.press.translate
    return _button(alert, "", _("Less"), Action.ALERT_LESS)


def _muting(alert: Alert) -> InlineKeyboardButton | None:
    """What mutes what the alert came by: its topic, else its live blog."""
    _ = alert.press.translate
    usable = [topic for topic in alert.topics if topic.id <= _MOST_TOPIC]
    on = [topic for topic in usable if (Follow.TOPIC, topic.id) in alert.followed]
    if EVERYTHING in alert.followed:
        on = on or usable
    if on:
        text = _("Mute {tag}").format(tag=alert.tag(on[0]))
        return _button(alert, "🔕", text, Action.MUTE_TOPIC, on[0].id)
    for number, name in alert.sources:
        if (Follow.SOURCE, number) in alert.followed:
            text = _("Mute {name}").format(name=plain(name, 24))
            return _button(alert, "🔕", text, Action.MUTE_SOURCE)
    if usable:
        text = _("{tag} again").format(tag=alert.tag(usable[0]))
        return _button(alert, "🔔", text, Action.HEAR_TOPIC, usable[0].id)
    return None


def _importance(alert: Alert) -> InlineKeyboardButton:
    _ = alert.press.translate
    if alert.key_only:
        return _button(alert, "", _("All entries again"), Action.ALERT_IMPORTANCE, 0)
    return _button(alert, "❗", _("Only key events"), Action.ALERT_IMPORTANCE, 1)


def _saving(alert: Alert) -> InlineKeyboardButton | None:
    """For one's own chat only: what a group saves would be nobody's."""
    _ = alert.press.translate
    if not alert.press.place.is_private:
        return None
    if alert.saved:
        return _button(alert, "🔖", _("Save no more"), Action.SAVE_ENTRY, 0)
    text = _("Save") if len(alert.entries) == 1 else _("Save all of it")
    return _button(alert, "🔖", text, Action.SAVE_ENTRY, 1)


def _button(
    alert: Alert, sign: str, text: str, action: Action, page: int = 0
) -> InlineKeyboardButton:
    said = text if alert.is_plain or not sign else f"{sign} {text}"
    pressed = alert.press.pressed
    return keyboards.button(said, Pressed(action, pressed.number, page, pressed.others))
