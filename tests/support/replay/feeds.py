"""Feeds, by what names their items."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Shown, View
from tests.support.replay.writer import TITLE, Answer, Writer, as_json, name

SITE = "https://news.example/live/storm"


class Rss(Writer):
    """RSS with a guid that stays."""

    polls = 200
    adapter = "feed"
    url = "https://news.example/live/storm.rss"

    def page(self, view: View) -> Answer:
        """The feed."""
        return self.feed("".join(map(self.item, view.page())))

    def empty(self, view: View) -> Answer:
        """A feed without items."""
        del view
        return self.feed("")

    def feed(self, items: str) -> Answer:
        """The feed around its items."""
        return Answer(
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{TITLE}</title><link>{SITE}</link>{items}</channel></rss>",
            "application/rss+xml",
        )

    def item(self, post: Shown) -> str:
        """One item."""
        title = f"<title>{post.title}</title>" if post.title else ""
        return (
            f"<item>{title}{self.names(post)}<pubDate>{format_datetime(post.at)}</pubDate>"
            f"<description>{escape(post.html)}</description></item>"
        )

    def names(self, post: Shown) -> str:
        """What names an item."""
        return (
            f'<guid isPermaLink="false">storm-{name(post)}</guid>'
            f"<link>{SITE}#post-{name(post)}</link>"
        )


class RssLinked(Rss):
    """RSS without guids: an item's link is its own."""

    polls = 200

    def names(self, post: Shown) -> str:
        """The link."""
        return f"<link>{SITE}/{name(post)}</link>"


class RssNameless(Rss):
    """RSS without guids, whose links all lead to the page: title and words are all there is."""

    polls = 200
    habits: ClassVar[Habits] = Habits(named=False)

    def names(self, post: Shown) -> str:
        """The link."""
        del post
        return f"<link>{SITE}</link>"


class RssStamped(Rss):
    """RSS whose guids end in the time of the last change."""

    polls = 200

    def names(self, post: Shown) -> str:
        """The guid."""
        return (
            f'<guid isPermaLink="false">{SITE}/{name(post)}?{int(post.changed.timestamp())}</guid>'
            f"<link>{SITE}</link>"
        )


class Atom(Rss):
    """Atom, which tells updates."""

    polls = 80
    url = "https://news.example/live/storm.atom"

    def feed(self, items: str) -> Answer:
        """The feed around its entries."""
        return Answer(
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f'<title>{TITLE}</title><link href="{SITE}"/><id>urn:storm</id>{items}</feed>',
            "application/atom+xml",
        )

    def item(self, post: Shown) -> str:
        """One entry."""
        return (
            f"<entry><id>urn:storm:{name(post)}</id><title>{post.title}</title>"
            f'<link href="{SITE}#post-{name(post)}"/><published>{post.at.isoformat()}</published>'
            f"<updated>{post.changed.isoformat()}</updated>"
            f'<content type="html">{escape(post.html)}</content></entry>'
        )


class JsonFeed(Writer):
    """JSON Feed."""

    adapter = "feed"
    url = "https://news.example/live/storm.json"

    def page(self, view: View) -> Answer:
        """The feed."""
        return self._feed([self._item(post) for post in view.page()])

    def empty(self, view: View) -> Answer:
        """A feed without items."""
        del view
        return self._feed([])

    def _feed(self, items: list[dict[str, object]]) -> Answer:
        version = "https://jsonfeed.org/version/1.1"
        return as_json({"version": version, "title": TITLE, "home_page_url": SITE, "items": items})

    @staticmethod
    def _item(post: Shown) -> dict[str, object]:
        return {
            "id": name(post),
            "url": f"{SITE}#post-{name(post)}",
            "title": post.title,
            "content_html": post.html,
            "date_published": post.at.isoformat(),
            "date_modified": post.changed.isoformat(),
        }
