"""``@bot words`` in any chat: entries to share there.

Telegram asks with every few letters that somebody types, and keeps an answer for a while
(https://core.telegram.org/bots/inline). Filters and spans are those of ``/search``; without words
the newest entries are offered. BotFather's /setinline switches it on.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date

import structlog
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.error import BadRequest

from bot.commands.conversation import Context, Situation
from bot.commands.follows import offer_for
from bot.commands.listing import contexts_of, headline_of
from bot.commands.place import Place
from bot.commands.query import Query, excerpt, read_query
from bot.commands.reply import as_entities
from bot.commands.searching import scope_of
from bot.commands.services import Services
from bot.commands.texts import plain
from bot.delivery.clocks import local, zone
from bot.delivery.links import usable_link
from bot.delivery.pieces import AlertContext, instant_of
from bot.delivery.render import render_alert
from bot.delivery.split import shorten
from bot.locales.dates import day_of
from bot.model import ChatKind, Entry
from bot.outgoing import Outgoing
from bot.store import search
from bot.store.search import Sought

PAGE = 10
CACHED = 20  # seconds; what is new shall be found soon
MOST = 500  # entries one can scroll through
_OFFSET = re.compile(r"([0-9]{1,18})\.([0-9]{1,4})", re.ASCII)
_SHARED = 3_000  # units of an entry's words

log = structlog.get_logger(__name__)


class InlineQueries:
    """A callback for inline queries.

    One of a person's is worked on at a time, and of those that wait only the newest: the app shows
    no answer to what has been typed over.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._newest: dict[int, str] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def __call__(self, update: Update, context: Context) -> None:
        """Answer a query, unless a newer one has come."""
        asked = update.inline_query
        if asked is None:
            return
        person = asked.from_user.id
        self._newest[person] = asked.id
        try:
            async with self._locks.setdefault(person, asyncio.Lock()):
                if self._newest.get(person) == asked.id:
                    await self._offer(asked, context)
        finally:
            if self._newest.get(person) == asked.id:
                self._newest.pop(person, None)
                self._locks.pop(person, None)

    async def _offer(self, asked: InlineQuery, context: Context) -> None:
        person = asked.from_user
        nowhere = Place(person.id, None, ChatKind.PRIVATE, "")
        language = (person.language_code or "en").lower()[:16]
        situation = Situation(self._services, context.bot, nowhere, person.id, None, language)
        results, offset = await offered(situation, asked.query, asked.offset)
        await _answer(asked, results, offset)


async def offered(
    situation: Situation, text: str, offset: str
) -> tuple[list[InlineQueryResultArticle], str]:
    """Entries to choose from, and the offset of the next ones ("" at the end)."""
    now = situation.services.now()
    query = read_query(text, now, zone(situation.timezone))
    sought = Sought()
    if not query.is_empty:
        scope = scope_of(situation, await offer_for(situation), query)
        if scope.unknown:
            return [], ""
        sought = scope.sought
    if query.words and not query.terms:
        return [], ""
    found = _OFFSET.fullmatch(offset)
    last_id, start = (int(found[1]), int(found[2])) if found else (0, 0)
    if start >= MOST:
        return [], ""
    async with situation.services.db.read() as connection:
        last_id = last_id or await search.last_id(connection)
        hits = await search.find(
            connection, replace(sought, last_id=last_id), limit=PAGE + 1, offset=start
        )
        contexts = await contexts_of(connection, hits, situation.language)
    following = f"{last_id}.{start + PAGE}" if len(hits) > PAGE else ""
    today = local(now, situation.timezone).date()
    results = [
        _result(situation, entry, contexts.get(entry.id, AlertContext("")), query, today)
        for entry in hits[:PAGE]
    ]
    return results, following


def _result(
    situation: Situation, entry: Entry, context: AlertContext, query: Query, today: date
) -> InlineQueryResultArticle:
    shared = _shared(situation, entry, context)
    when = local(instant_of(entry), situation.timezone)
    clock = f"{when:%H:%M}"
    if when.date() != today:
        clock = f"{day_of(when.date(), situation.language, today)} {clock}"
    said, _hits = excerpt(plain(entry.text, 20_000), query.terms)
    about = " · ".join(part for part in (clock, plain(context.source_name), said) if part)
    photo = next(
        (m.url for m in entry.media if m.kind == "photo" and usable_link(m.url) is not None), None
    )
    keyboard = None
    if shared.button is not None:
        opens = InlineKeyboardButton(shared.button.text, url=shared.button.url)
        keyboard = InlineKeyboardMarkup([[opens]])
    preview = shared.preview_url
    return InlineQueryResultArticle(
        f"{entry.id}.{entry.revision}",
        ("❗ " if entry.key_event else "") + (headline_of(entry, 120) or "…"),
        InputTextMessageContent(
            shared.text,
            entities=as_entities(shared),
            link_preview_options=LinkPreviewOptions(url=preview)
            if preview
            else LinkPreviewOptions(is_disabled=True),
        ),
        reply_markup=keyboard,
        description=plain(about, 200),
        thumbnail_url=photo,
    )


def _shared(situation: Situation, entry: Entry, context: AlertContext) -> Outgoing:
    """An entry as one message."""
    parts = _rendered(situation, entry, context)
    if len(parts) > 1:
        brief = replace(entry, html="", text=shorten(entry.text, _SHARED))
        parts = _rendered(situation, brief, context)
    return parts[0]


def _rendered(situation: Situation, entry: Entry, context: AlertContext) -> tuple[Outgoing, ...]:
    return render_alert(
        entry,
        context,
        language=situation.language,
        timezone=situation.timezone,
        picture="never",
    )


async def _answer(asked: InlineQuery, results: list[InlineQueryResultArticle], offset: str) -> None:
    """An answer that comes too late is of no use to anybody: that is no error."""
    try:
        await asked.answer(results, cache_time=CACHED, is_personal=True, next_offset=offset)
    except BadRequest as error:
        log.info("inline query not answered", user=asked.from_user.id, reason=str(error))
