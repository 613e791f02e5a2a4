"""The button under an alert names all that a merged message shows, as far as there is room."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.look import Look
from bot.delivery.menu import menu_button, others_code, read_others

IDS = st.lists(st.integers(1, 3_000), min_size=1, max_size=60).map(lambda gaps: [*accumulate(gaps)])


@given(IDS)
def test_all_or_none_of_the_others_come_back(ids: list[int]) -> None:
    """Within Telegram's 64 bytes; half of them would be worse than the first alone."""
    first, *others = ids
    button = menu_button(ids, Look.of())
    assert len(button.data.encode()) <= 64
    assert read_others(first, button.data.partition("+")[2]) in ((), tuple(others))


def test_a_digest_of_neighbours_fits() -> None:
    """As many entries as one holds, near to each other, after years of entries."""
    ids = list(range(3_000_000, 3_000_000 + 40 * 30, 30))
    assert read_others(ids[0], others_code(ids[0], ids[1:])) == tuple(ids[1:])


def test_the_widest_press_has_room() -> None:
    """The code leaves room for the longest action and number that stand before it."""
    first = 10**17
    code = others_code(first, [first + 1 + n for n in range(37)])
    assert code
    assert len(f"xx:{first}:9999+{code}".encode()) == 64
    assert not others_code(first, [first + 1 + n for n in range(38)])


@given(st.integers(0, 10**18), st.text("Az9-_", max_size=60))
def test_forged_codes_are_harmless(first: int, code: str) -> None:
    """They tell ids that may exist, in rising order, or none."""
    found = read_others(first, code)
    assert list(found) == sorted({*found})
    assert all(first < entry_id < 10**18 for entry_id in found)
