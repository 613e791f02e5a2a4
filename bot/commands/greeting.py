"""``/start``: the greeting, what is live now, and what a deep link leads to."""

from __future__ import annotations

from datetime import timedelta

from bot.commands import follows, pickers
from bot.commands.arguments import read_payload
from bot.commands.conversation import Ask, Situation, may_change, refused
from bot.commands.follows import Offer
from bot.commands.menu import publish_for_admin
from bot.commands.reply import Answer, say
from bot.commands.subscribing import hints
from bot.commands.texts import link
from bot.delivery.look import Look
from bot.locales import plural
from bot.model import Follow, SourceState
from bot.store import activity
from bot.store.subscriptions import Target

LIVELY = timedelta(hours=1)
LIVE_SHOWN = 5


async def start(ask: Ask) -> Answer:
    """``/start [payload]``: greet, offer the topics; a deep link subscribes at once."""
    _ = ask.translate
    if ask.place.is_private and ask.is_admin:
        await publish_for_admin(ask.bot, ask.place.chat_id, ask.language)
    if ask.text:
        if not await may_change(ask):
            return refused(ask)
        return await _start_with(ask, ask.text)
    offer = await follows.return_to(ask)
    return say(
        *_greeting(ask),
        *await _live_now(ask, offer),
        "",
        pickers.how_to_pick(ask, offer),
        keyboard=pickers.with_settings(ask, pickers.picker(ask, offer)),
    )


async def _live_now(situation: Situation, offer: Offer) -> list[str]:
    """Lines that tell which live blogs are being written at the moment, the liveliest first."""
    _ = situation.translate
    since = situation.services.now() - LIVELY
    async with situation.services.db.read() as connection:
        counts = await activity.per_source(connection, since)
    running = {each.id: each for each in offer.sources if each.state is SourceState.ACTIVE}
    liveliest = sorted(
        (number for number in counts if number in running), key=lambda n: (-counts[n], n)
    )
    if not liveliest:
        return []
    mark = Look.of(situation.language).mark  # the line runs as the language does
    lines = ["", f"<b>{_('Live now')}</b>"]
    for number in liveliest[:LIVE_SHOWN]:
        said = plural(
            situation.language,
            "{count} entry in the last hour",
            "{count} entries in the last hour",
            counts[number],
        )
        name = link(running[number].url, running[number].name)
        lines.append(f"{mark}🔴 {name} – {said.format(count=counts[number])}")
    return lines


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
            pickers.how_to_pick(ask, offer),
            keyboard=pickers.picker(ask, offer),
        )
    new, offer = await follows.follow(ask, [target])
    text = _("✅ {name} is on.") if target in new else _("{name} was on already.")
    return say(
        *_greeting(ask),
        "",
        text.format(name=pickers.bold(named)),
        *hints(ask, offer),
        keyboard=pickers.picker(ask, offer),
    )


def _linked(offer: Offer, payload: str) -> Target | None:
    found = read_payload(payload)
    if found is None:
        return None
    follow, name = found
    if follow is Follow.SOURCE:
        return follow, int(name)
    return next(((follow, each.id) for each in offer.topics if each.slug == name), None)


def _greeting(ask: Ask) -> list[str]:
    _ = ask.translate
    return [
        _("Hello! I send you live blogs as they are written, entry by entry."),
        _("/help shows everything I can do."),
    ]
