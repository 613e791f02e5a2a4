"""How a chat reads its alerts: its language, its clock, its style. Pure.

The styles: "full" is the whole design, "compact" a head, a title and the first sentences, "plain"
words alone, for screen readers: no signs, no pictures, no tags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.locales import language_of, translation

Style = Literal["full", "compact", "plain"]

RIGHT_TO_LEFT_MARK = "\u200f"
_RIGHT_TO_LEFT = frozenset({"ar", "fa"})

Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Look:
    """How a chat reads.

    Attributes:
        language: of the bot's own words.
        timezone: IANA name.
        words: turns an English text into the language.
        rtl: the language is written from right to left.
        style: one of `Style`; an unknown one is read as "full".
    """

    language: str
    timezone: str
    words: Words
    rtl: bool
    style: str

    @classmethod
    def of(cls, language: str = "en", timezone: str = "UTC", style: str = "full") -> Look:
        """The look that a chat's choices make."""
        rtl = language_of(language) in _RIGHT_TO_LEFT
        return cls(language, timezone, translation(language), rtl, style)

    @property
    def compact(self) -> bool:
        """Whether an entry is shown by its beginning only."""
        return self.style == "compact"

    @property
    def plain(self) -> bool:
        """Whether words alone are shown."""
        return self.style == "plain"

    @property
    def mark(self) -> str:
        """What a line of ours begins with, so that it runs as the language does.

        Only where that is from right to left: apps take a line's direction from its first letter,
        and a line may begin with the name of a source in another script.
        """
        return RIGHT_TO_LEFT_MARK if self.rtl else ""

    @property
    def comma(self) -> str:
        """What parts the names of a list."""
        return "، " if self.rtl else ", "
