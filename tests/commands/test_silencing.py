"""When a chat gets its alerts: mute, quiet hours, digests, importance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.state import Chat
from bot.store import silences
from bot.store.silences import Silence
from tests.support.chat import NOW, Room


async def choice(room: Room, chat: Chat) -> Silence:
    """What is stored of a chat."""
    destination = await room.destination(chat)
    assert destination is not None
    async with room.db.read() as connection:
        return await silences.get(connection, destination.id)


@pytest.mark.parametrize(
    ("command", "hours", "clock"),
    [("/mute", 1, "13:00"), ("/mute 2h", 2, "14:00"), ("/mute until 18:00", 6, "18:00")],
)
async def test_mute_tells_until_when(room: Room, command: str, hours: int, clock: str) -> None:
    """For an hour, for a while or until a time; what comes meanwhile is not lost."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, command)
    assert f"Muted until {clock}" in answer.text
    assert "arrives then as one message" in answer.text
    assert (await choice(room, chat)).muted_until == NOW + timedelta(hours=hours)


async def test_buttons_mute_and_unmute(room: Room) -> None:
    """Other lengths and the end of it are a tap away."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/mute")
    await room.press(reader, answer, "8 h")
    assert "20:00" in answer.text
    assert (await choice(room, chat)).muted_until == NOW + timedelta(hours=8)
    await room.press(reader, answer, "Unmute")
    assert (await choice(room, chat)).muted_until is None
    assert "I was not muted" in (await room.ask(reader, chat, "/unmute")).text


async def test_a_mute_ends_after_a_month_at_the_latest(room: Room) -> None:
    """Nobody is silent by mistake for years."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/mute 5000 days")
    assert (await choice(room, chat)).muted_until == NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("command", "answer", "field", "value"),
    [
        ("/quiet 22:00-07:00", "22:00 to 07:00", "quiet", "22:00-07:00"),
        ("/quiet 10pm – 7am", "22:00 to 07:00", "quiet", "22:00-07:00"),
        ("/digest hourly", "every full hour", "digest", "hourly"),
        ("/digest daily", "every day at 08:00", "digest", "daily 08:00"),
        ("/digest daily 18.30", "every day at 18:30", "digest", "daily 18:30"),
        ("/importance key", "Only key events", "importance", "key"),
        ("/timezone Europe/Paris", "Europe/Paris", "timezone", "Europe/Paris"),
        ("/timezone tokyo", "21:00", "timezone", "Asia/Tokyo"),
    ],
)
async def test_a_choice_is_kept_and_said(
    room: Room, command: str, answer: str, field: str, value: str
) -> None:
    """The answer tells what it means; asked without a word, the command tells it again."""
    reader, chat = room.person()
    assert answer in (await room.ask(reader, chat, command)).text
    assert getattr(await choice(room, chat), field) == value
    assert answer in (await room.ask(reader, chat, command.split()[0])).text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/mute soon", "“soon” is no length of time"),
        ("/quiet at night", "“at night” are no hours"),
        ("/quiet 22:00-22:00", "are no hours"),
        ("/quiet 25:00-07:00", "are no hours"),
        ("/digest weekly", "I do not understand “weekly”"),
        ("/digest daily 8:61", "I do not understand"),
        ("/importance some", "none of the choices"),
        ("/timezone Middle Earth", "I know no time zone"),
        ("/timezone Berlim", "Europe/Berlin"),
    ],
)
async def test_what_is_no_choice_is_answered_with_what_is(
    room: Room, command: str, answer: str
) -> None:
    """The wrong words are named, with the right ones; nothing is stored."""
    reader, chat = room.person()
    assert answer in (await room.ask(reader, chat, command)).text
    assert await room.destination(chat) is None


async def test_key_events_may_break_quiet_hours(room: Room) -> None:
    """Only where the chat chose so."""
    reader, chat = room.person()
    said = await room.ask(reader, chat, "/quiet 22-7")
    assert "Key events wait, too" in said.text
    assert (
        "Key events arrive all the same" in (await room.ask(reader, chat, "/quiet break on")).text
    )
    assert (await choice(room, chat)).breaks
    await room.ask(reader, chat, "/quiet off")
    found = await choice(room, chat)
    assert (found.quiet, found.breaks) == ("", True)


async def test_only_admins_of_a_group_may(room: Room) -> None:
    """Others are told so; nothing changes."""
    owner, member = room.world.add_user("Owner"), room.world.add_user("Member")
    group = room.world.add_group("Group", admins=[owner], members=[member])
    assert "Only the admins" in (await room.ask(member, group, "/mute")).text
    assert "Muted until" in (await room.ask(owner, group, "/mute")).text
