"""``/forget``: erases all that is stored about a chat, after a question."""

from __future__ import annotations

import asyncio

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.store import forgetting

PATIENCE = 10.0  # seconds for what is being sent there
LOOK = 0.25


async def forget(ask: Ask) -> Answer:
    """``/forget``: says what goes, and asks."""
    _ = ask.translate
    lines = [
        _(
            "Shall I forget this chat? What it follows, its watches, its settings and what I "
            "noted of messages sent here are erased at once and cannot be brought back."
        ),
        _("The messages themselves stay; you can delete them."),
    ]
    if not ask.place.is_private:
        lines.append(_("That is for the whole chat, with all its topics."))
    keyboard = keyboards.rows(
        (_("🗑 Forget everything"), Pressed(Action.FORGET)),
        (_("Keep it"), Pressed(Action.REMEMBER)),
    )
    return say(*lines, keyboard=keyboard)


async def forgotten(press: Press) -> Notice:
    """A press on "Forget everything"."""
    _ = press.translate
    services, chat_id = press.services, press.place.chat_id
    async with services.db.write() as connection:
        await forgetting.prepare(connection, chat_id, services.now())
    clock = asyncio.get_running_loop().time
    until = clock() + PATIENCE
    while True:
        async with services.db.write() as connection:
            done = await forgetting.forget(connection, chat_id, services.now())
        if done or clock() > until:
            break
        await asyncio.sleep(LOOK)
    if not done:
        return Notice(
            _(
                "Something is being sent here at this moment. Nothing more will be; "
                "press again in a minute to erase the rest."
            ),
            alert=True,
        )
    lines = [_("✅ Erased: I know nothing of this chat any more."), _("/start begins anew.")]
    if press.is_admin and press.place.is_private:
        lines.append(_("That you are an admin, and the record of what admins did, stay."))
    await press.change("\n".join(lines))
    return Notice(_("✅ Erased."))


async def remembered(press: Press) -> Notice:
    """A press on "Keep it"."""
    _ = press.translate
    await press.change(_("Nothing was erased."))
    return Notice(_("Nothing was erased."))
