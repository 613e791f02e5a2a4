"""An admin pastes an address, sees what would be relayed, and confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import BadUrlError, NoLiveBlogError, UnreachableError
from bot.intake.preview import newest
from bot.model import Media, SourceState
from bot.sandbox.markup import utf16_length
from bot.sandbox.state import Message
from tests.support.chat import (
    SECOND_OPERATOR_ID,
    Room,
    entry,
    open_room,
    page,
)

URL = "https://news.example/live"
ENTRIES = tuple(entry(f"Wave {number}", minutes=number) for number in range(5))


async def previewed(room: Room, text: str = URL) -> list[Message]:
    """What an admin sees after pasting an address."""
    operator, desk = room.operator()
    return await room.say(operator, desk, f"/addsource {text}")


async def test_the_preview_shows_what_was_seen_and_the_newest_three(room: Room) -> None:
    """Format and reason, warnings, and three entries as alerts, the newest last."""
    room.pages[URL] = page(*ENTRIES, timezone="Europe/Berlin", warnings=("times without a zone",))
    *entries, summary = await previewed(room)
    assert [
        next(title for title in ("Wave 0", "Wave 1", "Wave 2") if title in each.text)
        for each in entries
    ] == ["Wave 2", "Wave 1", "Wave 0"]
    assert "says the harbour master." in entries[0].text
    for part in (
        "Storm over the harbour",
        "Read as schemaorg: the page holds a LiveBlogPosting",
        "Entries on the page: 5",
        "Europe/Berlin",
        "⚠️ times without a zone",
    ):
        assert part in summary.text
    assert summary.button_texts[:2] == ["✅ Watch it", "Cancel"]
    source = await room.source(1)
    assert source.state is SourceState.PROPOSED
    assert room.woken == []


async def test_confirming_starts_the_watch(room: Room) -> None:
    """The source becomes active and due at once, and the buttons are gone."""
    room.pages[URL] = page(*ENTRIES)
    summary = (await previewed(room))[-1]
    operator, _desk = room.operator()
    notice = await room.press(operator, summary, "✅ Watch it")
    assert "Watching" in notice["text"]
    assert "Watching Storm over the harbour" in summary.text
    assert summary.buttons == []
    source = await room.source(1)
    assert source.state is SourceState.ACTIVE
    assert not source.primed
    assert source.url == URL
    assert source.interval == 7.0
    assert source.added_by == operator.id
    assert len(room.woken) == 1


async def test_the_admins_own_name_is_taken(room: Room) -> None:
    """Words after the address are the source's name, on one line, not endless."""
    room.pages[URL] = page(*ENTRIES)
    await previewed(room, f"{URL}   Harbour\u202e Watch {'x' * 500}")
    name = (await room.source(1)).name
    assert name.startswith("Harbour Watch x")
    assert len(name) <= 60
    assert "\u202e" not in name


CLOCKS = """<html><head><title>Storm, live</title></head><body><h1>Storm, live</h1>
<p>March 5, 2024</p><p><b>10:40</b> The pier is shut, the harbour office says.</p>
<p><b>10:20</b> The ferry stays in port.</p><p><b>09:55</b> The wind is rising, they say.</p>
<p><b>09:30</b> Schools close at noon.</p></body></html>"""


async def test_the_zone_of_a_page_that_names_none(room: Room) -> None:
    """It can be given, by the city alone; the times shown and stored are read with it."""
    room.pages[URL] = CLOCKS
    *_entries, without = await previewed(room)
    assert "assuming UTC" in without.text
    *entries, summary = await previewed(room, f"{URL} Storm zone=berlin")
    assert "09:40" in entries[-1].text
    assert "assuming" not in summary.text
    source = await room.source(1)
    assert (source.name, source.timezone) == ("Storm", "Europe/Berlin")


async def test_no_such_zone(room: Room) -> None:
    """A slip is told with what may be meant, before anything is fetched."""
    [answer] = await previewed(room, f"{URL} zone=Europe/Berln")
    assert "Did you mean Europe/Berlin?" in answer.text
    assert "Nothing was added." in answer.text


async def test_a_page_without_a_title_is_named_after_its_host(room: Room) -> None:
    """Every source has a name."""
    room.pages[URL] = page(*ENTRIES, title=" \u202e ")
    await previewed(room)
    assert (await room.source(1)).name == "news.example"


async def test_cancelling_leaves_nothing_watched(room: Room) -> None:
    """The proposal is gone for everyone, and adding it again starts afresh."""
    room.pages[URL] = page(*ENTRIES)
    summary = (await previewed(room))[-1]
    operator, desk = room.operator()
    notice = await room.press(operator, summary, "Cancel")
    assert notice["text"] == "Cancelled."
    assert summary.buttons == []
    assert "No live blog" in (await room.ask(operator, desk, "/sources")).text
    again = (await previewed(room))[-1]
    await room.press(operator, again, "✅ Watch it")
    assert (await room.source(1)).state is SourceState.ACTIVE


async def test_a_double_tap_starts_one_watch(room: Room) -> None:
    """The second press hears that it is watched already, and wakes nobody."""
    room.pages[URL] = page(*ENTRIES)
    summary = (await previewed(room))[-1]
    operator, _desk = room.operator()
    presses = [room.world.press(operator, summary, "✅ Watch it") for _ in range(2)]
    await room.settle()
    assert "Watching" in presses[0].answer["text"]
    assert "watched already" in presses[1].answer["text"]
    assert len(room.woken) == 1


async def test_confirm_after_cancel_does_not_bring_it_back(room: Room) -> None:
    """Two taps on different buttons: the first decides."""
    room.pages[URL] = page(*ENTRIES)
    summary = (await previewed(room))[-1]
    operator, _desk = room.operator()
    first = room.world.press(operator, summary, "Cancel")
    second = room.world.press(operator, summary, "✅ Watch it")
    await room.settle()
    assert first.answer["text"] == "Cancelled."
    assert "not watched" in second.answer["text"]
    assert (await room.source(1)).state is SourceState.REMOVED
    assert room.woken == []


async def test_another_admin_may_confirm_and_others_may_not(room: Room) -> None:
    """In a group everybody sees the buttons; they work for the bot's admins alone."""
    room.pages[URL] = page(*ENTRIES)
    operator, _desk = room.operator()
    second, _desk = room.operator(SECOND_OPERATOR_ID)
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Desk", admins=[owner], members=[operator, second])
    summary = (await room.say(operator, group, f"/addsource {URL}"))[-1]
    notice = await room.press(owner, summary, "✅ Watch it")
    assert "no longer works" in notice["text"]
    assert (await room.source(1)).state is SourceState.PROPOSED
    assert summary.button_texts[:2] == ["✅ Watch it", "Cancel"]
    await room.press(second, summary, "✅ Watch it")
    assert (await room.source(1)).state is SourceState.ACTIVE


async def test_a_restart_between_preview_and_press(database_path: Path) -> None:
    """The proposal is a row: another process confirms what this one showed."""
    async with open_room(database_path) as room:
        room.pages[URL] = page(*ENTRIES)
        summary = (await previewed(room))[-1]
        data = summary.buttons[0][0]["callback_data"]
    async with open_room(database_path) as room:
        operator, desk = room.operator()
        message = await room.ask(operator, desk, "/help")
        await room.press(operator, message, room.forge(message, data))
        assert (await room.source(1)).state is SourceState.ACTIVE
        assert len(room.woken) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadUrlError("“x” is not a web address; paste it whole"), "not a web address"),
        (UnreachableError("there is no such host"), "there is no such host"),
        (NoLiveBlogError("it holds no live blog", hint="try its feed"), "try its feed"),
        (NoLiveBlogError("<b>page</b> says & " + "x" * 9000), "<b>page</b> says &"),
    ],
)
async def test_what_cannot_be_read_is_explained(
    room: Room, error: Exception, expected: str
) -> None:
    """The reason is told as it is, and nothing is stored."""
    room.pages["x"] = error
    [answer] = await previewed(room, "x")
    assert "I cannot watch this" in answer.text
    assert expected in answer.text
    assert "Nothing was added." in answer.text
    async with room.db.read() as connection:
        from bot.store import sources

        assert await sources.listed(connection, tuple(SourceState)) == []


async def test_without_an_address_it_says_how(room: Room) -> None:
    """The bare command explains itself."""
    operator, desk = room.operator()
    assert "/addsource https://" in (await room.ask(operator, desk, "/addsource")).text


@pytest.mark.parametrize("state", [SourceState.ACTIVE, SourceState.PAUSED])
async def test_a_known_address_is_not_added_twice(room: Room, state: SourceState) -> None:
    """What is watched stays as it is; what is paused can be resumed by button."""
    source = await room.add_source("Gazette", state=state, url=URL)
    room.pages[URL] = page(*ENTRIES)
    [answer] = await previewed(room)
    assert f"Gazette (#{source.id})" in answer.text
    if state is SourceState.PAUSED:
        operator, _desk = room.operator()
        await room.press(operator, answer, "▶️ Watch it again")
    assert (await room.source(source.id)).state is SourceState.ACTIVE


async def test_a_hostile_page_is_only_shown(room: Room) -> None:
    """Markup in title, reason, warnings and entries is text; long entries show one part."""
    hostile = "<b>x</b></a>\u202e" + "y" * 10_000
    inspection = page(
        *(entry(hostile, minutes=n, id=str(n), text="z " * 9000) for n in range(3)),
        title=hostile,
        timezone=hostile,
        warnings=(hostile,) * 50,
    )
    room.pages[URL] = replace(inspection, reason=hostile, adapter="<i>a</i>")
    messages = await previewed(room)
    assert len(messages) == 4
    for message in messages:
        assert utf16_length(message.text) <= 4096
        assert "\u202e" not in message.text
    assert messages[-1].text.startswith("<b>x</b></a>")
    assert messages[-1].button_texts[:2] == ["✅ Watch it", "Cancel"]


async def test_a_picture_telegram_cannot_get_costs_only_the_picture(room: Room) -> None:
    """The preview of an entry is shown without its picture, not lost."""
    picture = "https://news.example/gone.jpg"
    room.world.bad_photos[picture] = "wrong file identifier/HTTP URL specified"
    room.pages[URL] = page(entry("Wave", media=(Media("photo", picture),)))
    first, _summary = await previewed(room)
    assert "Wave" in first.text
    assert first.photo is None


async def test_an_empty_page_warns(room: Room) -> None:
    """A live blog that has not begun can be added, with a word of caution."""
    room.pages[URL] = page()
    [summary] = await previewed(room)
    assert "holds no entry yet" in summary.text
    assert "✅ Watch it" in summary.button_texts


def test_the_newest_are_told_from_times_or_else_from_the_order() -> None:
    """Oldest-first pages, pages without times and withdrawn entries."""
    rising = [entry(f"W{n}", minutes=10 - n) for n in range(5)]
    assert [each.title for each in newest(rising, 3)] == ["W2", "W3", "W4"]
    assert [each.title for each in newest(rising[::-1], 3)] == ["W2", "W3", "W4"]
    timeless = [replace(each, published_at=None) for each in rising]
    assert [each.title for each in newest(timeless, 2)] == ["W1", "W0"]
    gone = [replace(rising[4], withdrawn=True), *rising[:4]]
    assert [each.title for each in newest(gone, 1)] == ["W3"]
    pinned = entry("Pinned", minutes=300, pinned=True)
    assert [each.title for each in newest([pinned, *rising[::-1]], 1)] == ["W4"]
    assert newest([], 3) == []
    early = replace(rising[0], published_at=datetime(1, 1, 1, tzinfo=UTC))
    assert newest([early], 3) == [early]
