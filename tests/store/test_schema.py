"""Instants and the tables themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.model import ChatKind
from bot.store.columns import Instant, from_micros, to_micros
from bot.store.engine import Database
from bot.store.schema import chats

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - as above
    timezones=ZONES,
)


@given(INSTANTS)
def test_instants_survive(instant: datetime) -> None:
    """Every aware instant, in any zone, comes back the same to the microsecond, in UTC."""
    back = from_micros(to_micros(instant))
    assert back == instant
    assert back.tzinfo is UTC


@given(INSTANTS, INSTANTS)
def test_instants_keep_their_order(one: datetime, other: datetime) -> None:
    """What is earlier is a smaller number, so that the database may compare."""
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_naive_refused() -> None:
    """A time without a zone is refused, with itself in the message."""
    with pytest.raises(ValueError, match=r"without a zone.*2024"):
        to_micros(datetime(2024, 3, 5, 12, 0))  # noqa: DTZ001 - the point of the test


async def test_instant_in_the_database(db: Database) -> None:
    """A column of instants stores, compares and returns them, NULL included."""
    instant = datetime(2024, 3, 5, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5)))
    async with db.write() as connection:
        await connection.execute(
            chats.insert().values(
                telegram_id=1, kind=ChatKind.PRIVATE, title="", language="en", met_at=instant
            )
        )
        found = await connection.scalar(
            sa.select(chats.c.met_at).where(
                chats.c.met_at == instant, chats.c.met_at < instant + timedelta(microseconds=1)
            )
        )
        nothing = await connection.scalar(sa.select(sa.cast(sa.null(), Instant)))
    assert found == instant
    assert found is not None
    assert found.tzinfo is UTC
    assert nothing is None
