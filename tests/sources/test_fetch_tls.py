"""bot.sources.fetch over TLS: the connection goes to our address, the certificate to the name."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.errors import FetchTimeoutError, UnreachableError
from bot.sources.fetch import Fetcher, FetchLimits
from tests.sources.rawserver import Request, reply, serving

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs the openssl command to make a certificate"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for news.example, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example"),
            *("-keyout", "key.pem", "-out", "cert.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=30,
    )
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@asynccontextmanager
async def tls_server(certificate: Path, names: list[str | None]) -> AsyncIterator[int]:
    """A server with that certificate; notes the name each client asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(reply(head, "Connection: close"))
            await writer.drain()
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def loopback(host: str, port: int) -> Sequence[str]:
    """Every name is this machine."""
    return ["127.0.0.1"]


def fetcher_with(tls: ssl.SSLContext | None) -> Fetcher:
    """A fetcher that trusts `tls` and may reach the loopback."""
    return Fetcher(
        user_agent="test",
        allow_hosts=["127.0.0.1"],
        resolve=loopback,
        limits=FetchLimits(deadline=5),
        tls=tls,
    )


async def test_name_is_checked(certificate: Path) -> None:
    """SNI, certificate check and Host header use the name, the connection the checked address."""
    names: list[str | None] = []
    fetcher = fetcher_with(ssl.create_default_context(cafile=str(certificate)))
    async with tls_server(certificate, names) as port:
        document = await fetcher.fetch(f"https://news.example:{port}/live")
        with pytest.raises(UnreachableError, match=r"certificate of other\.example"):
            await fetcher.fetch(f"https://other.example:{port}/")
    await fetcher.aclose()
    assert f"Host: news.example:{port}".encode() in document.body
    assert names == ["news.example", "other.example"]


async def test_unknown_authority(certificate: Path) -> None:
    """A certificate nobody vouches for is refused, with the reason."""
    fetcher = fetcher_with(None)
    async with tls_server(certificate, []) as port:
        with pytest.raises(UnreachableError, match=r"self.signed"):
            await fetcher.fetch(f"https://news.example:{port}/")
    await fetcher.aclose()


async def test_no_tls_at_all() -> None:
    """A plain server behind https is a sentence about TLS."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(reply(b"", status="400 Bad Request"))
        await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    fetcher = fetcher_with(None)
    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UnreachableError, match="No secure connection"):
            await fetcher.fetch(f"https://news.example:{port}/")
    await fetcher.aclose()


async def test_silent_handshake() -> None:
    """A server that accepts and says nothing costs a deadline, and its socket is closed."""
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        hung_up.set()
        writer.close()

    fetcher = Fetcher(
        user_agent="test",
        allow_hosts=["127.0.0.1"],
        resolve=loopback,
        limits=FetchLimits(deadline=0.3),
    )
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchTimeoutError):
            await fetcher.fetch(f"https://news.example:{port}/")
        async with asyncio.timeout(1):
            await hung_up.wait()
    await fetcher.aclose()


async def test_downgrade(certificate: Path) -> None:
    """A redirect from https to http is followed, without the validators."""
    seen: list[Request] = []

    async def plain(request: Request, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        writer.write(reply(b"page"))

    names: list[str | None] = []
    async with serving(plain) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            names.append((await reader.readuntil(b"\r\n\r\n")).decode())
            to = f"Location: http://news.example:{server.port}/"
            writer.write(reply(b"", to, "Connection: close", status="302 Found"))
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

        async with await asyncio.start_server(redirect, "127.0.0.1", 0, ssl=context) as secure:
            port = secure.sockets[0].getsockname()[1]
            fetcher = fetcher_with(ssl.create_default_context(cafile=str(certificate)))
            document = await fetcher.fetch(f"https://news.example:{port}/", etag='"v1"')
            await fetcher.aclose()
    assert document.body == b"page"
    assert 'if-none-match: "v1"' in (names[0] or "").lower()
    assert "if-none-match" not in seen[0].headers
