"""Which stored entry an entry on the page is: by its id, else by time and text.

Clock-time pages give their entries no id. An entry there is recognised by its minute and its
words, aligned with what is stored, so that a reworded entry is a revision and not a new one, and
two entries in one minute stay two.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from bot.model import Known, SourceEntry

# `token_sort_ratio` of two unrelated entries of a real page: 45 in the middle, 60 at most (1 in 100
# pairs); of an entry and its correction above 70.
SAME_MINUTE = 62.0  # several candidates in the minute
ALONE_IN_MINUTE = 45.0  # one went, one came, in the same minute
UNDATED = 80.0  # nothing but the words says that it is the same
BACK = 80.0  # was withdrawn: another entry in its minute is not its return
MOVED = 90.0  # the clock time itself was corrected
MOVED_AT_MOST = timedelta(minutes=90)
MOVED_WORDS = 6  # shorter texts ("Goal!") repeat by themselves
ROUNDED = timedelta(minutes=2)  # an age is cut to the minute, and pages are cached
SHIFTED_AT_LEAST = 3  # entries moved by the same time: the page corrected its date or zone

_NATURAL = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\dZ|undated)/[0-9a-f]{12}(?:#\d+)?\Z")


def content_hash(entry: SourceEntry) -> str:
    """Hash of what a reader sees: title and text, white space folded."""
    return _hash(entry.title, entry.text)


def natural_identity(entry: SourceEntry) -> str:
    """An identity made of the minute and the words, for entries without an id."""
    told = entry.published_at if not entry.slack else None
    minute = f"{told:%Y-%m-%dT%H:%MZ}" if told else "undated"
    return f"{minute}/{content_hash(entry)[:12]}"


def identify(
    entries: Sequence[SourceEntry], known: Iterable[Known], *, reformatted: bool = False
) -> list[str | None]:
    """The identity of each entry of a page, old or new, in the page's order.

    An entry that the page holds twice (a pinned copy, a doubled row) counts once, known by its id
    or by its time and its words: the second place gets None.

    Args:
        entries: the page's.
        known: what is stored of the source.
        reformatted: the page is of another format than before, so that an id that is not known
            says nothing: such an entry is aligned by time and words first. Where not one of the
            page's ids is known, those with the time and the very words of a stored one are it,
            and if there are several, the others are aligned, too.
    """
    by_identity = {item.identity: item for item in known}
    entries = _timed(entries, list(by_identity.values()))
    realign = reformatted or not any(entry.id in by_identity for entry in entries)
    taken: set[str] = set()
    found: list[str | None] = [None] * len(entries)
    for index, entry in enumerate(entries):
        if entry.id is not None and entry.id not in taken:
            taken.add(entry.id)
            found[index] = entry.id
    nameless = [index for index, entry in enumerate(entries) if entry.id is None]
    copies = _copies(entries, nameless)
    nameless = [index for index in nameless if index not in copies]
    unknown = [index for index, own in enumerate(found) if own and own not in by_identity]
    free = [item for identity, item in by_identity.items() if identity not in taken]
    if reformatted:
        nameless, unknown = [*nameless, *unknown], []
    aligned = _align(entries, nameless, free)
    if realign and unknown:
        given = set(aligned.values())
        # A page of the newest few holds nothing but strange ids whenever it moved on by its length.
        left = [item for item in free if item.identity not in given]
        same = _align_same(entries, unknown, left)
        if len(same) >= SHIFTED_AT_LEAST:  # the ids changed, and not the page
            given = set(same.values())
            rest = [index for index in unknown if index not in same]
            same |= _align(entries, rest, [item for item in left if item.identity not in given])
        aligned |= same
    if unknown and len(nameless) + len(copies) == 0:
        # Each entry has an id now: one that is stored without is not seen again as it was.
        rest = [index for index in unknown if index not in aligned]
        left = [item for item in free if _NATURAL.match(item.identity)]
        aligned |= _align(entries, rest, [i for i in left if i.identity not in aligned.values()])
    taken.update(aligned.values())
    # Two rows with the same words may be stored from a time when the page held no copy but twins.
    aligned |= _align_same(entries, copies, [item for item in free if item.identity not in taken])
    taken.update(by_identity)
    for index in copies:
        found[index] = aligned.get(index)
    for index in (*nameless, *unknown):
        own = found[index]
        found[index] = aligned.get(index) or own or _fresh(entries[index], taken)
    return found


def _timed(entries: Sequence[SourceEntry], known: Sequence[Known]) -> Sequence[SourceEntry]:
    """The entries with the stored times of those that only tell their age: it is never the same."""
    rough = [i for i, entry in enumerate(entries) if entry.slack and entry.id is None]
    if not rough:
        return entries
    pairs = []
    times = {item.identity: item.published_at for item in known if item.published_at is not None}
    stored = [item for item in known if item.identity in times]
    for index in rough:
        entry = entries[index]
        assert entry.published_at is not None
        words = content_hash(entry)
        for item in stored:
            if abs(entry.published_at - times[item.identity]) > entry.slack + ROUNDED:
                continue
            same = item.content_hash == words
            score = 100.0 if same else similarity(entry.title, entry.text, item)
            if score >= SAME_MINUTE:
                pairs.append(_pair(index, entry, item, score + same))
    timed = list(entries)
    given: set[str] = set()
    for pair in sorted(pairs):
        if timed[pair.index].slack and pair.identity not in given:
            given.add(pair.identity)
            timed[pair.index] = replace(
                timed[pair.index], published_at=times[pair.identity], slack=timedelta()
            )
    return timed


def _copies(entries: Sequence[SourceEntry], nameless: Sequence[int]) -> set[int]:
    """Entries with the time and the words of one before them; a few words ("Goal!") may repeat."""
    seen: set[tuple[datetime, str]] = set()
    copies = set()
    for index in nameless:
        entry = entries[index]
        if entry.published_at is None or not _enough_words(entry):
            continue
        key = (entry.published_at, content_hash(entry))
        if key in seen:
            copies.add(index)
        seen.add(key)
    return copies


def similarity(title: str, text: str, item: Known) -> float:
    """How alike the words are, 0 to 100; one that only grew or shrank counts as alike."""
    new, old = _words(title, text), _words(item.title, item.text)
    if new and old and (new.startswith(old) or old.startswith(new)):
        return 100.0
    return fuzz.token_sort_ratio(new, old)


@dataclass(frozen=True, slots=True, order=True)
class _Pair:
    """An entry and what it may be; the least is the surest, whatever the page's order."""

    unlike: float
    apart: float
    words: str
    identity: str
    when: float
    name: str
    index: int


def _pair(index: int, entry: SourceEntry, item: Known, score: float) -> _Pair:
    apart = 0.0
    if entry.published_at and item.published_at:
        apart = abs((entry.published_at - item.published_at).total_seconds())
    when = entry.published_at.timestamp() if entry.published_at else 0.0
    words = content_hash(entry)
    return _Pair(-score, apart, words, item.identity, when, entry.id or "", index)


def _align(
    entries: Sequence[SourceEntry], indices: Sequence[int], known: Iterable[Known]
) -> dict[int, str]:
    """Index -> identity, each known entry at most once; surest matches first."""
    matched: dict[int, str] = {}
    left = {index: entries[index] for index in indices}
    free = {item.identity: item for item in known}
    oldest = min((e.published_at for e in entries if e.published_at and not e.pinned), default=None)

    def settle(pairs: Iterable[_Pair]) -> None:
        for pair in sorted(pairs):
            if pair.index in left and pair.identity in free:
                matched[pair.index] = pair.identity
                del left[pair.index], free[pair.identity]

    settle(_same_words(left, free, same_time=True))
    settle(_alike_in_minute(left, free, oldest))
    settle(_shifted(_same_words(left, free, same_time=False), left, free))
    # What is older than everything on the page has left it; words like it are somebody else's.
    moved = {key: item for key, item in free.items() if _is_within(item, oldest)}
    settle(_same_words(left, moved, same_time=False))
    settle(_moved(left, moved))
    return matched


def _align_same(
    entries: Sequence[SourceEntry], indices: Iterable[int], known: Iterable[Known]
) -> dict[int, str]:
    """Entries that are the same only with the same time and the same words."""
    free = {item.identity: item for item in known if item.published_at is not None}
    left = {index: entries[index] for index in indices}
    matched: dict[int, str] = {}
    for pair in sorted(_same_words(left, free, same_time=True)):
        if pair.index in left and pair.identity in free:
            matched[pair.index] = pair.identity
            del left[pair.index], free[pair.identity]
    return matched


def _same_words(
    left: dict[int, SourceEntry], free: dict[str, Known], *, same_time: bool
) -> list[_Pair]:
    """Pairs with the same words; without the same time only of long ones."""
    by_hash: dict[str, list[Known]] = defaultdict(list)
    for item in free.values():
        by_hash[item.content_hash].append(item)
    return [
        _pair(index, entry, item, 100.0)
        for index, entry in left.items()
        if same_time or _enough_words(entry)
        for item in by_hash.get(content_hash(entry), ())
        if not same_time or item.published_at == entry.published_at
    ]


def _alike_in_minute(
    left: dict[int, SourceEntry], free: dict[str, Known], oldest: datetime | None
) -> list[_Pair]:
    by_minute: dict[datetime | None, list[Known]] = defaultdict(list)
    for item in free.values():
        by_minute[item.published_at].append(item)
    coming = Counter(entry.published_at for entry in left.values())
    pairs = []
    for index, entry in left.items():
        minute = entry.published_at
        candidates = by_minute.get(minute, ())
        # In the oldest minute of a page one may have gone because the page is cut there.
        alone = len(candidates) == 1 and coming[minute] == 1 and minute != oldest
        for item in candidates:
            if item.pruned:  # only its minute is left to know it by
                score, enough = 0.0, 0.0 if minute else 100.0
            else:
                score = similarity(entry.title, entry.text, item)
                enough = ALONE_IN_MINUTE if alone else SAME_MINUTE
                if minute is None:
                    enough = UNDATED
                elif item.withdrawn:
                    enough = BACK
            if score >= enough:
                pairs.append(_pair(index, entry, item, score))
    return pairs


def _shifted(
    pairs: Sequence[_Pair], left: dict[int, SourceEntry], free: dict[str, Known]
) -> list[_Pair]:
    """The pairs that lie apart by a time that several lie apart by: the whole page was moved."""
    by_shift: dict[timedelta, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        new, old = left[pair.index].published_at, free[pair.identity].published_at
        if new is not None and old is not None:
            by_shift[new - old].append(pair)
    return [
        pair
        for _, alike in sorted(by_shift.items(), key=lambda shift: (-len(shift[1]), shift[0]))
        if len({pair.words for pair in alike}) >= SHIFTED_AT_LEAST
        for pair in alike
    ]


def _is_within(item: Known, oldest: datetime | None) -> bool:
    return item.published_at is None or (oldest is not None and item.published_at >= oldest)


def _moved(left: dict[int, SourceEntry], free: dict[str, Known]) -> list[_Pair]:
    pairs = []
    for index, entry in left.items():
        if entry.published_at is None or not _enough_words(entry):
            continue
        for item in free.values():
            if item.published_at is None:
                continue
            if abs(entry.published_at - item.published_at) > MOVED_AT_MOST:
                continue
            score = fuzz.token_sort_ratio(
                _words(entry.title, entry.text), _words(item.title, item.text), score_cutoff=MOVED
            )
            if score >= MOVED:
                pairs.append(_pair(index, entry, item, score))
    return pairs


def _enough_words(entry: SourceEntry) -> bool:
    return len(_words(entry.title, entry.text).split()) >= MOVED_WORDS


def _fresh(entry: SourceEntry, taken: set[str]) -> str:
    base = natural_identity(entry)
    identity, count = base, 1
    while identity in taken:
        count += 1
        identity = f"{base}#{count}"
    taken.add(identity)
    return identity


def _words(title: str, text: str) -> str:
    return " ".join(f"{title} {text}".split())


def _hash(title: str, text: str) -> str:
    seen = "\n".join((" ".join(title.split()), " ".join(text.split())))
    return hashlib.blake2b(seen.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
