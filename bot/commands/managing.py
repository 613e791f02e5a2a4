"""What admins do to a source that is watched: pause, resume, poll, remove.

Each takes an id, a name or a part of one; without, or where several fit, it offers buttons.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.arguments import read_id
from bot.commands.conversation import Ask, Press, Situation, noted, stale
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import Directory, named_source
from bot.commands.texts import Translate, plain, shown
from bot.model import Source, SourceState
from bot.store import sources
from bot.store.audit import Deed

Change = Callable[[AsyncConnection, Source, Situation], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can be done to a source.

    Attributes:
        action: of its buttons.
        states: in which it makes sense.
        change: does it; whether it changed anything.
        deed: what the record calls it.
        wakes: something is due at once afterwards.
    """

    action: Action
    states: tuple[SourceState, ...]
    change: Change
    deed: Deed
    wakes: bool = False


async def _pause(connection: AsyncConnection, source: Source, _situation: Situation) -> bool:
    return await sources.pause(connection, source.id)


async def _resume(connection: AsyncConnection, source: Source, situation: Situation) -> bool:
    return await sources.resume(connection, source.id, situation.services.now())


async def _poll(connection: AsyncConnection, source: Source, situation: Situation) -> bool:
    return await sources.poll_now(connection, source.id, situation.services.now())


async def _remove(connection: AsyncConnection, source: Source, _situation: Situation) -> bool:
    return await sources.remove(connection, source.id)


WATCHED = (SourceState.ACTIVE, SourceState.PAUSED, SourceState.ENDED)
PAUSE = Verb(Action.PAUSE, (SourceState.ACTIVE,), _pause, Deed.PAUSE_SOURCE)
RESUME = Verb(
    Action.RESUME,
    (SourceState.PAUSED, SourceState.ENDED),
    _resume,
    Deed.RESUME_SOURCE,
    wakes=True,
)
POLL = Verb(Action.POLL, (SourceState.ACTIVE,), _poll, Deed.POLL_SOURCE, wakes=True)
REMOVE = Verb(Action.REMOVE_SURELY, WATCHED, _remove, Deed.REMOVE_SOURCE)
VERBS = {verb.action: verb for verb in (PAUSE, RESUME, POLL, REMOVE)}


async def pause(ask: Ask) -> Answer:
    """``/pause [source]``."""
    return await _command(ask, PAUSE)


async def resume(ask: Ask) -> Answer:
    """``/resume [source]``."""
    return await _command(ask, RESUME)


async def poll(ask: Ask) -> Answer:
    """``/poll [source]``."""
    return await _command(ask, POLL)


async def remove_source(ask: Ask) -> Answer:
    """``/removesource [source]``: asks before it removes."""
    watched = await _watched(ask)
    found = find(watched, ask.text)
    if len(found) != 1:
        return _offer(ask, Action.REMOVE, found or watched, unknown=bool(ask.text and not found))
    text, keyboard = _question(ask, found[0])
    return say(text, keyboard=keyboard)


async def pressed(press: Press) -> Notice:
    """A press on a button that does something to a source."""
    _ = press.translate
    verb = VERBS[press.pressed.action]
    source, changed = await do(press, verb, press.pressed.number)
    if source is None:
        return stale(_)
    text = outcome(verb, source, changed, _)
    await press.change(text.format(name=f"<b>{shown(source.name)}</b>"))
    return Notice(text.format(name=plain(source.name)))


async def asked_to_remove(press: Press) -> Notice:
    """A press that chooses what to remove: asks before it is done."""
    async with press.services.db.read() as connection:
        source = await sources.get(connection, press.pressed.number)
    if source is None or source.state not in WATCHED:
        return stale(press.translate)
    await press.change(*_question(press, source))
    return Notice()


async def kept(press: Press) -> Notice:
    """A press on "Keep it"."""
    _ = press.translate
    await press.change(_("Nothing was removed."))
    return Notice(_("Nothing was removed."))


def find(watched: Sequence[Source], text: str) -> list[Source]:
    """The sources `text` may mean: by id, else by name, its beginning, or a part of it."""
    if not text:
        return []
    number = read_id(text)
    by_id = [source for source in watched if source.id == number]
    if by_id:
        return by_id
    directory = Directory(map(named_source, watched))
    named = directory.match(text) or directory.containing(text)
    ids = {each.target[1] for each in named}
    return [source for source in watched if source.id in ids]


async def _command(ask: Ask, verb: Verb) -> Answer:
    _ = ask.translate
    watched = await _watched(ask)
    found = find(watched, ask.text)
    if len(found) > 1:  # "pause gazette" means the one that can be paused
        found = [source for source in found if source.state in verb.states] or found
    if len(found) != 1:
        suitable = found or [source for source in watched if source.state in verb.states]
        return _offer(ask, verb.action, suitable, unknown=bool(ask.text and not found))
    source, changed = await do(ask, verb, found[0].id)
    if source is None:
        return _offer(ask, verb.action, watched, unknown=True)
    return say(outcome(verb, source, changed, _).format(name=f"<b>{shown(source.name)}</b>"))


async def _watched(situation: Situation) -> list[Source]:
    async with situation.services.db.read() as connection:
        return await sources.listed(connection)


async def do(situation: Situation, verb: Verb, source_id: int) -> tuple[Source | None, bool]:
    """Carry a verb out; the source as it is afterwards, and whether anything changed."""
    async with situation.services.db.write() as connection:
        source = await sources.get(connection, source_id)
        if source is None or source.state is SourceState.PROPOSED:
            return None, False
        changed = await verb.change(connection, source, situation)
        if changed:
            await noted(connection, situation, verb.deed, f"#{source.id} {source.name}")
        source = await sources.get(connection, source_id)
    if changed and verb.wakes:
        situation.services.wake_poller()
    return source, changed


def _offer(ask: Ask, action: Action, among: Sequence[Source], *, unknown: bool) -> Answer:
    _ = ask.translate
    if not among:
        return say(_("There is no source this could be done to. /sources shows what I watch."))
    lines = []
    if unknown:
        lines.append(
            _("I watch nothing called “{words}”.").format(words=shown(ask.text, 40)),
        )
    lines.append(_("Which one?"))
    buttons = ((f"#{source.id} {source.name}", Pressed(action, source.id)) for source in among)
    return say(*lines, keyboard=keyboards.column(buttons))


def _question(situation: Situation, source: Source) -> tuple[str, InlineKeyboardMarkup]:
    _ = situation.translate
    text = _(
        "Stop watching {name} for good? Its entries stay, but subscriptions to it end."
    ).format(name=f"<b>{shown(source.name)}</b> (#{source.id})")
    keyboard = keyboards.rows(
        (_("🗑 Remove it"), Pressed(Action.REMOVE_SURELY, source.id)),
        (_("Keep it"), Pressed(Action.KEEP, source.id)),
    )
    return text, keyboard


def outcome(verb: Verb, source: Source, changed: bool, translate: Translate) -> str:
    """What is said after a verb: what it did, or how the source stands already."""
    _ = translate
    done = {
        Action.PAUSE: _("⏸ {name} is paused. /resume continues."),
        Action.RESUME: _("▶️ {name} is polled again; what came meanwhile follows now."),
        Action.POLL: _("🔄 {name} is being polled now."),
        Action.REMOVE_SURELY: _("🗑 {name} is no longer watched."),
    }
    as_it_is = {
        SourceState.ACTIVE: _("{name} is being polled already."),
        SourceState.PAUSED: _("{name} is paused. /resume continues."),
        SourceState.ENDED: _("The coverage of {name} is over. /resume polls it again."),
        SourceState.REMOVED: _("{name} is no longer watched. /addsource adds it again."),
    }
    return done[verb.action] if changed else as_it_is[source.state]
