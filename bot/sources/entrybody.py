"""The blocks of one entry -> its title, text, markup, links and media."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.model import Link, Media
from bot.sources.blocks import ROOT, Block, Kind, Role, Run, runs_html
from bot.sources.dates import day_heading
from bot.sources.linekinds import (
    ends_with_credit,
    is_agency_line,
    is_entry_furniture,
    is_headline,
    is_load_more,
    is_newsletter,
    is_page_furniture,
    read_more,
)
from bot.sources.segments import Coverage, Segment
from bot.sources.starts import TITLE_LENGTH, Position
from bot.sources.zones import stated_zone

_PLUS_END = re.compile(r"\s?\+{2,3}(?:\s|$)")
_BARE_CREDIT = re.compile(r"(?:[^\W\d_]{4,12}(?: من)?\s?:|©)\s?")
_BY = re.compile(
    r"\A(?:by|von|par|por|di|da|text|autor|autore|auteur|автор|yazan|بقلم)\s?:?\s+", re.IGNORECASE
)
_NAME_LENGTH = 120  # characters of a byline
_LONG_WORD = re.compile(r"\w{4,}")
_SHORT_SENTENCE = 160
"""Characters; a longer finished sentence describes a picture only if it shares a word with it."""

CAPTION_LENGTH = 300
"""Characters; more under a picture is a text."""

_TITLE_END = ".:!?"
_TEASES = re.compile(r"related|read-?more|see-?also|lire-aussi|linkbox|teaser")
_NEXT_SENTENCE = re.compile(r"[\s:–—-]*[\"“„«'‘]?[^\W\d_a-z]|[\s]*$")


_AROUND = {Kind.ITEM: "ul", Kind.NUMBERED: "ol", Kind.QUOTE: "blockquote"}


@dataclass(slots=True)
class EntryBody:
    """What an entry says.

    Attributes:
        title: "" where the entry has none.
        author: as shown, "" where none is.
        bold_title: the title was a bold first line and no heading.
        paragraphs: kind and content of each, in order.
        links: in order, each once.
        media: in order, each address once.
    """

    title: str = ""
    author: str = ""
    bold_title: bool = False
    paragraphs: list[tuple[Kind, tuple[Run, ...]]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Plain: paragraphs joined by a blank line, list items with a bullet or their number."""
        lines = []
        number = 0
        for kind, runs in self.paragraphs:
            number = number + 1 if kind is Kind.NUMBERED else 0
            mark = f"{number}. " if number else "• " if kind is Kind.ITEM else ""
            lines.append(mark + "".join(run.text for run in runs))
        return "\n\n".join(lines)

    @property
    def html(self) -> str:
        """The same with its markup, in the tags of canonical markup but not folded yet."""
        out: list[str] = []
        inside = ""
        for kind, runs in self.paragraphs:
            around = _AROUND.get(kind, "")
            if around != inside:
                out.append(f"</{inside}>" if inside else "")
                out.append(f"<{around}>" if around else "")
                inside = around
            tag = "li" if kind in (Kind.ITEM, Kind.NUMBERED) else "p"
            out.append(f"<{tag}>{runs_html(runs)}</{tag}>")
        out.append(f"</{inside}>" if inside else "")
        return "".join(out)


def read_entries(blocks: Sequence[Block], coverage: Coverage, page_url: str) -> list[EntryBody]:
    """Read every entry of a page.

    Args:
        blocks: the whole page.
        coverage: where its entries are.
        page_url: stands in for the address of a "Read more" line that has none.
    """
    bodies = [_Reader(blocks, coverage, segment, page_url).read() for segment in coverage.segments]
    _settle_titles(bodies, blocks, coverage)
    return bodies


class _Reader:
    """Reads one entry."""

    def __init__(
        self, blocks: Sequence[Block], coverage: Coverage, segment: Segment, page_url: str
    ) -> None:
        self._blocks = blocks
        self._coverage = coverage
        self._segment = segment
        self._url = page_url
        self._body = EntryBody()
        self._links_follow = False
        self._title_level = 0

    def read(self) -> EntryBody:
        self._read_start()
        dropped = set(captions(self._blocks, self._segment.body))
        for index in self._segment.body:
            block = self._blocks[index]
            self._body.media.extend(block.media)
            if not block.text:
                continue
            if index in dropped:
                self._caption(block.text)
            else:
                self._read_block(index, block)
        body = self._body
        body.links = list(dict.fromkeys(body.links))
        body.media = list({media.url: media for media in body.media}.values())
        return body

    def _read_start(self) -> None:
        """The block with the time: title, first paragraph, or nothing but the time."""
        segment, body = self._segment, self._body
        block = self._blocks[segment.start.index]
        body.media.extend(block.media)
        if segment.title is not None:
            title = self._blocks[segment.title]
            self._set_title(title)
            body.media[:0] = title.media
        if segment.start.position is Position.TRAILING:
            self._set_title(block.slice(0, segment.start.lead.start))
            return
        rest = block.slice(segment.start.lead.end)
        if segment.start.position is Position.ALONE or not rest.text:
            return
        if segment.start.lead.framed and (plus := _PLUS_END.search(rest.text)):
            self._set_title(rest.slice(0, plus.start()))
            rest = rest.slice(plus.end())
        elif block.kind is Kind.HEADING:
            self._set_title(rest)
            return
        elif not body.title:
            rest = self._bold_start(rest)
        if rest.text and self._teaser(rest) is None:
            self._add(Kind.PARAGRAPH, rest)

    def _bold_start(self, rest: Block) -> Block:
        """Take a bold beginning as the title where it is one, and not a name in a sentence."""
        length = rest.strong_until()
        if not 3 <= length <= TITLE_LENGTH or " " not in rest.text[:length].strip():
            return rest
        bold, after = rest.text[:length].rstrip(), rest.text[length:]
        if after and not (bold[-1] in _TITLE_END or after[:1] in ":–—|"):
            return rest
        if after and not _NEXT_SENTENCE.match(after):
            return rest
        title = rest.slice(0, len(bold))
        if self._teaser(title) is not None:
            return rest
        self._set_title(title, bold=True)
        following = rest.slice(length)
        gap = re.match(r"[\s:|–—-]{1,4}", following.text)
        return following.slice(gap.end()) if gap else following

    def _read_block(self, index: int, block: Block) -> None:
        roles = block.scope.roles_below(self._coverage.around.depth)
        text = block.text
        if Role.BYLINE in roles and len(text) <= _NAME_LENGTH:
            self._body.author = self._body.author or _BY.sub("", text).strip(" ,|·–—-")
        elif Role.CAPTION in roles and Role.QUOTE not in roles:
            self._caption(text)
        elif Role.ASIDE in roles:
            self._box(block)
        elif block.kind is Kind.CONTROL or self._is_furniture(text):
            self._links_follow = False
        elif (links := self._teaser(block)) is not None:
            self._body.links.extend(links)
        elif block.kind is Kind.HEADING:
            self._heading(block)
        elif Role.QUOTE in roles:
            self._add(Kind.QUOTE, block)
        elif (
            self._body.title == ""
            and not self._body.paragraphs
            and self._segment.start.position is Position.ALONE
            and block.strong_until() >= len(text)
            and len(text) <= TITLE_LENGTH
        ):
            self._set_title(block, bold=True)
        elif not (block.scope is ROOT and self._is_embed_title(index)):
            item = Kind.NUMBERED if block.number else Kind.ITEM
            self._add(item if block.kind is Kind.ITEM else Kind.PARAGRAPH, block)

    def _is_furniture(self, text: str) -> bool:
        return (
            is_page_furniture(text)
            or is_entry_furniture(text)
            or is_load_more(text)
            or is_agency_line(text)
            or is_newsletter(text)
            or stated_zone(text) is not None
            or day_heading(text) is not None
        )

    def _is_embed_title(self, index: int) -> bool:
        """In plain text: a headline on a line of its own is the title of a film or a teaser."""
        block = self._blocks[index]
        after = self._blocks[index + 1] if index + 1 < len(self._blocks) else None
        alone = block.gap and (after is None or after.gap)
        started = bool(self._body.paragraphs) or bool(self._body.title)
        return alone and started and block.kind is Kind.PARAGRAPH and is_headline(block.text)

    def _teaser(self, block: Block) -> list[Link] | None:
        """The links of a "Read more" line or of a paragraph that is only a link; else None."""
        text = block.text
        at = read_more(text)
        if at is not None:
            links = [link for link in block.links if link.text]
            title = text[at:].strip()
            self._links_follow = not title
            if links or not title:
                return links
            return [Link(title, self._url)]
        whole = bool(block.links) and block.linked_from(0)
        if self._links_follow:
            if whole:
                return list(block.links)
            if block.scope is ROOT and (not block.gap or is_headline(text)):
                self._links_follow = not block.gap
                return [Link(text, self._url)]
        self._links_follow = False
        if whole and block.scope is not ROOT and is_headline(text) and self._body.paragraphs:
            return list(block.links)
        return None

    def _box(self, block: Block) -> None:
        """A box beside the text: its links are kept where it leads to more on the subject."""
        scope = block.scope
        while scope.depth > self._coverage.around.depth and scope.parent is not None:
            if _TEASES.search(scope.words):
                if block.linked_from(0) and not is_page_furniture(block.text):
                    self._body.links.extend(block.links)
                return
            scope = scope.parent

    def _heading(self, block: Block) -> None:
        """The entry's title, a subheading under it, or the title of something embedded."""
        body = self._body
        if not body.title and not body.paragraphs:
            self._set_title(block)
        elif self._title_level and block.level > self._title_level:
            runs = tuple(run._replace(marks=("strong",)) for run in block.runs)
            body.paragraphs.append((Kind.PARAGRAPH, runs))

    def _set_title(self, block: Block, *, bold: bool = False) -> None:
        self._body.title = block.text.strip(" +|–—-").rstrip(":")
        self._body.bold_title = bold
        self._body.links.extend(block.links)
        self._title_level = block.level

    def _caption(self, text: str) -> None:
        media = self._body.media
        if media and not media[-1].caption:
            last = media[-1]
            media[-1] = Media(last.kind, last.url, strip_credit(text))

    def _add(self, kind: Kind, block: Block) -> None:
        self._body.paragraphs.append((kind, block.runs))
        self._body.links.extend(link for link in block.links if link.text)


_CREDIT_TAIL = re.compile(
    r"\s?(?:Images?|Photos?|Photograph|Pictures?|Bild(?:er)?|Fotos?|Credits?|Imagen|Imagem|Фото|©)"
    r"\s?:?\s?[^\n]{1,119}$"
)


def strip_credit(caption: str) -> str:
    """A caption without the credit that is glued to its end."""
    if not ends_with_credit(caption):
        return caption
    found = list(_CREDIT_TAIL.finditer(caption, max(0, len(caption) - 180)))
    return caption[: found[-1].start()].strip() if found else caption


def captions(blocks: Sequence[Block], body: range) -> Iterator[int]:
    """Indexes of captions that are told by their wording: credits, and lines said twice.

    In saved text a picture leaves its alternative text on one line and its caption with the
    credit on the next, or one line twice.
    """
    for index in body:
        block = blocks[index]
        before = blocks[index - 1] if index > body.start else None
        if not block.text or block.kind in (Kind.ITEM, Kind.CONTROL):
            continue
        if ends_with_credit(block.text):
            yield index
            if before is not None and block.scope is ROOT:
                yield from _alternatives(blocks, body.start, index)
        elif before is None:
            continue
        elif block.scope is not ROOT:
            if _under_picture(blocks, index):
                yield index
        elif (
            before.text == block.text
            and before.kind is Kind.PARAGRAPH
            and (not block.gap or is_headline(block.text))
        ):
            yield index - 1
            yield index


def _under_picture(blocks: Sequence[Block], index: int) -> bool:
    """Whether a block follows a picture that opens the same paragraph."""
    block, before = blocks[index], blocks[index - 1]
    return (
        bool(before.media)
        and not before.text
        and before.scope is block.scope
        and block.scope.tag == "p"
        and len(block.text) <= CAPTION_LENGTH
        and (index < 2 or blocks[index - 2].scope is not block.scope)
    )


def _alternatives(blocks: Sequence[Block], first: int, credit: int) -> Iterator[int]:
    """Lines above a credit in plain text that describe the same picture.

    The line that touches a bare credit is the caption. Above a caption stands the alternative
    text, on the line right above or alone on the one before.
    """
    index = credit - 1
    caption = blocks[credit]
    if _BARE_CREDIT.match(caption.text) and not caption.gap and index >= first:
        if not _describes(blocks[index]):
            return
        yield index
        caption = blocks[index]
        index -= 1
    said = set(_LONG_WORD.findall(caption.text.lower()))
    while index >= first and _describes(blocks[index]):
        text = blocks[index].text
        words = set(_LONG_WORD.findall(text.lower()))
        unfinished = text[-1] not in ".!?"
        touches = not blocks[index + 1].gap
        if touches:
            # A finished sentence may be the end of a report; under an empty line it is not.
            about = len(text) <= _SHORT_SENTENCE or words & said
            picture = unfinished or (blocks[index].gap and bool(about))
        else:
            picture = unfinished and len(words & said) * 2 >= len(words)
        if not picture:
            return
        yield index
        if blocks[index].gap:
            return
        index -= 1


def _describes(block: Block) -> bool:
    """Whether a line may describe a picture: no item, no invitation, nothing anyone said."""
    return (
        block.kind is Kind.PARAGRAPH
        and bool(block.text)
        and block.text[0] not in '"“„«'
        and not block.text.endswith(('"', "”"))
        and read_more(block.text) is None
    )


def _settle_titles(
    bodies: Sequence[EntryBody], blocks: Sequence[Block], coverage: Coverage
) -> None:
    """Decide by all entries together what only looks like titles in one."""
    bold = [body for body in bodies if body.bold_title]
    if sum(not body.paragraphs for body in bold) * 2 > len(bold):
        # Whole entries in bold, not headlines over texts.
        for body in bold:
            body.paragraphs.insert(0, (Kind.PARAGRAPH, (Run(body.title, ("strong",)),)))
            body.title, body.bold_title = "", False
    if coverage.around is not ROOT or any(body.title for body in bodies):
        return
    headed = [
        len(body.paragraphs) > 1
        and body.paragraphs[0][0] is Kind.PARAGRAPH
        and is_headline("".join(run.text for run in body.paragraphs[0][1]))
        for body in bodies
    ]
    if len(bodies) >= 3 and sum(headed) >= 0.8 * len(bodies):
        for body, has_title in zip(bodies, headed, strict=True):
            if has_title:
                body.title = "".join(run.text for run in body.paragraphs.pop(0)[1])
