"""HTML -> blocks: one walk over the tree, in the order a reader reads."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.model import Media
from bot.sources import furniture
from bot.sources.blocks import Block, Kind, Role, Run, Scope, bounded, trim_runs
from bot.sources.characters import strip_unwanted
from bot.sources.pictures import absolute_url, best_picture

MAX_DEPTH = 200
"""Elements deeper than this count as the one at this depth: bounds the cost of asking upwards."""

_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "head", "select", "option",
    "textarea", "input", "datalist", "canvas", "object", "audio", "map",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
})  # fmt: skip
_MARKS = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "u": "u", "ins": "u",
    "s": "s", "strike": "s", "del": "s", "code": "code", "kbd": "code", "tt": "code",
}  # fmt: skip
_MARK_ORDER = ("strong", "em", "u", "s", "code")
_ASIDE_TAGS = frozenset(("nav", "footer", "aside", "form"))
_ASIDE_ROLES = frozenset(("navigation", "complementary", "contentinfo", "search", "banner"))
_LISTS = frozenset(("ul", "ol", "menu"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:teaser|teasers|teaserbox|related|recommend\w{0,12}|promo|newsletter|share|sharing"
    r"|social|advert\w{0,12}|ads?|dfp|gpt-ad|sponsor\w{0,8}|outbrain|taboola|comments?|commentlist|breadcrumbs?"
    r"|cookies?|consent|paywall|signup|subscribe|subscription|toolbar|pagination|most-?read"
    r"|read-?more|readmore|see-?also|author-bio|linkbox|lire-aussi|smallList)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:caption|copyright|credits?|picbox|imagebox|bildunterschrift|legende|vjs\w{0,12}"
    r"|video|videoplayer|mediaplayer|player|vid|vidbox|audiobox|gallery|slideshow|image-?credit|photo-?credit)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:byline|bylines|author|authors|autor|auteur|autore|writer)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"(?:^|\s)(?:sr-only|visually-hidden|visuallyhidden|screen-reader-text|u-hidden)(?:$|\s)"
)
_TIME_CLASS = re.compile(
    r"(?:^|[\s_-])(?:time|timestamp|uhrzeit|clock|heure|hora)(?:$|[\s_-])", re.IGNORECASE
)
_ANY_BLOCK = re.compile(
    r"<(?:p|div|br|li|ul|ol|h[1-6]|article|section|table|body|html|span|time)[\s/>]", re.IGNORECASE
)
_SMALL = 60
"""Pixels; a smaller picture is an icon."""


def has_markup(text: str) -> bool:
    """Whether a text sent as HTML is marked up at all; bare text under that label is plain text."""
    return _ANY_BLOCK.search(text) is not None


def html_blocks(tree: LexborHTMLParser, base_url: str) -> tuple[Block, ...]:
    """Read a parsed page as blocks.

    A line break ends a block as the end of an element does. Scripts, hidden elements and form
    fields are left out; navigation, boxes and captions are kept and marked by their scope.

    Args:
        tree: the page; it is not changed.
        base_url: for relative links and pictures.

    Raises:
        UnreadableError: the page has too many paragraphs.
    """
    root = tree.body or tree.root
    if root is None:
        return ()
    walker = _Walker(base_url)
    walker.walk(root)
    return tuple(walker.blocks)


class _Walker:
    """The state of one walk."""

    def __init__(self, base_url: str) -> None:
        self.blocks: list[Block] = []
        self._base = base_url
        self._scopes = [Scope(None, 0, "")]
        self._marks = dict.fromkeys(_MARK_ORDER, 0)
        self._hrefs: list[str] = []
        self._runs: list[Run] = []
        self._media: list[Media] = []
        self._anchor = ""
        self._kind = Kind.PARAGRAPH
        self._level = 0
        self._stamp = ""
        self._timed = False
        self._in_time = 0
        self._control = 0
        self._addresses: dict[str, str] = {}
        self._last_link = ""
        self._posts: list[tuple[int, str]] = []  # depth and address of open quoted posts
        self._numbers: list[int] = []  # items so far of each open list, -1 in one without numbers
        self._number = 0

    def walk(self, root: LexborNode) -> None:
        """Visit every node once, without recursion."""
        # Each open element with what has to be undone when it ends.
        open_elements: list[tuple[LexborNode, str]] = []
        node: LexborNode | None = root
        while node is not None:
            entered = self._enter(node)
            child = node.child if entered is not None else None
            if entered is not None and child is not None:
                open_elements.append((node, entered))
                node = child
                continue
            if entered is not None:
                self._leave(entered)
            if not open_elements:
                break
            following = node.next
            while following is None and open_elements:
                node, undo = open_elements.pop()
                self._leave(undo)
                following = node.next if open_elements else None
            node = following
        self._flush()

    def _enter(self, node: LexborNode) -> str | None:
        """Take a node in; returns its tag if its children are to be visited, else None."""
        tag = node.tag or ""
        if tag == "-text":
            text = strip_unwanted(node.text_content or "")
            if text:
                self._add(text)
            return None
        if tag.startswith(("-", "!")) or tag in _SKIPPED:
            if tag == "script":
                self._embed(furniture.embedded(tag, node.attributes))
            return None
        if tag == "br":
            self._flush()
            return None
        if tag in ("img", "image", "iframe", "video", "embed", "amp-img"):
            self._add_media(tag, node)
            return None
        if tag == "span" or tag in _MARKS:
            return self._enter_inline(tag, node)
        attributes = node.attributes
        words = attributes.get("class") or ""
        if "hidden" in attributes or (words and _HIDDEN.search(words)):
            return None
        if url := furniture.embedded(tag, attributes):
            self._embed(url)
            return None
        if tag in _BLOCKS:
            self._open(tag, attributes, words)
            return tag
        return self._enter_inline(tag, node)

    def _enter_inline(self, tag: str, node: LexborNode) -> str | None:
        attributes = node.attributes
        words = attributes.get("class") or ""
        if words and _HIDDEN.search(words):
            return None
        if mark := _MARKS.get(tag):
            self._marks[mark] += 1
        elif tag == "a":
            self._hrefs.append(self._address(attributes.get("href") or ""))
            self._last_link = self._hrefs[-1] or self._last_link
        elif tag == "button" or attributes.get("role") == "button":
            self._flush()
            self._control += 1
            return "button"
        named = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if named and not (tag == "a" and attributes.get("href")) and not self._has_text():
            self._anchor = named
        if tag == "time" or (words and _TIME_CLASS.search(words)):
            if not self._has_text():
                self._timed = True
            if tag == "time" and not self._stamp:
                self._stamp = attributes.get("datetime") or ""
        return tag

    def _leave(self, tag: str) -> None:
        if mark := _MARKS.get(tag):
            self._marks[mark] -= 1
        elif tag == "a":
            self._hrefs.pop()
        elif tag == "button":
            self._flush()
            self._control -= 1
        elif tag in _BLOCKS:
            self._flush()
            if self._posts and self._posts[-1][0] == len(self._scopes):
                self._embed(self._posts.pop()[1] or self._last_link)
                self._flush()
            self._scopes.pop()
            if tag in _HEADINGS:
                self._level = 0
                self._kind = Kind.PARAGRAPH
            elif tag == "li":
                self._kind = Kind.PARAGRAPH
            elif tag in _LISTS:
                self._numbers.pop()

    def _open(self, tag: str, attributes: dict[str, str | None], words: str) -> None:
        self._flush()
        parent = self._scopes[-1]
        if parent.depth >= MAX_DEPTH:
            self._scopes.append(parent)
        else:
            role = self._role(tag, attributes, words)
            anchor = attributes.get("id") or ""
            self._scopes.append(Scope(parent, parent.depth + 1, tag, role, anchor, words.lower()))
        if tag in _HEADINGS:
            self._kind, self._level = Kind.HEADING, _HEADINGS[tag]
        elif tag == "li":
            self._kind = Kind.ITEM
            self._number = 0
            if self._numbers and self._numbers[-1] >= 0:
                self._numbers[-1] += 1
                self._number = self._numbers[-1]
        elif tag in _LISTS:
            self._numbers.append(0 if tag == "ol" else -1)
        if tag == "blockquote" and words:
            self._open_post(attributes)
        if words and _TIME_CLASS.search(words):
            self._timed = True

    def _open_post(self, attributes: dict[str, str | None]) -> None:
        """Remember a quoted post: its address is its own attribute's, else its last link."""
        for name in furniture.classes(attributes):
            if name in furniture.EMBEDS:
                known = (self._address(attributes.get(key) or "") for key in furniture.EMBEDS[name])
                self._posts.append((len(self._scopes), next(filter(None, known), "")))
                self._last_link = ""
                return

    def _embed(self, url: str) -> None:
        if url:
            self._media.append(Media("embed", url))

    def _role(self, tag: str, attributes: dict[str, str | None], words: str) -> Role | None:
        if tag in _ASIDE_TAGS or (attributes.get("role") or "") in _ASIDE_ROLES:
            return Role.ASIDE
        if tag == "blockquote":
            return Role.QUOTE
        if tag in ("figure", "figcaption", "caption"):
            return Role.CAPTION
        if words:
            if _ASIDE.search(words):
                return Role.ASIDE
            if _CAPTION.search(words):
                return Role.CAPTION
            if _BYLINE.search(words):
                return Role.BYLINE
        return None

    def _add(self, text: str) -> None:
        if not text.isspace():
            marks = tuple(mark for mark in _MARK_ORDER if self._marks[mark])
            self._runs.append(Run(text, marks, self._hrefs[-1] if self._hrefs else ""))
        elif self._runs:
            self._runs.append(Run(" "))

    def _has_text(self) -> bool:
        return bool(self._runs)

    def _flush(self) -> None:
        """End the block that is being gathered; pictures alone are a block without words."""
        runs = trim_runs(self._runs)
        self._runs.clear()
        if not runs and not self._media:
            return
        kind = Kind.CONTROL if self._control else self._kind
        self.blocks.append(
            Block(
                kind=kind,
                runs=runs,
                level=self._level if kind is Kind.HEADING else 0,
                scope=self._scopes[-1],
                anchor=self._anchor if runs else "",
                media=tuple(self._media),
                timestamp=self._stamp,
                timed=self._timed,
                number=self._number if kind is Kind.ITEM else 0,
            )
        )
        bounded(len(self.blocks))
        self._media.clear()
        if runs:
            self._anchor = self._stamp = ""
            self._timed = False
        if runs and self._kind is Kind.ITEM:
            self._kind = Kind.PARAGRAPH  # only the first block of a list item carries its mark

    def _add_media(self, tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        kind = {"iframe": "embed", "embed": "embed", "video": "video"}.get(tag, "photo")
        around = node.parent
        picture = (
            around if kind == "photo" and around is not None and around.tag == "picture" else node
        )
        inner = () if kind == "embed" or picture is None else picture.css("source")
        if kind == "photo":
            if _is_icon(attributes):
                return
            url = best_picture(attributes, (source.attributes for source in inner), self._base)
        else:
            named = attributes.get("src") or attributes.get("data-src")
            fallback = (source.attributes.get("src") for source in inner)
            url = absolute_url(named or next(filter(None, fallback), None), self._base)
        if url:
            self._media.append(
                Media(kind, url, " ".join((attributes.get("caption") or "").split()))
            )

    def _address(self, href: str) -> str:
        """Absolute http(s) address, "" for anything else."""
        if href not in self._addresses:
            here = href.startswith("#")  # within the page: no link a reader could follow elsewhere
            self._addresses[href] = "" if here else absolute_url(href, self._base) or ""
        return self._addresses[href]


def _is_icon(attributes: dict[str, str | None]) -> bool:
    for name in ("width", "height"):
        value = (attributes.get(name) or "").removesuffix("px")
        if value.isascii() and value.isdigit() and len(value) < 6 and int(value) < _SMALL:
            return True
    return False
