"""bot.delivery.render: Telegram's limits are kept whatever an entry holds."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.delivery.pieces import AlertContext
from bot.delivery.render import render_alert, render_list
from bot.delivery.split import is_boundary, shorten, split
from bot.delivery.utf16 import utf16_length
from bot.model import Media
from bot.outgoing import Outgoing
from bot.sandbox.entities import formatted
from tests.delivery.test_render import CONTEXT, entry, words

MARKER = re.compile(r"\n\n\((\d+)/(\d+)\)\Z")

TAGS = (
    *("p", "strong", "em", "u", "s", "code", "pre", "br", "ul", "ol", "li", "blockquote"),
    *("a", "div", "script", "style", "table", "svg", "plaintext"),
)
PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(TAGS).map("<{}>".format),
    st.sampled_from(TAGS).map("</{}>".format),
    st.sampled_from(
        [
            '<a href="https://a.example/x">',
            "<a href='http://b.example/" + "y" * 900 + "'>",
            '<a href="javascript:x">',
            "<![CDATA[",
            "<!--",
            "<!",
            "<?",
            "<",
            "&#x110000;",
            "&#" + "9" * 5000 + ";",
            "&amp",
            '<a href="',
            "👩\u200d👩\u200d👧",
            "🇩🇪🇫🇷",
            "e\u0301\u0302",
            "\ud83d",
            "\u202e",
            "\u2067",
            "\r\n",
            "\x00",
            "عربي",
            "क्षि",
        ]
    ),
    st.sampled_from(
        ["word ", "Sentence. ", "x" * 700, "<p>para</p>", "<strong>a</strong>b"]
    ).flatmap(lambda piece: st.integers(1, 200).map(lambda n: piece * n)),
)
MARKUP = st.lists(PIECES, max_size=25).map("".join)
TOPICS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=30)), max_size=5).map(tuple)

TOPICS_SAID = "Topics: Weather, Power & water"


def check(parts: tuple[Outgoing, ...]) -> None:
    """Every limit holds, and Telegram's own cleaning finds nothing to change."""
    assert 1 <= len(parts) <= 10
    for number, part in enumerate(parts, 1):
        limit = 1024 if part.photo_url else 4096
        assert utf16_length(part.text) <= limit
        assert part.text == part.text.strip()
        assert len(part.entities) <= 100
        assert sum(len((e.url or "").encode()) for e in part.entities) < 9000
        assert [e.offset for e in part.entities] == sorted(e.offset for e in part.entities)
        given_ = [
            {k: getattr(e, k) for k in ("type", "offset", "length", "url", "unix_time")}
            | {"date_time_format": e.date_time_format}
            for e in part.entities
        ]
        text, kept = formatted(part.text, "", given_, empty=False)
        assert text == part.text
        stayed = {(e["type"], e["offset"], e["length"]) for e in kept}
        assert {(e.type, e.offset, e.length) for e in part.entities} <= stayed
        if len(parts) > 1:
            found = MARKER.search(part.text)
            assert found is not None
            assert (int(found[1]), int(found[2])) == (number, len(parts))


@settings(max_examples=60, deadline=None)
@given(MARKUP, st.text(max_size=200), st.text(max_size=50), TOPICS, st.booleans(), st.booleans())
@example("<strong>" * 10_000 + "deep", "", "", (), False, False)
@example("<ul><li><blockquote>" * 4_000 + "deep", "", "", (), True, False)
@example("<strong>a<em>b</strong>c</em><u>d" * 500, "", "", (), True, False)
@example("<blockquote>a<pre>b</pre>c</blockquote>" * 60, "", "", (), True, True)
@example('<a href="https://a.example/' + "y" * 1900 + '">z</a> ' * 20, "", "", (), False, True)
def test_any_entry_fits(
    html: str, text: str, title: str, topics: tuple[tuple[str, str], ...], gone: bool, photo: bool
) -> None:
    """No markup, no text and no title breaks a limit, a pair, an order or a nesting."""
    media = (Media("photo", "https://i.example/p.jpg", text),) if photo else ()
    item = entry(html=html, text=text, title=title, withdrawn=gone, media=media, url=title)
    context = AlertContext(title, topics)
    for style in ("full", "compact", "plain"):
        check(render_alert(item, context, style=style, menu=True))
        check(render_alert(item, context, style=style, picture="always", language="ar"))
    for part in render_list([item] * 7, {1: context}, heading=title):
        check((part,))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abcdé中🌊.!? \n", min_size=1, max_size=60), max_size=700))
def test_no_word_is_lost_between_parts(pieces: list[str]) -> None:
    """Without a link all words of a long text stand in their order over the parts, none cut."""
    text = " ".join(pieces)
    parts = render_alert(entry(html="", text=text, url=""), AlertContext("S"))
    bodies = [MARKER.sub("", part.text) for part in parts]
    bodies[0] = bodies[0].partition("\n\n")[2]
    expected = text.split() or ["(no", "text)"]
    assert [word for body in bodies for word in body.split()] == expected


def test_long_entries_part_between_paragraphs() -> None:
    """Where paragraphs end near the limit, parts end there."""
    paragraphs = [f"{n}. " + "word " * 250 for n in range(9)]
    markup = "".join(f"<p>{p}</p>" for p in paragraphs)
    parts = render_alert(entry(html=markup, url=""), CONTEXT, menu=True)
    assert len(parts) == 3
    for part in parts[:-1]:
        assert MARKER.sub("", part.text).endswith("word")
        assert re.search(r"\n\n\d\. [word ]+\Z", MARKER.sub("", part.text))
    assert parts[0].menu is None
    assert parts[-1].menu is not None


def test_entities_go_on_in_the_next_part() -> None:
    """A quotation and a link over a cut are a quotation and a link in both parts."""
    html = f'<blockquote><a href="https://a.example/">{"word " * 1500}</a></blockquote>'
    first, second = render_alert(entry(html=html, url=""), AlertContext("S"), style="plain")
    for part in (first, second):
        assert len(words(part, "blockquote")) == 1
        assert len(words(part, "text_link")) == 1
    joined = words(first, "text_link")[0] + " " + words(second, "text_link")[0]
    assert joined.split() == ["word"] * 1500


def test_an_endless_entry_is_cut_with_a_way_to_the_rest() -> None:
    """What does not fit into one message is reached by a link; without one it ends after ten."""
    for style in ("full", "plain"):
        (out,) = render_alert(entry(html=f"<p>{'word ' * 30_000}</p>"), CONTEXT, style=style)
        check((out,))
        assert 3_900 < utf16_length(out.text) <= 4_096
        assert words(out, "text_link") == ["Continue reading"]
        assert out.text.splitlines()[-1] == (
            "#weather #power_water" if style == "full" else TOPICS_SAID
        )
    for_no_link = render_alert(entry(html=f"<p>{'word ' * 30_000}</p>", url=""), CONTEXT)
    check(for_no_link)
    assert for_no_link[-1].text.endswith("word …\n\n(10/10)")


def test_the_designs_own_entities_survive_a_flood_of_others() -> None:
    """Header and time keep their marks in a text with thousands of formats."""
    out = render_alert(entry(html="<p>" + "<strong>a</strong>b" * 1000 + "</p>"), CONTEXT)[0]
    assert words(out, "date_time") == ["14:50"]
    assert words(out, "bold")[0] == "Harbour Gazette"


@pytest.mark.parametrize(
    "cluster",
    [
        "👩\u200d👩\u200d👧\u200d👦",
        "🇩🇪",
        "👍🏽",
        "❤\ufe0f",
        "e\u0301\u0323",
        "1\ufe0f\u20e3",
        "각",
        "क्षि",
    ],
    ids=["family", "flag", "skin", "heart", "accents", "keycap", "hangul", "devanagari"],
)
@pytest.mark.parametrize("lead", range(3))
def test_a_cut_never_breaks_what_is_seen_as_one(cluster: str, lead: int) -> None:
    """A wordless run of emoji, flags or syllables is cut between them."""
    text = "x" * lead + cluster * 2000
    for start, end in split(text, 999):
        assert (start - lead) % len(cluster) == 0 or start == 0
        assert (end - lead) % len(cluster) == 0


@given(st.text(max_size=300), st.integers(4, 60))
def test_split_is_complete(text: str, limit: int) -> None:
    """Stretches rise, fit, and leave out nothing but white space."""
    ranges = split(text, limit)
    assert all(0 < utf16_length(text[a:b]) <= limit for a, b in ranges)
    assert "".join("".join(text[a:b].split()) for a, b in ranges) == "".join(text.split())
    assert ranges == sorted(ranges)


@given(st.text("ab. 👩\u200d🇩🇪\u0301", max_size=200), st.integers(8, 60))
@example("\u200d🇩🇩\u200d🇩a", 8)  # joined into one character that does not fit
def test_shorten_fits(text: str, limit: int) -> None:
    """A shortened text fits, begins like the text, and cuts no character that would fit whole."""
    short = shorten(text, limit)
    cut = len(short.removesuffix("…"))
    assert utf16_length(short) <= limit
    assert text.startswith(short.removesuffix("…"))
    if short != text and not is_boundary(text, cut):
        assert not any(is_boundary(text, place) for place in range(1, cut))


def test_shorten_prefers_sentences() -> None:
    """A cut falls after a sentence where one ends in time, else after a word."""
    assert shorten("One two three. Four five six seven", 24) == "One two three."
    assert shorten("One two three four five", 16) == "One two three…"
    assert shorten("Short", 16) == "Short"


@pytest.mark.parametrize(
    "html",
    [
        "<!" * 100_000,
        "<!--" * 50_000,
        "<a " * 70_000,
        '<a b="' * 35_000 + ">",
        "&#" * 100_000,
        "<strong>" * 25_000 + "x",
        "&#" + "9" * 200_000 + ";",
        "<em>a</em>b<u>c" * 13_000,
        "🇩" * 200_000,
        "👩\u200d" * 100_000,
        "</" * 100_000,
        " " * 200_000,
        "<br>" * 50_000,
        "e" + "\u0301" * 200_000,
    ],
    ids=lambda html: html[:6],
)
def test_hostile_markup_costs_little(html: str) -> None:
    """No input makes rendering slow: the time stays proportional to the size."""
    begun = time.process_time()
    check(render_alert(entry(html=html), CONTEXT))
    assert time.process_time() - begun < 3.0


def test_list_is_one_message_for_twenty_entries() -> None:
    """Twenty long entries are listed in one message, each with time, words and link."""
    items = [
        replace(entry(html="<p>" + "One sentence here. " * 60 + "</p>"), id=n) for n in range(20)
    ]
    (out,) = render_list(items, dict.fromkeys(range(20), CONTEXT), heading="The latest")
    check((out,))
    assert words(out, "date_time") == ["14:50"] * 20
    links = words(out, "text_link")
    assert len(links) == 20
    assert all(link.endswith("here.") for link in links)
    assert words(out, "bold") == ["The latest"]


def test_list_shows_titles_days_sources_and_withdrawals() -> None:
    """A list names the source where there are several, the day where it differs, and marks."""
    first = entry(title="Barrier shut", key_event=True)
    second = entry(html="<p>Gone now.</p>", withdrawn=True)
    assert second.published_at is not None
    second = replace(second, id=2, published_at=second.published_at.replace(day=7))
    contexts = {1: CONTEXT, 2: AlertContext("Other")}
    (out,) = render_list([first, second], contexts, heading="Latest", timezone="Europe/Berlin")
    assert out.text == (
        "Latest\n\n🌊 15:50 · Harbour Gazette ❗\nBarrier shut\n\n📰 7 Jan 15:50 · Other\nGone now."
    )
    assert words(out, "strikethrough") == ["Gone now."]
    assert words(out, "text_link") == ["Barrier shut", "Gone now."]


def test_list_without_entries_is_its_heading() -> None:
    """An empty list is still a message that can be sent."""
    assert [out.text for out in render_list([], {}, heading="Latest")] == ["Latest"]
    assert [out.text for out in render_list([], {}, heading="")] == ["(no text)"]


def test_list_goes_on_in_a_second_message() -> None:
    """What one message cannot hold goes into the next, whole entry by whole entry."""
    items = [replace(entry(html="<p>" + "word " * 100 + "</p>"), id=n) for n in range(60)]
    parts = render_list(items, {}, heading="Latest")
    assert 2 <= len(parts) <= 3
    assert sum(len(words(part, "text_link")) for part in parts) == 60
    for part in parts:
        check((part,))
