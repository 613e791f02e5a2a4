"""BBC posts, from the data and from the markup of a live page.

Ids: ``post_`` and 24 hex digits from 2016 to 2023, as in the page's JSON-LD and as the anchor of
the post; ``asset:`` and a UUID since; ``pulsar_`` and a number before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from selectolax.lexbor import LexborNode

from bot.model import SourceEntry
from bot.sources import jsonld
from bot.sources.base import Page
from bot.sources.bbcblocks import blocks_html, model_blocks, words
from bot.sources.bbcbody import PICTURE_WIDTH, tree_html
from bot.sources.bbcdata import MAX_POSTS
from bot.sources.canonical import Body, read_body
from bot.sources.escaped import read_title
from bot.sources.headline import settle
from bot.sources.identity import shortened
from bot.sources.instants import read_instant
from bot.sources.jsonld import Object, first_string
from bot.sources.markup import MAX_FRAGMENT

POST = re.compile(r"post_([0-9a-f]{24})")
PULSAR = re.compile(r"(pulsar_\d{1,15})(?:_\w{1,30})?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"[0-9a-f]{24}")
_COPYRIGHT = re.compile(
    r"<div\b[^<>]{0,600}__copyright\b[^<>]{0,600}>(?:[^<]|<(?!/?div\b)){0,2000}+</div>"
)
_SPOKEN = re.compile(r"<span\b[^<>]{0,600}\bgs-u-vh\b[^<>]{0,600}>[^<]{0,2000}</span>")
_EMBED = re.compile(
    r"<div\b[^<>]{0,600}--embed\b[^<>]{0,600}>\s{0,20}<a\b[^<>]{0,600}\bhref=\"([^\"<>]{1,2000})\""
    r"[^<>]{0,600}>(?:[^<]|<(?!/?a\b)){0,4000}+</a>"
)
_HIDDEN = re.compile(r"\saria-hidden=[\"']?true[\"']?")
_CHROME = re.compile(r"\b(?:share|social|timestamp|meta-?time|time-?stamp)", re.IGNORECASE)


def from_data(post: Object, blog_title: str, url: str) -> SourceEntry:
    """A post of the page's data.

    Args:
        post: as `bot.sources.bbcdata.find_stream` found it.
        blog_title: the live page's headline.
        url: the live page's address.
    """
    options = post.get("options")
    flags: Object = options if isinstance(options, dict) else {}
    if isinstance(post.get("body"), list):
        title, author, markup = _of_tree(post)
        dates: Object = post
    else:
        title, author, markup = _of_blocks(post)
        inner = post.get("dates")
        dates = inner if isinstance(inner, dict) else {}
    title, body = settle(title, read_body(markup, url), blog_title, url)
    name = post_id(post)
    # The page shows when a post came into the stream, a second after it was first published.
    first = _instant(dates, "dateAdded", "curated", "firstPublished", "lastPublished")
    first = first.replace(microsecond=0) if first else None  # as in the JSON-LD
    changed = _instant(dates, "lastUpdated", "lastPublished")
    return SourceEntry(
        id=name,
        published_at=first or changed,
        updated_at=changed if first and changed and changed > first else None,
        title=title,
        text=body.text,
        html=body.html,
        url=_anchor(name, url),
        author=author,
        key_event=flags.get("isBreakingNews") is True or flags.get("isPriorityPost") is True,
        pinned=flags.get("isPinned") is True,
        media=body.media,
        links=body.links,
    )


def post_id(post: Object) -> str | None:
    """A post's id, however the data spells it."""
    asset = first_string(post, "assetId")
    if _HEX.fullmatch(asset):
        return f"post_{asset}"
    urn = first_string(post, "urn", "locator") or asset
    if match := _UUID.search(urn.lower()):
        return f"asset:{match[0]}"
    return shortened(urn) if urn else None


def _of_tree(post: Object) -> tuple[str, str, str]:
    pictures: dict[str, object] = {}
    media = post.get("media")
    images = media.get("images") if isinstance(media, dict) else None
    for group in images.values() if isinstance(images, dict) else ():
        if isinstance(group, dict):
            pictures.update(group)
    who = post.get("contributor")
    author = read_title(first_string(who, "name")) if isinstance(who, dict) else ""
    title = read_title(first_string(post, "title"))
    return title, author, tree_html(post.get("body"), pictures)


def _of_blocks(post: Object) -> tuple[str, str, str]:
    title, names, below = "", [], []
    for block in model_blocks(post.get("header")):
        kind = first_string(block, "type")
        if kind == "contributor":
            model = block.get("model")
            names.append(first_string(model, "name") if isinstance(model, dict) else "")
        elif not title:
            title = words(block)
        else:
            below.append(block)
    author = ", ".join(name for one in names if (name := read_title(one)))
    markup = "".join(f"<p>{inner}</p>" for b in below if (inner := blocks_html([b])))
    return title, author, markup + blocks_html(model_blocks(post.get("content")))


def _anchor(name: str | None, url: str) -> str:
    if name is None:
        return url
    if name.startswith("asset:"):
        return f"{url}?post={quote(name, safe='')}#post"
    return f"{url}#{name}"


# -- markup -------------------------------------------------------------------------------------


def from_markup(page: Page, blog_title: str, url: str, zone: str) -> Iterator[SourceEntry]:
    """The posts in the markup of a page, in its order.

    Args:
        page: of HTML.
        blog_title: the live page's headline.
        url: the live page's address.
        zone: IANA name, of the times before 2016, which name none.
    """
    times = _json_ld_times(page)
    for node in page.html.css('[id^="post_"], li[id^="pulsar_"]')[:MAX_POSTS]:
        own = node.attributes.get("id") or ""
        post, pulsar = POST.fullmatch(own), PULSAR.fullmatch(own)
        if post is None and pulsar is None:
            continue
        title, body = settle(*_title_and_body(node, url), blog_title, url)
        who = node.css_first('[class*="contributor-name"]')
        name = own if post else pulsar[1] if pulsar else None
        published = times.get(own) or (_begun_at(post[1]) if post else None)
        if pulsar:
            found = read_instant(node.attributes.get("data-datetime"), zone)
            published = found.at if found else None
        yield SourceEntry(
            id=name,
            published_at=published,
            title=title,
            text=body.text,
            html=body.html,
            url=f"{url}#{own}",
            author=read_title(who.text()) if who is not None else "",
            key_event="breaking" in (node.attributes.get("class") or ""),
            media=body.media,
            links=body.links,
        )


def _title_and_body(node: LexborNode, url: str) -> tuple[str, Body]:
    selectors = ('[class*="header-text"]', "header h3", "h2, h3, h4")
    heading = next((one for one in map(node.css_first, selectors) if one is not None), None)
    title = read_title(heading.text()) if heading is not None else ""
    inside = node.css_first('[class*="post-body"]')
    if inside is not None:
        return title, read_body(_as_shown(inside.html or ""), url)
    parts = [
        child
        for child in node.iter()
        if child.tag not in ("header", "footer", "time", "h2", "h3", "h4")
        and not _CHROME.search(child.attributes.get("class") or "")
    ]
    return title, read_body(parts, url)


def _as_shown(markup: str) -> str:
    """A body as it shows in a browser.

    What is written for screen readers repeats what is marked as hidden from them, pictures wait
    for their width, and posts of other networks are links until a script draws them.
    """
    markup = _COPYRIGHT.sub("", markup[:MAX_FRAGMENT])
    markup = _HIDDEN.sub("", _SPOKEN.sub("", markup))
    markup = _EMBED.sub(r'<div><iframe src="\1"></iframe>', markup)
    return markup.replace("{width}", PICTURE_WIDTH)


def _json_ld_times(page: Page) -> Mapping[str, datetime]:
    """Post id -> when it was published, as the page's JSON-LD tells."""
    times: dict[str, datetime] = {}
    if "LiveBlogPosting" not in page.text:
        return times
    for block in jsonld.blocks(page, "LiveBlogPosting"):
        for item in jsonld.walk(block.value):
            name = first_string(item, "url", "@id").rpartition("#")[2]
            at = _instant(item, "datePublished")
            if at and POST.fullmatch(name):
                times.setdefault(name, at)
    return times


def _begun_at(digits: str) -> datetime:
    """When a post was begun: the first eight digits of its id are that second."""
    return datetime.fromtimestamp(int(digits[:8], 16), UTC)


def _instant(item: Object, *names: str) -> datetime | None:
    for name in names:
        if found := read_instant(item.get(name)):
            return found.at
    return None
