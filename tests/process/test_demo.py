"""The demo as somebody meets it who has just typed ``make run``."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser import browsing, in_browser
from tests.support.relay import Relay

pytestmark = [pytest.mark.process, pytest.mark.as_a_person]


def _demo(tmp_path: Path, *arguments: str) -> Relay:
    return Relay(tmp_path, "http://127.0.0.1:9", {"TELEGRAM__TOKEN": ""}, arguments=arguments)


async def _page_of(relay: Relay) -> str:
    said = await relay.said("The chat page:")
    found = re.search(r"http://\S+", said)
    assert found is not None
    return found.group()


class TestInTheBrowser:
    """What is seen and done on the chat page."""

    pytestmark = in_browser

    async def test_pushes_arrive_and_buttons_answer(self, tmp_path: Path) -> None:
        """The subscriber sees alerts come live; a topic pressed is ticked in place."""
        relay = _demo(tmp_path, "demo", "--speed", "600", "--port", "0")
        await relay.start(until="The chat page:")
        try:
            async with browsing(await _page_of(relay)) as page:
                alerts = page.locator(".bubble", has_text="Reave Coast Courier")
                await expect(alerts.nth(3)).to_be_visible(timeout=30_000)
                await page.get_by_text("Second subscriber").first.click()
                await page.fill("#text", "/topic")
                await page.keyboard.press("Enter")
                # The greeting offers topics, too, but with the settings below them.
                settings = page.get_by_role("button", name="Settings")
                answer = page.locator(".row").filter(has_not=settings)
                await answer.get_by_role("button", name="Sport").click(timeout=15_000)
                ticked = answer.get_by_role("button", name=re.compile("✅.*Sport"))
                await expect(ticked).to_be_visible(timeout=15_000)
        finally:
            await relay.signal(signal.SIGINT)
            assert await relay.ended() == 0
        assert "nothing is lost" in relay.output[-1]


async def test_run_or_demo_says_in_one_line_why_it_is_the_demo(tmp_path: Path) -> None:
    """Without a token ``make run`` names the missing setting and shows the demo."""
    relay = _demo(tmp_path, "run", "--or-demo")
    await relay.start(until="The chat page:")
    assert "LIVERELAY_TELEGRAM__TOKEN" in relay.output[0]
    await relay.signal(signal.SIGTERM)
    assert await relay.ended() == 0


async def test_the_demo_touches_nothing_of_the_operators(tmp_path: Path) -> None:
    """No database, no lock, no file is left where it was started."""
    relay = _demo(tmp_path, "demo", "--port", "0")
    await relay.start(until="The chat page:")
    await relay.signal(signal.SIGTERM)
    assert await relay.ended() == 0
    assert list(tmp_path.iterdir()) == []
