"""The button under an alert that opens what can be done with it. Pure.

What it says is the same for all chats that read alike, so it is part of the rendering; what it
opens is drawn when somebody presses it (``bot.commands.alert_menu``).
"""

from __future__ import annotations

from bot.delivery.look import Look
from bot.outgoing import MenuButton

MENU = "al"
"""The action in the data of the button, as ``bot.commands.keyboards`` reads it."""


def menu_button(entry_id: int, look: Look) -> MenuButton:
    """The button; of a merged message it names the first entry."""
    return MenuButton(look.words("More") if look.plain else "⋯", f"{MENU}:{entry_id}:0")
