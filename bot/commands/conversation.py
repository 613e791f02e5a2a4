"""From an update to a handler and back: what every command and every press has in common.

A command's handler gets an `Ask` and returns an `Answer`; a press's handler gets a `Press` and
returns a `Notice`. Reading the update, permissions, sending and answering stand here, once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.ext import ContextTypes

from bot.commands import reply
from bot.commands.arguments import after_command
from bot.commands.haste import Pace
from bot.commands.keyboards import Pressed, decode
from bot.commands.place import Place, place_of, place_of_pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.services import Services
from bot.commands.texts import Translate, shown
from bot.locales import translation
from bot.model import ChatKind, Destination
from bot.store import audit, chats
from bot.store.audit import Deed

Context = ContextTypes.DEFAULT_TYPE
Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]
_Extended = TypeVar("_Extended", bound="Situation")


@dataclass(frozen=True, slots=True)
class Situation:
    """Who does something, and where.

    Attributes:
        user_id: the person; None for a post in a channel.
        place: where; answers go there.
        destination: what is stored of the place, None before the first change.
        language: the chat's own, else the person's.
    """

    services: Services
    bot: Bot
    place: Place
    user_id: int | None
    destination: Destination | None
    language: str

    @property
    def translate(self) -> Translate:
        """Turns an English sentence into one of the chat's language."""
        return translation(self.language)

    @property
    def is_admin(self) -> bool:
        """Whether the person may administrate the bot."""
        return self.user_id in self.services.admins

    @property
    def timezone(self) -> str:
        """The zone in which the chat reads times."""
        found = self.destination
        return self.services.default_timezone if found is None else found.timezone

    def local(self, instant: datetime) -> datetime:
        """An instant as the chat's clocks show it."""
        return instant.astimezone(ZoneInfo(self.timezone))


@dataclass(frozen=True, slots=True)
class Ask(Situation):
    """A command somebody wrote.

    Attributes:
        message: the message itself.
        text: what stands behind the command.
    """

    message: Message
    text: str


@dataclass(frozen=True, slots=True)
class Press(Situation):
    """A button somebody pressed."""

    query: CallbackQuery
    pressed: Pressed

    async def change(self, text: str | None, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Change the message with the button; `text` None leaves the text."""
        await reply.change(self.bot, self.query, text, keyboard)


AskHandler = Callable[[Ask], Awaitable[Answer]]
PressHandler = Callable[[Press], Awaitable[Notice]]


def answering(services: Services, handler: AskHandler, *, changes: bool = False) -> Callback:
    """A callback for messages; `changes` lets only those in who may change the chat's settings."""

    async def run(update: Update, context: Context) -> None:
        message = update.effective_message
        if message is None:
            return
        person = message.from_user
        situation = await situation_of(
            services,
            context.bot,
            place_of(message),
            person.id if person else None,
            person.language_code if person else None,
        )
        here = situation.place
        if person is not None and (pace := services.haste.asked(person.id)) is not Pace.FINE:
            if pace is Pace.TOO_FAST:
                await reply.send(context.bot, here, say(_too_fast(situation)))
            return
        if changes:
            situation = await steered(situation)
        text = after_command(message.text or "")
        ask = _extended(Ask, situation, message=message, text=text)
        if changes and not await may_change(ask):
            answer = refused(ask)
        else:
            answer = await handler(ask)
        if ask.place is not here and answer.lines:
            answer = replace(answer, lines=(f"📢 <b>{shown(ask.place.title)}</b>", *answer.lines))
        await reply.send(ask.bot, here, answer)

    return run


def pressing(
    services: Services, handler: PressHandler, *, changes: bool = False, admins: bool = False
) -> Callback:
    """A callback for presses, each answered exactly once.

    Args:
        services: what the commands need.
        handler: does what the button says.
        changes: only for those who may change the chat's settings.
        admins: only for the bot's admins; to anybody else the button does not work.
    """

    async def run(update: Update, context: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        await reply.notify(query, await _notice(query, context.bot))

    async def _notice(query: CallbackQuery, bot: Bot) -> Notice:
        place, pressed = place_of_pressed(query.message), decode(query.data)
        await services.admins.refresh()
        if (
            place is None
            or pressed is None
            or (admins and query.from_user.id not in services.admins)
        ):
            return stale(translation(query.from_user.language_code or ""))
        situation = await situation_of(
            services, bot, place, query.from_user.id, query.from_user.language_code
        )
        pace = services.haste.asked(query.from_user.id)
        if pace is not Pace.FINE:
            return Notice(_too_fast(situation) if pace is Pace.TOO_FAST else "")
        if changes:
            situation = await steered(situation)
            rights = services.rights
            if not await rights.may_change(bot, situation.place, query.from_user.id):
                return Notice(only_admins(situation), alert=True)
        return await handler(_extended(Press, situation, query=query, pressed=pressed))

    return run


async def may_change(ask: Ask) -> bool:
    """Whether who asks may change the settings of the chat."""
    rights = ask.services.rights
    if ask.user_id is not None and ask.place.chat_id != ask.message.chat.id:
        return await rights.may_change(ask.bot, ask.place, ask.user_id)
    return await rights.may_change_by_message(ask.bot, ask.place, ask.message)


def refused(ask: Ask) -> Answer:
    """The answer to somebody who may not change the settings."""
    return say(only_admins(ask))


def stale(translate: Translate) -> Notice:
    """The answer to a press of a button that is old, forged or not for that person."""
    _ = translate
    return Notice(_("This button no longer works. /help shows what I can do."), alert=True)


async def situation_of(
    services: Services, bot: Bot, place: Place, user_id: int | None, language_code: str | None
) -> Situation:
    """What is known about somebody who does something somewhere."""
    await services.admins.refresh()
    async with services.db.read() as connection:
        known = await chats.of_chat(connection, place.chat_id)
    destination = next((each for each in known if place.is_of(each)), None)
    own = (language_code or "en").lower()[:16]
    services.admins.heard(user_id, own)
    language = known[0].language if known else own
    return Situation(services, bot, place, user_id, destination, language)


async def steered(situation: Situation) -> Situation:
    """The situation in the channel that somebody steers from their private chat, if there is one.

    Whether they may is asked afterwards, of the person. Answers keep the person's language.
    """
    if not situation.place.is_private or situation.user_id is None:
        return situation
    async with situation.services.db.read() as connection:
        place = await chats.steered_from(connection, situation.place.chat_id)
    if place is None:
        return situation
    there = Place(place.telegram_id, None, ChatKind(place.kind), place.title)
    found = await situation_of(
        situation.services, situation.bot, there, situation.user_id, situation.language
    )
    return replace(found, language=situation.language)


async def noted(
    connection: AsyncConnection, by: Situation, deed: Deed, target: str = "", detail: str = ""
) -> None:
    """Write an admin's deed into the record, in the transaction that does it."""
    await audit.record(connection, by.user_id, deed, target, detail, now=by.services.now())


def _extended(kind: Callable[..., _Extended], situation: Situation, **more: object) -> _Extended:
    known = {each.name: getattr(situation, each.name) for each in fields(situation)}
    return kind(**known, **more)


def _too_fast(situation: Situation) -> str:
    _ = situation.translate
    return _("That was faster than I can answer. Wait a few seconds, then ask again.")


def only_admins(situation: Situation) -> str:
    """What somebody hears who may not change the settings."""
    _ = situation.translate
    if situation.place.kind is ChatKind.CHANNEL:
        return _(
            "Only the admins of this channel can change what it gets. "
            "/channel off goes back to this chat."
        )
    return _(
        "Only the admins of this group can change what it gets. "
        "Everyone can use /latest, /sources and /status."
    )
