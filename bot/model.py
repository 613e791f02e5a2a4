"""The types of the flow, one per stage, all frozen.

``Document`` (what was fetched) → ``Snapshot`` of ``SourceEntry`` (what an adapter read) →
``Change`` (what intake decided) → ``Entry`` (a row) → ``Delivery`` (entry × destination) →
``Outgoing`` (what Telegram gets, in `bot.outgoing`). A mix-up of stages is a type error. Every
instant is an aware UTC ``datetime``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched: one response, inflated.

    Attributes:
        url: the address the body came from, after redirects.
        requested_url: the address that was asked for.
        status: the HTTP status (200, or 304 with an empty body).
        content_type: the header as sent, "" where there was none.
        body: the inflated bytes; empty where `wire_hash` shows that they are known.
        fetched_at: when the response was complete, UTC.
        wire_hash: hash of the bytes as they came over the wire, before inflating.
        etag: the validator to send next time.
        last_modified: the other validator to send next time.
        max_age: seconds the server allows the copy to be reused (``Cache-Control``).
        crawl_delay: seconds between requests the site asks robots for (robots.txt), 0 if it
            does not.
    """

    url: str
    requested_url: str
    status: int
    content_type: str
    body: bytes
    fetched_at: datetime
    wire_hash: str = ""
    etag: str | None = None
    last_modified: str | None = None
    max_age: float | None = None
    crawl_delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link in an entry: absolute http(s) address and the words it stands on.

    The address is "" where the page, saved as text, holds only the words.
    """

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or film in an entry.

    Attributes:
        kind: "photo", "video" or "embed".
        url: absolute http(s) address.
        caption: the words under it, without the credit where it can be told apart.
    """

    kind: str
    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One entry as an adapter read it.

    Attributes:
        id: the publisher's own stable id; None where the format has none (then intake aligns
            by time and text).
        published_at: UTC; None where the source gives no time.
        updated_at: UTC; when the publisher last changed it.
        title: one line, "" where the entry has none.
        text: plain; paragraphs joined by a blank line; list items start with "• ".
        html: the same, as canonical markup (see ``bot.sources.canonical``).
        url: the entry's own anchor, else the page's address.
        author: as shown, "" where there is none.
        key_event: marked by the newsroom as important.
        pinned: shown on top out of order.
        media: pictures and films.
        links: "Read more" and other links that are not part of a sentence, and those that are.
        withdrawn: the format says that the entry was taken back.
        unread: the page only lists it; it is known by its id, and its words were not fetched again.
        slack: how much older it may be than `published_at`, where the page tells only an age
            ("2 hours ago"); such a time is none to know it by.
    """

    id: str | None
    published_at: datetime | None
    text: str
    html: str = ""
    title: str = ""
    updated_at: datetime | None = None
    url: str = ""
    author: str = ""
    key_event: bool = False
    pinned: bool = False
    media: tuple[Media, ...] = ()
    links: tuple[Link, ...] = ()
    withdrawn: bool = False
    unread: bool = False
    slack: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an adapter read from one document.

    Attributes:
        adapter: the adapter's name.
        title: the live blog's headline.
        url: canonical address of the live blog.
        entries: in the page's order.
        timezone: the zone the page writes its times in, as an IANA name or "UTC"; None if not told.
        language: BCP 47 tag of the page, "" if not told.
        complete: the page holds all entries from its oldest to its newest.
        ended: coverage is over.
        warnings: sentences for an admin ("times without a zone: assuming UTC").
    """

    adapter: str
    title: str
    url: str
    entries: tuple[SourceEntry, ...]
    timezone: str | None = None
    language: str = ""
    complete: bool = True
    ended: bool = False
    warnings: tuple[str, ...] = ()


class ChangeKind(enum.StrEnum):
    """What happened to an entry between two polls."""

    NEW = "new"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store remembers of an entry, as far as deciding needs it.

    Attributes:
        identity: unique within the source.
        content_hash: of what a reader sees (``bot.intake.decide.content_hash``).
        revision: 1 for the first.
        published_at: UTC or None.
        text: the current text, for alignment.
        title: the current title.
        withdrawn: already withdrawn.
        missing_polls: polls in a row in which a complete page did not hold it.
        pruned: only a tombstone is left; it must not come back as new.
        retracted: an admin took it back; the source cannot bring it back.
    """

    identity: str
    content_hash: str
    revision: int
    published_at: datetime | None
    text: str = ""
    title: str = ""
    withdrawn: bool = False
    missing_polls: int = 0
    pruned: bool = False
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One decision of intake about one entry.

    Attributes:
        kind: new, revised or withdrawn.
        identity: unique within the source.
        entry: what the page says now; None for a withdrawal by absence.
        content_hash: of what a reader sees.
        material: the text a reader sees changed in more than wording of a few characters.
        silent: to be stored, not told: what stood on the page before it changed its format.
    """

    kind: ChangeKind
    identity: str
    entry: SourceEntry | None
    content_hash: str = ""
    material: bool = True
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything one poll decided, in the order in which it should be told: oldest first.

    Attributes:
        changes: new, revised and withdrawn entries.
        missing: identity -> polls in a row it was missing from a complete page (0 = seen again).
        adopted: identity -> the (identity, content hash) it has from now on: the page gives the
            same entry another id or reads otherwise, because its format changed.
        retimed: identity -> its corrected time of publication, UTC; nobody is told of it.
        warnings: for an admin.
        restless: how many entries change at every poll and are relayed no more.
    """

    changes: tuple[Change, ...] = ()
    missing: dict[str, int] = field(default_factory=dict)
    adopted: dict[str, tuple[str, str]] = field(default_factory=dict)
    retimed: dict[str, datetime] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    restless: int = 0


class SourceState(enum.StrEnum):
    """What is done about a source."""

    PROPOSED = "proposed"  # previewed in chat, not confirmed yet
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"  # coverage is over
    REMOVED = "removed"


class SourceKind(enum.StrEnum):
    """What a source's address holds."""

    PAGE = "page"  # a live blog
    FOLLOW = "follow"  # a section page or feed that links to live blogs


class LinkOutcome(enum.StrEnum):
    """What a link on a followed page turned out to be."""

    ADDED = "added"
    NO_LIVE_BLOG = "none"
    OVER = "over"  # a live blog nobody writes any more
    FAILED = "failed"  # could not be fetched


@dataclass(frozen=True, slots=True)
class Source:
    """A live blog that is watched, or a section page that is followed (a row).

    Attributes:
        url: the address an admin pasted, normalised.
        poll_url: the address that is fetched (a feed or an API found on the page), usually `url`.
        primed: the first poll is stored; before that nothing is alerted.
        closing: the page says that coverage is over.
        interval: seconds between polls at present.
        min_interval: own lower bound in seconds, None for the setting's.
        max_interval: own upper bound in seconds, None for the setting's.
        next_poll_at: UTC.
        failures: in a row; 0 when healthy.
        kind: whether it is a live blog or links to some.
        parent_id: the followed source that found it, None for one an admin added.
        pattern: which links of a followed page count; "" for those that look like live blogs.
        options: settings of its format, such as selectors.
    """

    id: int
    url: str
    poll_url: str
    name: str
    state: SourceState
    adapter: str
    title: str
    timezone: str | None
    language: str
    primed: bool
    closing: bool
    interval: float
    min_interval: float | None
    max_interval: float | None
    next_poll_at: datetime
    last_polled_at: datetime | None
    last_entry_at: datetime | None
    etag: str | None
    last_modified: str | None
    wire_hash: str
    failures: int
    failing_since: datetime | None
    last_error: str
    added_by: int | None
    created_at: datetime
    kind: SourceKind = SourceKind.PAGE
    parent_id: int | None = None
    pattern: str = ""
    options: dict[str, str] = field(default_factory=dict)


class Retraction(enum.StrEnum):
    """What an admin had done with the messages of an entry; the source's word counts no more."""

    STRIKE = "strike"  # struck through in place, as a withdrawal
    DELETE = "delete"  # deleted, where Telegram still lets us


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored entry (a row), in its current revision.

    Attributes:
        retracted: an admin took it back here, whatever the source says.
    """

    id: int
    source_id: int
    identity: str
    revision: int
    withdrawn: bool
    published_at: datetime | None
    updated_at: datetime | None
    first_seen_at: datetime
    revised_at: datetime | None
    title: str
    text: str
    html: str
    url: str
    author: str
    key_event: bool
    pinned: bool
    media: tuple[Media, ...] = ()
    links: tuple[Link, ...] = ()
    retracted: Retraction | None = None


@dataclass(frozen=True, slots=True)
class TopicRule:
    """When an entry belongs to a topic: any of, all of, none of these words or phrases."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # names or address parts; empty = every source


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject people subscribe to.

    Attributes:
        slug: lower-case letters, digits and dashes; used in deep links and commands.
        names: language -> name; "en" is the fallback.
        emoji: stands before the alert.
        origin: "file" (topics.toml) or "admin".
    """

    id: int
    slug: str
    names: dict[str, str]
    emoji: str
    rule: TopicRule
    origin: str = "file"

    def name(self, language: str) -> str:
        """The name in `language`, else in English, else the slug."""
        return self.names.get(language) or self.names.get("en") or self.slug


class ChatKind(enum.StrEnum):
    """Telegram's kinds of chat; they differ in limits and in who may change settings."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"

    @property
    def is_group(self) -> bool:
        """Whether the per-group limit (20 messages a minute) applies; channels count as groups."""
        return self is not ChatKind.PRIVATE


@dataclass(frozen=True, slots=True)
class Chat:
    """A Telegram chat the bot has met (a row)."""

    id: int
    telegram_id: int
    kind: ChatKind
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where alerts go (a row): a chat, or one forum topic of it.

    Attributes:
        id: our own; stays when the group migrates.
        chat_id: Telegram's id.
        thread_id: the forum topic, None for the chat itself.
        timezone: IANA name in which times are shown.
        edits: "all", "material" or "none": which corrections are shown.
        threads: alerts of a live blog answer to its first message.
        pins: a pinned message of each live blog lists its key events.
        style: "full", "compact" or "plain": how alerts look.
        duplicates: the same news from a second source is not told again.
    """

    id: int
    chat_id: int
    thread_id: int | None
    kind: ChatKind
    title: str
    language: str
    timezone: str
    edits: str
    active: bool
    threads: bool = False
    pins: bool = False
    style: str = "full"
    duplicates: bool = True


class Follow(enum.StrEnum):
    """What a subscription follows."""

    TOPIC = "topic"
    SOURCE = "source"
    ALL = "all"
    WATCH = "watch"


class DeliveryKind(enum.StrEnum):
    """What is to be done with an entry at a destination."""

    SEND = "send"
    EDIT = "edit"


class Form(enum.StrEnum):
    """How one message shows several entries."""

    MERGED = "merged"  # each in full
    DIGEST = "digest"  # key events in full, of the others the headline


@dataclass(frozen=True, slots=True)
class Bundle:
    """Entries that one message shows together.

    Attributes:
        entry_ids: in the message's order.
    """

    form: Form
    entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Work for the sender: one entry for one destination.

    Attributes:
        kind: send it, or edit what was sent.
        attempts: failed tries so far.
        message_ids: of the parts already sent (several when the text was split).
        revision_sent: the revision the chat shows, None if nothing was sent.
        bundle: what the messages show besides this entry; None where it stands alone.
        shape: what each of the messages is (``bot.delivery.shape``); "" if that is not known.
    """

    destination_id: int
    entry_id: int
    kind: DeliveryKind
    attempts: int
    message_ids: tuple[int, ...]
    revision_sent: int | None
    bundle: Bundle | None = None
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a sender claimed: one destination and its due deliveries, oldest entry first."""

    destination: Destination
    deliveries: tuple[Delivery, ...]
