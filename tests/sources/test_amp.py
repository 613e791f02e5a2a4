"""AMP live lists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import NoLiveBlogError
from bot.model import Link, Media, Snapshot
from bot.sources import detect, read
from bot.sources.amp import Amp
from bot.sources.base import Hints
from tests.support.mutations import survives
from tests.support.pages import BASE, corpus, page

ELEVEN = 1709636400  # 2024-03-05 11:00 UTC


def item(name: str, seconds: float, words: str = "<p>Water rises.</p>", more: str = "") -> str:
    """One item of a live list."""
    return f'<div id="{name}" data-sort-time="{seconds:.0f}" {more}>{words}</div>'


def blog(*items: str, attributes: str = "", pagination: str = "") -> str:
    """An AMP page with a live list of those items."""
    return f"""<!doctype html><html ⚡ lang="en"><head><title>Dyke at Norwick</title>
<link rel="canonical" href="{BASE}"></head><body><h1>Dyke at Norwick: live updates</h1>
<amp-live-list id="list" data-poll-interval="15000" data-max-items-per-page="30" {attributes}>
<button update on="tap:list.update">You have updates</button>
<div items>{"".join(items)}</div><div pagination>{pagination}</div></amp-live-list>
</body></html>"""


def snapshot(*items: str, attributes: str = "", pagination: str = "") -> Snapshot:
    """What a poll of such a page reads."""
    return read(page(blog(*items, attributes=attributes, pagination=pagination)), Hints(), "amp")


def test_an_item() -> None:
    """Id, times, title, words, picture and links of an item arrive; its share buttons do not."""
    words = """<h4 class="title">Dyke holds</h4><p class="date">Tue 11:00</p>
        <amp-img src="/dyke.jpg" width="1200" height="800"></amp-img>
        <p class="text">Engineers <a href="/plan">added sand</a>.</p>
        <p class="social-share"><amp-social-share type="email"></amp-social-share></p>"""
    found = snapshot(item("k7", ELEVEN, words, f'data-update-time="{ELEVEN + 300}"'))
    assert (found.title, found.url) == ("Dyke at Norwick: live updates", BASE)
    assert found.complete
    assert not found.ended
    (entry,) = found.entries
    assert (entry.id, entry.title, entry.text) == ("k7", "Dyke holds", "Engineers added sand.")
    assert entry.published_at == datetime(2024, 3, 5, 11, 0, tzinfo=UTC)
    assert entry.updated_at == datetime(2024, 3, 5, 11, 5, tzinfo=UTC)
    assert entry.media == (Media("photo", "https://news.example/dyke.jpg"),)
    assert entry.links == (Link("added sand", "https://news.example/plan"),)
    assert entry.url == f"{BASE}#k7"


def test_seconds_and_milliseconds() -> None:
    """The unit of a time is told by its magnitude."""
    one, other = snapshot(item("a1", ELEVEN), item("b2", ELEVEN * 1000)).entries
    assert one.published_at == other.published_at == datetime(2024, 3, 5, 11, 0, tzinfo=UTC)


def test_a_tombstone_is_a_withdrawal() -> None:
    """An item that was taken back keeps its id and says so, whatever words are left in it."""
    found = snapshot(item("a1", ELEVEN), item("b2", ELEVEN, more="data-tombstone"))
    assert [entry.withdrawn for entry in found.entries] == [False, True]
    assert found.entries[1].id == "b2"
    assert found.entries[1].text == ""


def test_a_disabled_list_is_over() -> None:
    """Publishers switch the list off when coverage ends."""
    assert snapshot(item("a1", ELEVEN), attributes="disabled").ended


@pytest.mark.parametrize(
    ("pagination", "count", "complete"),
    [("", 2, True), ("<ul><li>1</li></ul>", 2, True), ('<a href="?page=2">Next</a>', 2, False),
     ("", 30, False)],
)  # fmt: skip
def test_completeness(pagination: str, count: int, complete: bool) -> None:
    """A list with further pages, or as long as a page may be, may lack entries."""
    items = [item(f"k{number * 7}", ELEVEN + number) for number in range(count)]
    assert snapshot(*items, pagination=pagination).complete is complete


def test_positions_are_no_ids() -> None:
    """Items that are merely numbered have no id."""
    found = snapshot(item("post2", ELEVEN), item("post1", ELEVEN - 60))
    assert [entry.id for entry in found.entries] == [None, None]


def test_recognised() -> None:
    """Detection names the list, also one that has not begun; other pages are refused."""
    found = detect(page(blog(item("a1", ELEVEN), item("b2", ELEVEN))))
    assert (found.adapter.name, found.recognition.reason) == (
        "amp",
        "an AMP live list with 2 items",
    )
    assert "yet" in Amp().recognises(page(blog())).reason
    assert Amp().recognises(page("<html><body>amp-live-list</body></html>")).confidence == 0
    with pytest.raises(NoLiveBlogError):
        Amp().read(page("<html></html>"), Hints())


def test_damaged_pages() -> None:
    """However a page is damaged, it is read or refused, quickly."""
    items = [item(f"k{number * 7}", ELEVEN + number) for number in range(12)]
    assert survives(Amp(), blog(*items), 150) > 50


def test_corpus_template() -> None:
    """The component's own sample template is taken for a live list."""
    path = corpus("format-samples/RECONSTRUCTED_amp-by-example_Live_Blog.html")
    found = detect(page(path.read_bytes()))
    assert found.adapter.name == "amp"
    assert len(read(page(path.read_bytes()), Hints()).entries) == 1
