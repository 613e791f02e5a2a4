"""What the head of a page tells, without parsing the page for it."""

from __future__ import annotations

import re
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

from bot.sources.base import Page
from bot.sources.escaped import read_title
from bot.sources.markup import parse_page

_TITLE_END = re.compile(r"</[tT][iI][tT][lL][eE][\t\n\f\r />]")
_ROOT = re.compile(r"<[hH][tT][mM][lL][\t\n\f\r />]")
_LONGEST_HEAD = 300_000  # characters up to the title; then the whole page may as well be parsed


class PageHead:
    """The head of one page: its tree where there is one already, else a tree of its beginning.

    A tree grows as the markup is read, so that of the beginning tells the same of what is in it.
    """

    def __init__(self, page: Page) -> None:
        """Nothing is parsed until something is asked."""
        self._page = page

    @cached_property
    def title(self) -> str:
        """The title of the browser's window, "" without one.

        Raises:
            bot.errors.UnreadableError: the markup is built to exhaust whoever reads it.
        """
        node = (self._beginning or self._page.html).css_first("title")
        return read_title(node.text()) if node is not None else ""

    @cached_property
    def language(self) -> str:
        """What the page's root says of its language, "" where it says nothing.

        Raises:
            bot.errors.UnreadableError: as `title`.
        """
        language = _language(self._beginning) if self._beginning is not None else ""
        if not language and (self._beginning is None or self._has_second_root()):
            language = _language(self._page.html)
        return language

    def _has_second_root(self) -> bool:
        """Whether another tag gives the root attributes that the first one lacks."""
        found = _ROOT.search(self._page.text)
        return found is None or _ROOT.search(self._page.text, found.end()) is not None

    @cached_property
    def _beginning(self) -> LexborHTMLParser | None:
        """The page up to its first title; None where only the whole page tells."""
        if self._page.is_parsed:
            return None
        end = _TITLE_END.search(self._page.text, 0, _LONGEST_HEAD)
        if end is None:
            return None
        tree = parse_page(f"{self._page.text[: end.end() - 1]}>")
        return tree if tree.css_first("title") is not None else None


def _language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html")
    return (root.attributes.get("lang") or "") if root is not None else ""
