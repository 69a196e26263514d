"""Keeps private prompts from models that a server on this machine runs elsewhere.

An Ollama passes some of its models on to its cloud, under names that need not tell (facts, local-servers,
Ollama), and it speaks OpenAI's protocol too: so any server on this machine is asked whether it is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind, runs_in_cloud
from compute_broker.net.client import get_json
from compute_broker.net.destination import PrivacyError
from compute_broker.providers.call import Call
from compute_broker.providers.faults import provider_error, read_complaint
from compute_broker.providers.kinds import server_root

_OK = 200
_NOT_THERE = frozenset({404, 405, 501})
"""How a server that is no Ollama answers for an address it does not have."""

_SECONDS = 5.0
"""How long the question may take: an Ollama answers it from memory, in milliseconds."""

_REMEMBERED_SECONDS = 60.0
"""How long an address stays known as no Ollama: another server may be started there."""


class CloudWatch:
    """Knows for a minute which addresses are no Ollama; an Ollama is asked before each private prompt."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds."""
        self._clock = clock
        self._harmless: dict[str, float] = {}

    async def refuse_cloud_model(self, call: Call, model: str) -> None:
        """Return when ``model`` runs where ``call`` goes; call it before a private prompt is sent.

        Raises:
            PrivacyError: the model runs in Ollama's cloud.
            ProviderError: the server did not say; a prompt must not be sent on a guess.
        """
        root = server_root(call.base_url)
        if runs_in_cloud(model):
            raise _cloud_model(model)
        if self._clock() < self._harmless.get(root, 0.0):
            return
        rows = await _installed(call, f"{root}/api/tags")
        if rows is None:
            self._harmless[root] = self._clock() + _REMEMBERED_SECONDS
        elif any(is_remote(row) for row in rows if _means(model, row)):
            raise _cloud_model(model)


def is_remote(row: Mapping[str, Any]) -> bool:
    """Whether this row of Ollama's listing is a model that runs in its cloud."""
    return bool(row.get("remote_host") or row.get("remote_model")) or any(
        runs_in_cloud(name) for name in _names(row)
    )


async def _installed(call: Call, url: str) -> list[Mapping[str, Any]] | None:
    """Return the rows of Ollama's listing, ``None`` when the server is no Ollama."""
    headers = {} if call.key is None else {"authorization": f"Bearer {call.key}"}
    wait = call.request.connect_timeout
    limits = {} if wait is None else {"connect_seconds": wait}
    status, body = await get_json(call.client, url, headers=headers, seconds=_SECONDS, **limits)
    is_ollama = call.request.tier.provider is ProviderKind.OLLAMA
    if status in _NOT_THERE and not is_ollama:
        return None
    if status != _OK:
        raise provider_error(call.label, read_complaint(status, {}, body), key=call.key)
    models = body.get("models") if isinstance(body, dict) else None
    if isinstance(models, list):
        return [row for row in models if isinstance(row, dict)]
    if is_ollama:
        raise ProviderError(Fault.MALFORMED, tr("{call} sent no list of its models", call=call.label))
    return None  # LM Studio answers every address with 200, and an error in the body


def _means(model: str, row: Mapping[str, Any]) -> bool:
    """Whether ``model`` asks for this row: Ollama ignores case, and no tag means ``:latest``."""
    wanted = model.strip().casefold()
    return any(name.casefold() in {wanted, f"{wanted}:latest"} for name in _names(row))


def _names(row: Mapping[str, Any]) -> list[str]:
    return [row[key] for key in ("model", "name") if isinstance(row.get(key), str)]


def _cloud_model(model: str) -> PrivacyError:
    return PrivacyError(
        tr("this prompt is private, and {model} runs in Ollama's cloud: nothing was sent", model=model)
    )
