"""Which model servers run on this machine: the usual ports, asked who they are.

A port proves nothing (8080 and 8000 are anything), and neither does a status of 200 (LM Studio gives it for
unknown routes, web programs answer HTML): the shape of the JSON decides. Only this machine is asked, at
literal addresses, since ``localhost`` may cost two seconds where IPv6 is tried first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.tier import ProviderKind
from compute_broker.market.availability.answers import OK, UNAUTHORISED, dig, names, rows
from compute_broker.net.client import get_json, make_client

if TYPE_CHECKING:
    import httpx2

USUAL_PORTS = (1234, 11434, 8080, 9931, 8000, 1337, 5001, 30000)
"""LM Studio, Ollama, llama-server (old and new), vLLM, Jan, KoboldCpp, SGLang (facts, local-servers)."""

HOSTS = ("127.0.0.1", "[::1]")
CONNECT_SECONDS = 0.4
ANSWER_SECONDS = 1.5
_LOADING = 503


@dataclass(frozen=True, slots=True)
class Found:
    """A server: its kind, its address, the models it named, and what a person should know of it."""

    kind: ProviderKind
    base_url: str
    models: tuple[str, ...]
    note: str


async def discover(ports: Sequence[int] = USUAL_PORTS) -> list[Found]:
    """Return the servers found on this machine's loopback ``ports``, in their order; never raises.

    The same port found over IPv4 and IPv6 is told once. Nothing is loaded and no key is sent.
    """
    client = await asyncio.to_thread(make_client, connect_seconds=CONNECT_SECONDS)
    try:
        places = [(port, f"http://{host}:{port}") for port in ports for host in HOSTS]
        answers = await asyncio.gather(*(_identify(client, url) for _, url in places))
    finally:
        await client.aclose()
    first: dict[int, Found] = {}
    for (port, _), found in zip(places, answers, strict=True):
        if found is not None:
            first.setdefault(port, found)
    return list(first.values())


async def _identify(client: httpx2.AsyncClient, url: str) -> Found | None:
    """Return who listens at ``url``; ``None`` for nobody or a stranger. One refused connection ends it."""
    for question in _QUESTIONS:
        try:
            found = await question(client, url)
        except (ProviderError, PersonError):
            return None
        if found is not None:
            return found
    return None


async def _lmstudio(client: httpx2.AsyncClient, url: str) -> Found | None:
    status, body = await _ask(client, f"{url}/lmstudio-greeting")
    if status != OK or dig(body, "lmstudio") is not True:
        return None
    status, body = await _ask(client, f"{url}/api/v1/models")
    if status in UNAUTHORISED:
        return Found(ProviderKind.LMSTUDIO, url, (), "LM Studio; it wants an API token")
    models = [row for row in rows(body, "models") if row.get("type") == "llm"]
    loaded = [row for row in models if rows(row, "loaded_instances")]
    note = f"LM Studio with {_counted(names(loaded, 'key'), 'loaded model')}"
    return Found(ProviderKind.LMSTUDIO, url, tuple(names(models, "key")), note)


async def _ollama(client: httpx2.AsyncClient, url: str) -> Found | None:
    status, body = await _ask(client, f"{url}/api/version")
    if status != OK or not isinstance(dig(body, "version"), str):
        return None
    _, body = await _ask(client, f"{url}/api/tags")
    if not isinstance(dig(body, "models"), list):
        return None
    models = names([row for row in rows(body, "models") if not row.get("remote_host")], "name")
    return Found(ProviderKind.OLLAMA, url, tuple(models), f"Ollama with {_counted(models, 'model')}")


async def _llama_server(client: httpx2.AsyncClient, url: str) -> Found | None:
    status, body = await _ask(client, f"{url}/health")
    if status == _LOADING and "loading" in str(dig(body, "error", "message")).lower():
        return Found(ProviderKind.LLAMA_SERVER, url, (), "llama-server, loading its model")
    if status != OK or dig(body, "status") != "ok":
        return None
    status, body = await _ask(client, f"{url}/v1/models")
    if status in UNAUTHORISED and dig(body, "error", "type") == "authentication_error":
        return Found(ProviderKind.LLAMA_SERVER, url, (), "llama-server; it wants a key")
    models = [row for row in rows(body, "data") if row.get("owned_by") == "llamacpp"]
    if not models:
        return None
    note = f"llama-server with {_counted(names(models), 'model')}"
    return Found(ProviderKind.LLAMA_SERVER, url, tuple(names(models)), note)


async def _vllm(client: httpx2.AsyncClient, url: str) -> Found | None:
    status, body = await _ask(client, f"{url}/version")
    if status != OK or not isinstance(dig(body, "version"), str):
        return None
    status, body = await _ask(client, f"{url}/v1/models")
    if status in UNAUTHORISED:
        return Found(ProviderKind.VLLM, url, (), "vLLM; it wants a key")
    models = names(rows(body, "data"))
    return (
        Found(ProviderKind.VLLM, url, tuple(models), f"vLLM with {_counted(models, 'model')}")
        if models
        else None
    )


async def _openai(client: httpx2.AsyncClient, url: str) -> Found | None:
    """Whoever else lists models as OpenAI does: Jan, KoboldCpp, SGLang and their like."""
    status, body = await _ask(client, f"{url}/v1/models")
    models = names(rows(body, "data")) if status == OK else []
    note = f"a server that speaks OpenAI's protocol, with {_counted(models, 'model')}"
    return Found(ProviderKind.OPENAI, f"{url}/v1", tuple(models), note) if models else None


_QUESTIONS: tuple[Callable[[Any, str], Awaitable[Found | None]], ...] = (
    _lmstudio,
    _ollama,
    _llama_server,
    _vllm,
    _openai,
)
"""From the surest sign to the weakest."""


async def _ask(client: httpx2.AsyncClient, url: str) -> tuple[int, Any]:
    return await get_json(client, url, seconds=ANSWER_SECONDS)


def _counted(items: Sequence[str], what: str) -> str:
    if not items:
        return f"no {what}"
    return f"1 {what}" if len(items) == 1 else f"{len(items)} {what}s"
