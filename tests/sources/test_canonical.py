"""Publishers' markup becomes canonical markup, plain text, links and media."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bot.model import Link, Media
from bot.sources.canonical import MAX_CHARACTERS, escape, plain, read_body, read_text

BASE = "https://harbour.example/live/storm"

CASES = [
    ("words only", "The ferry is late.", "<p>The ferry is late.</p>", "The ferry is late."),
    ("two paragraphs", "<p>One.</p><p>Two.</p>", "<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
    ("folded space", "<p> a\n\t b&nbsp;c </p>", "<p>a b c</p>", "a b c"),
    ("escaped", "5 &lt; 6 &amp; 7", "<p>5 &lt; 6 &amp; 7</p>", "5 < 6 & 7"),
    ("double break", "a<br><br>b<br>c", "<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
    ("heading", "<h2>Tide</h2>High.", "<p><strong>Tide</strong></p><p>High.</p>", "Tide\n\nHigh."),
    (
        "marks in one order, spaces outside",
        "<em><b>high </b></em>tide <strike>no</strike>",
        "<p><strong><em>high</em></strong> tide <s>no</s></p>",
        "high tide no",
    ),
    (
        "list",
        "<ul><li>one<li><p>two</p><p>three</p></ul>",
        "<ul><li>one</li><li>two<br>three</li></ul>",
        "• one\n• two\nthree",
    ),
    ("numbers", "<ol><li>a<li>b</ol>", "<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
    (
        "nested list, flat",
        "<ul><li>a<ul><li>b</ul></ul>",
        "<ul><li>a</li><li>b</li></ul>",
        "• a\n• b",
    ),
    (
        "quote",
        "<blockquote>We wait.<p>All of us.</p></blockquote>Then",
        "<blockquote><p>We wait.</p><p>All of us.</p></blockquote><p>Then</p>",
        "We wait.\n\nAll of us.\n\nThen",
    ),
    ("q", "<q>Wait</q>", "<p>“Wait”</p>", "“Wait”"),
    ("table", "<table><tr><td>a<td>b</table>", "<p>a | b</p>", "a | b"),
    ("code", "<pre>\n  x &lt; y\n  z\n</pre>", "<pre>  x &lt; y\n  z</pre>", "  x < y\n  z"),
    (
        "relative link",
        'See <a href="/map?a=1&amp;b=2">the map</a>.',
        '<p>See <a href="https://harbour.example/map?a=1&amp;b=2">the map</a>.</p>',
        "See the map.",
    ),
    ("script link", '<a href=" java\nscript:x()">x</a>', "<p>x</p>", "x"),
    ("mail link", '<a href="mailto:x@y.example">mail</a>', "<p>mail</p>", "mail"),
    ("script", "a<script>b()</script><style>c{}</style><!-- d -->", "<p>a</p>", "a"),
    ("form", "a<form><input value=x>b</form><button>c</button>", "<p>a</p>", "a"),
    ("share bar", '<p>a</p><div class="social-share x">Share this</div>', "<p>a</p>", "a"),
    ("hidden", '<p>a <span class="visually-hidden">b</span></p>', "<p>a</p>", "a"),
    ("nothing to see", "<p>&nbsp;</p><p>\u200b\u200d</p>", "", ""),
    ("override characters", "<p>a\u202eb\u0000\u200bc\ufeff</p>", "<p>abc</p>", "abc"),
    ("joined emoji", "👩\u200d🚒", "<p>👩\u200d🚒</p>", "👩\u200d🚒"),
    ("lone surrogate", "<p>a\ud83d b</p>", "<p>a b</p>", "a b"),
]


@pytest.mark.parametrize(
    ("markup", "html", "text"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_markup(markup: str, html: str, text: str) -> None:
    """Each construct has one canonical spelling and one plain one."""
    body = read_body(markup, BASE)
    assert (body.html, body.text) == (html, text)


def test_figure() -> None:
    """A picture takes its best address and its caption without the credit; neither is text."""
    body = read_body(
        '<p>a</p><figure><img src="data:image/gif;base64,R0" data-srcset="/s.jpg 300w, '
        '/m.jpg 1200w, /l.jpg 4000w">'
        '<figcaption>The pier <span class="photo-credit">Agency</span></figcaption>'
        "</figure>",
        BASE,
    )
    assert body.text == "a"
    assert body.media == (Media("photo", "https://harbour.example/m.jpg", "The pier"),)


def test_picture_sources() -> None:
    """Where the img has only a placeholder, the picture's sources are used; counters are not."""
    body = read_body(
        '<picture><source srcset="/a.jpg 1x, /b.jpg 2x"><img src="/img/placeholder.gif"></picture>'
        '<img src="/count.gif" width="1" height="1">',
        BASE,
    )
    assert body.media == (Media("photo", "https://harbour.example/b.jpg"),)


def test_quoted_post() -> None:
    """A post of a social network stays readable as a quotation and is an embed as well."""
    body = read_body(
        '<blockquote class="twitter-tweet"><p>Pier closed <a href="https://t.example/p">pic</a></p>'
        '&mdash; Harbour office (@harbour) <a href="https://twitter.com/harbour/status/1">May 1</a>'
        '</blockquote><script async src="//platform.twitter.com/widgets.js"></script>',
        BASE,
    )
    assert body.text == "Pier closed pic\n\n— Harbour office (@harbour) May 1"
    assert body.html.startswith("<blockquote><p>Pier closed ")
    assert body.media == (Media("embed", "https://twitter.com/harbour/status/1"),)


def test_films() -> None:
    """Films and frames become media, and leave no text."""
    body = read_body(
        '<video><source src="/v.mp4">no video here</video><iframe src="//v.example/1"></iframe>',
        BASE,
    )
    assert body.text == ""
    assert body.media == (
        Media("video", "https://harbour.example/v.mp4"),
        Media("embed", "https://v.example/1"),
    )


def test_links_are_listed_once() -> None:
    """Links are listed in order, each once, and pictures that link are none."""
    body = read_body(
        '<a href="/a">One</a>, <a href="/a">One</a> <a href="/b"><img src="/i.jpg"></a>', BASE
    )
    assert body.links == (Link("One", "https://harbour.example/a"),)


def test_nodes_of_a_page() -> None:
    """A node of a page, or several, read as the markup they came from; siblings stay out."""
    page = LexborHTMLParser("<div><p>a</p><p>b</p><ul><li>c</ul><p>d</div>")
    nodes = page.css("p, ul")
    assert read_body(nodes[1], BASE).text == "b"
    assert read_body(nodes[:3], BASE).text == "a\n\nb\n\n• c"


def test_plain_text() -> None:
    """Plain text is parted at blank lines and after sentences, not where a line was wrapped."""
    body = read_text("The UK\ngovernment waits.\nSo do <we>.\n\nThen")
    assert body.text == "The UK government waits.\n\nSo do <we>.\n\nThen"
    assert body.html == "<p>The UK government waits.</p><p>So do &lt;we&gt;.</p><p>Then</p>"


def test_plain_and_escape() -> None:
    """A title is one clean line; escaping leaves quotes alone."""
    assert plain(" a\u00a0b\n\u202ec\x07 ") == "a b c"
    assert escape("<a> & 'b'") == "&lt;a&gt; &amp; 'b'"


@pytest.mark.parametrize(
    "tag", ["div", "b", "blockquote", "ul><li", "table><tr><td", "span", "p><i"]
)
def test_deep_markup(tag: str) -> None:
    """Markup 10,000 deep is read or left out within a second, and never fails."""
    started = time.perf_counter()
    read_body(f"<{tag}>x" * 10_000, BASE)
    assert time.perf_counter() - started < 1.0


def test_long_body() -> None:
    """A body of megabytes is cut."""
    body = read_body("<p>" + "word " * 1_000_000, BASE)
    assert len(body.text) <= MAX_CHARACTERS
    assert len(read_text("word " * 1_000_000).text) <= MAX_CHARACTERS


TAGS = [
    *["p", "b", "strong", "i", "em", "u", "s", "del", "code", "pre", "br", "ul", "ol", "li"],
    *["blockquote", "h2", "h3", "div", "span", "a", "img", "table", "tr", "td", "figure", "aside"],
    *["figcaption", "script", "q", "hr", "video", "iframe", "custom-tag"],
]
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        [
            *['<a href="/x">', '<a href="javascript:alert(1)">', '<a href="data:text/html,x">'],
            *['<a href="https://e.example/?a=1&b=2">', '<a href="//e.example/ü x">'],
            *[
                "<a href='https://[bad'>",
                '<img src="/i.jpg">',
                '<blockquote class="twitter-tweet">',
            ],
            *[
                '<p class="wp-caption-text">',
                "<!-- x -->",
                "•",
                "\n",
                " ",
                "\n\n",
                "\u200d",
                "\u00a0",
            ],
            *["&amp;", "&lt;b&gt;", "&nbsp;"],
        ]
    ),
    st.text(max_size=8),
)
ALLOWED = re.compile(
    r'</?(?:p|ul|ol|li|blockquote|pre|strong|em|u|s|code)>|<br>|</a>|<a href="https?://[^"<>]+">'
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_canonical_is_stable(markup: str) -> None:
    """Only allowed tags and web links come out, and reading them again changes nothing."""
    body = read_body(markup, BASE)
    assert "<" not in ALLOWED.sub("", body.html)
    assert ">" not in ALLOWED.sub("", body.html)
    again = read_body(body.html, "https://elsewhere.example/")
    assert (again.html, again.text, again.links) == (body.html, body.text, body.links)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_never_raises(text: str) -> None:
    """Any text can be read as markup, as text and as a title, and what comes out can be encoded."""
    for out in (
        read_body(text, BASE).html,
        read_body(text, text).text,
        read_text(text).text,
        plain(text),
    ):
        out.encode()


@pytest.mark.parametrize(
    ("fragment", "address"),
    [
        ('<div class="fb-post" data-href="https://www.facebook.com/quay/posts/9"></div>',
         "https://www.facebook.com/quay/posts/9"),
        ('<script async data-telegram-post="quay/77"></script>', "https://t.me/quay/77"),
        ('<amp-twitter data-tweetid="176"></amp-twitter>', "https://twitter.com/i/status/176"),
        ('<lite-youtube videoid="abc"></lite-youtube>', "https://www.youtube.com/watch?v=abc"),
    ],
)  # fmt: skip
def test_posts_that_a_script_would_show(fragment: str, address: str) -> None:
    """What a script puts on the page later is known by the address its tag carries."""
    body = read_body(f"<p>Seen.</p>{fragment}", "https://news.example/a")
    assert [(one.kind, one.url) for one in body.media] == [("embed", address)]
    assert body.text == "Seen."


@pytest.mark.parametrize(
    "around",
    [
        "<p>Updated at 14:52</p>", "<p>Mis à jour à 14h52</p>", "<p>Aktualisiert: 14.52 Uhr</p>",
        "<p>12 comments</p>", "<p>Advertisement</p>",
        "<div class='related'><a href='/b'>B</a></div>",
        "<div class='ad-slot'><p>Ropes</p></div>", "<p>View this post on Instagram</p>",
        "<p>Read more: <a href='/b'>Why did it fall?</a></p>",
    ],
)  # fmt: skip
def test_labels_of_an_entry_are_not_its_text(around: str) -> None:
    """When it was updated, its comments, boxes and "Read more" are none of a reader's text."""
    for fragment in (f"{around}<p>The crane fell.</p>", f"<p>The crane fell.</p>{around}"):
        body = read_body(fragment, "https://news.example/a")
        assert body.text == "The crane fell."


@pytest.mark.parametrize(
    "said",
    ["Updated maps show 14 wrecks.", "She published 12 books.", "Read more, she said.", "12 boats"],
)
def test_sentences_like_labels_are_kept(said: str) -> None:
    """A sentence that begins like a label is a sentence."""
    assert read_body(f"<p>{said}</p>", "https://news.example/a").text == said
