"""Draws each kind of panel at the canvas's present height and moves on below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.charts.canvas import MARGIN, WIDTH, Canvas, Theme
from bot.charts.figure import Bars, Lines, Mark, Notes, Ranking, Series, Tick, Tile, Tiles
from bot.charts.font import drawable, font
from bot.charts.scale import fitting, rounds, sane, short, stacked

_LABEL = 12.5  # size of the labels of axes
_ACROSS = 4  # tiles in a row
_FLAG = 22  # height of the marks above a plot


@dataclass(frozen=True, slots=True)
class Plot:
    """Where numbers and steps stand on the canvas."""

    left: float
    right: float
    top: float
    bottom: float
    steps: int
    highest: float

    def x(self, at: float) -> float:
        """So many steps from the left edge."""
        return self.left + (self.right - self.left) * min(max(at / max(1, self.steps), 0.0), 1.0)

    def y(self, value: float) -> float:
        """A value's height."""
        return self.bottom - (self.bottom - self.top) * value / self.highest


def draw_bars(canvas: Canvas, panel: Bars) -> None:
    """Columns, stacked, with round tops."""
    _heading(canvas, panel.title)
    _legend(canvas, panel.series)
    stacks = stacked(panel.series)
    steps = max((len(each) for each in stacks), default=1)
    highest = max((high for spans in stacks for _, high in spans), default=0.0)
    plot = _plot(canvas, steps, highest, panel.height, panel.marks)
    slot = (plot.right - plot.left) / max(1, steps)
    gap = min(5.0, max(0.6, slot * 0.22))
    for step in range(steps):
        spans = [(number, *each[step]) for number, each in enumerate(stacks)]
        visible = [(number, low, high) for number, low, high in spans if high > low]
        for place, (number, low, high) in enumerate(visible):
            x, width = plot.x(step) + gap / 2, slot - gap
            top, bottom, colour = plot.y(high), plot.y(low), _colour(number)
            if place == len(visible) - 1:
                top = min(top, bottom - 1.5)  # one of many is still seen
                canvas.column(x, top, width, bottom, colour, radius=min(4.0, width / 2.5))
            else:
                canvas.rect(x, top, width, bottom - top, colour)
    _axis(canvas, plot, panel.ticks)


def draw_lines(canvas: Canvas, panel: Lines) -> None:
    """Curves; a single one stands on a pale surface."""
    _heading(canvas, panel.title)
    _legend(canvas, panel.series)
    curves = [sane(each.values) for each in panel.series]
    steps = max((len(each) for each in curves), default=1)
    highest = max((v for each in curves for v in each if v is not None), default=0.0)
    plot = _plot(canvas, steps, highest, panel.height, panel.marks, panel.unit)
    for number, curve in enumerate(curves):
        for run in _runs(curve):
            points = [(plot.x(step + 0.5), plot.y(value)) for step, value in run]
            if len(curves) == 1:
                canvas.area(points, plot.bottom, _colour(number))
            canvas.line(points, _colour(number), 2.4)
            if len(points) == 1 or run[-1][0] == len(curve) - 1:
                canvas.dot(*points[-1], 3.6, _colour(number))
    _axis(canvas, plot, panel.ticks)


def draw_tiles(canvas: Canvas, panel: Tiles) -> None:
    """Numbers in boxes, all of the same size."""
    _heading(canvas, panel.title)
    for at in range(0, len(panel.tiles), _ACROSS):
        row = panel.tiles[at : at + _ACROSS]
        across = len(row) if len(panel.tiles) <= _ACROSS else _ACROSS
        width = (canvas.room - 12 * (across - 1)) / across
        height = 86.0 if any(tile.note for tile in panel.tiles) else 68.0
        for number, tile in enumerate(row):
            place = across - 1 - number if canvas.right_to_left else number
            _tile(canvas, tile, MARGIN + place * (width + 12), width, height)
        canvas.y += height + 12
    canvas.y += 10


def draw_ranking(canvas: Canvas, panel: Ranking) -> None:
    """Bars lying on their side below their names."""
    _heading(canvas, panel.title)
    highest = max((row.value for row in panel.rows), default=0.0) or 1.0
    for number, row in enumerate(panel.rows):
        size = 14.0
        value = drawable(row.shown)
        room = canvas.room - font(bold=True).width(value, size) - 16
        label = font().cut(drawable(row.label), size, room)
        canvas.leading(canvas.y + 13, label, size, Theme.ink)
        end, anchor = (MARGIN, "start") if canvas.right_to_left else (WIDTH - MARGIN, "end")
        canvas.text(end, canvas.y + 13, value, size, Theme.ink, bold=True, anchor=anchor)
        canvas.rect(MARGIN, canvas.y + 21, canvas.room, 7, Theme.raised, radius=3.5)
        width = canvas.room * min(1.0, max(0.0, row.value) / highest)
        x = WIDTH - MARGIN - width if canvas.right_to_left else MARGIN
        canvas.rect(x, canvas.y + 21, width, 7, _colour(number), radius=3.5)
        canvas.y += 42
    canvas.y += 10


def draw_notes(canvas: Canvas, panel: Notes) -> None:
    """Lines of words, each with its badge."""
    _heading(canvas, panel.title)
    size, leading = 14.0, 20.0
    for row in panel.rows:
        sign, lead = drawable(row.sign), drawable(row.lead)
        indent = 28.0 if sign else 0.0
        if sign:
            x = WIDTH - MARGIN - 9 if canvas.right_to_left else MARGIN + 9
            canvas.badge(x, canvas.y + 9, sign, Theme.accent)
        if lead:
            canvas.leading(canvas.y + 14, lead, size, Theme.muted, bold=True, indent=indent)
            indent += font(bold=True).width(lead, size) + 10
        room = canvas.room - indent
        lines = font().wrapped(drawable(row.text), size, room, 2) or [""]
        for number, line in enumerate(lines):
            canvas.leading(canvas.y + 14 + number * leading, line, size, Theme.ink, indent=indent)
        canvas.y += leading * len(lines) + 8
    canvas.y += 10


def _tile(canvas: Canvas, tile: Tile, x: float, width: float, height: float) -> None:
    canvas.rect(x, canvas.y, width, height, Theme.raised, radius=12)
    rtl = canvas.right_to_left
    edge, anchor = (x + width - 14, "end") if rtl else (x + 14, "start")
    room = width - 28
    value = drawable(tile.value)
    size = min(27.0, 27.0 * room / max(1.0, font(bold=True).width(value, 27.0)))
    y = canvas.y + 24
    canvas.text(
        edge, y, font().cut(drawable(tile.label), 12.5, room), 12.5, Theme.muted, anchor=anchor
    )
    canvas.text(edge, y + 30, value, size, Theme.ink, bold=True, anchor=anchor)
    colour = {"good": Theme.good, "bad": Theme.bad}.get(tile.tone, Theme.muted)
    note = font().cut(drawable(tile.note), 12.0, room)
    canvas.text(edge, y + 49, note, 12.0, colour, anchor=anchor)


def _heading(canvas: Canvas, title: str) -> None:
    if drawable(title):
        canvas.leading(canvas.y + 13, title, 15, Theme.ink, bold=True)
        canvas.y += 28


def _legend(canvas: Canvas, series: Sequence[Series]) -> None:
    names = [(number, drawable(each.name)) for number, each in enumerate(series)]
    names = [(number, name) for number, name in names if name]
    if not names:
        return
    x, rows, size = 0.0, 0, 13.0
    for number, name in names:
        shown = font().cut(name, size, min(210.0, canvas.room - 30))
        width = 17 + font().width(shown, size)
        if x and x + width > canvas.room:
            x, rows = 0.0, rows + 1
        y = canvas.y + rows * 22
        if canvas.right_to_left:
            right = WIDTH - MARGIN - x
            canvas.rect(right - 11, y, 11, 11, _colour(number), radius=3)
            canvas.text(right - 17, y + 10.5, shown, size, Theme.muted, anchor="end")
        else:
            canvas.rect(MARGIN + x, y, 11, 11, _colour(number), radius=3)
            canvas.text(MARGIN + x + 17, y + 10.5, shown, size, Theme.muted)
        x += width + 18
    canvas.y += 22 * (rows + 1) + 8


def _plot(
    canvas: Canvas,
    steps: int,
    highest: float,
    height: int,
    marks: Sequence[Mark],
    unit: str = "",
) -> Plot:
    """The grid with its numbers, and the marks above it."""
    lines = rounds(highest)
    numbers = [short(value) + unit for value in lines]
    left = MARGIN + max(font().width(drawable(number), _LABEL) for number in numbers) + 9
    top = canvas.y + 4 + (_FLAG if marks else 0)
    plot = Plot(left, WIDTH - MARGIN, top, top + height, steps, lines[-1])
    for value, number in zip(lines, numbers, strict=True):
        y = plot.y(value)
        canvas.line([(left, y), (plot.right, y)], Theme.axis if not value else Theme.grid, 1)
        canvas.text(left - 9, y + 4.5, number, _LABEL, Theme.muted, anchor="end")
    for mark, x in _apart(marks, plot.x):
        canvas.line(
            [(plot.x(mark.at), top - 8), (plot.x(mark.at), plot.bottom)],
            Theme.accent,
            1.2,
            dash="3 4",
        )
        canvas.badge(x, top - 15, mark.sign, Theme.accent)
    return plot


def _axis(canvas: Canvas, plot: Plot, ticks: Sequence[Tick]) -> None:
    def width(tick: Tick) -> float:
        return font(bold=tick.strong).width(drawable(tick.label), _LABEL)

    def place(at: float) -> float:
        return plot.x(at)

    inside = [tick for tick in ticks if 0 <= tick.at <= plot.steps]
    for tick in fitting(inside, place, width, 14):
        x, half = place(tick.at), width(tick) / 2
        canvas.line([(x, plot.bottom), (x, plot.bottom + 4)], Theme.axis, 1)
        x = min(max(x, MARGIN + half), WIDTH - MARGIN + 6 - half)
        fill = Theme.ink if tick.strong else Theme.muted
        canvas.text(
            x, plot.bottom + 19, tick.label, _LABEL, fill, bold=tick.strong, anchor="middle"
        )
    canvas.y = plot.bottom + (44 if inside else 26)


def _apart(marks: Sequence[Mark], place: Callable[[float], float]) -> list[tuple[Mark, float]]:
    """The marks with the places of their signs, moved so that none hides another."""
    gap = 20.0
    ordered = sorted(marks, key=lambda mark: mark.at)
    places = [place(mark.at) for mark in ordered]
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + gap)
    right = float(WIDTH - MARGIN)
    for number in reversed(range(len(places))):
        places[number] = min(places[number], right)
        right = places[number] - gap
    return list(zip(ordered, places, strict=True))


def _runs(curve: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The parts of a curve between its gaps: steps and values."""
    runs: list[list[tuple[int, float]]] = [[]]
    for step, value in enumerate(curve):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((step, value))
    return [run for run in runs if run]


def _colour(number: int) -> str:
    return Theme.series[number % len(Theme.series)]
