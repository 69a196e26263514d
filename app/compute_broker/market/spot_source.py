"""Reads a spot feed from its address or file: bounded, without redirects, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.texts import tr
from compute_broker.core.tier import Place
from compute_broker.market.spot import MOST_BYTES, BadFeedError
from compute_broker.net.address import check_base_url
from compute_broker.net.client import JSON_SECONDS, reading, transport_fault

if TYPE_CHECKING:
    import httpx2


def is_address(spot: str) -> bool:
    """Whether a spot setting is a web address; otherwise it is a file's path."""
    return "://" in spot


def check_spot(spot: str, place: Place) -> str:
    """Return a spot setting normalised: an address by the rules for every address, or an absolute path.

    Raises:
        PersonError: it is neither; the text says why and what would do.
    """
    if is_address(spot):
        return check_base_url(spot, place)
    if not Path(spot).expanduser().is_absolute():
        raise PersonError(tr("{spot} is no whole path; write it from the root, or from ~", spot=f"{spot!r}"))
    return spot


async def read_spot(
    spot: str, place: Place, client: Callable[[], Awaitable[httpx2.AsyncClient]]
) -> bytes | BadFeedError:
    """Return the bytes of a feed, or why there are none; ``client`` is opened only for an address."""
    try:
        where = check_spot(spot, place)
        return await (fetch_spot(await client(), where) if is_address(where) else read_spot_file(where))
    except BadFeedError as error:
        return error
    except (ProviderError, PersonError) as error:
        return BadFeedError(tr("was not read: {error}", error=error))


async def fetch_spot(client: httpx2.AsyncClient, url: str) -> bytes:
    """Return the body of a feed at ``url``, cut one byte beyond what a feed may have.

    Raises:
        BadFeedError: it answered with something else than a feed.
        ProviderError: it cannot be reached, or is too slow.
    """
    import httpx2  # noqa: PLC0415 - the caller holds a client, so it is loaded already

    try:
        async with asyncio.timeout(JSON_SECONDS):
            response = await client.send(client.build_request("GET", url), stream=True)
            async with reading(response) as pieces:
                if response.is_redirect:
                    raise BadFeedError(tr("leads to another address; give that one itself"))
                if not response.is_success:
                    raise BadFeedError(
                        tr("answered with HTTP {status_code}", status_code=response.status_code)
                    )
                found = bytearray()
                async for piece in pieces:
                    found += piece
                    if len(found) > MOST_BYTES:
                        break
                return bytes(found[: MOST_BYTES + 1])
    except TimeoutError:
        raise BadFeedError(tr("did not come in {json_seconds} s", json_seconds=f"{JSON_SECONDS:g}")) from None
    except httpx2.HTTPError as error:
        raise transport_fault(error, url) from error


async def read_spot_file(path: str) -> bytes:
    """Return the content of a feed's file, read in a thread and cut like an address's.

    Raises:
        BadFeedError: there is no such file, or it cannot be read.
    """
    return await asyncio.to_thread(_read, path)


def _read(text: str) -> bytes:
    path = Path(text).expanduser()
    try:
        if not path.is_file():
            raise BadFeedError(tr("is not there: no file at {path}", path=path))
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadFeedError(
            tr("cannot be read ({strerror}): {path}", strerror=error.strerror, path=path)
        ) from None
