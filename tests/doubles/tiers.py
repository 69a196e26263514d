"""Tiers and requests that point at a double, for tests that go through the real door."""

from __future__ import annotations

from typing import Any

from compute_broker.core.ability import AbilityRow
from compute_broker.core.stream import Message, ModelRequest, Role
from compute_broker.core.tier import Place, ProviderKind, Tier
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import KIMI, OpenRouterDouble
from doubles.server import HttpDouble

KINDS: dict[type[HttpDouble], tuple[ProviderKind, str, Place, str | None]] = {
    AnthropicDouble: (ProviderKind.ANTHROPIC, "claude-haiku-5-5", Place.CLOUD, "anthropic"),
    OpenRouterDouble: (ProviderKind.OPENROUTER, KIMI, Place.CLOUD, "openrouter"),
    LMStudioDouble: (ProviderKind.LMSTUDIO, "*", Place.PERSONAL, None),
    OllamaDouble: (ProviderKind.OLLAMA, "qwen3:4b", Place.PERSONAL, None),
    LlamaServerDouble: (ProviderKind.LLAMA_SERVER, "*", Place.PERSONAL, None),
    VllmDouble: (ProviderKind.VLLM, "Qwen/Qwen3-8B", Place.OFFICE, None),
}
"""What a tier at each double usually is: protocol, model, place, name of its key."""


def tier_at(double: HttpDouble, **changes: Any) -> Tier:
    """Return a tier that is served by ``double``; ``changes`` replace fields of it."""
    provider, model, place, key = KINDS[type(double)]
    fields: dict[str, Any] = {
        "id": provider.value,
        "label": f"The {provider.value} tier",
        "place": place,
        "provider": provider,
        "model": model,
        "abilities": AbilityRow({}),
        "base_url": double.url,
        "key_name": key,
    }
    return Tier(**{**fields, **changes})


def request_to(tier: Tier, prompt: str = "What is the capital of France?", **changes: Any) -> ModelRequest:
    """Return a request for one answer of at most 100 tokens."""
    fields: dict[str, Any] = {"messages": (Message(Role.USER, prompt),), "max_output_tokens": 100}
    return ModelRequest(tier=tier, model=tier.model, **{**fields, **changes})
