"""``/announce``: a word to every chat, shown first, confirmed, and then seen on its way.

What is confirmed becomes a row; ``bot.delivery.announcer`` tells the chats, behind the alerts.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import structlog
from telegram import Bot, InlineKeyboardMarkup, Message, MessageEntity
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, noted, stale
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import plain, units
from bot.locales import plural, translation
from bot.locales.numbers import number_of
from bot.outgoing import Outgoing, TextEntity
from bot.store import announcements, drafts
from bot.store.announcements import Announcement, State
from bot.store.audit import Deed

KIND = "announcement"
CONFIRMED, DROPPED = "confirmed", "dropped"
LONG = timedelta(minutes=1)  # after which the end is told in a message of its own
BAR = 20  # characters

# What a bot may repeat; links, hashtags and the like are found by Telegram anew.
KEPT = frozenset(
    {
        MessageEntity.BOLD,
        MessageEntity.ITALIC,
        MessageEntity.UNDERLINE,
        MessageEntity.STRIKETHROUGH,
        MessageEntity.SPOILER,
        MessageEntity.BLOCKQUOTE,
        MessageEntity.EXPANDABLE_BLOCKQUOTE,
        MessageEntity.CODE,
        MessageEntity.PRE,
        MessageEntity.TEXT_LINK,
    }
)
log = structlog.get_logger(__name__)


async def announce(ask: Ask) -> Answer:
    """``/announce text``, or as an answer to a message: shows it and asks."""
    _ = ask.translate
    out = words_of(ask.message)
    if out is None:
        return say(
            _("Write behind /announce what every chat shall read; formatting is kept."),
            _("Or answer a message of yours with /announce. I show it before it goes out."),
        )
    services = ask.services
    content = {"text": out.text, "entities": [asdict(each) for each in out.entities]}
    async with services.db.write() as connection:
        count = await announcements.audience(connection)
        if count:
            number = await drafts.add(
                connection, KIND, content, user_id=ask.user_id, now=services.now()
            )
    if not count:
        return say(_("There is no chat yet that could be told."))
    chats = plural(
        ask.language,
        "This goes to {n} chat, in about {time}, behind the alerts.",
        "This goes to {n} chats, in about {time}, behind the alerts.",
        count,
    )
    keyboard = keyboards.rows(
        (_("📣 Send it"), Pressed(Action.ANNOUNCE, number)),
        (_("Cancel"), Pressed(Action.DROP_ANNOUNCEMENT, number)),
    )
    took = duration(count / services.global_rate, ask.language)
    size = number_of(count, ask.language)
    return Answer((chats.format(n=size, time=took),), keyboard, (out,))


async def confirmed(press: Press) -> Notice:
    """A press on "Send it"."""
    _ = press.translate
    services, message = press.services, press.query.message
    if message is None:
        return stale(_)
    async with services.db.write() as connection:
        draft = await drafts.get(connection, press.pressed.number, KIND)
        if draft is None:
            return stale(_)
        if not await drafts.settle(connection, draft.id, CONFIRMED):
            if draft.outcome == DROPPED:
                return Notice(_("This was cancelled. Send /announce again."))
            return Notice(_("It is on its way already."))
        begun = await announcements.start(
            connection,
            user_id=press.user_id,
            telegram_id=press.place.chat_id,
            message_id=message.message_id,
            language=press.language,
            text=str(draft.content["text"]),
            entities=draft.content["entities"],
            now=services.now(),
        )
        words = plain(begun.text, 100)
        await noted(connection, press, Deed.ANNOUNCE, f"#{begun.id}", words)
    await press.change(progress(begun), _cancel_button(begun))
    return Notice(_("📣 On its way."))


async def dropped(press: Press) -> Notice:
    """A press on "Cancel" below the preview."""
    _ = press.translate
    async with press.services.db.write() as connection:
        draft = await drafts.get(connection, press.pressed.number, KIND)
        if draft is None:
            return stale(_)
        if not await drafts.settle(connection, draft.id, DROPPED):
            done = draft.outcome == DROPPED
            return Notice(_("Cancelled.") if done else _("It is on its way already."))
    await press.change(_("Cancelled: nobody was told."))
    return Notice(_("Cancelled."))


async def cancelled(press: Press) -> Notice:
    """A press on "Stop" while it is under way."""
    _ = press.translate
    async with press.services.db.write() as connection:
        found = await announcements.get(connection, press.pressed.number)
        if found is None:
            return stale(_)
        stopped = await announcements.cancel(connection, found.id, press.services.now())
        if stopped:
            await noted(connection, press, Deed.CANCEL_ANNOUNCEMENT, f"#{found.id}")
    return Notice(_("Stopping: no more chats are told.") if stopped else _("It is over already."))


async def show(bot: Bot, found: Announcement) -> None:
    """Bring the admin's message up to date; a long one's end is told in a message of its own."""
    text = progress(found)
    try:
        await bot.edit_message_text(
            text, found.telegram_id, found.message_id, reply_markup=_cancel_button(found)
        )
        if found.done_at is not None and found.done_at - found.created_at > LONG:
            await bot.send_message(found.telegram_id, text)
    except (BadRequest, Forbidden) as error:
        log.debug("progress not shown", chat=found.telegram_id, reason=str(error))
    except TelegramError as error:
        log.info("progress not shown", chat=found.telegram_id, reason=str(error))


def progress(found: Announcement) -> str:
    """How an announcement goes, in plain text. Pure."""
    _ = translation(found.language)
    done = found.sent + found.failed + found.blocked
    counts = {
        name: number_of(value, found.language)
        for name, value in (
            ("done", done),
            ("total", found.total),
            ("sent", found.sent),
            ("failed", found.failed),
            ("blocked", found.blocked),
        )
    }
    heading = {
        State.RUNNING: _("📣 Being sent: {done} of {total}"),
        State.CANCELLED: _("✋ Stopped after {done} of {total}"),
        State.DONE: _("✅ Announced: {done} of {total}"),
    }[found.state]
    lines = [heading.format(**counts)]
    if found.state is State.RUNNING:
        filled = min(BAR, BAR * done // max(1, found.total))
        lines.append("▰" * filled + "▱" * (BAR - filled))
    lines.append(_("sent {sent}, failed {failed}, blocked {blocked}").format(**counts))
    lines += ["", plain(found.text, 200)]
    return "\n".join(lines)


def words_of(message: Message) -> Outgoing | None:
    """What is to be announced: behind the command, else in the message it answers; None if nothing.

    Pure.
    """
    text = message.text or ""
    command = next((each for each in message.entities if each.offset == 0), None)
    start = command.length if command is not None else 0
    own = _cut(text, message.entities, start)
    answered = message.reply_to_message
    if own is None and answered is not None and answered.forum_topic_created is None:
        return _cut(answered.text or answered.caption or "", answered.entities, 0)
    return own


def duration(seconds: float, language: str) -> str:
    """So many seconds, for people."""
    _ = translation(language)
    if seconds < 90:
        return _("{n} s").format(n=max(1, round(seconds)))
    if seconds < 5400:
        return _("{n} min").format(n=round(seconds / 60))
    return _("{n} h").format(n=number_of(seconds / 3600, language, 1))


def _cut(text: str, entities: tuple[MessageEntity, ...], start: int) -> Outgoing | None:
    """The text from `start` (in UTF-16 units) without white space around, and its formatting."""
    raw = text.encode("utf-16-le", "surrogatepass")
    rest = raw[start * 2 :].decode("utf-16-le", "replace")
    body = rest.strip()
    if not body:
        return None
    start += units(rest[: len(rest) - len(rest.lstrip())])
    length = units(body)
    kept = []
    for each in entities:
        first, last = max(each.offset - start, 0), min(each.offset + each.length - start, length)
        if each.type in KEPT and first < last:
            kept.append(TextEntity(each.type, first, last - first, url=each.url))
    return Outgoing(body, tuple(kept))


def _cancel_button(found: Announcement) -> InlineKeyboardMarkup | None:
    if found.state is not State.RUNNING:
        return None
    _ = translation(found.language)
    return keyboards.rows((_("✋ Stop"), Pressed(Action.STOP_ANNOUNCEMENT, found.id)))
