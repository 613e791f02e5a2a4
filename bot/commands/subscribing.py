"""Commands that change what a chat gets: topic, subscribe, unsubscribe, stop."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import follows, keyboards, pickers
from bot.commands.conversation import Ask, Press
from bot.commands.follows import Offer
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import EVERYTHING, Question, Resolved
from bot.commands.texts import Translate, plain, shown
from bot.store.subscriptions import Target

SHOWN = 8  # of questions, and of names in each; nobody reads more


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
            name=pickers.bold(each)
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
            name=pickers.bold(each)
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
            name=pickers.bold(each)
        )
        for each in resolved.found
    ]
    return _told(ask, lines, resolved, offer)


async def here(ask: Ask) -> Answer:
    """``/here topic…``: this chat or forum topic gets exactly what is named, and nothing else."""
    if not ask.text:
        return await _picker_answer(ask)
    offer = await follows.offer_for(ask)
    resolved = offer.directory(ask).resolve(ask.text)
    if resolved.found and not (resolved.ambiguous or resolved.unknown):
        wanted = [each.target for each in resolved.found]
        if others := [each for each in offer.followed if each not in wanted]:
            await follows.unfollow(ask, others)
        _new, offer = await follows.follow(ask, wanted)
        _ = ask.translate
        names = ", ".join(pickers.bold(each) for each in resolved.found)
        said = _("This place gets {names}, and nothing else.").format(names=names)
        # What it watches for by its own words stays, and is named.
        return say(said, *follows.watch_lines(ask, offer), *hints(ask, offer))
    return _told(ask, [], resolved, offer)


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
        await press.change(None, pickers.pressed(press, offer))
        return Notice(_("That is no longer offered. The list is up to date now."), alert=True)
    on, offer = await follows.toggle(press, [target])
    await press.change(None, pickers.pressed(press, offer))
    text = _("✅ {name} is on.") if target in on else _("{name} is off.")
    return Notice(text.format(name=plain(named.label)))


async def turned(press: Press) -> Notice:
    """A press that shows another page of the picker."""
    offer = await follows.offer_for(press)
    await press.change(None, pickers.pressed(press, offer))
    return Notice()


async def _picker_answer(ask: Ask) -> Answer:
    offer = await follows.offer_for(ask)
    return say(pickers.how_to_pick(ask, offer), keyboard=pickers.picker(ask, offer))


def _told(ask: Ask, lines: Sequence[str], resolved: Resolved, offer: Offer) -> Answer:
    """What happened, then what was not understood, then what to do next."""
    questions = (*resolved.ambiguous, *resolved.unknown)
    candidates = [each for question in questions for each in question.candidates]
    spoken = [*lines, *asked_back(resolved, ask.translate)]
    if resolved.found:
        spoken += hints(ask, offer)
    elif not candidates:
        return say(*spoken, pickers.how_to_pick(ask, offer), keyboard=pickers.picker(ask, offer))
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
    names = ", ".join(pickers.bold(each) for each in question.candidates[:SHOWN])
    return {"words": shown(question.text, 40), "names": names}


def hints(ask: Ask, offer: Offer) -> list[str]:
    """What to do next, after a change."""
    _ = ask.translate
    if not offer.is_used:
        return [_("Nothing is on here now. /topic shows what I can send.")]
    if not offer.sources:
        return [_("No live blog is being watched at the moment; alerts begin when one is.")]
    if EVERYTHING in offer.followed and len(offer.followed) > 1:
        return [_("Everything is on, so you get every entry whatever else is ticked.")]
    return [_("New entries arrive by themselves. /latest shows the newest now.")]
