"""The chat page in a real browser, with a scripted bot behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.demo import Demo, demo_world
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.browser import browsing, in_browser

NASTY = '<img src=x onerror="document.title=1">'

pytestmark = in_browser


class ScriptedBot:
    """Greets on /start with a button, and edits the greeting when it is pressed."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.offset = 0

    async def run(self) -> None:
        while True:
            updates = await self.server.call("getUpdates", {"timeout": 20, "offset": self.offset})
            for update in updates:
                self.offset = update["update_id"] + 1
                await self.handle(update)

    async def handle(self, update: dict[str, Any]) -> None:
        call = self.server.call
        if "callback_query" in update:
            query = update["callback_query"]
            await call(
                "answerCallbackQuery", {"callback_query_id": query["id"], "text": "Subscribed"}
            )
            shown = query["message"]
            where = {"chat_id": shown["chat"]["id"], "message_id": shown["message_id"]}
            text = f"You get: <b>storm</b> and {NASTY.replace('<', '&lt;')}"
            await call("editMessageText", {**where, "text": text, "parse_mode": "HTML"})
        elif update.get("message", {}).get("text", "").startswith("/start"):
            keyboard = {"inline_keyboard": [[{"text": "Storm", "callback_data": "t:1"}]]}
            greeting = f"Welcome, {update['message']['from']['first_name']}"
            chat_id = update["message"]["chat"]["id"]
            await call(
                "sendMessage", {"chat_id": chat_id, "text": greeting, "reply_markup": keyboard}
            )


@pytest.fixture
async def demo() -> AsyncIterator[tuple[Demo, SandboxServer]]:
    """The demo's people and the scripted bot."""
    demo = demo_world()
    demo.subscriber.first_name = NASTY
    async with SandboxServer(demo.world, limits=Limits.off()) as server:
        commands = [
            {"command": "start", "description": "Choose topics"},
            {"command": "latest", "description": "The newest entries"},
        ]
        await server.call("setMyCommands", {"commands": commands})
        task = asyncio.create_task(ScriptedBot(server).run())
        yield demo, server
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def page(demo: tuple[Demo, SandboxServer]) -> AsyncIterator[Page]:
    """A browser at the subscriber's chat."""
    async with browsing(f"{demo[1].api_root}/#{demo[0].subscriber.id}") as page:
        yield page


async def test_conversation(demo: tuple[Demo, SandboxServer], page: Page) -> None:
    """Start, read the greeting, press, see the answer and the edit; markup stays text."""
    people, server = demo
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator(".bubble", has_text=f"Welcome, {NASTY}")).to_be_visible()
    await page.get_by_role("button", name="Storm", exact=True).click()
    await expect(page.locator(".toast", has_text="Subscribed")).to_be_visible()
    edited = page.locator(".bubble", has_text="You get: storm")
    await expect(edited).to_be_visible()
    await expect(edited.locator("b")).to_have_text("storm")
    await expect(edited.locator(".edited")).to_contain_text("edited ")
    await expect(edited).to_contain_text(NASTY)
    assert await page.locator("img").count() == 0
    await edited.locator(".edited").click()
    await expect(page.locator("dialog")).to_contain_text("Welcome")
    await page.get_by_role("button", name="OK").click()

    await page.fill("#text", "/st")
    await expect(page.locator("#suggest")).to_contain_text("Choose topics")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble", has_text="Welcome")).to_have_count(1)

    await server.call("sendMessage", {"chat_id": people.channel.id, "text": "Gusts"})
    badge = page.locator(f"[data-chat='{people.channel.id}'] .badge")
    await expect(badge).to_have_text("1")
    await page.click(f"[data-chat='{people.channel.id}']")
    await expect(page.locator(".bubble", has_text="Gusts")).to_be_visible()
    await expect(badge).to_have_count(0)
    await expect(page.locator("#status")).to_contain_text("accepted 3")


async def test_formats(demo: tuple[Demo, SandboxServer], page: Page) -> None:
    """Formatting, folding quotes, spoilers, times and link buttons look and work as they should."""
    people, server = demo
    world = people.world
    world.unblock(people.subscriber)
    html = (
        '<b>bold <i>both</i></b> <s>old</s> <a href="https://example.org/x">link</a>'
        " <tg-spoiler>hidden</tg-spoiler> <tg-time unix='86400' format='t'>then</tg-time>"
        "<blockquote expandable>" + "long line of a statement\n" * 9 + "</blockquote>"
    )
    keyboard = {"inline_keyboard": [[{"text": "Page", "url": "https://example.org/y"}]]}
    sent = {"chat_id": people.subscriber.id, "text": html, "parse_mode": "HTML"}
    await server.call("sendMessage", {**sent, "reply_markup": keyboard})
    bubble = page.locator(".bubble").last
    await expect(bubble.locator("b i")).to_have_text("both")
    await expect(bubble.locator("s")).to_have_text("old")
    await expect(bubble.locator("a")).to_have_attribute("href", "https://example.org/x")
    await expect(bubble.locator(".moment")).to_contain_text(":")
    quote = bubble.locator("blockquote")
    # Asked of the element as it is at that moment: the list is drawn anew when news arrive.
    height = "element => element.getBoundingClientRect().height"
    folded = await quote.evaluate(height)
    await quote.click()
    assert await quote.evaluate(height) > folded * 2
    await bubble.locator(".spoiler").click()
    await expect(bubble.locator(".spoiler")).to_have_class("spoiler open")
    link = page.get_by_role("link", name="Page")
    await expect(link).to_have_attribute("href", "https://example.org/y")


async def test_previews_and_directions(demo: tuple[Demo, SandboxServer], page: Page) -> None:
    """A picture's preview is large above or small below; each line runs as its script does."""
    people, server = demo
    people.world.unblock(people.subscriber)
    picture = f"{server.api_root}/static/icon.svg"
    sent = {"chat_id": people.subscriber.id}
    large = {"url": picture, "prefer_large_media": True, "show_above_text": True}
    await server.call("sendMessage", {**sent, "text": "Above", "link_preview_options": large})
    bubble = page.locator(".bubble").last
    await expect(bubble.locator(":scope > .photo + .text")).to_contain_text("Above")
    small = {"url": picture, "prefer_small_media": True}
    text = "<blockquote>ارتفع المد</blockquote>\nفتح الجسر"
    await server.call(
        "sendMessage",
        {**sent, "text": text, "parse_mode": "HTML", "link_preview_options": small},
    )
    await expect(bubble.locator(".text.rtl + .card .small img")).to_have_attribute("src", picture)
    await expect(bubble.locator("blockquote")).to_have_css("border-right-width", "3px")


async def test_seats(demo: tuple[Demo, SandboxServer], page: Page) -> None:
    """In groups one chooses who speaks; topics are apart; blocking shows at once."""
    people, server = demo
    await page.click(f"[data-chat='{people.group.id}']")
    await page.select_option("#speaker", label="Group member (member)")
    await page.fill("#text", "hello all")
    await page.keyboard.press("Enter")
    await expect(page.locator(".row.mine .bubble", has_text="hello all")).to_be_visible()
    (message,) = people.world.messages(people.group)
    assert message.sender is people.group_member
    await page.select_option("#speaker", label="an anonymous admin")
    await page.fill("#text", "as the group")
    await page.keyboard.press("Enter")
    await expect(page.locator(".who small", has_text="admin")).to_be_visible()

    storm = people.topics[0]
    await page.click(f"[data-chat='{people.forum.id}']")
    await server.call(
        "sendMessage",
        {"chat_id": people.forum.id, "message_thread_id": storm.id, "text": "Gusts ahead"},
    )
    tab = page.get_by_role("tab", name="Storm")
    await expect(tab.locator(".badge")).to_have_text("1")
    await tab.click()
    await expect(page.locator(".bubble", has_text="Gusts ahead")).to_be_visible()

    await page.click(f"[data-chat='{people.subscriber.id}']")
    await page.get_by_role("button", name="Start", exact=True).click()
    await page.get_by_role("button", name="Block bot").click()
    await expect(page.get_by_role("button", name="Unblock", exact=True)).to_be_visible()
    assert people.world.chats[people.subscriber.id].bot.status == "kicked"


async def test_phone(demo: tuple[Demo, SandboxServer], page: Page) -> None:
    """On a phone the list and the conversation take turns, and nothing scrolls sideways."""
    people, server = demo
    people.world.unblock(people.subscriber)
    await page.set_viewport_size({"width": 360, "height": 700})
    text = "A long line about the storm surge with averyveryverylongword" + "x" * 120
    await server.call("sendMessage", {"chat_id": people.subscriber.id, "text": text})
    await expect(page.locator(".bubble")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.click("#back")
    await expect(page.locator("#chats")).to_be_visible()
    await expect(page.locator("#log")).to_be_hidden()
