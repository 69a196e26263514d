"""Asynchronous work that belongs to a window: kept alive, never silent, ended with its owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import tr

_log = logging.getLogger(__name__)


class Tasks:
    """The running tasks of one window. An error becomes a sentence for ``show``; a bug is logged too."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Report failures to ``show``, as a sentence for the person."""
        self._show = show
        self._running: set[asyncio.Task[Any]] = set()

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start ``work`` on the running loop, and keep it until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._running

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def cancel(self) -> None:
        """End everything, and wait for it."""
        for task in self._running:
            task.cancel()
        await self.settled()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, BrokerError):
            self._show(str(error))
        elif error is not None:
            _log.error("a window's task failed", exc_info=error)
            self._show(tr("Something went wrong inside the program; the log has the details."))
