"""A page without ids that lives for two hundred polls: each entry is told once, none is missed.

The page is written by a made-up newsroom: entries are added at the top and in between, twice in
one minute, with the same words; they are reworded, withdrawn, shown in any order, and sometimes
only a part of the page arrives.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from bot.intake.decide import POLLS_UNTIL_WITHDRAWN
from bot.intake.identity import MOVED_WORDS
from bot.model import ChangeKind, SourceEntry
from tests.intake.pages import Memory, at, entry
from tests.support.replay.words import reworded, sentence

POLLS = 200
Words = tuple[int, str]


@dataclass(eq=False)
class Post:
    """What the newsroom wrote."""

    minute: int
    text: str
    shown: str | None = None  # the words readers were told last
    gone: bool = False
    twins: str = ""  # what the entries with the same words in the same minute have in common


class Newsroom:
    """Writes, rewords, withdraws; decides what of it a poll sees."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.posts: list[Post] = []
        self.minute = 0
        for _ in range(8):
            self.write()

    @property
    def standing(self) -> list[Post]:
        """What is not withdrawn, oldest first."""
        return sorted((post for post in self.posts if not post.gone), key=lambda p: p.minute)

    @property
    def _minutes_of_gone(self) -> set[int]:
        return {post.minute for post in self.posts if post.gone}

    def write(self) -> None:
        """A new entry: now, in the same minute as the last one, or dated back; sometimes a twin."""
        chance = self.random.random()
        if chance < 0.5:
            self.minute += self.random.randint(1, 3)
        minute = self.minute
        if chance > 0.8 and len(self.posts) > 8:
            minute = self.random.randint(self.minute - 60, self.minute)
        if minute in self._minutes_of_gone:
            return  # another entry in the minute of one taken back may pass for its rewording
        if self.random.random() < 0.1 and self.posts:
            self._write_twin()
            return
        short = self.random.random() < 0.15 and minute not in {post.minute for post in self.posts}
        text = sentence(self.random, 4 if short else None)
        self.posts.append(Post(minute, text))

    def _write_twin(self) -> None:
        """The same few words again in the same minute; many would be a copy."""
        away = self._minutes_of_gone
        twins = [
            post
            for post in self.standing
            if len(post.text.split()) < MOVED_WORDS
            and post.minute not in away
            and all(twin.shown == twin.text for twin in self._twins(post))
        ]
        if twins:
            twin = self.random.choice(twins)
            twin.twins = twin.twins or f"{len(self.posts)}"
            self.posts.append(Post(twin.minute, twin.text, twins=twin.twins))

    def _twins(self, post: Post) -> list[Post]:
        """A post and those with its words in its minute."""
        return [p for p in self.posts if p is post or (post.twins and p.twins == post.twins)]

    def reword(self) -> None:
        """A correction of one entry, mostly of a young one."""
        young = self.standing[-15:]
        post = self.random.choice(young if self.random.random() < 0.8 else self.standing)
        if all(
            twin.shown for twin in self._twins(post)
        ):  # else nobody could tell which of them is new
            few = len(post.text.split()) < MOVED_WORDS  # of these, one exchanged may be half
            more = f" {sentence(self.random)}"
            post.text = post.text + more if few else reworded(self.random, post.text)

    def withdraw(self) -> None:
        """Takes one entry back that has older and newer ones around it, and no twin."""
        standing = self.standing
        first, last = standing[0].minute, standing[-1].minute
        unseen = {post.minute for post in standing if post.shown is None}
        inside = [
            post
            for post in standing
            if first < post.minute < last
            and post.minute not in unseen
            and post.shown == post.text
            and not post.twins  # nobody could tell which of them is left
        ]
        if inside:
            self.random.choice(inside).gone = True

    def turn(self) -> None:
        """What happens between two polls."""
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 3))):
            self.write()
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            self.reword()
        if self.random.random() < 0.15:
            self.withdraw()

    def view(self) -> tuple[list[Post], bool]:
        """What of it arrives, newest first or in disorder, and whether the page calls it whole."""
        posts = self.standing[::-1]
        kind = self.random.random()
        complete = True
        if kind < 0.15:
            posts, complete = posts[: self.random.randint(1, len(posts))], False
        elif kind < 0.2:  # the newest half, in good faith
            posts = posts[: max(3, len(posts) // 2)]
        elif kind < 0.25:  # the oldest half
            minute = posts[len(posts) // 2].minute
            posts = [post for post in posts if post.minute <= minute]
        # Of twins cut apart nobody could tell which of them is left.
        hidden = {post.twins for post in self.standing if post not in posts} - {""}
        posts = [post for post in posts if post.twins not in hidden]
        if self.random.random() < 0.2:
            self.random.shuffle(posts)
        elif self.random.random() < 0.1:
            posts = posts[::-1]
        return posts, complete


def words(entry_: SourceEntry) -> Words:
    """What a reader sees of an entry."""
    assert entry_.published_at is not None
    return (round((entry_.published_at - at(0)).total_seconds() / 60), entry_.text)


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_polls(seed: int) -> None:
    """Every entry is new once, every correction is seen, nothing is withdrawn that stands."""
    newsroom, memory = Newsroom(seed), Memory()
    taken_back: Counter[Words] = Counter()
    for number in range(POLLS):
        newsroom.turn()
        seen, complete = newsroom.view()
        entries = [entry(post.minute, post.text) for post in seen]
        before = dict(memory.known)
        decision = memory.poll(entries, complete=complete)
        found: dict[ChangeKind, Counter[Words]] = {kind: Counter() for kind in ChangeKind}
        for change in decision.changes:
            if change.entry is not None:
                found[change.kind][words(change.entry)] += 1
            else:
                old = before[change.identity]
                assert old.published_at is not None
                minute = round((old.published_at - at(0)).total_seconds() / 60)
                found[change.kind][minute, old.text] += 1
        where = f"poll {number}"
        new = Counter((post.minute, post.text) for post in seen if post.shown is None)
        assert found[ChangeKind.NEW] == new, where
        changed = Counter(
            (post.minute, post.text) for post in seen if post.shown not in (None, post.text)
        )
        assert found[ChangeKind.REVISED] == changed, where
        for post in seen:
            post.shown = post.text
        gone = Counter((post.minute, post.shown or "") for post in newsroom.posts if post.gone)
        taken_back += found[ChangeKind.WITHDRAWN]
        assert taken_back <= gone, where
    # At the end the whole page is seen as often as it takes: what was taken back is known then.
    for _ in range(POLLS_UNTIL_WITHDRAWN + 1):
        memory.poll([entry(post.minute, post.text) for post in newsroom.standing])
    standing = Counter(
        (item.published_at, item.text) for item in memory.known.values() if not item.withdrawn
    )
    assert standing == Counter((at(post.minute), post.text) for post in newsroom.standing)
    assert sum(item.withdrawn for item in memory.known.values()) >= 5
    assert len(memory.known) > 150
