"""One selector as an admin writes it: CSS, or the part of XPath that says the same.

``h2.title`` and ``//h2[@class="title"]`` choose elements; ``time@datetime`` and
``.//time/@datetime`` an attribute of them; ``@data-id`` one of the entry itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from bot.errors import ConfigError
from bot.sources.characters import plain
from bot.wording import Wording

MAX_LENGTH = 500
"""Characters of a selector."""

_ATTRIBUTE = re.compile(r"(?s)(.*?)\s*(?:/|(?<=\S))?@([A-Za-z_][\w:.-]{0,60})\s*")
_STEP = re.compile(
    r"(?P<axis>//|/)(?P<tag>\*|[A-Za-z][\w-]{0,40})(?P<tests>(?:\[[^\[\]]{1,200}\]){0,8})"
)
_TESTS = (
    (re.compile(r"@([\w-]+)"), r"[\1]"),
    (re.compile(r"""@([\w-]+)\s*=\s*(["'])([^"'\\]*)\2"""), r'[\1="\3"]'),
    (re.compile(r"""contains\(\s*@([\w-]+)\s*,\s*(["'])([^"'\\]*)\2\s*\)"""), r'[\1*="\3"]'),
    (re.compile(r"""starts-with\(\s*@([\w-]+)\s*,\s*(["'])([^"'\\]*)\2\s*\)"""), r'[\1^="\3"]'),
    (re.compile(r"""not\(\s*@([\w-]+)\s*\)"""), r":not([\1])"),
    (re.compile(r"(\d{1,4})"), r":nth-of-type(\1)"),
    (re.compile(r"last\(\)"), r":last-of-type"),
)


@dataclass(frozen=True, slots=True)
class Selector:
    """What to take from an element.

    Attributes:
        css: chooses elements inside it; "" for itself.
        attribute: whose value is meant; "" for the words.
    """

    css: str
    attribute: str = ""

    def all(self, root: LexborNode) -> list[LexborNode]:
        """Every element it chooses, in the page's order."""
        return root.css(self.css) if self.css else [root]

    def value(self, root: LexborNode) -> str:
        """The words or the attribute of the first, "" without one."""
        node = root.css_first(self.css) if self.css else root
        if node is None:
            return ""
        if self.attribute:
            return (node.attributes.get(self.attribute) or "").strip()
        return plain(node.text(separator=" "))


def read_selector(written: str, name: str) -> Selector:
    """Read a selector.

    Args:
        written: as the admin gave it.
        name: of the option, for the sentence about what is wrong.

    Raises:
        ConfigError: it is no selector.
    """
    text = written.strip()
    attribute = ""
    if len(text) <= MAX_LENGTH and (match := _ATTRIBUTE.fullmatch(text)):
        text, attribute = match[1].rstrip("/"), match[2].lower()
    is_xpath = text.startswith(("/", "./", "("))
    css = _from_xpath(text) if is_xpath else text
    if len(written) > MAX_LENGTH or css is None or (not css and not attribute):
        raise _wrong(written, name)
    try:
        if css:
            LexborHTMLParser("<p></p>").css(css)
    except (SelectolaxError, ValueError) as error:
        raise _wrong(written, name) from error
    return Selector(css, attribute)


def _wrong(written: str, name: str) -> ConfigError:
    if written.strip()[:1] in "/(.":
        return ConfigError(
            Wording(
                "The selector for {name} cannot be read as an XPath of steps and simple tests: "
                "{selector}. Write one such as 'article.entry', '//article[@id]' or "
                "'time@datetime'.",
                name=repr(name),
                selector=repr(written[:80]),
            )
        )
    return ConfigError(
        Wording(
            "The selector for {name} cannot be read as CSS: {selector}. Write one such as "
            "'article.entry', '//article[@id]' or 'time@datetime'.",
            name=repr(name),
            selector=repr(written[:80]),
        )
    )


def _from_xpath(text: str) -> str | None:
    """The CSS that chooses the same, None where there is none."""
    if text in (".", "./"):
        return ""
    path = text.removeprefix(".").removesuffix("/text()")
    out: list[str] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        at = match.end()
        tests = [_test(one) for one in re.findall(r"\[([^\[\]]*)\]", match["tests"])]
        if None in tests:
            return None
        if out:
            out.append(" > " if match["axis"] == "/" else " ")
        out.append(match["tag"] + "".join(one or "" for one in tests))
    return "".join(out)


def _test(text: str) -> str | None:
    parts = [part.strip() for part in re.split(r"\s+and\s+", text)]
    found = []
    for part in parts:
        for pattern, css in _TESTS:
            if match := pattern.fullmatch(part):
                found.append(match.expand(css))
                break
        else:
            return None
    return "".join(found)
