"""The items of a Live Blog 3 post: text, picture, embed, quotation …, as one body.

A post is a package of items (``groups[].refs[].item`` in the first API, ``items`` in the second).
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.model import Link, Media
from bot.sources import jsonapi
from bot.sources.canonical import Body, read_body
from bot.sources.characters import escape, escape_attribute
from bot.sources.escaped import read_escaped, read_title
from bot.sources.jsonld import Object, objects
from bot.sources.pictures import PREFERRED_WIDTH, absolute_url

MAX_ITEMS = 50
"""Of one post; what follows is left out."""


def items(post: Object) -> list[Object]:
    """The items of a post, in either API's shape."""
    flat = objects(post.get("items"))
    if flat:
        return flat[:MAX_ITEMS]
    found: list[Object] = []
    for group in objects(post.get("groups")):
        for ref in objects(group.get("refs")):
            item = ref.get("item")
            if isinstance(item, dict):
                found.append(item)
    return found[:MAX_ITEMS]


def read_items(post: Object, base_url: str) -> Body:
    """The body of a post; links relative to `base_url`."""
    bodies = [_read(item, base_url) for item in items(post)]
    return Body(
        html="".join(body.html for body in bodies),
        text="\n\n".join(body.text for body in bodies if body.text),
        links=tuple(dict.fromkeys(link for body in bodies for link in body.links)),
        media=tuple({m.url: m for body in bodies for m in body.media}.values()),
    )


def _read(item: Object, base_url: str) -> Body:
    kind = jsonapi.text(item, "item_type", "type").lower()
    if kind.startswith("advert"):
        return Body("", "")
    meta = jsonapi.part(item, "meta")
    if kind == "image":
        body = _image(item, meta, base_url)
    elif kind == "embed":
        body = _embed(item, meta, base_url)
    elif kind == "quote":
        body = _quotation(meta, base_url)
    elif kind == "comment":
        body = _credited(item, jsonapi.text(item, "commenter"), base_url)
    else:
        body = None
    return body or read_escaped(jsonapi.text(item, "text"), base_url)


def _image(item: Object, meta: Object, base_url: str) -> Body | None:
    """The picture in the best size, its caption without the credit."""
    sizes = jsonapi.part(meta, "media", "renditions") or jsonapi.part(item, "renditions")
    url = _best(sizes.values(), base_url)
    if url is None:
        url = absolute_url(jsonapi.text(jsonapi.part(meta, "media"), "_url"), base_url)
    if url is None:
        return None
    return Body("", "", media=(Media("photo", url, read_title(jsonapi.text(meta, "caption"))),))


def _best(renditions: Iterable[object], base_url: str) -> str | None:
    """The widest up to the preferred width, else the narrowest above it."""
    fitting: tuple[int, str] | None = None
    larger: tuple[int, str] | None = None
    for rendition in renditions:
        if not isinstance(rendition, dict):
            continue
        url = absolute_url(jsonapi.text(rendition, "href"), base_url)
        width = jsonapi.number(rendition, "width") or 0
        if url is None:
            continue
        if width > PREFERRED_WIDTH:
            larger = min(larger or (width, url), (width, url))
        else:
            fitting = max(fitting or (width, url), (width, url))
    best = fitting or larger
    return best[1] if best else None


def _embed(item: Object, meta: Object, base_url: str) -> Body | None:
    """What was embedded: a quoted post with its words, anything else with its title and link."""
    body = read_body(jsonapi.text(meta, "html") or jsonapi.text(item, "text"), base_url)
    url = absolute_url(jsonapi.text(meta, "original_url", "url"), base_url)
    title = read_title(jsonapi.text(meta, "title"))
    media = body.media
    if not body.text:
        head = f'<a href="{escape_attribute(url)}">{escape(title)}</a>' if url else escape(title)
        about = escape(read_title(jsonapi.text(meta, "description")))
        body = read_body(f"<p>{head if title else ''}</p><p>{about}</p>", base_url)
    if url is None:
        return Body(body.html, body.text, body.links, media) if body.text or media else None
    links = body.links
    if all(link.url != url for link in links):
        links = (*links, Link(title or read_title(jsonapi.text(meta, "provider_name")) or url, url))
    # A frame's own address is a player's; the address that was embedded is the one to open.
    photos = tuple(one for one in media if one.kind == "photo")
    return Body(body.html, body.text, links, (*photos, Media("embed", url)))


def _quotation(meta: Object, base_url: str) -> Body | None:
    words = jsonapi.text(meta, "quote")
    if not words:
        return None
    quoted = {"text": f"<blockquote>{read_escaped(words, base_url).html}</blockquote>"}
    return _credited(quoted, jsonapi.text(meta, "credit"), base_url)


def _credited(item: Object, who: str, base_url: str) -> Body:
    """Words, and below them who said or wrote them."""
    body = read_escaped(jsonapi.text(item, "text"), base_url)
    credit = escape(read_title(who))
    return read_body(f"{body.html}<p>— {credit}</p>", base_url) if body.text and credit else body
