"""What was written when, as a figure: columns for each live blog, flags for key events. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.charts import Bars, Figure, Mark, Note, Notes, Series, Tick
from bot.commands.period import Period
from bot.locales import language_of
from bot.locales.dates import day_of
from bot.store.reads import Moment

SOURCES = 6  # that have a colour of their own
KEY_EVENTS = 8  # that have a number
BARS = 72  # at most
_STEPS = (5, 10, 15, 30, 60, 120, 240, 720, 1440)  # minutes of a column
_TICKS = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)  # minutes between two labels
_LABELS = 8  # at most
_MINUTE = timedelta(minutes=1)
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})


@dataclass(frozen=True, slots=True)
class Said:
    """The words of the picture, translated.

    Attributes:
        title: what it is about.
        subtitle: the time and the numbers.
        others: the name of the sources that have no colour of their own.
        key_events: heading of the notes.
        footer: the zone.
    """

    title: str
    subtitle: str
    others: str
    key_events: str
    footer: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns of equal length.

    Attributes:
        start: of the first one, UTC.
        step: minutes.
        count: how many.
    """

    start: datetime
    step: int
    count: int

    def place(self, instant: datetime) -> float:
        """Where an instant is, in columns."""
        return (instant - self.start) / (self.step * _MINUTE)

    def column(self, instant: datetime) -> int:
        """Which column an instant is in."""
        return min(max(int(self.place(instant)), 0), self.count - 1)


def grid_of(period: Period, zone: ZoneInfo) -> Grid:
    """Columns that begin at round local times and cover a stretch of time."""
    minutes = (period.end - period.start) / _MINUTE
    step = next((each for each in _STEPS if minutes / each <= BARS), _STEPS[-1])
    local = period.start.astimezone(zone)
    since_midnight = local.hour * 60 + local.minute
    over = timedelta(
        minutes=since_midnight % step, seconds=local.second, microseconds=local.microsecond
    )
    start = period.start - over
    count = max(1, -int((start - period.end) // (step * _MINUTE)))
    return Grid(start, step, count)


def busiest(moments: Sequence[Moment], grid: Grid) -> tuple[datetime, datetime, int]:
    """The column with most entries: from, to, how many; the first of equals."""
    counts = Counter(grid.column(each.at) for each in moments)
    column = min(counts, key=lambda each: (-counts[each], each))
    start = grid.start + column * grid.step * _MINUTE
    return start, start + grid.step * _MINUTE, counts[column]


def figure_of(
    moments: Sequence[Moment],
    grid: Grid,
    zone: ZoneInfo,
    *,
    names: Mapping[int, str],
    headlines: Mapping[int, str],
    said: Said,
    language: str,
) -> Figure:
    """The picture.

    Args:
        moments: oldest first.
        grid: the columns.
        zone: of the labels.
        names: source id -> name.
        headlines: entry id -> what a key event says.
        said: the words.
        language: for days, and the direction of lines.
    """
    key_events = [each for each in moments if each.key_event][-KEY_EVENTS:]
    marks = tuple(Mark(grid.place(each.at), str(n)) for n, each in enumerate(key_events, 1))
    notes = tuple(
        Note(str(n), f"{each.at.astimezone(zone):%H:%M}", headlines.get(each.entry_id, ""))
        for n, each in enumerate(key_events, 1)
    )
    bars = Bars(_series(moments, grid, names, said.others), _ticks(grid, zone, language), marks)
    return Figure(
        said.title,
        (bars, Notes(notes, said.key_events)) if notes else (bars,),
        subtitle=said.subtitle,
        footer=said.footer,
        right_to_left=language_of(language) in _RIGHT_TO_LEFT,
    )


def _series(
    moments: Sequence[Moment], grid: Grid, names: Mapping[int, str], others: str
) -> tuple[Series, ...]:
    total = Counter(each.source_id for each in moments)
    ranked = sorted(total, key=lambda source: (-total[source], source))
    own = ranked if len(ranked) <= SOURCES + 1 else ranked[:SOURCES]
    values = {source: [0.0] * grid.count for source in (*own, 0)}
    for each in moments:
        source = each.source_id if each.source_id in values else 0
        values[source][grid.column(each.at)] += 1
    found = [Series(names.get(source, ""), tuple(values[source])) for source in own]
    if len(own) < len(ranked):
        found.append(Series(others, tuple(values[0])))
    return tuple(found)


def _ticks(grid: Grid, zone: ZoneInfo, language: str) -> tuple[Tick, ...]:
    """Labels at round local times; a day's beginning says which day."""
    length = grid.step * grid.count
    every = next((each for each in _TICKS if length / each <= _LABELS), _TICKS[-1])
    days = -(-length // (_LABELS * 24 * 60)) if every == _TICKS[-1] else 1
    found = []
    look = min(grid.step, 30)  # zones differ by whole quarters of an hour, and so do their changes
    for number in range(length // look + 1):
        instant = grid.start + number * look * _MINUTE
        when = instant.astimezone(zone)
        if (when.hour * 60 + when.minute) % every or when.toordinal() % days:
            continue
        is_midnight = when.time() == time()
        is_day = is_midnight and length > 24 * 60
        label = day_of(when.date(), language) if is_day else f"{when:%H:%M}"
        found.append(Tick(grid.place(instant), label, strong=is_midnight))
    return tuple(found)
