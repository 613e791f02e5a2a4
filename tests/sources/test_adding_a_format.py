"""The guide's example is a whole format: it runs as it is printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import NoLiveBlogError
from bot.sources import ADAPTERS
from bot.sources.base import Adapter, Hints
from tests.support.mutations import survives
from tests.support.pages import page

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "adding-a-format.md").read_text(encoding="utf-8")


def printed(language: str) -> str:
    """The first block of that language in the guide."""
    match = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert match is not None
    return match[1]


def example() -> Adapter:
    """The adapter that the guide prints."""
    names: dict[str, object] = {"__name__": "harbourlog"}
    exec(compile(printed("python"), "harbourlog.py", "exec"), names)  # our own guide
    made = names["HarbourLog"]
    assert isinstance(made, type)
    adapter: Adapter = made()
    return adapter


def test_the_example_reads_its_sample() -> None:
    """Both lines of the sample become entries, and other pages are refused."""
    adapter = example()
    sample = page(printed("json"), content_type="application/x-ndjson")
    assert adapter.recognises(sample).confidence > 0.9
    found = adapter.read(sample, Hints())
    assert (found.title, [one.id for one in found.entries]) == (
        "Norwick harbour",
        ["h-204", "h-203"],
    )
    assert found.entries[1].text == "Basin closed."
    assert found.entries[1].published_at == datetime(2024, 3, 5, 11, 5, tzinfo=UTC)
    with pytest.raises(NoLiveBlogError):
        adapter.read(page("<html></html>"), Hints())
    assert survives(adapter, printed("json"), 50) > 10


@pytest.mark.parametrize("name", [adapter.name for adapter in ADAPTERS])
def test_every_format_has_a_page(name: str) -> None:
    """How it is recognised, what is read and its limits are told of each format."""
    text = (DOCS / "adapters" / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# `{name}`")
    for part in ("## How it is recognised", "## Limits"):
        assert part in text


def test_the_guide_names_what_there_is() -> None:
    """Every helper and file that the guide points to exists."""
    for module, name in re.findall(r"`([a-z]+)\.([a-z_]+)`", GUIDE):
        text = (DOCS.parent / "bot" / "sources" / f"{module}.py").read_text(encoding="utf-8")
        assert f"def {name}(" in text
    for path in re.findall(r"`((?:bot|tests|docs)/[\w/]+\.py)`", GUIDE):
        assert "harbourlog" in path or (DOCS.parent / path).exists(), path
