"""Control over HTTP, for tests in other processes and for the chat page.

Bodies and answers are JSON; an error is ``{"error": "…"}`` with status 400. ``user`` and ``chat``
are ids.

Looking:

- ``GET /sandbox/state`` ``?messages=0``: users, chats (with all messages unless 0), counters.
- ``GET /sandbox/messages?chat=ID`` ``&thread=ID&deleted=1``: messages as readers see them.
- ``GET /sandbox/accepted`` ``?chat=ID&since=N``: every accepted message from the Nth on, in order,
  with the time on the monotonic clock; without history: compact, with a hash for the text.
- ``GET /sandbox/counters``: accepted, edits, floods, requests, peak_per_second, paid,
  charged, duplicates.
- ``GET /sandbox/press?id=ID``: a press and the bot's answer (null until it answers).
- ``GET /sandbox/files/FILE_ID``: an uploaded picture.

Acting (all ``POST``):

- ``/sandbox/users`` ``{name, language?, id?, started?}`` → the user; a private chat is made.
- ``/sandbox/groups`` ``{title, kind?: "group"|"supergroup"|"forum"|"channel", admins?: [user],
  members?: [user], bot_rights?: [name], topics?: [name]}`` → the chat.
- ``/sandbox/bulk`` ``{count, first_id?}``: that many people who pressed start.
- ``/sandbox/say`` ``{user, chat, text, thread?, anonymous?, reply_to?}`` → the message.
- ``/sandbox/edit`` ``{chat, message, text}``: a person edits an own message.
- ``/sandbox/press`` ``{user, chat, message, button, wait?: seconds}`` → the press; `button` is its
  text or data.
- ``/sandbox/inline`` ``{user, words, wait?}`` → the press-like query with results.
- ``/sandbox/wait`` ``{chat, text?, after?, timeout?}`` → the bot's first message holding `text`.
- ``/sandbox/do`` ``{what, user?|chat?, …}``: `what` is block, unblock, deactivate (of a user),
  add_bot, kick, remove, demote, restrict, migrate, delete_group (of a chat), promote (`rights`),
  close_topic, reopen_topic, delete_topic (`topic`), new_topic (`name`), join, leave (both).

Breaking (``POST`` unless said):

- ``/sandbox/faults`` with a `Fault` as JSON (see ``bot.sandbox.faults``) → ``{id}``; ``GET`` lists,
  ``DELETE`` (``?id=``) lifts one or all.
- ``/sandbox/limits`` ``{global_per_second?, …}``: the given limits, the others as they are; null
  switches one off; ``{"off": true}`` all.
- ``/sandbox/photos`` ``{url, refusal}``: refuse a picture's address with that description.
- ``/sandbox/down`` ``{seconds}``: refuse every connection for that long, this one excepted.
- ``/sandbox/reset`` ``{}``: counters, log and limits' memory start anew; chats stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from bot.sandbox.answers import Json
from bot.sandbox.faults import Fault
from bot.sandbox.limits import Limits
from bot.sandbox.snapshots import (
    chat_snapshot,
    counters_snapshot,
    message_snapshot,
    press_snapshot,
    user_snapshot,
)
from bot.sandbox.state import Chat, Message, User

if TYPE_CHECKING:
    from bot.sandbox.server import Handler, SandboxServer

_PREFIX = "/sandbox"
_OF_USER = ("block", "unblock", "deactivate")
_OF_CHAT = ("add_bot", "kick", "remove", "demote", "restrict", "migrate", "delete_group")
_LONGEST_WAIT = 120.0


class _ControlError(Exception):
    """The request cannot be carried out; the text says why."""


def routes(server: SandboxServer) -> dict[tuple[str, str], Handler]:
    """The endpoints by method and path; "*" stands for a prefix."""
    control = _Control(server)
    looking = {
        "state": control.state,
        "messages": control.messages,
        "accepted": control.accepted,
        "counters": control.counters,
        "press": control.pressed,
        "faults": control.faults,
    }
    acting = {
        "users": control.add_user,
        "groups": control.add_group,
        "bulk": control.bulk,
        "say": control.say,
        "edit": control.edit,
        "press": control.press,
        "inline": control.inline,
        "wait": control.wait,
        "do": control.do,
        "faults": control.add_fault,
        "limits": control.limits,
        "photos": control.photos,
        "down": control.down,
        "reset": control.reset,
    }
    table: dict[tuple[str, str], Handler] = {}
    for name, action in looking.items():
        table["GET", f"{_PREFIX}/{name}"] = _endpoint(action)
    for name, action in acting.items():
        table["POST", f"{_PREFIX}/{name}"] = _endpoint(action)
    table["DELETE", f"{_PREFIX}/faults"] = _endpoint(control.clear_faults)
    table["*", f"{_PREFIX}/files/"] = control.file
    return table


def _endpoint(action: Callable[[Json], Awaitable[Any]]) -> Handler:
    """JSON in (body and query together), JSON out, reasons for people as 400."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        status = 200
        try:
            result = await action(await _given(request))
        except (_ControlError, LookupError, ValueError, TypeError) as error:
            status, result = 400, {"error": str(error) or type(error).__name__}
        except TimeoutError as error:
            status, result = 408, {"error": str(error)}
        return web.Response(
            body=orjson.dumps(result), status=status, content_type="application/json"
        )

    return handler


async def _given(request: web.BaseRequest) -> Json:
    """What the request says; other sites in the same browser have no say here."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.headers.get("Host"):
        raise _ControlError("only the page of this server may ask that")
    body = await request.read()
    given = orjson.loads(body) if body else {}
    if not isinstance(given, dict):
        raise _ControlError("the body must be an object")
    return {**request.query, **given}


class _Control:
    """The endpoints of one server."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.world = server.world
        self._tasks: set[asyncio.Task[None]] = set()

    # Looking

    async def state(self, given: Json) -> Json:
        world = self.world
        with_messages = str(given.get("messages", "1")) != "0"
        chats = []
        for chat in world.chats.values():
            view = chat_snapshot(world, chat)
            if with_messages:
                view["messages"] = [message_snapshot(m) for m in world.messages(chat)]
            chats.append(view)
        return {
            "bot": user_snapshot(world.bot),
            "token": self.server.token,
            "users": [user_snapshot(user) for user in world.users.values()],
            "chats": chats,
            "counters": await self.counters({}),
        }

    async def messages(self, given: Json) -> list[Json]:
        chat = self._chat(given)
        thread = int(given["thread"]) if given.get("thread") else None
        hidden = str(given.get("deleted", "0")) != "0"
        return [
            message_snapshot(message)
            for message in chat.messages.values()
            if (message.visible or hidden) and (thread is None or message.thread_id == thread)
        ]

    async def accepted(self, given: Json) -> Json:
        world, since = self.world, int(given.get("since", 0))
        only = int(given["chat"]) if given.get("chat") else None
        if world.history:
            sends = [asdict(send) for send in world.accepted[since:]]
        else:
            rows = zip(
                world.compact_times[since:],
                world.compact_chats[since:],
                world.compact_texts[since:],
                strict=True,
            )
            sends = [{"at": at, "chat_id": chat, "text_hash": text} for at, chat, text in rows]
        shown = [send for send in sends if only is None or send["chat_id"] == only]
        return {"next": since + len(sends), "sends": shown}

    async def counters(self, _given: Json) -> Json:
        view = counters_snapshot(self.server.counters)
        return {**view, "duplicates": self.world.duplicates()}

    async def pressed(self, given: Json) -> Json:
        return press_snapshot(self.world.presses[str(given["id"])])

    async def file(self, request: web.BaseRequest) -> web.StreamResponse:
        photo = self.world.files.get(request.path.rpartition("/")[2])
        if photo is None or "content" not in photo:
            return web.Response(status=404)
        return web.Response(body=photo["content"], content_type=photo["type"])

    # Acting

    async def add_user(self, given: Json) -> Json:
        user = self.world.add_user(
            str(given["name"]),
            language=str(given.get("language", "en")),
            user_id=given.get("id"),
        )
        self.world.private_chat(user, started=bool(given.get("started", True)))
        return user_snapshot(user)

    async def add_group(self, given: Json) -> Json:
        world, kind = self.world, given.get("kind", "supergroup")
        admins = [self._user(number) for number in given.get("admins", [])]
        members = [self._user(number) for number in given.get("members", [])]
        title, rights = str(given["title"]), given.get("bot_rights")
        if kind == "channel":
            rights = rights if "bot_rights" in given else ("can_post_messages", "can_edit_messages")
            chat = world.add_channel(title, admins=admins, members=members, bot_rights=rights)
        elif kind in ("group", "supergroup", "forum"):
            chat = world.add_group(
                title,
                admins=admins,
                members=members,
                supergroup=kind == "supergroup",
                forum=kind == "forum",
                bot_rights=rights,
            )
        else:
            raise _ControlError(f"no such kind of chat: {kind}")
        for name in given.get("topics", []):
            world.add_topic(chat, str(name))
        return chat_snapshot(world, chat)

    async def bulk(self, given: Json) -> Json:
        first = {"first_id": int(given["first_id"])} if given.get("first_id") else {}
        ids = self.world.add_bulk(int(given["count"]), **first)
        return {"first_id": ids.start, "count": len(ids)}

    async def say(self, given: Json) -> Json:
        message = self.world.say(
            self._user(given["user"]),
            self._chat(given),
            str(given["text"]),
            thread_id=given.get("thread"),
            anonymous=bool(given.get("anonymous")),
            reply_to=given.get("reply_to"),
        )
        return message_snapshot(message)

    async def edit(self, given: Json) -> Json:
        return message_snapshot(self.world.change(self._message(given), str(given["text"])))

    async def press(self, given: Json) -> Json:
        message = self._message(given)
        press = self.world.press(self._user(given["user"]), message, str(given["button"]))
        if given.get("wait"):
            await self.world.answer_of(press, min(float(given["wait"]), _LONGEST_WAIT))
        return press_snapshot(press)

    async def inline(self, given: Json) -> Json:
        press = self.world.ask_inline(self._user(given["user"]), str(given["words"]))
        if given.get("wait"):
            await self.world.answer_of(press, min(float(given["wait"]), _LONGEST_WAIT))
        return press_snapshot(press)

    async def wait(self, given: Json) -> Json:
        chat = self._chat(given)
        after = chat.messages.get(int(given.get("after", 0)))
        seconds = min(float(given.get("timeout", 5.0)), _LONGEST_WAIT)
        found = await self.world.wait_for(chat, str(given.get("text", "")), seconds, after=after)
        return message_snapshot(found)

    async def do(self, given: Json) -> Json:
        world, what = self.world, str(given.get("what"))
        if what in _OF_USER:
            user = self._user(given["user"])
            getattr(world, what)(user)
            return user_snapshot(user)
        chat = self._chat(given)
        if what in _OF_CHAT:
            made = getattr(world, what)(chat)
            return chat_snapshot(world, made if isinstance(made, Chat) else chat)
        if what == "promote":
            world.promote(chat, given.get("rights", ()))
        elif what in ("join", "leave"):
            getattr(world, what)(chat, self._user(given["user"]))
        elif what == "new_topic":
            world.add_topic(chat, str(given["name"]))
        elif what in ("close_topic", "reopen_topic"):
            topic = chat.topics[int(given["topic"])]
            world.close_topic(chat, topic, closed=what == "close_topic")
        elif what == "delete_topic":
            world.delete_topic(chat, chat.topics[int(given["topic"])])
        else:
            raise _ControlError(f"cannot do that: {what}")
        return chat_snapshot(world, chat)

    # Breaking

    async def faults(self, _given: Json) -> Json:
        listing = self.server.faults.listing()
        return {str(number): asdict(fault) for number, fault in listing.items()}

    async def add_fault(self, given: Json) -> Json:
        return {"id": self.server.faults.add(Fault.from_json(given))}

    async def clear_faults(self, given: Json) -> Json:
        self.server.faults.clear(int(given["id"]) if given.get("id") else None)
        return {}

    async def limits(self, given: Json) -> Json:
        limiter = self.server.limiter
        off = given.pop("off", False)
        limiter.limits = Limits.off() if off else replace(limiter.limits, **given)
        return asdict(limiter.limits)

    async def photos(self, given: Json) -> Json:
        self.world.bad_photos[str(given["url"])] = str(given["refusal"])
        return {}

    async def down(self, given: Json) -> Json:
        seconds = min(float(given.get("seconds", 1.0)), _LONGEST_WAIT)

        async def away() -> None:
            await asyncio.sleep(0.05)  # this answer goes out first
            await self.server.down()
            await asyncio.sleep(seconds)
            await self.server.up()

        task = asyncio.create_task(away())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return {"seconds": seconds}

    async def reset(self, _given: Json) -> Json:
        self.server.limiter.reset()
        self.world.forget_log()
        return {}

    # Finding

    def _user(self, number: Any) -> User:
        user = self.world.user(int(number))
        if user is None:
            raise _ControlError(f"no user {number}")
        return user

    def _chat(self, given: Json) -> Chat:
        chat = self.world.chat(int(given["chat"]))
        if chat is None:
            raise _ControlError(f"no chat {given['chat']}")
        return chat

    def _message(self, given: Json) -> Message:
        message = self._chat(given).messages.get(int(given["message"]))
        if message is None:
            raise _ControlError(f"no message {given['message']} in that chat")
        return message
