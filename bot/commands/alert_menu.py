"""What stands under an alert: open it, mute its topic, key events only, save it.

"⋯" opens the menu by changing the keyboard alone; "Less" closes it, and so does a correction of
the alert, which draws its first keyboard again. Each button says what it wants, not "the other
way round", so that a double tap does nothing twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.commands import alerts
from bot.commands.alerts import EVERYTHING, Alert
from bot.commands.conversation import Press
from bot.commands.reply import Notice
from bot.commands.silencing import change_silence
from bot.commands.texts import plain
from bot.model import Follow, Topic
from bot.store import chats, saved, subscriptions, topics
from bot.store.subscriptions import Target


async def opened(press: Press) -> Notice:
    """The button that opens the menu."""

    async def nothing(_alert: Alert) -> Notice:
        return Notice()

    return await _do(press, nothing)


async def closed(press: Press) -> Notice:
    """The button that closes it."""
    alert = await alerts.find(press)
    if isinstance(alert, Notice):
        return alert
    await press.change(None, alerts.closed(alert))
    return Notice()


async def topic_muted(press: Press) -> Notice:
    """Follow the alert's topic no more; where everything is followed, offer what can be done."""
    _ = press.translate
    alert = await alerts.find(press)
    if isinstance(alert, Notice):
        return alert
    topic = alert.topic(press.pressed.page)
    if topic is not None and EVERYTHING in alert.followed:
        await press.change(None, alerts.all_but(alert, topic))
        said = _("Everything is on here, so {tag} comes with it. You can have all topics but this.")
        return Notice(said.format(tag=alert.tag(topic)), alert=True)

    async def mute(alert: Alert, topic: Topic) -> Notice:
        async with press.services.db.write() as connection:
            gone = await subscriptions.remove(
                connection, alert.destination.id, (Follow.TOPIC, topic.id)
            )
        said = _("{tag} is off here now.") if gone else _("{tag} is off here already.")
        return Notice(said.format(tag=alert.tag(topic)))

    return await _do_with_topic(press, mute)


async def topic_heard(press: Press) -> Notice:
    """Follow the alert's topic again."""
    _ = press.translate

    async def hear(alert: Alert, topic: Topic) -> Notice:
        target: Target = (Follow.TOPIC, topic.id)
        async with press.services.db.write() as connection:
            await subscriptions.add(connection, alert.destination.id, target, press.services.now())
            if not alert.destination.active:
                await chats.switch_on(connection, alert.destination.id)
        return Notice(_("{tag} is on here again.").format(tag=alert.tag(topic)))

    return await _do_with_topic(press, hear)


async def all_but(press: Press) -> Notice:
    """Follow every topic but the alert's instead of everything."""
    _ = press.translate

    async def change(alert: Alert, topic: Topic) -> Notice:
        number, now = alert.destination.id, press.services.now()
        async with press.services.db.write() as connection:
            if not await subscriptions.remove(connection, number, EVERYTHING):
                return Notice(_("Everything is not on here any more. /topic shows what is."))
            for other in await topics.listed(connection):
                target: Target = (Follow.TOPIC, other.id)
                if other.id == topic.id:
                    await subscriptions.remove(connection, number, target)
                else:
                    await subscriptions.add(connection, number, target, now)
        said = _("Every topic but {tag} is on here now. /topic changes it.")
        return Notice(said.format(tag=alert.tag(topic)), alert=True)

    return await _do_with_topic(press, change)


async def source_muted(press: Press) -> Notice:
    """Follow the alert's live blog no more, nor the section page that found it."""
    _ = press.translate

    async def mute(alert: Alert) -> Notice:
        gone = []
        async with press.services.db.write() as connection:
            for number, name in alert.sources:
                target: Target = (Follow.SOURCE, number)
                if await subscriptions.remove(connection, alert.destination.id, target):
                    gone.append(name)
        if not gone:
            return Notice(_("It is off here already."))
        return Notice(_("{name} is off here now.").format(name=plain(gone[-1])))

    return await _do(press, mute)


async def importance_chosen(press: Press) -> Notice:
    """Key events only, or all entries again."""
    _ = press.translate

    async def choose(alert: Alert) -> Notice:
        wanted = "key" if press.pressed.page else "all"
        await change_silence(alert.press, lambda silence: replace(silence, importance=wanted))
        if press.pressed.page:
            return Notice(_("Only key events arrive here now."))
        return Notice(_("Every entry of what you follow arrives here now."))

    return await _do(press, choose)


async def save_chosen(press: Press) -> Notice:
    """Save what the alert shows, or save it no more."""
    _ = press.translate

    async def choose(alert: Alert) -> Notice:
        if not press.place.is_private:
            return Notice(_("Saving works in a private chat with me."), alert=True)
        if press.pressed.page:
            return await _save(alert)
        ids = [entry.id for entry in alert.entries]
        async with press.services.db.write() as connection:
            await saved.remove(connection, alert.destination.id, ids)
        return Notice(_("It is not saved any more."))

    return await _do(press, choose)


async def _save(alert: Alert) -> Notice:
    press = alert.press
    _ = press.translate
    ids = [entry.id for entry in alert.entries if not entry.withdrawn]
    if not ids:
        return Notice(_("It was taken back: there is nothing to save."), alert=True)
    async with press.services.db.write() as connection:
        have = await saved.among(connection, alert.destination.id, ids)
        if have == set(ids):
            return Notice(_("It is saved already. /saved shows what you saved."))
        if await saved.count(connection, alert.destination.id) + len(ids) - len(have) > saved.MOST:
            said = _("At most {most} entries can be saved. /saved shows them, to remove some.")
            return Notice(said.format(most=saved.MOST), alert=True)
        await saved.add(connection, alert.destination.id, ids, press.services.now())
    return Notice(_("Saved. /saved shows what you saved."))


async def _do(press: Press, deed: Callable[[Alert], Awaitable[Notice]]) -> Notice:
    """Do something, and draw the menu as it is afterwards."""
    alert = await alerts.find(press)
    if isinstance(alert, Notice):
        return alert
    notice = await deed(alert)
    after = await alerts.find(press)
    if isinstance(after, Alert):
        await press.change(None, alerts.opened(after))
    return notice


async def _do_with_topic(press: Press, deed: Callable[[Alert, Topic], Awaitable[Notice]]) -> Notice:
    """As `_do`, with the topic that the button names, if the alert still belongs to it."""
    _ = press.translate

    async def with_topic(alert: Alert) -> Notice:
        topic = alert.topic(press.pressed.page)
        if topic is None:
            return Notice(_("The alert does not belong to that topic any more."), alert=True)
        return await deed(alert, topic)

    return await _do(press, with_topic)
