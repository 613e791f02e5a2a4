"""What the commands need from the rest of the program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.commands.haste import Haste
from bot.commands.permissions import Rights
from bot.commands.roster import Admins
from bot.errors import ConfigError
from bot.intake.inspect import Inspection
from bot.intake.survey import Section
from bot.store.engine import Database
from bot.wording import Wording

__all__ = ["Inspection", "Section", "Services"]


def _no_web() -> str:
    raise ConfigError(Wording("this process serves no pages"))


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every command.

    Attributes:
        db: the open database.
        admins: who may administrate, by user id.
        default_timezone: IANA name for chats that chose none.
        now: the time, aware UTC.
        inspect: fetches and reads a pasted address, by selectors and with the zone given with it;
            raises `bot.errors.SourceError`.
        wake_poller: says that a source became due.
        wake_planner: says that there is something for the chats.
        wake_sender: says that what waited for a chat may leave.
        survey: finds the live blogs a page links to, by a pattern unless it is empty; raises
            `bot.errors.SourceError`.
        polled: returns when the source with this id was polled, or after a few seconds.
        min_interval: seconds between polls of a new source.
        global_rate: messages a second that may go out, in all.
        web_address: where people reach the dashboard; raises `bot.errors.ConfigError` that says
            which setting is missing.
        rights: who may change the settings of a chat.
        haste: who asked how much lately.
        watches_per_chat: as many watches a destination may have.
    """

    db: Database
    admins: Admins
    default_timezone: str
    now: Callable[[], datetime]
    inspect: Callable[[str, Mapping[str, str], str | None], Awaitable[Inspection]]
    survey: Callable[[str, str], Awaitable[Section]]
    wake_poller: Callable[[], None]
    wake_planner: Callable[[], None]
    wake_sender: Callable[[], None]
    polled: Callable[[int], Awaitable[None]]
    min_interval: float
    global_rate: float = 30.0
    web_address: Callable[[], str] = _no_web
    rights: Rights = field(default_factory=Rights)
    haste: Haste = field(default_factory=Haste)
    watches_per_chat: int = 20
