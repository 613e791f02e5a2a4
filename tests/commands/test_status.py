"""What a chat gets and how fresh it is."""

from __future__ import annotations

from datetime import timedelta

from bot.model import Change, ChangeKind, Decision, SourceState
from bot.store import chats, fanouts, outbox, polls, sources, topics
from bot.store.columns import DeliveryState
from tests.support.chat import NOW, Room, entry


async def test_a_chat_with_nothing_on(room: Room) -> None:
    """It says so, and how to change it."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/status")
    assert "Nothing is on here. /topic" in answer.text
    assert "Last alert: never" in answer.text


async def test_what_is_on_and_where_it_comes_from(room: Room) -> None:
    """Topics with a tick, the sources, and when each was looked at."""
    await room.add_source("Gazette", entry("One"))
    await room.add_source("Desk", state=SourceState.PAUSED)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather harbour")
    room.clock[0] = NOW + timedelta(minutes=3)
    answer = await room.ask(reader, chat, "/status")
    assert "✅ 🌦 Weather" in answer.text
    assert "✅ ⚓ Harbour" in answer.text
    assert "🟢 Gazette – last looked at 3 min ago" in answer.text
    assert "⏸ Desk – paused" in answer.text


async def test_only_the_followed_source_counts(room: Room) -> None:
    """A chat that follows one source is not told about others."""
    await room.add_source("Gazette")
    await room.add_source("Desk")
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe gazette")
    answer = await room.ask(reader, chat, "/status")
    assert "Gazette" in answer.text
    assert "Desk" not in answer.text


async def test_a_failing_source_is_marked(room: Room) -> None:
    """A source that cannot be read says since when."""
    source = await room.add_source("Gazette", entry("One"))
    async with room.db.write() as connection:
        await sources.mark_failed(
            connection, source.id, error="404", now=NOW, next_poll_at=NOW + timedelta(hours=1)
        )
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe all")
    room.clock[0] = NOW + timedelta(hours=2)
    answer = await room.ask(reader, chat, "/status")
    assert "⚠️ Gazette – cannot be read, first noticed 2 h ago" in answer.text


async def test_what_waits_and_what_was_sent(room: Room) -> None:
    """An alert that waits is counted; once sent its time is told."""
    source = await room.add_source("Gazette")
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    async with room.db.write() as connection:
        weather = await topics.by_slug(connection, "weather")
        assert weather is not None
        mark = sources.PollMark(NOW, NOW, 10.0)
        change = Change(ChangeKind.NEW, "one", entry("One"))
        await polls.commit_poll(
            connection,
            source.id,
            Decision((change,)),
            mark,
            topic_ids={"one": [weather.id]},
            now=NOW,
        )
        while await fanouts.plan_chunk(connection, size=10, now=NOW):
            pass
    assert "Waiting to be sent: 1" in (await room.ask(reader, chat, "/status")).text
    async with room.db.write() as connection:
        [batch] = await outbox.claim(connection, "test", NOW, limit=1, lease=10)
        outcome = outbox.Outcome(
            batch.deliveries[0].entry_id, batch.destination.id, DeliveryState.SENT, NOW, 1, (5,)
        )
        release = outbox.Release(batch.destination.id, NOW)
        await outbox.record(connection, "test", [outcome], [release])
    room.clock[0] = NOW + timedelta(seconds=42)
    answer = await room.ask(reader, chat, "/status")
    assert "Last alert: 42 s ago" in answer.text
    assert "Waiting to be sent: 0" in answer.text


async def test_a_chat_that_was_switched_off_hears_it(room: Room) -> None:
    """Ticks alone would be a lie where nothing arrives."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    async with room.db.write() as connection:
        await chats.switch_off_chat(connection, chat.id, reason="blocked", now=NOW)
    answer = await room.ask(reader, chat, "/status")
    assert "/start begins again" in answer.text
