"""The pictures of the documents: alerts in the chat page of the sandbox, in a real browser.

``python -m tests.sandbox.shots`` draws docs/pictures anew (a name draws that one alone). It needs
Chromium, and fonts with emoji and Arabic letters (Debian: fonts-noto-color-emoji, fonts-noto-core).
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from bot.delivery.pieces import AlertContext
from bot.delivery.render import Picture, render_alert
from bot.delivery.telegram import HttpRequest, Transport
from bot.model import Entry, Media
from bot.outgoing import Outgoing
from bot.sandbox.demo import SUBSCRIBER_ID
from bot.sandbox.limits import Limits
from bot.sandbox.newsroom import Newsroom
from bot.sandbox.script import load_script
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import World
from tests.delivery.entries import entry
from tests.support.browser import browsing

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH = 390  # of a phone, in CSS pixels
NOW = datetime(2026, 1, 14, 14, 52, tzinfo=UTC)
DEMO = 45.0  # minutes of the scripted event a minute

COURIER = AlertContext("Reave Coast Courier", (("🌊", "Storm & tide"), ("⛴️", "Ferry, rail, road")))
ARABIC = AlertContext("Reave Coast Courier", (("🌊", "العاصفة"), ("⛴️", "النقل")))
PERSIAN = AlertContext("خبرگزاری ساحل", (("🌊", "توفان"),))

GUST = (
    "A gust of 118 kilometers per hour has been measured at Candle Rock, the weather service "
    "reports. It is the strongest of the day so far."
)
BARRIER = (
    "The harbour barrier in Saltreave is shut, an hour earlier than planned. Ships that are still "
    "outside wait in the lee of Candle Rock. The lower quay is closed to cars and walkers."
)
NIGHT = (
    "<p>What we know so far:</p><ul><li>The barrier has held through the first high water.</li>"
    "<li>About 12,000 households have no power.</li>"
    "<li>The ferry to Merrow Island stays in port until noon.</li></ul>"
    "<p>The water board explains the gauge on its page:</p>"
    "<blockquote><p>At <strong>4.1 meters</strong> the lower town is warned, at 4.6 meters it is "
    "cleared. We are at 4.3 meters and the wind is turning.</p></blockquote>"
    "<p>The gauge can be read by anybody:</p><pre>GET /gauge/saltreave\nlevel_m = 4.31</pre>"
    "<p>Crews have carried sand to the rope works since the early afternoon. The fire service says "
    "that three streets are under water, none of them deeper than a hand, and that the pumps in "
    "Dunmarrow run on their own power.</p>"
    "<p>The rail operator looks at the embankment between Haskbridge and the coast by daylight. "
    "Until then buses go by the upper road. The school in the market square stays open as a "
    "shelter, with room for another 200 people.</p>"
    "<p>High water comes back in the morning. The weather service expects it forty centimeters "
    "lower than the last one, and the wind to drop by then. The red warning stays until noon.</p>"
)
CLOSED_AR = "إغلاق ميناء Saltreave حتى صباح الغد"
TEXT_AR = (
    "<p>أغلقت السلطات بوابة الميناء قبل ساعة من الموعد المقرر. رقم الطوارئ 112 يعمل.</p>"
    "<p>Harbour Control: تعود العبارات إلى Merrow Island غدا عند الساعة 12:30.</p>"
    "<blockquote><p>المستوى الآن 4.3 متر والريح تغير اتجاهها.</p></blockquote>"
)
TEXT_FA = "<p>دروازهٔ بندر بسته شد. قطارهای ساحلی تا فردا نمی‌آیند.</p>"
TEXT_HE = "<p>שער הנמל ב-Saltreave נסגר שעה לפני המועד. הרכבות יחזרו לנסוע מחר.</p>"

Sent = tuple[Entry, AlertContext, str]


def report(number: int, minute: int, **fields: object) -> Entry:
    """An entry of that minute past two."""
    at = NOW.replace(minute=minute)
    return replace(
        entry(number),
        published_at=at,
        first_seen_at=at,
        title="",
        **fields,  # type: ignore[arg-type]  # names of Entry's own fields
    )


def alerts(root: str) -> dict[str, tuple[str, Sequence[Sent]]]:
    """Picture -> style and what it shows."""
    waves = Media("photo", f"{root}/media/waves.png", "Waves at Candle Rock")
    shown = [
        (report(1, 41, html=f"<p>{GUST}</p>", media=(waves,)), COURIER, "en"),
        (
            replace(report(2, 47, html=f"<p>{BARRIER}</p>", key_event=True), title="Barrier shut"),
            COURIER,
            "en",
        ),
        (replace(report(3, 50, html=NIGHT), title="The night at a glance"), COURIER, "en"),
    ]
    right_to_left = [
        (
            replace(report(4, 41, html=TEXT_AR, key_event=True), title=CLOSED_AR),
            ARABIC,
            "ar",
        ),
        (report(5, 47, html=TEXT_FA), PERSIAN, "fa"),
        (report(6, 50, html=TEXT_HE), COURIER, "en"),
    ]
    return {
        "alert": ("full", shown[1:2]),
        "alert-full": ("full", shown),
        "alert-compact": ("compact", shown),
        "alert-plain": ("plain", shown),
        "alert-rtl": ("full", right_to_left),
    }


class Studio:
    """A Bot API server with a clock that stands, and a reader who looks."""

    page: Page
    transport: Transport

    def __init__(self) -> None:
        self.clock = NOW
        self.world = World(wall=lambda: self.clock.timestamp())
        self.server = SandboxServer(self.world, limits=Limits.off())
        self.newsroom = Newsroom(load_script(), speed=1.0)
        self.request = HttpRequest()
        self.readers = 0

    async def __aenter__(self) -> Studio:
        await self.server.start()
        await self.newsroom.start()
        await self.request.initialize()
        self.transport = Transport(self.request, self.server.token, api_root=self.server.api_root)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.request.shutdown()
        await self.newsroom.stop()
        await self.server.stop()

    async def chat(self) -> int:
        """A private chat of its own."""
        self.readers += 1
        user = self.world.add_user("Reader", user_id=600_000_000 + self.readers)
        return self.world.private_chat(user).id

    def render(self, sent: Sent, style: str, picture: Picture = "auto") -> tuple[Outgoing, ...]:
        """What the sender would send."""
        item, context, language = sent
        return render_alert(
            item, context, language=language, style=style, menu=True, picture=picture
        )

    async def draw(self, name: str, style: str, shown: Sequence[Sent]) -> None:
        """Send them, and take a picture of the conversation."""
        chat = await self.chat()
        for sent in shown:
            for out in self.render(sent, style):
                await self.transport.send(chat, None, out)
        await self.take(name, chat)

    async def draw_corrected(self) -> None:
        """An alert that was sent and then corrected."""
        chat = await self.chat()
        first = report(7, 19, html="<p>Around 12,000 households are without electricity.</p>")
        wrong = (replace(first, title="Power cut on the coast"), COURIER, "en")
        [out] = self.render(wrong, "full")
        message = await self.transport.send(chat, None, out)
        self.clock += timedelta(minutes=9)
        corrected = replace(
            wrong[0],
            html="<p>Around 1,200 households are without electricity. Correction: an earlier "
            "version of this entry gave a number ten times too high.</p>",
            revision=2,
            revised_at=self.clock,
        )
        [out] = self.render((corrected, COURIER, "en"), "full", "never")
        await self.transport.edit(chat, message, out)
        await self.take("alert-corrected", chat)

    async def take(self, name: str, chat: int) -> None:
        """A picture for the documents."""
        await shoot(self.page, self.server.api_root, chat, FOLDER / f"{name}.png")


async def shoot(page: Page, root: str, chat: int, path: Path) -> None:
    """A picture of a conversation at a phone's width, as high as it is."""
    # Only another query is another page: a new fragment alone is no navigation.
    await page.goto(f"{root}/?{chat}#{chat}")
    await expect(page.locator(".bubble").first).to_be_visible()
    high = await page.evaluate(
        "() => { const log = document.getElementById('log');"
        " const last = log.lastElementChild.getBoundingClientRect();"
        " const first = log.firstElementChild.getBoundingClientRect();"
        " return Math.ceil(last.bottom - first.top); }"
    )
    await page.set_viewport_size({"width": WIDTH, "height": high + 150})
    await settled(page)
    await page.locator("#log").screenshot(path=path, animations="disabled")


async def settled(page: Page) -> None:
    """Every picture is drawn."""
    await page.evaluate(
        "() => Promise.all([...document.images].map((image) => {"
        " image.loading = 'eager'; return image.decode().catch(() => {}); }))"
    )


async def draw_demo() -> None:
    """``liverelay demo`` as a process, some minutes into the event, and an alert's menu there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--speed", str(DEMO), "--port", "0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        address = await _address(process)
        async with browsing(
            f"{address}#{SUBSCRIBER_ID}", width=1180, height=860, scale=1.5
        ) as page:
            await expect(page.locator(".bubble .photo img").first).to_be_visible(timeout=120_000)
            await expect(page.locator(".bubble")).not_to_have_count(4)
            await settled(page)
            await page.evaluate("() => document.getElementById('log').scrollTo(0, 1_000_000)")
            await page.screenshot(path=FOLDER / "demo.png", animations="disabled")
            await page.get_by_role("button", name="⋯").last.click()
            less = page.get_by_role("button", name="Less")
            await expect(less).to_be_visible()
            await page.mouse.move(0, 0)  # or else the button that came under it is darker
            await settled(page)
            alert = page.locator(".row", has=less).locator(".cell")
            await alert.screenshot(path=FOLDER / "alert-menu.png", animations="disabled")
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(60):
        async for line in process.stderr:
            if found := re.search(r"The chat page:\s+(http://\S+)", line.decode()):
                return found[1]
    raise RuntimeError("the demo ended before it told its address")


async def main(names: Sequence[str]) -> None:
    """Draw those pictures, or all."""
    async with Studio() as studio, browsing(studio.server.api_root, width=WIDTH, scale=2.0) as page:
        studio.page = page
        for name, (style, shown) in alerts(studio.newsroom.url.partition("/live/")[0]).items():
            if not names or name in names:
                await studio.draw(name, style, shown)
        if not names or "alert-corrected" in names:
            await studio.draw_corrected()
    if not names or "demo" in names:
        await draw_demo()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
