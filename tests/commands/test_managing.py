"""What admins do to a source that is watched."""

from __future__ import annotations

import pytest

from bot.model import SourceState
from tests.support.chat import NOW, Room, entry


async def two_sources(room: Room) -> None:
    """Harbour Gazette (#1) is active, Harbour Radio (#2) is paused, City Desk (#3) is active."""
    await room.add_source("Harbour Gazette", entry("One"))
    await room.add_source("Harbour Radio", state=SourceState.PAUSED)
    await room.add_source("City Desk", url="https://news.example/desk")


@pytest.mark.parametrize("text", ["1", "#1", "harbour gazette", "GAZETTE", "azett"])
async def test_a_source_is_named_by_id_name_or_a_part(room: Room, text: str) -> None:
    """Each way pauses the same source."""
    await two_sources(room)
    operator, desk = room.operator()
    answer = await room.ask(operator, desk, f"/pause {text}")
    assert "Harbour Gazette is paused" in answer.text
    assert (await room.source(1)).state is SourceState.PAUSED


async def test_pause_resume_and_poll(room: Room) -> None:
    """Resuming and polling make the source due and wake the poller; pausing does not."""
    await two_sources(room)
    operator, desk = room.operator()
    await room.ask(operator, desk, "/pause gazette")
    assert room.woken == []
    assert "is polled again" in (await room.ask(operator, desk, "/resume gazette")).text
    assert len(room.woken) == 1
    assert "is being polled now" in (await room.ask(operator, desk, "/poll gazette")).text
    assert len(room.woken) == 2
    assert (await room.source(1)).next_poll_at == NOW


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/pause radio", "is paused"),
        ("/poll radio", "is paused. /resume continues"),
        ("/resume gazette", "is being polled already"),
    ],
)
async def test_what_is_so_already_is_said(room: Room, command: str, expected: str) -> None:
    """A command without effect says why."""
    await two_sources(room)
    operator, desk = room.operator()
    assert expected in (await room.ask(operator, desk, command)).text
    assert room.woken == []


@pytest.mark.parametrize(
    ("command", "buttons"),
    [
        ("/pause", ["#1 Harbour Gazette", "#3 City Desk"]),
        ("/resume", ["#2 Harbour Radio"]),
        ("/poll", ["#1 Harbour Gazette", "#3 City Desk"]),
        ("/removesource", ["#1 Harbour Gazette", "#2 Harbour Radio", "#3 City Desk"]),
        ("/removesource harbour", ["#1 Harbour Gazette", "#2 Harbour Radio"]),
        ("/pause nothing like it", ["#1 Harbour Gazette", "#3 City Desk"]),
    ],
)
async def test_where_it_is_not_clear_there_are_buttons(
    room: Room, command: str, buttons: list[str]
) -> None:
    """Without a name, with an unknown one, or with several that fit, those that suit are shown."""
    await two_sources(room)
    operator, desk = room.operator()
    answer = await room.ask(operator, desk, command)
    assert "Which one?" in answer.text
    assert answer.button_texts == buttons


async def test_of_several_only_one_suits(room: Room) -> None:
    """`/pause harbour` means the one that is not paused yet."""
    await two_sources(room)
    operator, desk = room.operator()
    await room.ask(operator, desk, "/pause harbour")
    assert (await room.source(1)).state is SourceState.PAUSED


async def test_a_button_does_it(room: Room) -> None:
    """A press acts, says so and takes the buttons away; a second one finds it done."""
    await two_sources(room)
    operator, desk = room.operator()
    offered = await room.ask(operator, desk, "/pause")
    presses = [room.world.press(operator, offered, "#3 City Desk") for _ in range(2)]
    await room.settle()
    assert all("City Desk is paused" in press.answer["text"] for press in presses)
    assert offered.buttons == []
    assert (await room.source(3)).state is SourceState.PAUSED


async def test_removing_asks_first(room: Room) -> None:
    """Nothing is removed before the second press, and its followers are let go with it."""
    await two_sources(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe city desk")
    operator, desk = room.operator()
    question = await room.ask(operator, desk, "/removesource city")
    assert question.button_texts == ["🗑 Remove it", "Keep it"]
    assert (await room.source(3)).state is SourceState.ACTIVE
    await room.press(operator, question, "🗑 Remove it")
    assert (await room.source(3)).state is SourceState.REMOVED
    assert "no longer watched" in question.text
    assert await room.follows(chat) == set()


async def test_removing_can_be_thought_better_of(room: Room) -> None:
    """A name from the list leads to the question, "Keep it" leaves everything."""
    await two_sources(room)
    operator, desk = room.operator()
    offered = await room.ask(operator, desk, "/removesource")
    await room.press(operator, offered, "#1 Harbour Gazette")
    assert offered.button_texts == ["🗑 Remove it", "Keep it"]
    assert (await room.source(1)).state is SourceState.ACTIVE
    notice = await room.press(operator, offered, "Keep it")
    assert notice["text"] == "Nothing was removed."
    assert (await room.source(1)).state is SourceState.ACTIVE


async def test_nothing_to_do_it_to(room: Room) -> None:
    """An empty bot says so instead of showing an empty list."""
    operator, desk = room.operator()
    for command in ("/pause", "/resume x", "/poll", "/removesource"):
        assert "There is no source" in (await room.ask(operator, desk, command)).text


@pytest.mark.parametrize("data", ["ps:77:0", "ry:77:0", "rm:77:0", "w:77:0", "d:77:0"])
async def test_an_admins_forged_button_leads_nowhere(room: Room, data: str) -> None:
    """Even an admin's press needs a source that exists."""
    await two_sources(room)
    operator, desk = room.operator()
    message = await room.ask(operator, desk, "/help")
    assert (
        "no longer works"
        in (await room.press(operator, message, room.forge(message, data)))["text"]
    )


async def test_a_proposal_is_not_managed(room: Room) -> None:
    """What is not confirmed cannot be resumed into life around the confirmation."""
    source = await room.add_source("Proposal", state=SourceState.PROPOSED)
    operator, desk = room.operator()
    message = await room.ask(operator, desk, "/help")
    for verb in ("rs", "pl", "ps"):
        await room.press(operator, message, room.forge(message, f"{verb}:{source.id}:0"))
    assert (await room.source(source.id)).state is SourceState.PROPOSED
