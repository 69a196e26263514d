"""The built-in tier as a provider: a lease on the engine, then the protocol of any llama-server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.quote import Availability
from compute_broker.core.stream import ModelRequest, StreamEvent
from compute_broker.core.tier import ProviderKind
from compute_broker.net.client import open_client
from compute_broker.providers.builtin.engine import Engine
from compute_broker.providers.builtin.process import EngineStartError
from compute_broker.providers.call import Call
from compute_broker.providers.openai_compat import OpenAICompatible

if TYPE_CHECKING:
    import httpx2


class BuiltinEngine:
    """Answers with the tiny model; starts its engine with the first prompt and stops it when idle."""

    def __init__(self, engine: Engine | None = None) -> None:
        """Start nothing."""
        self._engine = engine or Engine()
        self._adapter = OpenAICompatible()
        self._client: httpx2.AsyncClient | None = None

    def state(self) -> Availability:
        """Tell how things stand, without I/O."""
        return self._engine.state()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer's events; see :class:`compute_broker.core.stream.Provider`."""
        if self._client is None:
            self._client = await open_client(loopback_only=True)
        served = replace(request, tier=replace(request.tier, provider=ProviderKind.LLAMA_SERVER))
        try:
            async with self._engine.lease() as address:
                call = Call(served, address, self._engine.token, self._client)
                events = self._adapter.stream(call)
                try:
                    async for event in events:
                        yield event
                finally:
                    await events.aclose()
        except EngineStartError as error:
            raise ProviderError(Fault.UNREACHABLE, str(error)) from error

    async def close(self) -> None:
        """Close the connection and end the child process."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        await self._engine.close()
