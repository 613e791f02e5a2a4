"""The Guardian's live blogs: the blocks of the page, or of its page model as JSON.

The page's JSON-LD gives every update the blog's own headline and latest time and cuts bodies at
1,000 characters; the blocks themselves have all of it. Ids are the same bare 24 hex digits, so a
source that was read by its JSON-LD keeps what it knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import orjson

from bot.errors import NoLiveBlogError
from bot.model import Snapshot, SourceEntry
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.escaped import read_title
from bot.sources.guardianblocks import (
    MAX_BLOCKS,
    Block,
    begun_at,
    embedded,
    fragment_blocks,
    from_model,
    model_blocks,
    page_blocks,
)
from bot.sources.headline import settle
from bot.sources.jsonld import Object, first_string
from bot.sources.linekinds import title_says_ended
from bot.sources.pictures import absolute_url
from bot.wording import Wording

OLDER_PAGES = 5
"""Asked for at the first poll; a page holds 10 to 60 blocks."""

_MARKUP = re.compile(r"id=[\"']?block-[0-9a-f]{24}\b")
_PAGE_OF = re.compile(r"[?&]page=with(?::|%3A)block-([0-9a-f]{24})(?:&|$)", re.IGNORECASE)
_OLDER = re.compile(r"\b(?:next|older)\b", re.IGNORECASE)
_IS_LIVE = re.compile(r'"isLive"\s*:\s*(true|false)')
_IS_BLOG = re.compile(r'"isLiveBlog"\s*:\s*true')
_ZONES = {
    "GMT": "Europe/London", "BST": "Europe/London", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "EST": "America/New_York", "EDT": "America/New_York",
}  # fmt: skip
_SHOWN = re.compile(r"\d\d\.\d\d(?:\s|&nbsp;)(GMT|BST|AE[SD]T|E[SD]T)\b")
_NOT_PARTS = frozenset({"page", "filterkeyevents", "pinned", "lastupdate", "islivepage"})


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a live blog.

    Attributes:
        older: address of the document with the blocks before these.
        alone: these are all blocks there are.
    """

    blocks: Sequence[Block]
    title: str = ""
    url: str = ""
    language: str = ""
    zone: str | None = None
    ended: bool = False
    older: str | None = None
    alone: bool = False


class Guardian:
    """Reads the blocks of a Guardian live blog."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "guardian"

    def recognises(self, page: Page) -> Recognition:
        """Look for blocks with the Guardian's ids, in markup or in a page model."""
        text = page.text
        if not page.is_html:
            part = _from_json(page)
            count = len(part.blocks) if part else 0
            return _of_data(count) if part else NOT_MINE
        if not _is_guardian(page) or "<amp-live-list" in text:
            return NOT_MINE
        front = _front_page(page.url)
        poll = front if front != page.url else None
        if count := len(set(_MARKUP.findall(text))):
            return Recognition(0.95, _with_blocks(count), poll)
        if "/live/" in page.url and _IS_BLOG.search(text):
            return Recognition(0.6, Wording("a Guardian live blog without blocks yet"), poll)
        return NOT_MINE

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the blocks of one document."""
        return _snapshot([_part(page)], page, hints)

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read the blocks, at the first poll those of some older pages too.

        Later polls go back until they meet a block that is known, so that a burst of news longer
        than a page is read whole.
        """
        parts = [_part(page)]
        seen = {block.id for block in parts[0].blocks}
        while len(parts) <= OLDER_PAGES and (older := parts[-1].older):
            if any(b.id in hints.known for b in parts[-1].blocks if not b.copied):
                break
            (answer,) = yield (Request(older),)
            if answer is None:
                break
            try:
                part = _part(answer)
            except NoLiveBlogError:
                break
            fresh = {block.id for block in part.blocks if not block.copied} - seen
            if not fresh:
                break
            seen |= fresh
            parts.append(part)
        return _snapshot(parts, page, hints)


def _of_data(count: int) -> Recognition:
    reason = Wording.counted(
        "a Guardian live blog's page data with {n} block",
        "a Guardian live blog's page data with {n} blocks",
        count,
    )
    return Recognition(0.95, reason)


def _with_blocks(count: int) -> Wording:
    return Wording.counted(
        "a Guardian live blog with {n} block", "a Guardian live blog with {n} blocks", count
    )


def _is_guardian(page: Page) -> bool:
    host = urlsplit(page.url).netloc.lower().rpartition("@")[2].partition(":")[0]
    if host == "theguardian.com" or host.endswith(".theguardian.com"):
        return True
    text = page.text
    return "block-" in text and ("window.guardian" in text or "guim.co.uk" in text)


def _part(page: Page) -> Part:
    """Read one document.

    Raises:
        NoLiveBlogError: it holds no blocks and is no live blog that is about to begin.
    """
    part = _from_html(page) if page.is_html else _from_json(page)
    if part is None or (not part.blocks and not (page.is_html and _IS_BLOG.search(page.text))):
        raise NoLiveBlogError(Wording("The page holds no blocks of a Guardian live blog any more."))
    return part


def _snapshot(parts: Sequence[Part], page: Page, hints: Hints) -> Snapshot:
    first = parts[0]
    blocks: dict[str, Block] = {}
    for block in (block for part in parts for block in part.blocks):
        known = blocks.get(block.id)
        if known is None:
            blocks[block.id] = block
        elif known.copied:  # its own place is further back
            del blocks[block.id]
            blocks[block.id] = replace(block, pinned=True, published=block.published)
        elif block.pinned:
            blocks[block.id] = replace(known, pinned=True)
    url = first.url or _front_page(page.url)
    copied = [block for block in blocks.values() if block.copied]
    others = [block for block in blocks.values() if not block.copied]
    whole = first.alone if len(parts) == 1 else parts[-1].older is None
    return Snapshot(
        adapter="guardian",
        title=first.title,
        url=url,
        entries=tuple(_entry(block, first.title, url) for block in copied + others),
        timezone=hints.timezone or first.zone,
        language=first.language,
        complete=whole and not copied,
        ended=first.ended or title_says_ended(first.title),
    )


def _entry(block: Block, blog_title: str, url: str) -> SourceEntry:
    title, body = settle(block.title, block.body, blog_title, url)
    published = block.published or begun_at(block.id)
    return SourceEntry(
        id=block.id,
        published_at=published,
        updated_at=block.updated if block.updated and block.updated > published else None,
        title=title,
        text=body.text,
        html=body.html,
        url=f"{url}?page=with:block-{block.id}#block-{block.id}",
        author=block.author,
        key_event=block.key,
        pinned=block.pinned,
        media=body.media,
        links=body.links,
    )


# -- a page -------------------------------------------------------------------------------------


def _from_html(page: Page) -> Part:
    tree, text = page.html, page.text
    canonical = tree.css_first('link[rel="canonical"][href]')
    href = canonical.attributes.get("href") if canonical is not None else None
    url = _front_page(absolute_url(href, page.url) or page.url)
    heading = tree.css_first("h1")
    named = tree.css_first('meta[property="og:title"]')
    title = read_title(heading.text()) if heading is not None else ""
    if not title and named is not None:
        title = read_title(named.attributes.get("content") or "")
    root = tree.css_first("html")
    blocks = page_blocks(tree, embedded(tree, text), url)
    own = [block for block in blocks if not block.copied]
    older = _older(page, {block.id for block in own})
    cut = "</body" not in text[-20_000:].lower()
    if cut and own:
        blocks.remove(own[-1])  # it may be half
    shown = _SHOWN.search(text, max(text.find(f"block-{own[0].id}"), 0)) if own else None
    live = _IS_LIVE.search(text, max(text.find("window.guardian"), 0))
    return Part(
        blocks=blocks,
        title=title,
        url=url,
        language=((root.attributes.get("lang") or "") if root is not None else "")[:35],
        zone=_ZONES[shown[1]] if shown else None,
        ended=live is not None and live[1] == "false",
        older=older,
        alone=older is None and not cut and _front_page(page.url) == page.url,
    )


def _older(page: Page, ids: set[str]) -> str | None:
    """The link to the next page with older blocks; a block's own link names a block shown here."""
    unnamed: list[tuple[str, str]] = []
    for link in page.html.css('a[href*="page=with"]')[:1_000]:
        href = link.attributes.get("href") or ""
        match = _PAGE_OF.search(href)
        if match is None or "#" in href or match[1] in ids:
            continue
        url = absolute_url(href, page.url)
        if url and _OLDER.search(link.text()[:60]):
            return url
        if url:
            unnamed.append((match[1], url))
    before = [pair for pair in unnamed if ids and pair[0] < min(ids)]
    return max(before)[1] if before else None


# -- JSON ---------------------------------------------------------------------------------------


def _from_json(page: Page) -> Part | None:
    """The page model, or the answer to polling for new blocks (their markup)."""
    text = page.text
    if not ("blockFirstPublished" in text or "block-" in text) or "{" not in text[:200]:
        return None
    try:
        data = orjson.loads(text.lstrip("\ufeff"))
    except (ValueError, UnicodeEncodeError):
        return None
    if not isinstance(data, dict):
        return None
    url = absolute_url(first_string(data, "canonicalUrl", "webURL"), page.url)
    url = _front_page(url or page.url)
    url = url.removesuffix(".json")
    html = data.get("html")
    if isinstance(html, str) and ("numNewBlocks" in data or "mostRecentBlockId" in data):
        return Part(blocks=fragment_blocks(html, url)[:MAX_BLOCKS], url=url)
    items = model_blocks(data.get("blocks"))
    if not items:
        return None
    return _from_model(data, items, url, page.url)


def _from_model(data: Object, items: Sequence[Object], url: str, asked: str) -> Part:
    blocks = [from_model(item, url) for item in items]
    ids = {block.id for block in blocks}
    blocks += [
        replace(from_model(item, url), pinned=True, copied=True)
        for item in model_blocks([data.get("pinnedPost")])
        if item["id"] not in ids
    ]
    paging = data.get("pagination")
    pages: Object = paging if isinstance(paging, dict) else {}
    older = first_string(pages, "older")
    total, current = pages.get("totalPages"), pages.get("currentPage")
    shape = data.get("format")
    design = first_string(shape, "design") if isinstance(shape, dict) else ""
    displays = " ".join(first_string(item, "blockFirstPublishedDisplay") for item in items[:1])
    shown = _SHOWN.search(displays)
    return Part(
        blocks=blocks,
        title=read_title(first_string(data, "webTitle", "headline")),
        url=url,
        language=first_string(data, "lang")[:35],
        zone=_ZONES[shown[1]] if shown else None,
        ended=design == "DeadBlogDesign" or _says_over(data),
        older=_same_form(older, asked) if older else None,
        alone=not older and (total or 1) == 1 and (current or 1) == 1,
    )


def _says_over(data: Object) -> bool:
    """Whether the page's configuration says that it is no longer live.

    A model may carry the configuration of some other page; then it says nothing.
    """
    config = data.get("config")
    if not isinstance(config, dict) or config.get("pageId") != data.get("pageId"):
        return False
    return config.get("isLive") is False and bool(config.get("pageId"))


# -- addresses ----------------------------------------------------------------------------------


def _front_page(url: str) -> str:
    """The address of the newest blocks: without the parameters that choose others."""
    parts = urlsplit(url)
    kept = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0].lower() not in _NOT_PARTS
    ]
    if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)) and not parts.fragment:
        return url
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def _same_form(reference: str, asked: str) -> str | None:
    """An older page's address in the form that was asked for (``.json``, ``dcr=true``)."""
    url = urljoin(_front_page(asked), reference)
    extra = [pair for pair in parse_qsl(urlsplit(asked).query) if pair[0].lower() == "dcr"]
    if extra and "dcr=" not in url:
        url += f"&{urlencode(extra[:1])}"
    return absolute_url(url, asked)
