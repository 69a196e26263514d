"""Which model to ask for when the tier says "whatever is loaded", without making a server load anything.

Facts: lmstudio (sections 3, 4, 7), local-servers. A request for a model that is not loaded can evict the
one that is, so a loaded one is always preferred. Ollama's cloud models never count as loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL, ProviderKind
from compute_broker.net.client import get_json
from compute_broker.providers.call import Call
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.kinds import openai_root, server_root
from compute_broker.providers.ollama_cloud import is_remote

_LISTING_SECONDS = 2.0
"""A listing takes milliseconds where a server is well: the most while another tier could answer."""


async def model_to_ask(call: Call) -> str:
    """Return the model id to send.

    Raises:
        ProviderError: the server cannot be asked, or has nothing loaded (NOT_FOUND).
    """
    request = call.request
    if request.model != ANY_MODEL:
        return request.model
    return await _LOADED.get(request.tier.provider, _first_listed)(call)


async def _lmstudio(call: Call) -> str:
    body = await _ask(call, f"{server_root(call.base_url)}/api/v1/models")
    rows = [row for row in _rows(body, "models") if row.get("type") == "llm"]
    loaded = [instance.get("id") for row in rows for instance in _rows(row, "loaded_instances")]
    if "models" not in body:
        rows = _rows(await _ask(call, f"{server_root(call.base_url)}/api/v0/models"), "data")
        loaded = [
            row.get("id")
            for row in rows
            if row.get("state") == "loaded" and row.get("type") in {"llm", "vlm"}
        ]
    return _one(loaded, tr("{call} has no model loaded: load one in LM Studio", call=call.label))


async def _ollama(call: Call) -> str:
    running = [
        row.get("model") for row in _rows(await _ask(call, f"{server_root(call.base_url)}/api/ps"), "models")
    ]
    if not any(running):
        tags = _rows(await _ask(call, f"{server_root(call.base_url)}/api/tags"), "models")
        running = [row.get("model") for row in tags if not is_remote(row)]
    return _one(running, tr("{call} has no model of its own: get one with `ollama pull`", call=call.label))


async def _first_listed(call: Call) -> str:
    """Return the first model of ``/models``; in llama-server's router mode the first that is loaded."""
    root = openai_root(call.request.tier.provider, call.base_url)
    rows = _rows(await _ask(call, f"{root}/models"), "data")
    states = {row.get("id"): _object(row.get("status")).get("value", "loaded") for row in rows}
    ready = [name for name, state in states.items() if state in {"loaded", "sleeping"}]
    return _one(
        ready, tr("{call} has no model loaded: load one there, or name one in Settings", call=call.label)
    )


_LOADED = {ProviderKind.LMSTUDIO: _lmstudio, ProviderKind.OLLAMA: _ollama}


async def _ask(call: Call, url: str) -> Mapping[str, Any]:
    headers = {} if call.key is None else {"authorization": f"Bearer {call.key}"}
    wait = call.request.connect_timeout
    limits = {} if wait is None else {"connect_seconds": wait, "seconds": wait + _LISTING_SECONDS}
    status, body = await get_json(call.client, url, headers=headers, **limits)
    if status != 200:  # noqa: PLR2004 - HTTP's own numbers
        raise provider_error(call.label, read_complaint(status, {}, body), key=call.key)
    if not isinstance(body, dict):
        raise ProviderError(Fault.MALFORMED, tr("{call} sent no list of its models", call=call.label))
    return body


def _rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = body.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _one(names: Iterable[Any], otherwise: str) -> str:
    found = next((name for name in names if isinstance(name, str) and name), None)
    if found is None:
        raise ProviderError(Fault.NOT_FOUND, otherwise)
    return found
