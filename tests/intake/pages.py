"""Made-up live blogs for the tests of deciding: entries, pages, and a store in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.intake.decide import decide
from bot.model import Change, ChangeKind, Decision, Known, Snapshot, SourceEntry

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: int) -> datetime:
    """An instant so many minutes after noon."""
    return NOON + minutes * MINUTE


def entry(
    minutes: int | None,
    text: str,
    *,
    id: str | None = None,  # noqa: A002 - the field's name
    **more: object,
) -> SourceEntry:
    """An entry at so many minutes after noon."""
    when = None if minutes is None else at(minutes)
    return replace(SourceEntry(id=id, published_at=when, text=text), **more)  # type: ignore[arg-type]  # any field


def page(entries: Iterable[SourceEntry], *, complete: bool = True) -> Snapshot:
    """A page that holds these entries, in this order."""
    return Snapshot(
        "timestamped", "Storm", "https://news.example/live", tuple(entries), complete=complete
    )


@dataclass
class Memory:
    """What the store would remember, kept in memory.

    Attributes:
        known: identity -> what is stored.
    """

    known: dict[str, Known] = field(default_factory=dict)

    def poll(self, entries: Iterable[SourceEntry], *, complete: bool = True) -> Decision:
        """Decide about a page and store the decision."""
        decision = decide(list(self.known.values()), page(entries, complete=complete))
        self.apply(decision)
        return decision

    def apply(self, decision: Decision) -> None:
        """Store a decision, as ``bot.store.polls`` does."""
        for change in decision.changes:
            self._apply(change)
        for identity, polls in decision.missing.items():
            self.known[identity] = replace(self.known[identity], missing_polls=polls)
        for identity, published_at in decision.retimed.items():
            self.known[identity] = replace(self.known[identity], published_at=published_at)
        for identity, (new_identity, hashed) in decision.adopted.items():
            item = self.known.pop(identity)
            self.known[new_identity] = replace(item, identity=new_identity, content_hash=hashed)

    def _apply(self, change: Change) -> None:
        old = self.known.get(change.identity)
        if change.kind is ChangeKind.NEW:
            assert old is None, "told twice"
            assert change.entry is not None
            self.known[change.identity] = Known(
                change.identity,
                change.content_hash,
                1,
                change.entry.published_at,
                change.entry.text,
                change.entry.title,
            )
            return
        assert old is not None, "a change of a stranger"
        if change.kind is ChangeKind.WITHDRAWN or change.entry is None:
            self.known[change.identity] = replace(
                old, withdrawn=True, revision=old.revision + 1, missing_polls=0
            )
            return
        self.known[change.identity] = replace(
            old,
            content_hash=change.content_hash,
            revision=old.revision + 1,
            published_at=change.entry.published_at,
            text=change.entry.text,
            title=change.entry.title,
            withdrawn=False,
            missing_polls=0,
        )

    def prune(self, *identities: str) -> None:
        """Forget the words of entries."""
        for identity in identities:
            item = self.known[identity]
            self.known[identity] = replace(item, text="", title="", pruned=True)


def told(decision: Decision) -> list[tuple[str, str]]:
    """The changes in short: kind, and text (or identity of what is gone)."""
    return [
        (str(change.kind), change.entry.text if change.entry else change.identity)
        for change in decision.changes
    ]


def remembered(entries: Sequence[SourceEntry]) -> Memory:
    """A store that has seen a page."""
    memory = Memory()
    memory.poll(entries)
    return memory
