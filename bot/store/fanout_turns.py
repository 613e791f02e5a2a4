"""Chooses which open fan-outs are planned next, and how far. Pure.

Fan-outs of new entries that stand at the same destination go on together, so that entries of one
poll leave as one message. A newer one goes no further than any older one has come, so that no
destination gets a later entry before an earlier one. The oldest one and those that are furthest
behind take turns: what was published while an entry is planned for a million chats does not wait
for the last of them.

Corrections are planned alone, each after everything older of its entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Of four turns; in the others those come that are furthest behind: the sender has yet to reach the
# first destinations of the oldest, and is to find there what is new.
OLDEST, CORRECTING = 0, 3
TOGETHER = 16  # fan-outs; each is some statements more in a transaction


@dataclass(frozen=True, slots=True)
class Open:
    """A fan-out that is not planned whole.

    Attributes:
        id: rises with age, the oldest is the lowest.
        new: of a new entry; otherwise of a correction.
        key: of a key event.
        cursor: the destination up to which it is planned.
    """

    id: int
    entry_id: int
    new: bool
    key: bool
    cursor: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What is planned next.

    Attributes:
        ids: fan-outs at the same cursor, the oldest first.
        limit: the last destination they may be planned for; None: all that are left.
        crowded: more stand at this cursor than are planned together.
    """

    ids: tuple[int, ...]
    limit: int | None = None
    crowded: bool = False


def choose(waiting: Sequence[Open], number: int) -> Turn | None:
    """Whose turn it is; None if nothing is open.

    Args:
        waiting: the open ones, the oldest first. Where they hold a key event, all of its live blog.
        number: counts the turns: it decides between those that take them.
    """
    if not waiting:
        return None
    news = [each for each in waiting if each.new]
    urgent = next((each for each in waiting if each.key), None)
    if urgent is not None:
        first = next(each for each in waiting if each.entry_id == urgent.entry_id)
        if not first.new:
            return Turn((first.id,))
        return _run(news, min(each.cursor for each in news if each.id <= first.id))
    corrections = _corrections(waiting)
    if corrections and (not news or number % 4 == CORRECTING):
        return Turn((corrections[0].id,))
    cursors = [each.cursor for each in news]
    return _run(news, cursors[0] if number % 4 == OLDEST else min(cursors))


def _run(news: Sequence[Open], cursor: int) -> Turn:
    """Those at this cursor, as far as the older ones among them may go."""
    ids: list[int] = []
    limit: int | None = None
    for each in news:
        if each.cursor < cursor:
            break  # what is newer waits for it here
        if each.cursor > cursor:
            limit = each.cursor if limit is None else min(limit, each.cursor)
        elif len(ids) == TOGETHER:
            return Turn(tuple(ids), limit, crowded=True)
        else:
            ids.append(each.id)
    return Turn(tuple(ids), limit)


def _corrections(waiting: Sequence[Open]) -> list[Open]:
    """Those before which nothing of their entry is open."""
    met: set[int] = set()
    found: list[Open] = []
    for each in waiting:
        if not each.new and each.entry_id not in met:
            found.append(each)
        met.add(each.entry_id)
    return found
