"""Decides what a snapshot means: which entries are new, revised or withdrawn. Pure.

Newness is membership: an entry is new when its identity is not stored, never because of its place
on the page or its time. So back-dated, re-ordered, pinned and late entries are all found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from bot.intake.identity import content_hash, identify
from bot.intake.topics import UNSPACED
from bot.model import Change, ChangeKind, Decision, Known, Snapshot, SourceEntry

POLLS_UNTIL_WITHDRAWN = 2  # one poll may have caught the page in the middle of an edit
FEW_SHARE = 0.2  # what happens to more at once is a fault of the page, not the newsroom's will
FEW = 3
REVISIONS_AT_MOST = 50  # of one entry; what changes on and on is a clock or a counter, not news
REWRITES_AT_MOST = 5  # of most of a page at once; the newsroom would not do it again and again
MOST = 0.5
SLIP = 80.0  # a letter of five
SLIP_LETTERS = 5
COMPARED_AT_MOST = 3_000  # words; a longer text that changed counts as changed

_LAST = datetime.max.replace(tzinfo=UTC)
_WORD = re.compile(rf"[^\W{UNSPACED}]+|\w")  # each sign of a script without spaces is a word


def decide(known: Sequence[Known], snapshot: Snapshot, *, reformatted: bool = False) -> Decision:
    """Compare a snapshot with what is stored of its source.

    Args:
        known: every stored entry of the source, tombstones too.
        snapshot: what the page holds now.
        reformatted: it was read by another adapter than before. Then entries that are known by
            their time and words are adopted, differences in how they read are no revisions, and
            what is not newer than everything stored is taken in silently: nothing is told twice.

    Returns:
        The changes, oldest first.
    """
    identities = identify(snapshot.entries, known, reformatted=reformatted)
    stored = {item.identity: item for item in known}
    dated = [item.published_at for item in known if item.published_at]
    latest, earliest = max(dated, default=None), min(dated, default=None)
    changes: list[Change] = []
    missing: dict[str, int] = {}
    adopted: dict[str, tuple[str, str]] = {}
    times: dict[str, tuple[datetime, datetime | None]] = {}
    seen: set[str] = set()
    restless = 0
    for place, (identity, entry) in enumerate(zip(identities, snapshot.entries, strict=True)):
        if identity is None:
            continue
        seen.add(identity)
        item = stored.get(identity)
        if item is not None and item.missing_polls and not item.withdrawn:
            missing[identity] = 0
        if entry.unread:
            continue
        told = entry.published_at if not entry.slack else None  # an age moves with the clock
        if item is not None and told not in (None, item.published_at):
            times[identity] = (told, item.published_at)
        renamed = item is not None and entry.id is not None and entry.id != identity
        if item is not None and (renamed or reformatted):
            adopted[identity] = (entry.id or identity, content_hash(entry))
        if item is not None and reformatted:
            continue
        at_edge = place in (0, len(identities) - 1) and not snapshot.complete
        change = _compare(identity, entry, item, may_be_cut=at_edge)
        if item is not None and _is_restless(change, item):
            restless += 1
        elif change is not None:
            old = reformatted and latest and (entry.published_at or latest) <= latest
            changes.append(replace(change, silent=True) if old else change)
    changes, rewritten = _without_rewrites(changes, stored, len(seen))
    restless += rewritten
    changes = _without_past(changes, earliest)
    gone: list[Known] = []
    warnings: tuple[str, ...] = ()
    if not reformatted:
        gone, warnings = _absent(known, snapshot, seen)
    for item in gone:
        polls = item.missing_polls + 1
        missing[item.identity] = polls
        if polls >= POLLS_UNTIL_WITHDRAWN:
            changes.append(Change(ChangeKind.WITHDRAWN, item.identity, None, item.content_hash))
    if restless:
        warnings = (
            *warnings,
            f"entries that change at every poll: {restless}; these changes are relayed no more",
        )
    retimed = _retimed(times, len(seen), reformatted=reformatted)
    ordered = tuple(_oldest_first(changes, snapshot))
    return Decision(ordered, missing, adopted, retimed, warnings, restless)


def _compare(
    identity: str, entry: SourceEntry, item: Known | None, *, may_be_cut: bool
) -> Change | None:
    seen = content_hash(entry)
    if item is None:
        return None if entry.withdrawn else Change(ChangeKind.NEW, identity, entry, seen)
    if item.pruned or item.retracted:
        return None
    if entry.withdrawn:
        if item.withdrawn:
            return None
        return Change(ChangeKind.WITHDRAWN, identity, None, item.content_hash)
    if item.withdrawn:  # it is back
        return Change(ChangeKind.REVISED, identity, entry, seen)
    if seen == item.content_hash:
        return None
    if may_be_cut and _is_cut(entry.text, item.text):
        return None
    return Change(ChangeKind.REVISED, identity, entry, seen, material=_is_material(entry, item))


def _without_past(changes: list[Change], earliest: datetime | None) -> list[Change]:
    """The changes, those of them silent that show more of the past than the page did so far.

    A newsroom that dates an entry back does so once or twice. Where many are older than whatever
    is stored, the page was made longer, or only a part of it arrived before.
    """
    past = {
        change.identity
        for change in changes
        if change.kind is ChangeKind.NEW
        and earliest is not None
        and change.entry is not None
        and change.entry.published_at is not None
        and change.entry.published_at < earliest
    }
    if len(past) <= FEW:
        return changes
    return [
        replace(change, silent=True) if change.identity in past else change for change in changes
    ]


def _retimed(
    times: Mapping[str, tuple[datetime, datetime | None]], seen: int, *, reformatted: bool
) -> dict[str, datetime]:
    """Which of the times that differ from the stored ones are corrections.

    A newsroom corrects the time of an entry or two, or moves the whole page by an hour. Where many
    change as they like, the page writes its own latest time into each, or the like.

    Args:
        times: identity -> time on the page, time stored.
        seen: how many entries the page holds.
        reformatted: another adapter reads them, perhaps to the second.
    """
    if not reformatted and len(times) > max(FEW, FEW_SHARE * seen):
        shifts = Counter(new - old for new, old in times.values() if old is not None)
        shift = max(shifts, key=lambda one: (shifts[one], one), default=None)
        times = {
            name: (new, old)
            for name, (new, old) in times.items()
            if old is not None and new - old == shift
        }
        if len({new for new, _ in times.values()}) <= FEW:
            return {}
    return {identity: new for identity, (new, _) in times.items()}


def _without_rewrites(
    changes: list[Change], stored: Mapping[str, Known], seen: int
) -> tuple[list[Change], int]:
    """The changes without those of a page that rewrites itself, and how many these are."""
    rewritten = {
        change.identity
        for change in changes
        if change.kind is ChangeKind.REVISED
        and not stored[change.identity].withdrawn
        and stored[change.identity].revision > REWRITES_AT_MOST
    }
    if len(rewritten) <= max(FEW, MOST * seen):
        return changes, 0
    return [change for change in changes if change.identity not in rewritten], len(rewritten)


def _is_restless(change: Change | None, item: Known) -> bool:
    return (
        change is not None
        and change.kind is ChangeKind.REVISED
        and not item.withdrawn
        and item.revision >= REVISIONS_AT_MOST
    )


def _is_cut(new: str, old: str) -> bool:
    """Whether the text is the beginning of what is stored: a page cut off in the middle."""
    return len(new) < len(old) and old.startswith(new.rstrip("… ."))


def _is_material(entry: SourceEntry, item: Known) -> bool:
    """Whether more changed than signs and slips of the pen: one word may turn the meaning."""
    new = _WORD.findall(f"{entry.title} {entry.text}".casefold())
    old = _WORD.findall(f"{item.title} {item.text}".casefold())
    if len(new) != len(old) or max(len(new), len(old)) > COMPARED_AT_MOST:
        return True
    return any(
        step.tag != "replace" or not _is_slip(old[step.src_pos], new[step.dest_pos])
        for step in Levenshtein.editops(old, new)
    )


def _is_slip(old: str, new: str) -> bool:
    """Whether a word is another one misspelt; short ones differ by a letter ("Iran", "Iraq")."""
    if any(letter.isdigit() for letter in old + new) or min(len(old), len(new)) < SLIP_LETTERS:
        return False
    return fuzz.ratio(old, new) >= SLIP


def _absent(
    known: Sequence[Known], snapshot: Snapshot, seen: set[str]
) -> tuple[list[Known], tuple[str, ...]]:
    """Stored entries that a complete page lacks although it holds older and newer ones."""
    if not snapshot.complete:
        return [], ()
    # A pinned entry stands out of order, marked or not: it does not say how far back the page goes.
    times = [
        entry.published_at
        for entry in snapshot.entries
        if entry.published_at is not None and not entry.pinned
    ]
    if not times:
        return [], ()
    newest = max(times)
    oldest = times[-1] if _is_newest_first(snapshot.entries) else min(times)
    between = [
        item
        for item in known
        if item.published_at is not None
        and oldest < item.published_at < newest
        and not item.withdrawn
        and not item.pruned
    ]
    gone = [item for item in between if item.identity not in seen]
    if len(gone) > max(FEW, FEW_SHARE * len(between)):
        return [], (
            f"{len(gone)} of {len(between)} entries vanished at once; "
            "taken as a fault of the page, not as withdrawals",
        )
    return gone, ()


def _oldest_first(changes: list[Change], snapshot: Snapshot) -> list[Change]:
    """Sort by publication; equal minutes in the page's own direction; undated ones last."""
    ordered = changes[::-1] if _is_newest_first(snapshot.entries) else list(changes)
    return sorted(
        ordered,
        key=lambda change: (change.entry and change.entry.published_at) or _LAST,
    )


def _is_newest_first(entries: Sequence[SourceEntry]) -> bool:
    times = [entry.published_at for entry in entries if entry.published_at is not None]
    falls = sum(1 for a, b in pairwise(times) if a > b)
    rises = sum(1 for a, b in pairwise(times) if a < b)
    # A page that tells nothing lists its newest first, as nearly all live blogs and feeds do.
    return falls >= rises
