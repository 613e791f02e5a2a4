"""An admin says by selectors where a page's entries stand, sees them, and confirms."""

from __future__ import annotations

import pytest

from bot.model import SourceState
from bot.sandbox.state import Message
from tests.support.chat import Room, page

URL = "https://news.example/live"
ODD = """<!doctype html><html lang="en"><head><title>Regatta day</title></head><body>
<h1>Regatta day</h1>
<aside class="x9"><i>5 Mar 2024, 06:30 UTC</i><b>Under way</b>
<span>The red boat leads.</span></aside>
<aside class="x9"><i>5 Mar 2024, 06:00 UTC</i><b>The start</b>
<span>All boats are out.</span></aside>
</body></html>"""
SELECTORS = {"entry": "aside.x9", "time": "i", "title": "b", "text": "span"}


async def asked(room: Room, text: str) -> list[Message]:
    """What an admin hears about ``/addsource`` and a text."""
    operator, desk = room.operator()
    return await room.say(operator, desk, f"/addsource {text}")


@pytest.mark.parametrize(
    "written",
    [
        "Regatta entry=aside.x9 time=i title=b body=span",
        "Regatta\nentry = aside.x9\ntime = i\ntitle = b\ntext = span",
        'Regatta --select entry="aside.x9" —select time=i --select title=b --select text=span',
        "name=“Regatta” entry=“aside.x9” time=i title=b text=span",
        "Regatta entry=//aside[@class='x9'] time=.//i title=.//b text=.//span",
    ],
)
async def test_a_page_no_format_fits(room: Room, written: str) -> None:
    """However they are written, the selectors show the entries, and are stored when confirmed."""
    room.pages[URL] = ODD
    first, second, summary = await asked(room, f"{URL} {written}")
    assert "The start" in first.text
    assert "All boats are out." in first.text
    assert "Under way" in second.text
    assert "Read as selectors" in summary.text
    assert "Entries on the page: 2" in summary.text
    assert "⚠️" not in summary.text
    operator, _desk = room.operator()
    await room.press(operator, summary, "✅ Watch it")
    source = await room.source(1)
    assert (source.name, source.state) == ("Regatta", SourceState.ACTIVE)
    assert (source.adapter, set(source.options)) == ("selectors", set(SELECTORS))
    if "//" not in written:
        assert source.options == SELECTORS


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("entry=div[", "'entry' cannot be read as CSS: 'div['"),
        ("entry=aside.x9 title=//b[position()<3]", "'title' cannot be read as an XPath"),
        ("title=b", "no selector for 'entry'"),
        ("entry=aside.x9 headline=b", "'headline=b' is no selector"),
        ("entry=aside.x9 titel=b", "Did you mean title?"),
        ("entry=aside.x9 entry=p", "two selectors for 'entry'"),
        ("entry=div.gone", "(div.gone) chooses nothing on the page"),
    ],
)
async def test_wrong_selectors_are_named(room: Room, written: str, said: str) -> None:
    """What is wrong is said of the one it is wrong with, and nothing is stored."""
    room.pages[URL] = ODD
    [answer] = await asked(room, f"{URL} {written}")
    assert said in answer.text
    assert "Nothing was added." in answer.text
    assert not answer.buttons


async def test_a_selector_that_chooses_nothing_in_the_entries(room: Room) -> None:
    """The entries are shown all the same, with a warning about the part that is missing."""
    room.pages[URL] = ODD
    *_entries, summary = await asked(room, f"{URL} entry=aside.x9 time=i author=cite")
    assert "⚠️ The selector for 'author' (cite) chooses nothing in any entry." in summary.text
    assert "✅ Watch it" in summary.button_texts


async def test_other_selectors_for_a_source_that_is_watched(room: Room) -> None:
    """They do not change it behind the back of its readers; the way to do it is told."""
    room.pages[URL] = ODD
    summary = (await asked(room, f"{URL} Regatta entry=aside.x9"))[-1]
    operator, _desk = room.operator()
    await room.press(operator, summary, "✅ Watch it")
    [answer] = await asked(room, f"{URL} entry=aside")
    assert "Regatta (#1)" in answer.text
    assert "/removesource 1" in answer.text
    assert (await room.source(1)).options == {"entry": "aside.x9"}


async def test_the_way_out_is_told(room: Room) -> None:
    """The bare command and the refusal of a page both say that selectors can be given."""
    room.pages[URL] = "<html><body><h1>A quiet day</h1><p>Nothing happened.</p></body></html>"
    [refusal] = await asked(room, URL)
    assert "no live blog" in refusal.text
    assert "entry=article.update" in refusal.text
    [usage] = await asked(room, "")
    for part in (
        "/addsource https://",
        "entry=article.update",
        "CSS or XPath",
        "title, text, time",
    ):
        assert part in usage.text


async def test_a_page_that_reads_itself_keeps_its_format(room: Room) -> None:
    """Without selectors nothing changes: the format that fits reads the page."""
    room.pages[URL] = page()
    summary = (await asked(room, f"{URL} The = sign and more"))[-1]
    assert "schemaorg" in summary.text
    assert (await room.source(1)).name == "The = sign and more"
