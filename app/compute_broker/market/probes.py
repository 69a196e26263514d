"""Is a tier up? One small question per kind of server; never an inference, never a load.

A missing key is known without asking. Whatever a server answers becomes a state with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import PersonError, ProviderError
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import ANY_MODEL, ProviderKind, Tier
from compute_broker.net.client import get_json, host_of

if TYPE_CHECKING:
    import httpx2

LOCAL_SECONDS = 1.5
REMOTE_SECONDS = 5.0
_OK = 200
_UNAUTHORISED = {401, 403}
_LOADING = 503
"""What llama-server answers while it loads its model."""

Keys = Callable[[str], str | None]


async def probe(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    """Return the tier's state now. Never raises for what a server does or does not do."""
    question = _QUESTIONS[tier.provider]
    try:
        return await question(tier, client, key)
    except ProviderError as error:
        return _state(State.DOWN, str(error))
    except PersonError as error:
        return _state(State.DOWN, str(error))


def missing_key(tier: Tier) -> Availability:
    """Return the state of a tier whose key is not there yet."""
    return _state(State.NEEDS_KEY, f"needs a key: enter {tier.key_name!r} in Settings")


async def _anthropic(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    headers = {"x-api-key": key or "", "anthropic-version": "2026-10-21"}
    url = f"{tier.base_url.rstrip('/')}/v1/models?limit=1"
    status, _ = await get_json(client, url, headers=headers, seconds=REMOTE_SECONDS)
    return _hosted(status, tier)


async def _openrouter(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    url = f"{tier.base_url.rstrip('/')}/key"
    status, body = await get_json(client, url, headers=_bearer(key), seconds=REMOTE_SECONDS)
    left = _dig(body, "data", "limit_remaining")
    if status == _OK and isinstance(left, int | float) and left <= 0:
        return _state(State.DOWN, "the limit of this OpenRouter key is used up")
    return _hosted(status, tier)


async def _openai(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    url = f"{tier.base_url.rstrip('/')}/models"
    status, body = await get_json(client, url, headers=_bearer(key), seconds=_patience(tier))
    return _listed(tier, status, _ids(_dig(body, "data"), "id"))


async def _with_v1(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    """Ask vLLM and llama-server, whose listing lies under ``/v1`` and names what is loaded."""
    url = f"{_root(tier)}/v1/models"
    status, body = await get_json(client, url, headers=_bearer(key), seconds=_patience(tier))
    if status == _LOADING:
        return _state(State.LOADING, "the server is loading its model")
    answer = _listed(tier, status, _ids(_dig(body, "data"), "id"))
    context = _dig(body, "data", 0, "max_model_len") or _dig(body, "data", 0, "meta", "n_ctx")
    return answer if not isinstance(context, int) else _with_context(answer, context)


async def _ollama(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    loaded_url, list_url = f"{_root(tier)}/api/ps", f"{_root(tier)}/api/tags"
    status, body = await get_json(client, loaded_url, headers=_bearer(key), seconds=_patience(tier))
    loaded = _ids(_dig(body, "models"), "name")
    if tier.model == ANY_MODEL or tier.model in loaded:
        if not loaded and status == _OK:
            return _state(State.NO_MODEL, "Ollama has no model loaded; name one in the settings")
        return _listed(tier, status, loaded)
    status, body = await get_json(client, list_url, headers=_bearer(key), seconds=_patience(tier))
    installed = _ids(_dig(body, "models"), "name")
    answer = _listed(tier, status, installed)
    if answer.state is State.READY:
        return _state(State.COLD, f"Ollama will load {tier.model} for the first prompt", model=tier.model)
    return answer


async def _lmstudio(tier: Tier, client: httpx2.AsyncClient, key: str | None) -> Availability:
    url = f"{_root(tier)}/api/v1/models"
    status, body = await get_json(client, url, headers=_bearer(key), seconds=_patience(tier))
    if status in _UNAUTHORISED:
        return _state(State.NEEDS_KEY, "LM Studio wants an API token: enter it in Settings")
    models = _dig(body, "models")
    if status != _OK or not isinstance(models, list):
        return _state(State.DOWN, f"{host_of(url)} does not answer like LM Studio")
    usable = [m for m in models if isinstance(m, Mapping) and m.get("type") == "llm"]
    loaded = [(m, i) for m in usable for i in m.get("loaded_instances") or () if isinstance(i, Mapping)]
    wanted = [(m, i) for m, i in loaded if tier.model in {ANY_MODEL, m.get("key"), i.get("id")}]
    if wanted:
        model, instance = wanted[0]
        context = _dig(instance, "config", "context_length")
        return _state(
            State.READY,
            f"{model.get('display_name') or instance.get('id')} is loaded",
            model=str(instance.get("id") or model.get("key")),
            context=context if isinstance(context, int) else None,
        )
    if tier.model != ANY_MODEL and any(m.get("key") == tier.model for m in usable):
        return _state(State.COLD, f"LM Studio will load {tier.model} for the first prompt", model=tier.model)
    return _state(State.NO_MODEL, "LM Studio is up, but no model is loaded there")


_QUESTIONS = {
    ProviderKind.ANTHROPIC: _anthropic,
    ProviderKind.OPENROUTER: _openrouter,
    ProviderKind.OPENAI: _openai,
    ProviderKind.LMSTUDIO: _lmstudio,
    ProviderKind.OLLAMA: _ollama,
    ProviderKind.LLAMA_SERVER: _with_v1,
    ProviderKind.VLLM: _with_v1,
}


def _hosted(status: int, tier: Tier) -> Availability:
    if status == _OK:
        return _state(State.READY, "reachable, and the key is accepted")
    if status in _UNAUTHORISED:
        return _state(State.NEEDS_KEY, f"the key {tier.key_name!r} was refused; enter another in Settings")
    return _state(State.DOWN, f"{host_of(tier.base_url)} answered with status {status}")


def _listed(tier: Tier, status: int, ids: list[str]) -> Availability:
    if status in _UNAUTHORISED:
        return _state(State.NEEDS_KEY, "the server wants a key: name one in the settings")
    if status != _OK:
        return _state(State.DOWN, f"{host_of(tier.base_url)} answered with status {status}")
    if not ids:
        return _state(State.NO_MODEL, "the server is up, but has no model")
    if tier.model == ANY_MODEL or tier.provider is ProviderKind.LLAMA_SERVER:
        return _state(State.READY, f"{ids[0]} is there", model=ids[0])
    if tier.model in ids:
        return _state(State.READY, "the model is there", model=tier.model)
    return _state(State.NO_MODEL, f"the server has no {tier.model}; it has {', '.join(ids[:3])}")


def _with_context(answer: Availability, context: int) -> Availability:
    return Availability(answer.state, answer.reason, answer.as_of, answer.model, context)


def _state(
    state: State, reason: str, *, model: str | None = None, context: int | None = None
) -> Availability:
    return Availability(state, reason, datetime.now(UTC), model=model, context_tokens=context)


def _patience(tier: Tier) -> float:
    return LOCAL_SECONDS if tier.on_this_machine else REMOTE_SECONDS


def _root(tier: Tier) -> str:
    return tier.base_url.rstrip("/").removesuffix("/v1")


def _bearer(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def _ids(items: Any, name: str) -> list[str]:
    if not isinstance(items, list):
        return []
    return [item[name] for item in items if isinstance(item, Mapping) and isinstance(item.get(name), str)]


def _dig(tree: Any, *path: str | int) -> Any:
    """Return what lies at ``path`` in a stranger's JSON, or ``None``."""
    for step in path:
        if isinstance(tree, Mapping) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree
