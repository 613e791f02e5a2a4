"""How a chat wants its alerts: style, corrections, threads, a pinned message of key events."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.conversation import Ask
from bot.commands.follows import meet
from bot.commands.reply import Answer, say
from bot.commands.texts import shown
from bot.store import chats

EDITS = ("all", "material", "none")
STYLES = ("full", "compact", "plain")
_ON = ("on", "yes", "1")
_OFF = ("off", "no", "0")


async def edits(ask: Ask) -> Answer:
    """``/edits [all|material|none]``."""
    _ = ask.translate
    said = {
        "all": _("Corrections here: all are shown in the messages already sent."),
        "material": _("Corrections here: those that change the meaning are shown."),
        "none": _("Corrections here: none is shown. Withdrawals by my admins still are."),
    }
    return await _choose(
        ask,
        "edits",
        said,
        how=_("Change it with /edits all, /edits material or /edits none."),
        wrong=_("“{word}” is none of the choices: /edits all, /edits material, /edits none."),
    )


async def style(ask: Ask) -> Answer:
    """``/style [full|compact|plain]``."""
    _ = ask.translate
    said = {
        "full": _("Alerts are shown in full: with picture and topics, a long text to unfold."),
        "compact": _("Alerts are compact: a title and the first sentences, a small picture."),
        "plain": _("Alerts are plain: words alone, for screen readers."),
    }
    return await _choose(
        ask,
        "style",
        said,
        how=_("Change it with /style full, /style compact or /style plain."),
        wrong=_("“{word}” is none of the choices: /style full, /style compact, /style plain."),
    )


async def threads(ask: Ask) -> Answer:
    """``/threads [on|off]``."""
    _ = ask.translate
    return await _switch(
        ask,
        "threads",
        on=_("Threads are on: alerts of a live blog answer to its first one."),
        off=_("Threads are off: each alert stands for itself."),
    )


async def pins(ask: Ask) -> Answer:
    """``/pins [on|off]``."""
    _ = ask.translate
    return await _switch(
        ask,
        "pins",
        on=_(
            "Pins are on: a pinned message of each live blog lists its key events so far. In a "
            "group or channel I must be allowed to pin messages."
        ),
        off=_("Pins are off: no message is pinned any more."),
    )


async def _choose(ask: Ask, name: str, said: Mapping[str, str], *, how: str, wrong: str) -> Answer:
    """Choose among words, the first of which is meant where nothing was chosen.

    Args:
        ask: the command.
        name: the destination's field.
        said: choice -> what it means.
        how: to change it.
        wrong: the answer to a word that is none of them.
    """
    usual = next(iter(said))
    wanted = ask.text.strip().lower()
    if not wanted:
        now = usual if ask.destination is None else getattr(ask.destination, name)
        return say(said.get(now, said[usual]), how)
    if wanted not in said:
        return say(wrong.format(word=shown(wanted, 40)))
    await _prefer(ask, name, wanted)
    return say(said[wanted])


async def _switch(ask: Ask, name: str, *, on: str, off: str) -> Answer:
    _ = ask.translate
    word = ask.text.strip().lower()
    if not word:
        is_on = ask.destination is not None and bool(getattr(ask.destination, name))
        hint = _("Change it with /{name} on or /{name} off.").format(name=name)
        return say(on if is_on else off, hint)
    if word not in (*_ON, *_OFF):
        return say(
            _("“{word}” is neither on nor off: /{name} on, /{name} off.").format(
                word=shown(word, 40), name=name
            )
        )
    await _prefer(ask, name, word in _ON)
    return say(on if word in _ON else off)


async def _prefer(ask: Ask, name: str, value: str | bool) -> None:
    async def prefer(connection: AsyncConnection) -> None:
        destination = await meet(connection, ask)
        await chats.prefer(connection, destination.id, **{name: value})

    await ask.services.db.transact(prefer)
