"""``/catchup [span]``: what happened meanwhile, by live blog, key events first.

Without a span it begins where the chat has read up to: a mark that moves when everything was
shown, by a press of "Caught up" and by ``/latest``, never by alerts. The buttons carry the stretch
of time, so that an old one still shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import follows, reply
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.keyboards import Action, Pressed, rows
from bot.commands.listing import clock, clock_of, contexts_of, headline_of, linked, marked, named
from bot.commands.period import LONGEST, Period, read_period
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import EVERYTHING
from bot.commands.texts import packed, plain, shown
from bot.delivery.clocks import local, zone
from bot.delivery.pieces import AlertContext, emoji_of
from bot.delivery.split import shorten
from bot.delivery.summary import Piece, summarise
from bot.locales import plural
from bot.model import Entry
from bot.store import reads

LATE = timedelta(hours=2)  # published so long before the mark and seen after it is new, too
FIRST_TIME = timedelta(hours=12)  # for a chat that has never said what it read
MOST = 2_000  # entries that are looked at
MESSAGES = 3  # at once
HEADLINES = 12  # of a live blog; where there are more, they are summed up
SENTENCES = 6  # of a summary
KEY_EVENTS = 20  # of a live blog, the newest
_KEY_LENGTH, _LENGTH = 420, 170  # characters
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHIFT = 10**7  # a start and a length, in seconds, make one number of a button


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one live blog, oldest first."""

    entries: Sequence[Entry]
    context: AlertContext

    @property
    def key_events(self) -> list[Entry]:
        """Those the newsroom marked."""
        return [entry for entry in self.entries if entry.key_event]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the messages.

    Attributes:
        number: from 0.
        is_span: a span was asked for, and not what is new since the mark: nothing older then.
    """

    number: int
    is_span: bool

    @property
    def in_button(self) -> int:
        """The part as a button's page."""
        return 2 * self.number + self.is_span

    @classmethod
    def of_button(cls, page: int) -> Part:
        """The part a button's page means."""
        return cls(page // 2, bool(page % 2))


async def catch_up(ask: Ask) -> Answer:
    """``/catchup`` and ``/catchup 2h``."""
    _ = ask.translate
    now = _whole(ask.services.now())
    period: Period | None
    if ask.text:
        period = read_period(ask.text, now, zone(ask.timezone))
        if period is None:
            return say(_no_period(ask), _try(ask))
    else:
        period = Period(await _read_until(ask, now), now)
    return await _pages(ask, period, Part(0, is_span=bool(ask.text)))


async def more(press: Press) -> Notice:
    """The next messages."""
    _ = press.translate
    period = unpacked(press.pressed.number, press.services.now())
    if period is None:
        return Notice(_("This button no longer works. /catchup begins anew."), alert=True)
    # The buttons move on to the last message; where they are gone, it was a second tap.
    if not await reply.change(press.bot, press.query, None, None):
        return Notice()
    answer = await _pages(press, period, Part.of_button(press.pressed.page))
    await reply.send(press.bot, press.place, answer)
    return Notice()


async def caught_up(press: Press) -> Notice:
    """The chat has read everything up to there."""
    _ = press.translate
    period = unpacked(press.pressed.number, press.services.now())
    if period is None:
        return Notice(_("This button no longer works. /catchup begins anew."), alert=True)
    await _mark(press, period.end)
    await press.change(None, None)
    when = local(period.end, press.timezone)
    said = _("Read up to {time}. The next /catchup begins there.")
    return Notice(said.format(time=f"{when.hour:02}:{when.minute:02}"))


def packed_period(period: Period) -> int:
    """A stretch of time in whole seconds as the number of a button."""
    start = (period.start - _EPOCH) // _SECOND
    return start * _SHIFT + (period.end - period.start) // _SECOND


def unpacked(number: int, now: datetime) -> Period | None:
    """The stretch of time in a button; None for one that cannot be ours."""
    seconds, length = divmod(number, _SHIFT)
    try:
        start = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    end = start + timedelta(seconds=length)
    return Period(start, end) if start < end <= now else None


def _whole(instant: datetime) -> datetime:
    """The second an instant is in: what comes in the rest of it belongs to the next stretch."""
    return instant.replace(microsecond=0)


async def _read_until(ask: Ask, now: datetime) -> datetime:
    """From where to go on: what was read, else some hours back."""
    read = None
    if ask.destination is not None:
        async with ask.services.db.read() as connection:
            read = await reads.last_read_at(connection, ask.destination.id)
    return max(read or now - FIRST_TIME, now - LONGEST)


async def _mark(situation: Situation, at: datetime) -> None:
    async def mark(connection: AsyncConnection) -> None:
        destination = situation.destination or await follows.meet(connection, situation)
        await reads.mark_read(connection, destination.id, at)

    await situation.services.db.transact(mark)


async def _pages(situation: Situation, period: Period, part: Part) -> Answer:
    """Some messages of what happened, and the buttons to go on."""
    _ = situation.translate
    late = timedelta() if part.is_span else LATE
    groups, total = await _groups(situation, period, late)
    messages = packed(_lines(situation, period, groups, total)) if groups else ()
    at = part.number * MESSAGES
    shown_now = messages[at : at + MESSAGES]
    number = packed_period(period)
    if len(messages) > at + MESSAGES:
        following = replace(part, number=part.number + 1).in_button
        buttons = [
            (_("More »"), Pressed(Action.CATCH_UP, number, following)),
            (_("Caught up ✓"), Pressed(Action.CAUGHT_UP, number)),
        ]
        return Answer(shown_now, rows(*buttons))
    keyboard = None
    read = None
    if await _is_gapless(situation, period):
        read = partial(_mark, situation, period.end)
    elif shown_now:
        keyboard = rows((_("Caught up ✓"), Pressed(Action.CAUGHT_UP, number)))
    if not shown_now:
        nothing = say(_nothing(situation, period), *_hint(situation))
        return replace(nothing, once_sent=read)
    return Answer(shown_now, keyboard, once_sent=read)


async def _is_gapless(situation: Situation, period: Period) -> bool:
    """Whether nothing between what was read before and the stretch is left out."""
    if situation.destination is None:
        return True
    async with situation.services.db.read() as connection:
        read = await reads.last_read_at(connection, situation.destination.id)
    return read is None or period.start <= read + _SECOND


async def _groups(situation: Situation, period: Period, late: timedelta) -> tuple[list[Group], int]:
    """Live blogs with what they wrote, those with most key events first, then the busiest."""
    offer = await follows.offer_for(situation)
    targets = offer.targets or [EVERYTHING]

    async def told(connection: AsyncConnection) -> tuple[list[Entry], dict[int, AlertContext]]:
        found = await reads.between(connection, targets, period.start, period.end, MOST, late=late)
        return found, await contexts_of(connection, found, situation.language)

    found, contexts = await situation.services.db.look(told)
    by_source: dict[int, list[Entry]] = {}
    for entry in found:
        by_source.setdefault(entry.source_id, []).append(entry)
    groups = [Group(each, _context(each, contexts)) for each in by_source.values()]
    groups.sort(key=lambda each: (-len(each.key_events), -len(each.entries)))
    return groups, len(found)


def _context(entries: Sequence[Entry], contexts: Mapping[int, AlertContext]) -> AlertContext:
    """The name of a live blog, and the topic most of its entries have first."""
    topics = [contexts[e.id].topics[0] for e in entries if contexts[e.id].topics]
    leading = max(dict.fromkeys(topics), key=topics.count) if topics else None
    return AlertContext(contexts[entries[0].id].source_name, (leading,) if leading else ())


def _lines(situation: Situation, period: Period, groups: Sequence[Group], total: int) -> list[str]:
    _ = situation.translate
    today = local(situation.services.now(), situation.timezone).date()
    count = plural(situation.language, "{n} entry", "{n} entries", total).format(n=total)
    since = clock(period.start, situation.timezone, today, situation.language)
    lines = [f"<b>{_('Since {time}').format(time=since)}</b> · {count}"]
    if total >= MOST:
        lines.append(_("That is a lot: only the newest {n} are looked at.").format(n=MOST))
    for group in groups:
        lines += ["", *_group(situation, group, today)]
    return lines


def _group(situation: Situation, group: Group, today: date) -> list[str]:
    count = plural(situation.language, "{n} entry", "{n} entries", len(group.entries))
    name = named(group.context)
    heading = f"{emoji_of(group.context)} <b>{name}</b> · {count.format(n=len(group.entries))}"
    lines = [heading]
    for entry in group.key_events[-KEY_EVENTS:]:
        when = clock_of(entry, situation.timezone, today, situation.language)
        lines.append(f"❗ {when} {linked(entry.url, _full(entry))}")
    others = [entry for entry in group.entries if not entry.key_event]
    if len(others) <= HEADLINES:
        for entry in others:
            said = linked(entry.url, marked(headline_of(entry, _LENGTH), ()))
            lines.append(f"{clock_of(entry, situation.timezone, today, situation.language)} {said}")
        return lines
    return lines + _summary(situation, others, today)


def _summary(situation: Situation, others: Sequence[Entry], today: date) -> list[str]:
    """The sentences that say most, and how many entries they stand for."""
    _ = situation.translate
    sentences = summarise([Piece(e.title, e.text) for e in others], SENTENCES)
    lines = [f"<i>{_('In short:')}</i>"]
    for sentence in sentences:
        entry = others[sentence.piece]
        said = linked(entry.url, marked(plain(sentence.text, _KEY_LENGTH), ()))
        lines.append(f"{clock_of(entry, situation.timezone, today, situation.language)} {said}")
    rest = len(others) - len({sentence.piece for sentence in sentences})
    if rest > 0:
        more_of = plural(
            situation.language,
            "… and {n} more entry: /latest",
            "… and {n} more entries: /latest",
            rest,
        )
        lines.append(more_of.format(n=rest))
    return lines


def _full(entry: Entry) -> str:
    """A key event's title and its words, cut at a sentence; in HTML."""
    title = plain(entry.title, 200)
    text = shorten(plain(entry.text, 2_000), _KEY_LENGTH)
    if not title or text.startswith(title):
        return marked(text or title, ())
    end = "" if title[-1] in ".!?…" else "."
    return marked(f"{title}{end} {text}".strip(), [(0, len(title))])


def _nothing(situation: Situation, period: Period) -> str:
    _ = situation.translate
    today = local(situation.services.now(), situation.timezone).date()
    since = clock(period.start, situation.timezone, today, situation.language)
    return _("Nothing new since {time}. You are up to date.").format(time=since)


def _hint(situation: Situation) -> list[str]:
    _ = situation.translate
    return [_("/catchup 6h looks further back, /latest shows the newest entries.")]


def _no_period(ask: Ask) -> str:
    _ = ask.translate
    return _("“{given}” is no stretch of time I can read.").format(given=shown(ask.text, 40))


def _try(situation: Situation) -> str:
    _ = situation.translate
    return _(
        "Try /catchup 2h, /catchup today or /catchup since 14:00. "
        "/catchup alone goes on where you stopped."
    )
