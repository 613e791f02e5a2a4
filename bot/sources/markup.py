"""HTML into a tree, refusing the three kinds of hostile markup that cost more than their size.

The parser is C and does not recurse, but tags nested many thousands deep make it quadratic (every
new block walks up the open elements), and unclosed formatting tags with differing attributes are
repeated in every later block, as HTML prescribes (§13.2.4.3, the list of active formatting
elements): 1 MB of markup can become gigabytes of tree. A tag's attributes are compared with each
other, so 100,000 in one tag take half a minute.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.errors import UnreadableError
from bot.wording import Wording

MAX_TAGS = 200_000
"""Of one page; a live blog of 1,000 entries has about 30,000."""

MAX_DEPTH = 1_000
"""Open tags at one place, roughly; real pages stay below 100."""

MAX_ATTRIBUTES = 200_000
"""Of one page, roughly; a page of 2.4 MB has been seen with 32,000."""

MAX_REPEATED = 300_000
"""Formatting tags that the parser would repeat."""

MAX_FRAGMENT = 1_000_000
"""Characters of one entry's markup; what follows is left out."""

_CROWDED = re.compile(
    r"<[a-z][^\s/>]*+(?:[\s/]*+=?[^\s/>=]++"
    r"(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']*+))?+){2000}",
    re.IGNORECASE,
)  # a tag with 2,000 attributes; possessive, so that it never goes back
_LONG = re.compile(r"<[a-zA-Z][^<>]{8000}")
_FEW_TAGS = 16_000  # so few cannot take half a second, however they nest
_FEW_OPENED = 8_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})([\s/]?)")
_STYLED = re.compile(  # spelled out, because ignoring case would make the search five times slower
    r"<(?:[bB](?:[iI][gG])?|[cC][oO][dD][eE]|[eE][mM]|[fF][oO][nN][tT]|[iI]|[uU]|[tT][tT]"
    r"|[sS](?:[mM][aA][lL]{2}|[tT][rR][iI][kK][eE]|[tT][rR][oO][nN][gG])?)[\s/]"
)
_FORMATTING = frozenset({
    "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
_FLAT = frozenset({
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param",
    "source", "track", "wbr",  # void
    "p", "li", "dt", "dd", "tr", "tbody", "thead", "tfoot", "option", "optgroup",  # end by the next
    "body", "html", "head",  # once
})  # fmt: skip
_FENCES = frozenset({"td", "th", "caption", "object", "applet", "marquee", "template", "table"})


def parse_page(text: str) -> LexborHTMLParser:
    """Parse a whole page.

    Raises:
        UnreadableError: the markup is built to exhaust whoever reads it.
    """
    if is_hostile(text):
        raise UnreadableError(
            Wording(
                "The page's markup is nested beyond all measure, so it is not read. Check that the "
                "address is the live blog's own."
            )
        )
    return LexborHTMLParser(text)


def parse_fragment(text: str) -> list[LexborNode]:
    """Parse an entry's markup; returns its topmost nodes, none where the markup is hostile."""
    text = text[:MAX_FRAGMENT]
    if is_hostile(text):
        return []
    nodes: list[LexborNode] = []
    node = LexborHTMLParser(text, is_fragment=True).root
    while node is not None:
        nodes.append(node)
        node = node.next
    return nodes


def is_hostile(text: str) -> bool:
    """Whether parsing would cost far more than the size of the text; errs on the safe side."""
    tags = text.count("<")
    if tags > MAX_TAGS or (len(text) > 2 * MAX_ATTRIBUTES and text.count("=") > MAX_ATTRIBUTES):
        return True
    # Thousands of attributes show as one long tag, or hold as many "<" or ">" in their values.
    odd = tags > _FEW_TAGS or text.count(">") > 2 * tags + 1_000 or _LONG.search(text)
    if odd and _CROWDED.search(text):
        return True
    is_small = tags <= _FEW_TAGS and tags - text.count("</") <= _FEW_OPENED
    if is_small and len(_STYLED.findall(text)) * tags <= MAX_REPEATED:
        return False
    return _would_explode(text)


def _would_explode(text: str) -> bool:
    """Follow the tags by name.

    Closing tags count only within the innermost table cell or the like, because the parser
    ignores those that reach out of it.
    """
    depth = styled = repeated = 0
    fences: list[dict[str, int]] = [{}]
    for closing, raw, more in _TAG.findall(text):
        name = raw.lower()
        if name in _FLAT:
            repeated += styled
            continue
        opened = fences[-1]
        key = f"{name} " if more and name in _FORMATTING else name
        if not closing:
            repeated += styled
            depth += 1
            if name in _FENCES:
                fences.append({})
            else:
                opened[key] = opened.get(key, 0) + 1
                styled += key is not name
            if depth > MAX_DEPTH or repeated > MAX_REPEATED:
                return True
        elif name in _FENCES:
            if len(fences) > 1:
                inner = fences.pop()
                depth -= 1
                for left, count in inner.items():
                    fences[-1][left] = fences[-1].get(left, 0) + count
        else:
            for key in (f"{name} ", name):
                if opened.get(key):
                    opened[key] -= 1
                    depth -= 1
                    styled -= key is not name
                    break
    return depth > MAX_DEPTH or repeated > MAX_REPEATED
