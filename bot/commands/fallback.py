"""What is said to everything no command knows: unknown commands, plain words, old buttons."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from bot.commands.arguments import command_of
from bot.commands.conversation import Ask, Press, stale
from bot.commands.menu import ADMIN, PUBLIC
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import shown

_SIMILAR = 60  # of 100: "lates" and "latest" have 91, "foo" and "stop" 29


async def unknown_command(ask: Ask) -> Answer:
    """A command that does not exist, or not for this person: both get the same answer."""
    _ = ask.translate
    name = command_of(ask.message.text or "")
    meant = similar_command(name, (*PUBLIC, *ADMIN) if ask.is_admin else PUBLIC)
    if meant is None:
        return say(
            _("I do not know /{name}. /help shows what I can do.").format(name=shown(name, 32))
        )
    return say(
        _("I do not know /{name}. Did you mean /{meant}? /help shows what I can do.").format(
            name=shown(name, 32), meant=meant
        )
    )


async def plain_words(ask: Ask) -> Answer:
    """Anything else in a private chat."""
    _ = ask.translate
    return say(
        _("I only understand commands."),
        _("/topic chooses what you get, /latest shows the newest entries, /help the rest."),
    )


async def unknown_press(press: Press) -> Notice:
    """A button of an older version."""
    return stale(press.translate)


def similar_command(name: str, commands: Sequence[str]) -> str | None:
    """The command that looks most like `name`, None if none does."""
    found = process.extractOne(name[:64], commands, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return None if found is None else str(found[0])
