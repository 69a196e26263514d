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
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import figure, tr
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
        raise ProviderError(
            Fault.TIMED_OUT,
            tr(
                "{host_of} did not answer in {seconds} s",
                host_of=host_of(url),
                seconds=figure(f"{seconds:g}"),
            ),
        ) from None
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
        return ProviderError(Fault.UNREACHABLE, tr("{host} does not answer", host=host))
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol):
        return ProviderError(
            Fault.UNREACHABLE,
            tr("no connection to {host}, {why}", host=host, why=_why(error)),
            nobody_there=_is_refused(error),
        )
    if isinstance(error, httpx2.TimeoutException):
        return ProviderError(Fault.TIMED_OUT, tr("{host} stopped answering", host=host), may_be_billed=sent)
    if isinstance(error, httpx2.DecodingError):
        return ProviderError(
            Fault.MALFORMED, tr("{host} sent data that cannot be unpacked", host=host), may_be_billed=sent
        )
    return ProviderError(Fault.CUT_OFF, tr("the connection to {host} broke", host=host), may_be_billed=sent)


def _why(error: Exception) -> str:
    """Return what the operating system said about a failed connection, deep under ``error``."""
    for below in _below(error):
        if isinstance(below, ssl.SSLCertVerificationError):
            return tr("its certificate is not trusted")
        if isinstance(below, ssl.SSLError):
            return tr("the encrypted connection failed")
        if isinstance(below, socket.gaierror):
            return tr("its name is not known")
        if isinstance(below, OSError) and below.errno in _ERRNO_WORDS:
            return _ERRNO_WORDS[below.errno]
    return tr("it could not be reached")


def _is_refused(error: Exception) -> bool:
    """Whether the machine at the other end said that nobody listens there."""
    return any(isinstance(each, ConnectionRefusedError) for each in _below(error))


def _below(error: BaseException | None) -> Iterator[BaseException]:
    """Yield ``error`` and what lies under it, one below the other."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            error = error.__cause__ or error.__context__


_ERRNO_WORDS = {
    errno.ECONNREFUSED: tr("nothing listens there"),
    errno.ECONNRESET: tr("it broke the connection"),
    errno.EHOSTUNREACH: tr("the machine is off or not on this network"),
    errno.ENETUNREACH: tr("the network is unreachable"),
    errno.ETIMEDOUT: tr("it does not answer"),
}
