"""Dates and day headings in the languages and spellings of newsrooms."""

from datetime import UTC, date, datetime

import pytest

from bot.sources.dates import (
    DayMark,
    date_in_url,
    day_heading,
    find_dates,
    leading_day,
    read_timestamp,
    utc_offset,
)
from bot.sources.months import MONTHS, month, weekday


@pytest.mark.parametrize(
    "text",
    [
        "January 8, 2020", "Jan. 8, 2020", "8 January 2020", "8th January 2020", "08.01.2020",
        "8. Januar 2020", "8 janvier 2020", "8 de enero de 2020", "8 gennaio 2020",
        "8 de janeiro de 2020", "8 stycznia 2020", "8 января 2020", "8 січня 2020", "8 Ocak 2020",
        "8 يناير 2020", "2020-01-08", "Published January 8, 2020 by the desk",
        "2020/01/08", "08.01.20", "8-Jan-2020", "08-01-2020", "Mi., 8. Jan. 2020",
        "mer. 8 janv. 2020",
        "8 DE ENERO DE 2020", "8 stycznia 2020 r.", "8 января 2020 г.", "8 січня 2020 року",
        "8 OCAK 2020 ÇARŞAMBA", "٨ يناير ٢٠٢٠", "الأربعاء، 8 كانون الثاني/يناير 2020",
        "8 يناير/كانون الثاني 2020", "۸ يناير ۲۰۲۰",
    ],
)  # fmt: skip
def test_full_dates_are_found(text: str) -> None:
    """One day, written in eleven languages and as numbers."""
    found = next(find_dates(text), None)
    assert found is not None
    assert (found.mark.year, found.mark.month, found.mark.day) == (2020, 1, 8)


@pytest.mark.parametrize("text", ["32 January 2020", "30.02.2020", "version 1.2.2020.4", "May be"])
def test_impossible_dates_are_not(text: str) -> None:
    """A day that no calendar has is no date."""
    assert next(find_dates(text), None) is None


def test_slashes_follow_the_country() -> None:
    """04/05/2020 is May 4th, on American pages April 5th; 06/13/2023 can only be June."""
    assert [(f.mark.month, f.mark.day) for f in find_dates("04/05/2020")] == [(5, 4)]
    assert [(f.mark.month, f.mark.day) for f in find_dates("04/05/2020", month_first=True)] == [
        (4, 5)
    ]
    assert [(f.mark.month, f.mark.day) for f in find_dates("06/13/2023")] == [(6, 13)]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Wednesday, January 8", DayMark(1, 8, None, 2)),
        ("Mittwoch, 8. Januar", DayMark(1, 8, None, 2)),
        ("DAY TWO – TUESDAY", DayMark(weekday=1)),
        ("Day 2", DayMark()),
        ("Mardi 12 mars 2024", DayMark(3, 12, 2024, 1)),
        ("8.1.", DayMark(1, 8)),
        ("Mi., 8. Januar", DayMark(1, 8, None, 2)),
        ("mar. 12 avril", DayMark(4, 12, None, 1)),
        ("MARTES 12 DE MARZO", DayMark(3, 12, None, 1)),
        ("Terça, 12 de março", DayMark(3, 12, None, 1)),
        ("wtorek, 12 marca 2024 r.", DayMark(3, 12, 2024, 1)),
        ("Сегодня, вторник, 12 марта", DayMark(3, 12, None, 1)),
        ("Хроніка: 12 березня", DayMark(3, 12)),
        ("SALI, 12 MART", DayMark(3, 12, None, 1)),
        ("اليوم الثلاثاء ١٢ مارس", DayMark(3, 12, None, 1)),
        ("Newsblog vom 12. März", DayMark(3, 12)),
        ("Today", DayMark(ago=0)),
        ("Gestern", DayMark(ago=1)),
        ("Вчора", DayMark(ago=1)),
        ("أمس", DayMark(ago=1)),
    ],
)
def test_day_headings_are_read(text: str, mark: DayMark) -> None:
    """A heading gives as much of a day as it names."""
    assert day_heading(text) == mark


@pytest.mark.parametrize(
    "text",
    ["The day of the storm", "In January 8 ships sank", "Boats on the river", "14:50", "Day trip"],
)
def test_other_headings_name_no_day(text: str) -> None:
    """A headline with a day in it is a headline."""
    assert day_heading(text) is None


@pytest.mark.parametrize(
    ("mark", "anchor", "expected"),
    [
        (DayMark(1, 2), date(2020, 12, 30), date(2021, 1, 2)),
        (DayMark(12, 30), date(2021, 1, 2), date(2020, 12, 30)),
        (DayMark(weekday=1), date(2012, 11, 5), date(2012, 11, 6)),
        (DayMark(weekday=6), date(2012, 11, 5), date(2012, 11, 4)),
        (DayMark(7, 9, None, 4), date(2022, 6, 1), date(2021, 7, 9)),
        (DayMark(2, 29), date(2021, 2, 1), date(2020, 2, 29)),
        (DayMark(), date(2020, 1, 8), None),
    ],
)
def test_what_a_heading_leaves_out_is_taken_from_nearby(
    mark: DayMark, anchor: date, expected: date | None
) -> None:
    """The year is the nearest one, unless the weekday tells another."""
    assert mark.near(anchor) == expected


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Mi., 8.1., 14:50 Uhr", DayMark(1, 8, None, 2)),
        ("[8 Jan 14:50]", DayMark(1, 8)),
        ("08/01 14h50", DayMark(1, 8)),
        ("8 января 14:50", DayMark(1, 8)),
        ("Today 14:50", DayMark(ago=0)),
        ("Hier à 14h50", DayMark(ago=1)),
        ("Heute, 14.50 Uhr", DayMark(ago=0)),
        ("Вчера, 14:50", DayMark(ago=1)),
        ("Di 14:50", DayMark(weekday=1)),
    ],
)
def test_days_before_times(text: str, mark: DayMark) -> None:
    """What stands before a clock time is its day, however short it is written."""
    read = leading_day(text)
    assert read is not None
    assert read[0] == mark
    assert text[read[1] :][:2] in ("14", "à ")


def test_american_dates_before_times() -> None:
    """01/08 is the eighth of January on an American page."""
    read = leading_day("01/08 2:50 pm", month_first=True)
    assert read is not None
    assert read[0] == DayMark(1, 8)


def test_a_day_before_a_time_is_read() -> None:
    """An entry's own day is read, and where its time begins."""
    read = leading_day("Wednesday, Jan 8, 14:50 The tug")
    assert read is not None
    assert read[0] == DayMark(1, 8, None, 2)
    assert "Wednesday, Jan 8, 14:50 The tug"[read[1] :] == "14:50 The tug"


def test_addresses_and_attributes_carry_dates() -> None:
    """/2020/01/08/ and ISO attributes; without a zone an attribute is only a date."""
    assert date_in_url("https://news.example/2020/01/08/storm") == date(2020, 1, 8)
    assert date_in_url("https://news.example/live/2023/may/15/storm") == date(2023, 5, 15)
    assert date_in_url("https://news.example/a-51922344") is None
    assert read_timestamp("2024-07-18T08:01:58+02:00") == datetime(
        2024, 7, 18, 6, 1, 58, tzinfo=UTC
    )
    assert read_timestamp("2024-07-18 08:01") == date(2024, 7, 18)
    assert read_timestamp("soon") is None
    assert (utc_offset("2024-07-18T08:01:58+02:00"), utc_offset("2024-07-18T08:01:58Z")) == (
        120,
        None,
    )


def test_the_table_of_months() -> None:
    """All twelve months have names, and an unknown word is none."""
    assert set(MONTHS.values()) == set(range(1, 13))
    assert (month("Mar."), month("listopada"), month("ağustos"), month("boat")) == (3, 11, 8, None)
    assert (weekday("Mittwoch"), weekday("DIMANCHE"), weekday("boat")) == (2, 6, None)
