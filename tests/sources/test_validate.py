"""Whatever a format makes of a page, what is passed on is plausible and bounded."""

from datetime import UTC, datetime, timedelta

from bot.model import Link, Media, Snapshot, SourceEntry
from bot.sources.validate import MAX_ENTRIES, validated
from tests.support.pages import BASE, NOON


def check(*entries: SourceEntry, timezone: str | None = None) -> Snapshot:
    """The validated snapshot of those entries."""
    return validated(Snapshot("x", " A\ntitle ", BASE, entries, timezone=timezone), NOON)


def entry(**more: object) -> SourceEntry:
    """An entry with a text and a time."""
    values: dict[str, object] = {"id": "a", "published_at": NOON, "text": "Words."}
    return SourceEntry(**{**values, **more})  # type: ignore[arg-type]  # values are checked below


def test_nothing_to_see() -> None:
    """An entry without visible words, title or media is dropped; a withdrawal is kept."""
    kept = check(
        entry(text=" \u200b"),
        entry(id="t", text="", title="Title"),
        entry(id="m", text="", media=(Media("photo", "https://e.example/a.jpg"),)),
        entry(id="w", text="", withdrawn=True),
    )
    assert [one.id for one in kept.entries] == ["t", "m", "w"]
    assert kept.title == "A title"


def test_times() -> None:
    """Times before 1990, days ahead or without a zone are dropped with a warning."""
    snapshot = check(
        entry(id="1", published_at=datetime(1970, 1, 1, tzinfo=UTC)),
        entry(id="2", published_at=NOON + timedelta(days=3)),
        entry(id="3", published_at=datetime(2024, 3, 5, 11, 0)),  # noqa: DTZ001 the fault itself
        entry(id="4", published_at=NOON + timedelta(hours=20)),
        entry(id="5", updated_at=NOON - timedelta(hours=1)),
    )
    assert [bool(one.published_at) for one in snapshot.entries] == [False] * 3 + [True] * 2
    assert snapshot.entries[4].updated_at is None
    assert "3 entries have times" in snapshot.warnings[0]


def test_addresses() -> None:
    """Only absolute web addresses pass; an entry without one gets the page's."""
    (one,) = check(
        entry(
            url="javascript:x()",
            links=(Link("a", "javascript:x()"), Link("b", "/b")),
            media=(Media("photo", "data:image/png;base64,xx"), Media("photo", "//i.example/p")),
        )
    ).entries
    assert one.url == BASE
    assert one.links == (Link("b", "https://news.example/b"),)
    assert one.media == (Media("photo", "https://i.example/p"),)


def test_sizes() -> None:
    """Texts are cut, and of too many entries the newest stay in the page's order."""
    many = [
        entry(id=str(n), published_at=NOON - timedelta(minutes=n)) for n in range(MAX_ENTRIES + 10)
    ]
    snapshot = check(*reversed(many))
    assert len(snapshot.entries) == MAX_ENTRIES
    assert snapshot.entries[-1].id == "0"
    assert snapshot.complete is False
    (long,) = check(entry(text="word " * 50_000)).entries
    assert len(long.text) <= 100_000
    assert long.html == f"<p>{long.text}</p>"


def test_ids_and_zone() -> None:
    """An id that two entries carry names neither; an unknown zone is dropped with a warning.

    One entry at two places, as a pinned one stands, keeps its id.
    """
    later = entry(published_at=NOON - timedelta(minutes=1))
    pinned = entry(id="c", published_at=NOON)
    snapshot = check(pinned, later, entry(), pinned, entry(id="b"), timezone="Moon/Sea")
    assert [one.id for one in snapshot.entries] == ["c", None, None, "c", "b"]
    assert snapshot.timezone is None
    assert "Moon/Sea" in snapshot.warnings[0]
