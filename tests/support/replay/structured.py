"""schema.org in its syntaxes, and joined with the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Shown, View
from tests.support.replay.writer import TITLE, Answer, Writer, as_page, name


def script(url: str, updates: list[dict[str, object]]) -> str:
    """A live blog as JSON-LD."""
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": TITLE,
        "url": url,
        "liveBlogUpdate": updates,
    }
    return f'<script type="application/ld+json">{json.dumps(blog)}</script>'


class JsonLd(Writer):
    """JSON-LD whose updates have an address of their own."""

    polls = 200
    adapter = "schemaorg"

    def page(self, view: View) -> Answer:
        """The page, with nothing but the JSON-LD."""
        return as_page("", script(self.url, self.updates(view)))

    def empty(self, view: View) -> Answer:
        """A live blog without updates."""
        del view
        return as_page("", script(self.url, []))

    def updates(self, view: View) -> list[dict[str, object]]:
        """The updates in the page's order."""
        return [self.update(post, place) for place, post in enumerate(view.page(), 1)]

    def update(self, post: Shown, place: int) -> dict[str, object]:
        """One update; `place` counts from 1."""
        del place
        return {"@id": f"{self.url}#post-{name(post)}", **self.content(post)}

    def content(self, post: Shown) -> dict[str, object]:
        """An update without what names it."""
        return {
            "@type": "BlogPosting",
            "headline": post.title or TITLE,
            "datePublished": post.at.isoformat(),
            "dateModified": post.changed.isoformat(),
            "articleBody": post.text,
        }


class JsonLdPositions(JsonLd):
    """JSON-LD whose fragments only count the updates from the top."""

    polls = 200
    habits: ClassVar[Habits] = Habits(named=False)

    def update(self, post: Shown, place: int) -> dict[str, object]:
        """One update."""
        return {"@id": f"{self.url}#post{place}", **self.content(post)}


class JsonLdNameless(JsonLd):
    """JSON-LD without ids."""

    polls = 200
    habits: ClassVar[Habits] = Habits(named=False)

    def update(self, post: Shown, place: int) -> dict[str, object]:
        """One update."""
        del place
        return self.content(post)


class Microdata(Writer):
    """Microdata on the visible page; its elements carry the ids."""

    adapter = "schemaorg"

    def page(self, view: View) -> Answer:
        """The page."""
        updates = "".join(map(self.update, view.page()))
        return as_page(
            '<div itemscope itemtype="https://schema.org/LiveBlogPosting">'
            f'<meta itemprop="headline" content="{TITLE}">{updates}</div>'
        )

    def empty(self, view: View) -> Answer:
        """A live blog without updates."""
        del view
        return as_page('<div itemscope itemtype="https://schema.org/LiveBlogPosting"></div>')

    def update(self, post: Shown) -> str:
        """One update."""
        title = f'<h3 itemprop="headline">{post.title}</h3>' if post.title else ""
        return (
            f'<article id="post-{name(post)}" itemprop="liveBlogUpdate" itemscope'
            ' itemtype="https://schema.org/BlogPosting">'
            f'<time itemprop="datePublished" datetime="{post.at.isoformat()}">now</time>{title}'
            f'<div itemprop="articleBody">{post.html}</div></article>'
        )


class Joined(JsonLd):
    """JSON-LD of the newest posts, cut short; the page shows fewer of them, in full."""

    polls = 80
    habits: ClassVar[Habits] = Habits(limit=20)
    listed: ClassVar[int] = 40
    """Updates in the JSON-LD."""

    def page(self, view: View) -> Answer:
        """The page: articles and JSON-LD."""
        shown = "".join(map(self.article, view.page()))
        return as_page(f"<main>{shown}</main>", script(self.url, self.updates(view)))

    def empty(self, view: View) -> Answer:
        """A live blog without updates and articles."""
        del view
        return as_page("<main></main>", script(self.url, []))

    def updates(self, view: View) -> list[dict[str, object]]:
        """The updates, more than the page shows."""
        return [self.update(post, place) for place, post in enumerate(view.page(self.listed), 1)]

    def article(self, post: Shown) -> str:
        """An entry as the page shows it."""
        title = f"<h3>{post.title}</h3>" if post.title else ""
        return (
            f'<article class="post" id="post-{name(post)}"><time datetime="{post.at.isoformat()}">'
            f"{post.at:%H:%M}</time>{title}<div>{post.html}</div></article>"
        )

    def content(self, post: Shown) -> dict[str, object]:
        """An update whose words end early."""
        return super().content(post) | {"articleBody": self.cut(post)}

    def cut(self, post: Shown) -> str:
        """The beginning of a post."""
        return " ".join(post.text.split()[:7]) + "…"

    def visible(self, view: View) -> Iterator[tuple[Shown, tuple[str, ...]]]:
        """What both show."""
        listed = view.page(self.listed)
        return (pair for pair in super().visible(view) if pair[0] in listed)

    def glimpsed(self, view: View) -> Iterator[tuple[Shown, tuple[str, ...]]]:
        """What only the JSON-LD lists may be stored cut."""
        for post in view.page(self.listed):
            yield post, (self.words(post), f"{post.title} {self.cut(post)}")
