"""Which handler is called for which update: the whole table, in one place."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.commands import (
    adding,
    alert_menu,
    announcing,
    catching_up,
    channels,
    fallback,
    forgetting,
    granting,
    greeting,
    inline,
    localizing,
    managing,
    membership,
    opening,
    preferring,
    reading,
    saving,
    searching,
    settings_page,
    sharing,
    silencing,
    source_pages,
    source_topics,
    status,
    subscribing,
    taking_back,
    timeline,
    topics_editing,
    watching,
    wellness,
)
from bot.commands.arguments import addressee_of
from bot.commands.conversation import Ask, AskHandler, Context, PressHandler, answering, pressing
from bot.commands.failures import FailureHandler
from bot.commands.keyboards import Action, pattern
from bot.commands.menu import publish_menu
from bot.commands.reply import Answer
from bot.commands.services import Services

__all__ = ["publish_menu", "register"]

App = Application[Any, Any, Any, Any, Any, Any]
Handlers = list[BaseHandler[Update, Context, None]]

# An edited command is not a new one: correcting a typo must not switch a topic twice.
WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
IN_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE

CHANGING: dict[tuple[str, ...], AskHandler] = {
    ("topic", "topics"): subscribing.topic,
    ("subscribe",): subscribing.subscribe,
    ("unsubscribe",): subscribing.unsubscribe,
    ("here",): subscribing.here,
    ("stop",): subscribing.stop,
    ("forget",): forgetting.forget,
    ("edits",): preferring.edits,
    ("threads",): preferring.threads,
    ("pins",): preferring.pins,
    ("style",): preferring.style,
    ("watch",): watching.watch,
    ("unwatch",): watching.unwatch,
    ("watches",): watching.list_watches,
    ("mute",): silencing.mute,
    ("unmute",): silencing.unmute,
    ("quiet",): silencing.quiet,
    ("digest",): silencing.digest,
    ("importance",): silencing.importance,
    ("timezone",): localizing.timezone,
    ("language",): localizing.language,
    ("settings",): settings_page.settings,
}
OPEN: dict[tuple[str, ...], AskHandler] = {
    ("start",): greeting.start,  # asks itself who may follow a deep link
    ("latest",): reading.latest,
    ("search",): searching.search_words,
    ("catchup",): catching_up.catch_up,
    ("timeline",): timeline.timeline,
    ("share",): sharing.share,
    ("sources",): source_pages.listed,
    ("status",): status.status,
    ("saved",): saving.saved_entries,
    ("help",): reading.help_,
    ("channel",): channels.channel,  # asks itself what the person may
}
ADMIN: dict[tuple[str, ...], AskHandler] = {
    ("addsource",): adding.add_source,
    ("pause",): managing.pause,
    ("resume",): managing.resume,
    ("poll",): managing.poll,
    ("removesource",): managing.remove_source,
    ("retract",): taking_back.retract,
    ("why",): taking_back.why,
    ("grant",): granting.grant,
    ("revoke",): granting.revoke,
    ("audit",): granting.show_audit,
    ("announce",): announcing.announce,
    ("dashboard",): opening.dashboard,
    ("health",): wellness.health,
    ("stats",): wellness.stats,
    ("addtopic",): topics_editing.add_topic,
    ("edittopic",): topics_editing.edit_topic,
    ("removetopic",): topics_editing.remove_topic,
}
CHANGING_PRESSES: dict[tuple[Action, ...], PressHandler] = {
    (Action.TOPIC, Action.SOURCE, Action.ALL): subscribing.picked,
    (Action.PAGE,): subscribing.turned,
    (Action.FORGET,): forgetting.forgotten,
    (Action.REMEMBER,): forgetting.remembered,
    (Action.SAVE_WATCH,): watching.saved,
    (Action.DROP_WATCH,): watching.dropped,
    (Action.UNWATCH,): watching.removed,
    (Action.MUTE,): silencing.muted,
    (Action.UNMUTE,): silencing.unmuted,
    (Action.LANGUAGE,): localizing.language_pressed,
    (Action.CLOCK,): localizing.clock_pressed,
    (Action.CITY,): localizing.city_pressed,
    (Action.SETTING,): settings_page.setting_pressed,
    (Action.PART,): settings_page.part_pressed,
}
OPEN_PRESSES: dict[tuple[Action, ...], PressHandler] = {
    (Action.HITS,): searching.turned,
    (Action.MEANT,): searching.meant,
    (Action.CATCH_UP,): catching_up.more,
    (Action.CAUGHT_UP,): catching_up.caught_up,
    (Action.CHANNEL,): channels.pressed,
}
# Under an alert the chat it stands in is meant, also where a person steers a channel from there:
# these ask for the rights themselves.
ALERT_PRESSES: dict[tuple[Action, ...], PressHandler] = {
    (Action.ALERT_MENU,): alert_menu.opened,
    (Action.ALERT_LESS,): alert_menu.closed,
    (Action.MUTE_TOPIC,): alert_menu.topic_muted,
    (Action.HEAR_TOPIC,): alert_menu.topic_heard,
    (Action.ALL_BUT,): alert_menu.all_but,
    (Action.MUTE_SOURCE,): alert_menu.source_muted,
    (Action.ALERT_IMPORTANCE,): alert_menu.importance_chosen,
    (Action.SAVE_ENTRY,): alert_menu.save_chosen,
    (Action.SAVED_PAGE,): saving.turned,
    (Action.UNSAVE_ENTRY,): saving.removed,
}
ADMIN_PRESSES: dict[tuple[Action, ...], PressHandler] = {
    (Action.WATCH,): adding.confirmed,
    (Action.DISCARD,): adding.discarded,
    (Action.REMOVE,): managing.asked_to_remove,
    (Action.KEEP,): managing.kept,
    (Action.RETRACT,): taking_back.asked_to_retract,
    (Action.STRIKE, Action.DELETE): taking_back.retracted,
    (Action.LEAVE,): taking_back.left,
    (Action.WHY,): taking_back.asked_why,
    (Action.SAVE_TOPIC,): topics_editing.saved,
    (Action.CANCEL_TOPIC,): topics_editing.dropped,
    (Action.DROP_TOPIC,): topics_editing.removed,
    (Action.SOURCE_TOPICS,): source_topics.asked,
    (Action.SOURCE_TOPIC,): source_topics.toggled,
    (Action.SOURCE_TOPICS_DONE,): source_pages.topics_done,
    (Action.SOURCES_PAGE,): source_pages.turned,
    (Action.OPEN_SOURCE,): source_pages.opened,
    tuple(source_pages.VERBS): source_pages.done,
    (Action.RENAME,): source_pages.asked_to_rename,
    (Action.ANNOUNCE,): announcing.confirmed,
    (Action.DROP_ANNOUNCEMENT,): announcing.dropped,
    (Action.STOP_ANNOUNCEMENT,): announcing.cancelled,
    tuple(managing.VERBS): managing.pressed,
}


def register(application: App, services: Services) -> None:
    """Teach an application every command, button and event.

    The first handler that takes an update is the only one.
    """
    application.add_handlers(
        [
            *_commands(services),
            *_presses(services),
            InlineQueryHandler(inline.InlineQueries(services)),
            ChatMemberHandler(
                membership.on_my_chat_member(services), ChatMemberHandler.MY_CHAT_MEMBER
            ),
            MessageHandler(filters.StatusUpdate.MIGRATE, membership.on_migration(services)),
            MessageHandler(
                filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND & IsNewName(),
                answering(services, _for_admins(source_pages.renamed)),
            ),
            MessageHandler(
                IN_PRIVATE & filters.COMMAND & ForThisBot(),
                answering(services, fallback.unknown_command),
            ),
            MessageHandler(
                IN_PRIVATE & ~filters.COMMAND & ~filters.StatusUpdate.ALL,
                answering(services, fallback.plain_words),
            ),
        ]
    )
    application.add_error_handler(FailureHandler(services))


class ForThisBot(filters.MessageFilter):
    """Commands that name no other bot (``/start@otherbot``)."""

    def filter(self, message: Any) -> bool:
        """Whether the command is for this bot."""
        meant = addressee_of(message.text or "")
        return meant in ("", message.get_bot().username.lower())


class IsNewName(filters.MessageFilter):
    """Answers to our question for a source's new name."""

    def filter(self, message: Any) -> bool:
        """Whether the message answers that question, which only we can have written."""
        asked = message.reply_to_message
        if asked is None or asked.from_user is None or asked.from_user.id != message.get_bot().id:
            return False
        return source_pages.RENAMING.match(asked.text or "") is not None


def _commands(services: Services) -> Handlers:
    return [
        *(
            CommandHandler(names, answering(services, handler, changes=True), WRITTEN)
            for names, handler in CHANGING.items()
        ),
        *(
            CommandHandler(names, answering(services, handler), WRITTEN)
            for names, handler in OPEN.items()
        ),
        *(
            CommandHandler(names, answering(services, _for_admins(handler)), WRITTEN)
            for names, handler in ADMIN.items()
        ),
    ]


def _for_admins(handler: AskHandler) -> AskHandler:
    """To anybody else the command is one that does not exist; in a group nothing is said to it."""

    async def guarded(ask: Ask) -> Answer:
        if ask.is_admin:
            return await handler(ask)
        return await fallback.unknown_command(ask) if ask.place.is_private else Answer()

    return guarded


def _presses(services: Services) -> Handlers:
    return [
        *(
            CallbackQueryHandler(pressing(services, handler, changes=True), pattern(actions))
            for actions, handler in CHANGING_PRESSES.items()
        ),
        *(
            CallbackQueryHandler(pressing(services, handler), pattern(actions))
            for actions, handler in ALERT_PRESSES.items()
        ),
        *(
            CallbackQueryHandler(pressing(services, handler), pattern(actions))
            for actions, handler in OPEN_PRESSES.items()
        ),
        *(
            CallbackQueryHandler(pressing(services, handler, admins=True), pattern(actions))
            for actions, handler in ADMIN_PRESSES.items()
        ),
        CallbackQueryHandler(pressing(services, fallback.unknown_press)),
    ]
