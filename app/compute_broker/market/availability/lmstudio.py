"""LM Studio: which model is loaded, with which context (facts, lmstudio 3, 4 and 9).

``/v1/models`` cannot tell, since it lists what could be loaded on demand; the app's own listing can. Unknown
routes answer 200 with an ``error``: so does ``/api/v1/models`` before version 0.4, which is then asked the
old way. Nothing here makes it load a model. Whether it is busy it does not say: ``slots`` is what our own
prompts are counted against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL
from compute_broker.market.availability.answers import (
    UNAUTHORISED,
    Asker,
    dig,
    refusal,
    rows,
    stranger,
    verdict,
)


class _Loaded(NamedTuple):
    """A model in memory: its key, its instance's name, what people call it, its usable context, its slots."""

    key: Any
    instance: Any
    name: Any
    context: Any
    parallel: Any = None


async def ask(asker: Asker) -> Availability:
    """Return LM Studio's state for this tier."""
    status, body = await asker.json(f"{asker.root}/api/v1/models")
    if status in UNAUTHORISED:
        return verdict(State.NEEDS_KEY, tr("LM Studio wants an API token: enter it in Settings"))
    if _has_no_such_route(status, body):
        return await _ask_the_old_way(asker)
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    if not isinstance(dig(body, "models"), list):
        return stranger(asker.tier, "LM Studio")
    models = [model for model in rows(body, "models") if model.get("type") == "llm"]
    loaded = [_modern(model, item) for model in models for item in rows(model, "loaded_instances")]
    return _choose(asker, loaded, [model.get("key") for model in models])


async def _ask_the_old_way(asker: Asker) -> Availability:
    status, body = await asker.json(f"{asker.root}/api/v0/models")
    refused = refusal(asker.tier, status)
    if refused is not None:
        return refused
    if not isinstance(dig(body, "data"), list):
        return stranger(asker.tier, "LM Studio")
    models = [model for model in rows(body, "data") if model.get("type") in ("llm", "vlm")]
    if any(model.get("state") == "loading" and _wanted(asker, model.get("id")) for model in models):
        return verdict(State.LOADING, tr("LM Studio is loading a model"))
    loaded = [
        _Loaded(model.get("id"), model.get("id"), model.get("id"), model.get("loaded_context_length"))
        for model in models
        if model.get("state") == "loaded"
    ]
    return _choose(asker, loaded, [model.get("id") for model in models])


def _choose(asker: Asker, loaded: list[_Loaded], downloaded: list[Any]) -> Availability:
    wanted = asker.tier.model
    for item in loaded:
        if wanted in (ANY_MODEL, item.key, item.instance):
            name = item.instance if isinstance(item.instance, str) else str(item.key)
            told = tr("{item} is loaded", item=item.name or name)
            return verdict(State.READY, told, model=name, context=item.context, slots=item.parallel)
    if wanted == ANY_MODEL:
        return verdict(State.NO_MODEL, tr("LM Studio is up, but no model is loaded; load one there"))
    if wanted in downloaded:
        return verdict(
            State.COLD, tr("LM Studio will load {wanted} for the first prompt", wanted=wanted), model=wanted
        )
    return verdict(
        State.NO_MODEL, tr("LM Studio has no {wanted}; download it there or name another", wanted=wanted)
    )


def _modern(model: Mapping[str, Any], instance: Mapping[str, Any]) -> _Loaded:
    return _Loaded(
        model.get("key"),
        instance.get("id"),
        model.get("display_name"),
        dig(instance, "config", "context_length"),
        dig(instance, "config", "parallel"),
    )


def _has_no_such_route(status: int, body: Any) -> bool:
    return status in {200, 404} and dig(body, "models") is None and dig(body, "error") is not None


def _wanted(asker: Asker, name: Any) -> bool:
    return asker.tier.model in (ANY_MODEL, name)
