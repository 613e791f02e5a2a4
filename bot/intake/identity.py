"""Which stored entry an entry on the page is: by its id, else by time and text.

Clock-time pages give their entries no id. An entry there is recognised by its minute and its
words, aligned with what is stored, so that a reworded entry is a revision and not a new one, and
two entries in one minute stay two.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from bot.model import Known, SourceEntry

# `token_sort_ratio` of two unrelated news sentences stays near 40; of a corrected one above 70.
SAME_MINUTE = 55.0  # several candidates in the minute
ALONE_IN_MINUTE = 35.0  # one went, one came, in the same minute
MOVED = 90.0  # the clock time itself was corrected
MOVED_AT_MOST = timedelta(minutes=90)
MOVED_WORDS = 6  # shorter texts ("Goal!") repeat by themselves


def content_hash(entry: SourceEntry) -> str:
    """Hash of what a reader sees: title and text, white space folded."""
    return _hash(entry.title, entry.text)


def natural_identity(entry: SourceEntry) -> str:
    """An identity made of the minute and the words, for entries without an id."""
    minute = f"{entry.published_at:%Y-%m-%dT%H:%MZ}" if entry.published_at else "undated"
    return f"{minute}/{content_hash(entry)[:12]}"


def identify(
    entries: Sequence[SourceEntry], known: Iterable[Known], *, reformatted: bool = False
) -> list[str | None]:
    """The identity of each entry of a page, old or new, in the page's order.

    An id that the page holds twice (a pinned copy, a doubled row) counts once: the second place
    gets None.

    Args:
        entries: the page's.
        known: what is stored of the source.
        reformatted: the page is of another format than before, so that an id that is not known
            says nothing: such an entry is aligned by time and words first. The same is done
            where not one of the page's ids is known.
    """
    by_identity = {item.identity: item for item in known}
    realign = reformatted or not any(entry.id in by_identity for entry in entries)
    taken: set[str] = set()
    found: list[str | None] = [None] * len(entries)
    for index, entry in enumerate(entries):
        if entry.id is not None and entry.id not in taken:
            taken.add(entry.id)
            found[index] = entry.id
    unsure = [
        index
        for index, entry in enumerate(entries)
        if entry.id is None or (realign and found[index] and entry.id not in by_identity)
    ]
    free = [item for identity, item in by_identity.items() if identity not in taken]
    aligned = _align({index: entries[index] for index in unsure}, free)
    taken.update(aligned.values())
    taken.update(by_identity)
    for index in unsure:
        own = found[index]
        found[index] = aligned.get(index) or own or _fresh(entries[index], taken)
    return found


def similarity(title: str, text: str, item: Known) -> float:
    """How alike the words are, 0 to 100; one that only grew or shrank counts as alike."""
    new, old = _words(title, text), _words(item.title, item.text)
    if new and old and (new.startswith(old) or old.startswith(new)):
        return 100.0
    return fuzz.token_sort_ratio(new, old)


def _align(entries: dict[int, SourceEntry], known: list[Known]) -> dict[int, str]:
    """Index -> identity, each known entry at most once; surest matches first."""
    matched: dict[int, str] = {}
    left = dict(entries)
    free = {item.identity: item for item in known}

    def settle(pairs: Iterable[tuple[float, int, str]]) -> None:
        for _, index, identity in sorted(pairs, key=lambda pair: -pair[0]):
            if index in left and identity in free:
                matched[index] = identity
                del left[index], free[identity]

    settle(_same_words(left.items(), free.values(), same_time=True))
    settle(_alike_in_minute(left, free))
    settle(_same_words(left.items(), free.values(), same_time=False))
    settle(_moved(left, free))
    return matched


def _same_words(
    left: Iterable[tuple[int, SourceEntry]], free: Iterable[Known], *, same_time: bool
) -> list[tuple[float, int, str]]:
    """Pairs with the same words, in order of appearance; without the same time only long ones."""
    by_hash: dict[str, list[Known]] = defaultdict(list)
    for item in free:
        by_hash[item.content_hash].append(item)
    pairs = []
    for index, entry in left:
        if not (same_time or _enough_words(entry)):
            continue
        candidates = by_hash.get(content_hash(entry), [])
        for item in candidates:
            if not same_time or item.published_at == entry.published_at:
                candidates.remove(item)
                pairs.append((100.0, index, item.identity))
                break
    return pairs


def _alike_in_minute(
    left: dict[int, SourceEntry], free: dict[str, Known]
) -> list[tuple[float, int, str]]:
    by_minute: dict[datetime | None, list[Known]] = defaultdict(list)
    for item in free.values():
        by_minute[item.published_at].append(item)
    coming: dict[datetime | None, int] = defaultdict(int)
    for entry in left.values():
        coming[entry.published_at] += 1
    pairs = []
    for index, entry in left.items():
        candidates = by_minute.get(entry.published_at, ())
        alone = len(candidates) == 1 and coming[entry.published_at] == 1
        enough = ALONE_IN_MINUTE if alone and entry.published_at else SAME_MINUTE
        for item in candidates:
            score = similarity(entry.title, entry.text, item)
            if score >= enough:
                pairs.append((score, index, item.identity))
    return pairs


def _moved(left: dict[int, SourceEntry], free: dict[str, Known]) -> list[tuple[float, int, str]]:
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
                pairs.append((score, index, item.identity))
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
