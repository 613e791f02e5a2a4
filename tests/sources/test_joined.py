"""Structured data and the visible page as one reading."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import SourceError
from bot.model import Media, Snapshot
from bot.sources import CUT, finished, read
from bot.sources.base import Hints
from bot.sources.schemaorg import SchemaOrg
from tests.support.mutations import mutations
from tests.support.pages import BASE, corpus, page

LONG = "The pump at the west dyke failed at ten. A second one is on its way from the depot."


def update(name: str, minute: int, **more: Any) -> dict[str, Any]:
    """One update of the JSON-LD."""
    return {
        "@type": "BlogPosting",
        "@id": f"{BASE}#{name}",
        "headline": f"Pump {minute}",
        "datePublished": f"2024-03-05T11:{minute:02d}:00Z",
        "articleBody": LONG,
        "author": {"name": "The night desk"},
        **more,
    }


def shown(name: str, words: str, attribute: str = "id", head: str = "") -> str:
    """One entry as the page shows it."""
    return (
        f'<div class="card" {attribute}="{name}"><time>five minutes ago</time>{head}'
        f'<span class="byline">By The dyke reporter</span><div>{words}</div></div>'
    )


def blog(updates: list[dict[str, Any]], *cards: str) -> str:
    """A page with both."""
    data = {"@type": "LiveBlogPosting", "headline": "Dyke live", "liveBlogUpdate": updates}
    return (
        f'<html lang="en"><head><script type="application/ld+json">{json.dumps(data)}</script>'
        f"</head><body><h1>Dyke live</h1>{''.join(cards)}</body></html>"
    )


def snapshot(body: str, known: frozenset[str] = frozenset()) -> Snapshot:
    """What a poll of the page reads."""
    return read(page(body), Hints(known=known), "schemaorg")


RICH = '<p>The pump at the <a href="/dyke">west dyke</a> failed at ten.</p><p>A second one is on its way from the depot.</p><img src="/pump.jpg">'  # noqa: E501  # one line of markup


def test_words_links_and_pictures_come_from_the_page() -> None:
    """The id and the time are those of the JSON-LD; paragraphs, links and pictures the page's."""
    (entry,) = snapshot(blog([update("k71", 5)], shown("k71", RICH))).entries
    assert entry.id == "k71"
    assert entry.published_at == datetime(2024, 3, 5, 11, 5, tzinfo=UTC)
    assert entry.title == "Pump 5"
    assert entry.text == LONG.replace(". A", ".\n\nA")
    assert [link.url for link in entry.links] == ["https://news.example/dyke"]
    assert entry.media == (Media("photo", "https://news.example/pump.jpg"),)
    assert entry.author == "The dyke reporter"


@pytest.mark.parametrize(
    "body", ["", "The pump at the west dyke failed at…", "The pump at the west dyke failed at ten."]
)
def test_empty_and_cut_bodies_are_filled(body: str) -> None:
    """What the JSON-LD cuts or leaves out, the page shows in full."""
    (entry,) = snapshot(blog([update("k71", 5, articleBody=body)], shown("k71", RICH))).entries
    assert entry.text == LONG.replace(". A", ".\n\nA")


def test_other_words_are_another_text() -> None:
    """An element with the entry's id that says something else is not its body."""
    (entry,) = snapshot(
        blog([update("k71", 5)], shown("k71", "<p>Subscribe to <a href='/n'>our letter</a>.</p>"))
    ).entries
    assert entry.text == LONG


@pytest.mark.parametrize(
    ("attribute", "written"),
    [("id", "k71"), ("id", "block-k71"), ("data-post-id", "k71"), ("id", "post_k71")],
)
def test_the_id_may_stand_behind_a_word(attribute: str, written: str) -> None:
    """Pages write "block-…" or "post_…" before the id, or use an attribute of their own."""
    body = blog([update("k71", 5, articleBody="")], shown(written, RICH, attribute))
    (entry,) = snapshot(body).entries
    assert (entry.id, entry.media != ()) == ("k71", True)


def test_a_page_of_heads_followed_by_words() -> None:
    """Where the id stands on an entry's heading, its words are what follows."""
    heads = "".join(f'<h2 id="k7{n}">Pump {n}</h2>{RICH}' for n in (1, 2, 3))
    updates = [update(f"k7{n}", n, articleBody="") for n in (1, 2, 3)]
    assert [entry.text for entry in snapshot(blog(updates, heads)).entries] == [
        LONG.replace(". A", ".\n\nA")
    ] * 3


def test_positions_join_nothing() -> None:
    """Entries that are only counted have no id, and so no element of their own."""
    updates = [update(f"post{n}", n) for n in (1, 2, 3)]
    found = snapshot(blog(updates, *(shown(f"post{n}", RICH) for n in (1, 2, 3))))
    assert [(entry.id, entry.media) for entry in found.entries] == [(None, ())] * 3


def test_a_logo_in_every_entry_is_no_picture() -> None:
    """A picture that more than two entries share is the page's and not theirs."""
    updates = [update(f"k{n}a", n, articleBody="") for n in (11, 12, 13)]
    found = snapshot(blog(updates, *(shown(f"k{n}a", RICH) for n in (11, 12, 13))))
    assert all(entry.media == () for entry in found.entries)


def test_an_entry_that_rolled_off_the_page_is_not_revised() -> None:
    """Stored with the page's words, it is not told again with the cut ones of the JSON-LD."""
    updates = [update("k72", 6, articleBody=""), update("k71", 5, articleBody="")]
    both = snapshot(blog(updates, shown("k72", RICH), shown("k71", RICH)))
    assert [entry.unread for entry in both.entries] == [False, False]
    later = snapshot(blog(updates, shown("k72", RICH)), frozenset({"k71", "k72"}))
    assert [(entry.id, entry.unread) for entry in later.entries] == [("k72", False), ("k71", True)]
    fresh = snapshot(blog(updates, shown("k72", RICH)))
    assert [entry.unread for entry in fresh.entries] == [False, False]


def test_the_same_page_gives_the_same() -> None:
    """Reading is repeatable, and what joining adds never touches ids and times."""
    body = blog([update("k72", 6), update("k71", 5)], shown("k72", RICH), shown("k71", RICH))
    assert snapshot(body) == snapshot(body)
    alone = SchemaOrg().read(page(body), Hints())
    ours = [(one.id, one.published_at, one.url) for one in snapshot(body).entries]
    assert ours == [(one.id, one.published_at, one.url) for one in alone.entries]


def test_what_changes_from_poll_to_poll_is_read_again() -> None:
    """An element whose words changed is read anew, and one that came back tells what it did."""
    updates = [update("k71", 5, articleBody="")]
    first = snapshot(blog(updates, shown("k71", RICH)))
    second = snapshot(blog(updates, shown("k71", RICH.replace("ten", "nine"))))
    assert second.entries[0].text == first.entries[0].text.replace("ten", "nine")
    assert snapshot(blog(updates, shown("k71", RICH))) == first


def test_a_page_without_elements_stays_as_it_is() -> None:
    """Structured data alone are read as before."""
    body = blog([update("k71", 5)])
    alone = SchemaOrg().read(page(body), Hints())
    assert snapshot(body).entries == tuple(replace(entry) for entry in alone.entries)


def test_damaged_pages_keep_their_ids() -> None:
    """However the page is damaged, joining invents no id."""
    body = blog([update("k72", 6), update("k71", 5)], shown("k72", RICH), shown("k71", RICH))
    for damaged in mutations(body, 60):
        try:
            alone = SchemaOrg().read(page(damaged), Hints())
            found = snapshot(damaged.decode("utf-8", "replace"))
        except SourceError:
            continue
        if found.adapter == "schemaorg":
            assert len(found.entries) <= len(alone.entries)


@pytest.mark.parametrize(
    ("folder", "least"), [("express-royals-2024-07-18", 9), ("corkbeo-level3-2020-10-06", 20)]
)
def test_corpus(folder: str, least: int) -> None:
    """Real pages give the JSON-LD's ids, and more words, links and pictures than it alone."""
    path = corpus(folder)
    body = path.joinpath("page.html").read_bytes()
    later = datetime(2026, 1, 1, tzinfo=UTC)
    whole = page(body, fetched_at=later)
    alone = SchemaOrg().read(whole, Hints())
    both = read(whole, Hints(), "schemaorg")
    assert [entry.id for entry in both.entries] == [entry.id for entry in alone.entries]
    assert sum(bool(entry.text) for entry in both.entries) >= least
    assert sum(len(entry.media) for entry in both.entries) >= 4


def test_a_cut_page_says_so_whichever_way_it_is_read() -> None:
    """A page that ends in the middle is never complete, with what is fetched besides as well."""
    body = blog([update("k71", 5)], shown("k71", RICH)).replace("</body></html>", "")
    assert CUT in snapshot(body).warnings
    whole = Snapshot("bbc", "Dyke", BASE, (), complete=True)
    later = finished(whole, page(body))
    assert (later.complete, later.warnings) == (False, (CUT,))
    assert finished(whole, page(f"{body}</body></html>")).complete
