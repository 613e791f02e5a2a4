"""Every command once, through the real process and the sandbox over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.menu import ADMIN, PUBLIC
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, User
from tests.support.relay import LiveBlog, Relay, eventually

pytestmark = pytest.mark.process

# What somebody writes, and a part of what is answered.
ASKED = [
    ("/start", "I send you live blogs"),
    ("/topics", "There are no topics yet"),
    ("/topic wether", "I know nothing called"),
    ("/subscribe Bay", "Bay is on."),
    ("/unsubscribe Bay", "Bay is off."),
    ("/here Bay", "This place gets Bay"),
    ("/latest 3", "Bulletin 1"),
    ("/search harbour", "1 entry"),
    ("/catchup 2h", "Nothing new since"),
    ("/timeline", "Nothing was written in that time"),
    ("/share Bay", "?start=source_"),
    ("/sources", "What I watch"),
    ("/status", "On here"),
    ("/help", "I relay live blogs"),
    ("/watch storm AND (harbour OR port)", "I would watch for"),
    ("/watches", "Nothing is watched for here"),
    ("/unwatch", "Nothing is watched for here"),
    ("/mute 2h", "Muted until"),
    ("/unmute", "I am back"),
    ("/quiet 22:00-07:00", "22:00 to 07:00"),
    ("/digest daily 08:00", "every day at 08:00"),
    ("/digest off", "at once"),
    ("/importance key", "Only key events"),
    ("/edits material", "change the meaning"),
    ("/threads on", "Threads are on"),
    ("/pins off", "Pins are off"),
    ("/style compact", "Alerts are compact"),
    ("/saved", "Nothing is saved yet"),
    ("/timezone Europe/Paris", "Europe/Paris"),
    ("/language English", "I speak English here now"),
    ("/settings", "Settings of this chat"),
    ("/channel", "Your commands here are for this chat"),
    ("/stop", "I send nothing here any more"),
    ("/forget", "Shall I forget this chat?"),
]
ASKED_BY_ADMINS = [
    ("/addsource", "Send me the address"),
    ("/poll Bay", "is being polled now"),
    ("/pause Bay", "is paused"),
    ("/resume Bay", "is polled again"),
    ("/why", "Which entry?"),
    ("/retract", "Which entry?"),
    ("/addtopic tides tide, ebb", "New topic: Tides"),
    ("/edittopic", "/addtopic makes one"),
    ("/removetopic", "/addtopic makes one"),
    ("/announce Good morning", "This goes to"),
    ("/stats", "entries"),
    ("/health", "How it goes"),
    ("/dashboard", "web"),
    ("/grant", "Whom shall I make an admin?"),
    ("/revoke", "no more?"),
    ("/audit", "What admins did"),
    ("/removesource Bay", "Stop watching Bay"),
]
EACH = 12  # commands of one person, so that nobody is too fast


def test_every_command_is_asked() -> None:
    """A command that is added is added here, too."""
    asked = {text.split()[0].removeprefix("/") for text, _ in (*ASKED, *ASKED_BY_ADMINS)}
    assert asked == {*PUBLIC, *ADMIN}


async def test_every_command_is_answered(tmp_path: Path) -> None:
    """Each gets an answer of its own kind; an admin's is an unknown one to everybody else."""
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog() as blog:
        admin = server.world.add_user("Desk")
        desk = server.world.private_chat(admin)
        blog.add("06:00", "Bulletin 1: the harbour is closed.")
        settings = {"ADMINS": str(admin.id), "PACING__PER_CHAT_RATE": "100"}
        async with Relay(tmp_path, server.api_root, settings) as relay:
            await relay.command("sources", "add", blog.url, "--name", "Bay")
            polled = blog.hits + 2
            await eventually(lambda: blog.hits >= polled)
            reader, chat = admin, desk
            for number, (text, expected) in enumerate(ASKED):
                if number % EACH == 0:
                    reader = server.world.add_user("Reader")
                    chat = server.world.private_chat(reader)
                    await server.say(reader, chat, "/subscribe all")
                    await server.wait_for(chat, "Everything is on.", timeout=40)
                await _ask(server, reader, chat, text, expected)
            for text, expected in ASKED_BY_ADMINS:
                await _ask(server, admin, desk, text, expected)
            curious = server.world.add_user("Curious")
            elsewhere = server.world.private_chat(curious)
            await _ask(server, curious, elsewhere, "/pause Bay", "I do not know")
            assert await relay.stop() == 0


async def _ask(server: SandboxServer, user: User, chat: Chat, text: str, expected: str) -> None:
    """Write a command and wait for what is to stand in an answer."""
    written = await server.say(user, chat, text)

    def said() -> list[str]:
        return [
            message.text
            for message in server.world.messages(chat)
            if message.from_bot and message.id > written.id
        ]

    try:
        await eventually(lambda: any(expected in answer for answer in said()), within=40)
    except AssertionError as error:
        raise AssertionError(f"{text}: {expected!r} is not in {said()}") from error
