"""Pages in the middle of becoming another format."""

from __future__ import annotations

from typing import ClassVar

from tests.support.replay.markup import DomNamed, DomNameless
from tests.support.replay.newsroom import Habits
from tests.support.replay.structured import JsonLd, script
from tests.support.replay.view import Shown, View
from tests.support.replay.writer import Answer, as_page, name

CAREFUL = Habits(named=False)
"""What can be followed through a change of format: also without ids."""


class JsonLdRenamed(JsonLd):
    """JSON-LD whose ids have another form."""

    def update(self, post: Shown, place: int) -> dict[str, object]:
        """One update."""
        del place
        return {"@id": f"{self.url}#block-{name(post)[::-1]}", **self.content(post)}


class DomRenamed(DomNamed):
    """Elements whose ids have another form."""

    def mark(self, post: Shown) -> str:
        """What names it."""
        return f' data-post-id="storm-{post.number * 7919 + 100_000}"'


class DomWithJsonLd(DomNameless):
    """A page that carries JSON-LD besides the elements that repeat."""

    described: ClassVar[JsonLd] = JsonLd()

    def page(self, view: View) -> Answer:
        """The page."""
        entries = "".join(map(self.entry, view.page()))
        updates = script(self.url, self.described.updates(view))
        return as_page(f'<main><div class="live-blog">{entries}</div></main>', updates)
