"""Shows alerts in a terminal as they would look in a chat.

Knows only what a message is: who renders it and from what is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from bot.outgoing import Outgoing, TextEntity

WIDTH = 72  # columns; about what a phone shows of a line, and fits 80
_STYLES = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "reverse",
    "code": "cyan",
    "pre": "cyan",
    "blockquote": "italic dim",
    "expandable_blockquote": "italic dim",
    "text_link": "underline blue",
    "url": "underline blue",
    "hashtag": "blue",
    "mention": "blue",
}


def show_alerts(alerts: Sequence[Sequence[Outgoing]], console: Console) -> None:
    """Print alerts, each of one or more messages, in the order given."""
    for parts in alerts:
        for part in parts:
            console.print(message_panel(part))


def message_panel(message: Outgoing) -> RenderableType:
    """One message as a bubble: its picture as an address, its text with styles, its button."""
    lines: list[RenderableType] = []
    picture = message.photo_url or message.preview_url
    if picture:
        lines.append(Text(f"[picture] {picture}", style="dim", overflow="ellipsis", no_wrap=True))
    lines.append(styled(message.text, message.entities))
    if message.button is not None:
        button = Text(f" {message.button.text} ", style="reverse")
        lines += [
            Text(),
            Text.assemble(button, (f"  {message.button.url}", "dim")),
        ]
    return Panel(Group(*lines), width=WIDTH, border_style="dim")


def styled(text: str, entities: Iterable[TextEntity]) -> Text:
    """A message's text with its entities as styles; offsets of entities are UTF-16 units."""
    at = _positions(text)
    shown = Text(text)
    for entity in entities:
        start, end = entity.offset, entity.offset + entity.length
        style = _STYLES.get(entity.type)
        if style is None or not 0 <= start < end < len(at):
            continue
        shown.stylize(style, at[start], at[end])
    return shown


def _positions(text: str) -> list[int]:
    """UTF-16 offset -> character offset; the end included."""
    at: list[int] = []
    for index, character in enumerate(text):
        at += [index] * (2 if ord(character) > 0xFFFF else 1)
    at.append(len(text))
    return at
