"""Days and instants of clock times in a row."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.sources.clock import ClockTime
from bot.sources.dates import DayMark
from bot.sources.dayanchor import Anchors
from bot.sources.timeline import Heading, Tick, is_newest_first, place

LATER = datetime(2026, 1, 1, tzinfo=UTC)


def ticks(*times: str) -> list[Tick]:
    """Ticks from "14:50" or "14:50 Asia/Tokyo"."""
    made = []
    for written in times:
        clock, _, zone = written.partition(" ")
        hour, minute = clock.split(":")
        made.append(Tick(ClockTime(int(hour) * 60 + int(minute), zone or None, "24:")))
    return made


def placed(
    *times: str,
    headings: tuple[Heading, ...] = (),
    zone: str = "UTC",
    anchors: Anchors = Anchors(LATER, shown=date(2020, 1, 8)),  # noqa: B008  # frozen
) -> list[str]:
    """The instants as "01-08 14:50" in UTC."""
    line = place(ticks(*times), headings, zone, anchors)
    return [moment.strftime("%m-%d %H:%M") for moment in line.instants]


def test_midnight_is_crossed_backwards() -> None:
    """Newest first: a rise of more than twelve hours is the evening before."""
    assert placed("00:20", "00:04", "23:46", "23:45", "12:00") == [
        "01-08 00:20", "01-08 00:04", "01-07 23:46", "01-07 23:45", "01-07 12:00",
    ]  # fmt: skip


def test_midnight_is_crossed_forwards() -> None:
    """Oldest first: a fall of more than twelve hours is the next morning."""
    assert placed("22:10", "23:50", "00:15", "02:05") == [
        "01-08 22:10", "01-08 23:50", "01-09 00:15", "01-09 02:05",
    ]  # fmt: skip


def test_a_quiet_day_crosses_nothing() -> None:
    """A long pause in the order of the page stays within the day."""
    assert placed("23:50", "23:40", "09:00", "08:50") == [
        "01-08 23:50", "01-08 23:40", "01-08 09:00", "01-08 08:50",
    ]  # fmt: skip


def test_slight_disorder_crosses_nothing() -> None:
    """7:07, 7:05, 7:07 are one morning; so are 23:58, 00:01 and 23:57 one midnight."""
    assert placed("07:18", "07:07", "07:05", "07:07", "07:03") == [
        "01-08 07:18", "01-08 07:07", "01-08 07:05", "01-08 07:07", "01-08 07:03",
    ]  # fmt: skip
    assert placed("00:09", "00:03", "23:58", "00:01", "23:55") == [
        "01-08 00:09", "01-08 00:03", "01-07 23:58", "01-08 00:01", "01-07 23:55",
    ]  # fmt: skip


def test_an_entry_of_yesterday_pinned_on_top() -> None:
    """What is pinned above the entries of the small hours is of the evening before."""
    assert placed("23:40", "00:09", "00:03", "23:58") == [
        "01-07 23:40", "01-08 00:09", "01-08 00:03", "01-07 23:58",
    ]  # fmt: skip
    assert placed("00:09", "23:31", "00:08", "00:03") == [
        "01-08 00:09", "01-07 23:31", "01-08 00:08", "01-08 00:03",
    ]  # fmt: skip


def test_day_headings_before_their_entries() -> None:
    """Each heading dates what follows it, also where the clock alone would cross nothing."""
    headings = (Heading(0, DayMark(1, 8)), Heading(2, DayMark(1, 7)))
    assert placed("10:00", "09:00", "08:50", "08:40", headings=headings) == [
        "01-08 10:00", "01-08 09:00", "01-07 08:50", "01-07 08:40",
    ]  # fmt: skip


def test_day_headings_after_their_entries() -> None:
    """A heading below the last entry shows that headings close their day."""
    headings = (Heading(2, DayMark(7, 9)), Heading(4, DayMark(7, 10)))
    anchors = Anchors(LATER, shown=date(2021, 7, 9))
    assert placed("09:10", "22:30", "09:05", "21:30", headings=headings, anchors=anchors) == [
        "07-09 09:10",
        "07-09 22:30",
        "07-10 09:05",
        "07-10 21:30",
    ]


def test_a_page_that_outlived_its_day() -> None:
    """Entries after midnight under yesterday's date go on where the last poll left the page."""
    anchors = Anchors(
        datetime(2020, 1, 9, 0, 45, tzinfo=UTC),
        shown=date(2020, 1, 8),
        newest=datetime(2020, 1, 9, 0, 31, tzinfo=UTC),
    )
    assert placed("00:40", "00:31", anchors=anchors) == ["01-09 00:40", "01-09 00:31"]
    assert placed("00:40", "00:35", anchors=anchors) == ["01-09 00:40", "01-09 00:35"]
    before = replace(anchors, newest=datetime(2020, 1, 8, 23, 58, tzinfo=UTC))
    assert placed("00:40", "00:35", anchors=before) == ["01-09 00:40", "01-09 00:35"]
    unknown = replace(anchors, newest=None)
    assert placed("00:40", "00:31", anchors=unknown) == ["01-08 00:40", "01-08 00:31"]


def test_a_weekday_is_enough() -> None:
    """A heading "DAY TWO – TUESDAY" after an undated Monday is the day after it."""
    headings = (Heading(2, DayMark(weekday=1)),)
    anchors = Anchors(LATER, shown=date(2012, 11, 5))
    assert placed("11:05", "16:45", "10:35", "14:10", headings=headings, anchors=anchors) == [
        "11-05 11:05", "11-05 16:45", "11-06 10:35", "11-06 14:10",
    ]  # fmt: skip


def test_the_publication_decides_which_night_it_was() -> None:
    """A page begun before midnight and changed after it has entries of both days."""
    anchors = Anchors(
        LATER,
        published=datetime(2020, 1, 8, 22, 30, tzinfo=UTC),
        modified=datetime(2020, 1, 9, 1, 25, tzinfo=UTC),
        shown=date(2020, 1, 8),
    )
    assert placed("01:20", "00:20", "23:55", anchors=anchors) == [
        "01-09 01:20", "01-09 00:20", "01-08 23:55",
    ]  # fmt: skip
    assert placed("01:20", "00:20", anchors=anchors) == ["01-09 01:20", "01-09 00:20"]


def test_a_late_correction_moves_nothing() -> None:
    """A page changed days later still has its entries on the day it was published."""
    anchors = Anchors(
        LATER,
        published=datetime(2020, 1, 8, 5, 0, tzinfo=UTC),
        modified=datetime(2020, 1, 13, 9, 0, tzinfo=UTC),
    )
    assert placed("21:05", "09:20", "05:07", anchors=anchors)[0] == "01-08 21:05"


def test_a_page_still_written_past_midnight_of_its_date() -> None:
    """Dated January 8, read at 00:30 on the 9th: 00:20 is ten minutes ago, not a day."""
    anchors = Anchors(datetime(2020, 1, 9, 0, 30, tzinfo=UTC), shown=date(2020, 1, 8))
    assert placed("00:20", "23:59", "12:00", anchors=anchors) == [
        "01-09 00:20", "01-08 23:59", "01-08 12:00",
    ]  # fmt: skip


def test_without_a_date_the_newest_entry_is_the_latest_possible() -> None:
    """Nothing lies in the future of the fetch; the page is said to be unanchored."""
    anchors = Anchors(datetime(2024, 5, 5, 0, 20, tzinfo=UTC))
    line = place(ticks("00:10", "23:40"), (), "UTC", anchors)
    assert [m.isoformat() for m in line.instants] == [
        "2024-05-05T00:10:00+00:00", "2024-05-04T23:40:00+00:00",
    ]  # fmt: skip
    assert not line.anchored
    assert placed("14:10", anchors=anchors) == ["05-04 14:10"]


def test_without_a_date_the_last_poll_holds_the_days() -> None:
    """A page without dates that stood still for two days keeps its days."""
    anchors = Anchors(
        datetime(2024, 5, 7, 16, 0, tzinfo=UTC), newest=datetime(2024, 5, 5, 14, 10, tzinfo=UTC)
    )
    assert placed("14:10", "13:40", anchors=anchors) == ["05-05 14:10", "05-05 13:40"]


def test_entries_with_zones_of_their_own() -> None:
    """Each time is read by its own zone, also where that is another day there."""
    assert placed("22:10", "22:05 America/New_York", "03:00 UTC", zone="America/New_York") == [
        "01-09 03:10",
        "01-09 03:05",
        "01-09 03:00",
    ]


def test_the_hour_that_comes_twice() -> None:
    """In the night the clocks go back, 02:10 after 02:40 is the second 02:10."""
    anchors = Anchors(LATER, shown=date(2020, 10, 25))
    assert placed("01:50", "02:40", "02:10", "03:05", zone="Europe/Berlin", anchors=anchors) == [
        "10-24 23:50", "10-25 00:40", "10-25 01:10", "10-25 02:05",
    ]  # fmt: skip


def test_order_without_entries_or_with_one() -> None:
    """Nothing to go by: newest first."""
    assert is_newest_first([])
    assert is_newest_first([600])
    assert not is_newest_first([600, 610])
    assert place([], (), "UTC", Anchors(LATER)).instants == ()


@given(
    st.lists(st.integers(1, 11 * 60), min_size=3, max_size=40),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
    st.booleans(),
)
def test_a_chronicle_reads_back(
    steps: list[int], start: int, zone: str, newest_first: bool
) -> None:
    """Any chronicle without half-day pauses comes back exactly from its bare clock times."""
    if sum(step < 8 * 60 for step in steps) * 2 <= len(steps):
        steps = [min(step, 300) for step in steps]
    first = datetime(2021, 6, 1, tzinfo=UTC) + timedelta(minutes=start)
    moments = [first]
    for step in steps:
        moments.append(moments[-1] + timedelta(minutes=step))
    if newest_first:
        moments.reverse()
    from zoneinfo import ZoneInfo

    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    shown = (max if newest_first else min)(local).date()
    line = place(
        [Tick(ClockTime(m.hour * 60 + m.minute, None, "24:")) for m in local],
        (),
        zone,
        Anchors(LATER, shown=shown),
    )
    assert line.newest_first is newest_first
    assert list(line.instants) == moments
