"""How long entries took."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import latencies
from bot.store.engine import Database
from bot.store.latencies import bucket_of, percentiles, seconds_of
from tests.support.store import add_entries, add_source


@given(st.floats(0.002, 1e6))
def test_a_bucket_tells_a_duration_to_a_tenth(seconds: float) -> None:
    """Its middle is never more than ten percent away."""
    assert seconds_of(bucket_of(seconds)) == pytest.approx(seconds, rel=0.1)


@given(st.lists(st.floats(0.01, 1e5), min_size=1, max_size=200))
def test_percentiles_are_those_of_the_durations(times: list[float]) -> None:
    """To within a bucket, and never falling."""
    buckets: dict[int, int] = {}
    for seconds in times:
        buckets[bucket_of(seconds)] = buckets.get(bucket_of(seconds), 0) + 1
    found = percentiles(buckets, [0.01, 0.5, 0.95, 1.0])
    assert found == sorted(found)
    assert found[-1] == pytest.approx(max(times), rel=0.1)
    middle = sorted(times)[(len(times) + 1) // 2 - 1]
    assert found[1] == pytest.approx(middle, rel=0.1)


def test_nothing_has_no_percentiles() -> None:
    """There is no number to invent."""
    with pytest.raises(ValueError, match="nothing"):
        percentiles({}, [0.5])


async def test_counts_add_up_over_commits(db: Database) -> None:
    """Several processes, one histogram an entry."""
    one, two = await add_entries(db, await add_source(db), ["One", "Two"])
    for _ in range(2):
        async with db.write() as connection:
            await latencies.add(connection, [(one, 0.5), (one, 0.5), (two, 90.0)])
    async with db.read() as connection:
        assert await latencies.of_entry(connection, one) == {bucket_of(0.5): 4}
        assert await latencies.of_entry(connection, two) == {bucket_of(90): 2}
