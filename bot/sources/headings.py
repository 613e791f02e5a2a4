"""Live pages whose updates are headings without a time, as Deutsche Welle writes them since 2022.

Such a page looks like any article with subheadings, so it must say in so many words what it is: by
its address (``…/live-68000000``), or by the clock time of its last update beside a headline that
speaks of updates. Since 2023 the text may stand only in the state that the page's script starts
from.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.errors import NoLiveBlogError
from bot.model import Snapshot, SourceEntry
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.canonical import Body, read_body
from bot.sources.domentry import read_element
from bot.sources.domgroups import group_of
from bot.sources.headline import settle
from bot.sources.jsonld import first_string, walk
from bot.sources.linekinds import follows_the_blog, is_agency_line, title_says_ended
from bot.sources.markup import parse_fragment
from bot.sources.masthead import Masthead, read_masthead
from bot.wording import Wording

NEEDED = 3
"""Headings, each with text below it."""

_ADDRESS = re.compile(r"/live-\d{5,12}/?(?:[?#]|\Z)")
_UPDATED = re.compile(r"\blast updated at \d{1,2}[:.]\d\d\b", re.IGNORECASE)
_STATE = re.compile(r"\b__APOLLO_STATE__\s*=\s*")
_TEXT = 40  # characters below a heading
_HEADINGS = "h2, h3"


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading and what stands below it."""

    title: str
    body: Body


class Headings:
    """Reads pages whose updates are headings without a time."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "headings"

    def recognises(self, page: Page) -> Recognition:
        """Look for a page that says when it was last updated, and for its headings."""
        if not page.is_html or not _says_so(page):
            return NOT_MINE
        count = len(_sections(page))
        if count < NEEDED:
            return NOT_MINE
        return Recognition(
            0.6,
            Wording.counted(
                "a page of live updates with {n} heading and no times",
                "a page of live updates with {n} headings and no times",
                count,
            ),
        )

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read each heading with what stands below it; times are not told."""
        del hints
        sections = _sections(page) if page.is_html and _says_so(page) else []
        if len(sections) < NEEDED:
            raise NoLiveBlogError(
                Wording("The page holds no headings with live updates (any more).")
            )
        masthead = _masthead(page)
        entries = []
        for section in sections:
            title, body = settle(section.title, section.body, masthead.title, masthead.url)
            entries.append(
                SourceEntry(
                    id=None,
                    published_at=None,
                    title=title,
                    text=body.text,
                    html=body.html,
                    url=masthead.url,
                    media=body.media,
                    links=body.links,
                )
            )
        return Snapshot(
            adapter=self.name,
            title=masthead.title,
            url=masthead.url,
            entries=tuple(entries),
            language=masthead.language,
            complete=False,
            ended=title_says_ended(masthead.title),
            warnings=(
                Wording("The page tells no times; an update counts from when it was first seen."),
            ),
        )


def _says_so(page: Page) -> bool:
    if _ADDRESS.search(page.url):
        return True
    if "ast updated at" not in page.text:  # cheap, for nearly all pages
        return False
    return _UPDATED.search(page.text) is not None and _masthead(page).cue > 0


def _masthead(page: Page) -> Masthead:
    return read_masthead(page, page.blocks, min(len(page.blocks), 40), len(page.blocks))


def _sections(page: Page) -> list[_Section]:
    """The sections of the page, or of the text in its state where that has more."""
    body = page.html.body
    found = _best([body] if body is not None else [], page.url)
    for markup in _texts(page):
        other = _best(parse_fragment(markup), page.url)
        found = other if len(other) > len(found) else found
    return found


def _texts(page: Page) -> Iterator[str]:
    """Texts with headings in the state that the page's script starts from."""
    for match in _STATE.finditer(page.text):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(page.text, match.end())
        except (ValueError, RecursionError):
            continue
        for item in walk(value):
            text = first_string(item, "text")
            if text.count("<h2") + text.count("<h3") >= NEEDED:
                yield text


def _best(roots: Sequence[LexborNode], url: str) -> list[_Section]:
    """The sections under the parent that has most text below its headings."""
    parents: dict[tuple[object, str | None], list[LexborNode]] = defaultdict(list)
    inner = (node for root in roots for node in root.css(_HEADINGS))
    tops = [root for root in roots if root.tag in ("h2", "h3")]
    for node in {node.mem_id: node for node in [*tops, *inner]}.values():
        parent = node.parent
        parents[(parent.mem_id if parent is not None else None, node.tag)].append(node)
    lists = [_read(nodes, url) for nodes in parents.values() if len(nodes) >= NEEDED]
    return max(lists, key=_size, default=[])


def _size(sections: Sequence[_Section]) -> int:
    return sum(len(section.body.text) for section in sections)


def _read(headings: Sequence[LexborNode], url: str) -> list[_Section]:
    group = group_of(headings)
    sections = []
    for heading, markup in zip(group.elements, group.markup, strict=True):
        if follows_the_blog(heading.text().strip()):
            break
        one = read_element(markup, url)
        body = _unsigned(one.body, url)
        if one.title and len(body.text) >= _TEXT:
            sections.append(_Section(one.title, body))
    return sections


def _unsigned(body: Body, url: str) -> Body:
    """A body without the agencies' and writers' initials that close the article."""
    last = body.text.rpartition("\n\n")[2]
    begin = body.html.rfind("<p>")
    return read_body(body.html[:begin], url) if begin > 0 and is_agency_line(last) else body
