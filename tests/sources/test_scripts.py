"""Scripts found without the page's tree are those that the tree holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bot.sources.scripts import scripts_with
from tests.support.mutations import mutations
from tests.support.pages import corpus

WANTED = "LiveBlog"
TYPE = 'type="application/ld+json"'
SCRIPT = f'<script {TYPE}>{{"@type":"LiveBlog"}}</script>'
HELD = '{"@type":"LiveBlog"}'


def in_tree(text: str) -> list[str]:
    """What the page's tree holds."""
    scripts = LexborHTMLParser(text).css("script[type]")
    typed = (s for s in scripts if "ld+json" in (s.attributes.get("type") or "").lower())
    return [script.text() for script in typed if WANTED in script.text()]


FOUND = {
    "plain": f"<html><head><title>a</title>{SCRIPT}</head>",
    "after other scripts": f"<script>if (a<b) c('<p>')</script><style>a>b{{}}</style>{SCRIPT}",
    "after a script that names it": f"<script>x='LiveBlog'</script>{SCRIPT}",
    "after a comment": f"<!-- <script> -->{SCRIPT}<!--> --->{SCRIPT}",
    "after a comment that a style opens": f"<style><!-- </style>{SCRIPT} -->",
    "after drawings": f"<svg><title>a</title><style>b</style></svg>{SCRIPT}",
    "capitals": f"<SCRIPT ID=a TYPE='application/LD+JSON' async>{HELD}</SCRIPT >{SCRIPT}",
    "type with an entity": f"<script type=application/ld&#x2B;json>{HELD}</script>",
    "two types": f"<script type=module {TYPE}>{HELD}</script>{SCRIPT}",
    "lines of a typewriter": SCRIPT.replace(",", "\r\n").replace("{", "{\r\n\r"),
    "an old comment inside": f"<script {TYPE}><!-- {HELD} --></script>",
    "a longer name's end": f"<script {TYPE}>{HELD}</scripts></script>",
    "none of that kind": "<script>var a = 'LiveBlog'</script><script type=module>b</script>",
    "not named at all": "<p>a</p><script>b</script>",
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND.keys())
def test_found(text: str) -> None:
    """What pages ordinarily do is read without a tree, and is what the tree holds."""
    assert scripts_with(text, WANTED, "ld+json") == in_tree(text)


DOUBTFUL = {
    "in a comment": f"<!-- {SCRIPT} -->",
    "in a comment without end": f"{SCRIPT}<!-- {SCRIPT}",
    "in an attribute": f"<p title='{SCRIPT}'>a</p>",
    "in an attribute after a tag": f"<p title='<b>a{SCRIPT}'>a</p>",
    "in a text area": f"<textarea>{SCRIPT}</textarea>",
    "in a template": f"<template>{SCRIPT}</template>",
    "in a drawing": f"<svg>{SCRIPT}</svg>",
    "after a drawing with a comment": f"<svg><!-- </svg>{SCRIPT} --></svg>",
    "after an empty drawing": f"<svg/>{SCRIPT}<svg></svg>",
    "without end": f"<script {TYPE}>{HELD}",
    "a script in its comment": f"<script {TYPE}><!-- <script>{HELD}</script> --> </script>",
    "strange attributes": f"<script {TYPE} ='>{HELD}</script>",
    "named in the text besides": f"{SCRIPT}<p>LiveBlog</p>",
}


@pytest.mark.parametrize("text", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_doubtful(text: str) -> None:
    """Where text alone does not tell what a script is, nothing is claimed."""
    assert scripts_with(text, WANTED, "ld+json") is None


PIECES = (
    SCRIPT, f"<script {TYPE}>", HELD, "</script>", "<!--", "-->", "--!>", "<!-->", "<style>",
    "</style>", "<title>", "</title>", "<textarea>", "</textarea>", "<svg>", "</svg>", "<p>",
    "<script>", "LiveBlog", " a ", "<template>", "</template>", "<SCRIPT ", "type=module", ">",
    "<iframe>", "</iframe>", "<table>", "<noscript>", "</noscript>", "\r\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_as_the_tree(text: str) -> None:
    """However tags follow each other, what is found is what the tree holds, or nothing is.

    Only their order may differ: the tree moves to its front what stands wrongly in a table.
    """
    found = scripts_with(text, WANTED, "ld+json")
    assert found is None or sorted(found) == sorted(in_tree(text))


@pytest.mark.parametrize(
    "name",
    [
        "express-royals-2024-07-18/page.html",
        "corkbeo-level3-2020-10-06/page.html",
        "timesofindia-ipl-2020-10-02/page.html",
    ],
)
def test_real_pages(name: str) -> None:
    """Real pages need no tree for it; damaged ones give what their tree gives, or nothing."""
    text = corpus(name).read_text("utf-8", "replace").replace("LiveBlogPosting", "LiveBlog")
    text = re.sub(r"(?<!\")LiveBlog\b", "", text)
    whole = scripts_with(text, WANTED, "ld+json")
    assert whole
    assert whole == in_tree(text)
    for damaged in mutations(text, 25):
        broken = damaged.decode("utf-8", "replace").replace("\0", "")
        found = scripts_with(broken, WANTED, "ld+json")
        assert found is None or found == in_tree(broken)
