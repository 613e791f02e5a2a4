"""Conversations in which somebody asks for a picture of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.charts import Bars
from bot.commands.activity import Said, busiest, figure_of, grid_of
from bot.commands.period import Period, midnight
from bot.sandbox.faults import Fault, FaultKind
from bot.store.reads import Moment
from tests.support.chat import Room, entry

BERLIN = ZoneInfo("Europe/Berlin")
FAULT = Fault(
    FaultKind.REFUSE,
    methods=("sendPhoto",),
    status=400,
    description="Bad Request: not enough rights to send photos to the chat",
)
SAID = Said("Title", "Subtitle", "Others", "Key events", "Times")


async def filled(room: Room) -> None:
    """A busy source and a quiet one."""
    await room.add_source(
        "Harbour Gazette",
        *(entry(f"Storm {n}", minutes=12 * n + 1, key_event=n == 4, id=f"s{n}") for n in range(30)),
        topic="weather",
    )
    await room.add_source("City Desk", entry("Quay", minutes=400), topic="harbour")


@pytest.mark.parametrize(
    ("text", "title", "counts"),
    [
        ("", "Everything · 14 Mar, 00:00 – 12:00", "31 entries · 2 live blogs"),
        ("weather", "🌦 Weather · 14 Mar, 00:00 – 12:00", "30 entries · 1 live blog"),
        ("3h city desk", "", ""),
        (
            "harbour gazette 2h",
            "Harbour Gazette · 14 Mar, 10:00 – 12:00",
            "10 entries · 1 live blog",
        ),
        ("since 11:00 wetter", "🌦 Weather · 14 Mar, 11:00 – 12:00", "5 entries · 1 live blog"),
    ],
)
async def test_a_picture_with_its_words(room: Room, text: str, title: str, counts: str) -> None:
    """Names and a span in any order; a photo whose caption says the same in words."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/timeline {text}")
    if not title:
        assert "Nothing was written in that time (14 Mar, 09:00 – 12:00)" in answer.text
        assert answer.photo is None
        return
    assert answer.photo is not None
    assert answer.photo["type"] == "image/png"
    assert answer.photo["width"] == 1280
    lines = answer.text.splitlines()
    assert lines[:2] == [title, counts]
    assert "Busiest from" in lines[2]


async def test_unknown_names_are_asked_back(room: Room) -> None:
    """A name that names nothing is told, with what may have been meant."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/timeline wether 3h")
    assert "Did you mean 🌦 Weather?" in answer.text


async def test_a_chat_that_takes_no_photos_gets_the_words(room: Room) -> None:
    """Where photos are forbidden the caption comes alone."""
    await filled(room)
    reader, chat = room.person()
    room.server.faults.add(FAULT)
    answer = await room.ask(reader, chat, "/timeline")
    assert answer.photo is None
    assert "31 entries" in answer.text


def moments(start: datetime, *minutes: float, source: int = 1) -> list[Moment]:
    """Entries so many minutes after an instant."""
    return [
        Moment(number, source, start + timedelta(minutes=each), number == 1)
        for number, each in enumerate(minutes, 1)
    ]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-01"])
def test_days_with_a_change_of_the_clock(day: str) -> None:
    """A day of 23 or 25 hours is drawn whole, and every label is a true local time."""
    date = datetime.fromisoformat(day).date()
    start, end = midnight(date, BERLIN), midnight(date + timedelta(days=1), BERLIN)
    grid = grid_of(Period(start, end), BERLIN)
    assert grid.start == start
    assert grid.start + grid.count * timedelta(minutes=grid.step) == end
    found = moments(start, 0, 60, (end - start) / timedelta(minutes=1) - 1)
    figure = figure_of(
        found, grid, BERLIN, names={1: "Gazette"}, headlines={}, said=SAID, language="en"
    )
    (bars,) = (each for each in figure.panels if isinstance(each, Bars))
    assert sum(value or 0 for value in bars.series[0].values) == 3
    for tick in bars.ticks:
        when = (grid.start + tick.at * timedelta(minutes=grid.step)).astimezone(BERLIN)
        assert tick.label in (f"{when:%H:%M}", f"{when.day} {when:%b}")


@pytest.mark.parametrize("hours", [0.1, 1, 2.5, 12, 24, 72, 24 * 14, 24 * 60])
def test_columns_of_any_span(hours: float) -> None:
    """From minutes to weeks: a readable number of columns and of labels."""
    end = datetime(2026, 3, 14, 12, 34, 56, tzinfo=UTC)
    grid = grid_of(Period(end - timedelta(hours=hours), end), BERLIN)
    assert 1 <= grid.count <= 74
    assert grid.start <= end - timedelta(hours=hours)
    figure = figure_of([], grid, BERLIN, names={}, headlines={}, said=SAID, language="de")
    (bars,) = (each for each in figure.panels if isinstance(each, Bars))
    assert len(bars.ticks) <= 9


def test_many_sources_share_the_last_colour() -> None:
    """The busiest sources have their own colour, the others one together; none is lost."""
    start = datetime(2026, 3, 14, tzinfo=UTC)
    found = [
        each
        for source in range(1, 12)
        for each in moments(start, *range(0, 60, source), source=source)
    ]
    grid = grid_of(Period(start, start + timedelta(hours=1)), BERLIN)
    names = {source: f"Desk {source}" for source in range(1, 12)}
    figure = figure_of(found, grid, BERLIN, names=names, headlines={}, said=SAID, language="ar")
    (bars,) = (each for each in figure.panels if isinstance(each, Bars))
    assert [each.name for each in bars.series][-1] == "Others"
    assert len(bars.series) == 7
    assert sum(value or 0 for each in bars.series for value in each.values) == len(found)
    assert figure.right_to_left


def test_the_busiest_column() -> None:
    """The first column with the most entries."""
    start = datetime(2026, 3, 14, tzinfo=UTC)
    grid = grid_of(Period(start, start + timedelta(hours=1)), BERLIN)
    assert busiest(moments(start, 1, 31, 32, 41, 42), grid) == (
        start + timedelta(minutes=30),
        start + timedelta(minutes=35),
        2,
    )
