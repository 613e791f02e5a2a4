"""Hostile markup is refused before it costs anything; real pages are not."""

import time

import pytest

from bot.errors import UnreadableError
from bot.sources.markup import is_hostile, parse_fragment, parse_page

HOSTILE = {
    "nested": "<div>" * 200_000,
    "nested without an end": "<div>" * 10_000,
    "nested and closed": "<div>" * 10_000 + "</div>" * 10_000,
    "nested behind table cells": "<div><table><td></div></table>" * 6_000,
    "unclosed formatting": "".join(f"<b x={i}>" for i in range(3_000)) + "<p>x" * 3_000,
    "unclosed formatting in cells": "".join(
        f"<b x={i}><table><td></b></table>" for i in range(2_000)
    )
    + "<p>x" * 3_000,
    "crowded tag": "<p " + " ".join(f"a{i}=1" for i in range(50_000)) + ">",
    "crowded tag, quoted": "<p " + " ".join(f'a{i}=">"' for i in range(50_000)) + ">",
    "too many attributes": ("<p " + "a=1 " * 20 + ">") * 12_000,
    "too many tags": "<br>" * 200_001,
}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile(markup: str) -> None:
    """Markup that would take seconds or gigabytes is refused in a moment, with a sentence."""
    started = time.process_time()
    with pytest.raises(UnreadableError, match="nested beyond all measure"):
        parse_page(markup)
    assert parse_fragment(markup[:1_000_000]) == []
    assert time.process_time() - started < 2.0


HARMLESS = {
    "a long feed of styled entries": '<div><p><b class="t">12:00</b> <i class="x"></i> a</p></div>'
    * 5_000,
    "unclosed paragraphs": "<p>a<li>b" * 10_000,
    "big data attribute": '<div data-state="' + "x = y " * 50_000 + '">a</div>',
    "script full of signs": "<script>" + "a > b && c < d;" * 20_000 + "</script><p>a",
    "deep but real": "<div>" * 300 + "a" + "</div>" * 300,
}


@pytest.mark.parametrize("markup", HARMLESS.values(), ids=HARMLESS.keys())
def test_harmless(markup: str) -> None:
    """What real pages do is read."""
    assert not is_hostile(markup)


def test_fragment() -> None:
    """A fragment gives its topmost nodes, alive as long as they are held."""
    nodes = parse_fragment("a<p>b</p>c")
    assert [node.tag for node in nodes] == ["-text", "p", "-text"]
    assert nodes[1].text() == "b"
    assert parse_fragment("") == []
