"""bot.locales: texts by language."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import bot.locales
from bot.locales import translation


def write_catalogue(path: Path, texts: dict[str, str]) -> None:
    """A GNU .mo file: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    start = 28 + 16 * len(pairs)
    tables, blob = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            raw = pair[column].encode()
            tables[column] += struct.pack("<II", len(raw), start + len(blob))
            blob += raw + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(head + tables[0] + tables[1] + blob)


@pytest.mark.parametrize("language", ["en", "tlh", "", "../../etc", "de\x00", "x" * 500])
def test_unknown_languages_are_english(language: str) -> None:
    """A language without a catalogue, or no language at all, shows the English words."""
    assert translation(language)("Not a text of ours") == "Not a text of ours"


def test_catalogues_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue serves its language and its regions, in any spelling of the tag."""
    write_catalogue(tmp_path / "pt/LC_MESSAGES/liverelay.mo", {"Open": "Abrir"})
    monkeypatch.setattr(bot.locales, "DIRECTORY", tmp_path)
    translation.cache_clear()
    try:
        for tag in ("pt", "pt-br", "pt_BR", "PT"):
            assert translation(tag)("Open") == "Abrir"
        assert translation("pt")("Unknown") == "Unknown"
        assert translation("de")("Open") == "Open"
    finally:
        translation.cache_clear()
