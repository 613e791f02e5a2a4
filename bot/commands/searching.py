"""``/search words``: what was written, newest first, five on a page.

The buttons carry no words: they stand in the message, in bold behind the first sign, and are read
from there. So a button of an old message works after a restart, and nothing that people searched
for is stored. Spans are counted from when the message was sent, and pages end at the entry that
was the newest then: what is shown does not move while somebody reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardMarkup, Message

from bot.commands import follows, suggesting
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.follows import Offer
from bot.commands.keyboards import Action, Pressed, rows
from bot.commands.listing import clock_of, contexts_of, linked, marked, named
from bot.commands.query import Query, excerpt, hits_in, read_query
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import Named
from bot.commands.texts import plain, shown
from bot.delivery.clocks import local, zone
from bot.delivery.pieces import AlertContext, emoji_of
from bot.locales import plural
from bot.model import Entry, Follow
from bot.store import search
from bot.store.search import Sought

PAGE = 5
MAX_PAGES = 200
SIGN = "🔎 "
_TITLE = 200  # characters


@dataclass(frozen=True, slots=True)
class Scope:
    """A query with its names looked up.

    Attributes:
        sought: for the index.
        unknown: names that name nothing, or several things, with what may have been meant.
    """

    sought: Sought
    unknown: tuple[tuple[str, tuple[Named, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Hits to be shown.

    Attributes:
        number: from 0.
        total: hits on all pages.
    """

    hits: Sequence[Entry]
    contexts: Mapping[int, AlertContext]
    number: int
    total: int
    last_id: int

    @property
    def pages(self) -> int:
        """How many there are."""
        return min(MAX_PAGES, -(-self.total // PAGE))


async def search_words(ask: Ask) -> Answer:
    """``/search words``."""
    query = read_query(ask.text, ask.services.now(), zone(ask.timezone))
    if query.is_empty:
        return say(*_how_to(ask))
    offer = await follows.offer_for(ask)
    return await _answer(ask, offer, query)


async def turned(press: Press) -> Notice:
    """Another page of hits."""
    return await _again(press, from_end=False)


async def meant(press: Press) -> Notice:
    """What was meant: the words that were suggested."""
    return await _again(press, from_end=True)


async def _again(press: Press, *, from_end: bool) -> Notice:
    _ = press.translate
    message = press.query.message
    text = stated(message, from_end=from_end) if isinstance(message, Message) else ""
    query = read_query(text, press.services.now(), zone(press.timezone))
    if isinstance(message, Message) and text and message.date is not None:
        query = read_query(text, _asked_at(press, message), zone(press.timezone))
    if query.is_empty:
        return Notice(
            _("I cannot read any more what was searched for here. Ask again: /search words"),
            alert=True,
        )
    offer = await follows.offer_for(press)
    answer = await _answer(press, offer, query, press.pressed)
    await press.change("\n".join(answer.lines), answer.keyboard)
    return Notice()


def stated(message: Message, *, from_end: bool = False) -> str:
    """The words a message of ours shows in bold behind its first sign, or as its last bold ones."""
    if not (message.text or "").startswith(SIGN.strip()):
        return ""
    bold = [message.parse_entity(each) for each in message.entities if each.type == "bold"]
    return (bold[-1 if from_end else 0] if bold else "").strip("\u2066\u2067\u2068\u2069")


def scope_of(situation: Situation, offer: Offer, query: Query) -> Scope:
    """Look up the names of a query."""
    directory = offer.directory(situation)
    ids: dict[Follow, list[int]] = {Follow.TOPIC: [], Follow.SOURCE: []}
    unknown = []
    for kind, names in ((Follow.TOPIC, query.topics), (Follow.SOURCE, query.sources)):
        for name in names:
            found = [each for each in directory.exact(name) if each.target[0] is kind]
            found = found or [each for each in directory.match(name) if each.target[0] is kind]
            if found:
                ids[kind] += [each.target[1] for each in found]
            else:
                similar = (*directory.containing(name), *directory.similar(name))
                fit = dict.fromkeys(each for each in similar if each.target[0] is kind)
                unknown.append((name, tuple(fit)[:3]))
    period = query.period
    sought = Sought(
        query.terms,
        tuple(ids[Follow.TOPIC]),
        tuple(ids[Follow.SOURCE]),
        None if period is None else period.start,
        None if period is None else period.end,
    )
    return Scope(sought, tuple(unknown))


async def _answer(
    situation: Situation, offer: Offer, query: Query, pressed: Pressed | None = None
) -> Answer:
    scope = scope_of(situation, offer, query)
    if scope.unknown:
        return say(*_unknown_names(situation, scope))
    if query.words and not query.terms:
        return say(*_how_to(situation))
    page = await _page(situation, scope.sought, pressed)
    if not page.total:
        return await _nothing(situation, query, scope.sought)
    return _shown(situation, query, page)


async def _page(situation: Situation, sought: Sought, pressed: Pressed | None) -> Page:
    async def page(connection: AsyncConnection) -> Page:
        newest = pressed.number if pressed else 0
        last_id = newest or await search.last_id(connection)
        until = replace(sought, last_id=last_id)
        total = await search.count(connection, until)
        pages = min(MAX_PAGES, -(-total // PAGE))
        number = min(pressed.page if pressed else 0, max(0, pages - 1))
        hits = await search.find(connection, until, limit=PAGE, offset=number * PAGE)
        contexts = await contexts_of(connection, hits, situation.language)
        return Page(hits, contexts, number, total, last_id)

    return await situation.services.db.look(page)


def _shown(situation: Situation, query: Query, page: Page) -> Answer:
    _ = situation.translate
    found = plural(situation.language, "{n} entry", "{n} entries", page.total)
    heading = f"{SIGN}<b>{shown(query.text, 200)}</b> · {found.format(n=page.total)}"
    if page.pages > 1:
        heading += " · " + _("page {n} of {total}").format(n=page.number + 1, total=page.pages)
    today = local(situation.services.now(), situation.timezone).date()
    lines = [heading]
    for entry in page.hits:
        context = page.contexts.get(entry.id, AlertContext(""))
        lines += ["", *_hit(situation, entry, context, query, today)]
    return say(*lines, keyboard=_turns(situation, page))


def _hit(
    situation: Situation, entry: Entry, context: AlertContext, query: Query, today: date
) -> list[str]:
    name = named(context)
    head = f"{emoji_of(context)} {clock_of(entry, situation.timezone, today, situation.language)}"
    head += f" · {name}" if name else ""
    head += " ❗" if entry.key_event else ""
    title = plain(entry.title, _TITLE)
    text, hits = excerpt(plain(entry.text, 20_000), query.terms)
    lines = [head]
    if title:
        lines.append(linked(entry.url, marked(title, hits_in(title, query.terms))))
    if text and text.rstrip("….") != title.rstrip("….") and (hits or not title):
        said = marked(text, hits)
        lines.append(said if title else linked(entry.url, said))
    elif title and text and not text.startswith(title):
        lines.append(marked(text, hits))
    return lines


def _turns(situation: Situation, page: Page) -> InlineKeyboardMarkup | None:
    _ = situation.translate
    turns = [(_("« Back"), page.number - 1), (_("More »"), page.number + 1)]
    buttons = [
        (text, Pressed(Action.HITS, page.last_id, number))
        for text, number in turns
        if 0 <= number < page.pages
    ]
    return rows(*buttons) if buttons else None


async def _nothing(situation: Situation, query: Query, sought: Sought) -> Answer:
    _ = situation.translate
    lines = [f"{SIGN}<b>{shown(query.text, 200)}</b>", "", _("Nothing I have stored says that.")]
    async with situation.services.db.read() as connection:
        wider = Sought(sought.terms)
        elsewhere = await search.count(connection, wider) if wider != sought else 0
        better = None
        if not elsewhere:
            better = await suggesting.better_words(connection, query, sought)
    if elsewhere and sought.terms:
        said = plural(
            situation.language,
            "Without the filters there is {n} entry. Did you mean that?",
            "Without the filters there are {n} entries. Did you mean those?",
            elsewhere,
        )
        lines += ["", said.format(n=elsewhere), f"<b>{shown(query.words, 200)}</b>"]
        return say(*lines, keyboard=rows((_("Search everywhere"), Pressed(Action.MEANT))))
    if better is not None:
        lines += ["", _("Did you mean this?"), f"<b>{shown(better, 200)}</b>"]
        keyboard = rows((plain(f"{SIGN}{better}"), Pressed(Action.MEANT)))
        return say(*lines, keyboard=keyboard)
    if not query.terms:
        said = _("There is no entry about {names} yet.").format(names=shown(query.text, 200))
        if query.period is not None:
            said = _("Nothing was written there in that time; try a longer one.")
        return say(*lines[:1], "", said)
    names = (await follows.offer_for(situation)).directory(situation).similar(query.words, 3)
    if names:
        named = ", ".join(f"{shown(each.label)}" for each in names)
        lines += [
            "",
            _("There is a topic or source of a similar name: {names}").format(names=named),
        ]
        lines.append(_("Try /latest {name}.").format(name=shown(names[0].names[0])))
    else:
        lines += ["", _("Fewer words, or only their beginnings, find more.")]
    return say(*lines)


def _unknown_names(situation: Situation, scope: Scope) -> list[str]:
    _ = situation.translate
    lines = []
    for name, candidates in scope.unknown:
        lines.append(_("I know nothing called “{name}”.").format(name=shown(name)))
        if candidates:
            meant = ", ".join(f"<b>{shown(each.label)}</b>" for each in candidates)
            lines.append(_("Did you mean {names}?").format(names=meant))
    lines.append(_("/topic shows the topics, /sources the sources."))
    return lines


def _how_to(situation: Situation) -> list[str]:
    _ = situation.translate
    return [
        _("What shall I search for? Write it behind the command:"),
        "<code>/search storm harbour</code>",
        '<code>/search "flood barrier" topic:weather 2h</code>',
        "",
        _(
            "All words must stand in an entry; their beginnings are enough. "
            "Words in quotes must stand there as they are."
        ),
        _("topic: and source: choose where, 2h, today or since 14:00 choose when."),
        _("The newest come first."),
    ]


def _asked_at(press: Press, message: Message) -> datetime:
    """When the message was sent, by our clock at most."""
    return min(message.date, press.services.now())
