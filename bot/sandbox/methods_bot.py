"""Methods about the bot itself and about chats: getMe, commands, texts, members, updates."""

from __future__ import annotations

import re

from bot.sandbox import params as read
from bot.sandbox.access import check_present, target
from bot.sandbox.answers import Json, bad_request
from bot.sandbox.api import Api, Method
from bot.sandbox.state import Chat, Kind, Member, Status, User
from bot.sandbox.views import full_chat_view, member_view, user_view

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")
_SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    *_CHAT_SCOPES,
)
# https://core.telegram.org/bots/api#setmydescription and its neighbours
_LONGEST = {"name": 64, "description": 512, "short_description": 120}


def get_me(api: Api, _params: Json) -> Json:
    """https://core.telegram.org/bots/api#getme."""
    return {
        **user_view(api.world.bot),
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(api: Api, params: Json) -> list[Json]:
    """https://core.telegram.org/bots/api#getupdates."""
    limit = max(1, min(100, read.number(params, "limit", 100)))
    seconds = max(0.0, min(50.0, float(read.number(params, "timeout"))))
    return await api.world.updates.fetch(
        read.number(params, "offset"), limit, seconds, _allowed(params)
    )


def _allowed(params: Json) -> list[str] | None:
    kinds = read.structure(params, "allowed_updates")
    return [str(kind) for kind in kinds] if isinstance(kinds, list) else None


async def set_webhook(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#setwebhook; here http to this machine is allowed too."""
    url = read.text(params, "url")
    if not url:
        return await delete_webhook(api, params)
    api.webhook.check(url, read.text(params, "secret_token"))
    api.world.updates.allow(_allowed(params))
    if read.flag(params, "drop_pending_updates"):
        api.world.updates.drop()
    await api.webhook.set(url, read.text(params, "secret_token"))
    return True


async def delete_webhook(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook."""
    await api.webhook.remove()
    if read.flag(params, "drop_pending_updates"):
        api.world.updates.drop()
    return True


def get_webhook_info(api: Api, _params: Json) -> Json:
    """https://core.telegram.org/bots/api#getwebhookinfo."""
    return api.webhook.info()


def always_true(_api: Api, _params: Json) -> bool:
    """LogOut and close: https://core.telegram.org/bots/api#close."""
    return True


def get_file(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#getfile, for uploaded pictures."""
    file_id = read.text(params, "file_id")
    photo = api.world.files.get(file_id)
    if photo is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    size = photo.get("size", 0)
    path = f"photos/{file_id}"
    unique = f"u{file_id[-15:]}"
    return {"file_id": file_id, "file_unique_id": unique, "file_size": size, "file_path": path}


# Chats


def get_chat(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#getchat."""
    chat = target(api.world, params)
    if chat.kind is not Kind.PRIVATE and not chat.username:
        check_present(chat)
    return full_chat_view(api.world, chat)


def get_chat_member(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#getchatmember."""
    chat = target(api.world, params)
    _check_listed(chat)
    number = read.number(params, "user_id")
    user = api.world.user(number)
    if number <= 0:
        raise bad_request("invalid user_id specified")
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member_view(user, _standing(api, chat, user), chat.kind)


def _check_listed(chat: Chat) -> None:
    """Members can be asked for where the bot is in; in channels only by administrators."""
    if chat.kind is Kind.PRIVATE:
        return
    check_present(chat)
    if chat.kind is Kind.CHANNEL and not chat.bot.is_admin:
        raise bad_request("member list is inaccessible")


def _standing(api: Api, chat: Chat, user: User) -> Member:
    if user is api.world.bot:
        return chat.bot
    if chat.kind is Kind.PRIVATE:
        return Member() if user.id == chat.id else Member(Status.LEFT)
    return chat.members.get(user.id, Member(Status.LEFT))


def get_chat_administrators(api: Api, params: Json) -> list[Json]:
    """https://core.telegram.org/bots/api#getchatadministrators."""
    chat = target(api.world, params)
    if chat.kind is Kind.PRIVATE:
        raise bad_request("there are no administrators in the private chat")
    _check_listed(chat)
    standing = [(api.world.users[number], member) for number, member in chat.members.items()]
    standing.append((api.world.bot, chat.bot))
    return [member_view(user, member, chat.kind) for user, member in standing if member.is_admin]


def get_chat_member_count(api: Api, params: Json) -> int:
    """https://core.telegram.org/bots/api#getchatmembercount."""
    chat = target(api.world, params)
    if chat.kind is Kind.PRIVATE:
        return 2
    check_present(chat)
    return 1 + sum(member.present for member in chat.members.values())


# Commands and texts


def _scope(params: Json) -> tuple[str, int, int, str]:
    scope = read.structure(params, "scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    language = read.text(params, "language_code")
    if language and re.fullmatch(r"[a-z]{2}", language) is None:
        raise bad_request("invalid language code specified")
    chat_id = read.number(scope, "chat_id") if kind in _CHAT_SCOPES else 0
    user_id = read.number(scope, "user_id") if kind == "chat_member" else 0
    if kind in _CHAT_SCOPES and not chat_id:
        raise bad_request("chat not found")
    return str(kind), chat_id, user_id, language


def set_my_commands(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#setmycommands."""
    scope = _scope(params)
    if scope[0] in _CHAT_SCOPES and api.world.chat(scope[1]) is None:
        raise bad_request("chat not found")
    commands = read.objects(params, "commands")
    if commands is None:
        raise bad_request("can't parse commands: expected an Array")
    if len(commands) > 100:
        raise bad_request("too many commands")
    kept: list[Json] = []
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/").lower()
        description = str(command.get("description", "")).strip()
        if _COMMAND.fullmatch(name) is None:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": description})
    api.settings.commands[scope] = kept
    if api.world.watchers:
        api.world.tell("commands", {})
    return True


def get_my_commands(api: Api, params: Json) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands: of exactly this scope and language."""
    return api.settings.commands.get(_scope(params), [])


def delete_my_commands(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands."""
    api.settings.commands.pop(_scope(params), None)
    return True


def commands_for(api: Api, chat: Chat, user: User) -> list[Json]:
    """The commands an app suggests to `user` in `chat`.

    The narrowest scope wins, the user's language before none:
    https://core.telegram.org/bots/api#determining-list-of-commands.
    """
    if chat.kind is Kind.PRIVATE:
        scopes = [("chat", chat.id, 0), ("all_private_chats", 0, 0)]
    else:
        admin = chat.members.get(user.id, Member()).is_admin
        scopes = [("chat_member", chat.id, user.id)]
        scopes += [("chat_administrators", chat.id, 0)] if admin else []
        scopes += [("chat", chat.id, 0)]
        scopes += [("all_chat_administrators", 0, 0)] if admin else []
        scopes += [("all_group_chats", 0, 0)]
    for kind, chat_id, user_id in (*scopes, ("default", 0, 0)):
        for language in (user.language[:2], ""):
            found = api.settings.commands.get((kind, chat_id, user_id, language))
            if found:
                return found
    return []


def _set_text(what: str) -> Method:
    def method(api: Api, params: Json) -> bool:
        value = read.text(params, what)
        if len(value) > _LONGEST[what]:
            raise bad_request(f"bot {what.replace('_', ' ')} is too long")
        key = (what, read.text(params, "language_code"))
        if value:
            api.settings.texts[key] = value
        else:
            api.settings.texts.pop(key, None)
        return True

    return method


def _get_text(what: str) -> Method:
    def method(api: Api, params: Json) -> Json:
        texts, language = api.settings.texts, read.text(params, "language_code")
        default = api.world.bot.first_name if what == "name" else ""
        return {what: texts.get((what, language)) or texts.get((what, ""), default)}

    return method


METHODS: dict[str, Method] = {
    "getme": get_me,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "logout": always_true,
    "close": always_true,
    "getfile": get_file,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "getchatmembercount": get_chat_member_count,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": _set_text("name"),
    "getmyname": _get_text("name"),
    "setmydescription": _set_text("description"),
    "getmydescription": _get_text("description"),
    "setmyshortdescription": _set_text("short_description"),
    "getmyshortdescription": _get_text("short_description"),
}
