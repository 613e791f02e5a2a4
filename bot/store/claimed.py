"""What was claimed, from the rows of a query to batches: the same for both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.model import Batch, Bundle, ChatKind, Delivery, DeliveryKind, Destination, Form
from bot.store.columns import DeliveryState as State

COLUMNS = """
    x.id, c.telegram_id, x.thread_id, c.kind, c.title, c.language, x.timezone, x.edits, x.active,
    x.threads, x.pins, x.style, x.duplicates, w.entry_id, w.state, w.attempts, w.message_ids,
    w.revision_sent, w.bundle, w.shape
"""


def batches(
    ids: Iterable[int], rows: Iterable[Sequence[Any]], load: Callable[[Any], Any]
) -> list[Batch]:
    """A batch for each destination that has work, in the order of `ids`.

    Args:
        ids: the destinations that were leased.
        rows: of `COLUMNS`: destination ``x`` in chat ``c`` with delivery ``w``.
        load: makes a value of a JSON column.
    """
    found: dict[int, Destination] = {}
    work: dict[int, list[Delivery]] = {}
    for row in rows:
        id_, chat_id, thread_id, kind, title, language, zone, edits = row[:8]
        active, threads, pins, style, duplicates, entry_id, state, attempts = row[8:16]
        message_ids, revision_sent, bundle, shape = row[16:]
        if id_ not in found:
            found[id_] = Destination(
                id_,
                chat_id,
                thread_id or None,
                ChatKind(kind),
                title,
                language,
                zone,
                edits,
                bool(active),
                bool(threads),
                bool(pins),
                style,
                bool(duplicates),
            )
            work[id_] = []
        work[id_].append(
            Delivery(
                id_,
                entry_id,
                DeliveryKind.EDIT if state == State.EDIT else DeliveryKind.SEND,
                attempts,
                tuple(load(message_ids) or ()) if message_ids else (),
                revision_sent,
                as_bundle(load(bundle)) if bundle else None,
                shape or "",
            )
        )
    return [Batch(found[id_], tuple(work[id_])) for id_ in ids if id_ in work]


def as_bundle(values: Sequence[Any] | None) -> Bundle | None:
    """A bundle from the column's value."""
    return Bundle(Form(values[0]), tuple(values[1:])) if values else None


def bundle_values(bundle: Bundle | None) -> list[object] | None:
    """A bundle as the column's value."""
    return None if bundle is None else [bundle.form.value, *bundle.entry_ids]
