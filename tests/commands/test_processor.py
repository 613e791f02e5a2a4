"""In which order updates are handled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from telegram import Update

from bot.commands.processor import MAX_WAITING, PerChatProcessor
from bot.store.precedence import Precedence


def written(number: int, chat_id: int, **more: Any) -> Update:
    """A text message in a private chat, or another kind of update."""
    chat = {"id": chat_id, "type": "private", "first_name": "Reader"}
    message = {"message_id": number, "date": 1, "chat": chat, "text": "x", **more}
    update = Update.de_json({"update_id": number, "message": message}, None)
    assert update is not None
    return update


async def test_in_turn_within_a_chat_side_by_side_between_chats() -> None:
    """A slow update holds up its own chat only, and order within a chat is kept."""
    processor = PerChatProcessor(Precedence())
    done: list[tuple[int, int]] = []
    gate = asyncio.Event()

    async def work(chat_id: int, number: int) -> None:
        if (chat_id, number) == (1, 0):
            await gate.wait()
        await asyncio.sleep(0.001 * (3 - number))
        done.append((chat_id, number))

    async with processor, asyncio.TaskGroup() as group:
        for number in range(3):
            for chat_id in (1, 2):
                update = written(number, chat_id)
                group.create_task(processor.process_update(update, work(chat_id, number)))
        await asyncio.sleep(0.05)
        assert done == [(2, 0), (2, 1), (2, 2)]
        gate.set()
    assert done[3:] == [(1, 0), (1, 1), (1, 2)]


async def test_a_flood_from_one_chat_is_cut_and_facts_are_kept() -> None:
    """Commands beyond the limit are dropped; a migration is never."""
    processor = PerChatProcessor(Precedence())
    done: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        await gate.wait()
        done.append(number)

    def task(number: int, **more: Any) -> Coroutine[Any, Any, None]:
        return processor.process_update(written(number, 1, **more), work(number))

    async with processor, asyncio.TaskGroup() as group:
        for number in range(MAX_WAITING + 20):
            group.create_task(task(number))
        fact = MAX_WAITING + 20
        group.create_task(task(fact, text=None, migrate_to_chat_id=-100))
        await asyncio.sleep(0.01)
        gate.set()
    assert done == [*range(MAX_WAITING), fact]


async def test_an_update_that_fails_lets_the_next_one_in() -> None:
    """An exception frees the chat."""
    processor = PerChatProcessor(Precedence())
    done = []

    async def fail() -> None:
        raise ValueError

    async def work() -> None:
        done.append(True)

    async with processor:
        try:
            await processor.process_update(written(1, 1), fail())
        except ValueError:
            await processor.process_update(written(2, 1), work())
    assert done == [True]
