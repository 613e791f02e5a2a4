"""``/dashboard``: a link that opens the dashboard once."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands.conversation import Ask
from bot.commands.reply import Answer, say
from bot.commands.texts import shown, spoken
from bot.errors import ConfigError
from bot.store import web_keys


async def dashboard(ask: Ask) -> Answer:
    """``/dashboard``: only in private, where nobody else can press the link."""
    _ = ask.translate
    services = ask.services
    if not ask.place.is_private or ask.user_id is None:
        return say(_("I send that link in a private chat only: ask me there."))
    try:
        address = services.web_address()
    except ConfigError as error:
        return say(
            _("The dashboard cannot be reached: {reason}.").format(
                reason=spoken(error.reason, ask.language, 500)
            )
        )
    async with services.db.write() as connection:
        key = await web_keys.make(connection, web_keys.LINK, ask.user_id, services.now())
    url = f"{address}/dashboard/enter?key={key}"
    return say(
        _("This link works once, within five minutes. Pass it on to nobody."),
        f"<code>{shown(url, 1000)}</code>",
        keyboard=_button(_("Open the dashboard"), url, address),
    )


def _button(text: str, url: str, address: str) -> InlineKeyboardMarkup | None:
    """A button, where Telegram takes such an address for one: it wants a name with a dot."""
    host = address.partition("://")[2].partition("/")[0].partition(":")[0]
    if "." not in host:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, url=url)]])
