"""Any publisher's markup to the little markup a message can carry, and to plain text.

Canonical markup has only ``p``, ``ul``/``ol``/``li``, ``blockquote``, ``pre``, ``br``,
``a`` with an absolute http(s) ``href``, ``strong``, ``em``, ``u``, ``s`` and ``code``. Reading
canonical markup gives the same markup again. Nested lists and quotes become flat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from bot.model import Link, Media
from bot.sources import furniture
from bot.sources.characters import escape, is_visible, plain, strip_unwanted
from bot.sources.inline import (
    PLAIN,
    Format,
    Line,
    Token,
    linked_words,
    paragraphs,
    to_html,
    to_text,
)
from bot.sources.linekinds import is_entry_furniture, is_teaser
from bot.sources.markup import parse_fragment
from bot.sources.pictures import absolute_url, best_picture, is_pixel

__all__ = ["EMPTY", "Body", "escape", "plain", "read_body", "read_text"]

MAX_CHARACTERS = 100_000
"""Of plain text in one body; what follows is dropped."""

MAX_NODES = 100_000
"""Of one body; what follows is dropped."""

_SENTENCE_ENDS = tuple(".!?:;…”\"'’»)]")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")
_LINE_END = re.compile(r"[^\S\n]+$", re.MULTILINE)
_MANY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Body:
    """An entry's body, in both of its spellings, and what hangs on it.

    Attributes:
        html: canonical markup.
        text: paragraphs joined by a blank line; items start with "• ", or "1. " when numbered.
        links: in order, each once.
        media: in order, each address once.
    """

    html: str
    text: str
    links: tuple[Link, ...] = ()
    media: tuple[Media, ...] = ()


EMPTY = Body("", "")


def read_body(fragment: str | LexborNode | Sequence[LexborNode], base_url: str) -> Body:
    """Read an entry's markup. Takes any input, however broken or deep; never raises.

    Args:
        fragment: markup, or a node of a parsed page, or several that make one body.
        base_url: what relative links are relative to.
    """
    if isinstance(fragment, str):
        if "<" not in fragment and "&" not in fragment:
            return _one_paragraph(fragment)
        nodes: Sequence[LexborNode] = parse_fragment(strip_unwanted(fragment))
    elif isinstance(fragment, LexborNode):
        nodes = [fragment]
    else:
        nodes = fragment
    return _Reader(base_url).read(nodes)


def read_text(text: str) -> Body:
    """Read a body that is plain text.

    A blank line parts paragraphs, and so does a single newline after the end of a sentence;
    other newlines are only wrapped lines.
    """
    text = text[: 2 * MAX_CHARACTERS]
    if "\n" not in text:
        return _one_paragraph(text)
    parts = [_one_paragraph(part) for part in _parted(text)]
    seen = [part for part in parts if part.text]
    return Body("".join(part.html for part in seen), "\n\n".join(part.text for part in seen))


def _parted(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip()
        if line:
            lines.append(line)
        if lines and (not line or line.endswith(_SENTENCE_ENDS)):
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _one_paragraph(text: str) -> Body:
    folded = plain(text[: 2 * MAX_CHARACTERS])[:MAX_CHARACTERS].rstrip()
    return Body(f"<p>{escape(folded)}</p>", folded) if is_visible(folded) else EMPTY


@dataclass
class _Block:
    """A paragraph ("p"), a block of code ("pre") or a list ("ul", "ol")."""

    tag: str
    group: int  # the list it is
    quote: int  # the quotation it stands in, 0 for none
    parts: list[tuple[str, str]]  # markup and text of the paragraph, or of each item


@dataclass
class _Figure:
    """A figure being read: which pictures it holds, and its caption."""

    first: int
    caption: str = ""


_Todo = LexborNode | Callable[[], None]


class _Reader:
    """Walks a tree with a stack of its own, so that depth costs no recursion."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._blocks: list[_Block] = []
        self._links: dict[Link, None] = {}
        self._media: list[Media] = []
        self._run: list[Token] = []
        self._format = PLAIN
        self._size = 0
        self._groups = 0
        self._quote = 0
        self._list = ("", 0)  # tag and group of the outermost open list
        self._items = 0  # open li
        self._pre: list[str] | None = None
        self._figures: list[_Figure] = []
        self._caption: list[str] | None = None
        self._cell = False

    def read(self, nodes: Sequence[LexborNode]) -> Body:
        for node in nodes:
            self._walk(node)
        self._flush()
        return Body(
            html=self._html(),
            text="\n\n".join(_block_text(block) for block in self._blocks),
            links=tuple(self._links),
            media=tuple({media.url: media for media in reversed(self._media)}.values())[::-1],
        )

    def _walk(self, root: LexborNode) -> None:
        todo: list[_Todo] = [root]
        first = True
        left = MAX_NODES
        while todo:
            item = todo.pop()
            if not isinstance(item, LexborNode):
                item()
                continue
            left -= 1
            if left < 0 or self._size > MAX_CHARACTERS:
                continue  # the exits that remain still run
            if not first and (following := item.next) is not None:
                todo.append(following)
            first = False
            if item.is_text_node:
                self._text(item.text_content or "")
            elif item.is_element_node and self._enter(item, todo):
                child = item.first_child
                if child is not None:
                    todo.append(child)

    def _enter(self, node: LexborNode, todo: list[_Todo]) -> bool:
        """Begin a tag; puts what ends it on the stack. Returns whether to go into it."""
        tag = node.tag or ""
        if tag in furniture.DROPPED:
            if tag == "script" and (url := furniture.embedded(tag, node.attributes)):
                self._media.append(Media("embed", url))
            return False
        if tag == "br":
            self._break()
            return False
        attributes = node.attributes
        if furniture.is_furniture(attributes):
            return False
        if attributes and (url := furniture.embedded(tag, attributes)):
            self._media.append(Media("embed", url))
            return False
        if tag in ("img", "amp-img"):
            self._picture(node, attributes)
            return False
        if tag in ("video", "audio", "iframe", "embed", "amp-video", "amp-iframe"):
            self._film(tag, node, attributes)
            return False
        if self._figures and furniture.is_credit(attributes):
            return False
        if tag == "figcaption" or (attributes and furniture.is_caption(attributes)):
            return self._enter_caption(todo)
        if tag == "figure" or (attributes and furniture.is_figure(attributes)):
            self._enter_figure(todo)
        elif tag in ("td", "th"):
            self._cell = bool(self._run) and self._items == 0
        elif tag in furniture.BLOCKS:
            self._enter_block(tag, attributes, todo)
        if tag == "a":
            self._enter_link(attributes, todo)
        elif tag == "q":
            self._text("“")
            todo.append(lambda: self._text("”"))
        elif mark := furniture.MARK_OF.get(tag):
            before = self._format
            self._format = replace(before, marks=before.marks | {mark})
            todo.append(lambda: self._restore(before))
        return True

    def _enter_block(self, tag: str, attributes: dict[str, str | None], todo: list[_Todo]) -> None:
        if tag in ("ul", "ol"):
            self._enter_list(tag, todo)
        elif tag == "li":
            self._enter_item(todo)
        elif tag == "blockquote":
            self._enter_quote(attributes, todo)
        elif tag == "pre" and self._pre is None and not self._items and not self._list[0]:
            self._flush()
            self._pre = []
            todo.append(self._leave_pre)
        else:
            self._boundary()
            todo.append(self._boundary)

    # -- words ----------------------------------------------------------------------------------

    def _text(self, raw: str) -> None:
        text = strip_unwanted(raw)
        if not text:
            return
        self._size += len(text)
        if self._size > MAX_CHARACTERS:
            text = text[: len(text) - (self._size - MAX_CHARACTERS)]
        if self._caption is not None:
            self._caption.append(text)
            return
        if self._pre is not None:
            self._pre.append(text)
            return
        if self._cell and not text.isspace():
            self._cell = False
            self._run.append((" | ", PLAIN))
        self._run.append((text, self._format))

    def _break(self) -> None:
        if self._caption is not None:
            self._caption.append(" ")
        elif self._pre is not None:
            self._pre.append("\n")
        else:
            self._run.append(None)

    def _boundary(self) -> None:
        """Where a block begins or ends: a line inside an item, else a paragraph."""
        self._cell = False
        if self._caption is not None or self._pre is not None or self._items:
            self._break()
        else:
            self._flush()

    def _flush(self) -> None:
        """Turn the words so far into a paragraph, or into an item of the open list."""
        run, self._run = self._run, []
        tag, group = self._list
        if tag:
            lines = [line for paragraph in paragraphs(run) for line in paragraph]
            if not lines:
                return
            last = self._blocks[-1] if self._blocks else None
            if last is None or last.tag != tag or last.group != group:
                last = _Block(tag, group, self._quote, [])
                self._blocks.append(last)
            last.parts.append(self._write(lines))
            return
        for lines in paragraphs(run):
            self._paragraph(lines)

    def _paragraph(self, lines: Sequence[Line]) -> None:
        """Take a paragraph in; of one that only leads to another story, its link."""
        text = to_text(lines)
        links = [Link(*pair) for pair in linked_words(lines)]
        teases = bool(links) and is_teaser(text, sum(len(link.text) for link in links))
        if not teases and is_entry_furniture(text):
            return
        self._links.update(dict.fromkeys(links))
        if not teases:
            self._blocks.append(_Block("p", 0, self._quote, [(to_html(lines), text)]))

    def _write(self, lines: Sequence[Line]) -> tuple[str, str]:
        self._links.update(dict.fromkeys(Link(*pair) for pair in linked_words(lines)))
        return to_html(lines), to_text(lines)

    def _restore(self, form: Format) -> None:
        self._format = form

    # -- blocks ---------------------------------------------------------------------------------

    def _enter_list(self, tag: str, todo: list[_Todo]) -> None:
        if self._list[0] or self._pre is not None or self._caption is not None:
            self._boundary()
            todo.append(self._boundary)
            return
        self._flush()
        self._groups += 1
        self._list = (tag, self._groups)
        todo.append(self._leave_list)

    def _leave_list(self) -> None:
        self._flush()
        self._list = ("", 0)

    def _enter_item(self, todo: list[_Todo]) -> None:
        if self._pre is not None or self._caption is not None:
            self._boundary()
            todo.append(self._boundary)
            return
        if not self._list[0]:
            self._flush()
            self._groups += 1
            self._list = ("ul", self._groups)
            todo.append(self._leave_list)
        self._flush()
        self._items += 1
        todo.append(self._leave_item)

    def _leave_item(self) -> None:
        self._items -= 1
        self._flush()

    def _enter_quote(self, attributes: dict[str, str | None], todo: list[_Todo]) -> None:
        self._boundary()
        name = next((n for n in furniture.classes(attributes) if n in furniture.EMBEDS), None)
        if name is not None:
            url = next(
                (
                    url
                    for key in furniture.EMBEDS[name]
                    if (url := absolute_url(attributes.get(key), self._base))
                ),
                None,
            )
            known = len(self._links)
            todo.append(lambda: self._leave_post(url, known))
        if self._quote or self._items or self._list[0] or self._pre is not None:
            todo.append(self._boundary)
            return
        self._groups += 1
        self._quote = self._groups
        todo.append(self._leave_quote)

    def _leave_quote(self) -> None:
        self._boundary()
        self._quote = 0

    def _leave_post(self, url: str | None, known: int) -> None:
        """A quoted post ended: its address is its own attribute's, else its last link."""
        if url is None and len(self._links) > known:
            url = next(reversed(self._links)).url
        if url is not None:
            self._media.append(Media("embed", url))

    def _leave_pre(self) -> None:
        text = "".join(self._pre or ())
        self._pre = None
        text = text.replace("\r\n", "\n").replace("\xa0", " ")
        text = "\n".join(text.splitlines())
        text = _MANY_LINES.sub("\n\n", _LINE_END.sub("", _BLANK_START.sub("", text))).rstrip()
        if is_visible(text):
            self._blocks.append(_Block("pre", 0, self._quote, [(escape(text), text)]))

    # -- links, pictures, films -----------------------------------------------------------------

    def _enter_link(self, attributes: dict[str, str | None], todo: list[_Todo]) -> None:
        url = absolute_url(attributes.get("href"), self._base)
        if url is None or self._caption is not None or self._pre is not None:
            return
        before = self._format
        self._format = replace(before, href=url)
        todo.append(lambda: self._restore(before))

    def _picture(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        if not {"emoji", "wp-smiley"}.isdisjoint(furniture.classes(attributes)):
            self._text(attributes.get("alt") or "")
            return
        if is_pixel(attributes):
            return
        parent = node.parent
        sources: list[dict[str, str | None]] = []
        if parent is not None and parent.tag == "picture":
            sibling = parent.first_child
            while sibling is not None and len(sources) < 20:
                if sibling.tag == "source":
                    sources.append(sibling.attributes)
                sibling = sibling.next
        if url := best_picture(attributes, sources, self._base):
            self._media.append(Media("photo", url))

    def _film(self, tag: str, node: LexborNode, attributes: dict[str, str | None]) -> None:
        url = absolute_url(attributes.get("src"), self._base)
        url = url or absolute_url(attributes.get("data-src"), self._base)
        child = node.first_child
        while url is None and child is not None:
            if child.tag == "source":
                url = absolute_url(child.attributes.get("src"), self._base)
            child = child.next
        if url is not None:
            kind = "video" if tag in ("video", "amp-video") else "embed"
            self._media.append(Media(kind, url))

    def _enter_figure(self, todo: list[_Todo]) -> None:
        self._boundary()
        self._figures.append(_Figure(len(self._media)))
        todo.append(self._leave_figure)

    def _leave_figure(self) -> None:
        figure = self._figures.pop()
        self._boundary()
        if not figure.caption:
            return
        if len(self._media) == figure.first:
            self._text(figure.caption)
            self._boundary()
        for index in range(figure.first, len(self._media)):
            if not self._media[index].caption:
                self._media[index] = replace(self._media[index], caption=figure.caption)

    def _enter_caption(self, todo: list[_Todo]) -> bool:
        self._boundary()
        if self._caption is not None or self._pre is not None:
            return True
        self._caption = []
        todo.append(self._leave_caption)
        return True

    def _leave_caption(self) -> None:
        caption = plain("".join(self._caption or ()))
        self._caption = None
        if not is_visible(caption):
            return
        if self._figures:
            self._figures[-1].caption = self._figures[-1].caption or caption
        elif self._media and not self._media[-1].caption:
            self._media[-1] = replace(self._media[-1], caption=caption)
        else:
            self._text(caption)
            self._boundary()

    # -- writing --------------------------------------------------------------------------------

    def _html(self) -> str:
        out: list[str] = []
        quote = 0
        for block in self._blocks:
            if block.quote != quote:
                if quote:
                    out.append("</blockquote>")
                if block.quote:
                    out.append("<blockquote>")
                quote = block.quote
            if block.tag in ("ul", "ol"):
                items = "".join(f"<li>{markup}</li>" for markup, _ in block.parts)
                out.append(f"<{block.tag}>{items}</{block.tag}>")
            else:
                out.append(f"<{block.tag}>{block.parts[0][0]}</{block.tag}>")
        if quote:
            out.append("</blockquote>")
        return "".join(out)


def _block_text(block: _Block) -> str:
    if block.tag == "ul":
        return "\n".join(f"• {text}" for _, text in block.parts)
    if block.tag == "ol":
        return "\n".join(f"{number}. {text}" for number, (_, text) in enumerate(block.parts, 1))
    return block.parts[0][1]
