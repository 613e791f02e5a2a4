"""An entry's way to the chats in sentences: seen, queued, merged, sent, edited, failed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.delivery.shape import from_shape
from bot.model import ChangeKind, Form, Retraction
from bot.store.columns import DeliveryState as State
from bot.store.evidence import DeliveryRecord, EntryRecord
from bot.store.latencies import percentiles

_STATES = {
    State.QUEUED: "waiting",
    State.EDIT: "to be corrected",
    State.SENT: "sent",
    State.DROPPED: "dropped",
}
_KINDS = {"t": "a text", "p": "a photo", "a": "a picture of an album", "?": "a message"}


def explain_entry(record: EntryRecord) -> Iterator[str]:
    """What became of an entry as a whole, a sentence or two a line."""
    entry = record.entry
    title = entry.title or " ".join(entry.text.split())[:80] or "(no text)"
    yield f"Entry {entry.id} of {record.source}: {title}"
    if entry.published_at is not None:
        waited = entry.first_seen_at - entry.published_at
        yield (
            f"Published {_instant(entry.published_at)}; seen and stored "
            f"{_instant(entry.first_seen_at)}, {_span(waited)} later."
        )
    else:
        yield f"Seen and stored {_instant(entry.first_seen_at)}; the source gives it no time."
    marks = [
        name
        for name, is_so in (("a key event", entry.key_event), ("pinned", entry.pinned))
        if is_so
    ]
    if marks:
        yield f"Marked by the newsroom as {' and '.join(marks)}."
    yield f"Topics: {', '.join(record.topics) or 'none'}."
    if entry.retracted is not None:
        how = "deleted" if entry.retracted is Retraction.DELETE else "struck through"
        yield f"Taken back by an admin: {how} in every chat."
    elif entry.withdrawn:
        yield "Withdrawn by its source."
    for other, source, withdrawn in record.same_news:
        since = ", which was withdrawn" if withdrawn else ""
        yield f"It tells the same news as entry {other} of {source}{since}."
    if not record.fanouts:
        yield (
            "Never queued: it stood on the page when the source was added, or its deliveries are "
            "past the edit window and were forgotten."
        )
    for change in record.fanouts:
        yield _fanout(
            change.kind, change.revision, change.created_at, change.done_at, change.planned
        )
    if record.states:
        counts = (f"{count} {_STATES[state]}" for state, count in sorted(record.states.items()))
        yield f"Deliveries: {', '.join(counts)}."
    if record.took:
        half, most, nearly, last = percentiles(record.took, (0.5, 0.95, 0.99, 1.0))
        yield (
            f"From stored to sent: median {half:.3g} s, 95 % within {most:.3g} s, 99 % within "
            f"{nearly:.3g} s, the last after {last:.3g} s ({sum(record.took.values())} chats)."
        )


def explain_delivery(entry: EntryRecord, record: DeliveryRecord, now: datetime) -> Iterator[str]:
    """What became of an entry in one destination."""
    where = record.destination
    place = f"chat {where.chat_id}" + (f", topic {where.thread_id}" if where.thread_id else "")
    yield f"For {place} ({where.title or where.kind}):"
    if record.matched:
        yield f"It follows {' and '.join(record.matched)}, so the entry is for it."
    for expression in record.watches:
        yield f"Matched by your watch: {expression}"
    if not _is_for(record):
        yield "It follows nothing that the entry belongs to (now)."
    if not where.active:
        yield f"The chat is switched off: {record.off_reason}"
    if record.state is None:
        yield from _why_not(entry, record)
        return
    if record.queued_at is not None:
        yield f"Queued {_instant(record.queued_at)}."
        if _was_kept_back(entry, record.queued_at):
            yield (
                "Until then it was kept back: the chat had the same news from another source, "
                "which were withdrawn."
            )
    if record.bundle is not None:
        others = ", ".join(str(id_) for id_ in record.bundle.entry_ids)
        form = "a digest of" if record.bundle.form is Form.DIGEST else "merged with others:"
        yield f"Shown in {form} entries {others}."
    if record.sent_at is not None and record.message_ids:
        pieces = from_shape(record.shape, len(record.message_ids))
        kinds = ", ".join(dict.fromkeys(_KINDS[piece.kind] for piece in pieces))
        ids = ", ".join(map(str, record.message_ids))
        yield f"Sent {_instant(record.sent_at)} as {kinds} (message {ids})."
    if record.edited_at is not None:
        shows = f"the chat shows revision {record.revision_sent}"
        yield f"Corrected {_instant(record.edited_at)}; {shows}."
    yield f"State: {_STATES[record.state]}."
    if record.attempts:
        yield f"Failed tries so far: {record.attempts}."
    if record.error:
        yield f"Last word: {record.error}"
    if record.state < State.SENT and record.not_before > now:
        yield f"The chat may not be written to before {_instant(record.not_before)}."


def _why_not(entry: EntryRecord, record: DeliveryRecord) -> Iterator[str]:
    new = [change for change in entry.fanouts if change.kind == ChangeKind.NEW]
    if not new:
        yield "Nothing was queued for any chat."
    elif new[0].done_at is None:
        yield "Its turn to be queued has not come yet; queueing is under way."
    elif _is_for(record):
        yield (
            "Nothing was queued for it: it was switched off, or did not follow this yet, when the "
            f"entry was queued ({_instant(new[0].done_at)})."
        )
    else:
        yield "So nothing was queued for it."


def _was_kept_back(entry: EntryRecord, queued_at: datetime) -> bool:
    """Whether it was queued after its own turn, in the stead of another entry."""
    planned = (one.done_at for one in entry.fanouts if one.kind == ChangeKind.NEW)
    done_at = next(planned, None)
    return bool(entry.same_news) and done_at is not None and queued_at > done_at


def _is_for(record: DeliveryRecord) -> bool:
    return bool(record.matched or record.watches)


def _fanout(
    kind: str, revision: int, created: datetime, done: datetime | None, planned: int
) -> str:
    what = {"new": "Queued", "revised": "Its correction was queued"}.get(
        kind, "Its withdrawal was queued"
    )
    if done is None:
        return (
            f"{what} for {planned} chats so far, since {_instant(created)} (revision {revision})."
        )
    return (
        f"{what} for {planned} chats within {_span(done - created)} of {_instant(created)} "
        f"(revision {revision})."
    )


def _instant(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    if abs(seconds) < 120:
        return f"{seconds:.3g} s"
    if abs(seconds) < 7_200:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3_600:.3g} h"
