"""A run of formatted words: folded, split into paragraphs, written as canonical markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.sources.characters import escape, escape_attribute, is_visible

MARKS = ("strong", "em", "u", "s", "code")
"""The allowed formats, outermost first, inside a link."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a stretch of words looks.

    Attributes:
        href: absolute address, None outside a link.
        marks: a subset of `MARKS`.
    """

    href: str | None = None
    marks: frozenset[str] = frozenset()

    def tags(self) -> tuple[str, ...]:
        """The open tags that give this format, outermost first."""
        link = () if self.href is None else (f'a href="{escape_attribute(self.href)}"',)
        return link + tuple(mark for mark in MARKS if mark in self.marks)

    def common(self, other: Format) -> Format:
        """What both share: the format of a space between them."""
        if self == other:
            return self
        return Format(self.href if self.href == other.href else None, self.marks & other.marks)


PLAIN = Format()

Token = tuple[str, Format] | None
"""Words in a format; None is a line break."""

Line = list[tuple[str, Format]]


def paragraphs(run: Sequence[Token]) -> Iterator[list[Line]]:
    """Fold white space; two or more breaks in a row start a new paragraph, empty lines vanish."""
    paragraph: list[Line] = []
    empty = 0
    for line in _lines(run):
        if not line:
            empty += 1
            continue
        if empty and paragraph:
            yield paragraph
            paragraph = []
        empty = 0
        paragraph.append(line)
    if paragraph:
        yield paragraph


def to_html(lines: Sequence[Line]) -> str:
    """Canonical inline markup; lines joined by ``<br>``."""
    return "<br>".join(_line_html(line) for line in lines)


def to_text(lines: Sequence[Line]) -> str:
    """Plain text; lines joined by a newline."""
    return "\n".join("".join(words for words, _ in line) for line in lines)


def linked_words(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """Each link of a paragraph: its words and its address."""
    text, href = "", None
    for line in lines:
        for words, form in line:
            if form.href == href:
                text += words
                continue
            if href is not None:
                yield text.strip(), href
            text, href = words, form.href
        text += " "
    if href is not None:
        yield text.strip(), href


def _lines(run: Sequence[Token]) -> Iterator[Line]:
    line: Line = []
    space = False
    for token in run:
        if token is None:
            yield _seen(line)
            line, space = [], False
            continue
        words, form = token
        folded = " ".join(words.split())
        if not folded:
            space = space or bool(words)
            continue
        if line and (space or words[0].isspace()):
            _append(line, " ", line[-1][1].common(form))
        _append(line, folded, form)
        space = words[-1].isspace()
    yield _seen(line)


def _seen(line: Line) -> Line:
    return line if any(is_visible(words) for words, _ in line) else []


def _append(line: Line, words: str, form: Format) -> None:
    if line and line[-1][1] == form:
        line[-1] = (line[-1][0] + words, form)
    else:
        line.append((words, form))


def _line_html(line: Line) -> str:
    out: list[str] = []
    opened: tuple[str, ...] = ()
    for words, form in line:
        wanted = form.tags()
        shared = 0
        while shared < min(len(opened), len(wanted)) and opened[shared] == wanted[shared]:
            shared += 1
        out.extend(f"</{tag.partition(' ')[0]}>" for tag in reversed(opened[shared:]))
        out.extend(f"<{tag}>" for tag in wanted[shared:])
        out.append(escape(words))
        opened = wanted
    out.extend(f"</{tag.partition(' ')[0]}>" for tag in reversed(opened))
    return "".join(out)
