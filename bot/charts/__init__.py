"""Pictures of numbers: data in, PNG out. Pure, and knows nothing of live blogs.

`Figure` says what is shown (bars over time, lines, tiles, rankings, notes), `draw` makes the
picture: 1,280 pixels wide, a dark card that reads well in light and in dark chats. SVG is put
together here and drawn by resvg with the font beside this file: Latin, Greek, Cyrillic, Armenian,
Hebrew, Arabic and Georgian. Letters of other scripts are drawn where the machine has a font of
them; emoji are left out.
"""

from __future__ import annotations

import resvg_py

from bot.charts.canvas import Canvas, Theme
from bot.charts.figure import (
    Bars,
    Figure,
    Lines,
    Mark,
    Note,
    Notes,
    Panel,
    Rank,
    Ranking,
    Series,
    Tick,
    Tile,
    Tiles,
)
from bot.charts.font import FAMILY, FILES
from bot.charts.panels import draw_bars, draw_lines, draw_notes, draw_ranking, draw_tiles

__all__ = [
    "Bars",
    "Figure",
    "Lines",
    "Mark",
    "Note",
    "Notes",
    "Rank",
    "Ranking",
    "Series",
    "Tick",
    "Tile",
    "Tiles",
    "draw",
    "svg_of",
]

SCALE = 2.0  # pixels a unit: sharp on phones


def draw(figure: Figure) -> bytes:
    """The picture as PNG. Takes some 0.2 s of processor time: call it in a thread."""
    canvas = _drawn(figure)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=canvas.svg(),
            zoom=SCALE,
            skip_system_fonts=not canvas.more_fonts,
            font_files=[str(path) for path in FILES.values()],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


def svg_of(figure: Figure) -> str:
    """The picture as SVG, as it is drawn."""
    return _drawn(figure).svg()


def _drawn(figure: Figure) -> Canvas:
    canvas = Canvas(right_to_left=figure.right_to_left)
    canvas.leading(canvas.y + 18, figure.title, 23, Theme.ink, bold=True)
    canvas.y += 30
    if figure.subtitle:
        canvas.leading(canvas.y + 13, figure.subtitle, 14.5, Theme.muted)
        canvas.y += 24
    canvas.y += 12
    for panel in figure.panels:
        _draw_panel(canvas, panel)
    if figure.footer:
        canvas.leading(canvas.y + 6, figure.footer, 12, Theme.muted)
        canvas.y += 16
    return canvas


def _draw_panel(canvas: Canvas, panel: Panel) -> None:
    match panel:
        case Bars():
            draw_bars(canvas, panel)
        case Lines():
            draw_lines(canvas, panel)
        case Tiles():
            draw_tiles(canvas, panel)
        case Ranking():
            draw_ranking(canvas, panel)
        case Notes():
            draw_notes(canvas, panel)
