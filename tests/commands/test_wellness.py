"""How it goes, in words and as a picture."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.heartbeat import ErrorTally, Heartbeat
from bot.observe import Metrics
from bot.store import latencies, sources, statistics, vitals
from tests.support.chat import NOW, Room, entry


async def test_health_in_words(room: Room) -> None:
    """Processes, polls, what waits, rate, database, disk, errors, sources that fail."""
    await room.add_source("Gazette", entry("One"))
    operator, desk = room.operator()
    assert "🔴 No process" in (await room.ask(operator, desk, "/health")).text
    metrics, reports = Metrics(), []

    async def report(text: str) -> None:
        reports.append(text)

    heart = Heartbeat(
        room.db,
        owner="host:7",
        roles="all",
        metrics=metrics,
        now=lambda: room.clock[0],
        report=report,
    )
    await heart.beat()
    metrics.deliveries.labels(outcome="sent").inc(30)
    room.clock[0] += timedelta(seconds=10)
    heart.errors.handle(
        logging.LogRecord("bot.x", logging.ERROR, "", 0, {"event": "a part failed"}, None, None)
    )
    await heart.beat()
    async with room.db.write() as connection:
        await sources.mark_failed(
            connection,
            1,
            error="news.example answered with the status 503.",
            now=room.clock[0],
            next_poll_at=room.clock[0] - timedelta(minutes=3),
        )
    told = (await room.ask(operator, desk, "/health")).text
    for part in (
        "🟢 host:7: all, version",
        "🟡 Polls: the most overdue is 180 s late",
        "🟢 Waiting to be sent: 0",
        "Sending 3.0 messages a second, 10 % of what is permitted",
        "🟡 1 error in the log within an hour",
        "a part failed",
        "Database: ",
        "GB free",
        "🔴 1 source cannot be read:",
        "#1 Gazette: news.example answered with the status 503.",
    ):
        assert part in told
    await heart.stop()
    assert "🔴 No process" in (await room.ask(operator, desk, "/health")).text


async def test_a_full_disk_is_told_once_and_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is looked at."""
    reports: list[str] = []

    async def report(text: str) -> None:
        reports.append(text)

    heart = Heartbeat(
        room.db, owner="x", roles="all", metrics=Metrics(), now=lambda: NOW, report=report
    )
    for free in (50_000_000, 40_000_000, 90_000_000_000, 90_000_000_000):
        monkeypatch.setattr(vitals, "disk_of", lambda _db, free=free: (free, 100_000_000_000))
        await heart.beat()
    assert len(reports) == 2
    assert "nearly full: 50 MB" in reports[0]
    assert "has room again" in reports[1]


def test_errors_are_counted_for_an_hour() -> None:
    """Then they are forgotten; of an error only its own words are kept, no values."""
    clock = [NOW]
    tally = ErrorTally(lambda: clock[0])
    message = {"event": "polling cannot store", "reason": "a secret"}
    tally.handle(logging.LogRecord("bot.x", logging.ERROR, "", 0, message, None, None))
    assert tally.lately() == 1
    assert tally.last == "polling cannot store"
    clock[0] += timedelta(minutes=61)
    assert tally.lately() == 0


@pytest.mark.parametrize("which", ["", "day", "week"])
async def test_stats_are_a_picture(room: Room, which: str) -> None:
    """With the numbers in words below it."""
    await room.add_source("Gazette", entry("One"), entry("Two", minutes=300))
    async with room.db.write() as connection:
        await latencies.add(connection, [(1, 0.4), (1, 0.6), (2, 3.0)])
    operator, desk = room.operator()
    answer = await room.ask(operator, desk, f"/stats {which}".strip())
    assert answer.photo is not None
    assert answer.text == "2 entries, 3 deliveries"


async def test_the_numbers(room: Room) -> None:
    """Each step has its own; chats add up."""
    await room.add_source("Gazette", entry("One"), entry("Two", minutes=300))
    for name in ("Ada", "Ben"):
        reader, chat = room.person(name)
        await room.ask(reader, chat, "/start")
    async with room.db.write() as connection:
        await latencies.add(connection, [(1, 0.4), (1, 0.6), (2, 3.0)])
        start = NOW - timedelta(hours=5)
        found = await statistics.over(connection, start, timedelta(hours=1), 6)
    assert found.entries == (1, 0, 0, 0, 0, 1)
    assert found.deliveries == (1, 0, 0, 0, 0, 2)
    assert found.p95[0] == pytest.approx(3.0, rel=0.1)
    assert found.p50[1] is None
    assert found.chats == (0, 0, 0, 0, 0, 2)
    assert found.overall is not None


async def test_slips_and_others(room: Room) -> None:
    """Another span is asked back; others get the answer of an unknown command."""
    operator, desk = room.operator()
    assert "/stats week" in (await room.ask(operator, desk, "/stats year")).text
    reader, chat = room.person()
    for command in ("/health", "/stats"):
        assert "do not know" in (await room.ask(reader, chat, command)).text
