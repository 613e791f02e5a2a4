"""Entries as content systems print them: what a reader reads is taken, nothing around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.model import Media, SourceEntry
from bot.sources import read
from bot.sources.base import Hints
from tests.support.pages import page

BASE = "https://news.example/news/crane-on-the-quay-1000"
AFTERNOON = datetime(2024, 3, 5, 15, tzinfo=UTC)
BODY = """
<p class="updated">Updated at 14:52</p>
<p>The outer basin is <a href="/news/basin-1001">shut</a> after a crane tipped over.</p>
<div class="ad-slot"><p>Advertisement</p><p>Buy ropes today</p></div>
<ul><li>Two tugs are on their way</li><li>The ferry stays in port</li></ul>
<ol><li>Stay away from the quay</li><li>Call the office</li></ol>
<blockquote><p>Nobody was hurt, and the quay is clear.</p></blockquote>
<figure><picture><source srcset="/i/c-800.webp 800w, /i/c-1400.webp 1400w" type="image/webp">
<img src="data:image/gif;base64,R0lGOD" data-src="/i/crane-640.jpg" alt="A crane"></picture>
<figcaption>The crane on the wall <span class="credit">Photograph: Quay agency</span></figcaption>
</figure>
<blockquote class="twitter-tweet"><p lang="en">The basin is shut.</p>&mdash; Quay (@quay)
<a href="https://twitter.com/quay/status/1764912345678901234">March 5, 2024</a></blockquote>
<script async src="https://platform.twitter.example/widgets.js"></script>
<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="Film of the quay"></iframe>
<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/Cabc1/">
<a href="https://www.instagram.com/p/Cabc1/">View this post on Instagram</a></blockquote>
<script async data-telegram-post="quay/77"></script>
<div class="fb-post" data-href="https://www.facebook.com/quay/posts/99"></div>
<p>More is expected at <strong>six</strong>.</p>
<p>Read more: <a href="/news/history-1002">How the crane was built</a></p>
<div class="related"><h4>Related</h4><a href="/news/other-1003">Other story</a></div>
<div class="newsletter-signup"><p>Sign up for our newsletter</p></div>
<span class="sr-only">Opens in new window</span>
<div class="share-buttons"><a href="https://www.facebook.com/sharer/sharer.php?u=x">Share</a>
<button>Copy link</button></div>
<a class="comments" href="#c">12 comments</a>
"""
OTHERS = (
    "<p>The ferry stays in port until six, and the hotel is full.</p>",
    "<p>The wind rises on the pier, and the flags came down.</p>",
)
WORDS = (
    "The outer basin is shut after a crane tipped over.",
    "• Two tugs are on their way", "• The ferry stays in port",
    "1. Stay away from the quay", "2. Call the office",
    "Nobody was hurt, and the quay is clear.",
    "The basin is shut.", "— Quay (@quay) March 5, 2024",
    "More is expected at six.",
)  # fmt: skip
MEDIA = {
    Media("photo", "https://news.example/i/crane-640.jpg", "The crane on the wall"),
    Media("embed", "https://twitter.com/quay/status/1764912345678901234"),
    Media("embed", "https://www.youtube.com/embed/dQw4w9WgXcQ"),
    Media("embed", "https://www.instagram.com/p/Cabc1/"),
    Media("embed", "https://t.me/quay/77"),
    Media("embed", "https://www.facebook.com/quay/posts/99"),
}
DESIGNS = {
    "heading": '<h3>{t} – {head}</h3><p class="byline">By The port desk</p>{body}',
    "bold": '<p><strong>{t}</strong></p><h3>{head}</h3><p class="byline">By The port desk</p>'
    "{body}",
    "block": '<article class="liveblog-item" id="post-48811{n}0"><header><time>{t}</time>'
    '<h3>{head}</h3><span class="byline">By The port desk</span></header><div>{body}</div>'
    "</article>",
}


def _first(design: str) -> SourceEntry:
    if design == "json-ld":
        update = {
            "@type": "BlogPosting", "@id": "#post-488113", "headline": "Basin shut",
            "datePublished": "2024-03-05T14:50:00Z", "articleBody": BODY,
            "author": {"@type": "Person", "name": "The port desk"},
        }  # fmt: skip
        blog = json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": [update]})
        script = blog.replace("</", "<\\/")
        body = f'<html><script type="application/ld+json">{script}</script><h1>Crane</h1></html>'
    else:
        rows = "".join(
            DESIGNS[design].format(t=t, head=head, body=text, n=n)
            for n, (t, head, text) in enumerate(
                (
                    ("14:50", "Basin shut", BODY),
                    ("14:20", "Ferry stays", OTHERS[0]),
                    ("13:55", "Wind rises", OTHERS[1]),
                )
            )
        )
        body = (
            "<html><body><main><h1>Crane on the quay: live updates</h1><p>5 March 2024</p>"
            f"<p>All times GMT</p><div>{rows}</div></main></body></html>"
        )
    return read(page(body, BASE, fetched_at=AFTERNOON), Hints()).entries[0]


@pytest.mark.parametrize("design", [*DESIGNS, "json-ld"])
def test_words(design: str) -> None:
    """Paragraphs, lists, quotes and posts in their order; no box, button, label or advert."""
    entry = _first(design)
    assert (entry.title, entry.author) == ("Basin shut", "The port desk")
    lines = [line for line in entry.text.splitlines() if line]
    assert lines == list(WORDS)


@pytest.mark.parametrize("design", [*DESIGNS, "json-ld"])
def test_media_and_links(design: str) -> None:
    """The picture that a script would load with its caption, every post and film, and the links."""
    entry = _first(design)
    assert set(entry.media) == MEDIA
    links = {link.url for link in entry.links}
    assert {
        "https://news.example/news/basin-1001",
        "https://news.example/news/history-1002",
    } <= links
    assert not any("sharer" in link for link in links)
