"""Pictures of the main dialogues, in several languages, from the chat page in a real browser.

``python -m tests.sandbox.dialogues`` draws docs/pictures/dialogue-*.png anew; a language after it
draws those of that language alone.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Page

from tests.sandbox.shots import FOLDER, WIDTH, shoot
from tests.support.browser import browsing
from tests.support.chat import TOPICS, Room, add_topics, entry, open_room

LANGUAGES = ("en", "ar", "de")
SPOKEN = {
    "start": ("/start",),
    "silence": ("/mute 2h", "/quiet 22:00-07:00", "/digest daily 08:00", "/settings"),
    "finding": ("/search harbour", "/catchup 6h", "/watch storm AND (harbour OR ferry)"),
}
NEWS = (
    ("The inner harbour is closed until the evening", 55, False),
    ("Storm warning for the coast raised to red", 40, True),
    ("No ferry leaves before six", 22, False),
    ("Storm: the harbour bridge is open to walkers only", 8, False),
)


async def draw(room: Room, page: Page, language: str) -> None:
    """Each dialogue of one language, in a chat of its own."""
    for name, texts in SPOKEN.items():
        reader, chat = room.person("Reader", language=language)
        for text in texts:
            for answer in await room.say(reader, chat, text):
                if text == "/start" and answer.markup:
                    await room.press(reader, answer, answer.button_texts[1])
        path = FOLDER / f"dialogue-{name}-{language}.png"
        await shoot(page, room.server.api_root, chat.id, path)


async def main(languages: Sequence[str]) -> None:
    """Draw those of some languages, or of all."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_room(Path(folder) / "bot.db") as room:
            await add_topics(room.db, TOPICS)
            entries = [entry(title, minutes=minutes, key_event=key) for title, minutes, key in NEWS]
            await room.add_source("Harbour Gazette", *entries, topic="harbour")
            async with browsing(room.server.api_root, width=WIDTH, scale=2.0) as page:
                for language in languages or LANGUAGES:
                    await draw(room, page, language)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
