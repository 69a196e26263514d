"""Work that a cancelled task still finishes: closing the books on what was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from compute_broker.core.errors import BrokerError

_log = logging.getLogger(__name__)

T = TypeVar("T")


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns, run to its end even when the caller is cancelled meanwhile.

    The cancellation is not lost: it is raised afterwards, unless ``work`` itself fails.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


async def tidied(work: Coroutine[Any, Any, object]) -> None:
    """Do the last work of a stream that is being closed, :func:`unbroken`.

    Nobody is left to be told of a fault of the ledger, so it is logged; start-up closes what stayed open.
    """
    try:
        await unbroken(work)
    except (BrokerError, LookupError) as error:
        _log.warning("what was stopped could not be closed: %s", error)
