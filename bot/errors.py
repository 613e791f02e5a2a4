"""Everything that can go wrong, as one tree.

::

    LiveRelayError
    ├── ConfigError              a setting, a file or a token is wrong: the start stops
    │   └── InUseError           another process holds the database
    ├── StoreError               the database cannot be used
    │   ├── NotADatabaseError    the file is something else
    │   ├── NewerSchemaError     written by a newer LiveRelay
    │   ├── ContendedError       other processes stood in the way: the same again may work
    │   └── StorageFullError     no space, or read-only
    ├── SourceError              a source could not be read
    │   ├── FetchError           no usable answer from the address
    │   │   ├── BadUrlError      not an address that can be fetched
    │   │   ├── ForbiddenAddressError   leads into a private network
    │   │   ├── UnreachableError no connection, no such host, TLS failure
    │   │   ├── FetchTimeoutError  the overall deadline passed
    │   │   ├── TooLargeError    more bytes than allowed, before or after inflating
    │   │   ├── RedirectLoopError  too many redirects
    │   │   ├── HttpStatusError  answered, but with an error status; carries `.retry_after`
    │   │   └── RobotsError      the site's robots.txt closes it; may carry `.retry_after`
    │   └── UnreadableError      fetched, but not to be read
    │       ├── NoLiveBlogError  holds no live blog; `.hint` may name a feed
    │       └── HalfPageError    cut off in the middle
    ├── ExpressionError          a watch's expression cannot be used; says where, and what to do
    └── DeliveryError            Telegram did not take a message
        ├── DestinationGoneError   blocked, kicked, deactivated, chat not found: switch it off
        ├── ChatMigratedError      the group became a supergroup; carries `.new_chat_id`
        ├── TopicGoneError         the forum topic is closed or deleted: fall back to the chat
        ├── RefusedError           this very message is not acceptable: try plain, else give up
        ├── MessageGoneError       the message to edit is not there (any more), or too old
        ├── NotModifiedError       the edit changes nothing: success
        ├── FloodError             429; carries `.retry_after`, in seconds
        ├── TransientError         5xx, time-out, reset: try again later
        │   └── NoConnectionError  nothing left for Telegram
        └── TokenError             401/404: the token is wrong

Each is raised at the boundary where the foreign error arrives, once. `str(error)` is one sentence
for a person: what happened, what it means, what to do. Logs and the command line print it; an
admin in a chat is told `error.reason` in their language.
"""

from __future__ import annotations


class LiveRelayError(Exception):
    """Base of every error LiveRelay raises on purpose."""

    @property
    def reason(self) -> str:
        """The sentence as it was given: a `bot.wording.Wording` can be said in other languages."""
        given = self.args[0] if self.args else ""
        return given if isinstance(given, str) else str(self)


class ConfigError(LiveRelayError):
    """A setting, a configuration file or the token is wrong; the start stops with one line."""


class InUseError(ConfigError):
    """Another process holds what only one may hold."""


class StoreError(LiveRelayError):
    """The database cannot be used as it is."""


class NotADatabaseError(StoreError):
    """The database file is something else."""


class NewerSchemaError(StoreError):
    """The database was written by a newer LiveRelay."""


class ContendedError(StoreError):
    """Other processes worked on the same rows at the same time; nothing was stored."""


class StorageFullError(StoreError):
    """No space is left, or the disk is read-only; nothing was half-written."""


class SourceError(LiveRelayError):
    """A source could not be read."""


class FetchError(SourceError):
    """No usable answer came from the address."""


class BadUrlError(FetchError):
    """The text is not an address that can be fetched."""


class ForbiddenAddressError(FetchError):
    """The address leads into a private network."""


class UnreachableError(FetchError):
    """No connection: no such host, refused, reset, or a TLS failure."""


class FetchTimeoutError(FetchError):
    """The overall deadline passed before the whole answer was there."""


class TooLargeError(FetchError):
    """More bytes than allowed, on the wire or after inflating."""


class RedirectLoopError(FetchError):
    """Too many redirects, or a circle of them."""


class HttpStatusError(FetchError):
    """The server answered with an error status.

    Args:
        message: the sentence for a person.
        status: the HTTP status.
        retry_after: seconds the server asked to wait, if it did.
    """

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class RobotsError(FetchError):
    """The site asks robots to stay away, or cannot say whether it does.

    Args:
        message: the sentence for a person.
        retry_after: seconds the server asked to wait, if it did.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnreadableError(SourceError):
    """The document arrived but cannot be read."""


class NoLiveBlogError(UnreadableError):
    """The document holds no live blog.

    Args:
        message: the sentence for a person, with what was seen instead.
        hint: what could be tried, such as the address of a feed the page links to.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class HalfPageError(UnreadableError):
    """The document is cut off in the middle."""


class ExpressionError(LiveRelayError):
    """A watch's expression cannot be understood, or would be too much.

    Args:
        message: the sentence for a person, in English.
        problem: which one (`bot.watches.problems.Problem`).
        column: where, 1 for the first character; 0 for the expression as a whole.
        width: how many characters are meant.
        given: what stands there.
        candidates: names that may have been meant.
        most: the limit that is passed, 0 where it is none.
    """

    def __init__(
        self,
        message: str,
        *,
        problem: str,
        column: int = 0,
        width: int = 1,
        given: str = "",
        candidates: tuple[str, ...] = (),
        most: int = 0,
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.column = column
        self.width = width
        self.given = given
        self.candidates = candidates
        self.most = most


class DeliveryError(LiveRelayError):
    """Telegram did not take a message."""


class DestinationGoneError(DeliveryError):
    """The bot was blocked, kicked, or the chat no longer exists."""


class ChatMigratedError(DeliveryError):
    """The group became a supergroup with another id.

    Args:
        message: Telegram's description.
        new_chat_id: the supergroup's id.
    """

    def __init__(self, message: str, *, new_chat_id: int) -> None:
        super().__init__(message)
        self.new_chat_id = new_chat_id


class TopicGoneError(DeliveryError):
    """The forum topic is closed or deleted."""


class RefusedError(DeliveryError):
    """This very message is not acceptable to Telegram; another one may be.

    Args:
        message: Telegram's description.
        about: "message"; "picture": the same text without its picture may be taken; "rights": the
            same, in this chat; "kind": the message to edit is a photo and was edited as a text,
            or the other way round.
    """

    def __init__(self, message: str, *, about: str = "message") -> None:
        super().__init__(message)
        self.about = about


class MessageGoneError(DeliveryError):
    """The message to edit does not exist any more, or may not be edited."""


class NotModifiedError(DeliveryError):
    """The edit changes nothing."""


class FloodError(DeliveryError):
    """Telegram asks to slow down (429).

    Args:
        message: Telegram's description.
        retry_after: seconds to wait; values above 10,000 have been seen.
    """

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TransientError(DeliveryError):
    """A passing failure: 5xx, a time-out, a reset connection.

    Args:
        message: what happened.
        maybe_sent: whether Telegram may have taken the message all the same.
    """

    def __init__(self, message: str, *, maybe_sent: bool = False) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent


class NoConnectionError(TransientError):
    """There was no connection to Telegram: nothing left."""


class TokenError(DeliveryError, ConfigError):
    """Telegram does not know the token."""
