"""Gzip with a bound: a bomb stops at the limit instead of in memory.

httpx inflates a whole chunk before it yields anything, a thousandfold for a bomb; here each step
produces at most what is still allowed.
"""

from __future__ import annotations

import zlib

from bot.errors import FetchError, TooLargeError

MAX_MEMBERS = 4096
"""Gzip members in one body; each costs a copy of what follows it, so their number is bounded."""

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
        self._body = bytearray()
        self._decoder = zlib.decompressobj(_GZIP)
        self._members = 0
        self._between = b""  # what came after a member, until it can be told what it is
        self._started = False
        self._ended = False  # padding or junk follows the last member: ignored, as browsers do

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
        return bytes(self._body)

    def _inflate(self, data: bytes) -> bytes:
        """Inflate one member's bytes; returns what follows the member."""
        while data:
            # One byte more than allowed, so that a body of exactly the limit is told from more.
            room = self._limit - len(self._body) + 1
            try:
                piece = self._decoder.decompress(data, room)
            except zlib.error as error:
                raise FetchError(
                    "The answer is marked as gzip but its bytes are damaged or something else; "
                    "the server is at fault."
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
            raise FetchError(f"The answer is split into more than {MAX_MEMBERS:,} gzip parts.")
        self._decoder = zlib.decompressobj(_GZIP)
        return data

    def _append(self, piece: bytes) -> None:
        if len(self._body) + len(piece) > self._limit:
            raise TooLargeError(
                f"The page is larger than {self._limit / 2**20:.3g} MiB; a live blog is smaller. "
                "Check that the address is the live blog's own."
            )
        self._body += piece
