"""``/grant`` and ``/revoke``: who else may administrate; ``/audit``: what admins did."""

from __future__ import annotations

import structlog
from telegram import BotCommandScopeChat
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden

from bot.commands import people
from bot.commands.arguments import read_id
from bot.commands.conversation import Ask, noted
from bot.commands.deeds import deed_words
from bot.commands.menu import publish_for_admin
from bot.commands.people import Person
from bot.commands.reply import Answer, say
from bot.commands.texts import link, shown
from bot.locales import translation
from bot.store import admins, audit, chats
from bot.store.audit import Deed, Recorded

SHOWN = 20  # lines of the record unless asked otherwise
MOST = 100
log = structlog.get_logger(__name__)


async def grant(ask: Ask) -> Answer:
    """``/grant id|@name``, or as an answer to a message: makes a person an admin."""
    _ = ask.translate
    person = await people.meant(ask)
    if person is None:
        return await _whom(ask, _("Whom shall I make an admin?"))
    if person.is_bot:
        return say(
            _("A bot, or an admin who stays anonymous, cannot be an admin here."),
            _("Give the person's own id instead; @userinfobot tells it."),
        )
    name = f"<b>{shown(person.label, 120)}</b>"
    if ask.services.admins.is_of_settings(person.user_id):
        return say(_("{name} is an admin already, by the settings.").format(name=name))
    services = ask.services
    async with services.db.write() as connection:
        fresh = await admins.grant(
            connection, person.user_id, name=person.name, by=ask.user_id, now=services.now()
        )
        if fresh:
            await noted(connection, ask, Deed.GRANT, person.label)
    services.admins.forget()
    if not fresh:
        return say(_("{name} is an admin already.").format(name=name))
    reached = await _welcome(ask, person)
    lines = [_("✅ {name} is an admin now.").format(name=name)]
    if not reached:
        lines.append(
            _("I have not met them yet: they have to send me /start before I can answer them.")
        )
    lines.append(_("/revoke {id} takes it back.").format(id=person.user_id))
    return say(*lines)


async def revoke(ask: Ask) -> Answer:
    """``/revoke id|@name``, or as an answer: makes a person an admin no more."""
    _ = ask.translate
    services = ask.services
    person = await people.meant(ask)
    if person is None:
        return await _whom(ask, _("Who shall be an admin no more?"))
    name = f"<b>{shown(person.label, 120)}</b>"
    if services.admins.is_of_settings(person.user_id):
        return say(
            _("{name} is an admin by the settings, which I cannot change.").format(name=name),
            _("Take the id out of “admins” there, or out of LIVERELAY_ADMINS, and restart me."),
        )
    async with services.db.write() as connection:
        gone = await admins.revoke(connection, person.user_id)
        if gone:
            await noted(connection, ask, Deed.REVOKE, person.label)
    services.admins.forget()
    if not gone:
        return say(_("{name} is no admin.").format(name=name))
    await _withdraw_menu(ask, person.user_id)
    return say(_("{name} is an admin no more.").format(name=name))


async def show_audit(ask: Ask) -> Answer:
    """``/audit [n]``: what admins did last."""
    _ = ask.translate
    count = read_id(ask.text) if ask.text else SHOWN
    if not count:
        return say(_("How many lines? /audit 50 shows the last 50."))
    async with ask.services.db.read() as connection:
        found = await audit.newest(connection, min(count, MOST))
        names = {each.user_id: each.name for each in await admins.listed(connection)}
        names |= await chats.titles(
            connection, {each.user_id for each in found if each.user_id is not None}
        )
    if not found:
        return say(_("No admin has done anything yet."))
    lines = [f"<b>{_('What admins did')}</b>"]
    lines += [_line(ask, each, names) for each in found]
    return say(*lines)


def _line(ask: Ask, done: Recorded, names: dict[int, str]) -> str:
    _ = ask.translate
    if done.user_id is None:
        who = _("command line")
    else:
        who = shown(names.get(done.user_id) or str(done.user_id), 40)
    deed = deed_words(_).get(done.deed) or shown(done.deed)
    what = f"{deed}: {shown(done.target, 120)}" if done.target else deed
    detail = f" – {shown(done.detail, 200)}" if done.detail else ""
    return f"{ask.local(done.at):%Y-%m-%d %H:%M} {who} – {what}{detail}"


async def _whom(ask: Ask, question: str) -> Answer:
    _ = ask.translate
    lines = [question]
    if ask.text:
        lines = [
            _("I do not know “{words}”.").format(words=shown(ask.text, 40)),
            _("An @name works once that person has chosen something here; an id always does."),
        ]
    lines.append(
        _("Answer a message of theirs with this command, or write their id or @name behind it.")
    )
    async with ask.services.db.read() as connection:
        granted = await admins.listed(connection)
    if granted:
        lines += ["", f"<b>{_('Admins made in the chat')}</b>"]
        lines += [
            f"• {shown(each.name, 60)} <code>{each.user_id}</code>".replace("•  ", "• ")
            for each in granted
        ]
    return say(*lines)


async def _welcome(ask: Ask, person: Person) -> bool:
    """Tell the new admin and show them the commands; whether they could be told."""
    async with ask.services.db.read() as connection:
        known = await chats.of_chat(connection, person.user_id)
    _ = translation(known[0].language if known else ask.language)
    maker = link(f"tg://user?id={ask.user_id}", _("An admin"))
    try:
        await ask.bot.send_message(
            person.user_id,
            _("{admin} made you an admin of this bot. /help shows what you can do now.").format(
                admin=maker
            ),
            parse_mode=ParseMode.HTML,
        )
    except (BadRequest, Forbidden) as error:
        log.info("a new admin cannot be told yet", user=person.user_id, reason=str(error))
        return False
    await publish_for_admin(ask.bot, person.user_id)
    return True


async def _withdraw_menu(ask: Ask, user_id: int) -> None:
    try:
        await ask.bot.delete_my_commands(scope=BotCommandScopeChat(user_id))
    except (BadRequest, Forbidden) as error:
        log.info("no command menu to take away", user=user_id, reason=str(error))
