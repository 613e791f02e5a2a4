"""Which tags and classes of a publisher's markup are content, and which are page furniture."""

from __future__ import annotations

import re
from functools import lru_cache

DROPPED = frozenset({
    "script", "style", "noscript", "template", "head", "title", "meta", "link", "base", "form",
    "button", "input", "select", "textarea", "option", "datalist", "svg", "math", "nav",
    "aside", "canvas", "object", "applet", "dialog", "map", "area", "frame", "frameset",
    "noframes", "noembed", "param", "track", "menu",
})  # fmt: skip
"""Tags that go with everything in them."""

BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "tfoot", "thead", "tr", "ul", "caption", "amp-img", "amp-video", "amp-iframe",
})  # fmt: skip
"""Tags that start and end a line."""

MARK_OF = {
    "strong": "strong", "b": "strong", "em": "em", "i": "em", "dfn": "em", "var": "em",
    "u": "u", "ins": "u", "s": "s", "strike": "s", "del": "s",
    "code": "code", "kbd": "code", "samp": "code", "tt": "code",
    "h1": "strong", "h2": "strong", "h3": "strong", "h4": "strong", "h5": "strong", "h6": "strong",
}  # fmt: skip
"""Tag -> canonical format."""

EMBEDS = {
    "twitter-tweet": (),
    "twitter-video": (),
    "instagram-media": ("data-instgrm-permalink",),
    "tiktok-embed": ("cite",),
    "bluesky-embed": (),
    "mastodon-embed": ("data-embed-url",),
}
"""Class of a quoted post -> attributes that may hold its address (else its last link does)."""

_POSTS = {
    "fb-post": ("data-href", ""),
    "fb-video": ("data-href", ""),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v="),
    "amp-facebook": ("data-href", ""),
    "lite-youtube": ("videoid", "https://www.youtube.com/watch?v="),
}
"""Class or tag that a script turns into a post or film -> attribute, and what stands before it."""

_FURNITURE = re.compile(
    r"(?:[\w-]{0,40}[-_])?(?:share|sharing|sharebar|share-?(?:bar|buttons?|links?|tools?|icons?)"
    r"|social-?(?:share|sharing|links|icons|buttons|bar))"
    r"|addthis[\w-]{0,40}|sharedaddy|addtoany[\w-]{0,40}|newsletter(?:[-_][\w-]{0,40})?"
    r"|advert(?:isement)?(?:[-_][\w-]{0,40})?|ads?[-_](?:slot|container|unit|wrapper|box|label)"
    r"|(?:[\w-]{0,40}[-_])?related(?:[-_](?:articles?|links?|stor(?:y|ies)|content|posts?|box|list))?"
    r"|read-?more|see-?also|lire-?aussi|most-?read|recommended(?:[-_][\w-]{0,40})?"
    r"|comments?[-_](?:count|link|number)|cookie[-_]?(?:banner|notice|consent)"
    r"|visually-?hidden|sr-only|screen-reader-text",
    re.IGNORECASE,
)
_CAPTION = frozenset({
    "wp-caption-text", "image-caption", "media-caption", "photo-caption", "img-caption",
    "caption-text",
})  # fmt: skip
_FIGURE = frozenset(["wp-caption"])
_CREDIT = re.compile(r"(?:[\w-]{0,40}[-_])?(?:credits?|copyright|agency)", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_MAX_CLASSES = 500  # characters


def classes(attributes: dict[str, str | None]) -> list[str]:
    """The class names of a tag."""
    return (attributes.get("class") or "")[:_MAX_CLASSES].split()


def is_furniture(attributes: dict[str, str | None]) -> bool:
    """Whether a tag is hidden, or a share bar, an advert or the like."""
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style[:_MAX_CLASSES]):
        return True
    return any(map(_names_furniture, classes(attributes)))


@lru_cache(maxsize=4096)
def _names_furniture(name: str) -> bool:
    """Whether one class name does; a page repeats the few it has."""
    return _FURNITURE.fullmatch(name) is not None


def embedded(tag: str, attributes: dict[str, str | None]) -> str:
    """The address of the post or film that a script puts in place of a tag, "" for other tags."""
    if tag == "script":
        post = attributes.get("data-telegram-post")
        return f"https://t.me/{post}" if post else ""
    if "-" not in tag and "data-href" not in attributes:
        return ""
    for name in (tag, *classes(attributes)):
        if name in _POSTS:
            attribute, before = _POSTS[name]
            value = (attributes.get(attribute) or "").strip()
            return f"{before}{value}" if value else ""
    return ""


def is_caption(attributes: dict[str, str | None]) -> bool:
    """Whether a tag that is no ``figcaption`` is used as one."""
    return any(name in _CAPTION for name in classes(attributes))


def is_figure(attributes: dict[str, str | None]) -> bool:
    """Whether a tag that is no ``figure`` is used as one."""
    return any(name in _FIGURE for name in classes(attributes))


def is_credit(attributes: dict[str, str | None]) -> bool:
    """Whether a tag names a picture's photographer or agency."""
    return any(_CREDIT.fullmatch(name) for name in classes(attributes))
