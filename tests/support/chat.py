"""The commands in a real Application, over HTTP, against the sandbox's Bot API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.commands.handlers import register
from bot.commands.haste import Haste
from bot.commands.permissions import Rights
from bot.commands.processor import PerChatProcessor
from bot.commands.roster import Admins
from bot.commands.services import Inspection, Section, Services
from bot.errors import NoLiveBlogError
from bot.intake.follow import check_pattern
from bot.intake.inspect import inspect
from bot.model import (
    Change,
    ChangeKind,
    Decision,
    Destination,
    Document,
    Follow,
    Snapshot,
    Source,
    SourceEntry,
    SourceState,
    Topic,
    TopicRule,
)
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, Message, User
from bot.store import chats, migrate, polls, sources, subscriptions, topics
from bot.store.engine import Database, open_database
from tests.support.pages import document

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
OPERATOR_ID = 900_000_001
SECOND_OPERATOR_ID = 900_000_002
TOPICS = (
    ("weather", "🌦", {"en": "Weather", "de": "Wetter", "fr": "Météo"}),
    ("harbour", "⚓", {"en": "Harbour", "de": "Hafen"}),
    ("road-works", "🚧", {"en": "Road works", "de": "Baustellen"}),
    ("city-council", "🏛", {"en": "City council", "es": "Ayuntamiento"}),
)


@dataclass
class Room:
    """A running bot with everything a test needs to talk to it and to look behind it."""

    server: SandboxServer
    db: Database
    application: Application[Any, Any, Any, Any, Any, Any]
    services: Services
    pages: dict[str, Inspection | Exception | str]
    clock: list[datetime] = field(default_factory=lambda: [NOW])
    woken: list[datetime] = field(default_factory=list)
    sections: dict[str, Sequence[str]] = field(default_factory=dict)

    @property
    def world(self) -> Any:
        """The people and chats outside."""
        return self.server.world

    def person(self, name: str = "Reader", **how: Any) -> tuple[User, Chat]:
        """Somebody who has started the bot, and their private chat."""
        user = self.server.world.add_user(name, **how)
        return user, self.server.world.private_chat(user)

    def operator(self, number: int = OPERATOR_ID) -> tuple[User, Chat]:
        """An admin of the bot, and their private chat."""
        world = self.server.world
        user = world.user(number) or world.add_user("Operator", user_id=number)
        return user, world.private_chat(user)

    async def say(self, user: User, chat: Chat, text: str, **how: Any) -> list[Message]:
        """Write something; everything the bot says in that chat about it."""
        written = self.server.world.say(user, chat, text, **how)
        await self.settle()
        return self.since(chat, written)

    async def ask(self, user: User, chat: Chat, text: str, **how: Any) -> Message:
        """Write something that gets exactly one message for an answer."""
        answers = await self.say(user, chat, text, **how)
        assert len(answers) == 1, [answer.text for answer in answers]
        return answers[0]

    async def press(self, user: User, message: Message, button: str) -> dict[str, Any]:
        """Press a button; what the bot answered: {"text", "show_alert", …}."""
        press = self.server.world.press(user, message, button)
        await self.settle()
        assert press.answer is not None, "the press was never answered"
        return press.answer

    def forge(self, message: Message, data: str) -> str:
        """Put a button with that data on a message, as a changed app could send it."""
        message.markup = {"inline_keyboard": [[{"text": "forged", "callback_data": data}]]}
        return "forged"

    def since(self, chat: Chat, message: Message) -> list[Message]:
        """What the bot said in a chat after a message, oldest first."""
        found = self.server.world.messages(chat)
        return [each for each in found if each.from_bot and each.id > message.id]

    async def settle(self) -> None:
        """Wait until every update is fetched and handled."""
        async with asyncio.timeout(10):
            while self.server.world.updates.waiting:  # noqa: ASYNC110 - confirming wakes nobody
                await asyncio.sleep(0.002)
            await self.application.update_queue.join()

    async def follows(self, chat: Chat, thread_id: int | None = None) -> set[str]:
        """What a chat follows, as "topic:weather", "source:3" or "all"."""
        async with self.db.read() as connection:
            destination = await chats.find(connection, chat.id, thread_id)
            if destination is None:
                return set()
            slugs = {each.id: each.slug for each in await topics.listed(connection)}
            found = await subscriptions.of(connection, destination.id)
        return {
            "all"
            if follow is Follow.ALL
            else f"{follow}:{slugs[number] if follow is Follow.TOPIC else number}"
            for follow, number in found
        }

    async def destination(self, chat: Chat, thread_id: int | None = None) -> Destination | None:
        """What is stored of a chat."""
        async with self.db.read() as connection:
            return await chats.find(connection, chat.id, thread_id)

    async def source(self, source_id: int) -> Source:
        """A stored source."""
        async with self.db.read() as connection:
            found = await sources.get(connection, source_id)
        assert found is not None
        return found

    async def add_source(
        self,
        name: str,
        *entries: SourceEntry,
        state: SourceState = SourceState.ACTIVE,
        topic: str | None = None,
        url: str = "",
    ) -> Source:
        """A source that was polled once, with these entries, all about one topic."""
        async with self.db.write() as connection:
            address = url or f"https://news.example/{len(await sources.listed(connection))}"
            source = await sources.propose(
                connection,
                url=address,
                poll_url=address,
                name=name,
                adapter="schemaorg",
                title=name,
                interval=10.0,
                added_by=None,
                now=NOW,
            )
            if state is not SourceState.PROPOSED:
                await sources.activate(connection, source.id, NOW)
                await self._poll(connection, source, entries, topic)
            if state is SourceState.PAUSED:
                await sources.pause(connection, source.id)
            elif state is SourceState.REMOVED:
                await sources.remove(connection, source.id)
        return await self.source(source.id)

    async def _poll(
        self, connection: Any, source: Source, entries: Sequence[SourceEntry], topic: str | None
    ) -> None:
        found = None if topic is None else await topics.by_slug(connection, topic)
        changes = tuple(
            Change(ChangeKind.NEW, entry.id or str(number), entry, content_hash=str(number))
            for number, entry in enumerate(entries)
        )
        ids = [found.id] if found is not None else []
        mark = sources.PollMark(
            polled_at=self.clock[0],
            next_poll_at=self.clock[0] + timedelta(minutes=1),
            interval=10.0,
        )
        await polls.commit_poll(
            connection,
            source.id,
            Decision(changes),
            mark,
            topic_ids={change.identity: ids for change in changes},
            now=self.clock[0],
        )


def entry(title: str, minutes: int = 0, **more: Any) -> SourceEntry:
    """An entry published so many minutes before `NOW`."""
    given = {"id": title, "text": f"{title}, says the harbour master.", **more}
    return SourceEntry(title=title, published_at=NOW - timedelta(minutes=minutes), **given)


def page(*entries: SourceEntry, url: str = "https://news.example/live", **more: Any) -> Inspection:
    """What reading an address gave."""
    given = {"title": "Storm over the harbour", "url": url, "adapter": "schemaorg", **more}
    return Inspection(
        url=url,
        poll_url=url,
        adapter="schemaorg",
        reason="the page holds a LiveBlogPosting",
        confidence=0.95,
        snapshot=Snapshot(entries=entries, **given),
    )


async def add_topics(db: Database, rows: Iterable[tuple[str, str, dict[str, str]]]) -> None:
    """Store topics, in this order."""
    async with db.write() as connection:
        await topics.sync_file(
            connection,
            [Topic(0, slug, names, emoji, TopicRule()) for slug, emoji, names in rows],
        )


@dataclass(frozen=True)
class OnePage:
    """A web that answers everything with one page."""

    body: str

    async def fetch(self, url: str, **_: object) -> Document:
        """The page."""
        return document(self.body, url)


@asynccontextmanager
async def open_room(
    path: Path, *, adapt: Callable[[Services], Services] = lambda services: services
) -> AsyncIterator[Room]:
    """Start a server and a bot on the database at `path`; stop both at the end.

    `adapt` changes what the commands are given.
    """
    db = await open_database(str(path))
    await migrate.upgrade(db)
    server = await SandboxServer(limits=Limits.off()).start()
    pages: dict[str, Inspection | Exception | str] = {}
    clock = [NOW]
    woken: list[datetime] = []
    sections: dict[str, Sequence[str]] = {}

    async def look(url: str, options: Mapping[str, str], zone: str | None) -> Inspection:
        found = pages.get(url, NoLiveBlogError("the page holds no live blog"))
        if isinstance(found, Exception):
            raise found
        if isinstance(found, str):  # a page's markup is really read
            return await inspect(OnePage(found), url, options, zone)
        return found

    async def survey(url: str, pattern: str) -> Section:
        wanted = check_pattern(pattern)
        links = tuple(link for link in sections.get(url, ()) if wanted in link)
        return Section(url, "Harbour Gazette: live", wanted, links)

    async def polled(_: int) -> None:
        woken.append(clock[0])

    services = Services(
        db=db,
        admins=Admins({OPERATOR_ID, SECOND_OPERATOR_ID}, db),
        default_timezone="UTC",
        now=lambda: clock[0],
        inspect=look,
        survey=survey,
        wake_poller=lambda: woken.append(clock[0]),
        wake_planner=lambda: woken.append(clock[0]),
        wake_sender=lambda: woken.append(clock[0]),
        polled=polled,
        min_interval=7.0,
        rights=Rights(lambda: clock[0].timestamp()),
        haste=Haste(burst=1_000),
    )
    services = adapt(services)
    application = _application(server, db)
    register(application, services)
    room = Room(server, db, application, services, pages, clock, woken, sections)
    try:
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling(timeout=20)
            yield room
            await application.updater.stop()
            await application.stop()
    finally:
        await server.stop()
        await db.close()


def _application(server: SandboxServer, db: Database) -> Application[Any, Any, Any, Any, Any, Any]:
    return (
        Application.builder()
        .token(server.token)
        .base_url(f"{server.api_root}/bot")
        .request(HTTPXRequest(httpx_kwargs={"verify": False}))
        .get_updates_request(HTTPXRequest(httpx_kwargs={"verify": False}))
        .concurrent_updates(PerChatProcessor(db.precedence))
        .build()
    )
