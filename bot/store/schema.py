"""The tables, in SQLAlchemy Core, for SQLite and PostgreSQL alike.

The migrations in ``migrations/versions`` create what stands here; a test compares the two.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import Instant, Key, metadata

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    sa.Column("poll_url", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("adapter", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("timezone", sa.Text),
    sa.Column("language", sa.Text, nullable=False, server_default=""),
    sa.Column("primed", sa.Boolean, nullable=False, server_default=sa.false()),
    # The page says that coverage is over; polling goes on for a while, for corrections.
    sa.Column("closing", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("interval", sa.Float, nullable=False),
    sa.Column("min_interval", sa.Float),
    sa.Column("max_interval", sa.Float),
    sa.Column("next_poll_at", Instant, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Instant, nullable=False, server_default="0"),
    sa.Column("last_polled_at", Instant),
    sa.Column("last_entry_at", Instant),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("wire_hash", sa.Text, nullable=False, server_default=""),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since", Instant),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    sa.Column("added_by", sa.BigInteger),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, server_default="page"),
    # The source that found it. No foreign key: SQLite adds none to a table that is there.
    sa.Column("parent_id", Key),
    sa.Column("pattern", sa.Text, nullable=False, server_default=""),
    # Settings of its format, such as selectors.
    sa.Column("options", sa.JSON, nullable=False, server_default="{}"),
    sa.Index("ix_sources_state_next_poll_at", "state", "next_poll_at"),
    sa.Index("ix_sources_parent_id", "parent_id"),
)

# The links a following source looked at, so that none is tried forever.
followed_links = sa.Table(
    "followed_links",
    metadata,
    sa.Column("source_id", Key, sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("source_id", Key, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("pruned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("missing_polls", sa.Integer, nullable=False, server_default="0"),
    sa.Column("published_at", Instant),
    sa.Column("updated_at", Instant),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("revised_at", Instant),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("key_event", sa.Boolean, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("media", sa.JSON, nullable=False),
    sa.Column("links", sa.JSON, nullable=False),
    # When readers saw it: the publisher's time, else when it was first seen. Orders /latest.
    sa.Column("shown_at", Instant, nullable=False),
    # The entry of another source that told the same news before; no key, as with parent_id.
    sa.Column("duplicate_of", sa.BigInteger),
    # "strike" or "delete": an admin took it back, whatever the source says.
    sa.Column("retracted", sa.Text),
    sa.UniqueConstraint("source_id", "identity"),
    sa.Index("ix_entries_shown_at_id", "shown_at", "id"),
    sa.Index("ix_entries_source_id_shown_at", "source_id", "shown_at"),
    sa.Index(
        "ix_entries_duplicate_of",
        "duplicate_of",
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    ),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("replaced_at", Instant, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
)

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("emoji", sa.Text, nullable=False),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
)

entry_topics = sa.Table(
    "entry_topics",
    metadata,
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("topic_id", Key, sa.ForeignKey("topics.id"), primary_key=True),
    sa.Index("ix_entry_topics_topic_id_entry_id", "topic_id", "entry_id"),
)

chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("met_at", Instant, nullable=False),
    # The chat that settings commands in this private one are meant for; NULL for itself.
    sa.Column("steers", sa.BigInteger),
    # A person's @name without the @, lower case: people may give it and pass it on to others, so
    # who is found by it is asked for again.
    sa.Column("username", sa.Text, nullable=False, server_default=""),
)

destinations = sa.Table(
    "destinations",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("chat_id", Key, sa.ForeignKey("chats.id"), nullable=False),
    # 0 stands for the chat itself: NULLs would not be unique.
    sa.Column("thread_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("edits", sa.Text, nullable=False),
    sa.Column("threads", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("pins", sa.Boolean, nullable=False, server_default=sa.false()),
    # "full", "compact" or "plain".
    sa.Column("style", sa.Text, nullable=False, server_default="full"),
    # The same news from a second source is not told again.
    sa.Column("duplicates", sa.Boolean, nullable=False, server_default=sa.true()),
    # When it wants no alerts, and the hold that follows from it (bot.store.silences).
    sa.Column("muted_until", Instant),
    sa.Column("quiet", sa.Text, nullable=False, server_default=""),
    sa.Column("digest", sa.Text, nullable=False, server_default=""),
    sa.Column("importance", sa.Text, nullable=False, server_default="all"),
    sa.Column("breaks", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("hold_from", Instant, nullable=False, server_default="0"),
    sa.Column("held_until", Instant, nullable=False, server_default="0"),
    # Up to where the chat has read, by its own word (/catchup, /latest); never by alerts.
    sa.Column("last_read_at", Instant),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("off_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("off_at", Instant),
    sa.Column("not_before", Instant, nullable=False, server_default="0"),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Instant, nullable=False, server_default="0"),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("chat_id", "thread_id"),
    sa.Index(
        "ix_destinations_held",
        "held_until",
        sqlite_where=sa.text("held_until > 0"),
        postgresql_where=sa.text("held_until > 0"),
    ),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("destination_id", Key, sa.ForeignKey("destinations.id"), primary_key=True),
    sa.Column("follow", sa.Text, primary_key=True),
    # A topic's or a source's id; 0 for everything.
    sa.Column("target_id", Key, primary_key=True, autoincrement=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index(
        "ix_subscriptions_follow_target_id_destination_id", "follow", "target_id", "destination_id"
    ),
    sqlite_with_rowid=False,
)

# Expressions people watch for, each once, whoever wrote it. Who does is a subscription that follows
# "watch". Rows never change: processes read those with higher ids than they know.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", Key, primary_key=True),
    # Its canonical form (bot.watches.tree), for people; and the tree itself (bot.watches.form).
    sa.Column("expression", sa.Text, nullable=False, unique=True),
    sa.Column("form", sa.JSON, nullable=False),
    # When it was last chosen: one that nobody watches for any more is forgotten some time later.
    sa.Column("chosen_at", Instant, nullable=False),
)

# Which expressions an entry matched when it was stored. No foreign key to what may be forgotten.
entry_watches = sa.Table(
    "entry_watches",
    metadata,
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("watch_id", Key, primary_key=True, autoincrement=False),
    # So many destinations watch for it that the planner reads them as a range of their own.
    sa.Column("large", sa.Boolean, nullable=False, server_default=sa.false()),
    sqlite_with_rowid=False,
)

# Who watches for one of the many expressions that an entry matches, while its fan-out is open
# (bot.store.spreading). No foreign key: a destination may go meanwhile.
entry_watchers = sa.Table(
    "entry_watchers",
    metadata,
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("destination_id", Key, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

fanouts = sa.Table(
    "fanouts",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("material", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", Instant, nullable=False),
    # The last destination that was dealt with: a crash resumes here.
    sa.Column("cursor", Key, nullable=False, server_default="0"),
    # The last watch whose destinations were gathered (bot.store.spreading).
    sa.Column("watch_cursor", Key, nullable=False, server_default="0"),
    # 0 for a key event, which overtakes other live blogs' entries.
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("planned", sa.Integer, nullable=False, server_default="0"),
    sa.Column("done_at", Instant),
    sa.Index(
        "ix_fanouts_open",
        "id",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    ),
)

# Written out, not bound: a partial index serves only queries that repeat its condition literally.
DUE = sa.text("deliveries.state < 2")

deliveries = sa.Table(
    "deliveries",
    metadata,
    # No foreign keys (docs/performance.md): who deletes what they name deletes deliveries first.
    sa.Column("entry_id", Key, primary_key=True),
    sa.Column("destination_id", Key, primary_key=True),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("revision_sent", sa.Integer),
    sa.Column("message_ids", sa.JSON),
    # ["merged", 12, 13]: the form and the entries that these messages show together.
    sa.Column("bundle", sa.JSON),
    # What each message is: a text, a photo, a picture of an album (bot.delivery.shape).
    sa.Column("shape", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("queued_at", Instant),
    sa.Column("sent_at", Instant),
    sa.Column("edited_at", Instant),
    sa.Index(
        "ix_deliveries_due",
        "priority",
        "due_at",
        "entry_id",
        "destination_id",
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    ),
    sa.Index(
        "ix_deliveries_waiting",
        "destination_id",
        "entry_id",
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    ),
    sqlite_with_rowid=False,
)

# Entries that somebody saved for later; their words are kept for as long as they are.
saved = sa.Table(
    "saved",
    metadata,
    sa.Column("destination_id", Key, sa.ForeignKey("destinations.id"), primary_key=True),
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("saved_at", Instant, nullable=False),
    sa.Index("ix_saved_entry_id", "entry_id"),
    sqlite_with_rowid=False,
)

# A live blog as one destination sees it: what its alerts answer to, and its pinned key events.
stories = sa.Table(
    "stories",
    metadata,
    sa.Column("destination_id", Key, sa.ForeignKey("destinations.id"), primary_key=True),
    sa.Column("source_id", Key, sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("first_message_id", sa.BigInteger),
    sa.Column("pinned_message_id", sa.BigInteger),
    # Hash of what the pinned message shows; it is edited when that is no longer what it should.
    sa.Column("pinned_hash", sa.Text, nullable=False, server_default=""),
    # When the pinned message is to be brought up to date; NULL while it is.
    sa.Column("due_at", Instant),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_stories_source_id", "source_id"),
    sa.Index(
        "ix_stories_due",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# How long an entry took to its chats: per entry and stage a histogram (bot.delivery.latency).
latencies = sa.Table(
    "latencies",
    metadata,
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("bucket", sa.Integer, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Row 1: when the bot's next message is due, whichever process sends it, and what its pacing learnt
# from Telegram (bot.store.rate). Row 2: when the next one that is paid for is due.
rate = sa.Table(
    "rate",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("due_at", Instant, nullable=False, server_default="0"),
    sa.Column("factor", sa.Float, nullable=False, server_default="1"),
    sa.Column("lowered_at", Instant, nullable=False, server_default="0"),
    sa.Column("paused_until", Instant, nullable=False, server_default="0"),
    # The share that was refused at `lowered_at`, and the seconds in which to climb back to it.
    sa.Column("ceiling", sa.Float, nullable=False, server_default="1"),
    sa.Column("climb", sa.Float, nullable=False, server_default="0"),
    # Messages booked to be paid for, on which day: days since 0001-01-01, UTC.
    sa.Column("paid_day", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paid_count", sa.BigInteger, nullable=False, server_default="0"),
)

# Chats that lately answered 429, and the seconds between two messages that each has learnt.
slow_chats = sa.Table(
    "slow_chats",
    metadata,
    sa.Column("telegram_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("gap", sa.Float, nullable=False),
    sa.Column("saved_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# People who were made admins in the chat; those of the settings stand there.
admins = sa.Table(
    "admins",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("granted_by", sa.BigInteger),
    sa.Column("granted_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# What admins did, each in the transaction that did it.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # NULL: the command line, where nobody is known by an id.
    sa.Column("user_id", sa.BigInteger),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False, server_default=""),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_audit_at", "at"),
)

# What an admin was shown and has not confirmed yet, so that a button outlives a restart.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    # What became of it; NULL while it waits for a press.
    sa.Column("outcome", sa.Text),
)

# Topics that every entry of a source belongs to, whatever its words.
source_topics = sa.Table(
    "source_topics",
    metadata,
    sa.Column("source_id", Key, sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("topic_id", Key, sa.ForeignKey("topics.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# What an admin tells every chat. Chats are taken up in the order of their ids, up to `cursor`.
announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("user_id", sa.BigInteger),
    # Where it was confirmed, by Telegram's ids: the message that shows how it goes.
    sa.Column("telegram_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("language", sa.Text, nullable=False, server_default="en"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("entities", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("sent", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("blocked", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("cursor", Key, nullable=False, server_default="0"),
    # The last destination there was when it began.
    sa.Column("until_id", Key, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    # The final report was shown to the admin.
    sa.Column("reported", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Instant, nullable=False, server_default="0"),
    sa.Index(
        "ix_announcements_open",
        "id",
        sqlite_where=sa.text("reported = 0"),
        postgresql_where=sa.text("reported = false"),
    ),
)

# The chats an announcement has taken up and is not done with.
announcing = sa.Table(
    "announcing",
    metadata,
    sa.Column("announcement_id", Key, sa.ForeignKey("announcements.id"), primary_key=True),
    sa.Column("destination_id", Key, sa.ForeignKey("destinations.id"), primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", Instant, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

# What opens the dashboard: a link that works once, then a cookie. Only hashes are kept.
web_keys = sa.Table(
    "web_keys",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

# The processes that run, or lately did: each writes its own row every few seconds.
processes = sa.Table(
    "processes",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    # Messages a second since the row before.
    sa.Column("rate", sa.Float, nullable=False, server_default="0"),
    # Errors in the log within an hour, and what the last one was.
    sa.Column("errors", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    sa.Column("last_error_at", Instant),
)
