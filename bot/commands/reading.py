"""Commands that show something and change nothing: latest, sources, help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import follows, subscribing
from bot.commands.arguments import MAX_COUNT, Problem, Wanted, read_latest
from bot.commands.conversation import Ask, Situation
from bot.commands.follows import Offer
from bot.commands.listing import contexts_of
from bot.commands.menu import admin_commands, public_commands
from bot.commands.reply import Answer, say
from bot.commands.targets import EVERYTHING, Named, Resolved
from bot.commands.texts import Translate, ago, link, plain, shown
from bot.delivery.direction import LEFT_TO_RIGHT_MARK
from bot.delivery.look import Look
from bot.delivery.pieces import AlertContext
from bot.delivery.render import render_list
from bot.model import ChatKind, Entry, Source, SourceKind, SourceState
from bot.store import entries, reads
from bot.store.following import as_tree
from bot.store.subscriptions import Target

MARKS = {SourceState.ACTIVE: "🟢", SourceState.PAUSED: "⏸", SourceState.ENDED: "🏁"}


async def latest(ask: Ask) -> Answer:
    """``/latest [n] [name]``: the newest entries of what is named, or of what the chat follows."""
    _ = ask.translate
    offer = await follows.offer_for(ask)
    directory = offer.directory(ask)
    wanted = read_latest(ask.text, lambda text: bool(directory.match(text)))
    if wanted.problem is not None:
        return say(_number_problem(wanted, _))
    resolved = directory.resolve(wanted.name) if wanted.name else Resolved()
    if resolved.ambiguous or resolved.unknown:
        return _which_one(resolved, _)
    targets: Sequence[Target] = [each.target for each in resolved.found] or offer.targets
    found, contexts = await _newest(ask, targets or [EVERYTHING], wanted.count)
    notes = _notes(ask, offer, wanted)
    if not found:
        return say(_nothing_yet(offer, resolved.found, _), *notes)
    heading = ", ".join(plain(each.label) for each in resolved.found) or _("The newest")
    rendered = render_list(
        found,
        contexts,
        heading=heading,
        language=ask.language,
        timezone=ask.timezone,
        style=ask.destination.style if ask.destination is not None else "full",
    )
    read = None if wanted.name else _all_read(ask)
    return replace(say(*notes), entries=rendered, once_sent=read)


async def sources(ask: Ask) -> Answer:
    """``/sources``: what is watched and how it goes."""
    _ = ask.translate
    offer = await follows.offer_for(ask)
    if not offer.sources:
        return say(
            _("No live blog is being watched yet. /addsource adds one.")
            if ask.is_admin and ask.place.is_private
            else _("No live blog is being watched at the moment. Alerts begin when one is.")
        )
    lines = [f"<b>{_('What I watch')}</b>"]
    for source, found in as_tree(offer.sources):
        lines.append(_source_line(source, ask))
        running = [each for each in found if each.state is not SourceState.ENDED]
        lines += [f"   └ {_source_line(each, ask)}" for each in running]
        if over := len(found) - len(running):
            lines.append("   └ " + _("🏁 {n} more, their coverage is over").format(n=over))
    lines += ["", _("/subscribe and a name gets you everything of one source.")]
    return say(*lines)


async def help_(ask: Ask) -> Answer:
    """``/help``: what there is, and what to do first."""
    _ = ask.translate
    lines = [_("I relay live blogs, entry by entry, as they are written."), ""]
    lines += [_help_line(ask, name, text) for name, text in public_commands(_)]
    if ask.place.kind is ChatKind.CHANNEL:
        lines += ["", _("Commands posted in this channel change what it gets.")]
    elif not ask.place.is_private:
        lines += ["", _("In groups only the group's admins change what it gets.")]
    if ask.is_admin and ask.place.is_private:
        lines += ["", f"<b>{_('For admins')}</b>"]
        lines += [_help_line(ask, name, text) for name, text in admin_commands(_)]
    return say(*lines)


def _help_line(ask: Ask, name: str, text: str) -> str:
    """A command and what it does; the line runs as the chat's language does."""
    mark = Look.of(ask.language).mark
    command = f"{LEFT_TO_RIGHT_MARK}/{name}" if mark else f"/{name}"
    return f"{mark}{command} – {shown(text, 100)}"


async def _newest(
    ask: Ask, targets: Sequence[Target], count: int
) -> tuple[list[Entry], dict[int, AlertContext]]:
    async def newest(connection: AsyncConnection) -> tuple[list[Entry], dict[int, AlertContext]]:
        found = await entries.latest(connection, targets, count)
        return found, await contexts_of(connection, found, ask.language)

    return await ask.services.db.look(newest)


def _all_read(ask: Ask) -> Callable[[], Awaitable[None]] | None:
    """Notes that the chat has read everything up to now."""
    if ask.destination is None:
        return None
    db, here, now = ask.services.db, ask.destination.id, ask.services.now()
    return lambda: db.transact(lambda connection: reads.mark_read(connection, here, now))


def _number_problem(wanted: Wanted, translate: Translate) -> str:
    _ = translate
    text = _("“{given}” is not a number I can use.")
    if wanted.problem is Problem.NOT_POSITIVE:
        text = _("I cannot show {given} entries.")
    asked = text.format(given=shown(wanted.given, 20))
    return asked + " " + _("Ask for 1 to {most}, like /latest 5.").format(most=MAX_COUNT)


def _which_one(resolved: Resolved, translate: Translate) -> Answer:
    _ = translate
    example = next(
        (each for q in (*resolved.ambiguous, *resolved.unknown) for each in q.candidates), None
    )
    lines = subscribing.asked_back(resolved, translate)
    if example is not None:
        lines.append(_("Try /latest {name}.").format(name=shown(example.names[0])))
    else:
        lines.append(_("/topic shows the topics, /latest alone the newest entries."))
    return say(*lines)


def _notes(ask: Ask, offer: Offer, wanted: Wanted) -> list[str]:
    _ = ask.translate
    notes = []
    if wanted.capped:
        notes.append(_("I show at most {most} entries at once.").format(most=MAX_COUNT))
    if not wanted.name and not offer.is_used:
        notes.append(_("Nothing is on here yet, so this is from everywhere. /topic chooses."))
    return notes


def _nothing_yet(offer: Offer, found: Sequence[Named], translate: Translate) -> str:
    _ = translate
    if found:
        names = ", ".join(f"<b>{shown(each.label)}</b>" for each in found)
        return _("There is no entry about {names} yet.").format(names=names)
    if not offer.sources:
        return _("There are no entries yet: no live blog is being watched.")
    return _("There are no entries yet. They arrive here as they are written.")


def _source_line(source: Source, ask: Ask) -> str:
    _ = ask.translate
    mark = MARKS.get(source.state, "")
    if source.failures:
        mark = "⚠️"
    elif source.kind is SourceKind.FOLLOW and source.state is SourceState.ACTIVE:
        mark = "🔎"
    number = f"#{source.id} " if ask.is_admin and ask.place.is_private else ""
    name = link(source.url, source.name)
    return f"{mark} {number}{name} – {source_state(source, ask)}"


def source_state(source: Source, ask: Situation) -> str:
    """How a source goes, in a few words."""
    _ = ask.translate
    now = ask.services.now()
    if source.state is SourceState.PAUSED:
        return _("paused")
    if source.state is SourceState.ENDED:
        return _("its coverage is over")
    if source.failures:
        since = ago(source.failing_since, now, _)
        return _("cannot be read, first noticed {ago}").format(ago=since)
    if source.last_polled_at is None:
        return _("about to be read for the first time")
    return _("last looked at {ago}").format(ago=ago(source.last_polled_at, now, _))
