"""Pages as sequences of blocks, from HTML and from plain text."""

import time

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Link, Media
from bot.sources.blocks import Block, Kind, Role, Run, common_scope, trim_runs
from bot.sources.canonical import read_body
from bot.sources.textblocks import text_blocks
from tests.support.pages import page


def blocks_of(body: str) -> list[Block]:
    """The blocks of an HTML page."""
    return list(page(f"<html><body>{body}</body></html>").blocks)


def test_every_kind_of_block_is_told() -> None:
    """Headings with their level, paragraphs, list items, quotations, captions, buttons."""
    found = blocks_of(
        "<h2>Head</h2><p>Text</p><ul><li>Item</li></ul><blockquote><p>Said</p></blockquote>"
        "<figure><figcaption>Under</figcaption></figure><button>Load more</button>"
    )
    assert [(b.kind, b.level, b.text) for b in found] == [
        (Kind.HEADING, 2, "Head"),
        (Kind.PARAGRAPH, 0, "Text"),
        (Kind.ITEM, 0, "Item"),
        (Kind.PARAGRAPH, 0, "Said"),
        (Kind.PARAGRAPH, 0, "Under"),
        (Kind.CONTROL, 0, "Load more"),
    ]
    assert found[3].scope.roles_below(0) == {Role.QUOTE}
    assert found[4].scope.roles_below(0) == {Role.CAPTION}


def test_links_and_markup_are_kept() -> None:
    """Relative links become absolute, marks nest inside links, scripts do not link."""
    (block,) = blocks_of(
        '<p><b>Now:</b> the <a href="/tug">big <i>tug</i></a>, <a href="javascript:x()">x</a></p>'
    )
    assert block.text == "Now: the big tug, x"
    assert block.links == (Link("big tug", "https://news.example/tug"),)
    assert block.html == (
        '<strong>Now:</strong> the <a href="https://news.example/tug">big <em>tug</em></a>, x'
    )


def test_line_breaks_end_blocks() -> None:
    """What a reader sees on lines of their own are blocks of their own."""
    assert [b.text for b in blocks_of("<div>14:50 One.<br>Two.<br><br>14:20 Three.</div>")] == [
        "14:50 One.",
        "Two.",
        "14:20 Three.",
    ]


def test_hidden_text_and_scripts_are_left_out() -> None:
    """Only what a reader can see is read."""
    assert [
        b.text
        for b in blocks_of(
            '<script>14:50</script><p hidden>14:40</p><span class="sr-only">14:30</span><p>Seen</p>'
        )
    ] == ["Seen"]


def test_pictures_stay_where_they_are() -> None:
    """A picture without words is a block of its own; icons are none."""
    found = blocks_of(
        '<p>One</p><p><img src="/a.jpg"></p><p>Two</p><p><img width="40" src="/i.gif">Three</p>'
    )
    assert [(b.text, b.media) for b in found] == [
        ("One", ()),
        ("", (Media("photo", "https://news.example/a.jpg"),)),
        ("Two", ()),
        ("Three", ()),
    ]


def test_a_slice_keeps_the_markup() -> None:
    """Cutting the time off leaves links and bold words as they were."""
    (block,) = blocks_of('<p><strong>14:50 Fire</strong> at the <a href="/q">quay</a></p>')
    rest = block.slice(6)
    assert rest.html == ('<strong>Fire</strong> at the <a href="https://news.example/q">quay</a>')
    assert block.strong_until() == len("14:50 Fire")
    assert not rest.linked_from(0)


def test_boxes_are_marked() -> None:
    """Navigation and teasers are told by tag and class, whole words only."""
    roles = [
        b.scope.roles_below(0)
        for b in blocks_of(
            '<nav>a</nav><div class="teaser box">b</div><div class="unrelated-sharename">c</div>'
        )
    ]
    assert roles == [{Role.ASIDE}, {Role.ASIDE}, set()]


def test_the_common_element_is_the_innermost_one() -> None:
    """The element that holds two paragraphs of one list is the list."""
    found = blocks_of("<div><ul><li><p>a</p></li><li><p>b</p></li></ul><p>c</p></div>")
    assert common_scope([found[0].scope, found[1].scope]).tag == "ul"
    assert common_scope([block.scope for block in found]).tag == "div"


def test_plain_text_is_read_by_lines() -> None:
    """Each line is a block; empty lines are remembered; bullets make list items."""
    found = text_blocks("One.\nTwo.\n\n\u00a0 • Three\n- Four\n\u200b\n")
    assert [(b.text, b.kind, b.gap) for b in found] == [
        ("One.", Kind.PARAGRAPH, True),
        ("Two.", Kind.PARAGRAPH, False),
        ("Three", Kind.ITEM, True),
        ("Four", Kind.ITEM, False),
    ]


def test_addresses_in_plain_text_are_links() -> None:
    """An address is a link, without the full stop after it."""
    (block,) = text_blocks("See https://news.example/tug.")
    assert block.links == (Link("https://news.example/tug", "https://news.example/tug"),)
    assert block.text == "See https://news.example/tug."


def test_hard_wrapped_text_is_joined() -> None:
    """Lines that a program broke at one width are one paragraph; short lines stay lines."""
    paragraph = "The river rose by another hand's breadth during the night, the river\n" * 3
    text = "\n\n".join(f"14:{50 - i} {paragraph}and fell again." for i in range(6))
    found = text_blocks(text)
    assert len(found) == 6
    assert all(block.text.endswith("and fell again.") for block in found)
    assert [b.text for b in text_blocks("One line\nanother line")] == ["One line", "another line"]


def test_html_sent_without_markup_is_plain_text() -> None:
    """Some servers label a text file as HTML; its lines are still lines."""
    assert [b.text for b in page("One.\n\n14:50 Two.").blocks] == ["One.", "14:50 Two."]


def test_large_pages_are_read_in_seconds() -> None:
    """Tens of thousands of paragraphs, nested deeply, are read in seconds."""
    began = time.perf_counter()
    found = page("<div>" * 900 + "<p><b>14:50</b> Text.</p>" * 40_000).blocks
    assert len(found) == 40_000
    assert len(text_blocks("14:50 Text.\n" * 50_000)) == 50_000
    assert time.perf_counter() - began < 15


@given(st.text(max_size=300))
def test_any_markup_is_read(body: str) -> None:
    """No input fails, and no block has white space at its ends or doubled inside."""
    for block in [*page(f"<div>{body}<p>x</p></div>").blocks, *text_blocks(body)]:
        assert block.text == " ".join(block.text.split())


@given(st.lists(st.builds(Run, st.text(alphabet=" ab\n\t", max_size=6)), max_size=8))
def test_trimming_runs_is_folding_their_text(runs: list[Run]) -> None:
    """Runs together read as their text with white space folded, however it is cut up."""
    whole = "".join(run.text for run in runs)
    assert "".join(run.text for run in trim_runs(runs)) == " ".join(whole.split())


def test_block_markup_says_what_the_page_says() -> None:
    """Read as an entry's body, a block's markup gives the text and the links of the block."""
    markup = (
        'A <b>bold &amp; <i>slanted</i></b> <a href="/x?a=1&amp;b=2">link <b>here</b></a> &lt;b>'
    )
    (block,) = blocks_of(f"<p>{markup}</p>")
    body = read_body(f"<p>{block.html}</p>", "https://news.example/")
    assert body.html == read_body(f"<p>{markup}</p>", "https://news.example/").html
    assert (body.text, body.links) == (block.text, block.links)
