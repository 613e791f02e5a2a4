"""Commands that change what a chat gets: start, topic, subscribe, unsubscribe, stop."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup

from bot.commands import follows, keyboards
from bot.commands.arguments import read_payload
from bot.commands.conversation import Ask, Press, Situation, may_change, refused
from bot.commands.follows import Offer
from bot.commands.menu import publish_for_admin
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import EVERYTHING, Named, Question, Resolved
from bot.commands.texts import Translate, plain, shown
from bot.model import ChatKind, Follow
from bot.store.subscriptions import Target

SHOWN = 8  # of questions, and of names in each; nobody reads more


async def start(ask: Ask) -> Answer:
    """``/start [payload]``: greet, offer the topics; a deep link subscribes at once."""
    _ = ask.translate
    if ask.place.is_private and ask.is_admin:
        await publish_for_admin(ask.bot, ask.place.chat_id)
    if ask.text:
        if not await may_change(ask):
            return refused(ask)
        return await _start_with(ask, ask.text)
    offer = await follows.return_to(ask)
    return say(*_greeting(ask), "", _how_to_pick(ask, offer), keyboard=picker(ask, offer))


async def topic(ask: Ask) -> Answer:
    """``/topic [name…]``: the picker, or toggle what is named."""
    if not ask.text:
        return await _picker_answer(ask)
    offer = await follows.offer_for(ask)
    resolved = offer.directory(ask, with_sources=False).resolve(ask.text)
    on: set[Target] = set()
    if resolved.found:
        on, offer = await follows.toggle(ask, [each.target for each in resolved.found])
    _ = ask.translate
    lines = [
        (_("✅ {name} is on.") if each.target in on else _("{name} is off.")).format(
            name=_bold(each)
        )
        for each in resolved.found
    ]
    return _told(ask, lines, resolved, offer)


async def subscribe(ask: Ask) -> Answer:
    """``/subscribe [topic|source|all]``."""
    if not ask.text:
        return await _picker_answer(ask)
    offer = await follows.offer_for(ask)
    resolved = offer.directory(ask).resolve(ask.text)
    new: set[Target] = set()
    if resolved.found:
        new, offer = await follows.follow(ask, [each.target for each in resolved.found])
    _ = ask.translate
    lines = [
        (_("✅ {name} is on.") if each.target in new else _("{name} was on already.")).format(
            name=_bold(each)
        )
        for each in resolved.found
    ]
    return _told(ask, lines, resolved, offer)


async def unsubscribe(ask: Ask) -> Answer:
    """``/unsubscribe [topic|source|all]``."""
    if not ask.text:
        return await _picker_answer(ask)
    offer = await follows.offer_for(ask)
    resolved = offer.directory(ask).resolve(ask.text)
    if any(each.target == EVERYTHING for each in resolved.found):
        return await stop(ask)
    gone: set[Target] = set()
    if resolved.found:
        gone, offer = await follows.unfollow(ask, [each.target for each in resolved.found])
    _ = ask.translate
    lines = [
        (_("{name} is off.") if each.target in gone else _("{name} was not on.")).format(
            name=_bold(each)
        )
        for each in resolved.found
    ]
    return _told(ask, lines, resolved, offer)


async def stop(ask: Ask) -> Answer:
    """``/stop``: nothing is sent any more, not even what waits already."""
    _ = ask.translate
    if not await follows.stop(ask):
        return say(_("Nothing was on here. /topic shows what I can send."))
    return say(
        _("Done: I send nothing here any more."),
        _("To come back, send /topic and choose what you want to follow."),
    )


async def picked(press: Press) -> Notice:
    """A press in the picker: toggle, and show the ticks as they are now."""
    _ = press.translate
    target = press.pressed.target
    offer = await follows.offer_for(press)
    named = None if target is None else offer.find(target, press)
    if target is None or named is None:
        await press.change(None, picker(press, offer, press.pressed.page))
        return Notice(_("That is no longer offered. The list is up to date now."), alert=True)
    on, offer = await follows.toggle(press, [target])
    await press.change(None, picker(press, offer, press.pressed.page))
    text = _("✅ {name} is on.") if target in on else _("{name} is off.")
    return Notice(text.format(name=plain(named.label)))


async def turned(press: Press) -> Notice:
    """A press that shows another page of the picker."""
    offer = await follows.offer_for(press)
    await press.change(None, picker(press, offer, press.pressed.page))
    return Notice()


def picker(situation: Situation, offer: Offer, page: int = 0) -> InlineKeyboardMarkup:
    """The buttons with what can be followed, ticked where it is."""
    choices = offer.choices(situation)
    return keyboards.picker(choices, offer.followed, page, situation.translate)


async def _start_with(ask: Ask, payload: str) -> Answer:
    _ = ask.translate
    offer = await follows.return_to(ask)
    target = _linked(offer, payload)
    named = None if target is None else offer.find(target, ask)
    if target is None or named is None:
        return say(
            *_greeting(ask),
            "",
            _("The link you followed leads to something I do not have (any more)."),
            _how_to_pick(ask, offer),
            keyboard=picker(ask, offer),
        )
    new, offer = await follows.follow(ask, [target])
    text = _("✅ {name} is on.") if target in new else _("{name} was on already.")
    return say(
        *_greeting(ask),
        "",
        text.format(name=_bold(named)),
        *_hints(ask, offer),
        keyboard=picker(ask, offer),
    )


def _linked(offer: Offer, payload: str) -> Target | None:
    found = read_payload(payload)
    if found is None:
        return None
    follow, name = found
    if follow is Follow.SOURCE:
        return follow, int(name)
    return next(((follow, each.id) for each in offer.topics if each.slug == name), None)


async def _picker_answer(ask: Ask) -> Answer:
    offer = await follows.offer_for(ask)
    return say(_how_to_pick(ask, offer), keyboard=picker(ask, offer))


def _told(ask: Ask, lines: Sequence[str], resolved: Resolved, offer: Offer) -> Answer:
    """What happened, then what was not understood, then what to do next."""
    questions = (*resolved.ambiguous, *resolved.unknown)
    candidates = [each for question in questions for each in question.candidates]
    spoken = [*lines, *asked_back(resolved, ask.translate)]
    if resolved.found:
        spoken += _hints(ask, offer)
    elif not candidates:
        return say(*spoken, _how_to_pick(ask, offer), keyboard=picker(ask, offer))
    return say(*spoken, keyboard=keyboards.suggestions(candidates, offer.followed))


def asked_back(resolved: Resolved, translate: Translate) -> list[str]:
    """Lines about what was not understood, and what may have been meant."""
    _ = translate
    return [
        *(
            _("“{words}” could be {names}. Which one?").format(**_words(question))
            for question in resolved.ambiguous[:SHOWN]
        ),
        *(
            (
                _("I know nothing called “{words}”. Did you mean {names}?")
                if question.candidates
                else _("I know nothing called “{words}”.")
            ).format(**_words(question))
            for question in resolved.unknown[:SHOWN]
        ),
    ]


def _words(question: Question) -> dict[str, str]:
    names = ", ".join(_bold(each) for each in question.candidates[:SHOWN])
    return {"words": shown(question.text, 40), "names": names}


def _hints(ask: Ask, offer: Offer) -> list[str]:
    """What to do next, after a change."""
    _ = ask.translate
    if not offer.followed:
        return [_("Nothing is on here now. /topic shows what I can send.")]
    if not offer.sources:
        return [_("No live blog is being watched at the moment; alerts begin when one is.")]
    if EVERYTHING in offer.followed and len(offer.followed) > 1:
        return [_("Everything is on, so you get every entry whatever else is ticked.")]
    return [_("New entries arrive by themselves. /latest shows the newest now.")]


def _greeting(ask: Ask) -> list[str]:
    _ = ask.translate
    return [
        _("Hello! I send you live blogs as they are written, entry by entry."),
        _("/help shows everything I can do."),
    ]


def _how_to_pick(situation: Situation, offer: Offer) -> str:
    _ = situation.translate
    if not offer.topics:
        return _("There are no topics yet. You can switch on everything:")
    if situation.place.kind is ChatKind.PRIVATE:
        return _("What would you like to get? Tap to switch on or off:")
    return _("What shall I send here? Admins tap to switch on or off:")


def _bold(named: Named) -> str:
    return f"<b>{shown(named.label)}</b>"
