"""bot.sources.inflate: gzip as servers really send it, within a bound."""

from __future__ import annotations

import gzip
import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FetchError, TooLargeError
from bot.sources.inflate import MAX_HELD, MAX_MEMBERS, Inflater, WireBody


def inflate(wire: bytes, *, limit: int = 1 << 20, step: int = 0) -> bytes | None:
    """The body of `wire` fed in pieces of `step` bytes, all at once by default."""
    inflater = Inflater(compressed=True, limit=limit)
    for start in range(0, len(wire), step or max(len(wire), 1)):
        inflater.feed(wire[start : start + (step or len(wire))])
    return inflater.finish()


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 40))
def test_members_and_chunks(bodies: list[bytes], step: int) -> None:
    """However many members there are and wherever the chunks break, the body is whole."""
    wire = b"".join(gzip.compress(body) for body in bodies)
    assert inflate(wire, step=step) == b"".join(bodies)


@pytest.mark.parametrize("tail", [b"\0" * 512, b"junk", b"\x1f", b"\x1fx"])
@pytest.mark.parametrize("step", [0, 1])
def test_padding_after_the_end(tail: bytes, step: int) -> None:
    """Padding and junk after the last member are ignored."""
    assert inflate(gzip.compress(b"whole") + tail, step=step) == b"whole"


@given(st.binary(min_size=1, max_size=500), st.data())
def test_cut_off(body: bytes, data: st.DataObject) -> None:
    """A stream cut anywhere is never taken for a whole body."""
    wire = gzip.compress(body)
    cut = data.draw(st.integers(1, len(wire) - 1))
    assert inflate(wire[:cut]) is None


def test_nothing_at_all() -> None:
    """An empty answer marked as gzip is an empty body."""
    assert inflate(b"") == b""


@pytest.mark.parametrize("size", [1000, 1001])
def test_limit_is_exact(size: int) -> None:
    """A body of exactly the limit passes, one byte more does not; plain and gzip alike."""
    for wire, compressed in ((b"a" * size, False), (gzip.compress(b"a" * size), True)):
        inflater = Inflater(compressed=compressed, limit=1000)
        if size > 1000:
            with pytest.raises(TooLargeError):
                inflater.feed(wire)
        else:
            inflater.feed(wire)
            assert inflater.finish() == b"a" * size


@pytest.mark.parametrize(
    "wire", [b"<html>plain</html>", gzip.compress(b"a" * 99, mtime=0)[:-8] + b"\0" * 8]
)
def test_not_gzip(wire: bytes) -> None:
    """Bytes that are not gzip, or fail its checksum, are an error and not a page."""
    with pytest.raises(FetchError):
        inflate(wire)


def test_a_hail_of_empty_members() -> None:
    """Thousands of empty members end with an error, not in hours of copying."""
    with pytest.raises(FetchError):
        inflate(gzip.compress(b"") * (MAX_MEMBERS + 1), step=65536)


def test_zlib_is_not_gzip() -> None:
    """Only gzip was offered, so zlib's own wrapping is refused."""
    with pytest.raises(FetchError):
        inflate(zlib.compress(b"page"))


def take(
    wire: bytes, *, known: str = "", limit: int = 1 << 20, compressed: bool = True
) -> WireBody:
    """A body fed in pieces, as a socket gives them."""
    body = WireBody(compressed=compressed, limit=limit, known=known)
    for start in range(0, len(wire), 1000):
        body.feed(wire[start : start + 1000])
    return body


@given(st.binary(max_size=5000), st.booleans(), st.booleans())
def test_known_bytes(page: bytes, compressed: bool, changed: bool) -> None:
    """The bytes that are known give an empty body, any others their own; the hash is the wire's."""
    wire = gzip.compress(page, mtime=0) if compressed else page
    hashed = take(wire, compressed=compressed).wire_hash
    assert hashed == hashlib.blake2b(wire, digest_size=16).hexdigest()
    known = "another" if changed else hashed
    again = take(wire, known=known, compressed=compressed)
    assert again.finish() == (page if changed else b"")
    assert again.wire_hash == hashed


def test_known_bytes_are_not_inflated() -> None:
    """What is known costs no inflating: it is not even looked at."""
    wire = b"\x1f\x8b this is no gzip at all"
    known = hashlib.blake2b(wire, digest_size=16).hexdigest()
    assert take(wire, known=known).finish() == b""
    with pytest.raises(FetchError, match="gzip"):
        take(wire, known="another").finish()


def test_a_bomb_that_waited() -> None:
    """A bomb in the place of a known page stops at the limit when it is inflated."""
    bomb = gzip.compress(bytes(8 << 20))
    body = take(bomb, known="another")
    with pytest.raises(TooLargeError):
        body.finish()


def test_what_waits_is_bounded() -> None:
    """A body of more compressed bytes than may wait is inflated as it comes, and is whole."""
    page = random.Random(0).randbytes(MAX_HELD + 100_000)
    wire = gzip.compress(page, 1, mtime=0)
    known = hashlib.blake2b(wire, digest_size=16).hexdigest()
    body = take(wire, known="another", limit=1 << 22)
    assert body._held is None
    assert body.finish() == page
    assert take(wire, known=known, limit=1 << 22).finish() == b""
