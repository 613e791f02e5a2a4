"""``/addsource``: an admin pastes an address, sees what would be relayed, and confirms.

The proposal is a row, and the buttons carry its id: a restart between the preview and the press
loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from telegram.constants import ChatAction

from bot.commands import keyboards, source_topics
from bot.commands.arguments import read_addition
from bot.commands.conversation import Ask, Press, noted, stale
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.services import Inspection, Section
from bot.commands.texts import Translate, link, plain, shown, spoken
from bot.delivery.pieces import AlertContext
from bot.delivery.render import render_alert
from bot.errors import ConfigError, NoLiveBlogError, SourceError
from bot.intake.preview import as_stored, newest
from bot.model import Source, SourceEntry, SourceKind, SourceState
from bot.outgoing import Outgoing
from bot.sources.selectors import OPTIONS, parse_options
from bot.sources.zonename import read_zone
from bot.store import sources
from bot.store.audit import Deed

PREVIEWED = 3  # entries
MAX_NAME = 60
MAX_WARNINGS = 5
LINKS_SHOWN = 5
EXAMPLE = "/addsource https://… Name entry=article.update time=time@datetime title=h2 text=p"


async def add_source(ask: Ask) -> Answer:
    """``/addsource URL [name] [zone=…] [entry=SELECTOR …]``: read it and offer to watch it."""
    wanted = read_addition(ask.text)
    name = plain(wanted.name, MAX_NAME)
    if not wanted.url:
        return _usage(ask)
    try:
        options = parse_options(wanted.selectors)
        zone = read_zone(wanted.zone) if wanted.zone else None
    except ConfigError as error:
        return _unusable(ask, error)
    await ask.bot.send_chat_action(
        ask.place.chat_id, ChatAction.TYPING, message_thread_id=ask.place.thread_id
    )
    try:
        if wanted.follow:
            section = await ask.services.survey(wanted.url, wanted.pattern)
            return await _offer_to_follow(ask, section, name, asked=True)
        inspection = await ask.services.inspect(wanted.url, options, zone)
    except NoLiveBlogError as error:
        if options:
            return _unreadable(ask, error)
        return await _section(ask, wanted.url, name) or _unreadable(ask, error, _by_selectors(ask))
    except SourceError as error:
        return _unreadable(ask, error)
    source, fresh = await _propose(ask, inspection, name, options, zone)
    if not fresh:
        return _known(ask, source, options)
    return _preview(ask, source, inspection)


async def confirmed(press: Press) -> Notice:
    """A press on "Watch it"."""
    _ = press.translate
    async with press.services.db.write() as connection:
        source = await sources.get(connection, press.pressed.number)
        proposed = source is not None and source.state is SourceState.PROPOSED
        if source is not None and proposed:
            await sources.activate(connection, source.id, press.services.now())
            await noted(
                connection, press, Deed.ADD_SOURCE, f"#{source.id} {source.name}", source.url
            )
    if source is None:
        return stale(_)
    if not proposed:
        return await _settled(press, source)
    if source.kind is SourceKind.FOLLOW:
        press.services.wake_poller()
        await press.change("\n".join(_following(source, _)))
        return Notice(_("✅ Following it."))
    # What stands on the page is stored before this is answered: whatever comes later is relayed.
    await press.services.polled(source.id)
    await press.change(
        "\n".join(
            [
                _("✅ Watching {name}.").format(name=link(source.url, source.name)),
                _("What stands there now is stored, not sent; what comes next is relayed."),
                _("/subscribe {name} gets you all of it, /sources shows how it goes.").format(
                    name=shown(source.name)
                ),
            ]
        )
    )
    return Notice(_("✅ Watching it."))


async def discarded(press: Press) -> Notice:
    """A press on "Cancel"."""
    _ = press.translate
    async with press.services.db.write() as connection:
        source = await sources.get(connection, press.pressed.number)
        proposed = source is not None and source.state is SourceState.PROPOSED
        if source is not None and proposed:
            await sources.remove(connection, source.id)
    if source is None:
        return stale(_)
    if not proposed:
        return await _settled(press, source)
    await press.change(_("Cancelled: {name} is not watched.").format(name=shown(source.name)))
    return Notice(_("Cancelled."))


def _following(source: Source, translate: Translate) -> list[str]:
    _ = translate
    return [
        _("✅ Following {name}.").format(name=link(source.url, source.name)),
        _("Live blogs it links to are added by themselves; I tell you of each."),
        _("/subscribe {name} gets you all of them, /sources shows them.").format(
            name=shown(source.name)
        ),
    ]


async def _settled(press: Press, source: Source) -> Notice:
    """What is said when a proposal was decided before: by a double tap or another admin."""
    _ = press.translate
    await press.change(None)
    if source.state is SourceState.REMOVED:
        text = _("{name} is not watched. Send /addsource again to add it.")
    else:
        text = _("{name} is watched already.")
    return Notice(text.format(name=plain(source.name)))


async def _propose(
    ask: Ask, inspection: Inspection, name: str, options: Mapping[str, str], zone: str | None
) -> tuple[Source, bool]:
    """The stored proposal, and whether it is one: a watched source stays as it is."""
    services = ask.services
    title = plain(inspection.snapshot.title, MAX_NAME)
    async with services.db.write() as connection:
        source = await sources.propose(
            connection,
            url=inspection.url,
            poll_url=inspection.poll_url,
            name=name or title or urlsplit(inspection.url).hostname or inspection.url,
            adapter=inspection.adapter,
            title=inspection.snapshot.title,
            interval=services.min_interval,
            added_by=ask.user_id,
            now=services.now(),
            options=options,
            timezone=zone,
        )
    return source, source.state is SourceState.PROPOSED


async def _section(ask: Ask, url: str, name: str) -> Answer | None:
    """The offer to follow a page that is no live blog but links to some; None if it does not."""
    try:
        section = await ask.services.survey(url, "")
    except SourceError:
        return None
    return await _offer_to_follow(ask, section, name, asked=False) if section.links else None


async def _offer_to_follow(ask: Ask, section: Section, name: str, *, asked: bool) -> Answer:
    """The offer itself; not `asked` for, it says why it is made."""
    services = ask.services
    async with services.db.write() as connection:
        source = await sources.propose(
            connection,
            url=section.url,
            poll_url=section.url,
            name=name or plain(section.title, MAX_NAME) or section.url,
            adapter="",
            title=section.title,
            interval=services.min_interval,
            added_by=ask.user_id,
            now=services.now(),
            kind=SourceKind.FOLLOW,
            pattern=section.pattern,
        )
    if source.state is not SourceState.PROPOSED:
        return _known(ask, source)
    _ = ask.translate
    lines = [f"<b>{shown(source.name)}</b>"]
    if section.pattern:
        lines.append(_("Its links that fit {pattern}:").format(pattern=shown(section.pattern)))
    elif asked:
        lines.append(_("Its links that look like live blogs:"))
    else:
        lines.append(_("This page is no live blog, but it links to some:"))
    lines += [f"• {link(each, each)}" for each in section.links[:LINKS_SHOWN]]
    if not section.links:
        lines.append(_("• none yet"))
    if len(section.links) > LINKS_SHOWN:
        lines.append(_("… and {n} more").format(n=len(section.links) - LINKS_SHOWN))
    lines += ["", _("Shall I follow it, and add each new live blog it links to by myself?")]
    keyboard = source_topics.proposal(ask, source, _("🔎 Follow this page"))
    return say(*lines, keyboard=keyboard)


def _usage(ask: Ask) -> Answer:
    _ = ask.translate
    return say(
        _("Send me the address of a live blog: /addsource https://… and a name if you like."),
        _("zone=Europe/Berlin behind it is for a page that does not name the zone of its times."),
        _(
            "--follow behind a section page or feed watches what it links to; "
            "pattern=/live/ says which links."
        ),
        "",
        _("If no format of mine fits the page, say where its entries stand, by CSS or XPath:"),
        f"<code>{shown(EXAMPLE, 200)}</code>",
        _("There are {names}; only entry is needed.").format(names=", ".join(OPTIONS)),
    )


def _by_selectors(ask: Ask) -> str:
    """What can be done about a page that is a live blog although no format sees one."""
    _ = ask.translate
    return _(
        "If it is a live blog all the same, write behind the address where its entries stand, "
        "such as {example}; /addsource alone tells more."
    ).format(example="<code>entry=article.update</code>")


def _unusable(ask: Ask, error: ConfigError) -> Answer:
    _ = ask.translate
    return say(
        _("I cannot use this: {reason}").format(reason=spoken(error.reason, ask.language, 500)),
        _("Nothing was added."),
    )


def _unreadable(ask: Ask, error: SourceError, advice: str = "") -> Answer:
    _ = ask.translate
    lines = [
        _("I cannot watch this: {reason}").format(reason=spoken(error.reason, ask.language, 500))
    ]
    if isinstance(error, NoLiveBlogError) and error.hint:
        lines.append(spoken(error.hint, ask.language, 500))
    return say(*lines, _("Nothing was added."), *filter(None, [advice]))


def _known(ask: Ask, source: Source, options: Mapping[str, str] | None = None) -> Answer:
    _ = ask.translate
    told = {"name": link(source.url, source.name), "id": source.id}
    if options and dict(options) != source.options:
        return say(
            _("I know this one already: {name} (#{id}).").format(**told),
            _("To read it by these selectors, first /removesource {id}, then add it anew.").format(
                **told
            ),
        )
    if source.state is SourceState.PAUSED:
        text = _("I know this one: {name} (#{id}) is paused.")
    elif source.state is SourceState.ENDED:
        text = _("I know this one: {name} (#{id}), its coverage is over.")
    else:
        return say(_("I watch this one already: {name} (#{id}).").format(**told))
    again = (_("▶️ Watch it again"), Pressed(Action.RESUME, source.id))
    return say(text.format(**told), keyboard=keyboards.rows(again))


def _preview(ask: Ask, source: Source, inspection: Inspection) -> Answer:
    _ = ask.translate
    snapshot = inspection.snapshot
    lines = [
        f"<b>{shown(source.name)}</b>",
        _("Read as {adapter}: {reason}").format(
            adapter=f"<b>{shown(inspection.adapter)}</b>",
            reason=spoken(inspection.reason, ask.language, 300),
        ),
        _("Entries on the page: {n}").format(n=len(snapshot.entries)),
    ]
    if snapshot.timezone:
        lines.append(_("Its times are in {zone}.").format(zone=shown(snapshot.timezone)))
    if snapshot.ended:
        lines.append(_("⚠️ Its coverage seems to be over."))
    if not snapshot.entries:
        lines.append(_("⚠️ It holds no entry yet, so look twice whether it is the right page."))
    lines += [
        f"⚠️ {spoken(warning, ask.language, 300)}" for warning in snapshot.warnings[:MAX_WARNINGS]
    ]
    lines += ["", _("Shall I watch it? What stands there now will not be sent.")]
    keyboard = source_topics.proposal(ask, source, _("✅ Watch it"))
    return Answer(tuple(lines), keyboard, _as_they_would_look(ask, source, snapshot.entries))


def _as_they_would_look(
    ask: Ask, source: Source, found: Sequence[SourceEntry]
) -> tuple[Outgoing, ...]:
    """The newest entries as alerts, oldest first; of a long one only the beginning."""
    context = AlertContext(source.name)
    rendered = []
    for entry in newest(found, PREVIEWED):
        parts = render_alert(
            as_stored(entry, source.id, ask.services.now()),
            context,
            language=ask.language,
            timezone=ask.timezone,
        )
        rendered.append(parts[0])
    return tuple(rendered)
