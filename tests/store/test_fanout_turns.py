"""Whose turn it is to be planned, and how far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.fanout_turns import CORRECTING, OLDEST, TOGETHER, Open, Turn, choose

EVERYBODY = range(1, 31)


def new(number: int, cursor: int = 0, *, key: bool = False) -> Open:
    """A fan-out of a new entry with the same number."""
    return Open(number, entry_id=number, new=True, key=key, cursor=cursor)


def correction(number: int, of: int, *, key: bool = False) -> Open:
    """A fan-out of a correction."""
    return Open(number, entry_id=of, new=False, key=key, cursor=0)


BEHIND = 1


@pytest.mark.parametrize(
    ("waiting", "number", "expected"),
    [
        pytest.param([], 0, None, id="nothing is open"),
        pytest.param([new(1), new(2)], OLDEST, Turn((1, 2)), id="one poll"),
        pytest.param([new(1, 50), new(2)], OLDEST, Turn((1,)), id="the oldest"),
        pytest.param([new(1, 50), new(2)], BEHIND, Turn((2,), limit=50), id="behind it"),
        pytest.param([new(1, 50), new(2, 50)], BEHIND, Turn((1, 2)), id="it has caught up"),
        pytest.param(
            [new(1, 90), new(2, 50), new(3)], BEHIND, Turn((3,), limit=50), id="the nearest limits"
        ),
        pytest.param(
            [new(1, 90), new(2, 50), new(3, 90)], OLDEST, Turn((1,)), id="not past the one between"
        ),
        pytest.param([new(1), correction(2, 9)], OLDEST, Turn((1,)), id="news first"),
        pytest.param([new(1), correction(2, 9)], CORRECTING, Turn((2,)), id="then a correction"),
        pytest.param([new(1), correction(2, 1)], CORRECTING, Turn((1,)), id="after its entry"),
        pytest.param([correction(2, 9), correction(3, 9)], OLDEST, Turn((2,)), id="one by one"),
        pytest.param(
            [new(1, 50), new(2, 0, key=True)], OLDEST, Turn((2,), limit=50), id="a key event"
        ),
        pytest.param(
            [new(1), new(2), new(3, key=True)], CORRECTING, Turn((1, 2, 3)), id="with its blog"
        ),
        pytest.param(
            [new(1), correction(2, 9, key=True)], OLDEST, Turn((2,)), id="taken back by an admin"
        ),
        pytest.param(
            [new(1, 7), correction(2, 1, key=True)], OLDEST, Turn((1,)), id="while it is planned"
        ),
        pytest.param(
            [new(n) for n in range(TOGETHER + 1)],
            OLDEST,
            Turn(tuple(range(TOGETHER)), crowded=True),
            id="too many",
        ),
    ],
)
def test_choice(waiting: list[Open], number: int, expected: Turn | None) -> None:
    """Who comes next, and how far it may go."""
    assert choose(waiting, number) == expected


@dataclass
class Planning:
    """Fan-outs and what was planned of them, as the store does it with chunks of some size."""

    size: int
    open: list[Open] = field(default_factory=list)
    audiences: dict[int, frozenset[int]] = field(default_factory=dict)
    got: dict[int, list[int]] = field(default_factory=dict)  # destination -> entries, as they came

    def publish(self, audience: frozenset[int], *, key: bool) -> None:
        """A new entry; every other one is of one of two live blogs."""
        number = len(self.audiences) + 1
        self.audiences[number] = audience
        self.open.append(new(number, key=key))

    def waiting(self) -> list[Open]:
        """As the store gives them: with a key event, only those of its live blog."""
        urgent = next((each for each in self.open if each.key), None)
        blog = None if urgent is None else urgent.id % 2
        return [each for each in self.open if blog is None or each.id % 2 == blog]

    def plan(self, number: int) -> bool:
        """One chunk; whether anything was open."""
        turn = choose(self.waiting(), number)
        if turn is None:
            return False
        chosen = [each for each in self.open if each.id in turn.ids]
        assert len({each.cursor for each in chosen}) == 1
        after = chosen[0].cursor
        left = {c.id: sorted(n for n in self.audiences[c.id] if n > after) for c in chosen}
        ends = [few[self.size - 1] for few in left.values() if len(few) > self.size]
        end = min([*ends, *(() if turn.limit is None else (turn.limit,))], default=None)
        assert end is None or end > after  # it goes on
        for each in chosen:
            now = [n for n in left[each.id] if end is None or n <= end]
            for destination in now:
                self.got.setdefault(destination, []).append(each.entry_id)
            self.open.remove(each)
            if len(now) < len(left[each.id]):
                assert end is not None
                first = left[each.id][0]
                far = first > end + (end - after)
                self.open.append(replace(each, cursor=first - 1 if far else end))
        self.open.sort(key=lambda each: each.id)
        return True


arrivals = st.lists(
    st.tuples(
        st.integers(0, 4),  # chunks until the next one is published
        st.frozensets(st.sampled_from(EVERYBODY)),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
)


@given(arrivals=arrivals, size=st.integers(1, 12), first=st.integers(0, 3))
def test_order_and_end(
    arrivals: list[tuple[int, frozenset[int], bool]], size: int, first: int
) -> None:
    """Each gets what it follows, once, a live blog's in order; planning ends, whatever comes."""
    planning = Planning(size)
    number = first
    for chunks, audience, key in arrivals:
        planning.publish(audience, key=key)
        for _ in range(chunks):
            planning.plan(number)
            number += 1
    for _ in range(2_000):
        if not planning.plan(number):
            break
        number += 1
    assert planning.open == []
    for destination in EVERYBODY:
        got = planning.got.get(destination, [])
        for blog in (0, 1):
            of_blog = [entry for entry in got if entry % 2 == blog]
            assert of_blog == [
                entry
                for entry, audience in planning.audiences.items()
                if entry % 2 == blog and destination in audience
            ]
