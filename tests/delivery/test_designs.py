"""Alerts in each style, letter by letter, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.delivery.direction import directed, isolated, runs_right_to_left
from bot.delivery.folding import FOLD_AT, FOLD_FROM
from bot.delivery.render import render_alert
from bot.delivery.richtext import RichText, Span
from bot.delivery.utf16 import utf16_length
from tests.delivery.entries import entry
from tests.delivery.snapshots import (
    ALERTS,
    CASES,
    CONTEXT,
    FOLDER,
    PHOTO,
    STYLES,
    TIDE,
    long_text,
    snapshot,
)

SIGNS = "🌊🚋📰❗✖📌"


@pytest.mark.parametrize("name", CASES)
def test_snapshot(name: str) -> None:
    """Text, entities and buttons are those of the file; `tests.delivery.snapshots` renews it."""
    assert snapshot(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_no_snapshot_without_a_case() -> None:
    """Each file belongs to a case."""
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", ALERTS)
def test_plain_is_words_alone(name: str) -> None:
    """No sign of ours, no tag and no picture is in a plain alert."""
    item, context, language = ALERTS[name]
    for out in render_alert(item, context, language=language, style="plain"):
        assert not set(out.text) & set(SIGNS)
        assert "#" not in out.text
        assert out.photo_url is None
        assert out.preview_url is None


def test_compact_is_short() -> None:
    """A compact alert is a few lines, however long the entry is; its link leads to the rest."""
    item = entry(1, html=long_text(9), title="A night of water")
    (out,) = render_alert(item, CONTEXT, style="compact")
    assert len(out.text.splitlines()) == 3
    assert utf16_length(out.text) < 320
    assert [e.url for e in out.entities if e.type == "text_link"] == [item.url]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("url", ["", "https://news.example/live#1"])
def test_no_word_is_out_of_reach(style: str, url: str) -> None:
    """All words are in the message, unfolded or folded, or a link leads to them."""
    item = entry(1, html=long_text(9), title="", url=url)
    (out,) = render_alert(item, CONTEXT, style=style)
    shown = " ".join(out.text.split())
    whole = " ".join(long_text(9).replace("<p>", " ").replace("</p>", " ").split())
    leads_on = any(e.type == "text_link" and e.url == url for e in out.entities)
    assert whole in shown or (url and leads_on)


def test_long_texts_are_folded_at_a_sentence() -> None:
    """A body of 900 units is shown whole; of a longer one at most 600 stand before the fold."""
    whole = entry(1, " ".join([TIDE] * 7), title="")
    (out,) = render_alert(replace(whole, text=whole.text[:FOLD_FROM]), CONTEXT)
    assert not [e for e in out.entities if e.type == "expandable_blockquote"]
    (out,) = render_alert(replace(whole, text=whole.text[:FOLD_FROM] + "ed"), CONTEXT)
    (fold,) = [e for e in out.entities if e.type == "expandable_blockquote"]
    before = out.text.encode("utf-16-le")[: 2 * fold.offset].decode("utf-16-le")
    assert before.endswith(".\n")
    assert len(before.partition("\n\n")[2]) <= FOLD_AT


@pytest.mark.parametrize("style", STYLES)
def test_a_photo_that_was_sent_stays_one(style: str) -> None:
    """Whatever the style is now, an edit of a photo is a caption, and of a text a text."""
    item = entry(1, html=long_text(9), media=(PHOTO, replace(PHOTO, url="https://i.example/b.jpg")))
    (kept,) = render_alert(item, CONTEXT, style=style, picture="always", menu=True)
    assert (kept.photo_url, kept.more_photos) == (PHOTO.url, ("https://i.example/b.jpg",))
    assert utf16_length(kept.text) <= 1_024
    assert kept.menu is None  # an album has no buttons
    (text,) = render_alert(item, CONTEXT, style=style, picture="never", menu=True)
    assert text.photo_url is None
    assert text.menu is not None


def test_an_unknown_style_is_full() -> None:
    """A style of a later version does not stop an alert."""
    item = entry(1, TIDE)
    assert render_alert(item, CONTEXT, style="dense") == render_alert(item, CONTEXT)


def test_direction_of_lines() -> None:
    """A line that begins with a word of the other script is marked; code and pure lines are not."""
    rich = RichText(
        "BBC قال\nOnly Latin\nقال BBC\nprint عدد", (Span(0, 3, "bold"), Span(27, 36, "pre"))
    )
    marked = directed(rich, rtl=True)
    assert marked.text == "\u200fBBC قال\nOnly Latin\nقال BBC\nprint عدد"
    assert marked.text[marked.spans[0].start : marked.spans[0].end] == "BBC"
    latin = RichText("قال is Arabic for said")
    assert directed(latin, rtl=False).text == "\u200e" + latin.text
    untouched = RichText("Only Latin")
    assert directed(untouched, rtl=False) is untouched


def test_what_runs_from_right_to_left() -> None:
    """Most letters decide; Hebrew and Persian count like Arabic; a name inside is isolated."""
    assert runs_right_to_left("גשר Bridge נסגר", "")
    assert runs_right_to_left("پل بسته شد، BBC")
    assert not runs_right_to_left("The word شكرا means thanks", "")
    assert isolated("Harbour", rtl=True) == "\u2068Harbour\u2069"
    assert isolated("14:50", rtl=True) == "14:50"
    assert isolated("ميناء") == "\u2068ميناء\u2069"
    assert isolated("ميناء", rtl=True) == "ميناء"
