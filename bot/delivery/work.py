"""What a sender does next for a destination it claimed: one message sent, or one edited. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.bundling import choose
from bot.delivery.renderings import Renderings
from bot.model import Batch, Delivery, DeliveryKind, Destination, Entry, Form, Retraction


@dataclass(frozen=True, slots=True)
class Work:
    """One message's worth.

    Attributes:
        kind: to be sent, or edited.
        deliveries: those it brings to their end, oldest entry first.
        entries: what the message shows, in its order; of an edit also entries that did not change.
        form: how several are shown; None for an entry that stands alone.
        taken_back: deliveries that are not needed any more: their entries were withdrawn.
    """

    kind: DeliveryKind
    deliveries: tuple[Delivery, ...]
    entries: tuple[Entry, ...]
    form: Form | None = None
    taken_back: tuple[Delivery, ...] = ()

    @property
    def key(self) -> tuple[tuple[int, int], ...]:
        """Which entries in which revisions: the same for every chat that gets the same message."""
        return tuple((entry.id, entry.revision) for entry in self.entries)

    @property
    def has_key_event(self) -> bool:
        """Whether it shows one."""
        return any(entry.key_event for entry in self.entries)

    @property
    def is_deleted(self) -> bool:
        """Whether an admin had all of it deleted."""
        return all(entry.retracted is Retraction.DELETE for entry in self.entries)

    def first_alone(self) -> Work:
        """Only its first delivery; the others stay in the queue."""
        return Work(self.kind, self.deliveries[:1], self.entries[:1])


def entry_ids(batch: Batch) -> set[int]:
    """The entries that `pick` may need."""
    ids = {delivery.entry_id for delivery in batch.deliveries}
    for delivery in batch.deliveries:
        if delivery.bundle is not None:
            ids.update(delivery.bundle.entry_ids)
    return ids


def pick(
    batch: Batch,
    entries: Mapping[int, Entry],
    renderings: Renderings,
    *,
    now: datetime,
    digest_after: timedelta,
) -> Work:
    """Choose the next message: new entries before corrections, what was begun before all.

    Args:
        batch: what was claimed, at least one delivery; new ones oldest first, then corrections.
        entries: the entries of `entry_ids`; one that is gone is left out.
        renderings: tell what fits into a message.
        now: UTC.
        digest_after: age of the oldest waiting entry from which a backlog becomes a digest.
    """
    sends = [one for one in batch.deliveries if one.kind is DeliveryKind.SEND]
    for delivery in sends:
        if delivery.message_ids:
            return _alone(delivery, entries)
    taken_back = tuple(one for one in sends if entries[one.entry_id].withdrawn)
    waiting = [one for one in sends if not entries[one.entry_id].withdrawn]
    if waiting:
        return _new(batch.destination, waiting, taken_back, entries, renderings, now - digest_after)
    if taken_back:
        return Work(DeliveryKind.SEND, (), (), taken_back=taken_back)
    return _correction(batch.deliveries, entries)


def _new(
    destination: Destination,
    waiting: list[Delivery],
    taken_back: tuple[Delivery, ...],
    entries: Mapping[int, Entry],
    renderings: Renderings,
    late_before: datetime,
) -> Work:
    if destination.threads:  # a message answers to its own live blog's first one
        source_id = entries[waiting[0].entry_id].source_id
        waiting = [one for one in waiting if entries[one.entry_id].source_id == source_id]
    shown = [entries[one.entry_id] for one in waiting]
    load = choose(
        shown,
        lambda form: renderings.bundle(shown, form, destination),
        late=shown[0].first_seen_at < late_before,
    )
    return Work(
        DeliveryKind.SEND,
        tuple(waiting[: load.count]),
        tuple(shown[: load.count]),
        load.form,
        taken_back,
    )


def _correction(edits: Sequence[Delivery], entries: Mapping[int, Entry]) -> Work:
    """The first correction, and with it all those of the same message."""
    first = edits[0]
    if first.bundle is None:
        return _alone(first, entries)
    together = tuple(one for one in edits if one.message_ids == first.message_ids)
    shown = tuple(entries[id_] for id_ in first.bundle.entry_ids if id_ in entries)
    return Work(DeliveryKind.EDIT, together, shown, first.bundle.form)


def _alone(delivery: Delivery, entries: Mapping[int, Entry]) -> Work:
    return Work(delivery.kind, (delivery,), (entries[delivery.entry_id],))
