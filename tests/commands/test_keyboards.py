"""Buttons and what comes back from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.keyboards import PAGE_SIZE, Action, Pressed, decode, encode, pattern, picker
from bot.commands.targets import Named
from bot.model import Follow

PRESSED = st.builds(
    Pressed,
    st.sampled_from(Action),
    st.integers(0, 10**18 - 1),
    st.integers(0, 9999),
    st.just("") | st.text("Az09-_", max_size=36),
)


@given(PRESSED)
def test_data_comes_back_as_it_went(pressed: Pressed) -> None:
    """What a button carries is read back the same, within Telegram's 64 bytes."""
    data = encode(pressed)
    assert decode(data) == pressed
    assert 1 <= len(data.encode()) <= 64
    assert pattern([pressed.action]).match(data)


@given(st.text(max_size=80))
def test_foreign_data_is_nothing(data: str) -> None:
    """Data that no button of ours carries is never taken for a press, and never fails."""
    found = decode(data)
    assert found is None or encode(found) == data or int(data.split(":")[1]) == found.number


@pytest.mark.parametrize(
    "data",
    [
        "",
        "t",
        "t:1",
        "t:-1:0",
        "t:1:0:0",
        "zz:1:0",
        "t:1:0\n",
        "t:١:0",
        "t:" + "9" * 19 + ":0",
        "t:1:0+",
    ],
)
def test_forged_data_is_nothing(data: str) -> None:
    """Half, foreign, too large or otherwise forged data is refused."""
    assert decode(data) is None
    assert decode(None) is None
    assert pattern(Action).match(data) is None


def choices(count: int) -> list[Named]:
    """So many topics."""
    return [Named((Follow.TOPIC, n), f"Topic {n}", (f"t{n}",)) for n in range(1, count + 1)]


@given(st.integers(1, 300), st.integers(0, 9999))
def test_every_choice_is_on_exactly_one_page(count: int, asked: int) -> None:
    """Pages hold every choice once, never more than Telegram shows, whatever page is asked for."""
    pages = -(-count // PAGE_SIZE)
    seen: list[int] = []
    for page in range(pages):
        markup = picker(choices(count), frozenset(), page, str)
        for row in markup.inline_keyboard:
            for button in row:
                pressed = decode(str(button.callback_data))
                assert pressed is not None
                if pressed.action is Action.TOPIC:
                    seen.append(pressed.number)
    assert seen == list(range(1, count + 1))
    last = picker(choices(count), frozenset(), asked, str)
    assert 0 < sum(map(len, last.inline_keyboard)) <= 100


def test_labels_are_short_and_harmless() -> None:
    """A name of 10,000 characters with direction overrides makes a short, plain button."""
    named = Named((Follow.SOURCE, 1), "\u202e<b>evil</b>\n" + "x" * 10_000, ())
    [[button]] = picker([named], {(Follow.SOURCE, 1)}, 0, str).inline_keyboard
    assert button.text.startswith("✅ <b>evil</b>")
    assert len(button.text) <= 32
    assert "\u202e" not in button.text
