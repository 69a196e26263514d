"""One prompt of a program, under way for as long as its client is there to hear the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from compute_broker.broker.events import (
    AskEvent,
    Attempt,
    Decided,
    Delta,
    Failed,
    Finished,
    Receipt,
    Replaced,
)
from compute_broker.core.decision import Decision, PlanKind
from compute_broker.core.quote import Quote
from compute_broker.core.texts import tr
from compute_broker.gateway.wanted import BROKEN, RefusalError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Gone:
    """The client hung up: nobody is to be told anything."""


Said = str | Receipt | Failed | Gone


class Answering:
    """Asks the broker in a task of its own; what is to be told is fetched with :meth:`next`.

    A client that hangs up stops the answer, as a person's Stop does: what was used is settled. Where tiers
    check each other, nothing is said before the answer stands: a program cannot take back what it was told.
    """

    def __init__(self, events: AsyncGenerator[AskEvent, None], receive: Receive) -> None:
        """Begin; ``receive`` is the ASGI channel that tells of the client's end, its body read already."""
        self.request_id = ""
        self.decision: Decision | None = None
        self.quote: Quote | None = None
        """The tier that is being asked."""
        self._said: asyncio.Queue[Said | Exception] = asyncio.Queue()
        self._ask = asyncio.create_task(self._run(events))
        self._watch = asyncio.create_task(self._hang_up(receive))

    async def next(self, seconds: float | None = None) -> Said | None:
        """Return what is to be told next; ``None`` when nothing came for so many seconds.

        After a receipt, a failure or a client's end nothing more comes. Whatever the broker raised is raised.
        """
        try:
            async with asyncio.timeout(seconds):
                said = await self._said.get()
        except TimeoutError:
            return None
        if isinstance(said, Exception):
            raise said
        return said

    async def end(self) -> None:
        """Stop what is still under way, and wait until it is settled. Who waits for more hears so."""
        tasks = {self._ask, self._watch}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        self._said.put_nowait(RefusalError(BROKEN, tr("Compute Broker stopped answering other programs.")))

    async def _run(self, events: AsyncGenerator[AskEvent, None]) -> None:
        try:
            await self._pass_on(events)
        except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
            self._said.put_nowait(error)

    async def _pass_on(self, events: AsyncGenerator[AskEvent, None]) -> None:
        held = False
        async with aclosing(events):
            async for event in events:
                match event:
                    case Decided(request_id=request_id, decision=decision):
                        self.request_id, self.decision = request_id, decision
                        self.quote = decision.quote
                        held = decision.plan is not None and decision.plan.kind is PlanKind.CROSS_CHECK
                    case Attempt(quote=quote) | Replaced(quote=quote):
                        self.quote = quote
                    case Delta(text=text) if not held:
                        self._said.put_nowait(text)
                    case Finished(receipt=receipt):
                        if held:
                            self._said.put_nowait(receipt.answer)
                        self._said.put_nowait(receipt)
                    case Failed():
                        self._said.put_nowait(event)

    async def _hang_up(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._ask.cancel()
        await asyncio.wait({self._ask})
        self._said.put_nowait(Gone())
