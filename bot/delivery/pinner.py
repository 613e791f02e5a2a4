"""Keeps the pinned messages: made with the first key event, edited with each, closed at the end.

Beside the sender, never before it: a pin is brought up to date every few seconds at most, after
the alerts it lists.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.delivery.errand import Errand
from bot.delivery.pacer import Pacer
from bot.delivery.pinned import hash_of, render_pinned
from bot.delivery.recorder import Action
from bot.delivery.transport import Transport
from bot.errors import (
    ChatMigratedError,
    DeliveryError,
    DestinationGoneError,
    FloodError,
    MessageGoneError,
    NotModifiedError,
    RefusedError,
    TokenError,
    TransientError,
)
from bot.outgoing import Outgoing
from bot.store import chats, pins
from bot.store.engine import Database
from bot.store.pins import Pin

AT_ONCE = 20  # pins a look
LEASE = 60.0  # seconds

log = structlog.get_logger(__name__)


class Pinner:
    """Call `work` every few seconds.

    Args:
        db: the database.
        transport: to Telegram.
        pacer: shared with alerts and replies.
        now: the present instant, UTC.
    """

    def __init__(
        self, db: Database, transport: Transport, pacer: Pacer, *, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._transport = transport
        self._pacer = pacer
        self._now = now

    def shown(self, errand: Errand) -> Action | None:
        """What to store when a message was sent or edited that shows key events."""
        destination = errand.destination
        ids = {entry.source_id for entry in errand.work.entries if entry.key_event}
        if not destination.pins or not ids:
            return None
        now = self._now()

        async def touch(connection: AsyncConnection) -> None:
            await pins.touch(connection, destination.id, sorted(ids), now)

        return touch

    async def work(self) -> None:
        """Bring the pins that are due up to date.

        Raises:
            StoreError: the database refuses.
        """
        async with self._db.write() as connection:
            await pins.touch_ended(connection, self._now())
            due = await pins.claim(connection, self._now(), limit=AT_ONCE, lease=LEASE)
        for pin in due:
            await self._bring_up_to_date(pin)

    async def _bring_up_to_date(self, pin: Pin) -> None:
        destination = pin.destination
        out = render_pinned(
            pin.source,
            pin.key_events,
            ended=pin.ended,
            language=destination.language,
            timezone=destination.timezone,
            style=destination.style,
        )
        wanted = destination.active and destination.pins and (pin.key_events or pin.message_id)
        message_id, closed = pin.message_id, pin.ended
        try:
            if wanted and hash_of(out) != pin.shown:
                message_id, closed = await self._show(pin, out)
        except FloodError as error:
            self._pacer.flooded(
                destination.chat_id, error.retry_after, group=destination.kind.is_group
            )
            await self._later(pin, error.retry_after)
        except (TransientError, ChatMigratedError, TokenError):
            await self._later(pin, backoff(pin.attempts + 1))
        except DestinationGoneError as error:
            async with self._db.write() as connection:
                await chats.switch_off_chat(
                    connection, destination.chat_id, reason=str(error), now=self._now()
                )
                await pins.settle(connection, pin, message_id=message_id, shown="", closed=False)
        except DeliveryError as error:
            log.warning("a pinned message is given up", chat=destination.chat_id, reason=str(error))
            await self._settle(pin, message_id, out, closed=True)
        else:
            await self._settle(pin, message_id, out, closed=closed)

    async def _show(self, pin: Pin, out: Outgoing) -> tuple[int, bool]:
        """Make or edit the message; returns its id, and whether nothing more is to be done."""
        chat_id, group = pin.destination.chat_id, pin.destination.kind.is_group
        if pin.message_id is None:
            await self._pacer.slot(chat_id, group=group)
            message_id = await self._transport.send(chat_id, pin.destination.thread_id, out)
            await self._settle(pin, message_id, out, closed=False)  # sent once, whatever follows
            await self._pin(pin, message_id)
            return message_id, pin.ended
        await self._pacer.slot(chat_id, group=group, edit=True)
        try:
            await self._transport.edit(chat_id, pin.message_id, out)
        except NotModifiedError:
            pass
        except MessageGoneError:
            return pin.message_id, True  # a reader took it away: it does not come back
        return pin.message_id, pin.ended

    async def _pin(self, pin: Pin, message_id: int) -> None:
        try:
            await self._transport.pin(pin.destination.chat_id, message_id)
        except (RefusedError, DestinationGoneError, MessageGoneError) as error:
            # It may not pin there: the list of key events is of use all the same.
            log.info("a message is not pinned", chat=pin.destination.chat_id, reason=str(error))

    async def _settle(
        self, pin: Pin, message_id: int | None, out: Outgoing, *, closed: bool
    ) -> None:
        async with self._db.write() as connection:
            await pins.settle(
                connection, pin, message_id=message_id, shown=hash_of(out), closed=closed
            )

    async def _later(self, pin: Pin, seconds: float) -> None:
        async with self._db.write() as connection:
            await pins.put_off(connection, pin, self._now() + timedelta(seconds=seconds))
