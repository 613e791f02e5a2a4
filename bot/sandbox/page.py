"""The chat page: static files, live events, what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.server import Handler, SandboxServer


def routes(_server: SandboxServer) -> dict[tuple[str, str], Handler]:
    """The page's routes."""
    return {}
