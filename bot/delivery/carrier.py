"""Brings one errand to its end and says what became of its deliveries, whatever Telegram answers.

Nothing is raised but a cancellation: every failure ends as an outcome that is recorded, or as
deliveries that stay in the queue, and the destination is handed back with the instant from which
it may be written to again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.delivery.corrector import Corrector
from bot.delivery.courier import Courier
from bot.delivery.errand import Errand, NotYetError
from bot.delivery.pacer import Pacer
from bot.delivery.recorder import Action, Recorder
from bot.delivery.shape import to_shape
from bot.delivery.trouble import Reports, Trouble, TroubleKind
from bot.errors import (
    DestinationGoneError,
    FloodError,
    RefusedError,
    TokenError,
    TransientError,
)
from bot.model import Bundle, DeliveryKind, Retraction
from bot.observe import Metrics
from bot.store import chats
from bot.store.columns import DeliveryState as State
from bot.store.kept_back import TAKEN_BACK
from bot.store.outbox import Outcome, Release
from bot.wording import Wording

MOST_ATTEMPTS = 50
SILENT = 10.0  # seconds in which Telegram took nothing of anybody: it is away
AWAY = 15.0  # seconds at most until it is tried again then
OLDEST = timedelta(hours=24)  # of an entry that failed all the time; news is old by then

OnShown = Callable[[Errand], Action | None]

log = structlog.get_logger(__name__)


class Carrier:
    """Carries errands; one for all of a sender's.

    Args:
        courier: sends.
        corrector: edits.
        recorder: stores what became of them.
        pacer: tells when a chat may be written to again.
        reports: tells people.
        now: the present instant, UTC.
        metrics: counts.
        on_shown: what else to store with a message that was sent or edited, such as that it began
            a thread.
    """

    def __init__(
        self,
        courier: Courier,
        corrector: Corrector,
        recorder: Recorder,
        pacer: Pacer,
        reports: Reports,
        *,
        now: Callable[[], datetime],
        metrics: Metrics,
        on_shown: Sequence[OnShown] = (),
    ) -> None:
        self._courier = courier
        self._corrector = corrector
        self._recorder = recorder
        self._pacer = pacer
        self._reports = reports
        self._now = now
        self._metrics = metrics
        # Looking a label up takes longer than counting.
        self._sent = metrics.deliveries.labels(outcome="sent")
        self._edited = metrics.deliveries.labels(outcome="edited")
        self._on_shown = on_shown
        self._away_since: float | None = None  # since when nothing was answered; the pacer's clock
        self.token_error: TokenError | None = None

    async def carry(self, errand: Errand) -> None:
        """Bring an errand to its end, or back into the queue, and hand its destination back."""
        outcomes: list[Outcome] = []
        action: Action | None = None
        wait: float | None = None
        took: list[tuple[int, float]] = []
        attempts = max((one.attempts for one in errand.work.deliveries), default=0) + 1
        try:
            outcomes = await self._deliver(errand)
            self._away_since = None
            if errand.work.kind is DeliveryKind.SEND:
                took = self._durations(errand)
            action = self._and_then(errand)
        except NotYetError:
            outcomes = self._again(errand, None)
        except FloodError as error:
            self._away_since = None
            outcomes, wait = self._again(errand, None), error.retry_after
            self._count("flooded", error)
        except DestinationGoneError as error:
            self._away_since = None
            action = self._switching_off(errand.chat_id, str(error))
            self._count("gone", error)
            log.info("chat switched off", chat=errand.chat_id, reason=str(error))
        except TransientError as error:
            if not error.maybe_sent and self._is_away():
                # No chat's fault: none is to wait for long when Telegram is back, however long it
                # was away, nor lose one of its tries.
                outcomes, wait = self._again(errand, None), backoff(1, first=AWAY)
            else:
                outcomes, wait = self._failed(errand, str(error)), backoff(attempts)
            self._count("retried", error)
            if error.maybe_sent and errand.work.kind is DeliveryKind.SEND:
                self._metrics.possible_repeats.inc()
        except RefusedError as error:
            self._away_since = None
            outcomes = self._drop(errand, error.reason)
            self._count("dropped", error)
        except TokenError as error:
            outcomes = self._again(errand, None)
            self.token_error = error
        except asyncio.CancelledError:
            outcomes = self._again(errand, "stopped while under way" if errand.under_way else None)
            if errand.under_way and errand.work.kind is DeliveryKind.SEND:
                self._metrics.possible_repeats.inc()
            raise
        except Exception as error:  # one broken entry must not stop all others; it is reported
            log.exception("delivery failed", entry=errand.entry.id, chat=errand.destination.chat_id)
            self._reports.tell(
                Trouble(
                    TroubleKind.BUG,
                    Wording(
                        "Entry {id} could not be delivered because of a mistake in LiveRelay "
                        "({kind}); it is tried again, the log has the details.",
                        id=str(errand.entry.id),
                        kind=type(error).__name__,
                    ),
                    errand.destination,
                    errand.entry.id,
                )
            )
            outcomes, wait = self._failed(errand, repr(error)), backoff(attempts)
        finally:
            if wait is None:
                edit = errand.work.kind is DeliveryKind.EDIT
                wait = self._pacer.next_free(errand.chat_id, group=errand.group, edit=edit)
            not_before = self._now() + timedelta(seconds=wait)
            self._recorder.note(
                outcomes=outcomes + self._taken_back(errand),
                action=action,
                release=Release(errand.destination.id, not_before),
                took=took,
            )

    async def _deliver(self, errand: Errand) -> list[Outcome]:
        work = errand.work
        if not work.deliveries:
            return []
        begun = bool(errand.message_ids)
        if work.kind is DeliveryKind.SEND and not (begun and errand.entry.withdrawn):
            await self._send(errand)
            # Parts sent by an earlier try show an earlier revision: they are edited next.
            shown = work.deliveries[0].revision_sent if begun else None
            return list(self._outcomes(errand, State.SENT, shown=shown))
        if errand.message_ids and self._is_shown(errand):
            await self._corrector.edit(errand)
            self._edited.inc(len(work.deliveries))
        if work.is_deleted:
            return list(self._outcomes(errand, State.DROPPED, "deleted by an admin"))
        return list(self._outcomes(errand, State.SENT, errand.problem))

    async def _send(self, errand: Errand) -> None:
        try:
            await self._courier.send(errand)
        except RefusedError as error:
            if errand.work.form is None or error.about == "rights":
                raise
            # One entry may spoil the message of all: the first goes alone, then the next.
            errand.work = errand.work.first_alone()
            errand.problem = ""
            await self._courier.send(errand)
        self._sent.inc(len(errand.work.deliveries))

    def _and_then(self, errand: Errand) -> Action | None:
        """What else is to be stored, all of it in one."""
        actions = [found for one in self._on_shown if (found := one(errand)) is not None]
        if not actions:
            return None

        async def all_of_them(connection: AsyncConnection) -> None:
            for action in actions:
                await action(connection)

        return all_of_them

    def _durations(self, errand: Errand) -> list[tuple[int, float]]:
        """How long each entry took from being stored to being in the chat."""
        now = self._now()
        took = [(one.id, (now - one.first_seen_at).total_seconds()) for one in errand.work.entries]
        for _, seconds in took:
            self._metrics.seen_to_sent.observe(seconds)
        return took

    def _is_shown(self, errand: Errand) -> bool:
        """Whether the chat wants corrections; an admin's word counts for every chat."""
        retracted = any(entry.retracted is not None for entry in errand.work.entries)
        return errand.destination.edits != "none" or retracted

    # -- outcomes -------------------------------------------------------------------------------

    def _outcomes(
        self, errand: Errand, state: State, error: str = "", *, shown: int | None = None
    ) -> Iterator[Outcome]:
        """One for each entry of the message that reached its end; `shown` is its revision."""
        work = errand.work
        bundle = None
        if work.form is not None:
            bundle = Bundle(work.form, tuple(entry.id for entry in work.entries))
        for entry in work.entries:
            deleted = entry.retracted is Retraction.DELETE and work.kind is DeliveryKind.EDIT
            yield Outcome(
                entry_id=entry.id,
                destination_id=errand.destination.id,
                state=State.DROPPED if deleted else state,
                at=self._now(),
                revision_sent=shown or entry.revision,
                message_ids=tuple(errand.message_ids),
                error=error or errand.problem or None,
                bundle=bundle,
                shape=to_shape(errand.pieces),
            )

    def _taken_back(self, errand: Errand) -> list[Outcome]:
        return [
            Outcome(
                one.entry_id,
                errand.destination.id,
                State.DROPPED,
                self._now(),
                error=TAKEN_BACK,
            )
            for one in errand.work.taken_back
        ]

    def _is_away(self) -> bool:
        """Whether it is Telegram as a whole that takes nothing, and not only this once."""
        now = self._pacer.now()
        if self._away_since is None:
            self._away_since = now
        return now - self._away_since > SILENT

    def _again(self, errand: Errand, error: str | None) -> list[Outcome]:
        """Back into the queue; without an error, the try does not count unless a part was sent."""
        work = errand.work
        if not work.deliveries:
            return []
        if error is None and len(errand.message_ids) == len(work.deliveries[0].message_ids):
            return []
        state = State.EDIT if work.kind is DeliveryKind.EDIT else State.QUEUED
        ids, shape = tuple(errand.message_ids), to_shape(errand.pieces)
        again = []
        for delivery in work.deliveries:
            revision = delivery.revision_sent
            if state is State.QUEUED and ids:
                revision = revision or errand.entry.revision
            again.append(
                Outcome(
                    delivery.entry_id,
                    errand.destination.id,
                    state,
                    self._now(),
                    revision,
                    ids,
                    error or errand.problem or None,
                    shape=shape,
                )
            )
        return again

    def _failed(self, errand: Errand, error: str) -> list[Outcome]:
        """Back into the queue with an error, unless it has been there for too long."""
        if not errand.work.deliveries:
            return []
        attempts = max(one.attempts for one in errand.work.deliveries) + 1
        since = errand.entry.first_seen_at
        if errand.work.kind is DeliveryKind.EDIT:
            since = max(entry.revised_at or entry.first_seen_at for entry in errand.work.entries)
        if attempts >= MOST_ATTEMPTS or self._now() - since > OLDEST:
            self._metrics.deliveries.labels(outcome="dropped").inc(len(errand.work.deliveries))
            reason = Wording.counted(
                "given up after {n} attempt: {reason}",
                "given up after {n} attempts: {reason}",
                attempts,
                reason=error,
            )
            return self._drop(errand, reason)
        return self._again(errand, error)

    def _drop(self, errand: Errand, reason: str) -> list[Outcome]:
        chat_id = errand.destination.chat_id
        for delivery in errand.work.deliveries:
            log.warning("delivery dropped", entry=delivery.entry_id, chat=chat_id, reason=reason)
            text = Wording(
                "Entry {id} was not delivered to chat {chat}: {reason}",
                id=str(delivery.entry_id),
                chat=str(chat_id),
                reason=reason,
            )
            self._reports.tell(
                Trouble(TroubleKind.DROPPED, text, errand.destination, delivery.entry_id)
            )
        return [
            Outcome(
                one.entry_id,
                errand.destination.id,
                State.DROPPED,
                self._now(),
                message_ids=tuple(errand.message_ids),
                error=reason,
                shape=to_shape(errand.pieces),
            )
            for one in errand.work.deliveries
        ]

    def _switching_off(self, chat_id: int, reason: str) -> Action:
        now = self._now()

        async def switch_off(connection: AsyncConnection) -> None:
            await chats.switch_off_chat(connection, chat_id, reason=reason, now=now)

        return switch_off

    def _count(self, outcome: str, error: Exception) -> None:
        self._metrics.deliveries.labels(outcome=outcome).inc()
        self._metrics.telegram_errors.labels(kind=type(error).__name__).inc()
