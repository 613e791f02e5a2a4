"""Pages read by an admin's selectors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import ConfigError, NoLiveBlogError
from bot.model import Snapshot
from bot.sources import read
from bot.sources.base import Hints
from bot.sources.selector import read_selector
from bot.sources.selectors import Selectors, read_selectors
from tests.support.mutations import survives
from tests.support.pages import BASE, page

BLOG = """<html lang="en"><head><title>Bridge closed</title></head><body><h1>Bridge closed</h1>
<p>5 March 2024</p>
<div class="row" key="b7q"><i>11:40</i><b>Lorry freed</b><q>Desk A</q><p>The <a href="/l">lorry</a>
 is off.</p><p class="ad">Buy a lorry!</p><a class="at" href="#b7q">link</a></div>
<div class="row" key="c3z"><i>11:05</i><b>Lorry stuck</b><q>Desk B</q><p>It came from the west.</p>
<a class="at" href="#c3z">link</a></div>
<div class="other"><i>10:00</i><p>Weather: dry.</p></div></body></html>"""

CSS = {"entry": "div.row", "title": "b", "text": "p:not(.ad)", "time": "i", "author": "q",
       "id": "@key", "link": "a.at"}  # fmt: skip
XPATH = {"entry": "//div[@class='row']", "title": ".//b", "text": "./p[not(@class)]",
         "time": ".//i", "author": "./q/text()", "id": "@key",
         "link": ".//a[contains(@class,'at')]/@href"}  # fmt: skip


def snapshot(options: dict[str, str], body: str = BLOG) -> Snapshot:
    """What a poll of the page reads."""
    return read(page(body), Hints(timezone="UTC", options=options), "selectors")


@pytest.mark.parametrize("options", [CSS, XPATH], ids=["css", "xpath"])
def test_each_part_is_what_was_chosen(options: dict[str, str]) -> None:
    """Id, time, title, text, author and link come from their selectors, and from nothing else."""
    found = snapshot(options)
    assert (found.adapter, found.title) == ("selectors", "Bridge closed")
    first, second = found.entries
    assert (first.id, first.title, first.author) == ("b7q", "Lorry freed", "Desk A")
    assert first.text == "The lorry is off."
    assert first.url == f"{BASE}#b7q"
    assert first.published_at == datetime(2024, 3, 5, 11, 40, tzinfo=UTC)
    assert second.published_at == datetime(2024, 3, 5, 11, 5, tzinfo=UTC)


def test_words_chosen_apart_are_paragraphs() -> None:
    """Several spans are not run together; words inside one stay a line."""
    body = BLOG.replace("<p>It came from the west.</p>", "<u><em>It</em> came.</u> <s>x</s>")
    body = body.replace("<u>", "<span>").replace("</u>", "</span><span>From the west.</span>")
    found = snapshot({**CSS, "text": "span, p:not(.ad)"}, body)
    assert found.entries[1].text == "It came.\n\nFrom the west."


def test_what_is_not_named_is_found() -> None:
    """The entries alone are enough where their parts are marked up in a usual way."""
    body = BLOG.replace("<b>", "<h3>").replace("</b>", "</h3>").replace("<i>", "<time>")
    first = snapshot({"entry": "div.row"}, body.replace("</i>", "</time>")).entries[0]
    assert first.title == "Lorry freed"
    assert first.published_at == datetime(2024, 3, 5, 11, 40, tzinfo=UTC)


@pytest.mark.parametrize("unix", ["1709638800", "1709638800000", "2024-03-05T12:40:00+01:00"])
def test_machine_times(unix: str) -> None:
    """A time in an attribute may be a Unix time or an ISO one."""
    body = BLOG.replace('key="b7q"', f'key="b7q" at="{unix}"')
    first = snapshot({**CSS, "time": "@at"}, body).entries[0]
    assert first.published_at == datetime(2024, 3, 5, 11, 40, tzinfo=UTC)


def test_times_that_cannot_be_read_are_told() -> None:
    """An admin learns that the selector for times chooses something else."""
    assert any("2 of 2 entries" in one for one in snapshot({**CSS, "time": "b"}).warnings)


def test_an_entry_inside_an_entry_is_told_once() -> None:
    """A selector that also chooses what is inside entries gives each once."""
    assert len(snapshot({"entry": "div.row, div.row p"}).entries) == 2


@pytest.mark.parametrize("written", ["div >", "//div[", "//div[position()<3]", "", "x" * 600, "p@"])
def test_wrong_selectors(written: str) -> None:
    """What is no selector is named in a sentence, at once and not at the next poll."""
    with pytest.raises(ConfigError, match="entry"):
        read_selectors({"entry": written})
    with pytest.raises(NoLiveBlogError):
        Selectors().read(page(BLOG), Hints(options={"entry": written}))


@pytest.mark.parametrize(
    ("written", "css", "attribute"),
    [
        ("time@datetime", "time", "datetime"),
        ("//time/@datetime", "time", "datetime"),
        ("@id", "", "id"),
        (
            "//ul[@id='list']/li[2]//p[last()]",
            'ul[id="list"] > li:nth-of-type(2) p:last-of-type',
            "",
        ),
        ("//*[starts-with(@id,'post') and @class]", '*[id^="post"][class]', ""),
    ],
)
def test_spellings(written: str, css: str, attribute: str) -> None:
    """XPath and CSS that choose the same are the same."""
    found = read_selector(written, "entry")
    assert (found.css, found.attribute) == (css, attribute)


def test_nothing_chosen() -> None:
    """A page that changed its markup is told from one without news."""
    with pytest.raises(NoLiveBlogError, match=r"div\.gone"):
        Selectors().read(page(BLOG), Hints(options={"entry": "div.gone"}))
    assert Selectors().recognises(page(BLOG)).confidence == 0


def test_damaged_pages() -> None:
    """However a page is damaged, it is read or refused, quickly."""
    assert survives(Selectors(), BLOG, 100, Hints(options=CSS)) > 30
