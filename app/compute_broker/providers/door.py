"""The one door through which every prompt leaves, and the rules that hold for all of them.

In this order, before anything is sent: a private prompt goes to this machine only; the address is one that
a tier may have; the key is there and can be sent. Then the guard watches over the answer.

Privacy is checked three times, by three different means: what the tier says of itself, the address the
door hands out, and in the transport the address of every single request, whoever composed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from compute_broker.core.errors import Fault, PersonError, ProviderError
from compute_broker.core.stream import ModelRequest, Provider, StreamEvent
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind, Tier, is_loopback_url, runs_in_cloud
from compute_broker.net.address import AddressError, check_base_url
from compute_broker.net.client import open_client
from compute_broker.net.destination import PrivacyError
from compute_broker.providers.anthropic_api import AnthropicApi, load_sdk
from compute_broker.providers.call import Adapter, Call
from compute_broker.providers.guard import guarded
from compute_broker.providers.keycheck import usable_key
from compute_broker.providers.openai_compat import OpenAICompatible

if TYPE_CHECKING:
    import httpx2

__all__ = ["PrivacyError", "ProviderDoor"]


class ProviderDoor:
    """Streams answers from any tier. One door serves one event loop, and any number of requests at once."""

    def __init__(self, keys: Callable[[str], str | None], builtin: Provider | None) -> None:
        """``keys`` looks up a key by name and may block; ``builtin`` is the built-in engine, if there is one.

        Nothing is imported, opened or asked before the first prompt.
        """
        self._keys = keys
        self._builtin = builtin
        self._adapters: dict[ProviderKind, Adapter] = {ProviderKind.ANTHROPIC: AnthropicApi()}
        self._openai = OpenAICompatible()
        self._clients: dict[bool, httpx2.AsyncClient] = {}
        self._opening = asyncio.Lock()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield events until one ``StreamEnd``. Leave early with ``aclose``: the request is then cancelled.

        Raises:
            PrivacyError: the request is private and its tier is not on this machine; nothing was sent.
            ProviderError: anything else, with the usage seen so far.
        """
        _refuse_leak(request)
        watched = guarded(self._events(request), request)
        try:
            async for event in watched:
                yield event
        finally:
            await watched.aclose()

    async def warm_up(self, kind: ProviderKind) -> None:
        """Load what the first prompt to ``kind`` would wait for, up to a second. Nothing is sent."""
        if kind is ProviderKind.BUILTIN:
            return
        await self._client(private=False)
        if kind is ProviderKind.ANTHROPIC:
            await asyncio.to_thread(load_sdk)

    async def close(self) -> None:
        """Close all connections and end the built-in engine."""
        clients, self._clients = list(self._clients.values()), {}
        async with AsyncExitStack() as parts:
            if self._builtin is not None:
                parts.push_async_callback(self._builtin.close)
            for client in clients:
                parts.push_async_callback(client.aclose)

    async def _events(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        source = await self._source(request)
        try:
            async for event in source:
                yield event
        except AddressError as error:
            raise _bad_address(request.tier, error) from None
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    async def _source(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        tier = request.tier
        if tier.provider is ProviderKind.BUILTIN:
            if self._builtin is None:
                raise ProviderError(
                    Fault.UNREACHABLE, tr("{tier}: the built-in engine is not there", tier=tier.label)
                )
            return self._builtin.stream(request)
        url = _checked_url(tier)
        if request.private and not is_loopback_url(url):
            raise PrivacyError(
                tr(
                    "this prompt is private, and {tier} is not on this machine: nothing was sent",
                    tier=tier.label,
                )
            )
        key = await self._key(tier)
        client = await self._client(private=request.private)
        return self._adapters.get(tier.provider, self._openai).stream(Call(request, url, key, client))

    async def _client(self, *, private: bool) -> httpx2.AsyncClient:
        async with self._opening:
            if private not in self._clients:
                self._clients[private] = await open_client(loopback_only=private)
            return self._clients[private]

    async def _key(self, tier: Tier) -> str | None:
        if tier.key_name is None:
            return None
        try:
            found = await asyncio.to_thread(self._keys, tier.key_name)
        except PersonError as error:
            raise ProviderError(
                Fault.KEY_REFUSED, tr("{tier} needs its key: {error}", tier=tier.label, error=error)
            ) from error
        return usable_key(found, tier.label)


def _refuse_leak(request: ModelRequest) -> None:
    if request.private and not request.tier.on_this_machine:
        who = request.tier.label
        raise PrivacyError(
            tr("this prompt is private, and {who} is not on this machine: nothing was sent", who=who)
        )
    if request.private and runs_in_cloud(request.model):
        raise PrivacyError(
            tr("this prompt is private, and {model} runs elsewhere: nothing was sent", model=request.model)
        )


def _checked_url(tier: Tier) -> str:
    try:
        return check_base_url(tier.base_url, tier.place)
    except AddressError as error:
        raise _bad_address(tier, error) from None


def _bad_address(tier: Tier, error: AddressError) -> ProviderError:
    """Return an unusable address as a fault of its tier alone, so that the next tier is tried."""
    return ProviderError(
        Fault.UNREACHABLE,
        tr("{tier} has an address that cannot be used: {error}", tier=tier.label, error=error),
    )
