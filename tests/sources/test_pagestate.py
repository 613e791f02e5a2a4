"""Posts in the state that a page's script starts from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.sources import THRESHOLD, by_name, read
from bot.sources.base import Hints, Page
from bot.sources.statejson import lists, values
from tests.support.mutations import survives
from tests.support.pages import page

ADAPTER = by_name("pagestate")
Row = dict[str, Any]


def post(number: int, **more: object) -> Row:
    """A post as a newsroom's system may hold it."""
    return {
        "id": f"65e6f0aa11bb22cc33dd44e{number}",
        "publishedAt": f"2024-03-05T{11 - number:02}:41:00Z",
        "headline": f"Report {number} of the storm",
        "body": f"<p>Report {number}: the ferries stay in port, the operator says.</p>",
        **more,
    }


def posts(**more: object) -> list[Row]:
    """Four posts."""
    return [post(number, **more) for number in range(4)]


def state_page(state: object, title: str = "Storm: live updates") -> Page:
    """A page whose script starts from a state."""
    script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script>'
    return page(
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{script}</body></html>"
    )


def test_a_list_of_posts() -> None:
    """Ids, times, titles and bodies are read, whatever the list is called."""
    source = state_page({"props": {"liveBlog": {"posts": posts()}}})
    assert ADAPTER.recognises(source).confidence >= THRESHOLD
    entry = read(source, Hints()).entries[1]
    assert entry.id == "65e6f0aa11bb22cc33dd44e1"
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2024-03-05T10:41:00+00:00"
    assert entry.title == "Report 1 of the storm"
    assert entry.text == "Report 1: the ferries stay in port, the operator says."


def drop(name: str) -> Callable[[list[Row]], list[Row]]:
    """Posts without a field."""
    return lambda rows: [{k: v for k, v in row.items() if k != name} for row in rows]


SUMMARIES = posts(url="/another/page", body="A short summary of what that page says.")
ARCHIVE = [post(n, publishedAt=f"2024-03-0{n + 1}T11:00:00Z") for n in range(4)]


@pytest.mark.parametrize(
    "live",
    [
        pytest.param({"comments": posts()}, id="comments"),
        pytest.param({"posts": posts(replyCount=2)}, id="replies"),
        pytest.param({"related": posts()}, id="related"),
        pytest.param({"posts": SUMMARIES}, id="teasers"),
        pytest.param({"posts": posts(publishedAt="2024-03-05T11:41:00Z")}, id="one time"),
        pytest.param({"posts": drop("publishedAt")(posts())}, id="no time"),
        pytest.param({"posts": posts(body="Too short.")}, id="short"),
        pytest.param({"posts": ARCHIVE}, id="archive"),
    ],
)
def test_what_only_looks_like_one(live: dict[str, list[Row]]) -> None:
    """Comments, links to other pages and archives are left alone."""
    assert ADAPTER.recognises(state_page({"live": live})).confidence < THRESHOLD


def test_an_ordinary_page() -> None:
    """A list of posts on a page that does not call itself a live blog is none."""
    text = state_page({"live": {"posts": posts()}}, "Ferries stay in port").text
    assert ADAPTER.recognises(page(text, "https://news.example/a-1")).confidence < THRESHOLD


@pytest.mark.parametrize(
    "script",
    [
        "window.__STATE__ = %s;",
        "Fusion.arcSite='x';Fusion.globalContent=%s;Fusion.lastModified=1;",
        "var a={b:1};window['__data']=%s",
        "window.state = JSON.parse(%t);",
    ],
)
def test_where_states_stand(script: str) -> None:
    """Assignments are found between other statements, and in a string of JSON."""
    state = json.dumps({"posts": posts()})
    script = script.replace("%s", state).replace("%t", json.dumps(state))
    source = page(f"<html><script>{script}</script></html>")
    found = [name for value in values(source) for name, _ in lists(value)]
    assert ".posts" in found


def test_objects_side_by_side() -> None:
    """A cache's objects of one kind are a list."""
    state = {f"Post:{row['id']}": {"__typename": "LivePost", **row} for row in posts()}
    assert len(read(state_page(state), Hints()).entries) == 4


def test_blocks_within_blocks() -> None:
    """A body of typed blocks reads as paragraphs, lists and pictures, without recommendations."""
    body = [
        {
            "type": "paragraph",
            "children": [{"text": "The ferries "}, {"text": "stay in port today."}],
        },
        {"type": "list", "items": [{"type": "list-item", "content": "Norwick and Aldmouth"}]},
        {"type": "image", "url": "https://news.example/f.jpg", "caption": "A ferry"},
        {"type": "interstitial_link", "content": "Read this instead"},
        {"type": "embed", "url": "https://video.example/1"},
    ]
    entry = read(state_page({"live": {"posts": posts(body=body)}}), Hints()).entries[0]
    assert entry.text == "The ferries stay in port today.\n\n• Norwick and Aldmouth"
    assert [(one.kind, one.url, one.caption) for one in entry.media] == [
        ("photo", "https://news.example/f.jpg", "A ferry"),
        ("embed", "https://video.example/1", ""),
    ]


def test_wrecks() -> None:
    """Whatever of a page is broken, only our errors come of it."""
    source = state_page({"live": {"posts": posts(), "more": [[[{}]]] * 9}})
    assert survives(ADAPTER, source.text, 150) > 10
