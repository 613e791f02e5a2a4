"""The script of a live blog: what a newsroom writes, corrects and withdraws, and when."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

STORM = "storm.toml"
"""The script that comes along."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture under an entry: a drawn scene (``bot.sandbox.scenes``), caption and credit."""

    scene: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class ScriptEntry:
    """One entry of the script, in one of its wordings.

    Attributes:
        at: minutes after the start; 0 or less stands on the page from the start.
        text: paragraphs parted by blank lines; "- " begins a list item, "> " a quotation.
        key: marked as a key event.
        read_more: the words of a "Read more" line, "" for none.
        changes: (minutes, text) of each later wording, rising.
        withdrawn_at: when it disappears, in minutes; None for never.
    """

    at: float
    text: str
    key: bool = False
    read_more: str = ""
    picture: Picture | None = None
    changes: tuple[tuple[float, str], ...] = ()
    withdrawn_at: float | None = None

    @property
    def plain(self) -> str:
        """What a reader of the page reads, as plain text: items start with "• "."""
        lines = (line.strip() for line in self.text.splitlines())
        marked = (f"• {line[2:]}" if line.startswith("- ") else line for line in lines)
        return "\n".join(line.removeprefix("> ") for line in marked)

    def as_of(self, minutes: float) -> ScriptEntry | None:
        """Its wording at that time; None where it is not on the page."""
        if (minutes < self.at and self.at > 0) or (
            self.withdrawn_at is not None and minutes >= self.withdrawn_at
        ):
            return None
        said = [text for at, text in self.changes if at <= minutes]
        return replace(self, text=said[-1]) if said else self


@dataclass(frozen=True, slots=True)
class Script:
    """A whole live blog.

    Attributes:
        title: the headline.
        title_ended: the headline once coverage is over.
        site: the newsroom's name.
        standfirst: the paragraph under the headline.
        summary: bullet points above the updates.
        lead_read_more: a "Read more" line above the updates, "" for none.
        lead_picture: under the headline, None for none.
        credits: the line at the end.
        entries: oldest first.
    """

    title: str
    title_ended: str
    site: str
    standfirst: str
    summary: tuple[str, ...]
    lead_read_more: str
    lead_picture: Picture | None
    credits: str
    entries: tuple[ScriptEntry, ...]

    @property
    def moments(self) -> tuple[float, ...]:
        """Minutes at which the page changes, rising, each once; without the start."""
        found = {entry.at for entry in self.entries}
        for entry in self.entries:
            found.update(at for at, _ in entry.changes)
            if entry.withdrawn_at is not None:
                found.add(entry.withdrawn_at)
        return tuple(sorted(moment for moment in found if moment > 0))

    @property
    def duration(self) -> float:
        """Minutes from the start to the last change."""
        return self.moments[-1] if self.moments else 0.0

    def as_of(self, minutes: float) -> tuple[ScriptEntry, ...]:
        """The entries on the page at that time, oldest first, in their wording."""
        shown = (entry.as_of(minutes) for entry in self.entries)
        return tuple(entry for entry in shown if entry is not None)


def load_script(name: str = STORM) -> Script:
    """The script of that name from ``bot/sandbox/data``."""
    return parse_script((resources.files("bot.sandbox") / "data" / name).read_text("utf-8"))


def parse_script(toml: str) -> Script:
    """Read a script; the keys are explained at the top of ``data/storm.toml``.

    Raises:
        ValueError: it is not TOML, an entry lacks its time or words, or entries do not rise.
    """
    data = tomllib.loads(toml)
    try:
        entries = tuple(_entry(table) for table in data["entry"])
        script = Script(
            title=data["title"],
            title_ended=data.get("title_ended", data["title"]),
            site=data["site"],
            standfirst=data.get("standfirst", ""),
            summary=tuple(data.get("summary", ())),
            lead_read_more=data.get("lead_read_more", ""),
            lead_picture=_picture(data.get("lead_picture")),
            credits=data.get("credits", ""),
            entries=entries,
        )
    except KeyError as error:
        raise ValueError(f"the script lacks {error}") from error
    times = [entry.at for entry in entries]
    if times != sorted(times):
        raise ValueError("the script's entries must stand oldest first")
    return script


def _entry(table: dict[str, Any]) -> ScriptEntry:
    text = str(table["text"]).strip()
    if not text:
        raise ValueError(f"the entry at {table['at']} has no words")
    return ScriptEntry(
        at=table["at"],
        text=text,
        key=table.get("key", False),
        read_more=table.get("read_more", ""),
        picture=_picture(table.get("picture")),
        changes=tuple(
            (change["at"], change["text"].strip()) for change in table.get("changes", ())
        ),
        withdrawn_at=table.get("withdrawn_at"),
    )


def _picture(table: dict[str, Any] | None) -> Picture | None:
    return Picture(table["scene"], table["caption"], table["credit"]) if table else None
