"""The newsroom's server: serves its live blog whole, cut, half, empty, or not at all."""

from __future__ import annotations

import enum
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.errors import HttpStatusError
from bot.model import Document
from tests.support.pages import document
from tests.support.replay.view import View
from tests.support.replay.writer import Answer, Writer


class Weather(enum.Enum):
    """How a poll goes."""

    FAIR = "all of it"
    CUT = "the page breaks off"
    NEWEST = "only the newest half, in good faith"
    OLDEST = "only the older half: an old copy without the newest"
    EMPTY = "nothing on it"
    DOWN = "no answer"
    APOLOGY = "another page"
    PATCHY = "of several documents some do not answer"

    @property
    def certain(self) -> bool:
        """Whether what stands on the page is sure to be found."""
        return self in (Weather.FAIR, Weather.NEWEST, Weather.OLDEST)


BAD_WEATHER = tuple(Weather)[1:]


@dataclass
class Site:
    """A server with one live blog.

    Attributes:
        writer: of its format.
        chance: where it breaks off, and what fails.
        now: the clock of whoever asks.
        tagged: it sends ETags, and 304 where the page is the same.
    """

    writer: Writer
    chance: random.Random
    now: datetime
    tagged: bool = False
    view: View = field(init=False)
    weather: Weather = Weather.FAIR

    def show(self, view: View, weather: Weather, now: datetime) -> None:
        """From now on, serve this."""
        part = {Weather.NEWEST: "newest", Weather.OLDEST: "oldest"}.get(weather, "")
        self.view = replace(view, part=part)
        self.weather = weather
        self.now = now

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """One answer."""
        del last_modified, accept, headers
        answer = self._answer(url)
        if answer is None:
            raise HttpStatusError("There is no such page.", status=404)
        made = document(answer.body, url, answer.content_type, self.now)
        marked = hashlib.sha256(made.body).hexdigest()
        if self.tagged and etag == marked:
            return Document(url, url, 304, "", b"", self.now, etag=etag)
        if wire_hash == marked:
            made = replace(made, body=b"")
        return replace(made, wire_hash=marked, etag=marked if self.tagged else None)

    def _answer(self, url: str) -> Answer | None:
        weather, writer = self.weather, self.writer
        if weather is Weather.DOWN or (
            weather is Weather.PATCHY and url != writer.url and self.chance.random() < 0.5
        ):
            raise HttpStatusError("The server is overloaded.", status=503)
        if weather is Weather.APOLOGY:
            return Answer("<html><body><h1>Sorry</h1><p>We are working on it.</p></body></html>")
        if weather is Weather.EMPTY and url == writer.url:
            return writer.empty(self.view) or Answer("")
        answer = writer.answer(url, self.view)
        if weather is Weather.CUT and answer is not None:
            end = int(len(answer.body) * self.chance.uniform(0.1, 0.95))
            return replace(answer, body=answer.body[:end])
        return answer
