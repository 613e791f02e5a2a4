"""The blocks of a Guardian live blog: from the page's markup and from its page model.

Both spellings give the same `Block`. A block's id is an object id of 24 hex digits; its first
eight are the second in which the block was begun
(https://www.mongodb.com/docs/manual/reference/bson-types/#objectid).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.model import Media
from bot.sources.canonical import Body, read_body
from bot.sources.escaped import read_title
from bot.sources.guardianelements import element_html, is_furniture, kind_of
from bot.sources.instants import read_instant
from bot.sources.jsonld import Object, first_string, objects, walk
from bot.sources.markup import parse_fragment
from bot.sources.pictures import best_picture

BLOCK_ID = re.compile(r"[0-9a-f]{24}")
MAX_BLOCKS = 2_000
"""Of one document; a page holds 10 to 60."""

_LINKED = re.compile(r"block-([0-9a-f]{24})")
_CREDIT = re.compile(r"\s*(?:Photograph|Composite|Illustration|Image|Video|Source): [^\n]{1,200}$")
_AROUND_BODY = ("header", "footer", "time")
_OLD_CHROME = re.compile(r"\b(?:block-time|block-title|block-share|block__|updated-time)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block, wherever it was read.

    Attributes:
        id: 24 hex digits.
        published: when readers first saw it, UTC; None where only the pinned copy was seen.
        updated: when it was last changed, UTC.
        title: one line, "" where it has none.
        copied: it stands pinned above the others, apart from its own place.
    """

    id: str
    published: datetime | None
    updated: datetime | None
    title: str
    body: Body
    author: str = ""
    key: bool = False
    pinned: bool = False
    copied: bool = False


def begun_at(block_id: str) -> datetime:
    """When a block was begun, as its id tells; a little before readers saw it."""
    return datetime.fromtimestamp(int(block_id[:8], 16), UTC)


# -- the page model -----------------------------------------------------------------------------


def model_blocks(value: object) -> list[Object]:
    """The blocks among the objects of a list."""
    return [item for item in objects(value)[:MAX_BLOCKS] if is_block(item)]


def is_block(item: Object) -> bool:
    """Whether an object of a page model is a block."""
    name = item.get("id")
    return (
        isinstance(name, str)
        and BLOCK_ID.fullmatch(name) is not None
        and ("elements" in item or "blockFirstPublished" in item)
    )


def from_model(item: Object, base_url: str) -> Block:
    """A block of a page model."""
    markup = "".join(element_html(element) for element in objects(item.get("elements"))[:500])
    names = [first_string(one, "name") for one in objects(item.get("contributors"))]
    attributes = item.get("attributes")
    flags: Object = attributes if isinstance(attributes, dict) else {}
    return Block(
        id=str(item["id"]),
        published=_instant(item.get("blockFirstPublished")) or _instant(item.get("blockCreatedOn")),
        updated=_instant(item.get("blockLastUpdated")),
        title=read_title(first_string(item, "title")),
        body=_without_credits(read_body(markup, base_url)),
        author=", ".join(read_title(name) for name in names if name),
        key=flags.get("keyEvent") is True or flags.get("summary") is True,
        pinned=flags.get("pinned") is True,
    )


def embedded(tree: LexborHTMLParser, text: str) -> dict[str, Object]:
    """The page-model blocks that a page's components carry, by id: key events, the pinned post."""
    found: dict[str, Object] = {}
    if "blockFirstPublished" not in text:
        return found
    for island in tree.css("gu-island[props]"):
        props = island.attributes.get("props") or ""
        if "blockFirstPublished" in props:
            for item in walk(_json(props)):
                if is_block(item):
                    found.setdefault(str(item["id"]), item)
    return found


# -- markup -------------------------------------------------------------------------------------


def fragment_blocks(markup: str, base_url: str) -> list[Block]:
    """The blocks of a piece of a page, as polling for news answers."""
    roots = parse_fragment(markup)
    nodes: list[LexborNode] = []
    for root in roots:
        if not root.is_element_node:
            continue
        inner = root.css('[id^="block-"]')
        nodes.extend(inner or [])
        if not inner and _own_id(root):
            nodes.append(root)
    return [from_markup(node, name, {}, base_url) for node in nodes if (name := _own_id(node))]


def page_blocks(tree: LexborHTMLParser, model: Mapping[str, Object], base_url: str) -> list[Block]:
    """The blocks of a page in its order; the pinned post's copy comes last and is marked."""
    blocks: dict[str, Block] = {}
    for node in tree.css('[id^="block-"]')[:MAX_BLOCKS]:
        name = _own_id(node)
        if name and name not in blocks:
            blocks[name] = from_markup(node, name, model, base_url)
    for node in tree.css("#pinned-post article, article.block:not([id])")[:5]:
        name = _linked_id(node)
        if name and name not in blocks:
            copy = from_markup(node, name, model, base_url)
            blocks[name] = replace(copy, pinned=True, copied=True)
        elif name:
            blocks[name] = replace(blocks[name], pinned=True)
    return list(blocks.values())


def from_markup(node: LexborNode, name: str, model: Mapping[str, Object], base_url: str) -> Block:
    """A block of the markup, completed by what the page's model says of it."""
    header = node.css_first("header")
    stamp = (header or node).css_first("time[datetime]")
    changed = node.css_first("footer time[datetime], .updated-time time[datetime]")
    heading = node.css_first("header h2, h2.block-title")
    pinned = header is not None and header.css_first('a[href$="#pinned-post"]') is not None
    block = Block(
        id=name,
        published=_stamp(stamp),
        updated=_stamp(changed),
        title=read_title(heading.text()) if heading is not None else "",
        body=_without_credits(_body(node, base_url)),
        author=_byline(header) if header is not None else "",
        key=bool(re.search(r"\bis-(?:key-event|summary)\b", node.attributes.get("class") or "")),
        pinned=pinned,
    )
    if name not in model:
        return block
    known = from_model({**model[name], "elements": []}, base_url)
    return replace(
        block,
        published=block.published or known.published,
        updated=max((at for at in (block.updated, known.updated) if at), default=None),
        title=block.title or known.title,
        author=block.author or known.author,
        key=block.key or known.key,
        pinned=block.pinned or known.pinned,
    )


def _body(node: LexborNode, base_url: str) -> Body:
    inside = node.css_first(".block-elements")
    parts = [
        child
        for child in (inside or node).iter()
        if child.tag not in _AROUND_BODY
        and not _OLD_CHROME.search(child.attributes.get("class") or "")
    ]
    if not any(part.tag == "figure" for part in parts):
        return read_body(parts, base_url)
    return read_body("".join(_part(part, base_url) for part in parts), base_url)


def _part(node: LexborNode, base_url: str) -> str:
    """One element's markup; what a component draws only in a browser is taken from its data."""
    if node.tag != "figure":
        return node.html or ""
    kind = (node.attributes.get("data-spacefinder-type") or "").rpartition(".")[2]
    if is_furniture(kind):
        return ""
    if kind == "ImageBlockElement":
        return _picture(node, base_url)
    island = node.css_first("gu-island[props]")
    if island is not None:
        props = _json(island.attributes.get("props") or "")
        element = props.get("element") if isinstance(props, dict) else None
        if not isinstance(element, dict) or not kind_of(element):
            element = {**props, "_type": kind} if isinstance(props, dict) else {}
        if markup := element_html(element):
            return markup
    return node.html or ""


def _picture(node: LexborNode, base_url: str) -> str:
    """A picture in the size of its first source, which is the largest the page offers."""
    sources = [source.attributes for source in node.css("picture source")[:20]]
    image = node.css_first("img")
    address = best_picture({}, sources, base_url)
    if image is None or not address:
        return node.html or ""
    caption = node.css_first("figcaption")
    address = address.replace("&", "&amp;").replace('"', "%22")
    words = caption.html or "" if caption is not None else ""
    return f'<figure><img src="{address}">{words}</figure>'


def _byline(header: LexborNode) -> str:
    """The names in a block's header; those in links are its time and the word "pinned"."""
    names: list[str] = []
    for child in list(header.iter())[:10]:
        if child.tag == "div" and child.css_first("time, a[href]") is None:
            names.extend(read_title(span.text()) for span in child.css("span")[:10])
    return ", ".join(dict.fromkeys(name for name in names if name))


def _own_id(node: LexborNode) -> str | None:
    match = _LINKED.fullmatch(node.attributes.get("id") or "")
    return match[1] if match else None


def _linked_id(node: LexborNode) -> str | None:
    for link in node.css("header a[href]")[:5]:
        if match := _LINKED.search(link.attributes.get("href") or ""):
            return match[1]
    return None


def _stamp(node: LexborNode | None) -> datetime | None:
    return _instant(node.attributes.get("datetime")) if node is not None else None


def _instant(value: object) -> datetime | None:
    found = read_instant(value)
    return found.at if found else None


def _without_credits(body: Body) -> Body:
    if not any(media.caption for media in body.media):
        return body
    return replace(body, media=tuple(_uncredited(body.media)))


def _uncredited(items: tuple[Media, ...]) -> Iterator[Media]:
    for media in items:
        yield replace(media, caption=_CREDIT.sub("", media.caption))


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except (ValueError, UnicodeEncodeError):
        return None
