"""What a picture shows: panels of numbers under a title, without any drawing.

Every text is shown as given: translated, in the reader's clock and number format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one for each step of the axis.

    Attributes:
        name: for the legend; "" for none.
        values: 0 and more; None is a gap (a line is broken there, a bar is missing).
    """

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label below the axis.

    Attributes:
        at: steps from the left edge: 0 is the edge, 0.5 the middle of the first step.
        label: a clock time, a day.
        strong: it begins something, such as a day.
    """

    at: float
    label: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that stands out, shown as a flag with a short sign.

    Attributes:
        at: steps from the left edge.
        sign: one or two characters, such as the number of a note below.
    """

    at: float
    sign: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Columns over time; several series stand on each other."""

    series: tuple[Series, ...]
    ticks: tuple[Tick, ...] = ()
    marks: tuple[Mark, ...] = ()
    title: str = ""
    height: int = 190


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves over time.

    Attributes:
        unit: written behind the numbers of the axis, such as " s".
    """

    series: tuple[Series, ...]
    ticks: tuple[Tick, ...] = ()
    marks: tuple[Mark, ...] = ()
    title: str = ""
    unit: str = ""
    height: int = 170


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that says something by itself.

    Attributes:
        label: what it counts.
        value: formatted.
        note: smaller, below: what it was before, a share.
        tone: "good" and "bad" colour the note.
    """

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Numbers side by side, at most four in a row."""

    tiles: tuple[Tile, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Rank:
    """A line of a ranking; `shown` is the value formatted."""

    label: str
    value: float
    shown: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Bars lying on their side, each with its name and number, in the order given."""

    rows: tuple[Rank, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A line of words.

    Attributes:
        sign: in a badge, as at its mark; "" for none.
        lead: stressed: a clock time, a name.
        text: cut to two lines.
    """

    sign: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines of words, such as what the marks stand for."""

    rows: tuple[Note, ...]
    title: str = ""


Panel: TypeAlias = Bars | Lines | Tiles | Ranking | Notes


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole picture.

    Attributes:
        title: the largest line.
        panels: from top to bottom.
        subtitle: what time and what of it is about.
        footer: small, at the end: the zone, when it was drawn.
        right_to_left: the words are of a language written so. Time always runs to the right.
    """

    title: str
    panels: tuple[Panel, ...]
    subtitle: str = ""
    footer: str = ""
    right_to_left: bool = False
