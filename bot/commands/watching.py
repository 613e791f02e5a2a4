"""``/watch``, ``/unwatch``, ``/watches``: an own filter, shown as understood before it counts.

The message with the buttons holds the expression itself, in its canonical form: nothing is stored
before it is saved, and a restart in between loses nothing.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Sequence
from functools import cache

from telegram import Message, MessageEntity

from bot.commands import follows, keyboards
from bot.commands.conversation import Ask, Press, Situation, stale
from bot.commands.follows import Offer
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.targets import Directory, Named, named_source, named_topic
from bot.commands.texts import Translate, ago, link, plain, shown
from bot.errors import ExpressionError
from bot.intake.topics import fold
from bot.locales import plural
from bot.model import Entry, Follow
from bot.store import chats, entries, topics, watches
from bot.store.watches import Added, Origin, Watch
from bot.watches.form import to_form
from bot.watches.grammar import MAX_LENGTH, Expression, Grammar, Lookup, Names, one_line
from bot.watches.index import Watched, WatchIndex
from bot.watches.problems import place, pointed, sentence

PREVIEWED = 100  # entries an expression is tried on
EXAMPLES = 3
NEARLY_ALL = 0.8  # of the entries


async def watch(ask: Ask) -> Answer:
    """``/watch expression``: what was understood, what would have matched; asks to confirm."""
    _ = ask.translate
    if not ask.text:
        return _usage(ask)
    offer = await follows.offer_for(ask)
    try:
        found = grammar().parse(ask.text, names=_names(ask, offer), language=ask.language)
    except ExpressionError as error:
        return _refused(ask, error)
    mine = await _mine(ask)
    if any(each.expression == found.text for each in mine):
        return say(_("I watch for this here already:"), _code(found.text), _see_list(_))
    if len(mine) >= ask.services.watches_per_chat:
        return say(_full(ask))
    keyboard = keyboards.rows(
        (_("✅ Watch for it"), Pressed(Action.SAVE_WATCH)),
        (_("Cancel"), Pressed(Action.DROP_WATCH)),
    )
    preview = await _preview(ask, found)
    return say(_("I would watch for:"), _code(found.text), "", *preview, keyboard=keyboard)


async def unwatch(ask: Ask) -> Answer:
    """``/unwatch [number|expression|all]``: watch for it no more; without a word, the list."""
    _ = ask.translate
    mine = await _mine(ask)
    wanted = ask.text.strip()
    if not mine or not wanted:
        return _listed(ask, mine)
    gone = _meant(ask, wanted, mine)
    if not gone:
        answer = _listed(ask, mine)
        line = _("Nothing I watch for here is “{words}”.").format(words=shown(wanted, 60))
        return Answer((line, "", *answer.lines), answer.keyboard)
    await _remove(ask, gone)
    lines = [_("I no longer watch for:"), *(_code(each.expression) for each in gone)]
    return say(*lines, *([_see_list(_)] if len(gone) < len(mine) else []))


async def list_watches(ask: Ask) -> Answer:
    """``/watches``: all of them, with a button each to remove it."""
    return _listed(ask, await _mine(ask))


async def saved(press: Press) -> Notice:
    """A press on "Watch for it"."""
    _ = press.translate
    found = _proposed(press)
    if found is None:
        return stale(_)
    services = press.services
    async with services.db.write() as connection:
        destination = await follows.meet(connection, press)
        added = await watches.add(
            connection,
            destination.id,
            found.text,
            to_form(found.node),
            most=services.watches_per_chat,
            now=services.now(),
        )
        if added is Added.NEW and not destination.active:
            await chats.switch_on(connection, destination.id)
    if added is Added.FULL:
        await press.change(_full(press))
        return Notice(plain(_full(press), 200), alert=True)
    await press.change(
        "\n".join(
            [
                _("✅ I watch for this here:"),
                _code(found.text),
                _("Entries that match arrive by themselves, whatever else is on."),
                _see_list(_),
            ]
        )
    )
    return Notice(_("✅ Saved.") if added is Added.NEW else _("It was saved already."))


async def dropped(press: Press) -> Notice:
    """A press on "Cancel"."""
    _ = press.translate
    found = _proposed(press)
    if found is None:
        return stale(_)
    await press.change("\n".join([_("Cancelled; this is not watched for:"), _code(found.text)]))
    return Notice(_("Cancelled."))


async def removed(press: Press) -> Notice:
    """A press that removes a watch from the list."""
    _ = press.translate
    mine = await _mine(press)
    gone = [each for each in mine if each.id == press.pressed.number]
    await _remove(press, gone)
    answer = _listed(press, [each for each in mine if each not in gone])
    await press.change("\n".join(answer.lines)[:4_000], answer.keyboard)
    if not gone:
        return Notice(_("That one was removed already."))
    text = _("I no longer watch for {expression}.")
    return Notice(text.format(expression=plain(gone[0].expression, 150)))


@cache
def grammar() -> Grammar:
    """The language of watches; its tables are made at the first use."""
    return Grammar()


def _usage(ask: Ask) -> Answer:
    _ = ask.translate
    examples = (
        "storm",
        '"high water" OR flood',
        "ferry (cancelled OR late) NOT drill",
        'election topic:politics source:"Harbour Gazette"',
    )
    return say(
        _("Write what you wait for behind the command, and I tell you of each entry about it:"),
        *(f"<code>/watch {html.escape(each, quote=False)}</code>" for each in examples),
        _(
            "Words are found in all their forms, “phrases” as they stand. AND, OR, NOT, brackets, "
            "topic:, source: and author: narrow it down; elect* stands for any ending."
        ),
        _see_list(_),
    )


def _refused(ask: Ask, error: ExpressionError) -> Answer:
    """What is wrong, and where."""
    _ = ask.translate
    lines = [html.escape(sentence(error, _), quote=False)]
    text = one_line(ask.text)
    if error.column:
        lines.insert(0, _("I cannot read this at column {n}:").format(n=error.column))
        marked = pointed(text, error)
        if marked is None:
            lines.insert(1, _code(place(text, error)[: MAX_LENGTH + 2]))
        else:
            lines.insert(1, f"<pre>{html.escape(chr(10).join(marked), quote=False)}</pre>")
    return say(*lines, _("Nothing was changed. /watch alone shows examples."))


async def _preview(ask: Ask, found: Expression) -> list[str]:
    """How many of the newest entries would have matched, and some of them."""
    _ = ask.translate
    async with ask.services.db.read() as connection:
        newest = await entries.latest(connection, [(Follow.ALL, 0)], PREVIEWED)
        topic_ids = await entries.topics_of(connection, [entry.id for entry in newest])
        origins = await watches.origins(connection, {entry.source_id for entry in newest})
        slugs = {topic.id: topic.slug for topic in await topics.listed(connection)}
    seen = [
        _watched(
            entry,
            origins[entry.source_id],
            [slugs[number] for number in topic_ids.get(entry.id, ()) if number in slugs],
        )
        for entry in newest
    ]
    index = WatchIndex()
    index.add(0, found.node)
    holds = await asyncio.to_thread(lambda: [bool(index.match(each)) for each in seen])
    matching = [entry for entry, fits in zip(newest, holds, strict=True) if fits]
    if not newest:
        return [_("There are no entries yet to try it on.")]
    lines = [
        plural(
            ask.language,
            "Of the last {n} entries {matching} would have matched.",
            "Of the last {n} entries {matching} would have matched.",
            len(matching),
        ).format(n=len(newest), matching=len(matching))
    ]
    for entry in matching[:EXAMPLES]:
        title = entry.title or entry.text
        when = ago(entry.published_at or entry.first_seen_at, ask.services.now(), _)
        source = shown(origins[entry.source_id].name)
        lines.append(f"• {link(entry.url, title, 80)} – {source}, {when}")
    if len(newest) >= PREVIEWED // 2 and len(matching) >= NEARLY_ALL * len(newest):
        lines.append(_("⚠️ That is nearly everything: one more word would narrow it down."))
    return lines


def _watched(entry: Entry, origin: Origin, slugs: Sequence[str]) -> Watched:
    return Watched(entry.title, entry.text, origin.language, slugs, origin.where, entry.author)


def _listed(situation: Situation, mine: Sequence[Watch]) -> Answer:
    _ = situation.translate
    if not mine:
        return say(_("Nothing is watched for here. /watch storm would begin, for example."))
    lines = [f"<b>{_('What I watch for here')}</b>"]
    lines += [f"{number}. {_code(each.expression)}" for number, each in enumerate(mine, 1)]
    keyboard = keyboards.column(
        (f"🗑 {number}. {each.expression}", Pressed(Action.UNWATCH, each.id))
        for number, each in enumerate(mine, 1)
    )
    lines += ["", _("A tap removes one. /watch and words add another.")]
    return say(*lines, keyboard=keyboard)


def _meant(ask: Ask, wanted: str, mine: Sequence[Watch]) -> list[Watch]:
    """The watches that an expression, a number in the list or "all" names."""
    _ = ask.translate
    try:
        text = grammar().parse(wanted, language=ask.language).text
    except ExpressionError:
        text = wanted
    if found := [each for each in mine if each.expression == text]:
        return found
    if wanted.casefold() in ("all", _("all")):
        return list(mine)
    digits = wanted.removeprefix("#").rstrip(".")
    if digits.isdecimal() and len(digits) < 4 and 1 <= int(digits) <= len(mine):
        return [mine[int(digits) - 1]]
    return []


def _proposed(press: Press) -> Expression | None:
    """The expression in the message with the button; None if it holds none that can be read."""
    message = press.query.message
    if not isinstance(message, Message) or not message.is_accessible or not message.text:
        return None
    found = list(message.parse_entities([MessageEntity.CODE]).values())
    try:
        return grammar().parse(found[0]) if found else None
    except ExpressionError:
        return None


async def _mine(situation: Situation) -> list[Watch]:
    if situation.destination is None:
        return []
    async with situation.services.db.read() as connection:
        return await watches.of(connection, situation.destination.id)


async def _remove(situation: Situation, gone: Sequence[Watch]) -> None:
    if situation.destination is None or not gone:
        return
    async with situation.services.db.write() as connection:
        for each in gone:
            await watches.remove(connection, situation.destination.id, each.id)


def _names(situation: Situation, offer: Offer) -> Names:
    """Knows the topics and sources there are, by what people call them."""
    topic_names = [named_topic(topic, situation.language) for topic in offer.topics]
    by_topic = Directory(topic_names)
    slugs = {(Follow.TOPIC, topic.id): topic.slug for topic in offer.topics}
    by_source = Directory(map(named_source, offer.sources))
    where = [fold(f"{source.name} {source.url}") for source in offer.sources]

    def topic(name: str) -> Lookup:
        hits = by_topic.match(name)
        if len(hits) == 1:
            return Lookup(slugs[hits[0].target])
        return Lookup(None, tuple(slugs[hit.target] for hit in hits or by_topic.similar(name)))

    def source(name: str) -> Lookup:
        part = fold(name)
        if any(part in each for each in where):
            return Lookup(name)
        return Lookup(None, tuple(_quoted(hit) for hit in by_source.similar(name)))

    return Names(topic, source)


def _quoted(named: Named) -> str:
    name = plain(named.names[0], 60)
    return f'"{name}"' if " " in name else name


def _full(situation: Situation) -> str:
    most = situation.services.watches_per_chat
    return plural(
        situation.language,
        "There is {n} watch here, as many as can be. Remove one first: /watches",
        "There are {n} watches here, as many as can be. Remove one first: /watches",
        most,
    ).format(n=most)


def _see_list(translate: Translate) -> str:
    _ = translate
    return _("/watches shows all and removes them.")


def _code(expression: str) -> str:
    return f"<code>{html.escape(expression, quote=False)}</code>"
