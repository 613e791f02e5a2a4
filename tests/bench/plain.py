"""The reference of the alerts: a plain aiohttp and orjson loop that posts the same bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import aiohttp
import orjson

from tests.bench.figures import Spent, Watch
from tests.bench.stub_process import TOKEN

_HEADERS = {"Content-Type": "application/json"}


async def post_all(
    api_root: str, body: dict[str, Any], chats: Iterable[int], *, at_once: int
) -> Spent:
    """Post `body` to each of `chats`, `at_once` requests at a time.

    Raises:
        RuntimeError: one was refused.
    """
    url = f"{api_root}/bot{TOKEN}/{'sendPhoto' if 'photo' in body else 'sendMessage'}"
    to = iter(chats)
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS) as session:
        watch = Watch()
        counts = await asyncio.gather(*(_post(session, url, body, to) for _ in range(at_once)))
        return watch.spent(sum(counts))


async def _post(
    session: aiohttp.ClientSession, url: str, body: dict[str, Any], chats: Iterator[int]
) -> int:
    done = 0
    for chat in chats:
        async with session.post(url, data=orjson.dumps({"chat_id": chat, **body})) as response:
            answer = orjson.loads(await response.read())
        if not answer["ok"]:
            raise RuntimeError(answer["description"])
        done += 1
    return done
