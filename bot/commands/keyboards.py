"""Buttons and what their presses say. Pure.

A button carries ``action:number:page`` within Telegram's 64 bytes, and under a merged alert a code
of its other entries. It comes back from outside and may be old or forged: `decode` takes nothing
else for a press, and every number is looked up again.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands.targets import Named
from bot.commands.texts import Translate, plain
from bot.delivery.menu import MENU, OTHERS
from bot.model import Follow
from bot.store.subscriptions import Target

PAGE_SIZE = 16  # names on one page of the picker; Telegram shows at most 100 buttons
COLUMNS = 2
MAX_LABEL = 32
MAX_PAGE = 9999  # also for other small numbers that stand in its place
_NUMBERS = r":([0-9]{1,18}):([0-9]{1,4})(?:\+([A-Za-z0-9_-]{1,54}))?"
_DATA = re.compile(rf"([a-z]{{1,2}}){_NUMBERS}", re.ASCII)


class Action(enum.StrEnum):
    """What a button does."""

    TOPIC = "t"
    SOURCE = "s"
    ALL = "a"
    PAGE = "p"
    WATCH = "w"
    DISCARD = "d"
    PAUSE = "ps"
    RESUME = "rs"
    POLL = "pl"
    REMOVE = "rm"
    REMOVE_SURELY = "ry"
    KEEP = "k"
    RETRACT = "rt"
    STRIKE = "st"
    DELETE = "dl"
    LEAVE = "l"
    WHY = "y"
    HITS = "h"
    MEANT = "mn"
    CATCH_UP = "cu"
    CAUGHT_UP = "cd"
    SAVE_WATCH = "ws"
    DROP_WATCH = "wd"
    UNWATCH = "wx"
    SAVE_TOPIC = "xt"
    CANCEL_TOPIC = "xc"
    DROP_TOPIC = "xd"
    SOURCE_TOPICS = "xg"
    SOURCE_TOPIC = "xh"
    SOURCE_TOPICS_DONE = "xi"
    SOURCES_PAGE = "xp"
    OPEN_SOURCE = "xo"
    POLL_HERE = "xq"
    PAUSE_HERE = "xu"
    RESUME_HERE = "xr"
    RENAME = "xn"
    ANNOUNCE = "xa"
    DROP_ANNOUNCEMENT = "xb"
    STOP_ANNOUNCEMENT = "xx"
    FORGET = "xf"
    REMEMBER = "xk"
    MUTE = "m"
    UNMUTE = "um"
    LANGUAGE = "lg"
    CLOCK = "ck"
    CITY = "ct"
    SETTING = "sg"
    PART = "pt"
    CHANNEL = "ch"
    ALERT_MENU = MENU
    ALERT_LESS = "ls"
    MUTE_TOPIC = "mt"
    HEAR_TOPIC = "ht"
    ALL_BUT = "ab"
    MUTE_SOURCE = "ms"
    ALERT_IMPORTANCE = "ai"
    SAVE_ENTRY = "sv"
    SAVED_PAGE = "sp"
    UNSAVE_ENTRY = "su"


TOGGLES = {Action.TOPIC: Follow.TOPIC, Action.SOURCE: Follow.SOURCE, Action.ALL: Follow.ALL}
_ACTION_OF = {follow: action for action, follow in TOGGLES.items()}
_ACTIONS = {action.value: action for action in Action}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button's data says.

    Attributes:
        action: what to do.
        number: the row it is about, 0 for none.
        page: the picker's page that is shown.
        others: further rows, as `bot.delivery.menu` tells them.
    """

    action: Action
    number: int = 0
    page: int = 0
    others: str = ""

    @property
    def target(self) -> Target | None:
        """What is to be followed or not; None for other buttons."""
        follow = TOGGLES.get(self.action)
        return None if follow is None else (follow, self.number)


def encode(pressed: Pressed) -> str:
    """The data a button carries."""
    others = f"{OTHERS}{pressed.others}" if pressed.others else ""
    return f"{pressed.action}:{pressed.number}:{pressed.page}{others}"


def decode(data: str | None) -> Pressed | None:
    """What a button's data says; None for anything `encode` does not make."""
    found = _DATA.fullmatch(data or "")
    action = None if found is None else _ACTIONS.get(found[1])
    if found is None or action is None:
        return None
    return Pressed(action, int(found[2]), int(found[3]), found[4] or "")


def pattern(actions: Iterable[Action]) -> re.Pattern[str]:
    """What the data of these buttons matches."""
    return re.compile(rf"(?:{'|'.join(actions)}){_NUMBERS}\Z", re.ASCII)


def picker(
    choices: Sequence[Named],
    followed: Collection[Target],
    page: int,
    translate: Translate,
    counts: Mapping[Target, int] | None = None,
) -> InlineKeyboardMarkup:
    """A button for each choice, with a tick on what is followed; pages where there are many.

    Args:
        choices: what there is.
        followed: what of it is.
        page: from 0.
        translate: for the buttons that turn pages.
        counts: how much of it there was lately; shown where it is known.
    """
    _ = translate
    pages = max(1, -(-len(choices) // PAGE_SIZE))
    page = min(page, pages - 1)
    shown = choices[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    buttons = [
        _toggle(choice, choice.target in followed, page, (counts or {}).get(choice.target, 0))
        for choice in shown
    ]
    rows = [buttons[at : at + COLUMNS] for at in range(0, len(buttons), COLUMNS)]
    if pages > 1:
        turns = [(_("« Back"), page - 1), (_("More »"), page + 1)]
        rows.append(
            [
                button(text, Pressed(Action.PAGE, 0, number))
                for text, number in turns
                if 0 <= number < pages
            ]
        )
    return InlineKeyboardMarkup(rows)


def suggestions(
    candidates: Iterable[Named], followed: Collection[Target]
) -> InlineKeyboardMarkup | None:
    """A button for each name that may have been meant; None for none."""
    unique = {candidate.target: candidate for candidate in candidates}
    rows = [[_toggle(each, each.target in followed, 0)] for each in list(unique.values())[:8]]
    return InlineKeyboardMarkup(rows) if rows else None


def button(text: str, pressed: Pressed) -> InlineKeyboardButton:
    """A button; its text is cut to what fits on a phone."""
    return InlineKeyboardButton(plain(text, MAX_LABEL) or "…", callback_data=encode(pressed))


def rows(*buttons: tuple[str, Pressed]) -> InlineKeyboardMarkup:
    """A keyboard with one row."""
    return InlineKeyboardMarkup([[button(text, pressed) for text, pressed in buttons]])


def with_row(
    keyboard: InlineKeyboardMarkup, row: Sequence[InlineKeyboardButton]
) -> InlineKeyboardMarkup:
    """A keyboard with one more row at its end."""
    return InlineKeyboardMarkup([*keyboard.inline_keyboard, row])


def column(buttons: Iterable[tuple[str, Pressed]]) -> InlineKeyboardMarkup | None:
    """A keyboard with a button in each row, at most 50; None without buttons."""
    lines = [[button(text, pressed)] for text, pressed in buttons][:50]
    return InlineKeyboardMarkup(lines) if lines else None


def _toggle(choice: Named, followed: bool, page: int, count: int = 0) -> InlineKeyboardButton:
    follow, number = choice.target
    tick = "✅ " if followed else ""
    lately = f" · {count}" if count else ""
    return button(f"{tick}{choice.label}{lately}", Pressed(_ACTION_OF[follow], number, page))
