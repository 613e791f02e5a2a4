"""Which watches an entry matches, at a cost that does not grow with their number.

Each distinct condition (word, phrase, name) is a term. One pass finds the terms an entry holds:
phrases, words with any ending and words of scripts without spaces by one Aho-Corasick automaton
over the folded text, of which it is shown only words that some phrase holds; words in all their
forms by a table of stems, looked up by the entry's own words. Each watch is filed under a few terms
of which it needs one (`tree.guards`), so that only watches that one of the found terms guards are
looked at, and together where the entry holds nothing else that they ask about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import TypeVar

import ahocorasick_rs

from bot.intake.topics import fold
from bot.watches import words
from bot.watches.tree import And, Author, Leaf, Node, Not, Or, Phrase, Source, Topic, Word, guards

LONGEST_KEPT = 48  # letters of a word that is remembered
MOST_KEPT = 40_000  # words; then they are forgotten, and learnt anew
RARE, COMMON = 0, 1_000  # the cost of a guard that few entries hold, and that many do

_END = "\n"  # of the title: no word of a text, since those are split at white space
_BREAK = "\n "  # stands in folded text for what no phrase reaches over
# A term's number, or an operator with its operands.
_Program = int | tuple[str, tuple["_Program", ...]]
_NO_TERMS: frozenset[int] = frozenset()
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Watched:
    """What watches see of an entry.

    Attributes:
        title: plain.
        text: plain.
        language: of its source ("de-AT"), "" where the page names none.
        topics: slugs.
        sources: name and address of its source, and of the section it was found on.
        author: as shown.
    """

    title: str
    text: str
    language: str = ""
    topics: Sequence[str] = ()
    sources: tuple[str, ...] = ()
    author: str = ""


class WatchIndex:
    """All watches, ready to be matched; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._terms: dict[Leaf, int] = {}
        self._filed: list[_File] = []  # by term
        self._phrases = _Phrases()
        self._languages: dict[str, _Language] = {}
        self._words: dict[Word, int] = {}
        self._topics: dict[str, int] = {}
        self._sources: dict[str, list[int]] = {}
        self._authors: dict[str, list[int]] = {}
        self._of_sources: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._of_author: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, watch_id: int, node: Node) -> None:
        """One more watch; it must have guards, as every parsed expression does."""
        with self._lock:
            self._count += 1
            for each in node.nodes if isinstance(node, Or) else (node,):
                self._file(watch_id, each)

    def match(self, watched: Watched) -> set[int]:
        """The watches that match."""
        with self._lock:
            terms = self._found(watched)
            filed = self._filed
            matched: set[int] = set()
            for term in terms:
                file = filed[term]
                if file.others.isdisjoint(terms):
                    matched |= file.usual
                else:
                    matched.update(file.matching(terms))
        return matched

    def _file(self, watch_id: int, node: Node) -> None:
        """Put an expression, or one side of an OR, under the terms of which it needs one."""
        if not isinstance(node, (And, Or, Not)):
            self._filed[self._term(node)].add_alone(watch_id)
            return
        program = self._compiled(node)
        lists = _lists(program)
        for leaf in guards(node, self._cost) or ():
            term = self._terms[leaf]
            file = self._filed[term]
            if lists is None:
                file.add_program(program, watch_id, term)
            else:
                file.add_lists(tuple(lists[0] - {term}), tuple(lists[1]), watch_id)

    def _found(self, watched: Watched) -> set[int]:
        """The terms that hold for an entry."""
        terms: set[int] = set()
        if self._words or self._phrases:
            self._look(watched, terms)
        if self._topics:
            terms.update(self._topics[slug] for slug in watched.topics if slug in self._topics)
        if self._sources and watched.sources:
            terms.update(_kept(self._of_sources, watched.sources, self._sources_in))
        if self._authors and watched.author:
            terms.update(_kept(self._of_author, watched.author, self._authors_in))
        return terms

    def _look(self, watched: Watched, terms: set[int]) -> None:
        """Find words and phrases."""
        language = words.language_of(watched.language, watched.text or watched.title)
        view = self._languages.get(language)
        if view is None:
            view = self._languages[language] = _Language(language, self._words, self._phrases)
        chunks = watched.title.split()
        chunks.append(_END)  # keeps a phrase from reaching out of the title into the text
        chunks += watched.text.split()
        self._phrases.look(f" {view.look(chunks, terms)}", terms)

    def _sources_in(self, sources: tuple[str, ...]) -> tuple[int, ...]:
        where = fold(" ".join(sources))
        found = (terms for part, terms in self._sources.items() if part in where)
        return tuple(chain.from_iterable(found))

    def _authors_in(self, author: str) -> tuple[int, ...]:
        name = f" {words.folded(author)}"
        found = (terms for wanted, terms in self._authors.items() if wanted in name)
        return tuple(chain.from_iterable(found))

    def _cost(self, leaf: Leaf) -> float:
        term = self._terms[leaf]
        base = COMMON if isinstance(leaf, (Topic, Source, Author)) else RARE
        return base + self._filed[term].guarded

    def _compiled(self, node: Node) -> _Program:
        if isinstance(node, (And, Or)):
            kind = "and" if isinstance(node, And) else "or"
            return kind, tuple(self._compiled(each) for each in node.nodes)
        if isinstance(node, Not):
            return "not", (self._compiled(node.node),)
        return self._term(node)

    def _term(self, leaf: Leaf) -> int:
        known = self._terms.get(leaf)
        if known is not None:
            return known
        term = self._terms[leaf] = len(self._terms)
        self._filed.append(_File())
        if isinstance(leaf, Topic):
            self._topics[leaf.slug] = term
        elif isinstance(leaf, Source):
            self._sources.setdefault(fold(leaf.part), []).append(term)
            self._of_sources.clear()
        elif isinstance(leaf, Author):
            self._authors.setdefault(words.pattern(leaf.name), []).append(term)
            self._of_author.clear()
        elif isinstance(leaf, Phrase) or leaf.open or words.is_unspaced(leaf.text):
            is_open = isinstance(leaf, Word) and leaf.open
            pattern = words.pattern(leaf.text, is_open=is_open)
            self._phrases.add(pattern, term)
            for language in self._languages.values():
                language.show(pattern)
        else:
            self._words[leaf] = term
            for language in self._languages.values():
                language.add(leaf, term)
        return term


@dataclass(slots=True)
class _File:
    """What is filed under a term.

    Attributes:
        alone: watches that need no more.
        lists: terms that must be there, too, terms that must not, and the watch.
        programs: anything else.
        others: terms that change the answer; each of `lists` needs one of them to do so.
        usual: the answer where none of these is there, which is nearly always.
    """

    alone: list[int] = field(default_factory=list)
    lists: list[tuple[tuple[int, ...], tuple[int, ...], int]] = field(default_factory=list)
    programs: list[tuple[_Program, int]] = field(default_factory=list)
    others: set[int] = field(default_factory=set)
    usual: set[int] = field(default_factory=set)

    @property
    def guarded(self) -> int:
        """How many watches are looked at where the term is found with one of the others."""
        return len(self.lists) + len(self.programs)

    def add_alone(self, watch_id: int) -> None:
        self.alone.append(watch_id)
        self.usual.add(watch_id)

    def add_lists(self, wanted: tuple[int, ...], barred: tuple[int, ...], watch_id: int) -> None:
        self.lists.append((wanted, barred, watch_id))
        if wanted:
            self.others.add(wanted[0])  # without it the watch matches in no case
        else:
            self.others.update(barred)
            self.usual.add(watch_id)

    def add_program(self, program: _Program, watch_id: int, term: int) -> None:
        self.programs.append((program, watch_id))
        self.others.update(set(_terms_of(program)) - {term})
        if _holds(program, {term}):
            self.usual.add(watch_id)

    def matching(self, terms: set[int]) -> Iterator[int]:
        """The watches that match, each looked at."""
        yield from self.alone
        for wanted, barred, watch_id in self.lists:
            if terms.issuperset(wanted) and terms.isdisjoint(barred):
                yield watch_id
        for program, watch_id in self.programs:
            if _holds(program, terms):
                yield watch_id


class _Phrases:
    """Finds phrases in folded text, all of them in one pass."""

    def __init__(self) -> None:
        self._terms: dict[str, list[int]] = {}
        self._parts: set[str] = set()  # words of phrases
        self._beginnings: set[str] = set()  # of words whose ending is open
        self._by_number: list[list[int]] = []
        self._automaton: ahocorasick_rs.BytesAhoCorasick | None = None

    def __bool__(self) -> bool:
        return bool(self._terms)

    def add(self, pattern: str, term: int) -> None:
        self._terms.setdefault(pattern, []).append(term)
        self._automaton = None
        parts, beginning = _parts(pattern)
        self._parts.update(parts)
        self._beginnings.update(beginning)

    def take(self, word: str) -> bool:
        """Whether a folded word may be part of a phrase."""
        if word in self._parts or words.is_unspaced(word):
            return True
        return any(word[:length] in self._beginnings for length in range(1, len(word) + 1))

    def look(self, text: str, terms: set[int]) -> None:
        if not self._terms:
            return
        if self._automaton is None:
            self._automaton = ahocorasick_rs.BytesAhoCorasick(
                [pattern.encode() for pattern in self._terms],
                implementation=ahocorasick_rs.Implementation.ContiguousNFA,
            )
            self._by_number = list(self._terms.values())
        found = self._automaton.find_matches_as_indexes(text.encode(), overlapping=True)
        for number in {match[0] for match in found}:
            terms.update(self._by_number[number])


class _Language:
    """Folds words, and finds them by their stems, in one language; remembers what it did.

    A word here is what stands between white space, with the signs around it.
    """

    def __init__(self, language: str, wanted: dict[Word, int], phrases: _Phrases) -> None:
        self._stems = words.stems_of(language)
        self._phrases = phrases
        self._terms: dict[str, list[int]] = {}  # by stem
        self._shown: dict[str, str] = {}  # what phrases see of a word
        self._by_stem: dict[str, list[str]] = {}  # a folded word is one of its stems
        self._telling: dict[str, set[int]] = {}  # of the words seen, those that hold terms
        self._telling_words: set[str] = set()  # the same: intersecting a set is quicker
        self._forget()
        for word, term in wanted.items():
            self.add(word, term)

    def add(self, word: Word, term: int) -> None:
        """One more word to look for."""
        for stem in self._stems(word.text):
            self._terms.setdefault(stem, []).append(term)
            for chunk in self._by_stem.get(stem, ()):
                self._tells(chunk, {term})

    def show(self, pattern: str) -> None:
        """One more phrase to look for: words that were left out may be part of it."""
        parts, beginning = _parts(pattern)
        if beginning:
            parts += [stem for stem in self._by_stem if stem.startswith(beginning)]
        for part in parts:
            for chunk in self._by_stem.get(part, ()):
                self._shown[chunk] = words.folded(chunk)

    def look(self, chunks: Sequence[str], terms: set[int]) -> str:
        """Add the terms that hold; returns of the folded text what phrases may hold."""
        try:
            shown = "".join(itemgetter(*chunks)(self._shown))
        except KeyError:
            shown = self._learn(chunks, terms)
        for chunk in self._telling_words.intersection(chunks):
            terms |= self._telling[chunk]
        return shown

    def _learn(self, chunks: Sequence[str], terms: set[int]) -> str:
        if len(self._shown) > MOST_KEPT:
            self._forget()
        endless: dict[str, str] = {}
        for chunk in set(chunks).difference(self._shown):
            stems = {stem for token in words.tokens(chunk) for stem in self._stems(token)}
            found = {term for stem in stems for term in self._terms.get(stem, ())}
            if len(chunk) > LONGEST_KEPT:
                endless[chunk] = words.folded(chunk)
                terms |= found
                continue
            self._shown[chunk] = self._show(words.folded(chunk))
            for stem in stems:
                self._by_stem.setdefault(stem, []).append(chunk)
            if found:
                self._tells(chunk, found)
        shown = self._shown
        return "".join([endless[each] if each in endless else shown[each] for each in chunks])

    def _show(self, folded: str) -> str:
        if not folded or any(map(self._phrases.take, folded.split())):
            return folded
        return _BREAK

    def _tells(self, chunk: str, terms: set[int]) -> None:
        self._telling.setdefault(chunk, set()).update(terms)
        self._telling_words.add(chunk)

    def _forget(self) -> None:
        self._shown = {_END: _BREAK}
        self._by_stem.clear()
        self._telling.clear()
        self._telling_words.clear()


def _parts(pattern: str) -> tuple[list[str], tuple[str, ...]]:
    """The whole words of a phrase, and the beginning of its last where its ending is open."""
    parts = pattern.split()
    return (parts, ()) if pattern.endswith(" ") else (parts[:-1], (parts[-1],))


def _lists(program: _Program) -> tuple[frozenset[int], frozenset[int]] | None:
    """The terms that must be there and those that must not, where that says it all."""
    if isinstance(program, int):
        return frozenset((program,)), _NO_TERMS
    kind, operands = program
    if kind == "or":
        return None
    if kind == "not":
        barred = operands[0]
        if isinstance(barred, int):
            return _NO_TERMS, frozenset((barred,))
        if barred[0] == "or" and all(isinstance(each, int) for each in barred[1]):
            return _NO_TERMS, frozenset(each for each in barred[1] if isinstance(each, int))
        return None
    parts = [_lists(each) for each in operands]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return _NO_TERMS.union(*(part[0] for part in known)), _NO_TERMS.union(
        *(part[1] for part in known)
    )


def _terms_of(program: _Program) -> Iterator[int]:
    if isinstance(program, int):
        yield program
    else:
        for operand in program[1]:
            yield from _terms_of(operand)


def _holds(program: _Program, terms: set[int]) -> bool:
    if isinstance(program, int):
        return program in terms
    kind, operands = program
    if kind == "and":
        return all(_holds(each, terms) for each in operands)
    if kind == "or":
        return any(_holds(each, terms) for each in operands)
    return not _holds(operands[0], terms)


def _kept(
    kept: dict[_Key, tuple[int, ...]], key: _Key, find: Callable[[_Key], tuple[int, ...]]
) -> tuple[int, ...]:
    """What was found for a key before, else what `find` says now."""
    found = kept.get(key)
    if found is None:
        if len(kept) > MOST_KEPT // 4:
            kept.clear()
        found = kept[key] = find(key)
    return found
