"""What admins' deeds are called in the record people read."""

from __future__ import annotations

from bot.commands.texts import Translate
from bot.store.audit import Deed


def deed_words(translate: Translate) -> dict[str, str]:
    """Deed -> a few words."""
    _ = translate
    return {
        Deed.ADD_SOURCE: _("source added"),
        Deed.PAUSE_SOURCE: _("source paused"),
        Deed.RESUME_SOURCE: _("source resumed"),
        Deed.POLL_SOURCE: _("source polled"),
        Deed.REMOVE_SOURCE: _("source removed"),
        Deed.RENAME_SOURCE: _("source renamed"),
        Deed.TAG_SOURCE: _("source's topics changed"),
        Deed.ADD_TOPIC: _("topic added"),
        Deed.EDIT_TOPIC: _("topic changed"),
        Deed.REMOVE_TOPIC: _("topic removed"),
        Deed.ANNOUNCE: _("announcement sent"),
        Deed.CANCEL_ANNOUNCEMENT: _("announcement cancelled"),
        Deed.RETRACT: _("entry retracted"),
        Deed.GRANT: _("admin made"),
        Deed.REVOKE: _("admin revoked"),
        Deed.DASHBOARD: _("dashboard opened"),
    }
