"""The elements of a Guardian block, from the page's model to markup.

The model is that of the Guardian's page renderer (``dotcom-rendering``, ``FEElement``): each
element has a ``_type`` such as ``model.dotcomrendering.pageElements.TextBlockElement`` and, where
it is words, its markup in ``html``.
"""

from __future__ import annotations

from html import escape

from bot.sources.jsonld import Object, first_string, objects
from bot.sources.pictures import PREFERRED_WIDTH

_DEPTH = 4  # elements within elements: lists, galleries
_NONE = frozenset({
    "RichLinkBlockElement", "CalloutBlockElement", "CalloutBlockElementV2",
    "AdPlaceholderBlockElement", "NewsletterSignupBlockElement", "DisclaimerBlockElement",
    "ContentAtomBlockElement", "InteractiveContentsBlockElement",
})  # fmt: skip
_QUOTED_POST = ("TweetBlockElement", "InstagramBlockElement")
_YOUTUBE = "https://www.youtube.com/watch?v="


def kind_of(element: Object) -> str:
    """The bare name of an element's type, "" where it has none."""
    name = element.get("_type")
    return name.rpartition(".")[2] if isinstance(name, str) else ""


def is_furniture(kind: str) -> bool:
    """Whether elements of this type are no part of the report: related links, sign-ups."""
    return kind in _NONE


def element_html(element: Object, depth: int = _DEPTH) -> str:
    """An element as a publisher's markup, "" where it holds nothing to read."""
    kind = kind_of(element)
    if is_furniture(kind) or depth < 1:
        return ""
    if kind == "ImageBlockElement":
        return _figure(_image(element), _caption(element))
    if kind == "MultiImageBlockElement":
        images = objects(element.get("images"))[:20]
        return "".join(element_html(image, depth - 1) for image in images)
    if kind == "YoutubeBlockElement":
        film = first_string(element, "assetId")
        return _film(_YOUTUBE + film, first_string(element, "mediaTitle")) if film else ""
    if kind == "GuVideoBlockElement":
        address = next((first_string(a, "url") for a in objects(element.get("assets"))), "")
        source = f'<video src="{escape(address)}"></video>' if address else ""
        return _figure(source, first_string(element, "caption"))
    html = first_string(element, "html")
    if kind in _QUOTED_POST:
        return html.replace("nojs-tweet", "twitter-tweet") or _film(first_string(element, "url"))
    if html:
        return html
    if inner := objects(element.get("elements")) or objects(element.get("items")):
        title = first_string(element, "title")
        head = f"<p><strong>{escape(title)}</strong></p>" if title else ""
        return head + "".join(element_html(child, depth - 1) for child in inner[:200])
    if address := first_string(element, "originalUrl", "embedUrl", "url"):
        return _film(address, first_string(element, "caption", "title"))
    return ""


def _film(address: str, caption: str = "") -> str:
    return _figure(f'<iframe src="{escape(address)}"></iframe>' if address else "", caption)


def _figure(content: str, caption: str) -> str:
    if not content:
        return ""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{content}{words}</figure>"


def _caption(element: Object) -> str:
    """The caption; the credit stands apart from it and is left out."""
    data = element.get("data")
    return first_string(data, "caption", "alt") if isinstance(data, dict) else ""


def _image(element: Object) -> str:
    """The widest picture that is not too wide to be sent, else the narrowest."""
    found: list[tuple[int, str]] = []
    for source in objects(element.get("imageSources")):
        for item in objects(source.get("srcSet")):
            _add(found, item.get("width"), first_string(item, "src"))
    media = element.get("media")
    if not found and isinstance(media, dict):
        for image in objects(media.get("allImages")):
            fields = image.get("fields")
            width = fields.get("width") if isinstance(fields, dict) else None
            _add(found, width, first_string(image, "url"))
    if not found:
        return ""
    fitting = [pair for pair in found if pair[0] <= PREFERRED_WIDTH]
    address = max(fitting)[1] if fitting else min(found)[1]
    return f'<img src="{escape(address)}">'


def _add(found: list[tuple[int, str]], width: object, address: str) -> None:
    if isinstance(width, str) and width.isascii() and width.isdigit():
        width = int(width[:6])
    if address:
        found.append((width if isinstance(width, int) else 0, address))
