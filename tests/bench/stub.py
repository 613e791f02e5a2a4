"""A Bot API that accepts everything and counts it, in a process of its own: quick and simple.

It speaks as much HTTP/1.1 as the clients measured here do: kept connections, bodies with a length.
It is told what to do by lines of JSON on standard input and answers on standard output; when
standard input closes it ends. `tests.bench.stub_process` starts one.

Commands, each ``{"do": …}``:

* ``reset`` with ``latency`` (seconds until an answer), ``watch`` (chats whose messages are listed)
  and ``flooded`` (chat -> retry_after): forget what was counted.
* ``seen``: what was counted, see `Counted.report`; with ``brief`` only its ``first_of``, ``log``
  and ``told``, which costs the stub next to nothing.
* ``say`` with ``update``: hand an update to whoever long-polls; its moment is in ``told``.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from array import array
from collections import deque
from typing import Any

import orjson

# In a JSON body and in a form alike.
_CHAT = re.compile(rb'chat_id"?[:=]"?(-?\d+)')
_MARK = re.compile(rb"entry-(\d+)\b")  # which entries a text holds, as `tests.bench.rig` writes it
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MESSAGES = frozenset((b"sendMessage", b"sendPhoto"))
_EDITS = frozenset((b"editMessageText", b"editMessageCaption"))
_ME = {
    "id": 7000000001,
    "is_bot": True,
    "first_name": "Relay",
    "username": "relay_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
# As long as what Telegram says of a usual alert: parsing it is work for the clients.
_TEXT = "The harbour office says that the tide will turn within the hour. " * 6


class Counted:
    """What arrived since the last reset."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.reset({})

    def reset(self, order: dict[str, Any]) -> None:
        """Forget all; take the settings of a ``reset``."""
        self.latency = float(order.get("latency", 0.0))
        self.watched = frozenset(order.get("watch", ()))
        self.flooded = {int(chat): int(wait) for chat, wait in order.get("flooded", {}).items()}
        self.messages: dict[int, int] = {}
        self.newest: dict[int, int] = {}
        self.per_entry: dict[int, int] = {}
        self.first_of: dict[int, float] = {}
        self.arrivals = array("d")
        self.log: list[tuple[int, float, list[int]]] = []
        self.edits = 0
        self.refused = 0
        self.repeated = 0
        self.out_of_order = 0
        self.body = b""
        self.told: list[float] = []

    def message(self, chat: int, body: bytes) -> None:
        """A message to `chat`."""
        now = time.monotonic()
        self.arrivals.append(now)
        self.messages[chat] = self.messages.get(chat, 0) + 1
        marks = [int(mark) for mark in _MARK.findall(body)]
        for mark in marks:
            self.per_entry[mark] = self.per_entry.get(mark, 0) + 1
            self.first_of.setdefault(mark, now)
            before = self.newest.get(chat, -1)
            self.repeated += mark == before
            self.out_of_order += mark < before
            self.newest[chat] = max(mark, before)
        if chat in self.watched:
            self.log.append((chat, now, marks))
        self.body = body

    def brief(self) -> dict[str, Any]:
        """What is asked for again and again while messages arrive: see `report`."""
        return {
            "first_of": {str(mark): at for mark, at in self.first_of.items()},
            "log": self.log,
            "told": self.told,
        }

    def report(self) -> dict[str, Any]:
        """What arrived; times are seconds of `time.monotonic`, the same in every process.

        Returns:
            ``messages``, ``edits``, ``refused`` (429s), ``chats`` (that got something), ``most``
            (messages to one chat), ``repeated`` and ``out_of_order`` (entries, by their mark),
            ``per_entry``, ``first_of`` (when an entry's first message came), ``first``, ``last``,
            ``busiest`` (messages in the fullest second),
            ``log`` ((chat, time, marks) of watched chats), ``told`` (when updates were handed
            over) and ``body`` (the last one, as text).
        """
        return self.brief() | {
            "messages": len(self.arrivals),
            "edits": self.edits,
            "refused": self.refused,
            "chats": len(self.messages),
            "most": max(self.messages.values(), default=0),
            "repeated": self.repeated,
            "out_of_order": self.out_of_order,
            "per_entry": {str(mark): count for mark, count in self.per_entry.items()},
            "first": self.arrivals[0] if self.arrivals else None,
            "last": self.arrivals[-1] if self.arrivals else None,
            "busiest": _busiest(self.arrivals),
            "body": self.body.decode(errors="replace"),
        }


class Updates:
    """What is to be handed to the bot by long polling."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._waiting: deque[dict[str, Any]] = deque()
        self._asked: tuple[_Connection, asyncio.TimerHandle] | None = None

    def say(self, update: dict[str, Any]) -> None:
        """Hand it over as soon as somebody asks."""
        self._waiting.append(update)
        if self._asked is not None:
            connection, timer = self._asked
            timer.cancel()
            self._give(connection)

    def ask(self, connection: _Connection) -> None:
        """Answer with what is there, or once something is, or after a while."""
        if self._waiting:
            self._give(connection)
            return
        timer = asyncio.get_running_loop().call_later(20.0, self._give, connection)
        self._asked = (connection, timer)

    def _give(self, connection: _Connection) -> None:
        self._asked = None
        given = list(self._waiting)
        self._waiting.clear()
        self._counted.told.extend(time.monotonic() for _ in given)
        connection.answer(_ok(given))


class _Connection(asyncio.Protocol):
    def __init__(self, counted: Counted, updates: Updates) -> None:
        self._counted = counted
        self._updates = updates
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._transport: asyncio.Transport
        self._ids = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(data) < whole:
                break
            path = head.split(b" ", 2)[1]
            self._request(path.rpartition(b"/")[2].partition(b"?")[0], data[end + 4 : whole])
            data = data[whole:]
        self._rest = data

    def answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        """Write an answer."""
        self._transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: keep-alive\r\n\r\n%b" % (status, len(body), body)
        )

    def _request(self, method: bytes, body: bytes) -> None:
        status = b"200 OK"
        if method in _MESSAGES or method in _EDITS:
            status, answer = self._message(method, body)
        elif method == b"getUpdates":
            self._updates.ask(self)
            return
        else:
            answer = _ok(_ME if method == b"getMe" else True)
        if self._counted.latency:
            self._loop.call_later(self._counted.latency, self.answer, answer, status)
        else:
            self.answer(answer, status)

    def _message(self, method: bytes, body: bytes) -> tuple[bytes, bytes]:
        counted = self._counted
        found = _CHAT.search(body)
        chat = int(found[1]) if found else 0
        if (wait := counted.flooded.get(chat)) is not None:
            counted.refused += 1
            return b"429 Too Many Requests", orjson.dumps(
                {
                    "ok": False,
                    "error_code": 429,
                    "description": f"Too Many Requests: retry after {wait}",
                    "parameters": {"retry_after": wait},
                }
            )
        if method in _EDITS:
            counted.edits += 1
        else:
            counted.message(chat, body)
        return b"200 OK", b'{"ok":true,"result":{"message_id":%d,%b%d%b' % (
            len(counted.arrivals) + counted.edits,
            _SHOWN[0],
            chat,
            _SHOWN[1] if chat > 0 else _SHOWN[2],
        )


def _shown() -> tuple[bytes, bytes, bytes]:
    """What stands before a chat's id in an answer, after a person's, and after a group's."""
    person, group = {"first_name": "Reader", "type": "private"}, {"title": "G", "type": "group"}
    end = b"," + orjson.dumps({"date": 1767884400, "text": _TEXT})[1:] + b"}"
    return (
        b'"from":' + orjson.dumps(_ME) + b',"chat":{"id":',
        b"," + orjson.dumps(person)[1:] + end,
        b"," + orjson.dumps(group)[1:] + end,
    )


_SHOWN = _shown()


def _ok(result: object) -> bytes:
    return orjson.dumps({"ok": True, "result": result})


def _busiest(arrivals: array[float]) -> int:
    """The most in any second."""
    most = start = 0
    for end, now in enumerate(arrivals):
        while arrivals[start] <= now - 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most


async def serve() -> None:
    """Serve on a free port of this machine until standard input closes."""
    counted = Counted()
    updates = Updates(counted)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(counted, updates), "127.0.0.1", 0)
    orders = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)

    def reply(answer: object) -> None:
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()

    reply({"port": server.sockets[0].getsockname()[1]})
    while line := await orders.readline():
        order = orjson.loads(line)
        if order["do"] == "reset":
            counted.reset(order)
            reply({})
        elif order["do"] == "say":
            updates.say(order["update"])
            reply({})
        else:
            reply(counted.brief() if order.get("brief") else counted.report())
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
