"""The commands by name, what they do in a few words, and the menu Telegram's apps show of them.

https://core.telegram.org/bots/api#botcommandscope
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, Forbidden

from bot.commands.texts import Translate
from bot.locales import ENGLISH, LANGUAGES, translation

READING = ("latest", "catchup", "search", "timeline", "share", "sources", "status", "help")
CHOOSING = (
    "topic",
    "topics",
    "subscribe",
    "unsubscribe",
    "stop",
    *("mute", "unmute", "quiet", "digest", "importance"),
    *("watch", "unwatch", "watches"),
    *("edits", "threads", "pins", "style", "saved"),
    *("timezone", "language", "settings"),
    *("here", "channel"),
)
PUBLIC = ("start", *CHOOSING, *READING, "forget")
ADMIN = (
    "addsource",
    "pause",
    "resume",
    "removesource",
    "poll",
    "retract",
    "why",
    "grant",
    "revoke",
    "audit",
    "addtopic",
    "edittopic",
    "removetopic",
    "announce",
    "dashboard",
    "health",
    "stats",
)
log = structlog.get_logger(__name__)


def reading_commands(translate: Translate) -> list[tuple[str, str]]:
    """Commands that change nothing, with what they do."""
    _ = translate
    return [
        ("latest", _("The newest entries: /latest 10 weather")),
        ("catchup", _("What happened since you last read, or /catchup 2h")),
        ("search", _("Find entries: /search storm topic:weather 2h")),
        ("timeline", _("When how much was written, as a picture")),
        ("share", _("A link and a QR code to a topic: /share weather")),
        ("sources", _("The live blogs I watch")),
        ("status", _("What is on here, and how fresh it is")),
        ("help", _("What I can do")),
    ]


def public_commands(translate: Translate) -> list[tuple[str, str]]:
    """Commands for everybody, with what they do."""
    _ = translate
    return [
        ("topic", _("Choose topics: /topic weather, or tap")),
        *reading_commands(translate),
        ("subscribe", _("Switch on a topic, a source or all")),
        ("unsubscribe", _("Switch off a topic, a source or all")),
        ("stop", _("Switch everything off")),
        ("watch", _("Words to watch for: /watch storm OR flood")),
        ("unwatch", _("Watch for something no more")),
        ("watches", _("What is watched for here")),
        ("mute", _("Silence for a while: /mute 2h")),
        ("unmute", _("End the silence")),
        ("quiet", _("Quiet hours of every day: /quiet 22:00-07:00")),
        ("digest", _("Alerts in one message: hourly, or daily 08:00")),
        ("importance", _("Every entry, or key events only")),
        ("edits", _("Which corrections are shown: all, material or none")),
        ("threads", _("Alerts answer to their live blog's first one: on or off")),
        ("pins", _("A pinned message lists the key events: on or off")),
        ("style", _("How alerts look: full, compact or plain")),
        ("saved", _("What you saved under alerts")),
        ("timezone", _("The clock of this chat: /timezone Europe/Paris")),
        ("language", _("The language I speak here")),
        ("settings", _("All settings of this chat, by buttons")),
        ("here", _("Exactly these topics in this chat or forum topic: /here weather")),
        ("channel", _("Steer a channel from a private chat: /channel @name")),
        ("forget", _("Erase all that is stored about this chat")),
    ]


def admin_commands(translate: Translate) -> list[tuple[str, str]]:
    """Commands for the bot's admins, with what they do."""
    _ = translate
    return [
        ("addsource", _("Watch a live blog: /addsource address [name]")),
        ("pause", _("Stop polling a source for a while")),
        ("resume", _("Poll a paused source again")),
        ("poll", _("Poll a source now")),
        ("removesource", _("Stop watching a source")),
        ("retract", _("Take an entry back in every chat")),
        ("why", _("What became of an entry, and why")),
        ("grant", _("Make somebody an admin: /grant id or @name")),
        ("revoke", _("Make somebody an admin no more")),
        ("addtopic", _("Make a topic: /addtopic storms storm flood -sport")),
        ("edittopic", _("See or change the words of a topic")),
        ("removetopic", _("Offer a topic no more")),
        ("announce", _("A word to every chat; shown before it goes out")),
        ("dashboard", _("A link that opens the dashboard once")),
        ("health", _("How everything is doing")),
        ("stats", _("The last day or week as a picture")),
        ("audit", _("What admins did last")),
    ]


async def publish_menu(bot: Bot, admins: Iterable[int]) -> None:
    """Tell Telegram which commands to suggest where. Safe to repeat.

    Raises:
        telegram.error.TelegramError: Telegram could not be reached; try again later.
    """
    for language in LANGUAGES:
        _ = translation(language)
        reading, public = reading_commands(_), public_commands(_)
        scopes: list[tuple[BotCommandScope, list[tuple[str, str]]]] = [
            (BotCommandScopeDefault(), public),
            (BotCommandScopeAllGroupChats(), reading),
            (BotCommandScopeAllChatAdministrators(), public),
        ]
        # The one without a language serves those whose language I do not speak.
        code = None if language == ENGLISH else language
        for scope, commands in scopes:
            await bot.set_my_commands(_as_menu(commands), scope=scope, language_code=code)
    for admin in admins:
        await publish_for_admin(bot, admin)


async def publish_for_admin(bot: Bot, admin: int, language: str = ENGLISH) -> None:
    """Suggest the admin commands in an admin's private chat.

    One who has not started the bot yet has no such chat; their ``/start`` publishes again.
    """
    _ = translation(language)
    await _publish_in(bot, admin, [*public_commands(_), *admin_commands(_)])


async def publish_for_chat(bot: Bot, chat_id: int, language: str, *, is_admin: bool) -> None:
    """Suggest the commands in a private chat in the language that was chosen there."""
    if is_admin:
        await publish_for_admin(bot, chat_id, language)
    else:
        await _publish_in(bot, chat_id, public_commands(translation(language)))


async def _publish_in(bot: Bot, chat_id: int, commands: Iterable[tuple[str, str]]) -> None:
    try:
        await bot.set_my_commands(_as_menu(commands), scope=BotCommandScopeChat(chat_id))
    except (BadRequest, Forbidden) as error:
        log.info("no command menu for a chat yet", chat=chat_id, reason=str(error))


def _as_menu(commands: Iterable[tuple[str, str]]) -> list[BotCommand]:
    return [BotCommand(name, text) for name, text in commands]
