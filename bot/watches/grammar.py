"""Reads expressions: text to tree, or an error that says where and what to do. Pure.

Operators are AND, OR, NOT; what stands side by side must all be there; ``-word`` is NOT word.
In lower case ``and`` and ``or`` are operators between two conditions, ``not`` only behind one of
them; anywhere else, and ``or`` in French ("gold"), they are words. Quotes make words of anything.

All limits are checked on the tokens, before any tree is built, so that none gets large or deep.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError
from lark.lark import PostLex

from bot.errors import ExpressionError
from bot.watches import words
from bot.watches.problems import Problem, problem
from bot.watches.tree import (
    Author,
    Node,
    Phrase,
    Source,
    Topic,
    Word,
    all_of,
    any_of,
    canonical,
    guards,
    negated,
)

MAX_LENGTH = 500  # characters
MAX_BYTES = 2_500  # of the canonical form in UTF-8: what an index of PostgreSQL takes
MAX_CONDITIONS = 30  # words, phrases and names in one expression
MAX_DEPTH = 8  # brackets within brackets
MAX_NAME = 100  # characters of a topic's, source's or author's name
LEAST_OPEN = 2  # letters before "*"

GRAMMAR = r"""
    start: any
    any: all (_OR all)*
    all: one (_AND? one)*
    ?one: _NOT one      -> negation
        | _OPEN any _CLOSE
        | FIELD VALUE   -> field
        | WORD          -> word
        | QUOTED        -> phrase

    %declare _AND _OR VALUE
    _OPEN: "("
    _CLOSE: ")"
    FIELD.4: /(?:topic|source|author)[ ]*:[ ]*/i
    UNKNOWN.3: /[^\W\d_]{2,}:(?=[^\s\/:()])/
    _NOT.3: /(?<![^\s(])[-−–](?=[^\s()\-−–])/
    QUOTED.2: /["“”„‟«»][^"“”„‟«»]*["“”„‟«»]/
    QUOTE.1: /["“”„‟«»]/
    WORD: /[^\s()"“”„‟«»]+/
    %ignore /\s+/
"""
_OPERATORS = {"AND": "_AND", "OR": "_OR", "NOT": "_NOT"}
_HIDDEN_KEPT = "\u200c\u200d\u00ad"  # joiners and soft hyphens stand in words
_TERM_ENDS = ("WORD", "QUOTED", "VALUE", "_CLOSE")
_TERM_STARTS = ("WORD", "QUOTED", "FIELD", "_OPEN", "_NOT")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a name turned out to be.

    Attributes:
        found: how it is stored; None if there is no such thing.
        candidates: what may have been meant instead.
    """

    found: str | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Knows what can be named."""

    topic: Callable[[str], Lookup]
    source: Callable[[str], Lookup]


@dataclass(frozen=True, slots=True)
class Expression:
    """What was understood.

    Attributes:
        node: as a tree.
        text: its canonical form; the same for expressions that say the same in the same order.
    """

    node: Node
    text: str


class Grammar:
    """Reads expressions; make one and keep it, for its tables take some milliseconds."""

    def __init__(self) -> None:
        self._reading = _Reading()
        self._parser = Lark(GRAMMAR, parser="lalr", lexer="basic", postlex=self._reading)

    def parse(self, text: str, *, names: Names | None = None, language: str = "en") -> Expression:
        """Read an expression.

        Args:
            text: as a person wrote it, or a canonical form.
            names: knows topics and sources; None takes every name as it is.
            language: of the chat, for words that are operators elsewhere.

        Raises:
            ExpressionError: it cannot be used; says where and what to do.
        """
        text = _one_line(text)
        self._reading.french = words.primary(language) == "fr"
        try:
            node: Node = _Building(names).transform(self._parser.parse(text))
        except VisitError as error:
            raise error.orig_exc from error
        except UnexpectedInput as error:  # the tokens were checked: not expected to happen
            raise problem(Problem.NOT_UNDERSTOOD, at=max(0, error.column - 1)) from error
        if guards(node, lambda _: 1) is None:
            raise problem(Problem.ONLY_NOT)
        shown = canonical(node)
        if len(shown.encode()) > MAX_BYTES:
            raise problem(Problem.TOO_LONG, most=MAX_LENGTH // 2)
        return Expression(node, shown)


def one_line(text: str) -> str:
    """The text as its columns are counted: white space of any kind is a space."""
    return re.sub(r"\s", " ", text.strip())


def _one_line(text: str) -> str:
    """The text, if it is of a length and of signs that can be read.

    Raises:
        ExpressionError: it is not.
    """
    text = one_line(text)
    if not text:
        raise problem(Problem.EMPTY)
    if len(text) > MAX_LENGTH:
        raise problem(Problem.TOO_LONG, most=MAX_LENGTH)
    for at, letter in enumerate(text):
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") and letter not in _HIDDEN_KEPT:
            raise problem(Problem.HIDDEN, at=at, given=f"U+{ord(letter):04X}")
    return text


class _Reading(PostLex):
    """Tells operators from words, and checks that the tokens make sense together."""

    always_accept = ("UNKNOWN", "QUOTE")

    def __init__(self) -> None:
        self.french = False

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens as the grammar knows them.

        Raises:
            ExpressionError: they make no expression.
        """
        read: list[Token] = []
        given = list(stream)
        for at, token in enumerate(given):
            follower = given[at + 1] if at + 1 < len(given) else None
            read.append(self._classified(token, read[-1] if read else None, follower))
        _check(read)
        yield from read

    def _classified(self, token: Token, before: Token | None, behind: Token | None) -> Token:
        if before is not None and before.type == "FIELD" and token.type in ("WORD", "QUOTED"):
            return Token.new_borrow_pos("VALUE", str(token), token)
        if token.type != "WORD":
            return token
        if kind := _OPERATORS.get(token):
            return Token.new_borrow_pos(kind, str(token), token)
        kind = _OPERATORS.get(token.upper())
        if kind is None or before is None or behind is None or behind.type not in _TERM_STARTS:
            return token
        if kind == "_NOT":
            is_operator = before.type in ("_AND", "_OR")
        else:
            is_operator = before.type in _TERM_ENDS and not (self.french and kind == "_OR")
        return Token.new_borrow_pos(kind, str(token), token) if is_operator else token


def _check(tokens: Sequence[Token]) -> None:
    """See that operators, brackets, quotes and names stand where they can."""
    opened: list[Token] = []
    conditions = 0
    before: Token | None = None
    for at, token in enumerate(tokens):
        wants = before is None or before.type in ("_AND", "_OR", "_NOT", "_OPEN")
        if token.type in ("UNKNOWN", "QUOTE"):
            kind = Problem.NO_FIELD if token.type == "UNKNOWN" else Problem.UNCLOSED_QUOTE
            raise _at(kind, token)
        if token.type == "FIELD" and (at + 1 == len(tokens) or tokens[at + 1].type != "VALUE"):
            raise _at(Problem.NO_VALUE, token)
        if token.type == "_OPEN":
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                raise _at(Problem.TOO_DEEP, token, most=MAX_DEPTH)
        elif token.type == "_CLOSE":
            _check_close(opened, before, token)
        elif token.type in ("_AND", "_OR") and wants:
            if before is None or before.type == "_OPEN":
                raise _at(Problem.NOTHING_BEFORE, token)
            raise _at(Problem.TWO_OPERATORS, token)
        elif token.type == "_NOT" and before is not None and before.type == "_NOT":
            raise _at(Problem.TWO_OPERATORS, token)
        conditions += token.type in ("WORD", "QUOTED", "VALUE")
        if conditions > MAX_CONDITIONS:
            raise _at(Problem.TOO_MANY, token, most=MAX_CONDITIONS)
        before = token
    if before is not None and before.type in ("_AND", "_OR", "_NOT"):
        raise _at(Problem.NOTHING_BEHIND, before)
    if opened:
        raise _at(Problem.UNCLOSED, opened[-1])


def _check_close(opened: list[Token], before: Token | None, token: Token) -> None:
    if not opened:
        raise _at(Problem.UNOPENED, token)
    opened.pop()
    if before is not None and before.type == "_OPEN":
        raise _at(Problem.NOTHING_INSIDE, before)
    if before is not None and before.type in ("_AND", "_OR", "_NOT"):
        raise _at(Problem.NOTHING_BEHIND, before)


class _Building(Transformer[Token, Node]):
    """From lark's tree to ours."""

    def __init__(self, names: Names | None) -> None:
        super().__init__()
        self._names = names

    def start(self, nodes: list[Node]) -> Node:
        return nodes[0]

    def any(self, nodes: list[Node]) -> Node:
        return any_of(nodes)

    def all(self, nodes: list[Node]) -> Node:
        return all_of(nodes)

    def negation(self, nodes: list[Node]) -> Node:
        return negated(nodes[0])

    def word(self, children: list[Token]) -> Node:
        token = children[0]
        text = token.rstrip("*")
        parts = words.tokens(text)
        if not parts:
            raise _at(Problem.NO_LETTERS, token)
        is_open = token.endswith("*")
        if is_open and len(parts[-1]) < LEAST_OPEN and not words.is_unspaced(parts[-1]):
            raise _at(Problem.TOO_OPEN, token)
        if is_open and len(parts) > 1:
            raise _at(Problem.OPEN_PHRASE, token)
        if len(parts) == 1 and (is_open or parts[0].upper() not in _OPERATORS):
            return Word(parts[0], is_open)
        return Phrase(" ".join(parts))

    def phrase(self, children: list[Token]) -> Node:
        token = children[0]
        parts = words.tokens(token[1:-1])
        if not parts:
            raise _at(Problem.NO_LETTERS, token)
        return Phrase(" ".join(parts))

    def field(self, children: list[Token]) -> Node:
        field, token = children
        name = " ".join(token.strip('"“”„‟«»').split()).casefold()
        kind = field.rstrip(" :").lower()
        if not words.tokens(name):
            raise _at(Problem.NO_VALUE, field)
        if len(name) > MAX_NAME:
            raise _at(Problem.TOO_LONG, token, most=MAX_NAME)
        if kind == "author":
            return Author(name)
        if kind == "topic":
            return Topic(self._found(Problem.NO_TOPIC, name, token, "topic"))
        return Source(self._found(Problem.NO_SOURCE, name, token, "source"))

    def _found(self, kind: Problem, name: str, token: Token, field: str) -> str:
        if self._names is None:
            return name
        lookup: Lookup = getattr(self._names, field)(name)
        if lookup.found is None:
            raise problem(
                kind, at=token.start_pos or 0, given=str(token), candidates=lookup.candidates
            )
        return lookup.found


def _at(kind: Problem, token: Token, **more: Any) -> ExpressionError:
    return problem(kind, at=token.start_pos or 0, given=token.strip(), **more)
