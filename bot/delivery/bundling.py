"""Which of the entries that wait for a chat leave as one message. Pure.

Entries that wait together leave together, oldest first, so that a round over all chats takes as
long as there are chats, however many entries arrive. What does not fit into the message waits for
the next round, when it is merged with what came meanwhile. A backlog that has grown old becomes a
digest, which always catches up; so does one in which a key event would have to wait for others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.delivery.bundles import Bundled
from bot.model import Entry, Form


@dataclass(frozen=True, slots=True)
class Load:
    """What one message carries.

    Attributes:
        form: None for an entry that goes alone.
        count: how many of the waiting entries, from the first one on.
    """

    form: Form | None
    count: int


ALONE = Load(None, 1)


def choose(waiting: Sequence[Entry], draw: Callable[[Form], Bundled], *, late: bool) -> Load:
    """What the next message carries.

    Args:
        waiting: at least one entry, oldest first.
        draw: renders as many of them as fit into one message of a form.
        late: the backlog is old.
    """
    if len(waiting) == 1:
        return ALONE
    if not late:
        count = draw(Form.MERGED).count
        if not any(entry.key_event for entry in waiting[count:]):
            return Load(Form.MERGED, count) if count > 1 else ALONE
    count = draw(Form.DIGEST).count
    return Load(Form.DIGEST, count) if count > 1 else ALONE
