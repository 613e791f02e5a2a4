"""A real browser: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds; a busy machine draws late
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@asynccontextmanager
async def browsing(
    address: str, *, width: int = 1100, height: int = 800, scale: float = 1.0
) -> AsyncIterator[Page]:
    """A browser at an address; anything the page complains about fails the test.

    Args:
        address: where it begins.
        width: of the window, in CSS pixels.
        height: of the window.
        scale: pixels of a picture for each of these.
    """
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="light",
            locale="en-GB",
            timezone_id="UTC",
        )
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        yield page
        await browser.close()
    assert complaints == []
