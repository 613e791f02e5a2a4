"""What a page's head tells is told without parsing the page, and is what its tree tells."""

from __future__ import annotations

import pytest

from bot.errors import UnreadableError
from bot.sources.pagehead import PageHead
from tests.support.pages import page

REST = "<p>" + "<div><a href='/b'>a</a></div>" * 20


@pytest.mark.parametrize(
    ("markup", "title", "language", "parsed"),
    [
        ("<html lang=de><head><title>Deich &amp; Hafen</title></head>", "Deich & Hafen", "de", 0),
        ("<!doctype html><HTML LANG='en'><TITLE>a</TITLE >", "a", "en", 0),
        ("<html lang=de><script>x='</title>'</script><title>a</title>", "a", "de", 1),
        ("<html lang=de><!-- <title>b</title> --><title>a</title>", "a", "de", 1),
        ("<html lang=de><body><h1>a</h1>", "", "de", 1),
        ("<html><title>a</title>", "a", "", 0),
        ("<html><title>a</title><html lang=fr>", "a", "fr", 1),
        ("<html lang=de><title>a</title><html lang=fr>", "a", "de", 0),
    ],
)
def test_head(markup: str, title: str, language: str, parsed: int) -> None:
    """Title and language are those of the tree, whose making is saved where that is sure."""
    unread, read = page(markup + REST), page(markup + REST)
    _ = read.html
    told = PageHead(unread)
    assert (told.title, told.language) == (title, language)
    assert unread.is_parsed == bool(parsed)
    of_tree = PageHead(read)
    assert read.is_parsed
    assert (of_tree.title, of_tree.language) == (title, language)


def test_hostile_head() -> None:
    """A head built to exhaust whoever reads it is refused like such a page."""
    with pytest.raises(UnreadableError):
        _ = PageHead(page(f"<html>{'<div>' * 100_000}<title>a</title>")).title
