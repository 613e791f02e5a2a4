"""Clock-time pages from the page to the snapshot."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import NoLiveBlogError
from bot.model import Link, Snapshot
from bot.sources.base import Hints, Page
from bot.sources.canonical import read_body
from bot.sources.timestamped import Timestamped
from tests.support.pages import corpus, page

GOLDEN = Path(__file__).parent / "golden"
THRESHOLD = 0.5
YEARS_LATER = datetime(2026, 1, 1, tzinfo=UTC)
ADAPTER = Timestamped()


def text_page(body: str, url: str = "https://news.example/a", now: datetime = YEARS_LATER) -> Page:
    """A page that was served as plain text."""
    return page(body, url, "text/plain", now)


def html_page(body: str, url: str = "https://news.example/a") -> Page:
    """A page of HTML, fetched years after the event."""
    return page(f"<html><body>{body}</body></html>", url, "text/html", YEARS_LATER)


def read(source: Page, hints: Hints = Hints()) -> Snapshot:  # noqa: B008  # frozen
    """The snapshot of a page that is recognised."""
    assert ADAPTER.recognises(source).confidence >= THRESHOLD
    return ADAPTER.read(source, hints)


def times(snapshot: Snapshot) -> list[str]:
    """The entries' instants as "01-08 14:50" in UTC."""
    return [e.published_at.strftime("%m-%d %H:%M") for e in snapshot.entries if e.published_at]


HEAD = "Fire at the port: Live updates\n\nJanuary 8, 2020\n\nAll times GMT\n\n"


@pytest.mark.parametrize("expected", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden_pages(expected: Path) -> None:
    """Whole pages in the style of several newsrooms read as a careful reader would copy them."""
    want = json.loads(expected.read_text(encoding="utf-8"))
    body = expected.with_suffix("").read_bytes()
    kind = "text/html" if expected.stem.endswith("html") else "text/plain"
    source = page(body, want["url"], kind, datetime.fromisoformat(want["fetched_at"]))
    snapshot = read(source)
    assert {key: getattr(snapshot, key) for key in ("title", "timezone", "complete", "ended")} == {
        key: want[key] for key in ("title", "timezone", "complete", "ended")
    }
    got = []
    for entry in snapshot.entries:
        assert entry.published_at is not None
        row: dict[str, object] = {
            "published_at": entry.published_at.isoformat(),
            "title": entry.title,
            "text": entry.text.split("\n\n") if entry.text else [],
            "links": [[link.text, link.url] for link in entry.links],
        }
        if entry.media:
            row["media"] = [[m.kind, m.url, m.caption] for m in entry.media]
        if entry.id:
            row["id"] = entry.id
        if entry.key_event:
            row["key_event"] = True
        got.append(row)
        body_read = read_body(entry.html, want["url"])
        assert body_read.html == entry.html
        assert body_read.text.split() == entry.text.split()
    assert got == want["entries"]


def test_the_reference_page_is_exact() -> None:
    """All 107 entries of the reference: times, paragraphs, order, links; nothing else in a body."""
    folder = corpus("dw-iran-2020-01-08")
    want = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    url = "https://www.dw.com/en/iran-attacks-us-targets-in-iraq-as-it-happened/a-51922344"
    source = page((folder / "page.txt").read_bytes(), url, "text/plain", YEARS_LATER)
    found = ADAPTER.recognises(source)
    assert found.confidence >= THRESHOLD
    assert found.reason.startswith(
        "107 entries that start with a clock time, newest first, zone UTC as the page says"
    )
    snapshot = ADAPTER.read(source, Hints())
    assert (snapshot.title, snapshot.timezone) == (want["title"], want["timezone"])
    assert (snapshot.complete, snapshot.ended, snapshot.warnings) == (True, True, ())
    assert len(snapshot.entries) == 107
    for entry, expected in zip(snapshot.entries, want["entries"], strict=True):
        assert entry.published_at == datetime.fromisoformat(expected["published_at"])
        assert entry.text == "\n\n".join(expected["body"])
        assert entry.links == tuple(Link(title, url) for title in expected["read_more"])
        assert (entry.title, entry.id, entry.url) == ("", None, url)


def test_the_reference_page_as_html() -> None:
    """The same entries as the publisher's markup has them give the same times and texts."""
    folder = corpus("dw-iran-2020-01-08")
    want = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    parts = [
        f"<h1>{want['title']}</h1><time>01/08/2020</time><article><div class='rich-text'>"
        "<p><em>All updates in Coordinated Universal Time (UTC)</em></p>"
    ]
    for entry in want["entries"]:
        clock = entry["published_at"][11:16]
        first, *more = entry["body"]
        parts.append(f"<p><strong>{clock}</strong> {first}</p>")
        items = [paragraph[2:] for paragraph in more if paragraph.startswith("• ")]
        parts += [f"<p>{paragraph}</p>" for paragraph in more if not paragraph.startswith("• ")]
        if items:
            parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
        parts += [
            f"<p><strong>Read more: <a href='/en/a-{len(title)}'>{title}</a></strong></p>"
            for title in entry["read_more"]
        ]
        parts += [
            f"<figure><img src='/i.jpg'><figcaption>{caption}</figcaption></figure>"
            for caption in entry["not_body"]
        ]
    parts.append("</div></article><section><h2>Explore more</h2><p>Other news.</p></section>")
    snapshot = read(html_page("".join(parts), "https://www.dw.com/en/x/a-1"))
    assert [entry.published_at for entry in snapshot.entries] == [
        datetime.fromisoformat(entry["published_at"]) for entry in want["entries"]
    ]
    assert [entry.text for entry in snapshot.entries] == [
        "\n\n".join(entry["body"]) for entry in want["entries"]
    ]
    assert [[link.text for link in entry.links] for entry in snapshot.entries] == [
        entry["read_more"] for entry in want["entries"]
    ]


@pytest.mark.parametrize(
    ("folder", "file", "url", "zone", "first", "last"),
    [
        (
            "telegraph-airasia-2014-12-31", "page.html", "http://www.telegraph.co.uk/news/x",
            "%H.%M", "2014-12-31 17:00", "2014-12-30 23:45",
        ),
        (
            "lesechos-fil-2024-07-18", "page.html", "https://www.lesechos.fr/monde/x",
            "h", "2024-07-18 07:05", "2024-07-18 05:00",
        ),
        (
            "fathead-election-2012-11-05", "page.txt", "https://blog.example/x",
            "p", "2012-11-05 11:05", "2012-11-06 14:10",
        ),
    ],
)  # fmt: skip
def test_real_pages(folder: str, file: str, url: str, zone: str, first: str, last: str) -> None:
    """Other newsrooms' pages: as many entries as counted independently, days worked out."""
    path = corpus(folder)
    kind = "text/html" if file.endswith("html") else "text/plain"
    lines = (path / "oracle.dom.jsonl").read_text(encoding="utf-8").splitlines()
    snapshot = read(page((path / file).read_bytes(), url, kind, YEARS_LATER))
    assert len(snapshot.entries) == len(lines)
    stamps = [e.published_at.strftime("%Y-%m-%d %H:%M") for e in snapshot.entries if e.published_at]
    assert (stamps[0], stamps[-1]) == (first, last)
    oracle = [json.loads(line) for line in lines]
    if zone == "%H.%M":
        assert [stamp[-5:].replace(":", ".") for stamp in stamps] == [row["time"] for row in oracle]
    elif zone == "h":
        assert [entry.title for entry in snapshot.entries] == [row["title"] for row in oracle]
    else:
        starts = [" ".join(row["text"].split())[:60] for row in oracle]
        assert [entry.text[:60] for entry in snapshot.entries] == starts


def test_real_pages_that_are_no_live_blogs() -> None:
    """Articles and an agenda are refused, each with a reason."""
    for path in sorted(corpus("negative").iterdir()):
        kind = "text/html" if path.suffix == ".html" else "text/plain"
        found = ADAPTER.recognises(
            page(path.read_bytes(), "https://news.example/a", kind, YEARS_LATER)
        )
        assert found.confidence < THRESHOLD, path.name
        assert found.reason, path.name


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("A walk\n\nIt began at nine.\n\nIt ended at ten.\n", "no paragraph starts"),
        ("A walk\n\n9:30 They set out.\n\n10:45 They came back.\n", "only 2 paragraphs"),
        ("TV\n\n20:00 News\n20:15 The Gull\n21:45 Talk\n22:45 Night News\n", "programme"),
        (
            "Day\n\n9:00 Doors open to guests.\n\n9:30 The mayor speaks.\n\n11:15 Coffee is served."
            "\n\n12:00 The session begins.\n",
            "programme",
        ),
        ("Day\n\n9:00-9:30 Doors\n9:30-10:00 Talk\n", "programme"),
        (
            "Plan\n\nMay 3, 2030\n\n10:12 The ship sails.\n\n11:17 It meets the tug.\n\n"
            "12:03 It turns.\n\n13:09 It is back.\n",
            "future",
        ),
        (
            "Story\n\nText.\n\nComments\n\n"
            + "".join(f"ann says:\nMay 5, 2020 at 2:4{i} pm\nNice.\n\n" for i in range(6)),
            "no paragraph starts",
        ),
    ],
)
def test_what_is_no_live_blog(body: str, reason: str) -> None:
    """Articles, chronicles of two lines, programmes and comments are refused in plain words."""
    found = ADAPTER.recognises(text_page(body))
    assert found.confidence < THRESHOLD
    assert reason in found.reason


def test_a_list_of_links_is_no_live_blog() -> None:
    """A "latest news" column has times too, but each leads to another page."""
    rows = "".join(f"<li>1{i}:4{i} <a href='/n{i}'>Story {i} ran today.</a></li>" for i in range(8))
    found = ADAPTER.recognises(html_page(f"<h1>Latest news</h1><ul>{rows}</ul>"))
    assert found.confidence < THRESHOLD
    assert "links" in found.reason


def test_comments_in_markup_are_no_entries() -> None:
    """Stamps under comments start nothing, whatever the site names its elements."""
    rows = "".join(f"<div><b>ann</b> <span>14:4{i}</span><p>Nice.</p></div>" for i in range(6))
    for around in ("<div class='comments'>", "<div><h3>6 Comments</h3>"):
        found = ADAPTER.recognises(html_page(f"<h1>A story</h1><p>Text.</p>{around}{rows}</div>"))
        assert found.confidence < THRESHOLD


def test_a_page_that_was_just_begun() -> None:
    """One entry is enough where the page calls itself a live blog, and not otherwise."""
    entry = "14:50 A strong quake has shaken the coast.\n\nNo damage is known.\n"
    snapshot = read(text_page(HEAD + entry))
    assert [entry.text for entry in snapshot.entries] == [
        "A strong quake has shaken the coast.\n\nNo damage is known."
    ]
    bare = text_page("Quake\n\nJanuary 8, 2020\n\n" + entry)
    assert ADAPTER.recognises(bare).confidence < THRESHOLD


def test_times_in_sentences_start_nothing() -> None:
    """A sentence that begins with a time stays where it is; a programme inside an entry too."""
    body = (
        "14:50 The count has begun.\n\n16:30 is when polls close, the office said.\n\n"
        "14:36 Queues are long.\n\nToday's plan:\n16:30 Polls close\n18:00 First figures\n\n"
        '14:20 "It fell between 1:45 and 2:45 this morning," she said.\n\n14:02 Halls are open.\n'
    )
    snapshot = read(text_page(HEAD + body))
    assert times(snapshot) == ["01-08 14:50", "01-08 14:36", "01-08 14:20", "01-08 14:02"]
    assert snapshot.entries[0].text.endswith("16:30 is when polls close, the office said.")
    assert snapshot.entries[1].text.endswith("16:30 Polls close\n\n18:00 First figures")


def test_two_entries_in_one_minute_are_two() -> None:
    """Equal minutes stay apart."""
    snapshot = read(text_page(HEAD + "14:50 One.\n\n14:50 Two.\n\n14:49 Three.\n"))
    assert [entry.text for entry in snapshot.entries] == ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    "caption",
    [
        "Smoke over the port\nSmoke rises from a shedImage: agency/F. Otter",
        "Smoke over the port\nSmoke rises from a shed. Image: agency/F. Otter",
        "Smoke over the port\nSmoke over the port",
        "Smoke over the port\nIt was seen from afar.\nImage: agency",
        "Smoke over the port.\nSmoke rises from a shedFoto: agency/X",
        "Smoke over the port\n\nSmoke over the port at dawnImage: agency",
        "Image: agency",
        "Minister: Port will be rebuilt",
        "ab, cd/ef (AFP, dpa)",
        "Each evening our editors send out a selection. You can sign up to receive it here.",
    ],
)
def test_what_is_around_a_text_is_not_in_it(caption: str) -> None:
    """Captions, film titles, newsletter and agency lines are dropped; the report goes on."""
    body = f"14:50 The fire is out.\n\n{caption}\n\nNobody was hurt.\n\n14:20 It burns.\n"
    assert read(text_page(HEAD + body)).entries[0].text == "The fire is out.\n\nNobody was hurt."


def test_a_second_line_is_a_paragraph() -> None:
    """Lines without an empty line between them are paragraphs of one entry."""
    snapshot = read(
        text_page(HEAD + "14:50 The fire is out.\nIt burned for hours.\n\n14:20 Fire.\n")
    )
    assert snapshot.entries[0].text == "The fire is out.\n\nIt burned for hours."


def test_a_read_more_line_without_a_page_address() -> None:
    """A saved file has no address to offer, so the link has none."""
    body = HEAD + "14:50 The fire is out.\n\nRead more: How sheds burn\n\n14:20 It burns.\n"
    assert read(text_page(body, url="")).entries[0].links == (Link("How sheds burn", ""),)


@pytest.mark.parametrize(
    "entries",
    [
        "<p><b>14:50</b></p><h3>Fire is out</h3><p>Nobody was hurt.</p>"
        "<p><b>14:20</b></p><h3>Roof falls</h3><p>It is gone.</p>",
        "<h3>14:50 – Fire is out</h3><p>Nobody was hurt.</p>"
        "<h3>14:20 – Roof falls</h3><p>It is gone.</p>",
        "<h3>Fire is out – 14:50</h3><p>Nobody was hurt.</p>"
        "<h3>Roof falls – 14:20</h3><p>It is gone.</p>",
        "<h3>Fire is out</h3><time>14:50</time><p>Nobody was hurt.</p>"
        "<h3>Roof falls</h3><time>14:20</time><p>It is gone.</p>",
        "<p><b>14:50 Fire is out</b><br>Nobody was hurt.</p>"
        "<p><b>14:20 Roof falls</b><br>It is gone.</p>",
        "<p><b>14:50</b> <b>Fire is out:</b> Nobody was hurt.</p>"
        "<p><b>14:20</b> <b>Roof falls:</b> It is gone.</p>",
        "<ul><li><span class=time>14:50</span><h4>Fire is out</h4><p>Nobody was hurt.</p></li>"
        "<li><span class=time>14:20</span><h4>Roof falls</h4><p>It is gone.</p></li></ul>",
        "<p>+++ 14:50 Fire is out +++</p><p>Nobody was hurt.</p>"
        "<p>+++ 14:20 Roof falls +++</p><p>It is gone.</p>",
    ],
)  # fmt: skip
def test_headlines_wherever_they_stand(entries: str) -> None:
    """Before, beside or after the time: the headline is the title, the rest is the text."""
    snapshot = read(html_page(f"<h1>Port fire: live updates</h1><p>January 8, 2020</p>{entries}"))
    assert [(entry.title, entry.text) for entry in snapshot.entries] == [
        ("Fire is out", "Nobody was hurt."),
        ("Roof falls", "It is gone."),
    ]
    assert times(snapshot) == ["01-08 14:50", "01-08 14:20"]


def test_a_name_in_bold_is_no_headline() -> None:
    """A sentence that begins in bold stays a sentence."""
    body = "<h1>Fire: live updates</h1><p><b>14:50 The harbour master</b> has spoken to us.</p>"
    (entry,) = read(html_page(body)).entries
    assert (entry.title, entry.text) == ("", "The harbour master has spoken to us.")


@pytest.mark.parametrize(
    ("line", "url", "zone", "utc"),
    [
        ("All updates in Central European Time (CET)", "", "Europe/Berlin", "12:50"),
        ("All times GMT", "", "UTC", "14:50"),
        ("All times are BST", "", "Europe/London", "13:50"),
        ("All times are in Eastern Time", "", "America/New_York", "18:50"),
        ("Alle Zeitangaben in MESZ", "", "Europe/Berlin", "12:50"),
        ("Toutes les heures sont en heure de Paris", "", "Europe/Paris", "12:50"),
        ("All updates in Central European Time (CET/UTC+1)", "", "Europe/Berlin", "12:50"),
        ("All times in GMT (ET +5)", "", "UTC", "14:50"),
        ("All times are London local time", "", "Europe/London", "13:50"),
        ("All times UTC+3", "", "Etc/GMT-3", "11:50"),
        ("(all times local)", "https://news.example.fr/a", None, "12:50"),
        ("", "https://news.example.co.uk/a", None, "13:50"),
        ("", "", None, "14:50"),
    ],
)
def test_the_zone_of_the_page(line: str, url: str, zone: str | None, utc: str) -> None:
    """A zone that the page names is read as its summer clock in July; a guess is a warning."""
    body = f"Fire: Live updates\n\nJuly 8, 2020\n\n{line}\n\n14:50 Out.\n\n14:20 It burns.\n"
    snapshot = read(text_page(body, url or "https://news.example/a"))
    assert (snapshot.timezone, times(snapshot)[0]) == (zone, f"07-08 {utc}")
    assert bool(snapshot.warnings) is (zone is None)


def test_an_admins_zone_counts_where_the_page_names_none() -> None:
    """What is set for the source fills the gap; what the page says stands above it."""
    body = "Fire: Live updates\n\nJuly 8, 2020\n\n14:50 Out.\n\n14:20 It burns.\n"
    hints = Hints(timezone="Asia/Tokyo")
    snapshot = read(text_page(body), hints)
    assert (times(snapshot)[0], snapshot.warnings) == ("07-08 05:50", ())
    named = text_page(HEAD + "14:50 Out.\n\n14:20 It burns.\n")
    assert times(read(named, hints))[0] == "01-08 14:50"


def test_each_entry_may_name_its_own_zone() -> None:
    """ET in July is four hours behind, and GMT is GMT."""
    body = (
        "Storm: live updates\n\nJuly 9, 2023\n\n3:45 p.m. ET – Bridges are closed.\n\n"
        "1903 GMT – A ship has called for help.\n\n2:30 p.m. ET – The wind rises.\n"
    )
    assert times(read(text_page(body))) == ["07-09 19:45", "07-09 19:03", "07-09 18:30"]


def test_instants_in_the_markup_are_taken() -> None:
    """Where each time carries its instant there is nothing to guess."""
    body = (
        "<h1>Port live</h1><ul>"
        '<li><time datetime="2020-01-08T13:50:00Z">14:50</time><p>Out.</p></li>'
        '<li><time datetime="2020-01-07T23:20:00Z">00:20</time><p>It burns.</p></li></ul>'
    )
    assert times(read(html_page(body))) == ["01-08 13:50", "01-07 23:20"]


def test_anchors_are_addresses_and_stable_ones_ids() -> None:
    """An id on an entry's element is its anchor; one that is a mere position is no identity."""
    for name, stable in (("entry-{}", False), ("post-48811{}0", True)):
        rows = "".join(
            f'<div class="entry" id="{name.format(i)}"><p><b>14:5{i}</b> It burns.</p></div>'
            for i in (3, 2, 1)
        )
        entries = read(html_page(f"<h1>Fire: live updates</h1><div>{rows}</div>")).entries
        assert [entry.url for entry in entries] == [
            f"https://news.example/a#{name.format(i)}" for i in (3, 2, 1)
        ]
        assert [entry.id for entry in entries] == [
            name.format(i) if stable else None for i in (3, 2, 1)
        ]


@pytest.mark.parametrize(
    ("more", "complete"),
    [
        ("", True),
        ("<button>Load more</button>", False),
        ("<a href='?p=2'>Ältere Beiträge</a>", False),
        ("<a rel='next' href='?p=2'>2</a>", False),
        ("<p>Show more courage, she said.</p>", True),
    ],
)
def test_a_button_for_more_means_incomplete(more: str, complete: bool) -> None:
    """A page that offers further entries does not hold them all."""
    body = f"<h1>Fire: live updates</h1><p><b>14:50</b> Out.</p><p><b>14:20</b> It burns.</p>{more}"
    assert read(html_page(body)).complete is complete


def test_the_end_is_noticed_in_the_newest_entry_only() -> None:
    """Yesterday's farewell, quoted further down, ends nothing."""
    farewell = "This live blog is now closed."
    assert read(text_page(f"{HEAD}14:50 {farewell}\n\n14:20 It burns.\n")).ended
    old = f"{HEAD}14:50 Out.\n\n14:40 Smoke.\n\n14:20 It burns.\n\n14:10 {farewell}\n"
    assert not read(text_page(old)).ended


def test_reading_a_page_without_entries_says_so() -> None:
    """A page that lost its entries is named in words."""
    with pytest.raises(NoLiveBlogError, match="No paragraph of the page starts with a clock time"):
        ADAPTER.read(text_page("Nothing here.\n"), Hints())


def test_other_media_types_are_not_read() -> None:
    """JSON with times in it is not for this adapter."""
    source = page('{"a": "14:50 x"}', content_type="application/json")
    assert ADAPTER.recognises(source).confidence == 0.0
    with pytest.raises(NoLiveBlogError):
        ADAPTER.read(source, Hints())


def test_what_was_said_is_no_caption() -> None:
    """A quotation right above a caption belongs to the report."""
    said = '14:50 It is out.\n\n"We are safe," she said.'
    body = f"{said}\nThe shed at nightImage: agency\n\n14:20 Fire.\n"
    assert f"14:50 {read(text_page(HEAD + body)).entries[0].text}" == said


def test_the_zone_beside_the_date_is_a_guess() -> None:
    """A page stamped "5:00PM GMT" most likely writes its entries by that clock; it is said so."""
    body = (
        "<p>Wednesday 8 July 2020</p><h1>Fire: live updates</h1><p>5:00PM BST 8 July 2020</p>"
        "<p><b>17.00</b> It is out.</p><p><b>16.20</b> It burns.</p>"
    )
    snapshot = read(html_page(body))
    assert (times(snapshot)[0], snapshot.timezone) == ("07-08 16:00", None)
    assert "Europe/London (the zone beside the page's date)" in snapshot.warnings[0]
