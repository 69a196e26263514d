"""Applies changes to the settings file, one after the other, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from compute_broker.config.edits import Change
from compute_broker.core.errors import BrokerError
from compute_broker.desktop.tasks import Tasks

if TYPE_CHECKING:
    from compute_broker.compose import Services


class Apply(Protocol):
    """Writes a change of the settings file."""

    def __call__(self, change: Change, answer: Answer) -> None:
        """Write ``change``, then tell ``answer``."""


Answer = Callable[[str], None]
"""Takes the sentence about a change: empty when it was applied, else what is wrong with it."""


class Writer:
    """The way from a widget to the file. A refused change leaves the file as it was."""

    def __init__(self, services: Services, tasks: Tasks, refused: Callable[[], None] = lambda: None) -> None:
        """Write through ``services``, in tasks of the window.

        ``refused`` is called after a refused change, before who asked for it: what a control shows since is
        not in force.
        """
        self._services = services
        self._tasks = tasks
        self._refused = refused
        self._turn = asyncio.Lock()

    def apply(self, change: Change, answer: Answer, *, look: bool = False) -> None:
        """Write ``change``, then tell ``answer``; ``look`` probes tiers and prices anew afterwards."""
        self._tasks.run(self._apply(change, answer, look=look))

    async def _apply(self, change: Change, answer: Answer, *, look: bool) -> None:
        async with self._turn:
            try:
                await asyncio.to_thread(self._services.settings.update, change)
            except BrokerError as error:
                await self._services.catch_up()  # a file that is bad is known as such from here on
                self._refused()
                answer(str(error))
                return
        answer("")
        if look:
            await self._services.look()
