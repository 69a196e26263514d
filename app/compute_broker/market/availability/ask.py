"""Chooses the question for a tier, and turns every failure to answer into a state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind, Tier
from compute_broker.market.availability import hosted, llama_server, lmstudio, ollama, vllm
from compute_broker.market.availability.answers import Asker, verdict

if TYPE_CHECKING:
    import httpx2

_QUESTIONS: dict[ProviderKind, Callable[[Asker], Awaitable[Availability]]] = {
    ProviderKind.ANTHROPIC: hosted.anthropic,
    ProviderKind.OPENROUTER: hosted.openrouter,
    ProviderKind.OPENAI: hosted.openai,
    ProviderKind.LMSTUDIO: lmstudio.ask,
    ProviderKind.OLLAMA: ollama.ask,
    ProviderKind.LLAMA_SERVER: llama_server.ask,
    ProviderKind.VLLM: vllm.ask,
}

MOST_REQUESTS = {
    ProviderKind.LLAMA_SERVER: 4,
    ProviderKind.LMSTUDIO: 2,
    ProviderKind.OLLAMA: 2,
    ProviderKind.OPENAI: 2,
    ProviderKind.VLLM: 2,
}
"""How many requests one look takes at most; one where not named. What the market's pace reckons with."""


async def probe(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    """Return the tier's state now. Never raises for what a server does or does not do."""
    try:
        return await _QUESTIONS[tier.provider](Asker(tier, client, key))
    except (ProviderError, PersonError) as error:
        return verdict(State.DOWN, str(error))


def missing_key(tier: Tier) -> Availability:
    """Return the state of a tier whose key is not there yet: known without a request."""
    return verdict(
        State.NEEDS_KEY, tr("needs a key: enter the one for {key_name} in Settings", key_name=tier.key_name)
    )
