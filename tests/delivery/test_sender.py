"""The sender against the sandbox's Bot API, on a real database."""

from __future__ import annotations

import asyncio

import pytest

from bot.delivery.pacer import Rates
from bot.delivery.trouble import TroubleKind
from bot.errors import StorageFullError, StoreError, TokenError
from bot.model import ChatKind, Media
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.store import chats, fanouts, outbox
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from tests.support.refusing import Refusing
from tests.support.relaying import all_sent, plan, readers, relaying, told, until, words
from tests.support.store import (
    add_chat,
    add_entries,
    add_source,
    delivery_rows,
    state_counts,
    utc_now,
)

PHOTO = Media("photo", "https://news.example/harbour.jpg")


async def test_every_chat_gets_every_entry_once_and_in_order(
    db: Database, server: SandboxServer
) -> None:
    """Ten entries reach twenty chats oldest first, each once."""
    chats_ = await readers(db, server, 20)
    source = await add_source(db)
    texts = [f"Entry number {n}" for n in range(10)]
    await add_entries(db, source, texts)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 200))
        assert all(relay.texts(chat) == texts for chat in chats_)
    assert server.world.duplicates() == 0


async def test_order_holds_after_failures(db: Database, server: SandboxServer) -> None:
    """Half of the requests fail in passing; every chat still gets its entries oldest first."""
    chats_ = await readers(db, server, 4)
    source = await add_source(db)
    texts = [f"Entry number {n}" for n in range(4)]
    server.faults.seed = 7
    server.faults.add(Fault(FaultKind.STATUS, times=4, skip=3))
    server.faults.add(Fault(FaultKind.RESET, times=4, skip=9))
    await add_entries(db, source, texts)
    async with relaying(db, server) as relay:
        await until(all_sent(db, 16), 20)
        assert all(relay.texts(chat) == texts for chat in chats_)
        assert relay.metric("deliveries", outcome="retried") >= 4


async def test_a_chat_that_blocked_the_bot_is_switched_off(
    db: Database, server: SandboxServer
) -> None:
    """Its alerts are dropped, it is asked no more, and the others get theirs."""
    chats_ = await readers(db, server, 5)
    server.world.block(server.world.user(chats_[2]))  # type: ignore[arg-type]  # it exists
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server) as relay:

        async def settled() -> bool:
            return await state_counts(db) == {State.SENT: 8, State.DROPPED: 2}

        await until(settled)
        assert relay.metric("deliveries", outcome="gone") == 1
    async with db.read() as connection:
        off = await chats.find(connection, chats_[2], None)
    assert off is not None
    assert not off.active


async def test_one_chats_429_does_not_delay_the_others(db: Database, server: SandboxServer) -> None:
    """While one chat has to wait 100 seconds, all others get everything at once."""
    chats_ = await readers(db, server, 30)
    server.faults.add(Fault(FaultKind.FLOOD, chat_id=chats_[0], retry_after=100, times=1))
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two", "Three"])
    async with relaying(db, server) as relay:

        async def settled() -> bool:
            return (await state_counts(db)).get(State.SENT) == 29 * 3

        await until(settled)
        await asyncio.sleep(0.3)
        assert relay.texts(chats_[0]) == []
        assert server.counters.floods == 1
        assert relay.pacer.rate == float("inf")
        async with db.read() as connection:
            due = await outbox.next_due(connection)
        assert due is not None
        assert 95 < (due - utc_now()).total_seconds() < 101


async def test_a_429_is_obeyed_and_then_the_message_is_sent(
    db: Database, server: SandboxServer
) -> None:
    """After the time Telegram asks for, the chat gets what waited, in order."""
    [chat] = await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.FLOOD, chat_id=chat, retry_after=1, times=1))
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 2))
        assert relay.texts(chat) == ["One", "Two"]
    assert server.counters.floods == 1


async def test_a_bot_wide_flood_slows_everything_and_passes(
    db: Database, server: SandboxServer
) -> None:
    """When every chat answers 429, the common rate goes down and all is sent in the end."""
    await readers(db, server, 40)
    source = await add_source(db)
    server.limiter.flood(3.0)
    await add_entries(db, source, ["One"])
    async with relaying(db, server, rates=Rates(global_rate=100)) as relay:
        await until(lambda: relay.pacer.rate < 80)
        await until(all_sent(db, 40), 15)
    assert server.world.duplicates() == 0


async def test_a_group_that_became_a_supergroup_is_followed(
    db: Database, server: SandboxServer
) -> None:
    """The message goes to the new id at once, and the new id is stored."""
    world = server.world
    old = world.add_group("Harbour watch")
    await add_chat(db, old.id, kind=ChatKind.GROUP)
    new = world.migrate(old)
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 2))
        sent = [m for m in world.messages(new) if m.from_bot]
        assert [said for m in sent for said in told(m.text)] == ["One", "Two"]
        assert relay.metric("deliveries", outcome="migrated") == 1
    async with db.read() as connection:
        assert await chats.find(connection, new.id, None) is not None
        assert await chats.find(connection, old.id, None) is None


@pytest.mark.parametrize("end", ["close", "delete"])
async def test_a_forum_topic_that_ended_falls_back_to_the_chat(
    db: Database, server: SandboxServer, end: str
) -> None:
    """Alerts go on in the chat itself, and its admins are told once."""
    world = server.world
    forum = world.add_group("Forum", forum=True)
    topic = world.add_topic(forum, "Alerts")
    await add_chat(db, forum.id, kind=ChatKind.SUPERGROUP, thread_id=topic.id)
    source = await add_source(db)
    if end == "close":
        world.close_topic(forum, topic)
    else:
        world.delete_topic(forum, topic)
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 2))
        sent = [m for m in world.messages(forum) if m.from_bot]
        assert [said for m in sent for said in told(m.text)] == ["One", "Two"]
        assert {m.thread_id for m in sent} == {None}
        [trouble] = relay.troubles
        assert trouble.kind is TroubleKind.TOPIC
        assert trouble.destination is not None
        assert trouble.destination.chat_id == forum.id


async def test_an_answer_lost_on_the_way_counts_as_a_possible_repeat(
    db: Database, server: SandboxServer
) -> None:
    """A message accepted without an answer is sent again, and counted."""
    [chat] = await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.DROP, times=1))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        assert relay.texts(chat) == ["One", "One"]
        assert relay.metric("possible_repeats") == 1


async def test_a_server_that_hangs_is_given_up_and_tried_again(
    db: Database, server: SandboxServer
) -> None:
    """A request without an answer ends with the time-out; the message arrives later."""
    [chat] = await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.HANG, times=1))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server, read_timeout=0.3) as relay:
        await until(all_sent(db, 1))
        assert relay.texts(chat) == ["One"]
        assert relay.metric("possible_repeats") == 1


async def test_a_server_that_is_away_is_waited_for(db: Database, server: SandboxServer) -> None:
    """Refused connections are tried again, without any repeat."""
    [chat] = await readers(db, server, 1)
    source = await add_source(db)
    await server.down()
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server) as relay:
        await until(lambda: relay.metric("deliveries", outcome="retried") >= 1)
        await server.up()
        await until(all_sent(db, 2), 8)
        assert relay.texts(chat) == ["One", "Two"]
        assert relay.metric("possible_repeats") == 0


async def test_a_refused_message_goes_out_plain(db: Database, server: SandboxServer) -> None:
    """A message whose markup Telegram refuses arrives as plain text, and people hear of it."""
    [chat] = await readers(db, server, 1)
    refusal = "Bad Request: can't parse entities: ordered by a test"
    server.faults.add(Fault(FaultKind.REFUSE, times=1, status=400, description=refusal))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        await until(all_sent(db, 1))
        [message] = server.world.messages(chat)
        assert words(message.text) == "One"
        assert message.entities == []
        assert message.buttons == []
        assert [t.kind for t in relay.troubles] == [TroubleKind.REFUSED]
    [row] = await delivery_rows(db)
    assert "can't parse entities" in row.error


async def test_what_is_refused_even_plain_is_dropped_and_the_next_one_sent(
    db: Database, server: SandboxServer
) -> None:
    """An entry nobody can send does not hold up the ones after it."""
    [chat] = await readers(db, server, 1)
    refusal = "Bad Request: something new"
    # Both together, with formatting and without; then the first one alone, the same.
    server.faults.add(Fault(FaultKind.REFUSE, times=4, status=400, description=refusal))
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    await plan(db)
    async with relaying(db, server) as relay:

        async def settled() -> bool:
            return await state_counts(db) == {State.SENT: 1, State.DROPPED: 1}

        await until(settled)
        assert relay.texts(chat) == ["Two"]
        assert TroubleKind.DROPPED in [t.kind for t in relay.troubles]


async def test_a_picture_telegram_cannot_fetch_is_left_out_for_everybody(
    db: Database, server: SandboxServer
) -> None:
    """The alert arrives as text with its formatting; the other chats are not tried with it."""
    ids = await readers(db, server, 3)
    world = server.world
    world.bad_photos[PHOTO.url] = "failed to get HTTP URL content"
    source = await add_source(db)
    await add_entries(db, source, ["One"], media=[PHOTO])
    async with relaying(db, server, rates=Rates(1000, 1, 20)) as relay:
        await until(all_sent(db, 3))
        for chat in ids:
            [message] = world.messages(chat)
            assert message.photo is None
            assert words(message.text) == "One"
            assert message.buttons
        assert [t.kind for t in relay.troubles] == [TroubleKind.REFUSED]


async def test_a_wrong_token_stops_the_sender(db: Database, server: SandboxServer) -> None:
    """Nothing is lost and the error says what to do."""
    await readers(db, server, 3)
    server.faults.add(Fault(FaultKind.UNAUTHORIZED))
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with relaying(db, server) as relay:
        assert relay.running is not None
        with pytest.raises(TokenError, match="BotFather"):
            await asyncio.wait_for(asyncio.shield(relay.running), 5)
    assert await state_counts(db) == {State.QUEUED: 3}


async def test_leases_left_by_a_crash_are_taken_over_and_counted(
    db: Database, server: SandboxServer
) -> None:
    """What a dead process had claimed is sent by the next one, which says how many."""
    await readers(db, server, 5)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with db.write() as connection:
        await fanouts.plan_chunk(connection, size=100, now=utc_now())
        dead = await outbox.claim(connection, "dead", utc_now(), limit=3, lease=3600)
    assert len(dead) == 3
    async with relaying(db, server) as second:
        await until(all_sent(db, 5))
        assert second.metric("possible_repeats") == 3


async def test_a_stop_lets_what_is_under_way_finish(db: Database, server: SandboxServer) -> None:
    """Answers that are on their way are recorded; nothing is repeated or lost afterwards."""
    ids = await readers(db, server, 30)
    server.faults.add(Fault(FaultKind.LATENCY, seconds=0.3))
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    async with relaying(db, server, rates=Rates(100, 10, 20)) as relay:
        await until(lambda: server.faults.listing()[1].hits >= 10)
        await relay.sender.stop(5)
        accepted = sum(len(relay.texts(chat)) for chat in ids)
        assert accepted < 60
        assert (await state_counts(db))[State.SENT] == accepted
    server.faults.clear()
    async with relaying(db, server) as again:
        await until(all_sent(db, 60))
        assert again.metric("possible_repeats") == 0
        assert all(again.texts(chat) == ["One", "Two"] for chat in ids)
    assert server.world.duplicates() == 0


async def test_what_a_stop_cuts_off_is_counted_as_a_possible_repeat(
    db: Database, server: SandboxServer
) -> None:
    """Nobody can know whether Telegram took it; it waits for the next start, and says why."""
    await readers(db, server, 1)
    server.faults.add(Fault(FaultKind.HANG))
    await add_entries(db, await add_source(db), ["One"])
    async with relaying(db, server, read_timeout=20) as relay:
        await until(lambda: server.faults.listing()[1].hits == 1)
        await relay.sender.stop(0.1)
        [row] = await delivery_rows(db)
        assert row.state == State.QUEUED
        assert row.error == "stopped while under way"
        assert relay.metric("possible_repeats") == 1


async def test_an_outage_of_telegram_is_no_chat_s_fault(
    db: Database, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it is, it costs a chat no tries, and the chat is told soon after it."""
    monkeypatch.setattr("bot.delivery.carrier.SILENT", 0.3)
    monkeypatch.setattr("bot.delivery.carrier.AWAY", 0.5)
    [chat] = await readers(db, server, 1)
    await add_entries(db, await add_source(db), ["One"])
    await server.down()
    async with relaying(db, server) as relay:
        await until(lambda: relay.metric("deliveries", outcome="retried") >= 8)
        [row] = await delivery_rows(db)
        assert row.attempts <= 2
        await server.up()
        await until(all_sent(db, 1), 3)
        assert relay.texts(chat) == ["One"]


async def test_lost_answers_of_the_database_hold_nobody_up(
    db: Database, server: SandboxServer
) -> None:
    """What was committed unheard is neither repeated nor left until its lease ends."""
    chats = await readers(db, server, 40)
    await add_entries(db, await add_source(db), ["One", "Two"])
    flaky = Refusing(db)
    flaky.error, flaky.committed, flaky.share = StoreError("the connection broke"), True, 0.3
    async with relaying(flaky, server, rates=Rates(50, 10, 20)) as relay:
        await until(all_sent(db, 80), 30)
        assert flaky.refused > 5
        assert all(relay.texts(chat) == ["One", "Two"] for chat in chats)
    assert server.world.duplicates() == 0


async def test_a_full_disk_loses_nothing_and_repeats_nothing(
    db: Database, server: SandboxServer
) -> None:
    """What was sent is kept in memory until it can be recorded; nothing new is sent meanwhile."""
    ids = await readers(db, server, 40)
    source = await add_source(db)
    await add_entries(db, source, ["One", "Two"])
    refusing = Refusing(db)
    async with relaying(refusing, server, rates=Rates(50, 10, 20)) as relay:
        await until(lambda: len(server.world.accepted) >= 10)
        refusing.error = StorageFullError("no space is left; make room")
        await until(lambda: refusing.refused >= 1)
        await asyncio.sleep(1.2)
        stuck = len(server.world.accepted)
        await asyncio.sleep(1.0)
        assert len(server.world.accepted) == stuck < 80
        assert [t.kind for t in relay.troubles] == [TroubleKind.STORE]
        refusing.error = None
        await until(all_sent(db, 80), 15)
        assert all(relay.texts(chat) == ["One", "Two"] for chat in ids)
    assert [t.kind for t in relay.troubles] == [TroubleKind.STORE, TroubleKind.STORE_WELL]
    assert server.world.duplicates() == 0
