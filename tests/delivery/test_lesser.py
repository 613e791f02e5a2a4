"""Messages made smaller."""

from __future__ import annotations

from bot.delivery.lesser import (
    AS_PREVIEW,
    FULL,
    PLAIN,
    WITHOUT_PICTURE,
    as_caption,
    fitted,
    next_level,
    reduced,
)
from bot.delivery.utf16 import utf16_length
from bot.outgoing import Button, Outgoing, TextEntity

BOLD = TextEntity("bold", 0, 4)
BUTTON = Button("Open", "https://news.example")
PHOTO = Outgoing("Tide rises", (BOLD,), BUTTON, photo_url="https://news.example/p.jpg")


def test_less_and_less_is_tried() -> None:
    """First the picture as a preview, then none, then the words alone, then nothing more."""
    assert next_level(PHOTO, FULL) == AS_PREVIEW
    preview = reduced(PHOTO, AS_PREVIEW)
    assert (preview.photo_url, preview.preview_url) == (None, PHOTO.photo_url)
    assert next_level(PHOTO, AS_PREVIEW) == WITHOUT_PICTURE
    without = reduced(PHOTO, WITHOUT_PICTURE)
    assert (without.photo_url, without.entities, without.button) == (None, (BOLD,), BUTTON)
    assert next_level(PHOTO, WITHOUT_PICTURE) == PLAIN
    assert reduced(PHOTO, PLAIN) == Outgoing("Tide rises")
    assert next_level(PHOTO, PLAIN) is None


def test_without_a_picture_the_words_are_next() -> None:
    """A step that would change nothing is left out."""
    assert next_level(Outgoing("Tide", (BOLD,)), FULL) == PLAIN


def test_more_parts_than_messages_end_with_a_link_to_the_rest() -> None:
    """The last message there is says that there is more."""
    parts = (Outgoing("One (1/3)"), Outgoing("Two (2/3)"), Outgoing("Three (3/3)", button=BUTTON))
    first, second = fitted(parts, 2)
    assert first == parts[0]
    assert second.text == "Two (2/3) …"
    assert second.button == BUTTON
    assert fitted(parts, 3) == parts


def test_a_full_message_is_not_made_longer_than_allowed() -> None:
    """There is always room, or no mark."""
    parts = (Outgoing("x" * 4096), Outgoing("y"))
    [only] = fitted(parts, 1)
    assert len(only.text) == 4096


def test_a_long_text_becomes_a_caption_with_whole_entities() -> None:
    """Cut to 1,024 UTF-16 units; what is cut through is not formatted."""
    text = "🌊 The tide is rising. " * 100
    out = Outgoing(text, (BOLD, TextEntity("italic", 1000, 100)), BUTTON)
    caption = as_caption(out)
    assert utf16_length(caption.text) <= 1024
    assert caption.entities == (BOLD,)
    assert caption.button == BUTTON
    assert as_caption(PHOTO) == PHOTO
