"""Structured data without ids, paired with what the page shows."""

from __future__ import annotations

import json

from bot.model import Snapshot
from bot.sources import read
from bot.sources.base import Hints
from tests.support.pages import page


def update(title: str, text: str, minute: int) -> dict[str, str]:
    """One update of the structured data."""
    at = f"2024-03-05T11:{minute:02}:00Z"
    return {"headline": title, "articleBody": text, "datePublished": at}


def shown(title: str, text: str, minute: int) -> str:
    """The same update as the page shows it."""
    at = f"11:{minute:02}"
    return (
        f'<article class="post"><time datetime="2024-03-05T{at}:00Z">{at}</time>'
        f"<h2>{title}</h2><p>{text}</p></article>"
    )


def read_page(updates: list[dict[str, str]], articles: list[str]) -> Snapshot:
    """A page with structured data and markup."""
    blog = json.dumps({"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": updates})
    script = f'<script type="application/ld+json">{blog}</script>'
    body = "".join(articles)
    return read(page(f"<html><head>{script}</head><body>{body}</body></html>"), Hints())


FERRIES = "The ferries stay in port today."
CALLS = "Forty calls came in overnight."


def test_paragraphs_links_and_pictures_come_from_the_page() -> None:
    """Where title and words agree, the page's own markup is read; ids are not taken from it."""
    markup = 'The <a href="/f">ferries</a> stay</p><p>in port today.<img src="/ferry.jpg">'
    snapshot = read_page(
        [update("Ferries", FERRIES, 41), update("Calls", CALLS, 9)],
        [shown("Ferries", markup, 41), shown("Calls", CALLS, 9)],
    )
    first = snapshot.entries[0]
    assert first.text == "The ferries stay\n\nin port today."
    assert [link.url for link in first.links] == ["https://news.example/f"]
    assert [media.url for media in first.media] == ["https://news.example/ferry.jpg"]
    assert [entry.id for entry in snapshot.entries] == [None, None]


def test_other_words_are_another_text() -> None:
    """A box under the same title, or the same title twice, gives nothing away."""
    snapshot = read_page(
        [update("Ferries", FERRIES, 41), update("Calls", CALLS, 9)],
        [
            shown("Ferries", "Read all about the <a href='/f'>ferries</a>.", 41),
            shown("Calls", "x", 9),
        ],
    )
    assert [entry.text for entry in snapshot.entries] == [FERRIES, CALLS]
    assert not snapshot.entries[0].links
    twice = read_page(
        [update("Update", FERRIES, 41), update("Update", CALLS, 9)],
        [shown("Update", f"<b>{FERRIES}</b>", 41), shown("Update", CALLS, 9)],
    )
    assert [entry.text for entry in twice.entries] == [FERRIES, CALLS]


def test_bodies_that_the_structured_data_lack() -> None:
    """Empty and cut bodies are filled where the page shows every entry, and only there."""
    updates = [update("Ferries", "The ferries stay …", 41), update("Calls", "", 9)]
    whole = [shown("Ferries", FERRIES, 41), shown("Calls", CALLS, 9)]
    assert [entry.text for entry in read_page(updates, whole).entries] == [FERRIES, CALLS]
    more = [*updates, update("Trains", "No trains run.", 1)]
    part = read_page(more, whole)
    assert [entry.text for entry in part.entries] == ["The ferries stay …", "", "No trains run."]
