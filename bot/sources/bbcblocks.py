"""The body of a BBC post as typed blocks, to markup: the streams since 2023.

A block is ``{"type", "model": {"blocks", …}}``. The types are those of the BBC's public renderer
(https://github.com/bbc/simorgh, ``src/app/models/types/optimo``).
"""

from __future__ import annotations

from html import escape
from urllib.parse import urljoin

from bot.sources.jsonld import Object, first_string, objects

_DEPTH = 60  # two levels of the tree for each one a reader sees
_BLOCKS = 5_000  # of one list
_PICTURES = "https://ichef.bbci.co.uk/ace/standard/976"
_CLIPS = "https://ichef.bbci.co.uk/images/ic/976xn"  # pictures of programmes
_SITE = "https://www.bbc.co.uk/"
_WRAPPED = {
    "paragraph": "p", "introduction": "p", "unorderedList": "ul", "orderedList": "ol",
    "listItem": "li", "quote": "blockquote", "blockquote": "blockquote",
    "pullQuote": "blockquote", "headline": "h2", "subheadline": "h2", "subheading": "h2",
    "crosshead": "h2",
}  # fmt: skip
_MARKS = {"bold": "strong", "italic": "em", "underline": "u", "strikethrough": "s"}
_ELSEWHERE = frozenset({"altText", "contributor", "rawImage", "renditions", "caption"})
"""Blocks that belong to the block around them, or are read with the head of the post."""


def model_blocks(block: object) -> list[Object]:
    """The blocks within a block, or within a post's ``header`` or ``content``."""
    return objects(_model(block).get("blocks"))[:_BLOCKS]


def blocks_html(blocks: list[Object], depth: int = _DEPTH) -> str:
    """Blocks as a publisher's markup; what lies deeper than `depth` is left out."""
    return "".join(_block_html(block, depth) for block in blocks) if depth else ""


def words(block: object) -> str:
    """The plain words of a block."""
    found: list[str] = []
    todo = [(block, _DEPTH)]
    while todo and len(found) < _BLOCKS:
        item, depth = todo.pop()
        inner = model_blocks(item)
        if not inner:
            found.append(first_string(_model(item), "text"))
        elif depth:
            todo.extend((child, depth - 1) for child in reversed(inner))
    return " ".join("".join(found).split())


def _block_html(block: Object, depth: int) -> str:
    kind = first_string(block, "type")
    model = _model(block)
    if kind in _ELSEWHERE:
        return ""
    if kind == "image":
        return _figure(_image(block), _caption(block))
    if kind in ("video", "audio", "clip", "media"):
        return _figure(_frame(_clip(block)), _caption(block))
    if kind in ("social", "embed", "include", "oEmbed"):
        return _figure(_frame(first_string(model, "source", "href", "url")), _caption(block))
    inner = blocks_html(model_blocks(block), depth - 1)
    if not inner:
        inner = escape(first_string(model, "text"))
    if kind == "fragment":
        return _marked(inner, model.get("attributes"))
    if kind in ("urlLink", "link"):
        address = first_string(model, "locator", "url", "href")
        address = urljoin(_SITE, address) if address.startswith("/") else address
        return f'<a href="{escape(address)}">{inner}</a>' if address else inner
    tag = _WRAPPED.get(kind, "")
    return f"<{tag}>{inner}</{tag}>" if tag and inner else inner


def _marked(inner: str, attributes: object) -> str:
    for name in attributes if isinstance(attributes, list) else ():
        if isinstance(name, str) and name in _MARKS:
            inner = f"<{_MARKS[name]}>{inner}</{_MARKS[name]}>"
    return inner


def _image(block: Object) -> str:
    for child in model_blocks(block):
        if child.get("type") != "rawImage":
            continue
        model = _model(child)
        place = first_string(model, "locator").lstrip("/")
        origin = first_string(model, "originCode")
        if place.startswith(("http:", "https:")):
            address = place
        elif origin == "pips":
            address = f"{_CLIPS}/{place}"
        else:
            address = f"{_PICTURES}/{origin or 'cpsprodpb'}/{place}"
        return f'<img src="{escape(address)}">' if place else ""
    return ""


def _clip(block: Object) -> str:
    """The address at which a film or a recording can be played."""
    for child in model_blocks(block):
        link = _model(child).get("link")
        path = first_string(link, "path") if isinstance(link, dict) else ""
        if path.startswith("/"):
            return urljoin(_SITE, path)
    return ""


def _caption(block: Object) -> str:
    return next((words(c) for c in model_blocks(block) if c.get("type") == "caption"), "")


def _frame(address: str) -> str:
    return f'<iframe src="{escape(address)}"></iframe>' if address else ""


def _figure(content: str, caption: str) -> str:
    """A figure; a caption without its picture is left out."""
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{content}{text}</figure>" if content else ""


def _model(block: object) -> Object:
    model = block.get("model") if isinstance(block, dict) else None
    return model if isinstance(model, dict) else {}
