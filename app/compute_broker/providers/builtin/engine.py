"""The built-in tier as a provider: a llama-server like any other, only that it is ours to start and stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Availability
from compute_broker.core.stream import ModelRequest, StreamEnd, StreamEvent
from compute_broker.net.client import open_client
from compute_broker.providers.builtin.lifecycle import IDLE_SECONDS, Engine
from compute_broker.providers.builtin.manner import SAMPLING, as_llama_server
from compute_broker.providers.builtin.process import EngineStartError
from compute_broker.providers.call import Call
from compute_broker.providers.openai_compat import OpenAICompatible

if TYPE_CHECKING:
    import httpx2


class BuiltinEngine:
    """Answers prompts on this machine. For one event loop; nothing is started before the first prompt."""

    def __init__(self, *, model: Path | None = None, idle_seconds: float = IDLE_SECONDS) -> None:
        """Look where the model is. ``idle_seconds``: how long the loaded model is kept unused."""
        self.process = Engine(model=model, idle_seconds=idle_seconds)
        self._protocol = OpenAICompatible(own_engine=True)
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    def state(self) -> Availability:
        """Tell how things stand, without I/O: cold, loading, ready, busy, or down with the reason."""
        return self.process.state()

    async def ensure_started(self) -> str:
        """Return the base URL of the running server, starting it when none runs.

        Raises:
            EngineStartError: something is not installed, or the child did not come up.
        """
        return await self.process.ensure_started()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield events until one ``StreamEnd``; leaving early frees the engine for the next prompt.

        Raises:
            ProviderError: UNREACHABLE when the engine does not start, TOO_LONG, CUT_OFF when it dies.
        """
        try:
            async with self.process.lease() as url:
                asked, token = as_llama_server(request), self.process.token
                call = Call(asked, url, token, await self._open_client(), SAMPLING)
                async with aclosing(self._answer(call)) as events:
                    async for event in events:
                        yield event
        except EngineStartError as error:
            raise ProviderError(Fault.UNREACHABLE, f"{request.tier.label}: {error}") from error

    async def close(self) -> None:
        """End the child process and close the connections to it."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        await self.process.close()

    async def _open_client(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:
                self._client = await open_client(loopback_only=True)
            return self._client

    async def _answer(self, call: Call) -> AsyncGenerator[StreamEvent, None]:
        try:
            async with aclosing(self._protocol.stream(call)) as events:
                async for event in events:
                    if isinstance(event, StreamEnd) and event.tokens_per_second is not None:
                        self.process.tokens_per_second = event.tokens_per_second
                    yield event
        except ProviderError as error:
            if error.fault in {Fault.CUT_OFF, Fault.UNREACHABLE}:
                self.process.give_up(call.key or "")
            raise
