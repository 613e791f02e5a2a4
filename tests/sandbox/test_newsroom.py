"""bot.sandbox.newsroom: the scripted live blog, as a reader of it meets it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import feedparser
import httpx
import pytest

import bot.sandbox
from bot.intake.topics import TopicMatcher
from bot.intake.topics_file import read_topics
from bot.model import Document, Snapshot
from bot.sandbox.newsroom import Newsroom
from bot.sandbox.scenes import SCENES, draw
from bot.sandbox.script import ScriptEntry, load_script, parse_script
from bot.sources.base import Hints, Page

START = datetime(2026, 3, 4, 22, 30, 40, tzinfo=UTC)
DATA = Path(bot.sandbox.__file__).parent / "data"


class Clock:
    """A wall clock and a monotonic one that tests move."""

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 5_000.0 + self.passed


@pytest.fixture
def clock() -> Clock:
    """Stands at half past ten in the evening, UTC."""
    return Clock()


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    """A reader's browser."""
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
async def manual(clock: Clock) -> AsyncIterator[Newsroom]:
    """A newsroom that only a test moves."""
    newsroom = Newsroom(speed=None, wall=clock.wall, monotonic=clock.monotonic)
    await newsroom.start()
    yield newsroom
    await newsroom.stop()


def times(page: str) -> list[str]:
    """The clock times of the entries, in the page's order."""
    return re.findall(r"<strong>(\d\d:\d\d)</strong>", page)


async def test_some_entries_stand_from_the_start(manual: Newsroom, web: httpx.AsyncClient) -> None:
    """Before anything happens the page holds a few entries, in the style of such pages."""
    answer = await web.get(manual.url)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(times(answer.text)) == 5
    assert "All updates in Coordinated Universal Time (UTC)" in answer.text
    assert "<h1>Storm tide batters Saltreave coast — live updates</h1>" in answer.text


async def test_the_page_grows_as_scripted(clock: Clock, web: httpx.AsyncClient) -> None:
    """At speed 60 a second is a minute of the script, and each entry comes when it is due."""
    newsroom = Newsroom(speed=60, wall=clock.wall, monotonic=clock.monotonic)
    await newsroom.start()
    for minutes in (0, 5, 6, 15, 60, 63, 300, 599, 600, 5_000):
        clock.passed = float(minutes)
        page = (await web.get(newsroom.url)).text
        due = [e for e in newsroom.script.entries if e.at <= minutes]
        gone = [e for e in due if e.withdrawn_at is not None and e.withdrawn_at <= minutes]
        assert len(times(page)) == len(due) - len(gone)
        assert ("This concludes our live coverage" in page) == (minutes >= 600)
        assert newsroom.ended == (minutes >= 600)
    await newsroom.stop()


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0, 120.0, 600.0, 36_000.0])
def test_shown_times_are_never_in_the_future(clock: Clock, speed: float) -> None:
    """At any speed and instant no entry is dated later than now, and their order stays."""
    newsroom = Newsroom(speed=speed, wall=clock.wall, monotonic=clock.monotonic)
    for step in range(201):
        clock.passed = step / 200 * 600 * 60 / speed
        shown = newsroom.shown()
        assert all(item.published_at <= clock.wall() for item in shown)
        assert [item.number for item in shown] == sorted(item.number for item in shown)


def test_new_entries_show_the_minute_in_which_they_appear(clock: Clock) -> None:
    """At the demo's speed an entry is dated with the minute in which it can first be read."""
    newsroom = Newsroom(speed=60, wall=clock.wall, monotonic=clock.monotonic)
    clock.passed = 283.0
    newest = newsroom.shown()[-1]
    assert newest.entry.at == 283
    assert newest.published_at == clock.wall().replace(second=0)


def test_a_fast_replay_keeps_the_distances_of_the_script(clock: Clock) -> None:
    """At high speed the times are as far apart as in the script, and end with the replay."""
    newsroom = Newsroom(speed=6_000, wall=clock.wall, monotonic=clock.monotonic)
    clock.passed = 6.0
    shown = newsroom.shown()
    assert shown[-1].published_at == (START + timedelta(seconds=6)).replace(second=0)
    gaps = [(item.published_at - shown[-1].published_at).total_seconds() / 60 for item in shown]
    assert gaps == [item.entry.at - 600 for item in shown]


async def test_corrections(manual: Newsroom, web: httpx.AsyncClient) -> None:
    """Two entries read differently later, under the same time."""
    changed = [entry for entry in manual.script.entries if entry.changes]
    assert len(changed) == 2
    before = manual.advance(5)
    page = (await web.get(manual.url)).text
    assert "Around 12,000 households" in page
    after = manual.advance(5)
    page = (await web.get(manual.url)).text
    assert "Around 12,000 households" not in page
    assert "Around 1,200 households" in page
    assert "Correction: An earlier version" in page
    stamps = {item.number: item.published_at for item in after}
    assert all(stamps[item.number] == item.published_at for item in before)


async def test_withdrawal(manual: Newsroom, web: httpx.AsyncClient) -> None:
    """One entry disappears while older and newer ones stay."""
    (gone,) = [entry for entry in manual.script.entries if entry.withdrawn_at is not None]
    while manual.minutes < gone.at:
        manual.advance()
    assert "container ship has run aground" in (await web.get(manual.url)).text
    before = manual.shown()
    while manual.minutes < (gone.withdrawn_at or 0):
        manual.advance()
    page = (await web.get(manual.url)).text
    assert "container ship has run aground" not in page
    numbers = [item.number for item in manual.shown()]
    missing = {item.number for item in before} - set(numbers)
    assert len(missing) == 1
    assert min(numbers) < missing.pop() < max(numbers)


async def test_conditional_requests(manual: Newsroom, web: httpx.AsyncClient, clock: Clock) -> None:
    """An unchanged page is answered with 304 and no body; a changed one is not."""
    for url in (manual.url, manual.feed_url):
        first = await web.get(url)
        same = await web.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        weak = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        assert (await web.get(url, headers=weak)).status_code == 304
        clock.passed += 10
        since = {"If-Modified-Since": first.headers["last-modified"]}
        assert (await web.get(url, headers=since)).status_code == 304
        manual.advance()
        changed = await web.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200
        assert (await web.get(url, headers=since)).status_code == 200
        odd = {"If-Modified-Since": "yesterday"}
        assert (await web.get(url, headers=odd)).status_code == 200


async def test_entries_by_hand(manual: Newsroom, web: httpx.AsyncClient, clock: Clock) -> None:
    """A test can write, reword and withdraw entries of its own."""
    clock.passed = 120
    number = manual.push("The harbour crane has been secured.\n\nMore soon.", key=True)
    page = (await web.get(manual.url)).text
    assert '<p class="stamp key-event"><strong>22:32</strong> The harbour crane has' in page
    manual.revise(number, "Both harbour cranes have been secured.")
    assert "Both harbour cranes" in (await web.get(manual.url)).text
    manual.withdraw(number)
    assert "harbour crane" not in (await web.get(manual.url)).text
    with pytest.raises(IndexError):
        manual.revise(0, "A scripted entry")


def test_manual_control_is_for_manual_mode() -> None:
    """A replay that follows the clock refuses to be moved by hand."""
    newsroom = Newsroom(speed=60)
    with pytest.raises(RuntimeError, match="manual"):
        newsroom.advance()
    with pytest.raises(ValueError, match="speed"):
        Newsroom(speed=0)


async def test_pictures_and_links_lead_somewhere(manual: Newsroom, web: httpx.AsyncClient) -> None:
    """Every picture and every link of the page is answered."""
    manual.advance(1_000)
    page = (await web.get(manual.url)).text
    sources = set(re.findall(r'<img src="([^"]+)"', page))
    assert len(sources) >= 6
    for path in sources:
        answer = await web.get(httpx.URL(manual.url).join(path))
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    for path in set(re.findall(r'href="([^"]+)"', page)):
        answer = await web.get(httpx.URL(manual.url).join(path), follow_redirects=True)
        assert answer.status_code == 200
    assert (await web.get(httpx.URL(manual.url).join("/media/none.png"))).status_code == 404


async def test_feed(manual: Newsroom, web: httpx.AsyncClient) -> None:
    """The feed holds the same entries, each under an id that survives its correction."""
    manual.advance(5)
    before = feedparser.parse((await web.get(manual.feed_url)).content)
    assert not before.bozo
    assert len(before.entries) == len(manual.shown())
    manual.advance(5)
    after = feedparser.parse((await web.get(manual.feed_url)).content)
    old = {entry.id: entry.description for entry in before.entries}
    new = {entry.id: entry.description for entry in after.entries}
    reworded = [key for key in old if new[key] != old[key]]
    assert len(reworded) == 1
    assert "12,000" in old[reworded[0]]
    assert "1,200" in new[reworded[0]]


async def test_a_taken_port_is_an_error_and_stop_frees_it(manual: Newsroom) -> None:
    """Two newsrooms cannot share a port; after a stop it is free again."""
    port = httpx.URL(manual.url).port or 0
    second = Newsroom(speed=None)
    with pytest.raises(OSError, match="address already in use"):
        await second.start(port=port)
    await manual.stop()
    await second.start(port=port)
    await second.stop()


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


async def _read(newsroom: Newsroom, web: httpx.AsyncClient, now: datetime) -> Snapshot:
    """What the clock-time adapter reads from the page."""
    answer = await web.get(newsroom.url)
    page = Page(
        Document(
            url=newsroom.url,
            requested_url=newsroom.url,
            status=200,
            content_type=answer.headers["content-type"],
            body=answer.content,
            fetched_at=now,
        )
    )
    adapter = import_module("bot.sources.timestamped").Timestamped()
    assert adapter.recognises(page).confidence > 0.5
    snapshot: Snapshot = adapter.read(page, Hints())
    return snapshot


async def test_the_page_reads_back_to_the_script(
    manual: Newsroom, web: httpx.AsyncClient, clock: Clock
) -> None:
    """At every tenth change the adapter reads exactly the entries that are due: times and words."""
    for _ in range(7):
        snapshot = await _read(manual, web, clock.wall())
        shown = manual.shown()[::-1]
        assert [entry.published_at for entry in snapshot.entries] == [
            item.published_at for item in shown
        ]
        for entry, item in zip(snapshot.entries, shown, strict=True):
            assert _paragraphs(entry.text) == _paragraphs(item.entry.plain)
            assert entry.key_event == item.entry.key
            pictures = [media.caption for media in entry.media]
            assert pictures == ([item.entry.picture.caption] if item.entry.picture else [])
        assert snapshot.complete
        assert snapshot.timezone == "UTC"
        assert snapshot.ended == manual.ended
        manual.advance(10)
    assert manual.ended


async def test_a_replay_across_midnight_reads_back(clock: Clock, web: httpx.AsyncClient) -> None:
    """Entries before and after midnight keep their days."""
    clock.passed = 85 * 60.0  # 23:55:40
    newsroom = Newsroom(speed=60, wall=clock.wall, monotonic=clock.monotonic)
    await newsroom.start()
    clock.passed += 600
    snapshot = await _read(newsroom, web, clock.wall())
    found = [entry.published_at for entry in snapshot.entries]
    assert found == [item.published_at for item in newsroom.shown()[::-1]]
    assert {moment.day for moment in found if moment} == {4, 5}
    await newsroom.stop()


def test_the_script_is_a_whole_event() -> None:
    """Enough entries, some pictures, lists, quotations and background, two turning points."""
    script = load_script()
    entries = script.entries
    assert len(entries) >= 44
    assert sum(entry.at <= 0 for entry in entries) == 5
    assert sum(entry.key for entry in entries) == 2
    assert sum(entry.picture is not None for entry in entries) >= 5
    assert sum(bool(entry.read_more) for entry in entries) >= 5
    assert any("\n- " in entry.text for entry in entries)
    assert any("\n> " in entry.text for entry in entries)
    assert entries[-1].text.startswith("This concludes our live coverage")
    assert {entry.picture.scene for entry in entries if entry.picture} <= set(SCENES)


def test_the_demo_topics_part_the_script() -> None:
    """Each topic of the demo gets a subset of its own, and every entry has a topic."""
    topics = [
        replace(topic, id=number)
        for number, topic in enumerate(read_topics(DATA / "topics.toml"), 1)
    ]
    matcher = TopicMatcher(topics)
    found = [matcher.match(entry.plain) for entry in load_script().entries]
    assert all(found)
    counts = Counter(topic for ids in found for topic in ids)
    assert set(counts) == {topic.id for topic in topics}
    assert all(2 <= count <= 20 for count in counts.values())
    for topic in topics:
        assert set(topic.names) == {"en", "de", "fr", "es"}


def test_the_shipped_topics() -> None:
    """config/topics.toml can be read, is translated, and tells everyday news apart."""
    file = Path(bot.sandbox.__file__).parents[2] / "config" / "topics.toml"
    topics = [replace(topic, id=n) for n, topic in enumerate(read_topics(file), 1)]
    for topic in topics:
        assert set(topic.names) == {"en", "de", "fr", "es"}
        assert topic.emoji
    slugs = {topic.id: topic.slug for topic in topics}
    matcher = TopicMatcher(topics)

    def match(text: str) -> set[str]:
        return {slugs[number] for number in matcher.match(text)}

    assert match("Polls close at 8 p.m.; turnout is high.") == {"elections"}
    assert match("All flights from the airport are cancelled because of the storm.") == {
        "transport",
        "weather",
    }
    assert match("La Bourse recule après la décision sur le taux directeur.") == {"economy"}
    assert match("Die Regierung berät über das Hochwasser.") == {"politics", "weather"}
    assert match("They discussed it, but they set no goal and shared a train of thought.") == set()
    assert match("A price war among supermarkets") == set()


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("title = 'x'", "lacks 'entry'"),
        ("title='x'\nsite='y'\n[[entry]]\nat=1\ntext=' '", "no words"),
        ("title='x'\nsite='y'\n[[entry]]\ntext='a'", "lacks 'at'"),
        ("title='x'\nsite='y'\n[[entry]]\nat=2\ntext='a'\n[[entry]]\nat=1\ntext='b'", "oldest"),
    ],
)
def test_wrong_scripts_are_refused(toml: str, message: str) -> None:
    """A script that cannot be played says what is wrong."""
    with pytest.raises(ValueError, match=message):
        parse_script(toml)


def test_wordings() -> None:
    """An entry is on the page from its minute to its withdrawal, in the wording of the time."""
    entry = ScriptEntry(10, "one", changes=((20, "two"), (30, "three")), withdrawn_at=40)
    said = [now.text if (now := entry.as_of(at)) else None for at in (9, 10, 19, 20, 35, 40)]
    assert said == [None, "one", "one", "two", "three", None]


def test_scenes_are_drawn_alike_each_time() -> None:
    """Pictures depend on their name alone, and no two are the same."""
    drawn = {name: draw(name) for name in SCENES}
    assert len(set(drawn.values())) == len(SCENES)
    draw.cache_clear()
    assert draw("night") == drawn["night"]
