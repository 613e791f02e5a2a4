"""What stands behind a command, read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.arguments import (
    MAX_COUNT,
    Addition,
    Problem,
    Wanted,
    addressee_of,
    after_command,
    command_of,
    read_addition,
    read_id,
    read_latest,
    read_payload,
)
from bot.model import Follow

NAMES = {"weather", "road works", "5g", "2026 election", "city council"}


def is_name(text: str) -> bool:
    """Stands for the directory of topics."""
    return text.lower() in NAMES


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Wanted(5)),
        ("7", Wanted(7)),
        ("1", Wanted(1)),
        ("20", Wanted(20)),
        ("21", Wanted(20, capped=True)),
        ("+3", Wanted(3)),
        ("٣", Wanted(3)),  # Arabic-Indic
        ("３", Wanted(3)),  # full width
        ("9" * 5000, Wanted(20, capped=True)),
        ("weather", Wanted(5, "weather")),
        ("3 weather", Wanted(3, "weather")),
        ("weather 3", Wanted(3, "weather")),
        ("road works 4", Wanted(4, "road works")),
        ("4 road works", Wanted(4, "road works")),
        ("30 weather", Wanted(20, "weather", capped=True)),
        ("5g", Wanted(5, "5g")),
        ("5g 2", Wanted(2, "5g")),
        ("2026 election", Wanted(5, "2026 election")),
        ("2026 election 3", Wanted(3, "2026 election")),
        ("abc", Wanted(5, "abc")),
        ("0", Wanted(problem=Problem.NOT_POSITIVE, given="0")),
        ("-3", Wanted(problem=Problem.NOT_POSITIVE, given="-3")),
        ("–3", Wanted(problem=Problem.NOT_POSITIVE, given="–3")),  # a phone's "minus"
        ("-" + "9" * 5000, Wanted(problem=Problem.NOT_POSITIVE, given="-" + "9" * 5000)),
        ("0 weather", Wanted(name="weather", problem=Problem.NOT_POSITIVE, given="0")),
        ("10**9", Wanted(problem=Problem.NOT_A_NUMBER, given="10**9")),
        ("3.5", Wanted(problem=Problem.NOT_A_NUMBER, given="3.5")),
        ("1e9", Wanted(problem=Problem.NOT_A_NUMBER, given="1e9")),
        ("½", Wanted(problem=Problem.NOT_A_NUMBER, given="½")),
        ("²", Wanted(problem=Problem.NOT_A_NUMBER, given="²")),
        ("0x10 weather", Wanted(name="weather", problem=Problem.NOT_A_NUMBER, given="0x10")),
        ("weather 3.5", Wanted(name="weather", problem=Problem.NOT_A_NUMBER, given="3.5")),
    ],
)
def test_latest_reads_number_and_name_in_either_order(text: str, wanted: Wanted) -> None:
    """Each way to write it has one meaning, and each unusable number is named."""
    assert read_latest(text, is_name) == wanted


@given(st.text())
def test_latest_reads_anything(text: str) -> None:
    """No text makes it fail, and the count can always be used."""
    wanted = read_latest(text, is_name)
    assert 1 <= wanted.count <= MAX_COUNT


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("/latest", ""),
        ("/latest 5", "5"),
        ("/latest@bot  5 weather ", "5 weather"),
        ("/topic\nweather\nharbour", "weather\nharbour"),
        ("", ""),
    ],
)
def test_what_stands_behind_a_command(text: str, rest: str) -> None:
    """The command and the bot's name are taken off, line breaks stay."""
    assert after_command(text) == rest


@pytest.mark.parametrize(
    ("text", "name", "bot"),
    [
        ("/Latest 5", "latest", ""),
        ("/start@Relay_Bot topic_x", "start", "relay_bot"),
        ("/", "", ""),
        ("  ", "", ""),
    ],
)
def test_a_command_and_whom_it_is_for(text: str, name: str, bot: str) -> None:
    """Case does not count, in the command nor in the bot's name."""
    assert (command_of(text), addressee_of(text)) == (name, bot)


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ("topic_weather", (Follow.TOPIC, "weather")),
        ("topic_Road-Works", (Follow.TOPIC, "road-works")),
        ("source_12", (Follow.SOURCE, "12")),
        ("source_x", None),
        ("source_" + "9" * 40, None),
        ("topic_", None),
        ("topic_<b>", None),
        ("weather", None),
        ("", None),
    ],
)
def test_deep_links(payload: str, target: tuple[Follow, str] | None) -> None:
    """A deep link names a topic by slug or a source by id, anything else names nothing."""
    assert read_payload(payload) == target


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("#3", 3), (" #12 ", 12), ("-3", None), ("3a", None), ("", None), ("9" * 30, None)],
)
def test_ids(text: str, number: int | None) -> None:
    """An id is digits with or without a number sign, never too long for the database."""
    assert read_id(text) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Addition()),
        ("  https://a.example/x?title=1 ", Addition("https://a.example/x?title=1")),
        ("https://a.example/ Bay News", Addition("https://a.example/", "Bay News")),
        (
            "u Bay entry=ul#list > li title=h2 , h3",
            Addition("u", "Bay", selectors=("entry=ul#list > li", "title=h2 , h3")),
        ),
        ("u ENTRY=a[href='x'] Name=Bay", Addition("u", "Bay", selectors=("entry=a[href='x']",))),
        ("u\nentry = “a b”\ntime=`i`", Addition("u", "", selectors=("entry=a b", "time=i"))),
        ('u entry=a[x="y"]', Addition("u", "", selectors=('entry=a[x="y"]',))),
        (
            "u entry=//a[@b='c' and @id='d']",
            Addition("u", "", selectors=("entry=//a[@b='c' and @id='d']",)),
        ),
        ("u --select entry=a –select=time=i", Addition("u", "", selectors=("entry=a", "time=i"))),
        ("u A + B = C", Addition("u", "A + B = C")),
        ("u entries=a headline=b", Addition("u", "", selectors=("entries=a", "headline=b"))),
        ("u Bay zone=Europe/Berlin", Addition("u", "Bay", "Europe/Berlin")),
        ("u Bay --follow", Addition("u", "Bay", follow=True)),
        ("u —follow Bay pattern=/live/*", Addition("u", "Bay", follow=True, pattern="/live/*")),
        ("u To follow", Addition("u", "To follow")),
        ("u timezone=UTC entry=a", Addition("u", "", "UTC", ("entry=a",))),
        ("u entry=", Addition("u", "", selectors=("entry=",))),
    ],
)
def test_read_addition(text: str, expected: Addition) -> None:
    """An address, a name of several words, and selectors with spaces and quotes of any kind."""
    assert read_addition(text) == expected


@given(st.text(max_size=200))
def test_read_addition_takes_anything(text: str) -> None:
    """Whatever is written is read, and nothing of it is an address but the first word."""
    assert read_addition(text).url == (text.split() or [""])[0]
