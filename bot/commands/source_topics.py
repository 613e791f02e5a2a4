"""Which topics every entry of a source belongs to, chosen by buttons; the choice is rows.

The buttons stand under the preview of a source that is proposed, and on the page of one that is
watched; the text above them stays.
"""

from __future__ import annotations

from telegram import InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Press, Situation, noted, stale
from bot.commands.keyboards import COLUMNS, Action, Pressed, button
from bot.commands.reply import Notice
from bot.commands.texts import plain
from bot.commands.topics_editing import retag
from bot.model import Source, SourceState, Topic
from bot.store import sources, topics
from bot.store.audit import Deed

SHOWN = 40  # topics; Telegram shows at most 100 buttons


def proposal(situation: Situation, source: Source, watch: str) -> InlineKeyboardMarkup:
    """The buttons under the preview of a source: watch it, choose topics, leave it."""
    _ = situation.translate
    return InlineKeyboardMarkup(
        [
            [
                button(watch, Pressed(Action.WATCH, source.id)),
                button(_("Cancel"), Pressed(Action.DISCARD, source.id)),
            ],
            [button(_("🏷 Topics of all its entries"), Pressed(Action.SOURCE_TOPICS, source.id))],
        ]
    )


async def asked(press: Press) -> Notice:
    """A press on "Topics"."""
    async with press.services.db.read() as connection:
        source = await sources.get(connection, press.pressed.number)
        found = await topics.listed(connection)
        chosen = await topics.of_source(connection, press.pressed.number)
    if not _is_there(source):
        return stale(press.translate)
    _ = press.translate
    if not found:
        return Notice(_("There are no topics yet. /addtopic makes one."), alert=True)
    await press.change(None, _choices(press, press.pressed.number, found, chosen))
    return Notice(_("Every entry of it will belong to the topics that are ticked."))


async def toggled(press: Press) -> Notice:
    """A press on a topic: its number stands where pages have theirs."""
    _ = press.translate
    source_id, topic_id = press.pressed.number, press.pressed.page
    async with press.services.db.write() as connection:
        source = await sources.get(connection, source_id)
        found = await topics.listed(connection)
        topic = next((each for each in found if each.id == topic_id), None)
        if source is None or topic is None or not _is_there(source):
            return stale(_)
        on = await topics.toggle_for_source(connection, source_id, topic_id)
        if source.state is not SourceState.PROPOSED:
            sign = "+" if on else "-"
            label = f"#{source.id} {source.name}"
            await noted(connection, press, Deed.TAG_SOURCE, label, f"{sign}{topic.slug}")
        chosen = await topics.of_source(connection, source_id)
    if source.state is not SourceState.PROPOSED:
        await retag(press, topic)
    await press.change(None, _choices(press, source_id, found, chosen))
    text = _("All its entries belong to {topic}.") if on else _("Its words decide about {topic}.")
    return Notice(text.format(topic=plain(topic.name(press.language))))


def _is_there(source: Source | None) -> bool:
    return source is not None and source.state is not SourceState.REMOVED


def _choices(
    situation: Situation, source_id: int, found: list[Topic], chosen: list[int]
) -> InlineKeyboardMarkup:
    _ = situation.translate
    buttons = [
        keyboards.button(
            f"{'✅ ' if each.id in chosen else ''}{each.emoji} {each.name(situation.language)}",
            Pressed(Action.SOURCE_TOPIC, source_id, each.id),
        )
        for each in found[:SHOWN]
        if each.id <= keyboards.MAX_PAGE
    ]
    rows = [buttons[at : at + COLUMNS] for at in range(0, len(buttons), COLUMNS)]
    rows.append([button(_("« Done"), Pressed(Action.SOURCE_TOPICS_DONE, source_id))])
    return InlineKeyboardMarkup(rows)
