"""What readers were told, held against what the page showed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.intake.decide import POLLS_UNTIL_WITHDRAWN
from bot.model import ChangeKind
from tests.support.replay.view import View
from tests.support.replay.writer import Writer


def plain(words: str) -> str:
    """Words without the white space between them."""
    return " ".join(words.split())


@dataclass(frozen=True, slots=True)
class Row:
    """A stored entry.

    Attributes:
        id: the row's.
        words: title and text.
        withdrawn: it was taken back.
    """

    id: int
    words: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A fan-out, with its entry as it was stored then."""

    kind: ChangeKind
    row: Row


@dataclass
class _Post:
    """What is known of a post: its row, and since when it stands as it does."""

    row: int | None = None
    stored: str = ""
    withdrawn: bool = False
    accepted: tuple[str, ...] = ()
    polls: int = 0  # in a row in which it was surely seen with these words
    versions: set[str] = field(default_factory=set)  # that had to be stored
    missed: int = 0  # polls that showed that it is gone


class Ledger:
    """Follows each post of a live blog through its replay.

    Args:
        writer: of the format.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.posts: dict[int, _Post] = {}
        self._of_row: dict[int, int] = {}
        self._excused: set[int] = set()  # taken back under another format

    def adopt(self, rows: Sequence[Row], view: View) -> None:
        """What was stored silently, at the first poll or when the format changed."""
        for row in rows:
            if row.id in self._of_row:
                self.posts[self._of_row[row.id]].stored = row.words
            else:
                self._enter(row, self._find(row.words, self._accepted(view), cut=False))

    def poll(
        self,
        told: Sequence[Told],
        view: View,
        *,
        certain: bool,
        cut: bool = False,
        settled: bool = True,
    ) -> None:
        """Hold a poll against what it could see.

        Args:
            told: what was fanned out, in its order.
            view: of the page.
            certain: all of it was served.
            cut: words may end early.
            settled: the format is that of the poll before; else what is missing says nothing.
        """
        accepted = self._accepted(view)
        for one in told:
            if one.kind is ChangeKind.NEW:
                self._enter(one.row, self._find(one.row.words, accepted, cut=cut))
                continue
            assert one.row.id in self._of_row, f"a change of what was never told: {one.row.words}"
            number = self._of_row[one.row.id]
            post = self.posts[number]
            if one.kind is ChangeKind.WITHDRAWN:
                assert number in {post.number for post in view.gone}, f"post {number} stands"
                post.withdrawn = True
            else:
                found = self._find(one.row.words, accepted, cut=cut)
                assert found == number, f"post {number} got the words of post {found}"
                post.stored, post.withdrawn = one.row.words, False
        self._look(view, accepted, certain=certain)
        if not settled:
            # Many that are found missing at once are taken for a fault of the page.
            self._excused |= {shown.number for shown in view.gone}
        elif certain:
            self._look_for_gone(view)

    def finish(self, rows: Sequence[Row], versions: Mapping[int, set[str]]) -> None:
        """Hold what is stored in the end, and each row's former words, against what was told."""
        assert {row.id for row in rows} == set(self._of_row), "entries that nobody was told of"
        for row in rows:
            post = self.posts[self._of_row[row.id]]
            assert (row.words, row.withdrawn) == (post.stored, post.withdrawn)
            missing = post.versions - versions.get(row.id, set()) - {row.words}
            assert not missing, f"revisions that are not stored: {missing}"

    def _enter(self, row: Row, number: int) -> None:
        post = self.posts.setdefault(number, _Post())
        assert post.row is None, f"post {number} was told twice: {row.words}"
        post.row, post.stored = row.id, row.words
        self._of_row[row.id] = number

    def _accepted(self, view: View) -> dict[int, tuple[str, ...]]:
        """Number -> words a post may be stored with now."""
        seen = {
            shown.number: tuple(map(plain, words)) for shown, words in self.writer.glimpsed(view)
        }
        seen |= {
            shown.number: tuple(map(plain, words)) for shown, words in self.writer.visible(view)
        }
        return seen

    def _find(self, words: str, accepted: Mapping[int, tuple[str, ...]], *, cut: bool) -> int:
        for number, possible in accepted.items():
            if words in possible:
                return number
        for number, possible in accepted.items():
            if cut and words and any(one.startswith(words.rstrip("…")) for one in possible):
                return number
        raise AssertionError(f"what is not on the page: {words}")

    def _look(self, view: View, accepted: Mapping[int, tuple[str, ...]], *, certain: bool) -> None:
        """Whatever stood long enough must be stored as it stood."""
        surely = {shown.number for shown, _ in self.writer.visible(view)} if certain else set()
        for number, words in accepted.items():
            post = self.posts.setdefault(number, _Post())
            if words != post.accepted:
                post.accepted, post.polls = words, 0
            if number not in surely:
                continue
            post.polls += 1
            post.missed = 0
            if post.polls >= self.writer.delay:
                assert post.stored in words, (
                    f"post {number} is stored as {post.stored!r}, the page says {words}"
                )
                assert not post.withdrawn, f"post {number} is back and still struck through"
                post.versions.add(post.stored)

    def _look_for_gone(self, view: View) -> None:
        """What was taken back must be struck through once the format has told it often enough."""
        times = self._times(view)
        for shown in view.gone:
            post = self.posts.get(shown.number)
            if post is None or post.row is None or shown.number in self._excused:
                continue
            if self.writer.tells(view, shown, times):
                post.missed += 1
            needed = self.writer.delay
            if self.writer.withdrawals == "absence":
                needed = POLLS_UNTIL_WITHDRAWN + self.writer.delay - 1
            if post.missed >= needed:
                assert post.withdrawn, f"post {shown.number} was taken back and is not struck"

    def _times(self, view: View) -> list[datetime]:
        return [shown.at for shown, _ in self.writer.visible(view) if shown.number != view.pinned]
