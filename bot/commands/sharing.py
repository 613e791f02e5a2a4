"""``/share``: a link, and a picture to scan, that lead somebody to a topic or a source here."""

from __future__ import annotations

import io

import segno

from bot.commands import follows, pickers
from bot.commands.conversation import Ask
from bot.commands.reply import Answer, say
from bot.commands.subscribing import asked_back
from bot.commands.targets import EVERYTHING, Named
from bot.commands.texts import shown
from bot.model import Follow

SCALE = 12  # pixels of a module
QUIET_ZONE = 4  # modules of white around the code, as ISO/IEC 18004 asks for


async def share(ask: Ask) -> Answer:
    """``/share [topic|source]``: without a name, a link to the bot itself."""
    _ = ask.translate
    payload, label = "", ""
    if ask.text:
        offer = await follows.offer_for(ask)
        resolved = offer.directory(ask).resolve(ask.text)
        if resolved.ambiguous or resolved.unknown or len(resolved.found) != 1:
            example = _("Name one topic or source: /share weather.")
            return say(*asked_back(resolved, ask.translate), example)
        (named,) = resolved.found
        if named.target != EVERYTHING:
            payload, label = _payload(ask, offer, named), pickers.bold(named)
    link = f"https://t.me/{ask.bot.username}" + (f"?start={payload}" if payload else "")
    if label:
        said = _("Whoever opens this link gets {name}:").format(name=label)
    else:
        said = _("Whoever opens this link meets me:")
    return Answer((said, shown(link, 200), _("Or scan the picture.")), picture=qr_code(link))


def qr_code(link: str) -> bytes:
    """A link as a QR code, PNG, dark on white so that it can be scanned in a dark chat, too."""
    made = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        made, kind="png", scale=SCALE, border=QUIET_ZONE, dark="#17212b", light="white"
    )
    return made.getvalue()


def _payload(ask: Ask, offer: follows.Offer, named: Named) -> str:
    """What a deep link says (`bot.commands.arguments.read_payload`)."""
    follow, number = named.target
    if follow is Follow.SOURCE:
        return f"source_{number}"
    return next((f"topic_{each.slug}" for each in offer.topics if each.id == number), "")
