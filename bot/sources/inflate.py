"""Gzip with a bound: a bomb stops at the limit instead of in memory.

httpx inflates a whole chunk before it yields anything, a thousandfold for a bomb; here each step
produces at most what is still allowed. And a body that is known already is not inflated at all.
"""

from __future__ import annotations

import hashlib
import io
import zlib

from bot.errors import FetchError, TooLargeError
from bot.wording import Wording

MAX_MEMBERS = 4096
"""Gzip members in one body; each costs a copy of what follows it, so their number is bounded."""

MAX_HELD = 2 * 2**20
"""Bytes of a body that wait, compressed, until it is told whether they are known; the gzip of a
long live blog has a tenth of that."""

_PIECE = 2**16
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class Inflater:
    """Gathers a body: inflates gzip, passes anything else through, counts, and stops at the limit.

    Args:
        compressed: the bytes are gzip (RFC 1952; several members in a row are one body).
        limit: bytes, for the body as gathered.
    """

    def __init__(self, *, compressed: bool, limit: int) -> None:
        self._limit = limit
        self._compressed = compressed
        self._body = io.BytesIO()  # gives its bytes away without a copy
        self._decoder = zlib.decompressobj(_GZIP)
        self._members = 0
        self._between = b""  # what came after a member, until it can be told what it is
        self._started = False
        self._ended = False  # padding or junk follows the last member: ignored, as browsers do

    @property
    def size(self) -> int:
        """Bytes of the body so far."""
        return self._body.tell()

    def feed(self, chunk: bytes) -> None:
        """Take bytes as they came over the wire.

        Raises:
            TooLargeError: the body outgrows the limit.
            FetchError: the bytes are not gzip.
        """
        if not self._compressed:
            self._append(chunk)
            return
        data = chunk
        while data and not self._ended:
            if self._decoder.eof and not (data := self._next_member(data)):
                return
            self._started = True
            data = self._inflate(data)

    def finish(self) -> bytes | None:
        """The whole body; None when the gzip stream is cut off in the middle."""
        if self._compressed and self._started and not (self._decoder.eof or self._ended):
            return None
        return self._body.getvalue()

    def _inflate(self, data: bytes) -> bytes:
        """Inflate one member's bytes; returns what follows the member."""
        while data:
            # One byte more than allowed, so that a body of exactly the limit is told from more.
            room = self._limit - self.size + 1
            try:
                piece = self._decoder.decompress(data, room)
            except zlib.error as error:
                raise FetchError(
                    Wording(
                        "The answer is marked as gzip but its bytes are damaged or something else; "
                        "the server is at fault."
                    )
                ) from error
            self._append(piece)
            if self._decoder.eof:
                return self._decoder.unused_data
            data = self._decoder.unconsumed_tail
        return b""

    def _next_member(self, data: bytes) -> bytes:
        """Decide what follows a finished member; returns the bytes of the next one, or nothing."""
        data = self._between + data
        if len(data) < len(_MAGIC) and _MAGIC.startswith(data):
            self._between = data
            return b""
        self._between = b""
        if not data.startswith(_MAGIC):
            self._ended = True
            return b""
        self._members += 1
        if self._members >= MAX_MEMBERS:
            raise FetchError(
                Wording("The answer is split into more than {n} gzip parts.", n=MAX_MEMBERS)
            )
        self._decoder = zlib.decompressobj(_GZIP)
        return data

    def _append(self, piece: bytes) -> None:
        if self.size + len(piece) > self._limit:
            raise TooLargeError(
                Wording(
                    "The page is larger than {size} MiB; a live blog is smaller. Check that the "
                    "address is the live blog's own.",
                    size=self._limit / 2**20,
                )
            )
        self._body.write(piece)


class WireBody:
    """A body as it comes over the wire: hashed, and inflated only if its bytes are not known.

    Whether they are known is told by the last one, so up to `MAX_HELD` compressed bytes wait as
    they came; a body of more is inflated as it comes.

    Args:
        compressed: the bytes are gzip.
        limit: bytes, for the body inflated.
        known: hash of the bytes that need no inflating, "" without one.
    """

    def __init__(self, *, compressed: bool, limit: int, known: str = "") -> None:
        self._inflater = Inflater(compressed=compressed, limit=limit)
        self._wire = hashlib.blake2b(digest_size=16)
        self._known = known
        self._held: bytearray | None = bytearray() if known and compressed else None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self._held or b"") + self._inflater.size

    @property
    def wire_hash(self) -> str:
        """Of the bytes so far."""
        return self._wire.hexdigest()

    def feed(self, chunk: bytes) -> None:
        """Take bytes as they came.

        Raises:
            TooLargeError: the body outgrows the limit.
            FetchError: the bytes are not gzip.
        """
        self._wire.update(chunk)
        if self._held is None:
            self._inflater.feed(chunk)
            return
        self._held += chunk
        if len(self._held) > MAX_HELD:
            self._release()

    def finish(self) -> bytes | None:
        """The inflated body, empty where it is known; None when the gzip stream is cut off.

        Raises:
            TooLargeError: the body outgrows the limit.
            FetchError: the bytes are not gzip.
        """
        if self._known and self.wire_hash == self._known:
            return b""
        self._release()
        return self._inflater.finish()

    def _release(self) -> None:
        held, self._held = self._held or b"", None
        for start in range(0, len(held), _PIECE):
            self._inflater.feed(bytes(held[start : start + _PIECE]))
