"""Axes: round numbers for their lines, and which labels have room. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from bot.charts.figure import Series, Tick

STEPS = (1, 2, 5)  # lines stand at these times a power of ten


def rounds(highest: float, lines: int = 4) -> list[float]:
    """Round numbers from 0 to `highest` or just above it, about so many above the zero."""
    if not math.isfinite(highest) or highest <= 0:
        highest = 1.0
    rough = highest / max(1, lines)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((s * power for s in STEPS if s * power >= rough * 0.999), 10 * power)
    if highest >= 1:
        step = max(step, 1.0) if highest >= lines else step
    count = max(1, math.ceil(highest / step - 1e-9))
    return [number * step for number in range(count + 1)]


def short(value: float) -> str:
    """A number for an axis: 0.5, 30, 1.5k, 2M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{sign}"
    return f"{value:.3g}"


def sane(values: Iterable[float | None]) -> list[float | None]:
    """Numbers that can be drawn: what is negative is 0, what is no number is a gap."""
    return [
        None if value is None or not math.isfinite(value) else max(0.0, value) for value in values
    ]


def stacked(series: Sequence[Series]) -> list[list[tuple[float, float]]]:
    """For each series its bars' lower and upper ends, each on those of the series before."""
    count = max((len(each.values) for each in series), default=0)
    base = [0.0] * count
    found = []
    for each in series:
        spans = []
        values = [*sane(each.values), *[None] * (count - len(each.values))]
        for number, value in enumerate(values):
            low = base[number]
            base[number] = low + (value or 0.0)
            spans.append((low, base[number]))
        found.append(spans)
    return found


def fitting(
    ticks: Iterable[Tick],
    place: Callable[[float], float],
    width: Callable[[Tick], float],
    gap: float,
) -> list[Tick]:
    """The ticks whose labels do not touch each other; strong ones are placed first."""
    taken: list[tuple[float, float]] = []
    kept = []
    for tick in sorted(ticks, key=lambda each: (not each.strong, each.at)):
        half = width(tick) / 2 + gap / 2
        left, right = place(tick.at) - half, place(tick.at) + half
        if all(right <= low or left >= high for low, high in taken):
            taken.append((left, right))
            kept.append(tick)
    return sorted(kept, key=lambda each: each.at)
