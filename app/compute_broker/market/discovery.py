"""Which model servers run on this machine: the usual ports, asked who they are.

A port proves nothing (8080 and 8000 are anything), and neither does a status of 200 (LM Studio gives it for
unknown routes, web programs answer HTML): the shape of the JSON decides. Only this machine is asked, at
literal addresses, since ``localhost`` may cost two seconds where IPv6 is tried first.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.texts import counted, tr
from compute_broker.core.tier import ProviderKind
from compute_broker.market.availability.answers import OK, UNAUTHORISED, dig, names, rows
from compute_broker.net.address import with_path
from compute_broker.net.client import get_json, make_client

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
    wants_key: bool = False
    loading: bool = False


Ask = Callable[[str], Awaitable[tuple[int, Any]]]
"""Gets a URL: its status, and its JSON or ``None``. Raises ``ProviderError`` when nobody answers."""


async def discover(ports: Sequence[int] = USUAL_PORTS) -> list[Found]:
    """Return the servers found on this machine's loopback ``ports``, in their order; never raises.

    The same port found over IPv4 and IPv6 is told once. Nothing is loaded and no key is sent. Only ports
    where anybody listens are asked, mostly none: that costs an idle tray no memory, and a window no frame.
    """
    there = await asyncio.to_thread(listening, ports)
    return await discover_at(HOSTS, there) if there else []


def listening(ports: Sequence[int]) -> list[int]:
    """Return those of this machine's ``ports`` where anybody listens. Blocks, for moments only."""
    return [port for port in ports if any(_answers(host.strip("[]"), port) for host in HOSTS)]


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS):
            return True
    except OSError:
        return False


async def discover_at(hosts: Sequence[str], ports: Sequence[int]) -> list[Found]:
    """Return the servers found at ``ports`` of ``hosts``, each port told once; never raises."""
    client = await asyncio.to_thread(make_client, connect_seconds=CONNECT_SECONDS)
    try:
        places = [(port, f"http://{host}:{port}") for port in ports for host in hosts]
        ask = partial(get_json, client, seconds=ANSWER_SECONDS)
        answers = await asyncio.gather(*(_found(ask, url) for _, url in places))
    finally:
        await client.aclose()
    first: dict[int, Found] = {}
    for (port, _), found in zip(places, answers, strict=True):
        if found is not None:
            first.setdefault(port, found)
    return list(first.values())


async def _found(ask: Ask, url: str) -> Found | None:
    """Return who listens at ``url``; ``None`` for nobody or a stranger. One refused connection ends it."""
    try:
        return await identify(ask, url)
    except (ProviderError, PersonError):
        return None


async def identify(ask: Ask, url: str) -> Found | None:
    """Return which kind of model server answers at ``url``; ``None`` for a stranger.

    Raises:
        ProviderError: nobody answers.
    """
    root = url.rstrip("/").removesuffix("/v1")
    for question in _QUESTIONS:
        found = await question(ask, root)
        if found is not None:
            return found
    return None


async def _lmstudio(ask: Ask, url: str) -> Found | None:
    status, body = await ask(f"{url}/lmstudio-greeting")
    if status != OK or dig(body, "lmstudio") is not True:
        return None
    status, body = await ask(f"{url}/api/v1/models")
    if status in UNAUTHORISED:
        return Found(ProviderKind.LMSTUDIO, url, (), tr("LM Studio; it wants an API token"), wants_key=True)
    models = [row for row in rows(body, "models") if row.get("type") == "llm"]
    loaded = [row for row in models if rows(row, "loaded_instances")]
    note = tr("LM Studio with {models}", models=_models(names(loaded, "key"), loaded=True))
    return Found(ProviderKind.LMSTUDIO, url, tuple(names(models, "key")), note)


async def _ollama(ask: Ask, url: str) -> Found | None:
    status, body = await ask(f"{url}/api/version")
    if status != OK or not isinstance(dig(body, "version"), str):
        return None
    _, body = await ask(f"{url}/api/tags")
    if not isinstance(dig(body, "models"), list):
        return None
    models = names([row for row in rows(body, "models") if not row.get("remote_host")], "name")
    return Found(
        ProviderKind.OLLAMA,
        url,
        tuple(models),
        tr("Ollama with {models}", models=_models(models)),
    )


async def _llama_server(ask: Ask, url: str) -> Found | None:
    status, body = await ask(f"{url}/health")
    if status == _LOADING and "loading" in str(dig(body, "error", "message")).lower():
        return Found(ProviderKind.LLAMA_SERVER, url, (), tr("llama-server, loading its model"), loading=True)
    if status != OK or dig(body, "status") != "ok":
        return None
    status, body = await ask(f"{url}/v1/models")
    if status in UNAUTHORISED and dig(body, "error", "type") == "authentication_error":
        return Found(ProviderKind.LLAMA_SERVER, url, (), tr("llama-server; it wants a key"), wants_key=True)
    models = [row for row in rows(body, "data") if row.get("owned_by") == "llamacpp"]
    if not models:
        return None
    note = tr("llama-server with {models}", models=_models(names(models)))
    return Found(ProviderKind.LLAMA_SERVER, url, tuple(names(models)), note)


async def _vllm(ask: Ask, url: str) -> Found | None:
    status, body = await ask(f"{url}/version")
    if status != OK or not isinstance(dig(body, "version"), str):
        return None
    status, body = await ask(f"{url}/v1/models")
    if status in UNAUTHORISED:
        return Found(ProviderKind.VLLM, url, (), tr("vLLM; it wants a key"), wants_key=True)
    models = names(rows(body, "data"))
    return (
        Found(
            ProviderKind.VLLM,
            url,
            tuple(models),
            tr("vLLM with {models}", models=_models(models)),
        )
        if models
        else None
    )


async def _openai(ask: Ask, url: str) -> Found | None:
    """Whoever else lists models as OpenAI does: Jan, KoboldCpp, SGLang and their like."""
    base = with_path(url, "/v1")
    status, body = await ask(f"{base}/models")
    models = names(rows(body, "data")) if status == OK else []
    note = tr("a server that speaks OpenAI's protocol, with {models}", models=_models(models))
    return Found(ProviderKind.OPENAI, base, tuple(models), note) if models else None


_QUESTIONS: tuple[Callable[[Ask, str], Awaitable[Found | None]], ...] = (
    _lmstudio,
    _ollama,
    _llama_server,
    _vllm,
    _openai,
)
"""From the surest sign to the weakest."""


def _models(items: Sequence[str], *, loaded: bool = False) -> str:
    if not items:
        return tr("no loaded model") if loaded else tr("no model")
    if loaded:
        return counted("{count} loaded model", "{count} loaded models", len(items))
    return counted("{count} model", "{count} models", len(items))
