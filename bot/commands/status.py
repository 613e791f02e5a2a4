"""``/status``: what a chat gets and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import follows
from bot.commands.conversation import Ask
from bot.commands.follows import Offer
from bot.commands.reading import MARKS, source_state
from bot.commands.reply import Answer, say
from bot.commands.texts import ago, shown
from bot.locales.numbers import number_of
from bot.model import Follow, Source
from bot.store import outbox

MAX_SOURCES = 20


@dataclass(frozen=True, slots=True)
class Freshness:
    """How up to date a destination is.

    Attributes:
        last_sent_at: of its newest alert, UTC.
        waiting: alerts under way to it.
    """

    last_sent_at: datetime | None = None
    waiting: int = 0


async def status(ask: Ask) -> Answer:
    """``/status``."""
    offer = await follows.offer_for(ask)
    freshness = await _freshness(ask)
    return say(*_what(ask, offer), "", *_how_fresh(ask, freshness), *_sources(ask, offer))


async def _freshness(ask: Ask) -> Freshness:
    if ask.destination is None:
        return Freshness()
    here = ask.destination.id

    async def freshness(connection: AsyncConnection) -> Freshness:
        return Freshness(
            await outbox.last_sent_at(connection, here),
            await outbox.waiting_count(connection, here),
        )

    return await ask.services.db.look(freshness)


def _what(ask: Ask, offer: Offer) -> list[str]:
    _ = ask.translate
    followed = offer.named(ask)
    if not offer.is_used:
        return [_("Nothing is on here. /topic shows what I can send.")]
    lines = [f"<b>{_('On here')}</b>", *(f"✅ {shown(each.label)}" for each in followed)]
    lines += follows.watch_lines(ask, offer)
    if ask.destination is not None and not ask.destination.active:
        lines.append(_("But I was shut out of this chat meanwhile. /start begins again."))
    return lines


def _how_fresh(ask: Ask, freshness: Freshness) -> list[str]:
    _ = ask.translate
    last = ago(freshness.last_sent_at, ask.services.now(), _)
    return [
        _("Last alert: {ago}").format(ago=last),
        _("Waiting to be sent: {n}").format(n=number_of(freshness.waiting, ask.language)),
    ]


def _sources(ask: Ask, offer: Offer) -> list[str]:
    _ = ask.translate
    relevant = _relevant(offer)
    if not relevant:
        return []
    lines = ["", f"<b>{_('Where it comes from')}</b>"]
    for source in relevant[:MAX_SOURCES]:
        mark = "⚠️" if source.failures else MARKS.get(source.state, "")
        lines.append(f"{mark} {shown(source.name)} – {source_state(source, ask)}")
    if len(relevant) > MAX_SOURCES:
        lines.append(_("… and {n} more: /sources").format(n=len(relevant) - MAX_SOURCES))
    return lines


def _relevant(offer: Offer) -> list[Source]:
    """The sources entries may come from: all of them unless only some are followed."""
    if offer.watches or any(follow is not Follow.SOURCE for follow, _number in offer.followed):
        return list(offer.sources)
    ids = {number for _follow, number in offer.followed}
    return [each for each in offer.sources if each.id in ids or each.parent_id in ids]
