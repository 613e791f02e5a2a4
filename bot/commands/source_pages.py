"""``/sources`` for admins: a tree with health dots, and a page of each source with buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ParseMode

from bot.commands import managing, reading, source_topics
from bot.commands.conversation import Ask, Press, Situation, noted, stale
from bot.commands.keyboards import COLUMNS, Action, Pressed, button
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import ago, link, plain, shown, spoken
from bot.locales import plural
from bot.locales.numbers import number_of
from bot.model import Source, SourceKind, SourceState
from bot.store import sources, topics
from bot.store.audit import Deed
from bot.store.following import as_tree

PAGE_SIZE = 12  # sources
MAX_NAME = 60
FAILING = 3  # failures in a row, at which admins hear of it
LATE = timedelta(minutes=2)  # past its time: nobody polls
HOUR = timedelta(hours=1)
RENAMING = re.compile(r"✏️ #([0-9]{1,18})\b")

VERBS = {
    Action.POLL_HERE: managing.POLL,
    Action.PAUSE_HERE: managing.PAUSE,
    Action.RESUME_HERE: managing.RESUME,
}


@dataclass(frozen=True, slots=True)
class _Overview:
    found: list[Source]
    lately: Mapping[int, int]


async def listed(ask: Ask) -> Answer:
    """``/sources``: for admins in private the tree with buttons, else what is watched."""
    if not (ask.is_admin and ask.place.is_private):
        return await reading.sources(ask)
    overview = await _overview(ask)
    if not overview.found:
        return await reading.sources(ask)
    text, keyboard = _page(ask, overview, 0)
    return say(text, keyboard=keyboard)


async def turned(press: Press) -> Notice:
    """A press that shows a page of the tree."""
    await press.change(*_page(press, await _overview(press), press.pressed.page))
    return Notice()


async def opened(press: Press) -> Notice:
    """A press on a source: its page."""
    return await _show(press) or Notice()


async def done(press: Press) -> Notice:
    """A press on a button of the page that polls, pauses or resumes: the page as it is then."""
    _ = press.translate
    verb = VERBS[press.pressed.action]
    source, changed = await managing.do(press, verb, press.pressed.number)
    if source is None:
        return stale(_)
    said = managing.outcome(verb, source, changed, _).format(name=plain(source.name))
    return await _show(press) or Notice(said)


async def asked_to_rename(press: Press) -> Notice:
    """A press on "Rename": asks for the name; the answer to that message is it."""
    _ = press.translate
    source = await _source(press)
    if source is None:
        return stale(_)
    await press.bot.send_message(
        press.place.chat_id,
        f"✏️ #{source.id} {shown(source.name)}\n" + _("Answer this message with its new name."),
        message_thread_id=press.place.thread_id,
        parse_mode=ParseMode.HTML,
        reply_markup=ForceReply(selective=True, input_field_placeholder=plain(source.name)),
    )
    return Notice()


async def renamed(ask: Ask) -> Answer:
    """An admin's answer to the question for a new name."""
    _ = ask.translate
    asked = ask.message.reply_to_message
    found = RENAMING.match((asked and asked.text) or "")
    name = plain(ask.message.text or "", MAX_NAME)
    if found is None or not name:
        return say(_("A name has 1 to {n} characters.").format(n=MAX_NAME))
    async with ask.services.db.write() as connection:
        source = await sources.get(connection, int(found[1]))
        if source is None or source.state is SourceState.REMOVED:
            return say(_("That source is no longer watched."))
        await sources.rename(connection, source.id, name)
        await noted(connection, ask, Deed.RENAME_SOURCE, f"#{source.id} {source.name}", name)
    return say(
        _("✅ #{id} is called {name} from now on.").format(
            id=source.id, name=f"<b>{shown(name)}</b>"
        )
    )


async def topics_done(press: Press) -> Notice:
    """A press on "Done" below the topics: back to the preview's buttons, or to the page."""
    _ = press.translate
    source = await _source(press)
    if source is None:
        return stale(_)
    if source.state is not SourceState.PROPOSED:
        return await _show(press) or Notice()
    follows = source.kind is SourceKind.FOLLOW
    watch = _("🔎 Follow this page") if follows else _("✅ Watch it")
    await press.change(None, source_topics.proposal(press, source, watch))
    return Notice()


def dot(source: Source, now: datetime) -> str:
    """A source's health: 🟢 well, 🟡 doubtful, 🔴 cannot be read, ⚪ not polled. Pure."""
    if source.state is not SourceState.ACTIVE:
        return "⚪"
    if source.failures >= FAILING:
        return "🔴"
    if source.failures or source.last_polled_at is None or now - source.next_poll_at > LATE:
        return "🟡"
    return "🟢"


async def _overview(situation: Situation) -> _Overview:
    async with situation.services.db.read() as connection:
        return _Overview(
            await sources.listed(connection),
            await sources.seen_since(connection, situation.services.now() - HOUR),
        )


def _page(situation: Situation, overview: _Overview, page: int) -> tuple[str, InlineKeyboardMarkup]:
    _ = situation.translate
    now = situation.services.now()
    rows = [
        (indent, source, over)
        for parent, children in as_tree(overview.found)
        for indent, source, over in (
            ("", parent, sum(child.state is SourceState.ENDED for child in children)),
            *(("└ ", child, 0) for child in children if child.state is not SourceState.ENDED),
        )
    ]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(page, pages - 1)
    part = rows[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    lines = [f"<b>{_('What I watch')}</b>"]
    if pages > 1:
        lines[0] += " " + _("({page} of {pages})").format(page=page + 1, pages=pages)
    for indent, source, over in part:
        count = overview.lately.get(source.id, 0)
        rate = "" if source.kind is SourceKind.FOLLOW else f" · {_('{n}/h').format(n=count)}"
        kind = "🔎 " if source.kind is SourceKind.FOLLOW else ""
        name = link(source.url, source.name)
        state = reading.source_state(source, situation)
        ended = f" · 🏁 {over}" if over else ""
        lines.append(f"{indent}{dot(source, now)} #{source.id} {kind}{name} – {state}{rate}{ended}")
    lines += ["", _("🟢 well · 🟡 doubtful · 🔴 cannot be read · ⚪ not polled")]
    buttons = [
        button(
            f"{dot(source, now)} #{source.id} {source.name}",
            Pressed(Action.OPEN_SOURCE, source.id, page),
        )
        for _indent, source, _over in part
    ]
    keyboard = [buttons[at : at + COLUMNS] for at in range(0, len(buttons), COLUMNS)]
    turns = [(_("« Back"), page - 1), (_("More »"), page + 1)]
    if pages > 1:
        keyboard.append(
            [
                button(text, Pressed(Action.SOURCES_PAGE, 0, number))
                for text, number in turns
                if 0 <= number < pages
            ]
        )
    return "\n".join(lines), InlineKeyboardMarkup(keyboard)


async def _source(press: Press) -> Source | None:
    async with press.services.db.read() as connection:
        source = await sources.get(connection, press.pressed.number)
    return None if source is None or source.state is SourceState.REMOVED else source


async def _show(press: Press) -> Notice | None:
    """Change the message to the page of a source; what is to be said where there is none."""
    source = await _source(press)
    if source is None or source.state is SourceState.PROPOSED:
        return stale(press.translate)
    async with press.services.db.read() as connection:
        count = (await sources.entry_counts(connection)).get(source.id, 0)
        since = press.services.now() - HOUR
        lately = (await sources.seen_since(connection, since)).get(source.id, 0)
        chosen = await topics.of_source(connection, source.id)
        names = [
            f"{each.emoji} {each.name(press.language)}".strip()
            for each in await topics.listed(connection)
            if each.id in chosen
        ]
    lines = [*_facts(press, source, count, lately, names), *_failure(press, source)]
    await press.change("\n".join(lines), _buttons(press, source))
    return None


def _facts(press: Press, source: Source, count: int, lately: int, names: list[str]) -> list[str]:
    _ = press.translate
    now = press.services.now()
    mark = dot(source, now)
    lines = [
        f"{mark} <b>#{source.id}</b> {link(source.url, source.name)}",
        reading.source_state(source, press),
    ]
    if source.kind is SourceKind.FOLLOW:
        lines.append(_("It is followed: live blogs it links to are added by themselves."))
    else:
        entries = plural(
            press.language,
            "{n} entry stored, {lately} in the last hour; the last one {ago}",
            "{n} entries stored, {lately} in the last hour; the last one {ago}",
            count,
        )
        last = ago(source.last_entry_at, now, _)
        stored, newest = number_of(count, press.language), number_of(lately, press.language)
        lines.append(entries.format(n=stored, lately=newest, ago=last))
        lines.append(_("Read as {adapter}").format(adapter=shown(source.adapter or "?")))
    if source.state is SourceState.ACTIVE:
        seconds = max(0, round((source.next_poll_at - now).total_seconds()))
        lines.append(
            _("Polled every {interval} s, next in {next} s").format(
                interval=round(source.interval), next=seconds
            )
        )
    if names:
        lines.append(
            _("All its entries belong to: {topics}").format(topics=shown(", ".join(names), 300))
        )
    return lines


def _failure(press: Press, source: Source) -> list[str]:
    _ = press.translate
    if not source.failures:
        return []
    told = plural(
        press.language,
        "It failed {n} time in a row, first {ago}:",
        "It failed {n} times in a row, first {ago}:",
        source.failures,
    )
    since = ago(source.failing_since, press.services.now(), _)
    return [
        "",
        told.format(n=source.failures, ago=since),
        f"<i>{spoken(source.last_error, press.language, 500)}</i>",
    ]


def _buttons(press: Press, source: Source) -> InlineKeyboardMarkup:
    _ = press.translate
    page = press.pressed.page if press.pressed.action is not Action.SOURCE_TOPICS_DONE else 0
    active = source.state is SourceState.ACTIVE

    def here(text: str, action: Action) -> InlineKeyboardButton:
        return button(text, Pressed(action, source.id, page))

    first = [
        here(_("🔄 Poll"), Action.POLL_HERE),
        here(_("⏸ Pause"), Action.PAUSE_HERE),
    ]
    rows = [
        first if active else [here(_("▶️ Resume"), Action.RESUME_HERE)],
        [here(_("✏️ Rename"), Action.RENAME), here(_("🏷 Topics"), Action.SOURCE_TOPICS)],
        [
            here(_("🗑 Remove"), Action.REMOVE),
            button(_("« All sources"), Pressed(Action.SOURCES_PAGE, 0, page)),
        ],
    ]
    return InlineKeyboardMarkup(rows)
