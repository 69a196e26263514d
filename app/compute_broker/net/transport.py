"""The transport under every client: destination judged, proxy chosen, answers unpacked within bounds.

Imports ``httpx2``; imported by ``client`` only when the first client is made.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr
from compute_broker.net.address import is_own_name, is_own_network, parse_host
from compute_broker.net.destination import host_of, judge_destination

MAX_BODY_BYTES = 16 * 2**20
"""A whole body, unpacked: OpenRouter's list of all models has about 2 MB."""

MAX_ERROR_BYTES = 2**20
"""The body of an error."""

MAX_STREAM_BYTES = 256 * 2**20
"""A whole stream: 262,144 tokens in chunks of 400 bytes are 105 MB. Only one event of it is ever held."""

_PIECE = 2**16


@cache
def _trust() -> ssl.SSLContext:
    """Return the system's trusted certificates, read once: 20 to 40 ms (measured), so in a worker thread.

    Raises:
        ProviderError: UNREACHABLE, when they cannot be read: nobody can be trusted then, and clear text
            on the person's own network goes on.
    """
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
        remedy = (
            tr("mend or unset SSL_CERT_FILE, which names {named}", named=named)
            if named
            else tr("mend the system's store")
        )
        raise ProviderError(
            Fault.UNREACHABLE,
            tr(
                "the trusted certificates cannot be read ({strerror}): {remedy}",
                strerror=error.strerror,
                remedy=remedy,
            ),
        ) from error


def _trust_nobody() -> ssl.SSLContext:
    """Return what a connection in clear text needs: it would refuse any certificate."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class CarefulTransport(httpx2.AsyncBaseTransport):
    """Sends what ``judge_destination`` lets pass, directly or through the environment's proxy."""

    def __init__(self, *, loopback_only: bool) -> None:
        """Open no way out yet: each follows when an address wants it."""
        self._loopback_only = loopback_only
        self._limits = httpx2.Limits(max_connections=100, max_keepalive_connections=10, keepalive_expiry=30.0)
        self._ways: dict[tuple[str | None, bool], httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request``; the answer's body is unpacked and bounded while it is read."""
        url = str(request.url)
        proxy = None if self._loopback_only else proxy_for(url)
        if proxy is None:
            await self._judge(request)
        way = await self._way(proxy, clear_text=request.url.scheme == "http")
        response = await way.handle_async_request(request)
        return _bounded(response, host_of(url))

    async def _judge(self, request: httpx2.Request) -> None:
        """Judge where ``request`` goes; looking up a name counts as part of connecting."""
        wait = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(wait):
                await judge_destination(str(request.url), loopback_only=self._loopback_only)
        except TimeoutError:
            raise httpx2.ConnectTimeout("the name was not found in time", request=request) from None

    async def aclose(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            await way.aclose()

    async def _way(self, proxy: str | None, *, clear_text: bool) -> httpx2.AsyncHTTPTransport:
        wanted = (proxy, clear_text)
        if wanted not in self._ways:
            if proxy is not None and urlsplit(proxy).scheme not in {"http", "https"}:
                message = tr(
                    "the proxy {host} is no http proxy, which is the only kind supported", host=host_of(proxy)
                )
                raise ProviderError(Fault.UNREACHABLE, message)
            trusted = _trust_nobody() if clear_text else await asyncio.to_thread(_trust)
            self._ways.setdefault(
                wanted, httpx2.AsyncHTTPTransport(verify=trusted, proxy=proxy, limits=self._limits)
            )
        return self._ways[wanted]


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for ``url``; none for this machine and private networks.

    A name without a dot, and one that ends in ``.local`` or the like, is taken for the person's own network.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    address = parse_host(host, url)
    if is_own_name(host) if address is None else is_own_network(address):
        return None
    proxies = getproxies()
    chosen = proxies.get(parts.scheme) or proxies.get("all")
    if not chosen or proxy_bypass(host):
        return None
    return chosen if "://" in chosen else f"http://{chosen}"


def _bounded(response: httpx2.Response, host: str) -> httpx2.Response:
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    headers = [
        (name, value)
        for name, value in response.headers.raw
        if name.lower() not in {b"content-encoding", b"content-length"} or coding == "identity"
    ]
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        raise TypeError("an asynchronous transport gave a synchronous stream")
    stream = BoundedStream(response.stream, coding, _limit(response), host)
    return httpx2.Response(
        response.status_code, headers=headers, stream=stream, extensions=response.extensions
    )


def _limit(response: httpx2.Response) -> int:
    if not response.is_success:
        return MAX_ERROR_BYTES
    kind = response.headers.get("content-type", "")
    return MAX_BODY_BYTES if "json" in kind or "html" in kind else MAX_STREAM_BYTES


class BoundedStream(httpx2.AsyncByteStream):
    """A body, unpacked in small pieces and stopped at its limit: a bomb never gets to burst."""

    def __init__(self, source: httpx2.AsyncByteStream, coding: str, limit: int, host: str) -> None:
        """``limit`` is in bytes after unpacking."""
        self._source, self._coding, self._limit, self._host = source, coding, limit, host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the unpacked body.

        Raises:
            ProviderError: MALFORMED, when it passes the limit or cannot be unpacked.
        """
        if self._coding not in {"identity", "", "gzip", "x-gzip"}:
            raise self._malformed(
                tr(
                    "{who} packed its answer as {coding}, which was not asked for",
                    who=self._host,
                    coding=f"{self._coding[:20]!r}",
                )
            )
        unpack = _Gunzip() if self._coding.endswith("gzip") else None
        total = 0
        async for chunk in self._source:
            for piece in self._pieces(unpack, chunk):
                total += len(piece)
                if total > self._limit:
                    raise self._malformed(
                        tr(
                            "{who} sent more than {limit} MiB, and was cut off",
                            who=self._host,
                            limit=self._limit // 2**20,
                        )
                    )
                yield piece

    async def aclose(self) -> None:
        """Close the connection's side of it."""
        await self._source.aclose()

    def _pieces(self, unpack: _Gunzip | None, chunk: bytes) -> Iterator[bytes]:
        if unpack is None:
            yield chunk
            return
        try:
            yield from unpack(chunk)
        except zlib.error:
            raise self._malformed(tr("{host} sent data that cannot be unpacked", host=self._host)) from None

    def _malformed(self, what: str) -> ProviderError:
        return ProviderError(Fault.MALFORMED, what, may_be_billed=True)


class _Gunzip:
    """Unpacks gzip a bounded piece at a time."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def __call__(self, packed: bytes) -> Iterator[bytes]:
        piece = self._unpacker.decompress(packed, _PIECE)
        while piece:
            yield piece
            piece = self._unpacker.decompress(self._unpacker.unconsumed_tail, _PIECE)
