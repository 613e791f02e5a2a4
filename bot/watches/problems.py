"""What can be wrong with an expression, as sentences that say what to do. Pure."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable

from bot.errors import ExpressionError

_SHOWN = 60  # characters of a line around the place that is meant
_WIDE = ("W", "F")  # East Asian letters as wide as two others


class Problem(enum.Enum):
    """Why an expression cannot be used."""

    EMPTY = enum.auto()
    TOO_LONG = enum.auto()
    TOO_MANY = enum.auto()
    TOO_DEEP = enum.auto()
    HIDDEN = enum.auto()
    NO_LETTERS = enum.auto()
    TOO_OPEN = enum.auto()
    OPEN_PHRASE = enum.auto()
    UNCLOSED_QUOTE = enum.auto()
    UNCLOSED = enum.auto()
    UNOPENED = enum.auto()
    NOTHING_INSIDE = enum.auto()
    NOTHING_BEFORE = enum.auto()
    NOTHING_BEHIND = enum.auto()
    TWO_OPERATORS = enum.auto()
    NO_FIELD = enum.auto()
    NO_VALUE = enum.auto()
    NO_TOPIC = enum.auto()
    NO_SOURCE = enum.auto()
    ONLY_NOT = enum.auto()
    NOT_UNDERSTOOD = enum.auto()


def problem(
    kind: Problem,
    *,
    at: int = -1,
    given: str = "",
    candidates: tuple[str, ...] = (),
    most: int = 0,
) -> ExpressionError:
    """The error itself; `at` is the index of the first character meant, -1 for the whole."""
    error = ExpressionError(
        "",
        problem=kind.name,
        column=at + 1,
        width=1 if kind is Problem.HIDDEN else max(1, len(given)),
        given=given,
        candidates=candidates,
        most=most,
    )
    error.args = (sentence(error, lambda text: text),)
    return error


def sentence(error: ExpressionError, translate: Callable[[str], str]) -> str:
    """What is wrong and what to do, in one or two sentences; not escaped."""
    _ = translate
    texts = {
        Problem.EMPTY: _("There is nothing to watch for. Write the words you wait for."),
        Problem.TOO_LONG: _("That is too long: {most} characters at most."),
        Problem.TOO_MANY: _("Those are too many words and conditions: {most} at most."),
        Problem.TOO_DEEP: _("The brackets are nested too deeply: {most} levels at most."),
        Problem.HIDDEN: _("There is a sign nobody can see ({given}). Leave it out."),
        Problem.NO_LETTERS: _("“{given}” has no letters or digits to look for. Leave it out."),
        Problem.TOO_OPEN: _("“{given}” would match too much: write at least two letters before *."),
        Problem.OPEN_PHRASE: _("“{given}” is more than one word; * can follow only a single one."),
        Problem.UNCLOSED_QUOTE: _("This quote is not closed. Put another one at its end."),
        Problem.UNCLOSED: _("This bracket is not closed. Put a ) where it shall end."),
        Problem.UNOPENED: _("This bracket closes none. Leave it out, or put a ( before."),
        Problem.NOTHING_INSIDE: _("There is nothing in these brackets. Leave them out."),
        Problem.NOTHING_BEFORE: _("There is nothing before {given}. Write what it joins."),
        Problem.NOTHING_BEHIND: _("There is nothing behind {given}. Write what it joins."),
        Problem.TWO_OPERATORS: _("{given} follows another operator. Leave out one of them."),
        Problem.NO_FIELD: _(
            "I know topic:, source: and author:, but no {given}. "
            "Put the words in quotes to look for them."
        ),
        Problem.NO_VALUE: _("Behind {given} a name is missing."),
        Problem.NO_TOPIC: _("There is no topic “{given}”."),
        Problem.NO_SOURCE: _("I watch no source called “{given}”."),
        Problem.ONLY_NOT: _(
            "This only says what must not be there, so it would match nearly everything. "
            "Add what you wait for, or say /subscribe all."
        ),
        Problem.NOT_UNDERSTOOD: _("I do not understand this here."),
    }
    text = texts[Problem[error.problem]].format(given=error.given, most=error.most)
    if error.candidates:
        text += " " + _("Did you mean {names}?").format(names=", ".join(error.candidates))
    return text


def pointed(expression: str, error: ExpressionError) -> tuple[str, str] | None:
    """Two lines for a fixed-width font: the expression, and carets below what is meant.

    Returns:
        None where that helps nobody: the whole is meant, or the text runs from right to left.
    """
    line = _seen(expression)
    if not error.column or _runs_leftwards(line):
        return None
    at = error.column - 1
    start = max(0, min(at - _SHOWN // 2, len(line) - _SHOWN))
    piece = _cut(line, start)
    caret = " " * (_columns(line[start:at]) + (start > 0))
    width = max(1, _columns(line[at : at + error.width]))
    return piece, caret + "^" * min(width, _columns(piece) - len(caret) or 1)


def place(expression: str, error: ExpressionError) -> str:
    """The expression with a hand before what is meant, for scripts that run leftwards."""
    at = error.column - 1
    line = _seen(expression)
    return f"{line[:at]}👉{line[at:]}" if error.column else line


def _seen(text: str) -> str:
    """The text, letter for letter, with a mark for each sign that is not seen or moves others."""
    unseen = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return "".join("�" if unicodedata.category(letter) in unseen else letter for letter in text)


def _cut(line: str, start: int) -> str:
    before = "…" if start else ""
    after = "…" if len(line) > start + _SHOWN else ""
    return before + line[start : start + _SHOWN] + after


def _columns(text: str) -> int:
    """How many columns of a fixed-width font a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in _WIDE for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def _runs_leftwards(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
