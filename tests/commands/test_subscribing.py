"""Conversations in which a chat chooses what it gets."""

from __future__ import annotations

import pytest

from bot.model import SourceState
from bot.store import chats, outbox
from tests.support.chat import NOW, TOPICS, Room, add_topics, entry

SETTINGS = ("🕒 12:00 here?", "🌐 Language", "⚙ Settings")


async def test_start_greets_and_offers_the_topics(room: Room) -> None:
    """The first answer says hello and offers every topic by button."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/start")
    assert "Hello" in answer.text
    assert answer.button_texts == [
        "🌦 Weather",
        "⚓ Harbour",
        "🚧 Road works",
        "🏛 City council",
        "📡 Everything",
        *SETTINGS,
    ]


async def test_a_press_ticks_and_a_second_one_unticks(room: Room) -> None:
    """The picker toggles in place and says what it did."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    notice = await room.press(reader, picker, "🌦 Weather")
    assert notice["text"] == "✅ 🌦 Weather is on."
    assert picker.button_texts[0] == "✅ 🌦 Weather"
    assert await room.follows(chat) == {"topic:weather"}
    notice = await room.press(reader, picker, "✅ 🌦 Weather")
    assert notice["text"] == "🌦 Weather is off."
    assert picker.button_texts[0] == "🌦 Weather"
    assert await room.follows(chat) == set()


async def test_a_double_tap_is_two_presses(room: Room) -> None:
    """Two presses at once switch on and off again, and each is answered."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    presses = [room.world.press(reader, picker, "⚓ Harbour") for _ in range(2)]
    await room.settle()
    assert [press.answer["text"] for press in presses] == [
        "✅ ⚓ Harbour is on.",
        "⚓ Harbour is off.",
    ]
    assert await room.follows(chat) == set()


async def test_an_old_picker_still_works(room: Room) -> None:
    """Two pickers in one chat: a press on the older one shows the present ticks there."""
    reader, chat = room.person()
    old = await room.ask(reader, chat, "/topic")
    new = await room.ask(reader, chat, "/topics")
    await room.press(reader, new, "🌦 Weather")
    await room.press(reader, old, "⚓ Harbour")
    assert old.button_texts[:2] == ["✅ 🌦 Weather", "✅ ⚓ Harbour"]
    assert await room.follows(chat) == {"topic:weather", "topic:harbour"}


async def test_a_topic_that_went_meanwhile(room: Room) -> None:
    """A press on a retired topic says so and renews the list."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    await add_topics(room.db, TOPICS[1:])
    notice = await room.press(reader, picker, "🌦 Weather")
    assert "no longer offered" in notice["text"]
    assert notice["show_alert"]
    assert "🌦 Weather" not in picker.button_texts
    assert await room.follows(chat) == set()


async def test_many_topics_come_in_pages(room: Room) -> None:
    """Forty topics are reached by turning pages, and a press stays on its page."""
    await add_topics(room.db, [(f"t{n}", "•", {"en": f"Topic {n}"}) for n in range(40)])
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    assert "• Topic 20" not in picker.button_texts
    await room.press(reader, picker, "More »")
    await room.press(reader, picker, "• Topic 20")
    assert "✅ • Topic 20" in picker.button_texts
    await room.press(reader, picker, "More »")
    assert "• Topic 39" in picker.button_texts
    assert "More »" not in picker.button_texts
    await room.press(reader, picker, "« Back")
    assert "✅ • Topic 20" in picker.button_texts


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("weather", {"topic:weather"}),
        ("WETTER", {"topic:weather"}),
        ("meteo", {"topic:weather"}),
        ("road works", {"topic:road-works"}),
        ("road", {"topic:road-works"}),
        ("city council, harbour", {"topic:city-council", "topic:harbour"}),
        ("weather harbour road works", {"topic:weather", "topic:harbour", "topic:road-works"}),
        ("all", {"all"}),
    ],
)
async def test_topic_toggles_what_is_named(room: Room, text: str, followed: set[str]) -> None:
    """Names in any language, with or without accents, several at once; again switches off."""
    reader, chat = room.person()
    assert "is on" in (await room.ask(reader, chat, f"/topic {text}")).text
    assert await room.follows(chat) == followed
    assert "is off" in (await room.ask(reader, chat, f"/topics {text}")).text
    assert await room.follows(chat) == set()


async def test_an_unknown_topic_gets_a_suggestion(room: Room) -> None:
    """A slip is asked back with a button that does what was meant; the rest is done."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/topic harbour, wether")
    assert "✅ ⚓ Harbour is on." in answer.text
    assert "I know nothing called “wether”. Did you mean 🌦 Weather?" in answer.text
    assert await room.follows(chat) == {"topic:harbour"}
    await room.press(reader, answer, "🌦 Weather")
    assert await room.follows(chat) == {"topic:harbour", "topic:weather"}


async def test_what_resembles_nothing_gets_the_picker(room: Room) -> None:
    """A word like no topic is named, and the topics are offered."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/topic xylophone")
    assert "“xylophone”" in answer.text
    assert "🌦 Weather" in answer.button_texts


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> <a href='https://evil.example'>x</a>",
        "&lt;script&gt; </b></i>",
        "\u202egnp.exe",
        "x" * 4000,
        "a " * 2000,
        "😀" * 1500,
        "weather " * 500,
        "," * 1000,
        "“”{name}{0}%s",
    ],
)
async def test_hostile_words_are_only_words(room: Room, text: str) -> None:
    """Markup, direction overrides, floods of words and format signs are answered as text."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/topic {text}")
    assert len(answer.text) <= 4096
    assert "\u202e" not in answer.text
    assert not any(each["type"] == "text_link" for each in answer.entities)


async def test_subscribe_and_unsubscribe_are_explicit(room: Room) -> None:
    """Saying it twice changes nothing and says so."""
    reader, chat = room.person()
    assert "is on" in (await room.ask(reader, chat, "/subscribe weather")).text
    assert "was on already" in (await room.ask(reader, chat, "/subscribe weather")).text
    assert await room.follows(chat) == {"topic:weather"}
    assert "is off" in (await room.ask(reader, chat, "/unsubscribe weather")).text
    assert "was not on" in (await room.ask(reader, chat, "/unsubscribe weather")).text
    assert await room.follows(chat) == set()


async def test_a_source_can_be_followed(room: Room) -> None:
    """By name; it then stands in the picker, where it can be switched off."""
    source = await room.add_source("Harbour Gazette")
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe harbour gazette")
    assert await room.follows(chat) == {f"source:{source.id}"}
    picker = await room.ask(reader, chat, "/subscribe")
    await room.press(reader, picker, "✅ Harbour Gazette")
    assert await room.follows(chat) == set()


async def test_everything_and_nothing(room: Room) -> None:
    """`all` follows everything; `/unsubscribe all` ends all of it."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe all")
    await room.ask(reader, chat, "/subscribe weather")
    assert await room.follows(chat) == {"all", "topic:weather"}
    answer = await room.ask(reader, chat, "/unsubscribe all")
    assert "send nothing here any more" in answer.text
    assert await room.follows(chat) == set()


async def test_stop_ends_everything_that_waits_too(room: Room) -> None:
    """After /stop nothing is delivered, and choosing a topic begins again."""
    await room.add_source("Gazette", entry("One"))
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    answer = await room.ask(reader, chat, "/stop")
    assert "/topic" in answer.text
    destination = await room.destination(chat)
    assert destination is not None
    assert not destination.active
    async with room.db.read() as connection:
        assert await outbox.waiting_count(connection, destination.id) == 0
    assert "Nothing was on" in (await room.ask(reader, chat, "/stop")).text
    await room.ask(reader, chat, "/topic weather")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.active


async def test_a_deep_link_subscribes_at_once(room: Room) -> None:
    """`/start topic_weather` greets, switches the topic on and shows the tick."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/start topic_weather")
    assert "Hello" in answer.text
    assert "✅ 🌦 Weather is on." in answer.text
    assert "✅ 🌦 Weather" in answer.button_texts
    assert await room.follows(chat) == {"topic:weather"}
    again = await room.ask(reader, chat, "/start topic_weather")
    assert "was on already" in again.text
    assert await room.follows(chat) == {"topic:weather"}


async def test_a_deep_link_to_a_source(room: Room) -> None:
    """`/start source_1` follows that source."""
    source = await room.add_source("Gazette")
    reader, chat = room.person()
    await room.ask(reader, chat, f"/start source_{source.id}")
    assert await room.follows(chat) == {f"source:{source.id}"}


@pytest.mark.parametrize(
    "payload",
    ["topic_nothing", "source_77", "source_" + "9" * 18, "rubbish", "topic_<b>", "topic_wea"],
)
async def test_a_dead_deep_link_offers_the_topics(room: Room, payload: str) -> None:
    """A link that leads nowhere subscribes to nothing, says so, and offers the picker."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/start {payload}")
    assert "do not have (any more)" in answer.text
    assert "🌦 Weather" in answer.button_texts
    assert await room.follows(chat) == set()


async def test_a_proposed_or_removed_source_cannot_be_followed(room: Room) -> None:
    """What an admin has not confirmed, or has removed, is not there for others."""
    proposed = await room.add_source("Proposal", state=SourceState.PROPOSED)
    removed = await room.add_source(
        "Removal", state=SourceState.REMOVED, url="https://news.example/removed"
    )
    reader, chat = room.person()
    for source in (proposed, removed):
        answer = await room.ask(reader, chat, f"/start source_{source.id}")
        assert "do not have" in answer.text
        answer = await room.ask(reader, chat, f"/subscribe {source.name}")
        assert "I know nothing called" in answer.text
    assert await room.follows(chat) == set()


async def test_start_begins_again_after_a_silence(room: Room) -> None:
    """Somebody who was switched off by a failed send is switched on by /start."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    destination = await room.destination(chat)
    assert destination is not None
    async with room.db.write() as connection:
        await chats.switch_off(connection, destination.id, reason="blocked", now=NOW)
    await room.ask(reader, chat, "/start")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.active


async def test_an_edited_command_is_not_a_new_one(room: Room) -> None:
    """Correcting a typo in an old command switches nothing."""
    reader, chat = room.person()
    written = room.world.say(reader, chat, "/topic weather")
    await room.settle()
    room.world.change(written, "/topic weather please")
    await room.settle()
    assert await room.follows(chat) == {"topic:weather"}


async def test_without_topics_everything_is_offered(room: Room) -> None:
    """A bot without topics still offers something to switch on."""
    await add_topics(room.db, [])
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/start")
    assert picker.button_texts == ["📡 Everything", *SETTINGS]
    await room.press(reader, picker, "📡 Everything")
    assert await room.follows(chat) == {"all"}


async def test_subscribing_after_a_stop_begins_again(room: Room) -> None:
    """/subscribe, like /topic, switches a stopped chat on."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    await room.ask(reader, chat, "/stop")
    await room.ask(reader, chat, "/subscribe weather")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.active


async def test_start_tells_what_is_live_now(room: Room) -> None:
    """The liveliest blogs of the last hour by name, and how much there was on each topic."""
    await room.add_source(
        "Harbour Gazette", *(entry(f"g{n}", minutes=n) for n in range(3)), topic="harbour"
    )
    await room.add_source("Hill Courier", entry("c", minutes=5))
    await room.add_source("Old Herald", entry("h", minutes=180))
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/start")
    assert "Harbour Gazette – 3 entries in the last hour" in answer.text
    assert "Hill Courier – 1 entry in the last hour" in answer.text
    assert "Old Herald" not in answer.text
    assert "⚓ Harbour · 3" in answer.button_texts


async def test_the_row_below_the_greeting_stays_and_leads_on(room: Room) -> None:
    """A press on a topic keeps it; clock, language and settings open from it."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/start")
    await room.press(reader, answer, "🌦 Weather")
    assert answer.button_texts[-3:] == list(SETTINGS)
    await room.press(reader, answer, "⚙ Settings")
    assert "Settings of this chat" in answer.text
