"""An entry's canonical markup to rich text.

Canonical markup has only ``p``, ``ul``/``ol``/``li``, ``blockquote``, ``pre``, ``br``, ``a``,
``strong``, ``em``, ``u``, ``s`` and ``code``; of anything else only the words are taken. The
input is not trusted: any text is read, in linear time and without recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise

from bot.delivery.cleaning import clean, is_visible
from bot.delivery.links import usable_link
from bot.delivery.richtext import Builder, RichText, Span

MAX_CHARACTERS = 200_000
"""Of markup that is read; more would not fit into the messages of one entry anyway."""

_FOLDED = re.compile(r"[ \t\n\r\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
_DECLARATION = re.compile(r"<(?=[!?])")
_HUGE_NUMBER = re.compile(r"&#[0-9]{8,};?")  # int() refuses thousands of digits

_STYLE_OF = {"strong": "bold", "em": "italic", "u": "underline", "s": "strikethrough"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a stretch of words looks: entity types, and the address it links to."""

    types: frozenset[str] = frozenset()
    href: str | None = None


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, an item of a list ("• " is part of its words) or a block of code.

    Attributes:
        group: the list it is an item of, 0 for none.
        quote: the quotation it stands in, 0 for none.
    """

    rich: RichText
    group: int = 0
    quote: int = 0


def read_blocks(markup: str) -> list[Block]:
    """The visible blocks of canonical markup."""
    reader = _Reader()
    reader.feed(_defused(markup[:MAX_CHARACTERS]))
    reader.close()
    return reader.blocks


def text_blocks(text: str) -> list[Block]:
    """The paragraphs of plain text, which a blank line parts."""
    parts = re.split(r"\n[ \t]*\n\s*", clean(text[:MAX_CHARACTERS]))
    return [Block(RichText(part.strip())) for part in parts if is_visible(part)]


def join_blocks(blocks: list[Block]) -> RichText:
    """Blocks as one text: paragraphs parted by a blank line, items by a line end."""
    built = Builder()
    quotes: dict[int, tuple[int, int]] = {}
    for before, block in pairwise([None, *blocks]):
        assert block is not None
        if before is not None:
            same = before.group and (before.group, before.quote) == (block.group, block.quote)
            built.add("\n" if same else "\n\n")
        start = built.length
        built.append(block.rich)
        if block.quote:
            quotes[block.quote] = (quotes.get(block.quote, (start, 0))[0], built.length)
    rich = built.build()
    return RichText(
        rich.text, (*rich.spans, *(Span(a, b, "blockquote") for a, b in quotes.values()))
    )


def _defused(markup: str) -> str:
    """Markup in which the parser finds nothing to stumble over.

    Declarations, comments and instructions do not exist in canonical markup; the standard
    parser raises on some and searches the rest of the text for the end of each. The same search
    follows a tag that never ends.
    """
    markup = _HUGE_NUMBER.sub("\ufffd", _DECLARATION.sub("&lt;", markup))
    cut = markup.rfind(">") + 1
    return markup[:cut] + markup[cut:].replace("<", "&lt;")


class _Reader(HTMLParser):
    """Collects blocks; formats are counted, not nested, and end with their block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._run: list[tuple[str, Style] | None] = []  # None is a line break
        self._open: dict[str, int] = {}
        self._hrefs: list[str | None] = []
        self._style = PLAIN
        self._pre = 0
        self._lists: list[str] = []
        self._group = 0
        self._number = 0
        self._in_item = False
        self._quotes = 0
        self._quote = 0
        self._quote_id = 0

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        """Read script and style like any other unknown tag: words."""

    def error(self, message: str) -> None:
        """Nothing is an error here."""

    def handle_data(self, data: str) -> None:
        self._run.append((data, self._style))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # "<p/>" opens a paragraph, as in a browser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._run.append(("\n", self._style) if self._pre else None)
        elif tag == "a":
            href = next((value for name, value in attrs if name == "href" and value), "")
            self._hrefs.append(usable_link(href.strip()))
            self._restyle()
        elif tag in _STYLE_OF or tag == "code":
            self._open[tag] = self._open.get(tag, 0) + 1
            self._restyle()
        elif tag in ("p", "li", "ul", "ol", "blockquote", "pre"):
            self._flush()
            self._enter(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            if self._hrefs:
                self._hrefs.pop()
            self._restyle()
        elif tag in _STYLE_OF or tag == "code":
            self._open[tag] = max(0, self._open.get(tag, 0) - 1)
            self._restyle()
        elif tag in ("p", "li", "ul", "ol", "blockquote", "pre"):
            self._flush()
            self._leave(tag)

    def close(self) -> None:
        super().close()
        self._flush()

    def _enter(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(tag)
            if len(self._lists) == 1:
                self._group += 1
                self._number = 0
        elif tag == "li":
            self._in_item = True
        elif tag == "blockquote":
            self._quotes += 1
            if self._quotes == 1:
                self._quote_id += 1
                self._quote = self._quote_id
        elif tag == "pre":
            self._pre += 1

    def _leave(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            if self._lists:
                self._lists.pop()
            self._in_item = False
        elif tag == "li":
            self._in_item = False
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
            if not self._quotes:
                self._quote = 0
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)

    def _restyle(self) -> None:
        href = self._hrefs[-1] if self._hrefs else None
        if self._open.get("code") and href is None:
            self._style = Style(frozenset(["code"]))
        else:
            types = (_STYLE_OF[tag] for tag, n in self._open.items() if n and tag != "code")
            self._style = Style(frozenset(types), href)

    def _flush(self) -> None:
        """Turn the words so far into a block."""
        run, self._run = self._run, []
        self._open.clear()
        self._hrefs.clear()
        self._style = PLAIN
        rich = _verbatim(run) if self._pre else _folded(run)
        if not is_visible(rich.text):
            return
        if not self._in_item:
            self.blocks.append(Block(rich, quote=self._quote))
            return
        self._in_item = False  # a second paragraph of an item has no bullet of its own
        self._number += 1
        numbered = bool(self._lists) and self._lists[-1] == "ol"
        mark = f"{self._number}. " if numbered else "• "
        item = Builder().add(mark).append(rich).build()
        self.blocks.append(Block(item, self._group, self._quote))


def _verbatim(run: list[tuple[str, Style] | None]) -> RichText:
    text = clean("".join(piece[0] for piece in run if piece is not None))
    text = _MANY_LINES.sub("\n\n", text).strip("\n").rstrip()
    return RichText(text, (Span(0, len(text), "pre"),))


def _folded(run: list[tuple[str, Style] | None]) -> RichText:
    """Words with white space folded as a browser does it, and their formats."""
    texts: list[str] = []
    spans: list[Span] = []
    opened: dict[Span, int] = {}  # a span without its end -> its place in `spans`
    length = 0
    last = "\n"
    for piece in run:
        if piece is None:
            text, style = (
                ("\n" if length and not "".join(texts[-2:]).endswith("\n\n") else ""),
                PLAIN,
            )
        else:
            style = piece[1]
            text = _FOLDED.sub(" ", clean(piece[0]))
            if last in " \n":
                text = text.removeprefix(" ")
        if not text:
            continue
        now = _open_spans(style)
        if piece is not None:
            opened = {span: at for span, at in opened.items() if span in now}
            for span in now:
                if span not in opened:
                    opened[span] = len(spans)
                    spans.append(replace(span, start=length, end=length))
        texts.append(text)
        length += len(text)
        last = text[-1]
        for at in opened.values():
            spans[at] = replace(spans[at], end=length)
    text = "".join(texts)
    stripped = text.rstrip()
    kept = (replace(s, end=min(s.end, len(stripped))) for s in spans if s.start < len(stripped))
    return RichText(stripped, tuple(kept))


def _open_spans(style: Style) -> list[Span]:
    spans = [Span(0, 0, type_) for type_ in sorted(style.types)]
    if style.href is not None:
        spans.append(Span(0, 0, "text_link", url=style.href))
    return spans
