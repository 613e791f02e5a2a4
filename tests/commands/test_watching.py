"""Own filters: shown as understood, saved by a button, listed and removed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.store import watches
from tests.commands.test_channels import channel_of
from tests.support.chat import Room, entry


async def watched(room: Room, chat: Any, thread_id: int | None = None) -> list[str]:
    """What is watched for in a chat."""
    found = await room.destination(chat, thread_id)
    if found is None:
        return []
    async with room.db.read() as connection:
        return [each.expression for each in await watches.of(connection, found.id)]


async def save(room: Room, user: Any, chat: Any, expression: str, **how: Any) -> None:
    """Watch for an expression, as a person does it."""
    answer = await room.ask(user, chat, f"/watch {expression}", **how)
    assert (await room.press(user, answer, "✅ Watch for it"))["text"] == "✅ Saved."


async def test_an_expression_is_shown_as_understood_and_saved_by_a_button(room: Room) -> None:
    """Nothing counts before the press; the chat, which was unknown, is met by it."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/watch Storm or “High Water” -drill")
    assert 'storm OR ("high water" AND NOT drill)' in answer.text
    assert "There are no entries yet" in answer.text
    assert await watched(room, chat) == []
    told = await room.press(reader, answer, "✅ Watch for it")
    assert (told["text"], await watched(room, chat)) == (
        "✅ Saved.",
        ['storm OR ("high water" AND NOT drill)'],
    )
    assert "I watch for this here" in answer.text
    assert answer.markup is None or not answer.markup["inline_keyboard"]


async def test_what_would_have_matched_is_shown_with_examples(room: Room) -> None:
    """How many of the newest entries, and three of them, by words, topic, source and author."""
    await room.add_source(
        "Harbour Gazette",
        *(entry(f"Storm number {number}", number, author="Ann Lee") for number in range(5)),
        entry("Calm", 9, text="Nothing moves."),
        topic="weather",
    )
    reader, chat = room.person()
    answer = await room.ask(
        reader, chat, "/watch storms topic:wetter source:gazette author:lee NOT calm"
    )
    assert 'storms AND topic:weather AND source:"gazette" AND author:"lee"' in answer.text
    assert "Of the last 6 entries 5 would have matched." in answer.text
    assert answer.text.count("• Storm number") == 3
    assert "• Storm number 0 – Harbour Gazette, 0 s ago" in answer.text
    assert "nearly everything" not in answer.text
    none = await room.ask(reader, chat, "/watch earthquake")
    assert "Of the last 6 entries 0 would have matched." in none.text


async def test_an_expression_that_matches_nearly_everything_is_told_so(room: Room) -> None:
    """It can be saved all the same."""
    await room.add_source("Gazette", *(entry(f"Storm {n}", n) for n in range(60)))
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/watch storm OR the")
    assert "60 would have matched" in answer.text
    assert "nearly everything" in answer.text


@pytest.mark.parametrize(
    ("expression", "sentence", "carets"),
    [
        ("storm AND OR flood", "OR follows another operator", "          ^^"),
        ("storm (flood", "This bracket is not closed", "      ^"),
        ("titel:storm", "I know topic:, source: and author:", "^^^^^^"),
        ("storm topic:wether", "no topic “wether”. Did you mean weather?", "            ^^^^^^"),
        ("storm source:Nowhere", "I watch no source called “Nowhere”", "             ^^^^^^^"),
    ],
)
async def test_a_mistake_is_pointed_at(
    room: Room, expression: str, sentence: str, carets: str
) -> None:
    """The answer names the column, shows it, and says what to do."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/watch {expression}")
    assert f"at column {carets.index('^') + 1}:" in answer.text
    assert f"{expression}\n{carets}\n" in answer.text
    assert sentence in answer.text
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("NOT storm", "only says what must not be there"),
        ("a" * 600, "500 characters at most"),
        (" OR ".join(["a"] * 1000), "500 characters at most"),
        ("(" * 450, "nested too deeply"),
        ("storm \u202eflood", "a sign nobody can see (U+202E)"),
        ("<b>&amp;</b> AND OR x", "OR follows another operator"),
        ("עיר OR AND סערה", "👉AND"),
    ],
)
async def test_hostile_expressions_get_a_clear_answer(
    room: Room, expression: str, sentence: str
) -> None:
    """None is saved, nothing of it is taken for markup."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/watch {expression}")
    assert sentence in answer.text
    assert "\u202e" not in answer.text
    assert answer.markup is None


async def test_the_command_alone_explains_the_language(room: Room) -> None:
    """With examples that are understood."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/watch")
    examples = [line for line in answer.text.split("\n") if line.startswith("/watch ")]
    assert len(examples) > 3
    assert "NOT drill" in answer.text


async def test_the_list_removes_by_buttons(room: Room) -> None:
    """It is brought up to date by each press; a button pressed twice harms nothing."""
    reader, chat = room.person()
    assert "Nothing is watched for here" in (await room.ask(reader, chat, "/watches")).text
    for expression in ("storm", "flood <b>", '"high water"'):
        await save(room, reader, chat, expression)
    answer = await room.ask(reader, chat, "/watches")
    assert '1. storm\n2. flood AND b\n3. "high water"' in answer.text
    stale = await room.ask(reader, chat, "/watches")
    told = await room.press(reader, answer, "🗑 2. flood AND b")
    assert told["text"] == "I no longer watch for flood AND b."
    assert '1. storm\n2. "high water"' in answer.text
    told = await room.press(reader, stale, "🗑 2. flood AND b")
    assert told["text"] == "That one was removed already."
    assert await watched(room, chat) == ["storm", '"high water"']


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("2", ["storm", "7"]),
        ("#2.", ["storm", "7"]),
        ("Flood  AND ferry", ["storm", "7"]),
        ("7", ["storm", "flood AND ferry"]),
        ("all", []),
        ("fog", ["storm", "flood AND ferry", "7"]),
        ("9", ["storm", "flood AND ferry", "7"]),
        ("(", ["storm", "flood AND ferry", "7"]),
    ],
)
async def test_unwatch_takes_a_number_an_expression_or_all(
    room: Room, words: str, left: list[str]
) -> None:
    """An expression as it was written comes before a number; anything else changes nothing."""
    reader, chat = room.person()
    for expression in ("storm", "flood and ferry", "7"):
        await save(room, reader, chat, expression)
    answer = await room.ask(reader, chat, f"/unwatch {words}")
    assert await watched(room, chat) == left
    assert ("I no longer watch for:" in answer.text) is (len(left) < 3)


async def test_cancelling_and_saving_twice(room: Room) -> None:
    """A cancelled one is not kept; a second press of a button saves nothing twice."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/watch storm")
    twin = await room.ask(reader, chat, "/watch storm")
    third = await room.ask(reader, chat, "/watch storm")
    assert (await room.press(reader, answer, "Cancel"))["text"] == "Cancelled."
    assert "not watched for" in answer.text
    assert await watched(room, chat) == []
    assert (await room.press(reader, twin, "✅ Watch for it"))["text"] == "✅ Saved."
    told = await room.press(reader, third, "✅ Watch for it")
    assert told["text"] == "It was saved already."
    assert await watched(room, chat) == ["storm"]
    assert "already" in (await room.ask(reader, chat, "/watch STORM")).text


async def test_as_many_as_the_settings_say(room: Room) -> None:
    """One more is refused, when asked for and when a button of before is pressed."""
    reader, chat = room.person()
    early = await room.ask(reader, chat, "/watch early")
    most = room.services.watches_per_chat
    for number in range(most):
        await save(room, reader, chat, f"town{number}")
    assert f"{most} watches here" in (await room.ask(reader, chat, "/watch late")).text
    told = await room.press(reader, early, "✅ Watch for it")
    assert told["show_alert"]
    assert len(await watched(room, chat)) == most


async def test_a_forged_button_reveals_and_removes_nothing(room: Room) -> None:
    """What others watch for can be neither read nor removed by their numbers."""
    alice, hers = room.person("Alice")
    await save(room, alice, hers, "secret")
    mallory, chat = room.person("Mallory")
    answer = await room.ask(mallory, chat, "/help")
    for data in ("ws:1:0", "wd:1:0", "wx:1:0"):
        told = await room.press(mallory, answer, room.forge(answer, data))
        assert "secret" not in f"{told['text']} {answer.text}"
    assert await watched(room, chat) == []
    assert await watched(room, hers) == ["secret"]


async def test_in_groups_only_its_admins_watch(room: Room) -> None:
    """Members are refused; an admin's watch is the group's, or its topic's alone."""
    owner, member = room.world.add_user("Owner"), room.world.add_user("Member")
    group = room.world.add_group("Harbour watchers", admins=[owner], members=[member], forum=True)
    thread = room.world.add_topic(group, "Storms").id
    refused = await room.ask(member, group, "/watch storm")
    assert "Only the admins of this group" in refused.text
    answer = await room.ask(owner, group, "/watch storm", thread_id=thread)
    told = await room.press(member, answer, "✅ Watch for it")
    assert told["show_alert"]
    await room.press(owner, answer, "✅ Watch for it")
    assert await watched(room, group, thread) == ["storm"]
    assert await watched(room, group) == []


async def test_saving_brings_a_chat_back_that_was_off(room: Room) -> None:
    """Who stopped everything and watches for something again gets it."""
    reader, chat = room.person()
    await save(room, reader, chat, "storm")
    await room.ask(reader, chat, "/stop")
    found = await room.destination(chat)
    assert found is not None
    assert not found.active
    assert await watched(room, chat) == []
    await save(room, reader, chat, "flood")
    found = await room.destination(chat)
    assert found is not None
    assert found.active


async def test_why_names_the_watch_that_an_entry_matched(room: Room) -> None:
    """An admin who asks why an entry came sees the expression."""
    await room.add_source("Gazette", entry("A storm"), entry("Calm"))
    operator, desk = room.operator()
    await save(room, operator, desk, "storm OR flood")
    found = await room.destination(desk)
    assert found is not None
    async with room.db.write() as connection:
        mine = await watches.of(connection, found.id)
        await watches.note(connection, 1, [mine[0].id])
    told = await room.ask(operator, desk, "/why 1")
    assert "Matched by your watch: storm OR flood" in told.text
    assert "It follows nothing" not in told.text
    told = await room.ask(operator, desk, "/why 2")
    assert "Matched" not in told.text
    assert "It follows nothing that the entry belongs to" in told.text


async def test_latest_shows_what_the_watches_found(room: Room) -> None:
    """Entries that matched when they were stored, beside what is followed."""
    await room.add_source("Gazette", entry("A storm"), entry("Calm", 1))
    reader, chat = room.person()
    await save(room, reader, chat, "storm")
    found = await room.destination(chat)
    assert found is not None
    async with room.db.write() as connection:
        await watches.note(
            connection, 1, [each.id for each in await watches.of(connection, found.id)]
        )
    (answer,) = await room.say(reader, chat, "/latest")
    assert "A storm" in answer.text
    assert "Calm" not in answer.text


async def test_a_chat_that_only_watches_is_in_use(room: Room) -> None:
    """Its status tells of the watches, and a start after a block brings it back."""
    reader, chat = room.person()
    await save(room, reader, chat, "storm")
    status = await room.ask(reader, chat, "/status")
    assert "Watches: 1 (/watches)" in status.text
    assert "Nothing is on here" not in status.text
    room.world.block(reader)
    await room.settle()
    found = await room.destination(chat)
    assert found is not None
    assert not found.active
    room.world.unblock(reader)
    await room.say(reader, chat, "/start")
    found = await room.destination(chat)
    assert found is not None
    assert found.active


async def test_a_channel_is_watched_for_from_a_private_chat(room: Room) -> None:
    """Saving and removing are for the channel that is steered, and not for the chat."""
    reader, chat = room.person()
    channel = await channel_of(room, reader)
    await room.ask(reader, chat, "/channel @harbour_news")
    await save(room, reader, chat, "storm")
    assert (await watched(room, channel), await watched(room, chat)) == (["storm"], [])
    answer = await room.ask(reader, chat, "/watches")
    assert answer.text.startswith("📢 Harbour news")
    await room.press(reader, answer, "🗑 1. storm")
    assert await watched(room, channel) == []


async def test_in_another_language_operators_and_topics_are_its_own(room: Room) -> None:
    """In a French chat "or" is gold, and topics answer to their French names."""
    reader, chat = room.person("Lecteur", language="fr")
    answer = await room.ask(reader, chat, "/watch prix or bourse topic:météo")
    assert 'prix AND "or" AND bourse AND topic:weather' in answer.text
