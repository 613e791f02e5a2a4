"""Tells admins once when Telegram asks the whole bot to slow down, and once when that is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.delivery.pacer import Pacer
from bot.wording import Wording

EVERY = 10  # seconds
SLOWED = 0.9  # of the rate; below it is a flood
RECOVERED = 0.99

log = structlog.get_logger(__name__)


class FloodAlarm:
    """Looks at the rate Telegram leaves to the bot.

    Args:
        pacer: knows it.
        leads: whether this process speaks for all that share the rate.
        report: tells the admins one sentence.
    """

    def __init__(
        self,
        pacer: Pacer,
        *,
        leads: Callable[[], Awaitable[bool]],
        report: Callable[[Wording], Awaitable[None]],
    ) -> None:
        self._pacer = pacer
        self._leads = leads
        self._report = report
        self._told = False

    async def look(self) -> None:
        """Tell what changed since the last look.

        Raises:
            StoreError: it cannot be told which process leads; the next look does.
        """
        full = self._pacer.rates.global_rate
        rate = self._pacer.rate
        if not self._told and rate < SLOWED * full:
            self._told = True
            log.warning("Telegram slows the whole bot down", rate=round(rate, 1), permitted=full)
            if await self._leads():
                await self._report(
                    Wording(
                        "Telegram asks the whole bot to slow down (429): {rate} messages a second "
                        "instead of {full}. Alerts wait, nothing is lost; the rate climbs back by "
                        "itself. If this comes often, lower pacing.global_rate.",
                        rate=round(rate, 1),
                        full=full,
                    )
                )
        elif self._told and rate >= RECOVERED * full:
            self._told = False
            log.info("Telegram takes the full rate again", rate=full)
            if await self._leads():
                await self._report(
                    Wording("Telegram takes {full} messages a second again.", full=full)
                )
