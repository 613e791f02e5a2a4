"""Several entries as one message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.bundles import render_bundle, render_sent_bundle
from bot.delivery.pieces import AlertContext
from bot.delivery.utf16 import utf16_length
from bot.model import Entry, Form, Media, Retraction
from bot.outgoing import Outgoing
from bot.sandbox.entities import formatted
from tests.delivery.entries import NOON, entry

HARBOUR = AlertContext("Harbour Gazette", (("🌊", "Weather"),))


def contexts(entries: list[Entry]) -> dict[int, AlertContext]:
    """All of them from the harbour."""
    return {one.id: HARBOUR for one in entries}


def links(out: Outgoing) -> list[str]:
    """Where the words of a message lead."""
    return [entity.url for entity in out.entities if entity.type == "text_link" and entity.url]


def test_merged_entries_stand_oldest_first_each_with_its_time_and_link() -> None:
    """The whole text of three entries, as a reader sees it."""
    entries = [entry(1), entry(2, "The barrier is closed.", key_event=True), entry(3)]
    bundled = render_bundle(entries, contexts(entries), Form.MERGED)
    assert bundled.count == 3
    assert bundled.out.text == (
        "🌊 Harbour Gazette · 3 updates\n\n"
        "🌊 12:01 · Open\nReport 1\nThe tide is rising.\n\n"
        "🌊 12:02 · ❗ KEY EVENT · Open\nReport 2\nThe barrier is closed.\n\n"
        "🌊 12:03 · Open\nReport 3\nThe tide is rising.\n\n"
        "#weather"
    )
    assert links(bundled.out) == [one.url for one in entries]
    assert sum(entity.type == "date_time" for entity in bundled.out.entities) == 3


def test_a_digest_gives_headlines_and_key_events_in_full() -> None:
    """Headlines are lines with a link; the key event keeps its words."""
    entries = [entry(1), entry(2), entry(3, "The barrier is closed.", key_event=True), entry(4)]
    bundled = render_bundle(entries, contexts(entries), Form.DIGEST)
    assert bundled.out.text == (
        "🌊 Harbour Gazette · 4 updates\n\n"
        "12:01  Report 1\n12:02  Report 2\n\n"
        "🌊 12:03 · ❗ KEY EVENT · Open\nReport 3\nThe barrier is closed.\n\n"
        "12:04  Report 4\n\n"
        "#weather"
    )
    assert links(bundled.out) == [one.url for one in entries]


def test_entries_of_several_sources_name_theirs() -> None:
    """One heading for all, each entry with its source."""
    entries = [entry(1), entry(2)]
    named = {1: HARBOUR, 2: AlertContext("Valley Post")}
    text = render_bundle(entries, named, Form.MERGED).out.text
    assert text.startswith("📰 2 updates\n\n🌊 12:01 · Harbour Gazette · Open")
    assert "📰 12:02 · Valley Post · Open" in text


def test_what_does_not_fit_is_left_for_the_next_message() -> None:
    """Whole entries only: none is cut in two."""
    entries = [entry(n, f"Part {n}. " + "The tide is rising. " * 60) for n in range(6)]
    bundled = render_bundle(entries, contexts(entries), Form.MERGED)
    assert bundled.count == 3
    assert "Part 2." in bundled.out.text
    assert "Part 3." not in bundled.out.text
    assert bundled.out.text.startswith("🌊 Harbour Gazette · 3 updates")


def test_a_first_entry_that_is_too_long_shares_its_message_with_none() -> None:
    """It is for the caller to send alone, in parts: nothing of it is cut away."""
    entries = [entry(1, "The tide is rising. " * 300), entry(2)]
    assert render_bundle(entries, contexts(entries), Form.MERGED).count == 1


def test_forty_entries_are_one_digest() -> None:
    """A long night fits into a message."""
    entries = [entry(n, "The tide is rising. " * 30, title="") for n in range(40)]
    bundled = render_bundle(entries, contexts(entries), Form.DIGEST)
    assert bundled.count >= 20
    assert utf16_length(bundled.out.text) <= 4096


def test_many_long_key_events_are_cut_before_one_is_left_out() -> None:
    """Eight key events of 2,000 characters still share a digest, each shorter."""
    entries = [entry(n, "The tide is rising. " * 100, key_event=True) for n in range(8)]
    bundled = render_bundle(entries, contexts(entries), Form.DIGEST)
    assert bundled.count == 8
    assert all(f"Report {n}" in bundled.out.text for n in range(8))
    assert " …" in bundled.out.text


def test_an_edited_bundle_marks_what_changed() -> None:
    """A corrected entry says when; a withdrawn one is struck through; both stay in place."""
    later = NOON + timedelta(minutes=40)
    entries = [
        entry(1, revision=2, revised_at=later),
        entry(2, withdrawn=True, revision=2, revised_at=later),
        entry(3),
    ]
    out = render_sent_bundle(entries, contexts(entries), Form.MERGED)
    assert "The tide is rising.\nupdated 12:40" in out.text
    assert "✖ Withdrawn by the newsroom 12:40" in out.text
    assert "strikethrough" in {entity.type for entity in out.entities}


def test_a_bundle_that_grew_too_long_keeps_every_entry() -> None:
    """Corrections that do not fit any more turn the message into a digest."""
    entries = [entry(n, "The tide is rising. " * 90) for n in range(12)]
    out = render_sent_bundle(entries, contexts(entries), Form.MERGED)
    assert all(f"Report {n}" in out.text for n in range(12))
    assert utf16_length(out.text) <= 4096


def test_what_an_admin_had_deleted_is_left_out() -> None:
    """The others stay, and are counted without it."""
    entries = [entry(1), entry(2, retracted=Retraction.DELETE, withdrawn=True), entry(3)]
    out = render_sent_bundle(entries, contexts(entries), Form.MERGED)
    assert "Report 2" not in out.text
    assert "2 updates" in out.text


def test_the_first_photo_is_shown_large_above_the_text() -> None:
    """A merged message has no photo of its own, but a preview of one."""
    photo = Media("photo", "https://news.example/tide.jpg")
    entries = [entry(1), entry(2, media=(photo,))]
    assert render_bundle(entries, contexts(entries), Form.MERGED).out.preview_url == photo.url
    assert render_bundle(entries, contexts(entries), Form.DIGEST).out.preview_url is None


@pytest.mark.parametrize("form", list(Form))
@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(max_size=3_000), min_size=1, max_size=30),
    titles=st.lists(st.text(max_size=300), min_size=30, max_size=30),
    keys=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_any_entries_make_a_message_telegram_takes(
    form: Form, texts: list[str], titles: list[str], keys: list[bool]
) -> None:
    """Within 4,096 units, at least one entry, entities as the Bot API wants them."""
    entries = [
        entry(n, text, title=titles[n], key_event=keys[n], html="") for n, text in enumerate(texts)
    ]
    for out, count in (
        (
            (bundled := render_bundle(entries, contexts(entries), form)).out,
            bundled.count,
        ),
        (render_sent_bundle(entries, contexts(entries), form), len(entries)),
    ):
        assert 1 <= count <= len(entries)
        assert utf16_length(out.text) <= 4096
        assert len(out.entities) <= 100
        given = [
            {
                key: value
                for key in ("type", "offset", "length", "url", "unix_time", "date_time_format")
                if (value := getattr(one, key)) is not None
            }
            for one in out.entities
        ]
        text, kept = formatted(out.text, "", given, empty=False)
        assert text
        ours = [one for one in kept if one["type"] in {entity.type for entity in out.entities}]
        assert len(ours) >= len(out.entities)
