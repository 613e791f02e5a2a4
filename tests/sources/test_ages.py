"""Relative times, in the languages of newsrooms: read against the moment of fetching only."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.intake.decide import decide
from bot.intake.identity import content_hash, identify
from bot.model import Known, Snapshot, SourceEntry
from bot.sources import detect, read
from bot.sources.ages import read_age
from bot.sources.base import Hints
from tests.sources.ordinary_pages import LINES
from tests.support.pages import page

M, H = 60, 3600
NOON = datetime(2024, 3, 5, 12, 0, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("just now", 0), ("5 minutes ago", 5 * M), ("5 mins ago", 5 * M), ("5m ago", 5 * M),
        ("a minute ago", M), ("about an hour ago", H), ("2h 15m ago", 135 * M),
        ("1 hour, 5 minutes ago", 65 * M), ("half an hour ago", 30 * M), ("30 seconds ago", 30),
        ("vor 5 Minuten", 5 * M), ("vor 5 Min.", 5 * M), ("vor einer Stunde", H),
        ("vor einer halben Stunde", 30 * M), ("gerade eben", 0), ("vor 2 Std. 5 Min.", 125 * M),
        ("il y a 5 minutes", 5 * M), ("Il y a une heure", H), ("il y a 2h", 2 * H),
        ("à l'instant", 0), ("il y a une demi-heure", 30 * M),
        ("hace 5 minutos", 5 * M), ("hace un minuto", M), ("hace 1 h y 5 min", 65 * M),
        ("ahora mismo", 0), ("hace media hora", 30 * M),
        ("5 minuti fa", 5 * M), ("un'ora fa", H), ("mezz'ora fa", 30 * M), ("poco fa", 0),
        ("há 5 minutos", 5 * M), ("há uma hora", H), ("5 minutos atrás", 5 * M), ("agora mesmo", 0),
        ("5 minut temu", 5 * M), ("minutę temu", M), ("2 godziny temu", 2 * H), ("przed chwilą", 0),
        ("5 минут назад", 5 * M), ("минуту назад", M), ("час назад", H),
        ("21 минуту назад", 21 * M), ("только что", 0), ("полчаса назад", 30 * M),
        ("5 хвилин тому", 5 * M), ("годину тому", H), ("щойно", 0), ("5 хв тому", 5 * M),
        ("5 dakika önce", 5 * M), ("5 DAKİKA ÖNCE", 5 * M), ("1 saat önce", H), ("az önce", 0),
        ("منذ 5 دقائق", 5 * M), ("قبل ٥ دقائق", 5 * M), ("منذ دقيقتين", 2 * M), ("منذ ساعة", H),
        ("منذ ساعة واحدة", H), ("الآن", 0), ("منذ نصف ساعة", 30 * M),
    ],
)  # fmt: skip
def test_ages(text: str, seconds: int) -> None:
    """The age, told to the minute or to the hour."""
    age = read_age(text)
    assert age is not None
    assert (age.seconds, age.tells_time) == (seconds, True)


@pytest.mark.parametrize(
    "text",
    [
        "ago", "5 minutes", "vor allem", "hace frío", "fa", "2h", "The tug left 5 minutes ago",
        "vor Ort", "il y a du vent", "há vento", "минут", "منذ الحرب", "vor 5 Menschen", "час",
    ],
)  # fmt: skip
def test_other_words(text: str) -> None:
    """Lengths, places and sentences are no ages."""
    assert read_age(text) is None


def test_days_tell_no_time() -> None:
    """Three days ago is a day at best."""
    age = read_age("3 days ago")
    assert age is not None
    assert not age.tells_time


def _blog(*ages: str, write: str = '<div class="c1"><span>{age}</span><p>{line}</p></div>') -> str:
    rows = "".join(write.format(age=age, line=LINES[n]) for n, age in enumerate(ages))
    return f"<html><body><main><h1>Crane leans: live updates</h1>{rows}</main></body></html>"


@pytest.mark.parametrize(
    "write",
    [
        '<div class="c1"><span class="x7">{age}</span><p>{line}</p></div>',
        "<li><time>{age}</time><p>{line}</p></li>",
        '<article><div class="meta-time">{age}</div><p>{line}</p></article>',
        "<section><small>{age}</small><h3>Head</h3><p>{line}</p></section>",
    ],
)
@pytest.mark.parametrize(
    "ages",
    [
        ("Just now", "12 minutes ago", "1 hour ago"),
        ("gerade eben", "vor 12 Minuten", "vor einer Stunde"),
        ("à l'instant", "il y a 12 min", "il y a une heure"),
        ("только что", "12 минут назад", "час назад"),
        ("الآن", "منذ ١٢ دقيقة", "منذ ساعة"),
    ],
)
def test_a_page_that_shows_ages_only(write: str, ages: tuple[str, ...]) -> None:
    """Its entries get the times that their ages mean at the moment of fetching, and are marked."""
    body = _blog(*ages, write=write)
    source = page(body, "https://news.example/news/crane-leans-over-x", fetched_at=NOON)
    assert detect(source).adapter.name == "dom"
    entries = read(source, Hints()).entries
    assert [one.published_at and f"{one.published_at:%H:%M}" for one in entries] == [
        "12:00", "11:48", "11:00",
    ]  # fmt: skip
    assert [one.text for one in entries] == list(LINES[:3])
    assert all(one.slack for one in entries)


def _entry(at: datetime, text: str, minutes: int) -> SourceEntry:
    return SourceEntry(None, at, text, slack=timedelta(minutes=minutes))


def test_an_age_is_no_identity() -> None:
    """Polls of a page that shows ages tell each entry once, short ones too, and move no time."""
    first = [
        _entry(NOON, "Goal!", 1),
        _entry(NOON - timedelta(minutes=7), LINES[0], 1),
        _entry(NOON - timedelta(minutes=55), "Goal!", 1),
    ]
    names = identify(first, [])
    known = [
        Known(name or "", content_hash(one), 1, one.published_at, one.text, one.title)
        for name, one in zip(names, first, strict=True)
    ]
    assert len(set(names)) == 3
    assert not any("2024" in (name or "") for name in names)
    later = NOON + timedelta(minutes=64)  # "1 hour ago", and the words were corrected
    again = [
        _entry(later, LINES[1], 1),
        _entry(later - timedelta(hours=1), "Goal!", 60),
        _entry(later - timedelta(hours=1), LINES[0].replace("north", "south"), 60),
        _entry(later - timedelta(hours=1), "Goal!", 60),
    ]
    found = identify(again, known)
    assert found[0] not in names
    assert set(found[1:]) == set(names)
    assert found[2] == names[1]
    source = page("", fetched_at=later)
    decision = decide(known, _snapshot(again, source.url))
    assert [change.kind.name for change in decision.changes] == ["REVISED", "NEW"]
    assert not decision.retimed


def _snapshot(entries: list[SourceEntry], url: str) -> Snapshot:
    return Snapshot("dom", "Crane", url, tuple(entries))
