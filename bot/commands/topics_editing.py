"""``/addtopic``, ``/edittopic``, ``/removetopic``: shown with what would match, then confirmed.

Topics of the file are the operator's: a start writes them anew, so the chat does not touch them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation, noted, stale
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import Translate, plain, shown, spoken
from bot.errors import ConfigError
from bot.intake.topic_words import Written, as_written, check_rule, read_slug, read_topic
from bot.intake.topics import TopicMatcher, asks
from bot.locales import plural
from bot.locales.numbers import number_of
from bot.model import Follow, Topic, TopicRule
from bot.store import drafts, subscriptions, tagging, topics
from bot.store.audit import Deed
from bot.store.tagging import Candidate

KIND = "topic"
LOOKED_AT = 500  # entries of the preview
EXAMPLES = 3
RETAGGED = timedelta(days=1)
SAVED, DROPPED = "saved", "dropped"


async def add_topic(ask: Ask) -> Answer:
    """``/addtopic slug words…``: shows what would match, and asks."""
    if not ask.text:
        return _usage(ask, "addtopic")
    try:
        written = read_topic(ask.text)
        rule = check_rule(written.rule)
    except ConfigError as error:
        return _refused(ask, error)
    _ = ask.translate
    async with ask.services.db.read() as connection:
        known = await topics.by_slug(connection, written.slug)
    if known is not None:
        slug = f"<b>{shown(known.slug)}</b>"
        return say(
            _("There is a topic {slug} already.").format(slug=slug),
            _("/edittopic {slug} shows its words.").format(slug=known.slug),
        )
    names = {"en": written.slug.replace("-", " ").capitalize(), **written.names}
    topic = Topic(0, written.slug, names, written.emoji, rule, origin="admin")
    return await _offer(ask, topic, _("New topic: {name}"))


async def edit_topic(ask: Ask) -> Answer:
    """``/edittopic slug [words…]``: without words what it looks for; with them, what it would."""
    if not ask.text:
        return await _choose(ask, "edittopic")
    _ = ask.translate
    try:
        written = read_topic(ask.text)
    except ConfigError as error:
        return _refused(ask, error)
    async with ask.services.db.read() as connection:
        known = await topics.by_slug(connection, written.slug)
    if known is None:
        return await _choose(ask, "edittopic", unknown=written.slug)
    if known.origin == "file":
        return _of_the_file(ask, known)
    if written == Written(known.slug, TopicRule()):
        return await _as_it_is(ask, known)
    rule = written.rule if asks(written.rule) or written.rule.none else known.rule
    try:
        check_rule(rule)
    except ConfigError as error:
        return _refused(ask, error)
    names = {**known.names, **written.names}
    topic = replace(known, rule=rule, names=names, emoji=written.emoji or known.emoji)
    return await _offer(ask, topic, _("The topic {name} would become"))


async def remove_topic(ask: Ask) -> Answer:
    """``/removetopic slug``: asks before it does."""
    if not ask.text:
        return await _choose(ask, "removetopic")
    _ = ask.translate
    try:
        slug = read_slug(ask.text.split()[0])
    except ConfigError as error:
        return _refused(ask, error)
    async with ask.services.db.read() as connection:
        known = await topics.by_slug(connection, slug)
        counts = await subscriptions.counts(connection)
    if known is None:
        return await _choose(ask, "removetopic", unknown=slug)
    if known.origin == "file":
        return _of_the_file(ask, known)
    chats = counts.get((Follow.TOPIC, known.id), 0)
    followers = plural(ask.language, "{n} chat follows it.", "{n} chats follow it.", chats)
    return say(
        _("Remove the topic {name}? Subscriptions to it end; entries stay.").format(
            name=_called(known, ask.language)
        ),
        followers.format(n=chats),
        keyboard=keyboards.rows(
            (_("🗑 Remove it"), Pressed(Action.DROP_TOPIC, known.id)),
            (_("Keep it"), Pressed(Action.KEEP)),
        ),
    )


async def saved(press: Press) -> Notice:
    """A press on "Save"."""
    _ = press.translate
    services = press.services
    async with services.db.write() as connection:
        draft = await drafts.get(connection, press.pressed.number, KIND)
        if draft is None:
            return stale(_)
        topic = _from(draft.content)
        known = await topics.by_slug(connection, topic.slug)
        if known is not None and known.origin == "file":
            await drafts.settle(connection, draft.id, DROPPED)
            return Notice(_("The file has a topic {slug} by now.").format(slug=topic.slug), True)
        if not await drafts.settle(connection, draft.id, SAVED):
            return await _settled(press, draft.outcome, topic.slug)
        await topics.save(connection, replace(topic, origin="admin"))
        deed = Deed.ADD_TOPIC if known is None else Deed.EDIT_TOPIC
        await noted(connection, press, deed, topic.slug, as_written(topic)[:500])
        topic = await topics.by_slug(connection, topic.slug) or topic
    count = await retag(press, topic)
    entries = plural(
        press.language,
        "{n} entry of the last day belongs to it; nobody is sent it again.",
        "{n} entries of the last day belong to it; nobody is sent them again.",
        count,
    )
    await press.change(
        "\n".join(
            [
                _(
                    "✅ The topic {name} is saved. New entries are matched by it from now on."
                ).format(name=_called(topic, press.language)),
                entries.format(n=number_of(count, press.language)),
                _("/topic {slug} switches it on here.").format(slug=topic.slug),
            ]
        )
    )
    return Notice(_("✅ Saved."))


async def dropped(press: Press) -> Notice:
    """A press on "Cancel"."""
    _ = press.translate
    async with press.services.db.write() as connection:
        draft = await drafts.get(connection, press.pressed.number, KIND)
        if draft is None:
            return stale(_)
        if not await drafts.settle(connection, draft.id, DROPPED):
            return await _settled(press, draft.outcome, str(draft.content["slug"]))
    await press.change(_("Nothing was changed."))
    return Notice(_("Nothing was changed."))


async def removed(press: Press) -> Notice:
    """A press on "Remove it"."""
    _ = press.translate
    async with press.services.db.write() as connection:
        found = await topics.listed(connection)
        known = next((each for each in found if each.id == press.pressed.number), None)
        if known is not None and known.origin != "file":
            await topics.retire(connection, known.slug)
            await noted(connection, press, Deed.REMOVE_TOPIC, known.slug)
    if known is None:
        await press.change(None)
        return Notice(_("It was removed already."))
    if known.origin == "file":
        return stale(_)
    text = _("🗑 The topic {name} is removed.")
    await press.change(text.format(name=_called(known, press.language)))
    return Notice(text.format(name=plain(known.name(press.language))))


async def retag(situation: Situation, topic: Topic) -> int:
    """Let the entries of the last day belong to a topic as it is now; how many do."""
    services = situation.services
    async with services.db.read() as connection:
        found = await tagging.seen_since(connection, services.now() - RETAGGED)
        wholly = await tagging.sources_with(connection, topic.id)
    fitting = {each.id for each in await _matching(found, topic)}
    fitting |= {each.id for each in found if wholly & {each.source_id, each.parent_id}}
    async with services.db.write() as connection:
        await tagging.retag(connection, topic.id, [each.id for each in found], fitting)
    return len(fitting)


async def _matching(found: Sequence[Candidate], topic: Topic) -> list[Candidate]:
    matcher = TopicMatcher([topic])

    def look() -> list[Candidate]:
        return [each for each in found if matcher.match(each.title, each.text, source=each.source)]

    return await asyncio.to_thread(look)


async def _offer(ask: Ask, topic: Topic, heading: str) -> Answer:
    _ = ask.translate
    services = ask.services
    async with services.db.write() as connection:
        number = await drafts.add(
            connection, KIND, asdict(topic), user_id=ask.user_id, now=services.now()
        )
    keyboard = keyboards.rows(
        (_("✅ Save it"), Pressed(Action.SAVE_TOPIC, number)),
        (_("Cancel"), Pressed(Action.CANCEL_TOPIC, number)),
    )
    lines = [
        heading.format(name=_called(topic, ask.language)),
        *_rule_lines(topic.rule, _),
        "",
        *await _preview(ask, topic),
    ]
    return say(*lines, keyboard=keyboard)


async def _as_it_is(ask: Ask, topic: Topic) -> Answer:
    _ = ask.translate
    return say(
        _called(topic, ask.language),
        *_rule_lines(topic.rule, _),
        "",
        *await _preview(ask, topic),
        "",
        _("To change it, send this with other words; tap to copy:"),
        f"<code>{shown('/edittopic ' + as_written(topic), 3000)}</code>",
    )


async def _preview(ask: Ask, topic: Topic) -> list[str]:
    """How many of the last entries match, and some of them."""
    _ = ask.translate
    async with ask.services.db.read() as connection:
        found = await tagging.newest(connection, LOOKED_AT)
    if not found:
        return [_("There are no entries yet that it could be tried on.")]
    matching = await _matching(found, topic)
    counted = plural(
        ask.language,
        "It matches {n} of the last {all} entry.",
        "It matches {n} of the last {all} entries.",
        len(found),
    )
    lines = [counted.format(n=f"<b>{len(matching)}</b>", all=len(found))]
    lines += [f"• {shown(each.title or each.text, 100)}" for each in matching[:EXAMPLES]]
    if len(matching) * 2 > len(found) > 20:
        lines.append(_("⚠️ That is more than half of everything: are the words too common?"))
    return lines


async def _choose(ask: Ask, command: str, unknown: str = "") -> Answer:
    """Which topics there are, and whose they are."""
    _ = ask.translate
    async with ask.services.db.read() as connection:
        found = await topics.listed(connection)
    lines = []
    if unknown:
        lines.append(_("There is no topic {slug}.").format(slug=f"<b>{shown(unknown)}</b>"))
    own = [each for each in found if each.origin != "file"]
    of_file = [each for each in found if each.origin == "file"]
    if own:
        lines.append(_("Topics made in the chat:"))
        lines += [f"• <code>/{command} {each.slug}</code>" for each in own]
    else:
        lines.append(_("No topic was made in the chat yet. /addtopic makes one."))
    if of_file:
        lines.append(
            _("From the file, and changed there: {names}").format(
                names=", ".join(shown(each.slug) for each in of_file)
            )
        )
    return say(*lines)


async def _settled(press: Press, outcome: str | None, slug: str) -> Notice:
    _ = press.translate
    await press.change(None)
    if outcome == DROPPED:
        return Notice(_("This was cancelled. Send the command again."))
    return Notice(_("{slug} is saved already.").format(slug=plain(slug)))


def _of_the_file(ask: Ask, topic: Topic) -> Answer:
    _ = ask.translate
    return say(
        _("The topic {name} stands in the topics file, which a start reads anew.").format(
            name=_called(topic, ask.language)
        ),
        _("Change it there (config/topics.toml) and restart me, or make one of another name."),
    )


def _refused(ask: Ask, error: ConfigError) -> Answer:
    _ = ask.translate
    return say(
        _("I cannot use this: {reason}").format(reason=spoken(error.reason, ask.language, 500)),
        _("Nothing was changed."),
    )


def _usage(ask: Ask, command: str) -> Answer:
    _ = ask.translate
    example = f'/{command} storms storm flood "high water" -sport'
    return say(
        _("Send a short name, then the words that make an entry belong to it:"),
        f"<code>{shown(example, 200)}</code>",
        _(
            "Any of the words is enough; with + in front a word must be there, with - it must "
            "not; “elect*” stands for every ending; phrases stand in quotation marks."
        ),
        _("source:gazette limits it to a source, emoji=🌊 and name=“Storms” dress it."),
    )


def _rule_lines(rule: TopicRule, translate: Translate) -> list[str]:
    _ = translate
    parts = (
        (_("any of: {words}"), rule.any),
        (_("all of: {words}"), rule.all),
        (_("none of: {words}"), rule.none),
        (_("only from: {words}"), rule.sources),
    )
    return [text.format(words=shown(", ".join(words), 800)) for text, words in parts if words]


def _called(topic: Topic, language: str) -> str:
    name = f"{topic.emoji} {topic.name(language)}".strip()
    return f"<b>{shown(name)}</b> ({shown(topic.slug)})"


def _from(content: dict[str, Any]) -> Topic:
    rule = {name: tuple(words) for name, words in content["rule"].items()}
    return Topic(**{**content, "rule": TopicRule(**rule)})
