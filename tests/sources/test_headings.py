"""Live updates under headings without a time."""

from __future__ import annotations

import pytest

from bot.errors import NoLiveBlogError
from bot.sources import by_name, detect
from tests.support.pages import page

SECTIONS = "".join(
    f"<h2>Heading of part {word}</h2><p>{word} is a report of some length about the storm.</p>"
    for word in ("One", "Two", "Three", "Four")
)
LIVE = "https://news.example/en/storm/live-68000000"


def article(title: str, line: str = "") -> str:
    """An article with subheadings."""
    return f"<html><body><h1>{title}</h1><p>{line}</p><div>{SECTIONS}</div></body></html>"


@pytest.mark.parametrize(
    ("url", "title", "line"),
    [
        (LIVE, "Storm hits the coast", ""),
        ("https://news.example/a-1", "Storm updates: ferries in port", "Last updated at 11:32 UTC"),
    ],
)
def test_a_page_that_says_so(url: str, title: str, line: str) -> None:
    """Its address says it, or its headline and the time of its last update."""
    source = page(article(title, line), url)
    assert detect(source).adapter.name == "headings"


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Storm hits the coast", ""),
        ("Storm hits the coast", "Last updated at 11:32 UTC"),
        ("Storm live updates: where to follow", "Published March 5, 2024"),
    ],
)
def test_an_ordinary_article(title: str, line: str) -> None:
    """Subheadings alone make no live blog, whatever the headline."""
    with pytest.raises(NoLiveBlogError):
        detect(page(article(title, line), "https://news.example/a-1"))


def test_what_follows_the_blog() -> None:
    """Related stories below are no updates."""
    more = "<h2>Related stories</h2><p>Here is another story, told at some length.</p>"
    source = page(article("Storm").replace("</div>", f"{more}</div>"), LIVE)
    recognition = by_name("headings").recognises(source)
    assert "4 headings" in recognition.reason
