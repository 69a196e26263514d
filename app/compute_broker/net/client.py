"""The one place that makes an HTTP client: no redirects, bounded answers, no surprise from the environment.

A proxy of the environment is used for the internet only, never for this machine or the person's own
network: a prompt for a local model must not pass through a company's proxy. What a name resolves to is
judged right before connecting, so that no public name leads to a metadata service.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.net.destination import host_of

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 5.0
JSON_SECONDS = 20.0
"""How long a listing may take as a whole; an answer stream has timers of its own (``providers.door``)."""


def make_client(
    *, loopback_only: bool = False, connect_seconds: float = CONNECT_SECONDS
) -> httpx2.AsyncClient:
    """Return a client for use on one event loop. Blocks for up to 100 ms: see :func:`open_client`.

    ``loopback_only`` refuses every request that would leave this machine, whoever composed its URL.
    Bodies are bounded as ``net.bounds`` says. There is no read timeout: callers know how long to wait.
    """
    import httpx2  # noqa: PLC0415 - 90 ms, and only wanted once something is sent

    from compute_broker.net.transport import CarefulTransport  # noqa: PLC0415 - needs httpx2

    return httpx2.AsyncClient(
        transport=CarefulTransport(loopback_only=loopback_only),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(None, connect=connect_seconds, write=30.0, pool=connect_seconds),
        headers={"accept-encoding": "gzip", "user-agent": "compute-broker"},
    )


async def open_client(*, loopback_only: bool = False) -> httpx2.AsyncClient:
    """Make a client in a worker thread, so that the event loop does not stand still meanwhile."""
    return await asyncio.to_thread(make_client, loopback_only=loopback_only)


async def get_json(
    client: httpx2.AsyncClient,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    seconds: float = JSON_SECONDS,
    connect_seconds: float = CONNECT_SECONDS,
) -> tuple[int, Any]:
    """Return the status and the parsed body of a GET; the body is ``None`` when it is no JSON.

    Raises:
        ProviderError: UNREACHABLE, TIMED_OUT after ``seconds`` in all, MALFORMED when it is too large.
    """
    import httpx2  # noqa: PLC0415 - the caller holds a client, so it is loaded already

    try:
        async with asyncio.timeout(seconds):
            wait = httpx2.Timeout(None, connect=connect_seconds, write=30.0, pool=connect_seconds)
            response = await client.get(url, headers=headers, timeout=wait)
    except TimeoutError:
        raise ProviderError(Fault.TIMED_OUT, f"{host_of(url)} did not answer in {seconds:g} s") from None
    except httpx2.HTTPError as error:
        raise transport_fault(error, url) from error
    try:
        return response.status_code, json.loads(response.content)
    except ValueError:
        return response.status_code, None


@asynccontextmanager
async def reading(response: httpx2.Response) -> AsyncIterator[AsyncIterator[bytes]]:
    """Lend the body of ``response`` in pieces; close the connection when the block is left in any way.

    The connection is closed *before* the generators over it are: an event loop without hooks for
    abandoned generators (Qt's) could not finish them while they still have something to wait for.
    """
    pieces = response.aiter_bytes()
    try:
        yield pieces
    finally:
        await response.aclose()
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


def transport_fault(error: Exception, url: str, *, sent: bool = False) -> ProviderError:
    """Return what ``httpx2`` says about a connection as a fault of the tier.

    ``sent`` tells that the prompt was on its way, so that the provider may bill it.
    """
    import httpx2  # noqa: PLC0415 - the error is one of its own, so it is loaded already

    host = host_of(url)
    if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ProviderError(Fault.UNREACHABLE, f"{host} does not answer")
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol):
        return ProviderError(Fault.UNREACHABLE, f"no connection to {host} ({_why(error)})")
    if isinstance(error, httpx2.TimeoutException):
        return ProviderError(Fault.TIMED_OUT, f"{host} stopped answering", may_be_billed=sent)
    if isinstance(error, httpx2.DecodingError):
        return ProviderError(Fault.MALFORMED, f"{host} sent data that cannot be unpacked", may_be_billed=sent)
    return ProviderError(Fault.CUT_OFF, f"the connection to {host} broke", may_be_billed=sent)


def _why(error: BaseException | None) -> str:
    """Return what the operating system said about a failed connection, deep under ``error``."""
    if isinstance(error, BaseExceptionGroup):
        return _why(error.exceptions[0])
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ssl.SSLError):
        return "the encrypted connection failed"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.errno in _ERRNO_WORDS:
        return _ERRNO_WORDS[error.errno]
    below = None if error is None else error.__cause__ or error.__context__
    return "it could not be reached" if below is None else _why(below)


_ERRNO_WORDS = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ECONNRESET: "it broke the connection",
    errno.EHOSTUNREACH: "the machine is off or not on this network",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ETIMEDOUT: "it does not answer",
}
