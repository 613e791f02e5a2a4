"""Collects shapes and lines of text as SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import bidirectional
from xml.sax.saxutils import escape, quoteattr

from bot.charts.font import FAMILY, drawable, font, needs_more

WIDTH = 640  # units; twice as many pixels
MARGIN = 28


class Theme:
    """Colours that stand on light and on dark chats alike: a card of its own, dark and calm."""

    card = "#18222d"
    raised = "#212e3b"
    grid = "#2d3c4b"
    axis = "#4a5d70"
    ink = "#f1f5f9"
    muted = "#93a4b5"
    accent = "#ff7a6b"
    good = "#67d391"
    bad = "#ff8f82"
    series = (
        "#4fa9f5",
        "#f4bd56",
        "#5ecf94",
        "#b196f8",
        "#f0809f",
        "#4fd1d9",
        "#c5d36b",
        "#71859a",
    )


class Canvas:
    """A picture being drawn, from top to bottom.

    Attributes:
        y: how far down it is filled.
        more_fonts: some text needs a font of the machine.
    """

    def __init__(self, *, right_to_left: bool = False) -> None:
        self.right_to_left = right_to_left
        self.y = float(MARGIN)
        self.more_fonts = False
        self._parts: list[str] = []

    @property
    def room(self) -> float:
        """Between the margins."""
        return WIDTH - 2 * MARGIN

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0
    ) -> None:
        """A filled rectangle; nothing where it has no size."""
        if width > 0 and height > 0:
            radius = min(radius, width / 2, height / 2)
            self._parts.append(
                f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" '
                f'rx="{radius:.2f}" fill="{fill}"/>'
            )

    def column(
        self, x: float, top: float, width: float, bottom: float, fill: str, *, radius: float
    ) -> None:
        """A bar whose upper corners are round."""
        radius = min(radius, width / 2, bottom - top)
        if width <= 0 or bottom <= top:
            return
        self._parts.append(
            f'<path d="M{x:.2f},{bottom:.2f} V{top + radius:.2f} '
            f"Q{x:.2f},{top:.2f} {x + radius:.2f},{top:.2f} H{x + width - radius:.2f} "
            f'Q{x + width:.2f},{top:.2f} {x + width:.2f},{top + radius:.2f} V{bottom:.2f} Z" '
            f'fill="{fill}"/>'
        )

    def line(
        self, points: Sequence[tuple[float, float]], stroke: str, width: float, *, dash: str = ""
    ) -> None:
        """A line through points."""
        if len(points) < 2:
            return
        path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width}" '
            f'stroke-linejoin="round" stroke-linecap="round"{dashed}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], bottom: float, fill: str) -> None:
        """A pale surface between a line and the axis."""
        if len(points) < 2:
            return
        path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        first, last = points[0][0], points[-1][0]
        self._parts.append(
            f'<polygon points="{first:.2f},{bottom:.2f} {path} {last:.2f},{bottom:.2f}" '
            f'fill="{fill}" fill-opacity="0.14"/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self._parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{fill}"/>')

    def badge(self, x: float, y: float, sign: str, fill: str, *, radius: float = 8.5) -> None:
        """A disc with a sign in it; without one a small disc."""
        if not drawable(sign):
            self.dot(x, y, radius / 2, fill)
            return
        self.dot(x, y, radius, fill)
        self.text(x, y + radius * 0.43, sign, radius * 1.2, Theme.card, bold=True, anchor="middle")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        fill: str,
        *,
        bold: bool = False,
        anchor: str = "start",
    ) -> None:
        """A line of text; `anchor` is "start", "middle" or "end" of it, from left to right."""
        line = drawable(text)
        if not line:
            return
        self.more_fonts = self.more_fonts or needs_more(line)
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" fill="{fill}"{weight} '
            f"text-anchor={quoteattr(anchor)}>{escape(_isolated(line))}</text>"
        )

    def leading(
        self, y: float, text: str, size: float, fill: str, *, bold: bool = False, indent: float = 0
    ) -> None:
        """A line of text where lines of the language begin, cut to the room there is."""
        line = font(bold=bold).cut(drawable(text), size, self.room - indent)
        if self.right_to_left:
            self.text(WIDTH - MARGIN - indent, y, line, size, fill, bold=bold, anchor="end")
        else:
            self.text(MARGIN + indent, y, line, size, fill, bold=bold)

    def svg(self) -> str:
        """The whole picture, as high as it is filled."""
        height = self.y + MARGIN - 8
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH} {height:.0f}" font-family="{FAMILY}">'
            f'<rect width="{WIDTH}" height="{height:.0f}" fill="{Theme.card}"/>'
            f"{''.join(self._parts)}</svg>"
        )


def _isolated(line: str) -> str:
    """A line in its own direction: the drawing takes each for one that runs to the right."""
    strong = next((b for b in map(bidirectional, line) if b in ("L", "R", "AL")), "L")
    return line if strong == "L" else f"\u2067{line}\u2069"
