"""One entry against 50,000 watches, compared with one bare Aho-Corasick pass over its text.

The pass is told what every matcher has to do first: lower case, and signs taken for spaces. Without
these it finds hardly a phrase that a comma follows, and is the quicker for it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import ahocorasick_rs

from bot.watches import words
from bot.watches.form import from_form
from bot.watches.index import Watched, WatchIndex
from tests.bench.figures import Options, Row, settle

WATCHES, FEW = 50_000, 1_000
PHRASES = 10_000
ENTRIES = 300
WORDS = 120  # of an entry
VOCABULARY = 30_000
COMMONEST = 1_000  # words nobody watches: and, the …
ROUNDS = 5
GOAL = 2.0
GROWTH_GOAL = 3.0  # fifty times the watches: more of them match
_SPACES = str.maketrans(dict.fromkeys(".,;:!?", " "))
_PARTS = (
    "ba", "ko", "ri", "tu", "sen", "mal", "dor", "vit", "lan", "ger", "os", "en", "it", "ur",
    "fle", "gra", "pol", "mi", "sha", "ne", "ward", "ton", "ing", "er",
)  # fmt: skip


async def rows(options: Options) -> list[Row]:
    """Times of one entry, the median of all, and how long all watches take to be prepared."""
    del options
    chance = random.Random(7)
    vocabulary = list(dict.fromkeys(_word(chance) for _ in range(VOCABULARY * 2)))[:VOCABULARY]
    phrases = list(dict.fromkeys(_phrases(chance, vocabulary)))[:PHRASES]
    entries = [_entry(chance, vocabulary, phrases) for _ in range(ENTRIES)]
    forms = [_form(chance, phrases) for _ in range(WATCHES)]
    many, few = WatchIndex(), WatchIndex()
    started = time.process_time()
    for number, form in enumerate(forms):
        many.add(number, from_form(form))
    indexing = time.process_time() - started
    for number, form in enumerate(forms[:FEW]):
        few.add(number, from_form(form))
    bare = ahocorasick_rs.AhoCorasick([words.pattern(phrase) for phrase in phrases])
    found = [many.match(entry) for entry in entries]  # and learn their words
    for entry in entries:
        few.match(entry)
    settle()
    ours, passes, ratios, growth = [], [], [], []
    for entry in entries:
        reference = _least(partial(_passed, bare, entry))
        spent = _least(partial(many.match, entry))
        ours.append(spent)
        ratios.append(spent / reference)
        passes.append(_least(partial(_walked, bare, _plain(entry))))
        growth.append(spent / _least(partial(few.match, entry)))
    ratio = statistics.median(ratios)
    slower = statistics.median(growth)
    matched = statistics.mean(map(len, found))
    each = statistics.median(ours)
    return [
        Row(
            f"match one entry against {WATCHES:,} watches over {PHRASES:,} phrases",
            f"lower case and one Aho-Corasick pass: {each / ratio * 1e6:.0f} µs, "
            f"the pass {statistics.median(passes) * 1e6:.0f}",
            f"{each * 1e6:.0f} µs; {matched:.0f} watches match",
            ratio,
            f"≤ {GOAL:g}",
            ratio <= GOAL,
            {"ratios": sorted(ratios)[:: ENTRIES // 10], "seconds": each},
        ),
        Row(
            f"the same against {FEW:,} watches",
            f"{each / slower * 1e6:.0f} µs",
            f"{each * 1e6:.0f} µs",
            slower,
            f"≤ {GROWTH_GOAL:g}",
            slower <= GROWTH_GOAL,
        ),
        Row(
            f"prepare {WATCHES:,} watches",
            measured=f"{indexing:.2f} s of processor time, once at the start",
            data={"indexing": indexing},
        ),
    ]


def _least(work: Callable[[], Any]) -> float:
    """Seconds of the quickest of some rounds: other work on the machine disturbs single ones."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _passed(bare: ahocorasick_rs.AhoCorasick, entry: Watched) -> object:
    return _walked(bare, _plain(entry))


def _plain(entry: Watched) -> str:
    """What the plainest matcher looks at: right for these texts, and for English ones at most."""
    return f" {entry.title} {entry.text} ".lower().translate(_SPACES)


def _walked(bare: ahocorasick_rs.AhoCorasick, text: str) -> object:
    return bare.find_matches_as_indexes(text, overlapping=True)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_PARTS, k=chance.randint(2, 4)))


def _phrases(chance: random.Random, vocabulary: Sequence[str]) -> Iterator[str]:
    """Single words and pairs, in equal parts."""
    for _ in range(PHRASES * 2):
        pair = chance.sample(vocabulary[COMMONEST:], 2)
        yield " ".join(pair) if chance.random() < 0.5 else pair[0]


def _common(chance: random.Random, size: int) -> int:
    """A number below `size`; low ones come more often, as words do."""
    return min(size - 1, int(size ** chance.random()) - 1 + chance.randint(0, 40))


def _entry(chance: random.Random, vocabulary: Sequence[str], phrases: Sequence[str]) -> Watched:
    text = [vocabulary[_common(chance, len(vocabulary))] for _ in range(WORDS - 10)]
    text += [chance.choice(phrases) for _ in range(5)]
    chance.shuffle(text)
    return Watched(" ".join(text[:6]).title(), ", ".join(text[6:]) + ".", "en")


def _form(chance: random.Random, phrases: Sequence[str]) -> list[Any]:
    """One to three phrases, joined in one of three ways, as a watch is stored."""
    parts = [
        ["phrase" if " " in phrase else "word", phrase]
        for phrase in chance.sample(phrases, k=chance.choice((1, 1, 2, 3)))
    ]
    way = chance.random()
    if len(parts) == 1:
        return parts[0]
    if way < 0.7:
        return ["and" if way < 0.4 else "or", *parts]
    barred = parts[1] if len(parts) == 2 else ["or", *parts[1:]]
    return ["and", parts[0], ["not", barred]]
