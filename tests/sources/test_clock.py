"""Clock times: every spelling newsrooms use, and what only looks like one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.clock import (
    happens_twice,
    instant,
    leading_clock,
    starts_with_range,
    trailing_clock,
)
from bot.sources.zones import zone_of


@pytest.mark.parametrize(
    ("text", "minute", "zone", "rest"),
    [
        ("14:50 The tug is here.", 890, None, "The tug is here."),
        ("14:50\u00a0The tug", 890, None, "The tug"),
        ("14:50The tug", 890, None, "The tug"),
        ("14.50 The tug", 890, None, "The tug"),
        ("2.05pm The tug", 845, None, "The tug"),
        ("9.52am: The tug", 592, None, "The tug"),
        ("11am The tug", 660, None, "The tug"),
        ("12:25 pm – The tug", 745, None, "The tug"),
        ("12:05 a.m. The tug", 5, None, "The tug"),
        ("12am The tug", 0, None, "The tug"),
        ("12pm The tug", 720, None, "The tug"),
        ("3:45 p.m. ET – The tug", 945, "America/New_York", "The tug"),
        ("8:00 p.m. EST: The tug", 1200, "America/New_York", "The tug"),
        ("10:12 GMT – The tug", 612, "UTC", "The tug"),
        ("1903 GMT – The tug", 1143, "UTC", "The tug"),
        ("19:02(IST) The tug", 1142, "Asia/Kolkata", "The tug"),
        ("10.25am BST 10:25 The tug", 625, "Europe/London", "The tug"),
        ("14:50 UTC (16:50 CEST) The tug", 890, "UTC", "The tug"),
        ("14.50 Uhr: The tug", 890, None, "The tug"),
        ("11 Uhr The tug", 660, None, "The tug"),
        ("14:50 Uhr MESZ – The tug", 890, "Europe/Berlin", "The tug"),
        ("9h05 - The tug", 545, None, "The tug"),
        ("9 h 05 : The tug", 545, None, "The tug"),
        ("15h The tug", 900, None, "The tug"),
        ("+++ 12:41 The tug", 761, None, "The tug"),
        ("[14:50] The tug", 890, None, "The tug"),
        ("• 14:50 | The tug", 890, None, "The tug"),
        ("Update 14:50 Uhr: The tug", 890, None, "The tug"),
        ("24:00 The tug", 0, None, "The tug"),
        ("14:50", 890, None, ""),
    ],
)
def test_every_spelling_is_read(text: str, minute: int, zone: str | None, rest: str) -> None:
    """Each spelling gives its minute of the day, its zone where it names one, and the rest."""
    lead = leading_clock(text)
    assert lead is not None
    assert (lead.clock.minute, lead.clock.zone, text[lead.end :]) == (minute, zone, rest)


@pytest.mark.parametrize(
    "text",
    [
        "7:00-8:00am – Breakfast",
        "10:45-11:00am- Break",
        "9:30 – 10 Uhr Begrüßung",
        "1:45 and 2:45 this morning",
        "2.50 million people",
        "3.45 percent",
        "08.01.2020 A day",
        "08.01.20 A day",
        "25:10 A score",
        "14:70 Nothing",
        "2020 was a year",
        "1903 brought a storm",
        "15h ago",
        "12.345 Tonnen",
        "14am The tug",
        "The tug came at 14:50",
        "",
    ],
)
def test_what_only_looks_like_a_clock_time_is_left_alone(text: str) -> None:
    """Ranges, decimals, dates, years, relative times and impossible times start no entry."""
    assert leading_clock(text) is None


@pytest.mark.parametrize(
    ("text", "title", "minute"),
    [
        ("Ferry sails again – 14:50", "Ferry sails again", 890),
        ("Ferry sails (14.50 Uhr)", "Ferry sails", 890),
        ("Ferry sails | 2:05 pm", "Ferry sails", 845),
    ],
)
def test_a_time_after_a_headline_is_read(text: str, title: str, minute: int) -> None:
    """The headline ends where the time begins."""
    lead = trailing_clock(text)
    assert lead is not None
    assert (text[: lead.start].strip(), lead.clock.minute) == (title, minute)


@pytest.mark.parametrize("text", ["The mayor speaks at 17:00", "Born in 1999", "No time at all"])
def test_a_headline_that_speaks_of_a_time_is_not_stamped_with_it(text: str) -> None:
    """The words "at 17:00" belong to the sentence."""
    assert trailing_clock(text) is None


def test_a_programme_line_is_told_from_an_entry() -> None:
    """A stretch of time is named as such; a point in time is not."""
    assert starts_with_range("8:00-9:00am – Opening")
    assert not starts_with_range("8:00 Opening")


@pytest.mark.parametrize(
    ("day", "minute", "zone", "expected"),
    [
        (date(2020, 7, 1), 945, "America/New_York", "2020-07-01T19:45+00:00"),
        (date(2020, 1, 8), 945, "America/New_York", "2020-01-08T20:45+00:00"),
        (date(2021, 7, 1), 600, "Europe/Berlin", "2021-07-01T08:00+00:00"),
        (date(2021, 1, 1), 600, "Europe/Berlin", "2021-01-01T09:00+00:00"),
        (date(2021, 7, 1), 600, "UTC", "2021-07-01T10:00+00:00"),
        # The clocks went from 02:00 to 03:00: 02:30 is what 03:30 showed.
        (date(2021, 3, 28), 150, "Europe/Berlin", "2021-03-28T01:30+00:00"),
        # They went back from 03:00 to 02:00: the first 02:30.
        (date(2021, 10, 31), 150, "Europe/Berlin", "2021-10-31T00:30+00:00"),
        (date(2021, 1, 1), 600, "Nowhere/Land", "2021-01-01T10:00+00:00"),
    ],
)
def test_the_offset_is_that_of_the_day(day: date, minute: int, zone: str, expected: str) -> None:
    """A zone's offset follows the date, also in the two odd nights of the year."""
    assert instant(day, minute, zone) == datetime.fromisoformat(expected)


def test_a_doubled_hour_has_a_second_passing() -> None:
    """02:30 came twice in the night the clocks went back, an hour apart, and not otherwise."""
    night = date(2021, 10, 31)
    first = instant(night, 150, "Europe/Berlin")
    assert instant(night, 150, "Europe/Berlin", second_pass=True) - first == timedelta(hours=1)
    assert happens_twice(night, 150, "Europe/Berlin")
    assert not happens_twice(date(2021, 3, 28), 150, "Europe/Berlin")
    assert not happens_twice(night, 300, "Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "country", "language", "zone"),
    [
        ("ET", "", "", "America/New_York"),
        ("MEZ", "", "", "Europe/Berlin"),
        ("BST", "uk", "en", "Europe/London"),
        ("IST", "", "en", "Asia/Kolkata"),
        ("IST", "ie", "en", "Europe/Dublin"),
        ("IST", "il", "en", "Asia/Jerusalem"),
        ("gmt", "", "", "UTC"),
        ("UTC+2", "", "", "Etc/GMT-2"),
        ("GMT-3", "", "", "Etc/GMT+3"),
        ("est", "fr", "fr", None),
        ("NATO", "", "", None),
    ],
)
def test_named_zones_are_what_readers_mean(
    name: str, country: str, language: str, zone: str | None
) -> None:
    """Names stand for the civil clock of a place; IST depends on where the page is from."""
    assert zone_of(name, country=country, language=language) == zone


_STYLES = (
    "{h:02d}:{m:02d}",
    "{h:02d}.{m:02d}",
    "{h}h{m:02d}",
    "{h:02d}:{m:02d} Uhr",
    "{h12}:{m:02d} {ap}.m.",
    "{h12}.{m:02d}{ap}m",
    "{h:02d}{m:02d} GMT",
    "{h:02d}:{m:02d} GMT",
)


@given(
    st.integers(0, 1439),
    st.sampled_from(_STYLES),
    st.sampled_from([" ", ": ", " – ", " — ", " - "]),
    st.text(alphabet="abc def", min_size=1, max_size=20).map(lambda words: "The " + words.strip()),
)
def test_a_written_time_reads_back(minute: int, style: str, gap: str, text: str) -> None:
    """Whatever the minute, the spelling and the separator: the same minute and the same text."""
    hour = minute // 60
    written = style.format(
        h=hour, m=minute % 60, h12=hour % 12 or 12, ap="p" if hour >= 12 else "a"
    )
    line = f"{written}{gap}{text}"
    lead = leading_clock(line)
    assert lead is not None
    assert (lead.clock.minute, line[lead.end :]) == (minute, text)


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    """Reading never raises, and never reaches beyond the text."""
    for lead in (leading_clock(text), trailing_clock(text)):
        assert lead is None or 0 <= lead.start <= lead.end <= len(text)


def test_instants_are_utc() -> None:
    """What comes out is aware and in UTC."""
    assert instant(date(2020, 1, 8), 0, "Asia/Tokyo").tzinfo is UTC
