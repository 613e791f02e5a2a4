"""Points in time in every spelling that machines use."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.instants import read_instant

SPELLINGS = [
    "2024-03-05T11:30:00Z",
    "2024-03-05T11:30:00.000Z",
    "2024-03-05T12:30:00+01:00",
    "2024-03-05T12:30:00+0100",
    "2024-03-05T12:30+01",
    "2024-03-05 11:30:00 UTC",
    "2024-03-05 06:30 ET",
    "20240305T113000Z",
    "Tue, 05 Mar 2024 11:30:00 GMT",
    "Tue, 5 Mar 24 12:30:00 +0100",
    "Ter, 05 Mar 2024 08:30:00 -0300",
    "Di, 5. März 2024 12:30:00 +0100",
    "5 de março de 2024 08:30 BRT",
    "March 5, 2024 6:30 AM ET",
    "Tuesday, March 5th, 2024 at 11:30 UTC",
    "1709638200",
    1709638200,
    1709638200.0,
    "1709638200000",
    1709638200000,
    1709638200000000,
]


@pytest.mark.parametrize("value", SPELLINGS)
def test_spellings(value: object) -> None:
    """Each spelling of one instant is read as that instant, and needs no assumed zone."""
    found = read_instant(value)
    assert found is not None
    assert (found.at, found.naive) == (datetime(2024, 3, 5, 11, 30, tzinfo=UTC), False)


def test_naive() -> None:
    """Without a zone the given one is assumed, and that is told."""
    found = read_instant("2024-07-05T11:30:00", "Europe/Berlin")
    assert found is not None
    assert (found.at, found.naive) == (datetime(2024, 7, 5, 9, 30, tzinfo=UTC), True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2024-03-05",
        "noon",
        "2024-02-30T10:00Z",
        "9999-12-31T23:59:59-12:00",
        True,
        None,
        -5,
        [],
    ],
)
def test_no_instant(value: object) -> None:
    """Mere dates, impossible times and other things are no instant."""
    assert read_instant(value) is None


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_anything(value: object) -> None:
    """Nothing makes it raise."""
    read_instant(value)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1)))  # noqa: DTZ001 bounds are naive
def test_round_trip(moment: datetime) -> None:
    """What Python writes as ISO 8601 is read as the same instant."""
    found = read_instant(moment.isoformat())
    assert found is not None
    assert found.at == moment
