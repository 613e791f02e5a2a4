"""A page as a reader meets it: a sequence of blocks, from HTML or from plain text.

A block is a paragraph, heading, list item, quotation, caption or control, with its links and
inline markup kept. Both readers are linear in the size of the page and use no recursion, so deep
nesting costs nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.errors import UnreadableError
from bot.model import Link, Media
from bot.sources.characters import escape, escape_attribute
from bot.wording import Wording

MAX_BLOCKS = 50_000
"""Of one page; a live blog of 1,000 entries has about 5,000."""


def bounded(count: int) -> None:
    """Stop reading a page that has too many blocks.

    Raises:
        UnreadableError: more than `MAX_BLOCKS`.
    """
    if count > MAX_BLOCKS:
        raise UnreadableError(
            Wording(
                "The page has more than {n} paragraphs, so it is not read. Check that the address "
                "is the live blog's own.",
                n=MAX_BLOCKS,
            )
        )


class Kind(enum.Enum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    NUMBERED = "numbered"  # an item of a numbered list, in what an entry says
    QUOTE = "quote"
    CAPTION = "caption"
    CONTROL = "control"  # a button, or a link that acts as one


class Role(enum.Enum):
    """What an element around a block is, where its tag or class tells."""

    ASIDE = "aside"  # navigation, teaser, newsletter box, comments
    CAPTION = "caption"  # picture or film box
    QUOTE = "quote"
    BYLINE = "byline"  # who wrote it


@dataclass(eq=False, slots=True)
class Scope:
    """A block-level element around blocks.

    Attributes:
        parent: the element around it; None for the root.
        depth: 0 for the root.
        tag: lower-case name.
        role: what it is, None if nothing special.
        anchor: its id, "" without.
        words: its class, lower case.
    """

    parent: Scope | None
    depth: int
    tag: str
    role: Role | None = None
    anchor: str = ""
    words: str = ""

    def above(self, depth: int) -> Scope:
        """This element or the one around it that stands at `depth`."""
        scope = self
        while scope.depth > depth and scope.parent is not None:
            scope = scope.parent
        return scope

    def roles_below(self, depth: int) -> set[Role]:
        """The roles of this element and of those around it that stand deeper than `depth`."""
        roles: set[Role] = set()
        scope: Scope | None = self
        while scope is not None and scope.depth > depth:
            if scope.role is not None:
                roles.add(scope.role)
            scope = scope.parent
        return roles


def common_scope(scopes: Sequence[Scope]) -> Scope:
    """The innermost element that holds all of `scopes` (at least one)."""
    common = scopes[0]
    for scope in scopes[1:]:
        depth = min(common.depth, scope.depth)
        common, other = common.above(depth), scope.above(depth)
        while common is not other and common.parent is not None and other.parent is not None:
            common, other = common.parent, other.parent
    return common


ROOT = Scope(parent=None, depth=0, tag="")
"""Around every block of a plain text."""


class Run(NamedTuple):
    """A stretch of text in one style.

    Attributes:
        text: with white space collapsed.
        marks: inline elements around it, outermost first, of "strong", "em", "u", "s", "code".
        href: absolute http(s) address it links to, "" without.
    """

    text: str
    marks: tuple[str, ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page.

    Attributes:
        kind: what it is.
        runs: its text in pieces; no white space at either end of the block.
        level: of a heading, 1 to 6; 0 otherwise.
        scope: the element it stands in; `ROOT` for plain text.
        anchor: the id of the element itself, or of an empty anchor just before it.
        media: pictures and films in it; a block may have no words but these.
        gap: an empty line stands before it (plain text; always true for HTML).
        timestamp: the ``datetime`` attribute of the first ``<time>`` in it.
        timed: its first words stand in a ``<time>`` element or one of class "time".
        number: of an item in a numbered list, 0 otherwise.
    """

    kind: Kind
    runs: tuple[Run, ...]
    level: int = 0
    scope: Scope = ROOT
    anchor: str = ""
    media: tuple[Media, ...] = ()
    gap: bool = True
    timestamp: str = ""
    timed: bool = False
    number: int = 0
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", "".join(run.text for run in self.runs))

    @property
    def links(self) -> tuple[Link, ...]:
        """Its links in order, runs of one link joined."""
        found: list[Link] = []
        last = ""
        for run in self.runs:
            if run.href and run.href == last:
                found[-1] = Link(found[-1].text + run.text, run.href)
            elif run.href:
                found.append(Link(run.text, run.href))
            last = run.href
        return tuple(Link(" ".join(link.text.split()), link.url) for link in found)

    @property
    def html(self) -> str:
        """Its inline content with its markup."""
        return runs_html(self.runs)

    def strong_until(self) -> int:
        """How many characters at its start are bold; white space between bold runs counts."""
        length = strong = 0
        for run in self.runs:
            length += len(run.text)
            if "strong" in run.marks:
                strong = length
            elif run.text.strip():
                break
        return strong

    def linked_from(self, start: int) -> bool:
        """Whether everything after `start` characters is one link or several."""
        position, any_link = 0, False
        for run in self.runs:
            rest = run.text[max(0, start - position) :]
            position += len(run.text)
            if rest.strip(" ,;|·»›→>•-–—"):
                if not run.href:
                    return False
                any_link = True
        return any_link

    def slice(self, start: int, end: int | None = None) -> Block:
        """The block with only the characters from `start` to `end`, markup kept."""
        stop = len(self.text) if end is None else end
        runs: list[Run] = []
        position = 0
        for run in self.runs:
            piece = run.text[max(0, start - position) : max(0, stop - position)]
            position += len(run.text)
            if piece:
                runs.append(run._replace(text=piece))
        return replace(self, runs=trim_runs(runs))


def runs_html(runs: Iterable[Run]) -> str:
    """Runs in the tags of canonical markup, neighbours of one link under one ``<a>``."""
    out: list[str] = []
    link = ""
    for run in runs:
        if run.href != link:
            if link:
                out.append("</a>")
            if run.href:
                out.append(f'<a href="{escape_attribute(run.href)}">')
            link = run.href
        opening = "".join(f"<{mark}>" for mark in run.marks)
        closing = "".join(f"</{mark}>" for mark in reversed(run.marks))
        out.append(f"{opening}{escape(run.text)}{closing}")
    if link:
        out.append("</a>")
    return "".join(out)


def trim_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Collapse white space over all runs, drop it at both ends, join runs of one style."""
    out: list[Run] = []
    space = True  # swallows white space at the start
    for run in runs:
        words = run.text.split()
        if not words:
            if run.text and not space and out:
                out[-1] = out[-1]._replace(text=out[-1].text + " ")
                space = True
            continue
        text = " ".join(words)
        if run.text[0].isspace() and not space:
            text = " " + text
        if run.text[-1].isspace():
            text += " "
        space = text.endswith(" ")
        if out and out[-1].marks == run.marks and out[-1].href == run.href:
            out[-1] = out[-1]._replace(text=out[-1].text + text)
        else:
            out.append(run._replace(text=text))
    if out and out[-1].text.endswith(" "):
        out[-1] = out[-1]._replace(text=out[-1].text.rstrip())
    return tuple(run for run in out if run.text)
