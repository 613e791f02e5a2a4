"""Any page, by selectors that an admin gave: the way out where nothing else reads a page.

The source's options name them: ``entry`` (needed) chooses the entries on the page; inside each,
``title``, ``text``, ``time``, ``author``, ``id`` and ``link`` choose its parts. What is not named
is found as `bot.sources.dom` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from selectolax.lexbor import LexborNode

from bot.errors import ConfigError, NoLiveBlogError
from bot.model import Snapshot
from bot.sources import identity
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.canonical import Body, read_body
from bot.sources.clock import leading_clock
from bot.sources.dom import entries_of, first_block, is_complete, is_ended
from bot.sources.domentry import DomEntry, read_element
from bot.sources.domstamp import Stamp, read_stamp
from bot.sources.domtimes import placed
from bot.sources.instants import read_instant
from bot.sources.masthead import read_masthead
from bot.sources.pictures import absolute_url
from bot.sources.selector import Selector, read_selector
from bot.sources.zones import zone_info, zone_of_country
from bot.wording import Wording, guessing

OPTIONS = ("entry", "title", "text", "time", "author", "id", "link")
"""Names of the selectors."""

ALIASES = {"entries": "entry", "body": "text", "url": "link", "date": "time"}
"""Further names that people write."""

MAX_ENTRIES = 5_000
"""Elements read of one page."""

_SPANS = frozenset({"a", "b", "em", "i", "span", "strong"})


class Selectors:
    """Reads pages by an admin's selectors."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "selectors"

    def recognises(self, page: Page) -> Recognition:
        """No page is of this format by itself: it is chosen by giving the selectors."""
        return NOT_MINE

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read what the selectors choose.

        Raises:
            NoLiveBlogError: they choose nothing, or cannot be read; the sentence names the one.
        """
        if not page.is_html:
            raise NoLiveBlogError(Wording("The page is no HTML, so its selectors choose nothing."))
        try:
            chosen = read_selectors(hints.options)
        except ConfigError as error:
            raise NoLiveBlogError(error.reason) from error
        elements = _outer(chosen["entry"].all(_root(page)))[:MAX_ENTRIES]
        if not elements:
            raise NoLiveBlogError(
                Wording(
                    "The selector for 'entry' ({selector}) chooses nothing on the page (any more). "
                    "Look at the page's markup and set another.",
                    selector=hints.options["entry"][:80],
                )
            )
        return _snapshot(page, hints, chosen, elements)


def parse_options(texts: Iterable[str]) -> dict[str, str]:
    """Options from their written form, "entry=article.update".

    Raises:
        ConfigError: one is not of that form, or its selector cannot be read.
    """
    options: dict[str, str] = {}
    for text in texts:
        given, is_given, selector = (part.strip() for part in text.partition("="))
        name = ALIASES.get(given.lower(), given.lower())
        if not is_given or not selector or name not in OPTIONS:
            near = get_close_matches(name, (*OPTIONS, *ALIASES), n=1)
            wrong = Wording(
                "{text} is no selector; write NAME=SELECTOR, where NAME is one of {names}.",
                text=repr(text.strip()),
                names=", ".join(OPTIONS),
            )
            raise ConfigError(guessing(wrong, near if name not in OPTIONS else ()))
        if name in options:
            raise ConfigError(
                Wording("There are two selectors for {name}; give one.", name=repr(name))
            )
        options[name] = selector
    if options:
        read_selectors(options)
    return options


def read_selectors(options: Mapping[str, str]) -> dict[str, Selector]:
    """The selectors among a source's options.

    Raises:
        ConfigError: one cannot be read, or none chooses the entries.
    """
    if not options.get("entry", "").strip():
        raise ConfigError(
            Wording(
                "There is no selector for 'entry', so no entries can be chosen. Give one such as "
                "entry=article.update."
            )
        )
    return {
        name: read_selector(options[name], name)
        for name in OPTIONS
        if options.get(name, "").strip()
    }


def _snapshot(
    page: Page, hints: Hints, chosen: Mapping[str, Selector], elements: Sequence[LexborNode]
) -> Snapshot:
    own = hints.timezone if hints.timezone and zone_info(hints.timezone) else ""
    read = [_read(element, page, chosen, own or "UTC") for element in elements]
    masthead = read_masthead(page, page.blocks, first_block(page.blocks, read), len(page.blocks))
    zone = own or masthead.date_line_zone or zone_of_country(masthead.country) or ""
    naive = any(one.published is None or one.published.naive for one in read)
    if naive and not own and zone:
        read = [_read(element, page, chosen, zone) for element in elements]
    worked_out = placed(page, hints, elements, read, masthead, zone or "UTC")
    entries = entries_of(elements, read, worked_out, page, masthead)
    if name := chosen.get("id"):
        ids = identity.reliable([name.value(element) or None for element in elements])
        entries = tuple(replace(entry, id=one) for entry, one in zip(entries, ids, strict=True))
    warnings = [
        Wording(
            "The selector for {name} ({selector}) chooses nothing in any entry.",
            name=repr(name),
            selector=hints.options[name][:80],
        )
        for name, selector in chosen.items()
        if name != "entry" and not any(selector.all(element) for element in elements)
    ]
    undated = sum(entry.published_at is None for entry in entries)
    if undated:
        warnings.append(
            Wording(
                "{count} of {all} entries have no time that can be read. Check the selector for "
                "'time'.",
                count=undated,
                all=len(entries),
            )
        )
    if naive and not own:
        warnings.append(
            Wording(
                "The page writes times without a zone; they are read as {zone}. Set the source's "
                "zone if that is wrong.",
                zone=zone or "UTC",
            )
        )
    return Snapshot(
        adapter="selectors",
        title=masthead.title,
        url=masthead.url,
        entries=entries,
        timezone=own or None,
        language=masthead.language,
        complete=is_complete(page),
        ended=is_ended(masthead.title, entries),
        warnings=tuple(warnings),
    )


def _read(element: LexborNode, page: Page, chosen: Mapping[str, Selector], zone: str) -> DomEntry:
    url = page.url.partition("#")[0]
    one = read_element(element, url, zone)
    if selector := chosen.get("title"):
        one = replace(one, title=selector.value(element))
    if selector := chosen.get("text"):
        one = replace(one, body=_body(selector.all(element), url))
    if selector := chosen.get("author"):
        one = replace(one, author=selector.value(element))
    if selector := chosen.get("link"):
        found = Selector(selector.css, selector.attribute or "href").value(element)
        one = replace(one, permalink=absolute_url(found, url) or "")
    if selector := chosen.get("time"):
        written = selector.value(element)
        number = float(written) if written.isdecimal() and 9 <= len(written) <= 17 else written
        stamp = read_stamp(written) or Stamp(written, leading_clock(written))
        one = replace(one, published=read_instant(number, zone), updated=None, stamp=stamp)
    return one


def _body(nodes: Sequence[LexborNode], url: str) -> Body:
    """What was chosen as a body; each of several spans is a paragraph, as it was chosen apart."""
    if len(nodes) < 2 or any(node.tag not in _SPANS for node in nodes):
        return read_body(nodes, url)
    return read_body("".join(f"<p>{node.html or ''}</p>" for node in nodes), url)


def _root(page: Page) -> LexborNode:
    root = page.html.root
    if root is None:
        raise NoLiveBlogError(Wording("The page is empty, so its selectors choose nothing."))
    return root


def _outer(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Without those inside another: an entry is told once."""
    taken = {node.mem_id for node in nodes}
    kept = []
    for node in nodes:
        parent = node.parent
        for _ in range(60):
            if parent is None or parent.mem_id in taken:
                break
            parent = parent.parent
        if parent is None or parent.mem_id not in taken:
            kept.append(node)
    return kept
