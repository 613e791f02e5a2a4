"""Pages that rewrite themselves are capped, and what was forgotten does not come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.intake.decide import REVISIONS_AT_MOST, REWRITES_AT_MOST
from bot.model import ChangeKind
from bot.store import retention
from tests.support.replay.clocks import Clock
from tests.support.replay.ledger import Told, plain
from tests.support.replay.markup import DomNamed, DomNameless
from tests.support.replay.replaying import Replay, undisturbed, watched
from tests.support.replay.structured import JsonLd, JsonLdNameless
from tests.support.replay.view import Shown, View
from tests.support.replay.writer import Answer, Writer
from tests.support.store import temp_database

WRITERS = [JsonLd, JsonLdNameless, DomNameless, Clock]


class Restless(Writer):
    """A page whose entries say something else at every poll.

    Args:
        written: in which format.
        numbers: of the posts that do; none for all.
    """

    def __init__(self, written: Writer, *numbers: int) -> None:
        self._written = written
        self._numbers = numbers
        self._polls = 0

    def page(self, view: View) -> Answer:
        """The page as it is this time."""
        self._polls += 1
        return self._written.page(view.map(self._changed))

    def _changed(self, post: Shown) -> Shown:
        if self._numbers and post.number not in self._numbers:
            return post
        return replace(post, text=f"{post.text} Seen {self._polls} times so far.")


async def _restless(
    db_path: Path, writer: type[Writer], *numbers: int
) -> tuple[Replay, list[Told]]:
    """A page that is restless for a long time, while nothing happens; and one more post."""
    async with temp_database(db_path) as db:
        made = await watched(db, writer(), 5)
        made.desk.site.writer = Restless(writer(), *numbers)
        made.desk.site.show(made.newsroom.view(), made.desk.site.weather, made.desk.now)
        await made.desk.tick()
        told = []
        for _ in range(REVISIONS_AT_MOST + 20):
            told += await made.look(turn=False)
        while not made.told[ChangeKind.NEW]:
            told += await made.look()
    return made, told


@pytest.mark.parametrize("writer", WRITERS)
async def test_a_clock_in_an_entry(tmp_path: Path, writer: type[Writer]) -> None:
    """An entry that changes at every poll is relayed so often and no more; admins hear once."""
    with undisturbed():
        made, told = await _restless(tmp_path, writer, 4)
    revised = [one for one in told if one.kind is ChangeKind.REVISED and "Seen" in one.row.words]
    assert len(revised) == REVISIONS_AT_MOST - 1
    assert made.told[ChangeKind.WITHDRAWN] == 0
    (report,) = made.desk.reports
    assert "entries change at every poll (1 now)" in report


@pytest.mark.parametrize("writer", WRITERS)
async def test_a_page_that_rewrites_itself(tmp_path: Path, writer: type[Writer]) -> None:
    """Where most of the page changes at every poll, few rounds are relayed, and news still is."""
    with undisturbed():
        made, told = await _restless(tmp_path, writer)
    entries = len({one.row.id for one in told if one.kind is ChangeKind.REVISED})
    assert made.told[ChangeKind.REVISED] <= (REWRITES_AT_MOST + 1) * entries
    assert made.told[ChangeKind.NEW] >= 1
    assert made.told[ChangeKind.WITHDRAWN] == 0
    assert len(made.desk.reports) == 1


@pytest.mark.parametrize("writer", [*WRITERS, DomNamed])
async def test_forgotten_entries_stay_away(tmp_path: Path, writer: type[Writer]) -> None:
    """After their words are forgotten, entries on the page are not new, changed or gone."""
    with undisturbed():
        async with temp_database(tmp_path) as db:
            made = await watched(db, writer(), 3, habits=replace(writer.habits, pins=False))
            await made.begin()
            await made.polls(40)
            age = timedelta(seconds=1)
            await retention.prune(db, now=made.desk.now + 2 * age, edit_window=age, entry_age=age)
            assert not any(row.words for row in made.rows())
            before = {post.number for post in made.newsroom.view().posts}
            old = {plain(writer().words(post)) for post in made.newsroom.view().posts}
            for _ in range(3):
                assert await made.look(turn=False) == []
            new: set[str] = set()
            for _ in range(30):
                told = await made.look()
                new |= {one.row.words for one in told if one.kind is ChangeKind.NEW}
            posts = made.newsroom.view().posts
            fresh = {plain(writer().words(post)) for post in posts if post.number not in before}
            assert not new & old
            assert len(new) > 10
            assert fresh & new
