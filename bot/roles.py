"""The parts a process may play: all of them, or some beside other processes. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from bot.errors import ConfigError


class Role(enum.StrEnum):
    """One part."""

    POLL = "poll"  # fetch the sources, decide what is new
    PLAN = "plan"  # turn an entry into work for each chat
    SEND = "send"  # deliver it
    CHAT = "chat"  # answer commands; by one process, unless updates come by webhook
    WEB = "web"  # nothing but health and metrics, which every process serves


ALL = frozenset(Role)


def read_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles that were named, each name perhaps several with commas; none means all.

    Raises:
        ConfigError: there is no such role.
    """
    words = [word.strip().lower() for name in names for word in name.split(",") if word.strip()]
    if not words or "all" in words:
        return ALL
    try:
        return frozenset(Role(word) for word in words)
    except ValueError as error:
        wrong = next(word for word in words if word not in set(Role))
        known = ", ".join(["all", *Role])
        raise ConfigError(f"--role: there is no role {wrong!r}; choose among {known}") from error


def label(roles: frozenset[Role]) -> str:
    """For people and logs: "all", or "plan, send"."""
    return "all" if roles == ALL else ", ".join(role for role in Role if role in roles)
