"""A gateway in a test's home, with the real services behind it and real HTTP in front."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anthropic
import httpx2
import openai

from broker.world import cloud, world, write_settings
from compute_broker.compose import Services
from compute_broker.gateway.gateway import Gateway

HELLO = [{"role": "user", "content": "Hello there"}]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def switched_on(port: int, more: str = "") -> str:
    """Return the block of the settings that switches the gateway on at ``port``."""
    return f"[gateway]\nenabled = true\nport = {port}\n{more}\n"


@dataclass(frozen=True)
class Front:
    """What a test speaks to."""

    services: Services
    gateway: Gateway
    http: httpx2.AsyncClient
    openai: openai.AsyncOpenAI
    anthropic: anthropic.AsyncAnthropic

    async def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        """Send a request as a program would that has the token."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=body, headers=named)


@asynccontextmanager
async def front(url: str, *blocks: str, head: str = "", more: str = "") -> AsyncIterator[Front]:
    """Start everything, with Haiku at ``url``; ``more`` goes into the gateway's block, ``head`` before it."""
    home = write_settings(switched_on(free_port(), more), cloud("haiku", url), *blocks, head=head)
    async with world(home, anthropic="sk-test") as services:
        gateway = Gateway(services.broker, services.settings, services.keys)
        await gateway.start()
        address, token = gateway.standing.address, gateway.token
        assert address, gateway.standing.problem
        try:
            async with (
                httpx2.AsyncClient(base_url=address, headers={"authorization": f"Bearer {token}"}) as http,
                openai.AsyncOpenAI(base_url=address, api_key=token) as gpt,
                anthropic.AsyncAnthropic(base_url=address.removesuffix("/v1"), api_key=token) as claude,
            ):
                yield Front(services, gateway, http, gpt, claude)
        finally:
            await gateway.close()
