"""How the servers that speak the OpenAI dialect differ, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from compute_broker.core.texts import tr
from compute_broker.core.tier import Effort, ProviderKind
from compute_broker.net.address import with_path


@dataclass(frozen=True, slots=True)
class Dialect:
    """One server's way of speaking.

    ``root`` is the path under which its OpenAI routes are found when the address names none; with
    ``root_fixed`` it is appended to whatever path the address has (a trailing ``/v1`` is taken as meant).
    ``effort`` and ``thinking_off`` shape the body; ``states_cost`` tells that ``usage.cost`` is money.
    """

    name: str
    root: str = "/v1"
    root_fixed: bool = True
    effort: str = "reasoning_effort"
    states_cost: bool = False


DIALECTS: Mapping[ProviderKind, Dialect] = MappingProxyType(
    {
        ProviderKind.OPENROUTER: Dialect(
            "OpenRouter", "/api/v1", root_fixed=False, effort="reasoning", states_cost=True
        ),
        ProviderKind.OPENAI: Dialect(tr("the OpenAI-compatible server"), root_fixed=False),
        ProviderKind.LMSTUDIO: Dialect("LM Studio"),
        ProviderKind.OLLAMA: Dialect("Ollama"),
        ProviderKind.LLAMA_SERVER: Dialect("llama-server", effort="template"),
        ProviderKind.VLLM: Dialect("vLLM", effort="template"),
    }
)


def server_root(base_url: str) -> str:
    """Return the address of the server itself: ``base_url`` without the ``/v1`` that people often add."""
    return base_url.removesuffix("/").removesuffix("/v1")


def openai_root(kind: ProviderKind, base_url: str) -> str:
    """Return the address under which ``/chat/completions`` and ``/models`` are found."""
    dialect = DIALECTS[kind]
    if dialect.root_fixed:
        return server_root(base_url) + dialect.root
    return with_path(base_url, dialect.root)


def limit_field(base_url: str) -> str:
    """Return what the cap on output tokens is called: OpenAI itself has renamed it, nobody else has."""
    return "max_completion_tokens" if urlsplit(base_url).hostname == "api.openai.com" else "max_tokens"


def effort_fields(kind: ProviderKind, effort: Effort) -> dict[str, Any]:
    """Return the body fields that ask for ``effort``; none for the default.

    OpenRouter has ``reasoning``; LM Studio, Ollama and OpenAI ``reasoning_effort`` with ``none`` for off;
    llama-server and vLLM hand ``chat_template_kwargs`` to the model's own template.
    """
    if effort is Effort.DEFAULT:
        return {}
    off = effort is Effort.OFF
    style = DIALECTS[kind].effort
    if style == "reasoning":
        return {"reasoning": {"enabled": False} if off else {"effort": effort.value}}
    if style == "reasoning_effort":
        return {"reasoning_effort": "none" if off else effort.value}
    thinking = {"enable_thinking": not off}
    return {"chat_template_kwargs": thinking if off else {**thinking, "reasoning_effort": effort.value}}
