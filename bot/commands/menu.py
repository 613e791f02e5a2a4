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
from bot.locales import translation

READING = ("latest", "sources", "status", "help")
CHOOSING = ("topic", "topics", "subscribe", "unsubscribe", "stop", "edits", "threads", "pins")
PUBLIC = ("start", *CHOOSING, *READING)
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
)
log = structlog.get_logger(__name__)


def reading_commands(translate: Translate) -> list[tuple[str, str]]:
    """Commands that change nothing, with what they do."""
    _ = translate
    return [
        ("latest", _("The newest entries: /latest 10 weather")),
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
        ("edits", _("Which corrections are shown: all, material or none")),
        ("threads", _("Alerts answer to their live blog's first one: on or off")),
        ("pins", _("A pinned message lists the key events: on or off")),
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
        ("audit", _("What admins did last")),
    ]


async def publish_menu(bot: Bot, admins: Iterable[int]) -> None:
    """Tell Telegram which commands to suggest where. Safe to repeat.

    Raises:
        telegram.error.TelegramError: Telegram could not be reached; try again later.
    """
    _ = translation("en")
    reading, public = reading_commands(_), public_commands(_)
    scopes: list[tuple[BotCommandScope, list[tuple[str, str]]]] = [
        (BotCommandScopeDefault(), public),
        (BotCommandScopeAllGroupChats(), reading),
        (BotCommandScopeAllChatAdministrators(), public),
    ]
    for scope, commands in scopes:
        await bot.set_my_commands(_as_menu(commands), scope=scope)
    for admin in admins:
        await publish_for_admin(bot, admin)


async def publish_for_admin(bot: Bot, admin: int) -> None:
    """Suggest the admin commands in an admin's private chat.

    One who has not started the bot yet has no such chat; their ``/start`` publishes again.
    """
    _ = translation("en")
    commands = [*public_commands(_), *admin_commands(_)]
    try:
        await bot.set_my_commands(_as_menu(commands), scope=BotCommandScopeChat(admin))
    except (BadRequest, Forbidden) as error:
        log.info("no command menu for an admin yet", user=admin, reason=str(error))


def _as_menu(commands: Iterable[tuple[str, str]]) -> list[BotCommand]:
    return [BotCommand(name, text) for name, text in commands]
