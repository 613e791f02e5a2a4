"""The bot's own comings and goings: added, removed, blocked, back again, migrated.

https://core.telegram.org/bots/api#chatmemberupdated
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from telegram import (
    Bot,
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    Update,
)
from telegram.error import BadRequest, Forbidden

from bot.commands import follows, pickers, reply
from bot.commands.conversation import Callback, Context, Situation, situation_of
from bot.commands.follows import Offer
from bot.commands.place import Place, place_of_chat
from bot.commands.reply import Answer, say
from bot.commands.services import Services
from bot.commands.texts import shown
from bot.model import ChatKind
from bot.store import chats

_PRESENT = (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot stood in a chat before and after.

    Attributes:
        before: it could write there.
        after: it can write there.
    """

    before: bool
    after: bool

    @property
    def arrived(self) -> bool:
        """It can write now and could not before."""
        return self.after and not self.before

    @property
    def left(self) -> bool:
        """It cannot write any more."""
        return self.before and not self.after


def standing_of(change: ChatMemberUpdated) -> Standing:
    """What a change of membership means for writing into the chat."""
    return Standing(
        can_write(change.chat, change.old_chat_member),
        can_write(change.chat, change.new_chat_member),
    )


def can_write(chat: Chat, member: ChatMember) -> bool:
    """Whether the bot, standing like this, can write; in channels only as an administrator."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    if chat.type == ChatKind.CHANNEL:
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    return member.status in _PRESENT


def on_my_chat_member(services: Services) -> Callback:
    """A callback for the bot's own membership."""

    async def run(update: Update, context: Context) -> None:
        change = update.my_chat_member
        if change is None:
            return
        standing = standing_of(change)
        if standing.arrived:
            await _arrived(services, context.bot, change)
        elif not standing.after:
            await _left(services, change)

    return run


def on_migration(services: Services) -> Callback:
    """A callback for the two service messages of a group that became a supergroup."""

    async def run(update: Update, _context: Context) -> None:
        message = update.effective_message
        if message is None:
            return
        old, new = _migration(message)
        async with services.db.write() as connection:
            moved = await chats.migrate(connection, old, new)
            # The old group reports the bot's leaving, which switches its destinations off.
            await chats.switch_on_chat(connection, new)
        log.info("a group became a supergroup", old=old, new=new, moved=moved)

    return run


def _migration(message: Message) -> tuple[int, int]:
    if message.migrate_to_chat_id is not None:
        return message.chat.id, message.migrate_to_chat_id
    assert message.migrate_from_chat_id is not None, "the filter lets nothing else through"
    return message.migrate_from_chat_id, message.chat.id


async def _left(services: Services, change: ChatMemberUpdated) -> None:
    reason = f"{change.new_chat_member.status} by a person"
    async with services.db.write() as connection:
        await chats.switch_off_chat(connection, change.chat.id, reason=reason, now=services.now())
    log.info("shut out of a chat", chat=change.chat.id, status=change.new_chat_member.status)


async def _arrived(services: Services, bot: Bot, change: ChatMemberUpdated) -> None:
    place = place_of_chat(change.chat)
    person = change.from_user
    situation = await situation_of(services, bot, place, person.id, person.language_code)
    async with services.db.write() as connection:
        await follows.meet(connection, situation)
        back = await chats.switch_on_chat(connection, place.chat_id)
    offer = await follows.return_to(situation)
    log.info("let into a chat", chat=place.chat_id, kind=place.kind, back=back)
    if place.is_private and not offer.is_used:
        return  # the person's own /start follows, and is answered
    if place.kind is ChatKind.CHANNEL:
        await _greet_channel(situation, offer)
    else:
        await reply.send(bot, place, _welcome(situation, offer))


def _welcome(situation: Situation, offer: Offer) -> Answer:
    _ = situation.translate
    keyboard = pickers.picker(situation, offer)
    if offer.is_used:
        lines = [_("I am back, and everything is on as it was before:"), *_ticked(situation, offer)]
        return say(*lines, _("/topic changes it, /stop ends it."), keyboard=keyboard)
    return say(
        _("Hello! I send live blogs as they are written, entry by entry."),
        _("Choose what this group shall get; admins tap to switch on or off."),
        keyboard=keyboard,
    )


async def _greet_channel(situation: Situation, offer: Offer) -> None:
    """Tell the person who let the bot into a channel, in private: its readers need not see it.

    Who never started the bot cannot be written to; then the channel is the only place.
    """
    _ = situation.translate
    title = f"<b>{shown(situation.place.title)}</b>"
    lines = [_("I can post in {channel} now.").format(channel=title)]
    if offer.is_used:
        lines += [_("Everything is on as it was before:"), *_ticked(situation, offer)]
    lines.append(_("Post /topic in the channel to choose what it gets, like /topic weather."))
    assert situation.user_id is not None
    private = Place(situation.user_id, None, ChatKind.PRIVATE, "")
    try:
        await reply.send(situation.bot, private, say(*lines))
    except (BadRequest, Forbidden):
        await reply.send(situation.bot, situation.place, _welcome_channel(situation, offer))


def _welcome_channel(situation: Situation, offer: Offer) -> Answer:
    _ = situation.translate
    if offer.is_used:
        return say(
            _("I am back, and everything is on as it was before:"),
            *_ticked(situation, offer),
            keyboard=pickers.picker(situation, offer),
        )
    return say(
        _("Hello! I send live blogs as they are written, entry by entry."),
        _("Choose what this channel shall get; its admins tap to switch on or off."),
        keyboard=pickers.picker(situation, offer),
    )


def _ticked(situation: Situation, offer: Offer) -> list[str]:
    return [
        *(f"✅ {shown(each.label)}" for each in offer.named(situation)),
        *follows.watch_lines(situation, offer),
    ]
