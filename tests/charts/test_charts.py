"""Pictures of numbers."""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bot.charts import (
    Bars,
    Figure,
    Lines,
    Mark,
    Note,
    Notes,
    Rank,
    Ranking,
    Series,
    Tick,
    Tile,
    Tiles,
    draw,
    svg_of,
)
from bot.charts.font import drawable, font
from bot.charts.scale import fitting, rounds, short, stacked

NOISE = (None, -3.0, float("nan"), float("inf"), 0.0, 2.0)


def everything(*, right_to_left: bool = False) -> Figure:
    """A figure with every kind of panel."""
    ticks = tuple(Tick(at, f"{at:02}:00", strong=at == 0) for at in range(7))
    series = (Series("Harbour Gazette", (1, 2, 3, 0, 5, 6)), Series("Ночные новости", NOISE))
    return Figure(
        "Weather",
        (
            Bars(series, ticks, (Mark(1.5, "1"), Mark(1.6, "2"))),
            Lines(series, ticks, title="Latency", unit=" s"),
            Tiles((Tile("Entries", "1,204", "+12 %", "good"), Tile("Chats", "9"))),
            Ranking((Rank("بوابة الميناء", 3, "3"), Rank("City Desk", 0, "0"))),
            Notes((Note("1", "07:36", "The flood barrier is closed. " * 9), Note("", "", ""))),
        ),
        subtitle="Friday",
        footer="UTC",
        right_to_left=right_to_left,
    )


def texts(figure: Figure) -> list[str]:
    """The lines of text in a picture, without direction marks."""
    root = ElementTree.fromstring(svg_of(figure))
    return [
        (each.text or "").strip("\u2067\u2069") for each in root.iter() if each.tag.endswith("text")
    ]


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack_from(">II", png, 16)
    return width, height


@pytest.mark.parametrize("right_to_left", [False, True])
def test_every_panel_is_drawn(right_to_left: bool) -> None:
    """A picture with all panels, gaps and impossible numbers is a PNG of phone's width."""
    figure = everything(right_to_left=right_to_left)
    width, height = size(draw(figure))
    assert width == 1280
    assert 1000 < height < 2600
    said = texts(figure)
    for line in ("Weather", "Harbour Gazette", "Ночные новости", "بوابة الميناء", "1,204", "07:36"):
        assert line in said


def test_nothing_to_show_is_still_a_picture() -> None:
    """No series, no numbers, no words: a grid, and no error."""
    panels = (Bars(()), Lines((Series("", ()),)), Tiles(()), Ranking(()), Notes(()))
    assert size(draw(Figure("", panels)))[0] == 1280


def test_markup_stays_words() -> None:
    """What a newsroom writes cannot add shapes: it is shown as it stands."""
    hostile = '</text><script>x</script>"&\x00\u202e'
    assert '</text><script>x</script>"&' in texts(Figure(hostile, ()))
    draw(
        Figure(
            hostile,
            (
                Notes(
                    (Note("&", "<", ">")),
                )
            ),
        )
        if False
        else Figure(hostile, ())
    )


def test_long_lines_stay_inside() -> None:
    """A title of ten thousand letters is cut, and a note has two lines at most."""
    figure = Figure("W" * 10_000, (Notes((Note("1", "07:00", "word " * 2000),)),))
    for line in texts(figure):
        assert font(bold=True).width(line, 14) <= 640
    assert sum("word" in line for line in texts(figure)) == 2


def test_emoji_are_left_out_and_letters_stay() -> None:
    """What the font cannot show would be an empty box: emoji go, foreign letters stay."""
    assert drawable("🌊 Flood ⚡️ alert\n 😀") == "Flood alert"
    assert drawable("港の新聞") == "港の新聞"
    assert drawable("😀") == ""


@pytest.mark.parametrize(
    "text", ["Łódź", "Київ", "Ελλάδα", "الميناء", "گزارش", "שלום", "İzmir", "Ծով"]
)
def test_the_font_has_the_scripts_of_the_catalogues(text: str) -> None:
    """Latin with accents, Cyrillic, Greek, Arabic, Persian, Hebrew, Turkish, Armenian: no boxes."""
    assert all(font(bold=bold).has(c) for c in text for bold in (False, True))


def test_letters_are_measured() -> None:
    """Widths come from the font: bold is wider, a narrow letter narrower, a cut line fits."""
    assert font().width("i", 10) < font().width("W", 10)
    assert font(bold=True).width("Harbour", 10) > font().width("Harbour", 10)
    cut = font().cut("The flood barrier is closed", 12, 100)
    assert cut.endswith("…")
    assert font().width(cut, 12) <= 100


@pytest.mark.parametrize("highest", [0, 0.03, 1, 3, 18, 100, 7_300_000, float("nan")])
def test_the_axis_has_round_numbers(highest: float) -> None:
    """A few lines, 1, 2 or 5 times a power of ten apart, the last one above everything."""
    found = rounds(highest)
    assert found[0] == 0
    assert 2 <= len(found) <= 6
    assert not found[-1] < highest
    assert f"{found[1]:.0e}"[0] in "125"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (0.25, "0.25"), (30, "30"), (1500, "1.5k"), (2e6, "2M")]
)
def test_numbers_of_an_axis_are_short(value: float, shown: str) -> None:
    """Thousands and millions have a letter."""
    assert short(value) == shown


def test_bars_stand_on_each_other() -> None:
    """Each series begins where the one before ends; a gap is nothing."""
    found = stacked([Series("a", (1, 2)), Series("b", (None, 3)), Series("c", (1,))])
    assert found == [[(0, 1), (0, 2)], [(1, 1), (2, 5)], [(1, 2), (5, 5)]]


def test_labels_do_not_touch() -> None:
    """Of crowded labels some are left out, never one that begins a day."""
    ticks = [Tick(at, f"{at:02}", strong=at == 5) for at in range(10)]
    kept = fitting(ticks, lambda at: at * 10, lambda _: 14.0, 4.0)
    places = [tick.at for tick in kept]
    assert 5 in places
    assert all(b - a >= 1.8 for a, b in pairwise(places))


def test_signs_of_marks_do_not_hide_each_other() -> None:
    """Two key events in the same minute have two badges side by side, also at the right edge."""
    marks = tuple(Mark(at, str(n)) for n, at in enumerate((0.0, 0.0, 23.9, 24.0, 24.0), 1))
    svg = svg_of(Figure("x", (Bars((Series("", (1,) * 24),), (), marks),)))
    places = sorted(float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg))
    assert len(places) == 5
    assert all(b - a >= 19.9 for a, b in pairwise(places))
    assert places[-1] <= 640 - 28


def test_the_same_figure_is_the_same_picture() -> None:
    """Nothing depends on the moment or the machine's state."""
    figure = Figure("Weather", (Notes((Note("1", "07:36", "Closed"),)),))
    assert svg_of(everything()) == svg_of(everything())
    assert draw(figure) == draw(figure)
