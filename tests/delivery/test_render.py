"""bot.delivery.render: what a chat reads of one entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.delivery.pieces import AlertContext
from bot.delivery.render import plain, render_alert
from bot.model import Entry, Media
from bot.outgoing import Button, Outgoing

CONTEXT = AlertContext("Harbour Gazette", (("🌊", "Weather"), ("🚋", "Power & water")))
PAGE = "https://news.example.org/live#e1"


def entry(**changes: object) -> Entry:
    """An entry of 14:50 UTC."""
    base = Entry(
        id=1,
        source_id=1,
        identity="e1",
        revision=1,
        withdrawn=False,
        published_at=datetime(2026, 1, 8, 14, 50, tzinfo=UTC),
        updated_at=None,
        first_seen_at=datetime(2026, 1, 8, 14, 51, tzinfo=UTC),
        revised_at=None,
        title="",
        text="The barrier is shut.",
        html="<p>The barrier is shut.</p>",
        url=PAGE,
        author="",
        key_event=False,
        pinned=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # names of Entry's own fields


def words(out: Outgoing, type_: str) -> list[str]:
    """The words under each entity of a type, as Telegram would mark them."""
    raw = out.text.encode("utf-16-le")
    return [
        raw[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le")
        for e in out.entities
        if e.type == type_
    ]


def one(item: Entry, context: AlertContext = CONTEXT, **options: str) -> Outgoing:
    """The only message of an entry."""
    (out,) = render_alert(item, context, **options)  # type: ignore[arg-type]
    return out


def test_design() -> None:
    """An alert is source and time, key event, title, text, topics, and a button to the anchor."""
    out = one(entry(title="Barrier shut early", key_event=True), timezone="Europe/Berlin")
    assert out.text == (
        "🌊 Harbour Gazette · 15:50\n❗ KEY EVENT\n\nBarrier shut early\n\n"
        "The barrier is shut.\n\n#weather #power_water"
    )
    assert words(out, "bold") == ["Harbour Gazette", "KEY EVENT", "Barrier shut early"]
    assert out.button == Button("Open", PAGE)
    assert out.preview_url is None
    assert out.photo_url is None


def test_time_is_shown_in_each_readers_zone() -> None:
    """The time is an entity with the instant; its words are the chat's local time."""
    out = one(entry(), timezone="Asia/Kathmandu")
    (stamp,) = [e for e in out.entities if e.type == "date_time"]
    assert words(out, "date_time") == ["20:35"]
    assert stamp.unix_time == int(datetime(2026, 1, 8, 14, 50, tzinfo=UTC).timestamp())
    assert stamp.date_time_format == "t"


def test_an_unknown_zone_is_utc() -> None:
    """A zone that does not exist does not stop an alert."""
    for zone in ("Nowhere/Town", "", "../../etc/passwd", "America"):
        assert words(one(entry(), timezone=zone), "date_time") == ["14:50"]


def test_without_a_publication_time_the_first_sight_is_shown() -> None:
    """An entry without a time of its own carries the time it was noticed."""
    assert words(one(entry(published_at=None)), "date_time") == ["14:51"]


def test_updated() -> None:
    """A corrected entry says when, with the day where it is another day."""
    later = datetime(2026, 1, 8, 16, 41, tzinfo=UTC)
    out = one(entry(revision=2, revised_at=later))
    assert "\n\nupdated 16:41\n#weather" in out.text
    assert words(out, "italic") == ["updated 16:41"]
    next_day = one(entry(revision=2, revised_at=later.replace(day=9)))
    assert "updated 9 Jan 16:41" in next_day.text
    assert next_day.entities[-1].date_time_format == "dt"
    assert "updated" not in one(entry(revised_at=later)).text


def test_withdrawn() -> None:
    """A withdrawn entry stands struck through under a line that says so."""
    later = datetime(2026, 1, 8, 16, 41, tzinfo=UTC)
    item = entry(
        title="Ferry sinks",
        html="<p>All <code>9</code> <s>lost</s></p><pre>a</pre>",
        withdrawn=True,
        revision=2,
        revised_at=later,
    )
    out = one(item)
    assert "Withdrawn by the newsroom 16:41" in words(out, "italic")[0]
    assert words(out, "strikethrough") == ["Ferry sinks", "All 9 lost\n\na"]
    assert not words(out, "code")
    assert "updated" not in out.text


def test_formats_of_the_page_are_kept() -> None:
    """What canonical markup can say becomes entities, lists and paragraphs."""
    html = (
        "<p>A <strong>b <em>c</em></strong> <u>d</u> <s>e</s> <code>f</code> "
        '<a href="https://a.example/x?y=1&amp;z=2">g <strong>h</strong></a></p>'
        "<blockquote><p>i</p><p>j</p></blockquote><ul><li>k</li><li>l<br>m</li></ul>"
        "<ol><li>n</li><li>o</li></ol><pre>p\n  q</pre><p>r &lt;b&gt; &amp;amp;</p>"
    )
    out = one(entry(html=html), AlertContext("S"))
    body = out.text.split("\n\n", 1)[1]
    assert body == (
        "A b c d e f g h\n\ni\n\nj\n\n• k\n• l\nm\n\n1. n\n2. o\n\np\n  q\n\nr <b> &amp;"
    )
    assert words(out, "bold") == ["S", "b c", "h"]
    assert words(out, "italic") == ["c"]
    assert words(out, "underline") == ["d"]
    assert words(out, "strikethrough") == ["e"]
    assert words(out, "code") == ["f"]
    assert words(out, "text_link") == ["g h"]
    assert words(out, "blockquote") == ["i\n\nj"]
    assert words(out, "pre") == ["p\n  q"]
    (link,) = [e for e in out.entities if e.type == "text_link"]
    assert link.url == "https://a.example/x?y=1&z=2"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "tg://user?id=1",
        "http://localhost/x",
        "//a.example/x",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://a..example/",
        "https://[::1/",
        "https://exa mple.org/",
        "https:///x",
        "https://a.example/" + "x" * 3000,
        "data:text/html,x",
        "",
    ],
)
def test_links_telegram_refuses_are_only_words(href: str) -> None:
    """An address Telegram would refuse is neither a link nor a button; its words stay."""
    out = one(entry(html=f'<p>See <a href="{href}">this</a>.</p>', url=href))
    assert "See this." in out.text
    assert not words(out, "text_link")
    assert out.button is None


@pytest.mark.parametrize(
    "href", ["http://127.0.0.1:8090/live#a", "https://[2001:db8::1]/", "https://bücher.example/"]
)
def test_addresses_and_international_hosts_are_links(href: str) -> None:
    """An IP address, or a host of any script with a dot, can be linked."""
    out = one(entry(html=f'<p><a href="{href}">x</a></p>', url=href))
    assert words(out, "text_link") == ["x"]
    assert out.button == Button("Open", href)


def test_unknown_markup_is_its_words() -> None:
    """Tags that canonical markup does not have carry no meaning, only their words."""
    html = "<div onclick=x>One <script>two</script> <tg-spoiler>three</tg-spoiler></div><img src=x>"
    out = one(entry(html=html), AlertContext("S"))
    assert out.text.endswith("\n\nOne two three")
    assert [e.type for e in out.entities] == ["bold", "date_time"]


def test_text_stands_in_for_missing_markup() -> None:
    """Without markup the plain text is shown, paragraph by paragraph."""
    for html in ("", "<p> </p>", "<p>\u200b\u2060</p>"):
        assert "\n\nOne\nline.\n\nTwo." in one(entry(html=html, text="One\nline.\n\n\nTwo.\n")).text


def test_never_without_words() -> None:
    """An entry without any words shows its picture's caption, where it leads, or says so."""
    empty = entry(html="", text=" \u200b\n")
    assert words(one(empty), "text_link") == ["(no text)"]
    assert "\n\n(no text)" in one(replace(empty, url="")).text
    photo = Media("photo", "https://i.example/p.jpg", "The lighthouse at dusk")
    assert "The lighthouse at dusk" in one(replace(empty, media=(photo,))).text
    film = Media("video", "https://v.example/clip")
    assert words(one(replace(empty, media=(film,))), "text_link") == ["https://v.example/clip"]
    assert one(entry(title="Only a title", html="", text="")).text.count("Only a title") == 1


def test_a_title_is_not_said_twice() -> None:
    """A body that begins with the title as its own paragraph shows it once."""
    out = one(entry(title="Barrier shut", html="<p>Barrier shut</p><p>More.</p>"))
    assert out.text.count("Barrier shut") == 1


def test_photo_with_a_short_text_and_preview_with_a_long_one() -> None:
    """A picture carries the alert as its caption up to 1,024 units, else it is a preview."""
    media = (Media("embed", "https://x.example/"), Media("photo", "https://i.example/p.jpg"))
    short = one(entry(media=media))
    assert short.photo_url == "https://i.example/p.jpg"
    assert short.preview_url is None
    long = one(entry(media=media, html=f"<p>{'word ' * 250}</p>"))
    assert long.photo_url is None
    assert long.preview_url == "https://i.example/p.jpg"
    edge = len(one(entry(html="<p>x</p>")).text.encode("utf-16-le")) // 2 - 1
    assert one(entry(media=media, html=f"<p>{'x' * (1024 - edge)}</p>")).photo_url
    assert not one(entry(media=media, html=f"<p>{'x' * (1025 - edge)}</p>")).photo_url


def test_the_picture_of_a_sent_message_can_be_kept() -> None:
    """For edits: a photo stays a photo with its text cut to a caption; a text stays a text."""
    media = (Media("photo", "https://i.example/p.jpg"),)
    long = entry(media=media, html=f"<p>{'word ' * 2000}</p>")
    kept = one(long, picture="always")
    assert kept.photo_url == "https://i.example/p.jpg"
    assert len(kept.text.encode("utf-16-le")) // 2 <= 1024
    assert words(kept, "text_link") == ["Continue reading"]
    assert not words(kept, "expandable_blockquote")
    assert one(entry(media=media), picture="never").photo_url is None


def test_unusable_pictures_are_left_out() -> None:
    """A picture Telegram could never fetch is not tried."""
    out = one(entry(media=(Media("photo", "file:///etc/passwd"),)))
    assert out.photo_url is None
    assert out.preview_url is None


def test_right_to_left_names_leave_the_header_readable() -> None:
    """A right-to-left source name is isolated; direction controls of a page are removed."""
    out = one(entry(html="<p>a\u202eb\u2066c\u2069 \x00\x07d\ud800</p>"), AlertContext("جريدة"))
    assert out.text.startswith("📰 \u2068جريدة\u2069 · ")
    assert out.text.endswith("\n\nabc d")
    assert "\u2068" not in one(entry()).text


def test_the_first_topics_emoji_leads() -> None:
    """The first topic gives the emoji; without a usable one a neutral sign stands there."""
    assert one(entry(), AlertContext("S", (("🔥", "Fire"),))).text.startswith("🔥 S · ")
    assert one(entry(), AlertContext("S", (("", "Fire"),))).text.startswith("📰 S · ")
    assert one(entry(), AlertContext("S")).text.startswith("📰 S · ")


def test_hashtags() -> None:
    """At most three topics are named, as tags that can be tapped."""
    names = ("Weather", "Power & water", "2026", "Élections", "Sport")
    out = one(entry(), AlertContext("S", tuple(("x", name) for name in names)))
    assert out.text.endswith("\n\n#weather #power_water #élections")


def test_a_huge_source_name_is_shortened() -> None:
    """An absurd source name takes no more than a line."""
    out = one(entry(), AlertContext("Very long name " * 400))
    assert len(out.text.split("\n")[0]) < 120


def test_plain() -> None:
    """The plain form keeps the words and the silence, and nothing that could be refused."""
    out = replace(one(entry(media=(Media("photo", "https://i.example/p.jpg"),))), silent=True)
    assert plain(out) == Outgoing(out.text, silent=True)


def test_instants_beyond_any_clock() -> None:
    """The first and last instants there are do not stop an alert."""
    for instant in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        for zone in ("Asia/Tokyo", "America/New_York"):
            out = one(entry(published_at=instant), timezone=zone)
            assert "barrier" in out.text
            assert not words(out, "date_time")
