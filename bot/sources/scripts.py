"""The scripts of a page without its tree: most pages need nothing else to be read.

Parsing a page costs more than all the rest of reading its JSON-LD. Scripts can be found without:
they do not nest, and only comments and elements of raw text can hide them
(https://html.spec.whatwg.org/#script-data-state). Where the text alone leaves any doubt, nothing
is returned, and whoever asks looks at the tree.
"""

from __future__ import annotations

import html
import re

_RAW = ("style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_FOREIGN = ("svg", "math")  # tags mean something else inside
_BEYOND = ("template", "plaintext", "frameset")  # what follows may not be part of the page at all


def _in_any_case(name: str) -> str:
    """A pattern; ignoring case altogether would make the search three times slower."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in name)


_NAMES = "|".join(map(_in_any_case, ("script", *_RAW, *_FOREIGN, *_BEYOND)))
_TOKEN = re.compile(rf"<(?=[!sStTxXiInNmMpPfF])(?:!--|({_NAMES})(?=[\t\n\f\r />]))")
_ENDS = {
    name: re.compile(rf"</{_in_any_case(name)}(?=[\t\n\f\r />])")
    for name in ("script", *_RAW, *_FOREIGN)
}
_COMMENT_END = re.compile("--!?>")
_ATTRIBUTE = r"""[\t\n\f\r ]+([a-zA-Z][\w:.-]*)(?: ?= ?("[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG_END = re.compile(rf"(?:{_ATTRIBUTE})*+[\t\n\f\r ]*/?>")


def scripts_with(text: str, wanted: str, kind: str) -> list[str] | None:
    """What the scripts of one kind hold, as far as it contains `wanted`.

    Args:
        text: the page.
        wanted: what is looked for; plain text.
        kind: what the script's type contains, in small letters.

    Returns:
        None where only the page's tree can tell.
    """
    found = []
    at, next_one = 0, text.find(wanted)
    while next_one >= 0:
        token = _TOKEN.search(text, at, next_one)
        if token is None:
            return None
        name = (token[1] or "").lower()
        if name != "script":
            end = _end(text, token, name)
            if end is None or end > next_one:
                return None
            at = end
            continue
        script = _script(text, token)
        if script is None:
            return None
        attributes, content, at = script
        if at > next_one:
            before = text[max(0, token.start() - 200) : token.start()].rstrip()
            if before and before[-1] != ">":
                return None  # perhaps inside of an attribute
            if kind in _type(attributes):
                found.append(content)
            next_one = text.find(wanted, at)
    return found


def _script(text: str, token: re.Match[str]) -> tuple[str, str, int] | None:
    """A script's attributes, what it holds, and where its closing tag begins."""
    tag = _TAG_END.match(text, token.end())
    end = _ENDS["script"].search(text, tag.end()) if tag else None
    if tag is None or end is None:
        return None
    content = text[tag.end() : end.start()]
    if "<!--" in content and _TOKEN.search(content.partition("<!--")[2]):
        return None  # a script inside a comment inside a script ends elsewhere
    if "\r" in content:
        content = content.replace("\r\n", "\n").replace("\r", "\n")
    return tag[0], content, end.start()


def _type(attributes: str) -> str:
    """The value of the first attribute ``type``, in small letters."""
    for name, value in _ATTRIBUTES.findall(attributes):
        if name.lower() == "type":
            return html.unescape(value.strip("\"'")).lower()
    return ""


def _end(text: str, token: re.Match[str], name: str) -> int | None:
    """Where a comment, or an element inside which tags are no tags, ends."""
    if name in _BEYOND:
        return None
    if name:
        end = _ENDS[name].search(text, token.end())
    else:
        end = _COMMENT_END.search(text, token.start() + 2)  # "<!-->" is a whole comment
    if end is None or (name in _FOREIGN and not _is_plain(text[token.end() : end.start()])):
        return None
    return end.end()


def _is_plain(drawing: str) -> bool:
    """Whether nothing in a drawing could mean that it ends elsewhere."""
    at = 0
    while inner := _TOKEN.search(drawing, at):
        name = (inner[1] or "").lower()
        end = _ENDS[name].search(drawing, inner.end()) if name in ("title", "style") else None
        if end is None:
            return False
        at = end.end()
    return "<![" not in drawing
