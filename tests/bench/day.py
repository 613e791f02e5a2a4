"""A day of a busy live blog on a simulated clock: how far behind a chat ever is.

What is simulated is the queue and the clock; what a message carries is decided and rendered by the
real code (`bot.delivery.work.pick`). Chats and rate may be scaled down together: what counts is
how long a round over all chats takes.
"""

from __future__ import annotations

import heapq
import random
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery.render import render_alert
from bot.delivery.renderings import Renderings
from bot.delivery.work import pick
from bot.model import Batch, Bundle, ChatKind, Delivery, DeliveryKind, Destination, Entry
from tests.delivery.entries import NOON, entry

DAY = 86_400.0  # seconds
NEW, EDIT = 1, 2
_WORDS = "The harbour office says that the tide will turn within the hour. "


@dataclass(frozen=True, slots=True)
class Day:
    """What is simulated.

    Attributes:
        chats: that follow the live blog.
        rate: messages a second.
        entries: new ones, bunched as live blogs are.
        edits: corrections of earlier ones, within the hour.
        withdrawals: of earlier ones.
    """

    chats: int = 5_000
    rate: float = 30.0
    entries: int = 500
    edits: int = 150
    withdrawals: int = 5

    @property
    def round(self) -> float:
        """Seconds for a message to every chat."""
        return self.chats / self.rate


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it.

    Attributes:
        waits: seconds from an entry's being stored to its being in a chat, of all deliveries.
        edit_waits: the same of corrections.
        messages: sent.
        edited: edits made.
        in_order: every chat got its entries oldest first, each once.
    """

    waits: list[float]
    edit_waits: list[float]
    messages: int
    edited: int
    in_order: bool


def happenings(day: Day, chance: random.Random) -> list[tuple[float, str, int]]:
    """(seconds, "new" | "edit" | "withdraw", entry) over the day, in order of time."""
    hot = sorted(chance.uniform(0, DAY) for _ in range(6))  # press conferences, goals, quakes
    times = sorted(
        min(DAY - 1, max(0.0, chance.gauss(chance.choice(hot), 1_500)))
        if chance.random() < 0.5
        else chance.uniform(0, DAY)
        for _ in range(day.entries)
    )
    found = [(at, "new", number) for number, at in enumerate(times)]
    found += [
        (times[number] + chance.uniform(30, 3_600), kind, number)
        for kind, count in (("edit", day.edits), ("withdraw", day.withdrawals))
        for number in chance.sample(range(day.entries), count)
    ]
    return sorted(found)


class _Simulation:
    def __init__(self, day: Day, seed: int) -> None:
        self.day = day
        self.chance = random.Random(seed)
        self.entries: dict[int, Entry] = {}
        self.renderings = Renderings(render_alert)
        self.waiting: list[dict[int, float]] = [{} for _ in range(day.chats)]  # entry -> since
        self.behind: list[dict[int, float]] = [{} for _ in range(day.chats)]  # edits
        self.sent: list[list[int]] = [[] for _ in range(day.chats)]
        self.together: list[dict[int, Bundle]] = [{} for _ in range(day.chats)]
        self.queue: list[tuple[int, float, int]] = []  # (priority, due, chat)
        self.told = Told([], [], 0, 0, in_order=True)
        self.messages = 0
        self.edited = 0

    def run(self) -> Told:
        """The day, message by message."""
        events = iter(happenings(self.day, self.chance))
        upcoming = next(events, None)
        now, step = 0.0, 1.0 / self.day.rate
        while upcoming is not None or self.queue:
            if not self.queue and upcoming is not None:
                now = max(now, upcoming[0])
            while upcoming is not None and upcoming[0] <= now:
                self._happen(*upcoming)
                upcoming = next(events, None)
            if self._serve(now):
                now += step
        in_order = all(got == sorted(set(got)) for got in self.sent)
        return replace(self.told, messages=self.messages, edited=self.edited, in_order=in_order)

    def _happen(self, at: float, kind: str, number: int) -> None:
        if kind == "new":
            text = _WORDS * self.chance.randint(1, 7)
            key = self.chance.random() < 0.05
            made = entry(number, text, first_seen_at=NOON + timedelta(seconds=at), key_event=key)
            self.entries[number] = made
            for chat in range(self.day.chats):
                self.waiting[chat][number] = at
                # As the planner queues a key event: with what has waited in the chat for longest.
                due = min(self.waiting[chat].values()) if key else at
                heapq.heappush(self.queue, (0 if key else NEW, due, chat))
            return
        old = self.entries[number]
        self.entries[number] = replace(
            old,
            revision=old.revision + 1,
            revised_at=NOON + timedelta(seconds=at),
            withdrawn=old.withdrawn or kind == "withdraw",
        )
        for chat in range(self.day.chats):
            if number in self.sent[chat]:
                self.behind[chat].setdefault(number, at)
                heapq.heappush(self.queue, (EDIT, at, chat))

    def _serve(self, now: float) -> bool:
        """One message to the chat whose turn it is; whether one was sent."""
        _, due, chat = heapq.heappop(self.queue)
        if due not in self.waiting[chat].values() and due not in self.behind[chat].values():
            return False  # it left with others meanwhile
        batch = Batch(_reader(chat), tuple(self._deliveries(chat)))
        if not batch.deliveries:
            return False
        work = pick(
            batch,
            self.entries,
            self.renderings,
            now=_instant(now),
            digest_after=timedelta(minutes=15),
        )
        for gone in work.taken_back:
            del self.waiting[chat][gone.entry_id]
        if not work.deliveries:
            return False
        if work.kind is DeliveryKind.SEND:
            self.messages += 1
            ids = tuple(one.id for one in work.entries)
            for one in work.deliveries:
                self.told.waits.append(now - self.waiting[chat].pop(one.entry_id))
                self.sent[chat].append(one.entry_id)
                if work.form is not None:
                    self.together[chat][one.entry_id] = Bundle(work.form, ids)
        else:
            self.edited += 1
            for one in work.deliveries:
                self.told.edit_waits.append(now - self.behind[chat].pop(one.entry_id))
        if due in self.waiting[chat].values() or due in self.behind[chat].values():
            heapq.heappush(self.queue, (NEW if self.waiting[chat] else EDIT, due, chat))
        return True

    def _deliveries(self, chat: int) -> Iterator[Delivery]:
        for number in sorted(self.waiting[chat]):
            yield Delivery(chat, number, DeliveryKind.SEND, 0, (), None)
        for number in sorted(self.behind[chat]):
            bundle = self.together[chat].get(number)
            first = bundle.entry_ids[0] if bundle else number
            yield Delivery(chat, number, DeliveryKind.EDIT, 0, (first + 1,), 1, bundle, "t")


def simulate(day: Day, seed: int = 1) -> Told:
    """The day; the same seed gives the same day."""
    return _Simulation(day, seed).run()


def _reader(chat: int) -> Destination:
    return Destination(chat, chat + 1, None, ChatKind.PRIVATE, "", "en", "UTC", "all", active=True)


def _instant(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def main() -> int:
    """Print the figures of a day at full size."""
    day = Day()
    told = simulate(day)
    waits, edits = sorted(told.waits), sorted(told.edit_waits)
    sys.stdout.write(
        f"{day.entries} entries, {day.edits} edits, {day.withdrawals} withdrawals, "
        f"{day.chats} chats at {day.rate:g}/s; a round takes {day.round:.0f} s\n"
        f"messages {told.messages}, edits {told.edited}, in order {told.in_order}\n"
        f"entries wait: median {statistics.median(waits):.0f} s, "
        f"95 % {waits[int(len(waits) * 0.95)]:.0f} s, longest {waits[-1]:.0f} s\n"
        f"edits wait: median {statistics.median(edits):.0f} s, longest {edits[-1]:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
