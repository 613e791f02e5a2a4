"""The body of a BBC post as a tree of named nodes, to markup: the streams of 2016 to 2023.

A node is ``{"name", "children", "attributes": [{"name", "value"}]}``; text stands in ``text``.
"""

from __future__ import annotations

from html import escape

from bot.sources.jsonld import Object, first_string, objects

PICTURE_WIDTH = "976"
"""Pixels; a width that the BBC's pages themselves ask the picture server for."""

_DEPTH = 40
_NODES = 5_000  # of one list
_WRAPPED = {
    "paragraph": "p", "bold": "strong", "strong": "strong", "italic": "em", "emphasis": "em",
    "listItem": "li", "quote": "blockquote", "blockquote": "blockquote", "pullOut": "blockquote",
    "heading": "h2", "crosshead": "h2", "subheading": "h2", "underline": "u", "strike": "s",
}  # fmt: skip
_ELSEWHERE = frozenset({"altText", "url", "type", "href", "id"})
"""Nodes that say something of the node around them."""


def tree_html(nodes: object, captions: Object, depth: int = _DEPTH) -> str:
    """A tree as a publisher's markup.

    Args:
        nodes: what stands in ``body`` or ``children``.
        captions: picture id -> the picture's properties, from the post's ``media``.
        depth: how deep to go; what lies deeper is left out.
    """
    if depth < 1:
        return ""
    return "".join(_node_html(node, captions, depth) for node in objects(nodes)[:_NODES])


def _node_html(node: Object, captions: Object, depth: int) -> str:
    name = first_string(node, "name")
    if name in _ELSEWHERE:
        return ""
    if name == "text":
        return escape(first_string(node, "text"))
    if name == "break":
        return "<br>"
    if name == "image":
        return _image(node, captions)
    inner = tree_html(node.get("children"), captions, depth - 1)
    if name == "link":
        address = _address(node)
        return f'<a href="{escape(address)}">{inner}</a>' if address else inner
    if name == "list":
        tag = "ol" if _attribute(node, "type") == "ordered" else "ul"
        return f"<{tag}>{inner}</{tag}>"
    if name in ("embed", "video", "audio", "media"):
        address = _address(node) or _child_text(node, "href")
        words = f"<figcaption>{inner}</figcaption>" if inner else ""
        frame = f'<iframe src="{escape(address)}"></iframe>' if address else ""
        return f"<figure>{frame}{words}</figure>"
    if tag := _WRAPPED.get(name, ""):
        return f"<{tag}>{inner}</{tag}>"
    return inner


def _image(node: Object, captions: Object) -> str:
    address = first_string(node, "imageChefHref").replace("{width}", PICTURE_WIDTH)
    address = address or first_string(node, "href")
    known = captions.get(_attribute(node, "id"))
    caption = first_string(node, "caption")
    if not caption and isinstance(known, dict):
        caption = first_string(known, "caption")
    if not address:
        return ""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(address)}">{words}</figure>'


def _address(node: Object) -> str:
    """The address among a node's attributes, or among those of its ``url`` child."""
    own = _attribute(node, "href")
    children = (child for child in objects(node.get("children")) if child.get("name") == "url")
    return own or next((found for child in children if (found := _attribute(child, "href"))), "")


def _attribute(node: Object, name: str) -> str:
    for attribute in objects(node.get("attributes"))[:50]:
        if attribute.get("name") == name:
            return first_string(attribute, "value")
    return ""


def _child_text(node: Object, name: str) -> str:
    for child in objects(node.get("children"))[:50]:
        if child.get("name") == name:
            return "".join(first_string(c, "text") for c in objects(child.get("children"))[:5])
    return ""
